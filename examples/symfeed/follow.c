/* SPDX-License-Identifier: Apache-2.0 */
/*
 * follow.c - follows a feed: prints its events and runs a command for each; or makes one call.
 *
 * Depends on: symfeed.h, the POSIX port, the files beside it.
 * Guarantees: a followed feed ends only when it is told to (--count, SIGINT, SIGTERM, its terminal
 *   closed) or when standard output fails; an event that could not be printed, or whose command
 *   failed, is not acknowledged.
 */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "exec.h"
#include "options.h"
#include "../common/message.h"
#include "output.h"
#include "print.h"
#include "../common/process.h"
#include "state.h"
#include "symfeed.h"
#include "symfeed_posix.h"

/* Bytes of the stack in which a line is put together, where it fits: it has been as deep before. */
#define LINE_SIZE 2048

/* Seconds that a legacy feed has for the rest of a batch, which would be lost. */
#define LAST_SECONDS 5

/* --- signals ------------------------------------------------------------------------------ */

/* All that is global: what a signal handler has to reach. */
static volatile sig_atomic_t stop_wanted; /* the first signal, and each second after it, count 1 */
static volatile sig_atomic_t stats_wanted;
static volatile sig_atomic_t renewal_wanted;
static volatile sig_atomic_t on_terminal; /* it was started on one */
static struct symfeed_posix posix;

/* mbedTLS's memory, up to the end of a page: what is never in use then takes no RAM, see arena.h.
 */
#define PAGE_SIZE_USUAL 4096
static unsigned char arena[SYMFEED_ARENA_ROOM + PAGE_SIZE_USUAL - 1];

static bool has_terminal(void)
{
    return isatty(STDIN_FILENO) || isatty(STDOUT_FILENO) || isatty(STDERR_FILENO);
}

static void on_signal(int number)
{
    const int saved = errno;

    /* SIGHUP: there are new credentials; or the terminal was closed, and the program must
     * not go on unseen. */
    if (number == SIGHUP && on_terminal && !has_terminal()) {
        number = SIGTERM;
    }
    switch (number) {
    case SIGCHLD: break; /* it ends the wait of exec_run() */
    case SIGUSR1: stats_wanted = 1; break;
    case SIGHUP: renewal_wanted = 1; break;
    default:
        stop_wanted = stop_wanted + (stop_wanted <= LAST_SECONDS);
        /* SIGALRM comes here again: a write that got stuck just after this one is to end, too. */
        (void)alarm(1);
    }
    symfeed_posix_wake(&posix);
    errno = saved;
}

/* Holds back what comes before there is a port to wake, or lets it come: SIGHUP would end us, and
 * SIGCHLD may be inherited as held back. */
static void hold_signals(int how)
{
    sigset_t signals;
    size_t i;

    (void)sigemptyset(&signals);
    for (i = 0; i < PROCESS_HANDLED; i++) {
        (void)sigaddset(&signals, process_signals[i]);
    }
    (void)sigprocmask(how, &signals, NULL);
}

static void catch_signals(void)
{
    struct sigaction action;
    size_t i;

    memset(&action, 0, sizeof action);
    (void)sigemptyset(&action.sa_mask);
    for (i = 0; i < PROCESS_SIGNALS; i++) {
        /* Without SA_RESTART: a write that is stuck is to end, too. */
        action.sa_handler = i < PROCESS_HANDLED ? on_signal : SIG_IGN;
        (void)sigaction(process_signals[i], &action, NULL);
    }
}

/* --- one run ------------------------------------------------------------------------------ */

struct run {
    struct options *options;
    struct exec exec;
    struct state state;
    char *text; /* for making an event's line, and a command's environment */
    size_t text_size;
    bool terminal; /* standard output is one */
    bool colour;
    bool stopped; /* by a signal */
    bool up;      /* health: everything is */
    bool failed;  /* standard output did */
    size_t printed;
};

static bool follows(const struct options *options)
{
    return options->command <= COMMAND_LEGACY;
}

static bool prints_json(const struct options *options)
{
    return !SYMFEED_JSON || options->json || !follows(options);
}

static void print_stats(const struct symfeed *feed)
{
    const struct symfeed_counters *counters = symfeed_counters(feed);
    char line[512]; /* 15 names of up to 14 letters, and as many numbers of 10 digits, one of 20 */
    size_t used = symfeed_format(
        line, sizeof line,
        "{\"events\":%u,\"duplicates\":%u,\"truncated\":%u,\"malformed\":%u,\"refused\":%u,"
        "\"given_up\":%u,\"batches\":%u,\"bytes\":%llu,\"connects\":%u,\"resumed\":%u,"
        "\"retries\":%u,\"signins\":%u,\"feeds_created\":%u,\"log_lines_lost\":%u,"
        "\"heap_peak\":%u}\n",
        (unsigned)counters->events, (unsigned)counters->duplicates, (unsigned)counters->truncated,
        (unsigned)counters->malformed, (unsigned)counters->refused, (unsigned)counters->given_up,
        (unsigned)counters->batches, (unsigned long long)counters->bytes,
        (unsigned)counters->connects, (unsigned)counters->resumed, (unsigned)counters->retries,
        (unsigned)counters->signins, (unsigned)counters->feeds_created,
        (unsigned)message_log()->lost, (unsigned)symfeed_posix_arena_peak());

    symfeed_log_write(message_log(), line, used);
}

/* --- health ------------------------------------------------------------------------------- */

#if SYMFEED_ONE_SHOT

static bool says_up(struct symfeed_value status)
{
    char text[4];

    return status.kind == SYMFEED_STRING && symfeed_string(status, text, sizeof text) == 2 &&
           memcmp(text, "UP", 2) == 0;
}

/* Each member of an object that has at least one. */
static bool all_up(const struct symfeed_event *event, const char *name)
{
    const struct symfeed_value members = symfeed_event_find(event, name);
    struct symfeed_iterator iterator = symfeed_members(event, members);
    struct symfeed_value member;
    bool up = false;

    while (members.kind == SYMFEED_OBJECT && symfeed_next_member(&iterator, NULL, &member)) {
        up = says_up(symfeed_value_find(event, member, "status"));
        if (!up) {
            return false;
        }
    }
    return up;
}

/* Whether extended health says that all is up: it has services and users, each of them with the
 * status "UP", and itself no other one. If in doubt, it is not. */
static bool is_up(const struct symfeed_event *event)
{
    const struct symfeed_value status = symfeed_event_find(event, "status");

    return !event->truncated && !event->malformed && all_up(event, "services") &&
           all_up(event, "users") && (status.kind == SYMFEED_ABSENT || says_up(status));
}

#endif

/* --- events ------------------------------------------------------------------------------- */

/* Whether an event is one of the types asked for. One that is malformed is of no type. What a
 * datahose sends was asked for. */
static bool is_wanted(const struct options *options, const struct symfeed_event *event)
{
#if SYMFEED_JSON
    const struct symfeed_value type = symfeed_event_find(event, "type");

    return options->types == NULL || options->command == COMMAND_DATAHOSE ||
           list_has(options->types, type.text, type.size);
#else
    (void)options; /* it has no --types, but for a datahose */
    (void)event;
    return true;
#endif
}

/* Prints the counters where SIGUSR1 has asked for them. */
static void answer_stats(void)
{
    if (stats_wanted) {
        stats_wanted = 0;
        print_stats(posix.feed);
    }
}

/* Waits within an event, as exec.h has it: signals are answered meanwhile. */
static bool wait_within_event(int descriptor, int milliseconds)
{
    const int ready = symfeed_posix_wait_for(&posix, descriptor, POLLOUT, milliseconds);

    answer_stats();
    return ready != 0;
}

/* Waits until standard output takes more. false: it is time to exit, and it does not. */
static bool wait_for_reader(void *context, int descriptor)
{
    bool ready;

    (void)context;
    do {
        ready = wait_within_event(descriptor, -1);
    } while (!ready && !stop_wanted);
    return ready;
}

/* Prints an event. Returns 0, or the errno of standard output. */
static int print_event(struct run *run, const struct symfeed_event *event)
{
    char buffer[LINE_SIZE];
    struct output output;

    output_init(&output, STDOUT_FILENO, buffer, sizeof buffer);
    output.wait = wait_for_reader;
    output.larger = run->text; /* of a line for people nothing but its end is put there */
    output.larger_size = run->text_size;
    if (run->printed == 0 && output_is_within_line()) {
        output_text(&output, "\n");
    }
    if (prints_json(run->options)) {
        print_json(&output, event, run->terminal || !SYMFEED_JSON);
    } else {
#if SYMFEED_JSON
        print_line(&output, event, run->colour, run->text, run->text_size);
#endif
    }
    (void)output_flush(&output);
    return output.error;
}

/* Ends without the current event, which is not acknowledged and goes to the next reader of the
 * feed. The stop is first: then an event that is given up is refused, too. */
static void stop_without_event(struct symfeed *feed)
{
    symfeed_stop(feed, SYMFEED_STOP_NOW);
    symfeed_refuse(feed);
}

/* Ends because standard output has failed. */
static void stop_on_output_error(struct run *run, struct symfeed *feed, int error)
{
    const char *consequence = "";
    char room[MESSAGE_ERROR_SIZE];

    if (run->options->command == COMMAND_LEGACY) {
        consequence = "; the current event and the rest of its batch are lost";
    } else if (follows(run->options)) {
        consequence = "; the current event is not acknowledged and comes again";
    }
    if (!stop_wanted) {
        message(SYMFEED_LOG_ERROR, "standard output: %s%s", message_error(error, room),
                consequence);
        run->failed = true;
    }
    stop_without_event(feed);
}

/* Runs the command. true: the event is to be printed. */
static bool run_command(struct run *run, struct symfeed *feed, const struct symfeed_event *event)
{
    const bool legacy = run->options->command == COMMAND_LEGACY;

    /* After the signal none is begun, but for an event of a legacy feed, which would be lost: that
     * one is not told of the signal, and has a few seconds. */
    run->exec.patience = stop_wanted ? LAST_SECONDS : 0;
    if ((legacy || !stop_wanted) && exec_run(&run->exec, event, run->text, run->text_size)) {
        return true;
    }
    if (!legacy && stop_wanted) {
        stop_without_event(feed);
        return false;
    }
    /* An event that is given up has been refused often enough: it is printed all the same, since
     * it does not come again. */
    if (!event->given_up) {
        symfeed_refuse(feed);
    }
    return event->given_up;
}

static void handle_event(struct run *run, struct symfeed *feed, const struct symfeed_event *event)
{
    const struct options *options = run->options;
    int error;

    if (!is_wanted(options, event) || (options->exec != NULL && !run_command(run, feed, event))) {
        return;
    }
    error = print_event(run, event);
    if (error != 0) {
        stop_on_output_error(run, feed, error);
        return;
    }
#if SYMFEED_ONE_SHOT
    run->up = options->command == COMMAND_HEALTH && is_up(event);
#endif
    run->printed++;
    if (options->count != 0 && run->printed == options->count) {
        symfeed_stop(feed, SYMFEED_STOP_AFTER_BATCH);
    }
}

/* Called by symfeed_posix_run() with each event, and without one after each wait. */
static void handle(void *context, struct symfeed *feed, const struct symfeed_event *event)
{
    struct run *run = context;

    state_keep(&run->state, feed, false); /* before an event of that feed is printed */
    if (event != NULL) {
        handle_event(run, feed, event);
    }
    symfeed_log_write(message_log(), NULL, 0); /* reports lost lines where it can */
    if (renewal_wanted) {
        renewal_wanted = 0;
        (void)symfeed_renew(feed, NULL);
    }
    answer_stats();
    if (stop_wanted) {
        run->stopped = true;
        symfeed_stop(feed, run->options->command == COMMAND_LEGACY && stop_wanted <= LAST_SECONDS
                               ? SYMFEED_STOP_AFTER_BATCH
                               : SYMFEED_STOP_NOW);
    }
}

/* --- memory ------------------------------------------------------------------------------- */

static size_t arena_size(void)
{
    const size_t behind = (size_t)((uintptr_t)(arena + SYMFEED_ARENA_ROOM) % PAGE_SIZE_USUAL);

    return SYMFEED_ARENA_ROOM + (PAGE_SIZE_USUAL - behind) % PAGE_SIZE_USUAL;
}

/* Where no number of tokens was asked for, the table gets what the window would otherwise begin in
 * the middle of: of table, window and text a run touches what its events need, and then RAM is
 * counted in pages. */
static void fill_page(struct symfeed_config *feed, size_t page)
{
#if SYMFEED_JSON
    const size_t begun = 256; /* bytes of the window's first page: the feed is a little smaller */
    const size_t size = SYMFEED_MEMORY(0, feed->json_tokens) % page;

    const size_t more = (2 * page + begun - size) % page / SYMFEED_JSON_TOKEN_SIZE;

    if (feed->json_tokens == SYMFEED_CLIENT_TOKENS &&
        feed->json_tokens <= SYMFEED_JSON_TOKENS_MAX - more) {
        feed->json_tokens += more;
    }
#else
    (void)feed; /* there is no table */
    (void)page;
#endif
}

/* --- one feed, or one call ---------------------------------------------------------------- */

/* Opens port and feed; a legacy feed goes on where the file says, whose values are then in `read`
 * for as long as the feed is open. false: a mistake was reported. */
static bool open_feed(struct run *run, struct state_values *read)
{
    const struct options *options = run->options;
    struct symfeed_posix_config *config = &run->options->connection.config;
    char reason[MESSAGE_ERROR_SIZE];
    const char *mistake = state_read(&run->state, options->state_file, read, reason);
    char error[320];
    int answer;

#if SYMFEED_PROXY
    config->feed.no_proxy = proxy_add_networks(&config->feed, run->text, run->text_size);
#endif
    if (read->id[0] != '\0') {
        config->feed.feed_id = read->id;
        config->feed.cookie = read->cookie[0] == '\0' ? NULL : read->cookie;
    }
    answer = symfeed_posix_open(&posix, config, error, sizeof error);
    if (read->id[0] != '\0' && (answer == SYMFEED_BAD_FEED_ID || answer == SYMFEED_BAD_COOKIE)) {
        mistake = STATE_NOT_UNDERSTOOD;
        state_forget(&run->state, read);
        config->feed.feed_id = NULL;
        config->feed.cookie = NULL;
        answer = symfeed_posix_open(&posix, config, error, sizeof error);
    }
    if (answer != SYMFEED_POSIX_OK) {
        if (answer == SYMFEED_BAD_FEED_ID) {
            message(SYMFEED_LOG_ERROR, "%s: %s", commands[options->command].name, error);
        } else {
            connection_report(&options->connection, answer, error);
        }
        return false;
    }
    message_started();
    run->state.warn = config->verbosity >= -1;
    if (mistake != NULL && run->state.warn) {
        message(SYMFEED_LOG_WARNING, "--state: %s: %s; begins with a new feed", options->state_file,
                mistake);
    }
    return true;
}

/* Returns the exit status of a run, where `status` is what the library has returned. */
static int exit_status(const struct run *run, enum symfeed_status status)
{
    const enum command_number command = run->options->command;

    if (run->failed || status == SYMFEED_FAILED) {
        return EXIT_FAILED;
    }
    if (!follows(run->options) && run->stopped) {
        message(SYMFEED_LOG_ERROR, "%s: stopped before the answer was there",
                commands[command].name);
        return EXIT_FAILED;
    }
    return command == COMMAND_HEALTH && !run->up ? EXIT_FAILED : EXIT_OK;
}

static int run_in_memory(struct run *run)
{
    struct state_values read;
    enum symfeed_status status;

    hold_signals(SIG_BLOCK);
    if (!open_feed(run, &read)) {
        return EXIT_WRONG_USAGE;
    }
    options_warn(run->options);
    catch_signals();
    hold_signals(SIG_UNBLOCK);
    status = symfeed_posix_run(&posix, handle, run);
    state_keep(&run->state, posix.feed, true);
    if (run->options->stats) {
        print_stats(posix.feed);
    }
    symfeed_posix_close(&posix);
    symfeed_posix_finish();
    return exit_status(run, status);
}

static bool wants_colour(bool terminal)
{
    const char *kind = getenv("TERM");

    return terminal && getenv("NO_COLOR") == NULL && (kind == NULL || strcmp(kind, "dumb") != 0);
}

int follow(struct options *options)
{
    static struct run run; /* there is one, and of the stack, too, RAM is counted in pages */
    struct symfeed_posix_config *config = &options->connection.config;
    const size_t page = process_page();
    const uint64_t pointers = (exec_environment_size() + page - 1) / page * page;
    const uint64_t text = (uint64_t)config->feed.window + PRINT_MORE;
    unsigned char *memory;
    uint64_t feed;
    uint64_t whole;
    int status;

    fill_page(&config->feed, page);
    feed = SYMFEED_MEMORY(config->feed.window, config->feed.json_tokens);
    whole = pointers + feed + text + sizeof *run.state.wanted;
    memory = process_memory(whole);
    if (memory == NULL) {
        message(SYMFEED_LOG_ERROR,
                "--window, --tokens: this system does not have that much memory, give less");
        return EXIT_WRONG_USAGE;
    }
    config->memory = memory + pointers;
    config->memory_size = (size_t)feed;
    config->arena = arena;
    config->arena_size = arena_size();
    config->log = message_log();
    run.options = options;
    run.exec.line = options->exec;
    run.exec.environment = (char **)(void *)memory; /* pages are aligned for anything */
    run.exec.seconds = (uint32_t)options->exec_timeout;
    run.exec.warn = config->verbosity >= -1;
    run.exec.wait = wait_within_event;
    run.exec.stop = &stop_wanted;
    run.text = (char *)memory + pointers + feed;
    run.text_size = (size_t)text;
    run.state.wanted = (struct state_values *)(void *)(run.text + text);
    run.terminal = isatty(STDOUT_FILENO);
    run.colour = wants_colour(run.terminal);
    on_terminal = has_terminal();
    status = run_in_memory(&run);
    process_free(memory, whole);
    run.options = NULL; /* it is on the caller's stack */
    return status;
}
