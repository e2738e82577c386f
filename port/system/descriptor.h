/* SPDX-License-Identifier: Apache-2.0 */
/*
 * descriptor.h - descriptors that stay off the numbers of standard input, output and error.
 *
 * Depends on: fcntl(), socket().
 * Guarantees: no call waits.
 */
#ifndef SYMFEED_DESCRIPTOR_H
#define SYMFEED_DESCRIPTOR_H

#ifdef __cplusplus
extern "C" {
#endif

/* Takes a new descriptor (below 0: there is none) that was given the number 0, 1 or 2, as happens
 * in a program that was started with these closed, and moves it above them: what is printed would
 * go into it. The descriptor to use from now on, not inherited by programs that are started; -1 and
 * errno where the system refuses, and the old one is closed. */
int symfeed_descriptor_raise(int descriptor);

/* Makes a new descriptor non-blocking and not inherited by programs that are started. 0; -1 and
 * errno where the system refuses. */
int symfeed_descriptor_set_flags(int descriptor);

/* Opens a socket that is all of this: above 2, non-blocking, not inherited. Its descriptor; -1 and
 * errno where the system refuses. */
int symfeed_descriptor_socket(int family, int type);

#ifdef __cplusplus
}
#endif

#endif
