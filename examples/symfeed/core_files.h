/* SPDX-License-Identifier: Apache-2.0 */
/*
 * core_files.h - prevents core files of this process, which would hold tokens, a key or a password
 * unprotected.
 *
 * Depends on: the limits of the system.
 * Guarantees: commands can get the original limit.
 */
#ifndef SYMFEED_CORE_FILES_H
#define SYMFEED_CORE_FILES_H

#include <sys/resource.h>

/* Forbids them. The limit that there was goes to *before. */
void core_files_forbid(struct rlimit *before);

/* Has a process, such as the one that becomes a command, go by this limit again. */
void core_files_allow(const struct rlimit *before);

#endif
