/* SPDX-License-Identifier: Apache-2.0 */
/* process.c - see process.h. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* prlimit(), MAP_ANONYMOUS, getpagesize() */
#endif

#include "process.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

const unsigned char process_signals[PROCESS_SIGNALS] = {SIGINT, SIGTERM, SIGALRM, SIGUSR1,
                                                        SIGHUP, SIGCHLD, SIGPIPE, SIGXFSZ};

/* The limit for core files that there was. */
static struct rlimit core_files;

/* setrlimit() changes all threads of a process in musl, for old kernels, which takes 2 KB of code.
 * prlimit() is one system call. */
static int exchange(const struct rlimit *now, struct rlimit *before)
{
#ifdef __linux__
    return prlimit(0, RLIMIT_CORE, now, before);
#else
    return now != NULL ? setrlimit(RLIMIT_CORE, now) : getrlimit(RLIMIT_CORE, before);
#endif
}

void process_forbid_core_files(void)
{
    struct rlimit now;

    if (exchange(NULL, &core_files) == 0) {
        /* A byte, for no file is that small, and to Linux it means, unlike 0, that a program which
         * gathers core files by a pipe gets none either (core(5)). */
        now = core_files;
        now.rlim_cur = core_files.rlim_max < 1 ? 0 : 1;
        (void)exchange(&now, NULL);
    }
}

void process_allow_core_files(void)
{
    (void)exchange(&core_files, NULL);
}

size_t process_page(void)
{
    return (size_t)getpagesize(); /* sysconf() is 1 KB in musl */
}

void *process_memory(uint64_t size)
{
    void *memory;

    /* No object is larger than the differences of pointers in it can be. */
    if (size > PTRDIFF_MAX) {
        return NULL;
    }
    memory = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

void process_free(void *memory, uint64_t size)
{
    (void)munmap(memory, (size_t)size);
}
