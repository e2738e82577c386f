/* SPDX-License-Identifier: Apache-2.0 */
/* command.c - see command.h. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "print.h"

/* Longest value in the environment. Linux takes 128 KiB for each (MAX_ARG_STRLEN). */
#define VALUE_MAX 65536

/* Cuts text to what the environment takes, at the end of a character. */
static void cut(char *text, size_t used)
{
    if (used < VALUE_MAX) {
        return;
    }
    used = VALUE_MAX - 1;
    while (used > 0 && ((unsigned char)text[used] & 0xc0) == 0x80) {
        used--;
    }
    text[used] = '\0';
}

static int set(const char *name, struct symfeed_value value, char *text, size_t size)
{
    cut(text, symfeed_string(value, text, size));
    return setenv(name, text, 1);
}

static int set_environment(const struct symfeed_event *event, char *text, size_t size)
{
    struct pieces pieces;

    pieces_find(&pieces, event);
    if (setenv("SYMFEED_TYPE", pieces.type, 1) != 0 ||
        set("SYMFEED_ID", pieces.id, text, size) != 0 ||
        set("SYMFEED_STREAM", pieces.stream, text, size) != 0) {
        return -1;
    }
    cut(text, message_text(event, text, size));
    return setenv("SYMFEED_TEXT", text, 1);
}

/* The new process, up to the shell. It is a copy, so the environment it sets is its own. */
static void become_shell(const char *command, int input, const struct rlimit *core_files,
                         const struct symfeed_event *event, char *text, size_t size)
{
    struct sigaction action;

    memset(&action, 0, sizeof action);
    action.sa_handler = SIG_DFL; /* ignored signals would stay ignored in the command */
    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(SIGPIPE, &action, NULL);
    (void)setrlimit(RLIMIT_CORE, core_files);
    if (dup2(input, STDIN_FILENO) == STDIN_FILENO && set_environment(event, text, size) == 0) {
        (void)execl("/bin/sh", "sh", "-c", command, (char *)NULL);
    }
    _exit(127);
}

/* Feeds the command and waits for its end. */
static bool attend(pid_t process, int input, const struct symfeed_event *event)
{
    struct output output;
    int status = 0;

    output_init(&output, input, NULL);
    print_json(&output, event);
    (void)output_flush(&output); /* what the command does not want to read, it need not */
    (void)close(input);
    while (waitpid(process, &status, 0) < 0) {
        if (errno != EINTR) {
            return false;
        }
    }
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool command_run(const char *command, const struct rlimit *core_files,
                 const struct symfeed_event *event, char *text, size_t size)
{
    int ends[2];
    pid_t process;

    if (pipe(ends) != 0) {
        (void)fprintf(stderr, "symfeed: --exec: no pipe: %s\n", strerror(errno));
        return false;
    }
    (void)fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    (void)fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    process = fork();
    if (process == 0) {
        become_shell(command, ends[0], core_files, event, text, size);
    }
    (void)close(ends[0]);
    if (process > 0) {
        return attend(process, ends[1], event);
    }
    (void)fprintf(stderr, "symfeed: --exec: no process: %s\n", strerror(errno));
    (void)close(ends[1]);
    return false;
}
