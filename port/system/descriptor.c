/* SPDX-License-Identifier: Apache-2.0 */
/* descriptor.c - see descriptor.h. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "system/descriptor.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

int symfeed_descriptor_raise(int descriptor)
{
    int raised;
    int error;

    if (descriptor < 0 || descriptor > STDERR_FILENO) {
        return descriptor;
    }
    raised = fcntl(descriptor, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    error = errno;
    (void)close(descriptor);
    errno = error;
    return raised;
}

int symfeed_descriptor_set_flags(int descriptor)
{
    /* A new one has no other flags that these could take away. */
    return fcntl(descriptor, F_SETFL, O_NONBLOCK) < 0 || fcntl(descriptor, F_SETFD, FD_CLOEXEC) < 0
               ? -1
               : 0;
}

int symfeed_descriptor_socket(int family, int type)
{
#if defined SOCK_NONBLOCK && defined SOCK_CLOEXEC
    const int descriptor =
        symfeed_descriptor_raise(socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
#else
    const int descriptor = symfeed_descriptor_raise(socket(family, type, 0));

    if (descriptor >= 0 && symfeed_descriptor_set_flags(descriptor) != 0) {
        const int error = errno;

        (void)close(descriptor);
        errno = error;
        return -1;
    }
#endif
#ifdef SO_NOSIGPIPE
    if (descriptor >= 0) {
        const int on = 1;

        (void)setsockopt(descriptor, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof on);
    }
#endif
    return descriptor;
}
