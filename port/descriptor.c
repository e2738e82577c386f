/* SPDX-License-Identifier: Apache-2.0 */
/* descriptor.c - see descriptor.h. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "descriptor.h"

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
