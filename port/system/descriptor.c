/* SPDX-License-Identifier: Apache-2.0 */
/* descriptor.c - see descriptor.h. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "system/descriptor.h"

#include <errno.h>
#include <fcntl.h>
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
    int flags = fcntl(descriptor, F_GETFL);

    if (flags < 0 || fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) < 0) {
        return -1;
    }
    return fcntl(descriptor, F_SETFD, FD_CLOEXEC);
}
