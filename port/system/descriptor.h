/* SPDX-License-Identifier: Apache-2.0 */
/*
 * descriptor.h - flags and numbers of descriptors.
 *
 * Depends on: fcntl(), socket().
 * Guarantees: never waits. No descriptor of the port has the number of standard input, output or
 *   error.
 */
#ifndef SYMFEED_DESCRIPTOR_H
#define SYMFEED_DESCRIPTOR_H

#include <sys/socket.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Moves a new descriptor with the number 0, 1 or 2 to a higher number. A program that was started
 * with these closed gets such a descriptor, and what it prints would go into it. Returns the
 * descriptor to use from now on; a moved one is not inherited by child programs. Returns -1 with
 * errno if the system refuses, and has closed the old one. Returns a negative `descriptor` as it
 * is. */
int symfeed_descriptor_raise(int descriptor);

/* Makes a new descriptor non-blocking and not inherited by child programs. Returns 0, or -1 with
 * errno if the system refuses. */
int symfeed_descriptor_set_flags(int descriptor);

/* Opens a non-blocking socket with a number above 2, which child programs do not inherit. Returns
 * its descriptor, or -1 with errno if the system refuses. With SYMFEED_SEND_FLAGS as the flags of
 * send() it never raises SIGPIPE. */
int symfeed_descriptor_socket(int family, int type);

#ifdef MSG_NOSIGNAL
#define SYMFEED_SEND_FLAGS MSG_NOSIGNAL
#else
#define SYMFEED_SEND_FLAGS 0 /* the socket has SO_NOSIGPIPE */
#endif

#ifdef __cplusplus
}
#endif

#endif
