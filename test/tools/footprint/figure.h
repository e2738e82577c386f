/* SPDX-License-Identifier: Apache-2.0 */
/* figure.h - sizes that are wanted from a target's compiler without running anything there: each is
 * the size of an array, less one, for an array is never empty. */
#ifndef FIGURE_H
#define FIGURE_H

#define FIGURE(name, size)                                                                         \
    extern const char figure_##name[(size) + 1];                                                   \
    const char figure_##name[(size) + 1] = {0}

#endif
