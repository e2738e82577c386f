/* SPDX-License-Identifier: Apache-2.0 */
/* unseeded.c - preloaded into a program: random numbers that are waited for, as early at boot. */
#include <sys/types.h>
#include <unistd.h>

ssize_t getrandom(void *data, size_t size, unsigned flags)
{
    (void)data;
    (void)size;
    (void)flags;
    for (;;) {
        (void)pause();
    }
}
