/* SPDX-License-Identifier: Apache-2.0 */
/*
 * measure.c - runs a program and prints its processor time, user and system, in microseconds, its
 * peak memory in kilobytes and its exit status (256 and the signal where one has ended it).
 *
 *     measure STDOUT-FILE PROGRAM [ARGUMENT]...
 *
 * Guarantees: what the program started and waited for counts, too: the sum of the times, and the
 *   largest of the peaks. A small process starts it, because a peak begins with the starter's.
 */
#define _DEFAULT_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static void run(char **argv)
{
    int out = open(argv[1], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    if (out < 0 || dup2(out, STDOUT_FILENO) < 0) {
        perror(argv[1]);
    } else {
        (void)execvp(argv[2], argv + 2);
        perror(argv[2]);
    }
    _exit(127);
}

static long long microseconds(struct timeval time)
{
    return (long long)time.tv_sec * 1000000 + time.tv_usec;
}

int main(int argc, char **argv)
{
    struct rusage usage;
    int status = 0;
    pid_t child = argc < 3 ? -1 : fork();

    if (child == 0) {
        run(argv);
    }
    if (child < 0 || wait4(child, &status, 0, &usage) != child) {
        (void)fputs("measure: give STDOUT-FILE PROGRAM [ARGUMENT]...\n", stderr);
        return 2;
    }
    (void)printf("%lld %lld %ld %d\n", microseconds(usage.ru_utime), microseconds(usage.ru_stime),
                 usage.ru_maxrss,
                 WIFSIGNALED(status) ? 256 + WTERMSIG(status) : WEXITSTATUS(status));
    return 0;
}
