/* SPDX-License-Identifier: Apache-2.0 */
/* core_files.c - see core_files.h. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* prlimit() */
#endif

#include "core_files.h"

#include <stddef.h>

/* setrlimit() sees to all threads of a process in musl, for old kernels, which takes it 2 KB of
 * code. prlimit() is one system call. */
static int exchange(const struct rlimit *now, struct rlimit *before)
{
#ifdef __linux__
    return prlimit(0, RLIMIT_CORE, now, before);
#else
    return now != NULL ? setrlimit(RLIMIT_CORE, now) : getrlimit(RLIMIT_CORE, before);
#endif
}

void core_files_forbid(struct rlimit *before)
{
    struct rlimit now;

    before->rlim_cur = 0;
    before->rlim_max = 0;
    if (exchange(NULL, before) == 0) {
        /* A byte, for no file is that small, and to Linux it means, unlike 0, that a program which
         * gathers core files by a pipe gets none either (core(5)). */
        now = *before;
        now.rlim_cur = before->rlim_max < 1 ? 0 : 1;
        (void)exchange(&now, NULL);
    }
}

void core_files_allow(const struct rlimit *before)
{
    (void)exchange(before, NULL);
}
