/* SPDX-License-Identifier: Apache-2.0 */
/* exec.c - see exec.h. */
#ifndef _DEFAULT_SOURCE
#define _DEFAULT_SOURCE /* vfork(), which POSIX no longer has, and all systems do */
#endif

#include "exec.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "system/characters.h"
#include "print.h"
#include "../common/process.h"
#include "../common/message.h"
#include "symfeed_posix.h"

/* Longest value in the environment. Linux takes 128 KiB for each (MAX_ARG_STRLEN). */
#define VALUE_MAX 65536

extern char **environ;

/* --- environment -------------------------------------------------------------------------- */

/* The variables that are set for each event, in the order of their making. */
static const char *const names[] = {
    "SYMFEED_TYPE=", "SYMFEED_ID=", "SYMFEED_STREAM=", "SYMFEED_TEXT="};

#define NAMES (sizeof names / sizeof names[0])

size_t exec_environment_size(void)
{
    size_t count = NAMES + 1; /* a NULL is the end */
    char **variable;

    for (variable = environ; *variable != NULL; variable++) {
        count++;
    }
    return count * sizeof *environ;
}

#if SYMFEED_JSON

/* Writes the value of a variable: what is harmless (characters.h), and tabs, and line feeds in the
 * text; cut at the end of a character. Returns its size. */
static size_t put_value(char *text, size_t size, const struct symfeed_event *event,
                        const struct pieces *pieces, size_t which)
{
    const struct symfeed_value values[] = {pieces->type, pieces->id, pieces->stream};
    const bool is_text = which == NAMES - 1;
    size_t used =
        is_text ? message_text(event, text, size) : symfeed_string(values[which], text, size);

    used = symfeed_characters_clean(text, used, is_text ? "\t\n" : "\t");
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
static void make_environment(const struct exec *exec, const struct symfeed_event *event, char *text,
                             size_t size)
{
    char **next = exec->environment;
    char **variable;
    size_t i;
#if SYMFEED_JSON
    struct pieces pieces;

    pieces_find(&pieces, event);
#endif
    for (i = 0; i < NAMES; i++) {
        size_t used = symfeed_format(text, size, "%s", names[i]);

        *next++ = text;
#if SYMFEED_JSON
        used += put_value(text + used, size - used, event, &pieces, i);
#else
        (void)event; /* nothing is known of it: the variables are there and empty */
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
static void become_shell(const struct exec *exec, int input, const sigset_t *signals)
{
    char shell[] = "sh";
    char option[] = "-c";
    char *arguments[] = {shell, option, NULL, NULL};
    struct sigaction action;
    size_t i;

    memset(&action, 0, sizeof action);
    action.sa_handler = SIG_DFL; /* ignored signals would stay ignored in the command */
    (void)sigemptyset(&action.sa_mask);
    for (i = 0; i < PROCESS_SIGNALS; i++) {
        (void)sigaction(process_signals[i], &action, NULL);
    }
    (void)setpgid(0, 0); /* so that all that it begins can be told to end */
    (void)sigprocmask(SIG_SETMASK, signals, NULL);
    process_allow_core_files();
    if (dup2(input, STDIN_FILENO) == STDIN_FILENO) {
        /* execve() does not change what its arguments point to, and does not say so. */
        memcpy(&arguments[2], &exec->line, sizeof exec->line);
        (void)execve("/bin/sh", arguments, exec->environment);
    }
    _exit(127);
}

/* Begins the command, which reads from `input`. Its process; -1 and errno. */
static pid_t begin(const struct exec *exec, int input)
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
        become_shell(exec, input, &before);
    }
    error = errno;
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    errno = error;
    return process;
}

/* --- the end of a command ----------------------------------------------------------------- */

/* Milliseconds between the signals to a command that is to end, and until nobody waits for it any
 * more: the system may be unable to end it. A stopped symfeed has less time, see exec.h. */
#define UNTIL_KILL      5000
#define UNTIL_KILL_STOP 4000
#define UNTIL_LEFT      500
#define GROUP_INTERVAL  100  /* between looks at what a command that has ended left behind */
#define RETRY_INTERVAL  1000 /* to begin a command */

/* What is done about a command: it runs, was asked to end, was killed, is not waited for. */
enum stage { RUNS, TERMINATED, KILLED, LEFT };

/* A command that was begun. */
struct child {
    const struct exec *exec;
    pid_t process; /* and its process group */
    enum stage stage;
    uint32_t due; /* when the next stage begins */
    bool timed_out;
    bool ended;
    int status; /* as waitpid() has it; as if killed where it cannot be ended */
};

/* Milliseconds, which wrap. While the system sleeps a command does not run either. */
static uint32_t now(void)
{
    struct timespec time = {0, 0};

    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint32_t)time.tv_sec * 1000 + (uint32_t)(time.tv_nsec / 1000000);
}

/* Whether there is nothing to wait for. What a command leaves running when it ends by itself is its
 * own affair; where it was to end, all of its group is. */
static bool is_over(struct child *child)
{
    if (!child->ended) {
        const pid_t answer = waitpid(child->process, &child->status, WNOHANG);

        child->ended = answer > 0;
        child->stage = answer < 0 ? LEFT : child->stage;
    }
    /* As the first process of a container this one inherits the rest of the group, and its dead
     * would count as running. */
    while (child->ended && waitpid(-child->process, NULL, WNOHANG) > 0) {
    }
    return child->stage == LEFT ||
           (child->ended && (child->stage == RUNS || kill(-child->process, 0) != 0));
}

/* Takes the next step to end it. */
static void end(struct child *child, bool stop)
{
    child->stage++;
    switch (child->stage) {
    case TERMINATED:
        child->timed_out = !stop;
        (void)kill(-child->process, SIGTERM);
        (void)kill(-child->process, SIGCONT); /* a stopped one would not get it */
        child->due = now() + (stop ? UNTIL_KILL_STOP : UNTIL_KILL);
        break;
    case KILLED:
        (void)kill(-child->process, SIGKILL);
        child->due = now() + UNTIL_LEFT;
        break;
    default: break;
    }
}

/* Waits until the command has ended, or takes more of its input where there is one left (else it is
 * -1), or something is to be done about it. false: it is over. */
static bool attend(void *context, int input)
{
    struct child *child = context;
    const struct exec *exec = child->exec;
    const bool stop = *exec->stop > exec->patience;
    int left = (int)symfeed_time_left(child->due, now());

    if (is_over(child)) {
        return false;
    }
    if (left == 0 || (stop && child->stage == RUNS)) {
        end(child, stop);
        return true;
    }
    if (child->ended && left > GROUP_INTERVAL) {
        left = GROUP_INTERVAL;
    }
    (void)exec->wait(input, left);
    return true;
}

/* Says why an event is refused. */
static void explain_refusal(const struct child *child)
{
    const bool by_signal = WIFSIGNALED(child->status);

    if (child->timed_out) {
        message(SYMFEED_LOG_WARNING, "--exec: event refused: timed out after %u s",
                (unsigned)child->exec->seconds);
    } else {
        message(SYMFEED_LOG_WARNING, "--exec: event refused: %s %u%s",
                by_signal ? "signal" : "exit status",
                (unsigned)(by_signal ? WTERMSIG(child->status) : WEXITSTATUS(child->status)),
                child->stage == RUNS ? "" : ", symfeed was told to stop");
    }
}

/* Feeds the command and waits for its end. true: it exited with 0, before `due`. */
static bool feed_and_wait(const struct exec *exec, pid_t process, int input, uint32_t due,
                          const struct symfeed_event *event, char *text, size_t size)
{
    struct child child = {
        .exec = exec, .process = process, .stage = RUNS, .status = SIGKILL, .due = due};
    struct output output;

    output_init(&output, input, text, size);
    output.wait = attend;
    output.context = &child;
    print_json(&output, event, false);
    (void)output_flush(&output); /* what the command does not want to read, it need not */
    (void)close(input);
    while (attend(&child, -1)) {
    }
    if (!child.timed_out && WIFEXITED(child.status) && WEXITSTATUS(child.status) == 0) {
        return true;
    }
    if (exec->warn) {
        explain_refusal(&child);
    }
    return false;
}

/* Begins the command, and opens its standard input. Its process; -1 and errno. */
static pid_t begin_with_input(const struct exec *exec, int *input)
{
    int ends[2];
    pid_t process;
    int error;

    if (pipe(ends) != 0) {
        return -1;
    }
    (void)fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    (void)fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    (void)fcntl(ends[1], F_SETFL, O_NONBLOCK); /* the other end is a file of its own */
    process = begin(exec, ends[0]);
    error = errno;
    (void)close(ends[0]);
    if (process < 0) {
        (void)close(ends[1]);
    }
    *input = ends[1];
    errno = error;
    return process;
}

bool exec_run(const struct exec *exec, const struct symfeed_event *event, char *text, size_t size)
{
    const uint32_t due = now() + exec->seconds * 1000;
    char room[MESSAGE_ERROR_SIZE];
    bool told = false;
    int input;
    pid_t process;

    while (waitpid(-1, NULL, WNOHANG) > 0) { /* one that nobody waited for any more */
    }
    make_environment(exec, event, text, size);
    /* Without room for a process there will be some later; the event is not at fault. */
    while ((process = begin_with_input(exec, &input)) < 0) {
        if (!told) {
            message(SYMFEED_LOG_WARNING, "--exec: no process, tried again each second: %s",
                    message_error(errno, room));
        }
        told = true;
        if (*exec->stop > exec->patience || symfeed_time_left(due, now()) == 0) {
            return false;
        }
        (void)exec->wait(-1, RETRY_INTERVAL);
    }
    return feed_and_wait(exec, process, input, due, event, text, size);
}
