/* SPDX-License-Identifier: Apache-2.0 */
/* random.c - see random.h. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "system/random.h"

#include <errno.h>
#include <sys/random.h>
#include <sys/types.h>

int symfeed_random(void *data, size_t size)
{
    unsigned char *next = data;

    while (size > 0) {
        ssize_t got = getrandom(next, size, 0);

        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return -1;
        }
        next += got;
        size -= (size_t)got;
    }
    return 0;
}
