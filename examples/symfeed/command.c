/* SPDX-License-Identifier: Apache-2.0 */
/* command.c - see command.h. */
#ifndef _DEFAULT_SOURCE
#define _DEFAULT_SOURCE /* vfork(), which POSIX no longer has, and all systems do */
#endif

#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "characters.h"
#include "core_files.h"
#include "print.h"
#include "say.h"

/* Longest value in the environment. Linux takes 128 KiB for each (MAX_ARG_STRLEN). */
#define VALUE_MAX 65536

extern char **environ;

/* --- environment -------------------------------------------------------------------------- */

/* The variables that are set for each event, in the order of their making. */
static const char *const names[] = {
    "SYMFEED_TYPE=", "SYMFEED_ID=", "SYMFEED_STREAM=", "SYMFEED_TEXT="};

#define NAMES (sizeof names / sizeof names[0])

size_t command_environment_size(void)
{
    size_t count = NAMES + 1; /* a NULL is the end */
    char **variable;

    for (variable = environ; *variable != NULL; variable++) {
        count++;
    }
    return count * sizeof *environ;
}

#if SYMFEED_VALUES

/* Makes text what the environment takes: what is harmless (characters.h) and the control characters
 * of `kept`, cut at the end of a character. Its size. */
static size_t settle(char *text, size_t used, const char *kept)
{
    used = symfeed_characters_clean(text, used, kept);
    if (used >= VALUE_MAX) {
        used = VALUE_MAX - 1;
        while (used > 0 && ((unsigned char)text[used] & 0xc0) == 0x80) {
            used--;
        }
        text[used] = '\0';
    }
    return used;
}

#endif

static bool is_ours(const char *variable)
{
    size_t i = 0;

    while (i < NAMES && strncmp(variable, names[i], strlen(names[i])) != 0) {
        i++;
    }
    return i < NAMES;
}

/* Makes the environment of a command. Its strings are this process's own, and at `text`. There is
 * room for them: the values are different parts of the event, and not longer than in it. */
static void make_environment(const struct shell_command *command, const struct symfeed_event *event,
                             char *text, size_t size)
{
    char **next = command->environment;
    char **variable;
    size_t i;
#if SYMFEED_VALUES
    struct pieces pieces;

    pieces_find(&pieces, event);
#else
    (void)event; /* nothing of it is known: the variables are there and empty */
#endif
    for (i = 0; i < NAMES; i++) {
        size_t used = strlen(names[i]);

        *next++ = text;
        memcpy(text, names[i], used);
        text += used;
        size -= used;
#if SYMFEED_VALUES
        switch (i) {
        case 0:
            used = strlen(pieces.type);
            memcpy(text, pieces.type, used);
            used = settle(text, used, "\t");
            break;
        case 1: used = settle(text, symfeed_string(pieces.id, text, size), "\t"); break;
        case 2: used = settle(text, symfeed_string(pieces.stream, text, size), "\t"); break;
        default: used = settle(text, message_text(event, text, size), "\t\n"); break;
        }
#else
        used = 0;
        text[0] = '\0';
#endif
        text += used + 1;
        size -= used + 1;
    }
    for (variable = environ; *variable != NULL; variable++) {
        if (!is_ours(*variable)) {
            *next++ = *variable;
        }
    }
    *next = NULL;
}

/* --- processes ---------------------------------------------------------------------------- */

/* The new process, up to the shell. It is in its parent's memory: no handler of a signal may run
 * there, and it writes to nothing but its stack. */
static void become_shell(const struct shell_command *command, int input, const sigset_t *signals)
{
    static const unsigned char handled[] = {SIGINT, SIGTERM, SIGALRM, SIGUSR1, SIGHUP, SIGPIPE};
    char shell[] = "sh";
    char option[] = "-c";
    char *arguments[] = {shell, option, NULL, NULL};
    struct sigaction action;
    size_t i;

    memset(&action, 0, sizeof action);
    action.sa_handler = SIG_DFL; /* ignored signals would stay ignored in the command */
    (void)sigemptyset(&action.sa_mask);
    for (i = 0; i < sizeof handled; i++) {
        (void)sigaction(handled[i], &action, NULL);
    }
    (void)sigprocmask(SIG_SETMASK, signals, NULL);
    core_files_allow(command->core_files);
    if (dup2(input, STDIN_FILENO) == STDIN_FILENO) {
        /* execve() does not change what its arguments point to, and does not say so. */
        memcpy(&arguments[2], &command->line, sizeof command->line);
        (void)execve("/bin/sh", arguments, command->environment);
    }
    _exit(127);
}

/* Begins the command, which reads from `input`. Its process; -1 and errno. */
static pid_t begin(const struct shell_command *command, int input)
{
    sigset_t all;
    sigset_t before;
    pid_t process;
    int error;

    (void)sigfillset(&all);
    (void)sigprocmask(SIG_SETMASK, &all, &before);
    /* A fork() would have to copy the tables of this process's memory, which a small device may not
     * have the room for, and posix_spawn() allocates. What is said against vfork() is that the new
     * process is in this one's memory: see become_shell(), of which nothing comes back. */
    process = vfork(); /* NOLINT(clang-analyzer-security.insecureAPI.vfork) */
    if (process == 0) {
        /* NOLINTNEXTLINE(clang-analyzer-unix.Vfork) */
        become_shell(command, input, &before);
    }
    error = errno;
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    errno = error;
    return process;
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

static bool fail(const char *what)
{
    char room[SAY_ERROR_SIZE];

    say("--exec: no %s: %s", what, say_error(errno, room));
    return false;
}

bool command_run(const struct shell_command *command, const struct symfeed_event *event, char *text,
                 size_t size)
{
    int ends[2];
    pid_t process;

    if (pipe(ends) != 0) {
        return fail("pipe");
    }
    (void)fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    (void)fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    make_environment(command, event, text, size);
    process = begin(command, ends[0]);
    (void)close(ends[0]);
    if (process > 0) {
        return attend(process, ends[1], event);
    }
    (void)close(ends[1]);
    return fail("process");
}
