/* SPDX-License-Identifier: Apache-2.0 */
/*
 * symfeed.c - the command line program: follows a feed, prints events, runs a command for each; or
 * makes one call and prints its answer.
 *
 * Depends on: symfeed.h, the POSIX port, the files beside it.
 * Guarantees: a followed feed ends only when it is told to (--count, SIGINT, SIGTERM, its terminal
 *   closed) or when standard output fails; an event that could not be printed, or whose command
 *   failed, is not acknowledged; no core file is written.
 */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "command.h"
#include "core_files.h"
#include "health.h"
#include "memory.h"
#include "options.h"
#include "output.h"
#include "print.h"
#include "quote.h"
#include "../common/message.h"
#include "settle.h"
#include "state.h"
#include "symfeed.h"
#include "symfeed_posix.h"
#include "system/file.h"
#include "usage.h"
#include "wrong.h"

/* Bytes of stack that are wiped at the end: more than are ever in use. */
#define STACK_WIPED 32768

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
    case SIGCHLD: break; /* it ends the wait of command_run() */
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

/* Holds back what comes before there is a port to wake, or lets it come: SIGHUP would end us. */
static void hold_signals(int how)
{
    sigset_t signals;

    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGINT);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigaddset(&signals, SIGUSR1);
    (void)sigaddset(&signals, SIGHUP);
    (void)sigaddset(&signals, SIGCHLD); /* which may be inherited as held back */
    (void)sigprocmask(how, &signals, NULL);
}

static void catch_signals(void)
{
    struct sigaction action;

    memset(&action, 0, sizeof action);
    (void)sigemptyset(&action.sa_mask);
    action.sa_handler = on_signal; /* without SA_RESTART: a write that is stuck is to end, too */
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    (void)sigaction(SIGALRM, &action, NULL);
    (void)sigaction(SIGUSR1, &action, NULL);
    (void)sigaction(SIGHUP, &action, NULL);
    (void)sigaction(SIGCHLD, &action, NULL);
    action.sa_handler = SIG_IGN;
    (void)sigaction(SIGPIPE, &action, NULL);
}

/* --- events ------------------------------------------------------------------------------- */

/* One run of a command. */
struct run {
    const struct options *options;
    struct shell_command command;
    struct state state;
    char *text; /* for making an event's line, and a command's environment */
    size_t text_size;
    bool terminal; /* standard output is one */
    bool colour;
    bool stopped; /* it was told to, before it was through */
    bool up;      /* health: everything is */
    uint32_t printed;
    int answer; /* what the process is to leave with */
};

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

/* Whether an event is one of the types asked for. One that is malformed is of no type. */
static bool is_wanted(const struct symfeed_event *event, const char *types)
{
#if SYMFEED_JSON
    const struct symfeed_value type = symfeed_event_find(event, "type");

    return types == NULL || list_has(types, type.text, type.size);
#else
    (void)event;
    return types == NULL; /* usage_check() has seen to that */
#endif
}

static bool prints_json(const struct options *options)
{
    return !SYMFEED_JSON || options->json || !usage_follows(options->command);
}

/* Waits until standard output takes more. false: it is time to leave, and it does not. */
static bool wait_for_reader(void *context, int descriptor)
{
    (void)context;
    return symfeed_posix_wait_for(&posix, descriptor, POLLOUT, -1) != 0 || !stop_wanted;
}

/* Prints an event. 0, or what is wrong with standard output. */
static int print_event(struct run *run, const struct symfeed_event *event)
{
    char buffer[LINE_SIZE];
    struct output output;

    output_init(&output, STDOUT_FILENO, buffer, sizeof buffer);
    output.wait = wait_for_reader;
    output.larger = run->text; /* of a line for people nothing but its end is put there */
    output.larger_size = run->text_size;
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

/* What becomes of an event that could not be printed. */
static const char *fate(enum command command)
{
    switch (command) {
    case COMMAND_TAIL:
    case COMMAND_DATAHOSE: return "; the event in hand is not acknowledged and comes again";
    case COMMAND_LEGACY: return "; the event in hand and what came with it are lost";
    default: return "";
    }
}

/* Standard output has failed: ends. The current event is not acknowledged and goes to the next
 * reader of the feed. */
static void give_in(struct run *run, struct symfeed *feed, int error)
{
    if (!stop_wanted) {
        char room[MESSAGE_ERROR_SIZE];

        message(SYMFEED_LOG_ERROR, "standard output: %s%s", message_error(error, room),
                fate(run->options->command));
        run->answer = EXIT_FAILED;
    }
    symfeed_refuse(feed);
    symfeed_stop(feed, SYMFEED_STOP_NOW);
}

static void handle_event(struct run *run, struct symfeed *feed, const struct symfeed_event *event)
{
    const struct options *options = run->options;
    int error;

    run->command.patience = stop_wanted ? LAST_SECONDS : 0;
    if (!is_wanted(event, options->types)) {
        return;
    }
    /* An event that is given up has been refused often enough: it is printed all the same, since
     * it does not come again. */
    if (options->exec != NULL && !command_run(&run->command, event, run->text, run->text_size) &&
        !event->given_up) {
        symfeed_refuse(feed);
        return;
    }
    error = print_event(run, event);
    if (error != 0) {
        give_in(run, feed, error);
        return;
    }
#if SYMFEED_ONE_SHOT
    run->up = options->command == COMMAND_HEALTH && health_is_up(event);
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
    symfeed_log_write(message_log(), NULL, 0); /* tells of lost lines where it can */
    if (renewal_wanted) {
        renewal_wanted = 0;
        (void)symfeed_renew(feed, NULL);
    }
    if (stats_wanted) {
        stats_wanted = 0;
        print_stats(feed);
    }
    if (stop_wanted) {
        run->stopped = true;
        symfeed_stop(feed, run->options->command == COMMAND_LEGACY && stop_wanted <= LAST_SECONDS
                               ? SYMFEED_STOP_AFTER_BATCH
                               : SYMFEED_STOP_NOW);
    }
}

/* --- one feed, or one call ---------------------------------------------------------------- */

static size_t arena_size(void)
{
    const size_t behind = (size_t)((uintptr_t)(arena + SYMFEED_ARENA_ROOM) % PAGE_SIZE_USUAL);

    return SYMFEED_ARENA_ROOM + (PAGE_SIZE_USUAL - behind) % PAGE_SIZE_USUAL;
}

/* Says which option is wrong, and how to fix it. */
static void explain(const struct options *options, int answer, const char *error)
{
    const enum symfeed_status status = answer > 0 ? (enum symfeed_status)answer : SYMFEED_OK;
    const char *option =
        answer > 0 ? settle_name(options, status) : settle_name_of_file(options, answer);

    if (answer > 0 && !SYMFEED_MESSAGES) {
        error = "not accepted; symfeed --help says what is";
    }
    message(SYMFEED_LOG_ERROR, "%s%s%s%s", option == NULL ? "" : option, option == NULL ? "" : ": ",
            error, settle_lacks_insecure_http(options, status) ? " (--insecure-http)" : "");
}

/* Sets up port and feed; a legacy feed goes on where the file says. EXIT_AS_ASKED, or all has been
 * said. */
static int open_feed(struct run *run, unsigned char *memory, size_t size)
{
    const struct options *options = run->options;
    struct symfeed_posix_config config = {.feed = options->config,
                                          .memory = memory,
                                          .memory_size = size,
                                          .arena = arena,
                                          .arena_size = arena_size(),
                                          .session_token_file = options->session_token_file,
                                          .key_manager_token_file = options->key_manager_token_file,
                                          .rsa_key_file = options->rsa_key_file,
                                          .certificate_file = options->certificate_file,
                                          .certificate_key_file = options->certificate_key_file,
                                          .ca_file = options->ca_file,
                                          .pins = options->pins,
                                          .pin_count = options->pin_count,
                                          .verbosity = options->verbosity,
                                          .log = message_log()};
    const char *mistake = state_read(&run->state, options->state_file);
    const struct state_values *read = &run->state.read;
    char error[320];
    int answer;

#if SYMFEED_PROXY
    config.feed.no_proxy = proxy_add_networks(&config.feed, run->text, run->text_size);
#endif
    if (read->id[0] != '\0') {
        config.feed.feed_id = read->id;
        config.feed.cookie = read->cookie[0] == '\0' ? NULL : read->cookie;
    }
    answer = symfeed_posix_open(&posix, &config, error, sizeof error);
    if (read->id[0] != '\0' && (answer == SYMFEED_BAD_FEED_ID || answer == SYMFEED_BAD_COOKIE)) {
        mistake = "not a feed id in its first line and a cookie in its second one";
        state_forget(&run->state);
        config.feed.feed_id = NULL;
        config.feed.cookie = NULL;
        answer = symfeed_posix_open(&posix, &config, error, sizeof error);
    }
    run->state.warn = options->verbosity >= -1;
    if (answer != SYMFEED_POSIX_OK) {
        explain(options, answer, error);
        return EXIT_WRONG_USAGE;
    }
    message_started();
    if (mistake != NULL && run->state.warn) {
        message(SYMFEED_LOG_WARNING, "--state: %s: %s; begins with a new feed", options->state_file,
                mistake);
    }
    return EXIT_AS_ASKED;
}

/* What to leave with once it is over. */
static int judge(const struct run *run, enum symfeed_status status)
{
    const enum command command = run->options->command;

    if (usage_follows(command) || run->answer != EXIT_AS_ASKED) {
        return run->answer;
    }
    if (status == SYMFEED_FAILED) {
        return EXIT_FAILED;
    }
    if (run->stopped) {
        message(SYMFEED_LOG_ERROR, "%s: stopped before the answer was there", usage_name(command));
        return EXIT_FAILED;
    }
    return command == COMMAND_HEALTH && !run->up ? EXIT_FAILED : EXIT_AS_ASKED;
}

/* Follows the feed in `memory`, which holds the feed and, behind it, the text of an event; or makes
 * its one call. */
static int follow(struct run *run, unsigned char *memory, size_t size)
{
    enum symfeed_status status;

    hold_signals(SIG_BLOCK);
    if (open_feed(run, memory, size) != EXIT_AS_ASKED) {
        return EXIT_WRONG_USAGE;
    }
    usage_warn(run->options);
    catch_signals();
    hold_signals(SIG_UNBLOCK);
    status = symfeed_posix_run(&posix, handle, run);
    state_keep(&run->state, posix.feed, true);
    if (run->options->stats) {
        print_stats(posix.feed);
    }
    symfeed_posix_close(&posix);
    return judge(run, status);
}

/* Where no number of tokens was asked for, the table gets what the window would otherwise begin in
 * the middle of: of table, window and text a run touches what its events need, and then RAM is
 * counted in pages. */
static void fill_page(struct symfeed_config *config, size_t page)
{
#if SYMFEED_JSON
    const size_t begun = 256; /* bytes of the window's first page: the feed is a little smaller */
    const size_t size = SYMFEED_MEMORY(0, config->json_tokens) % page;

    const size_t more = (2 * page + begun - size) % page / SYMFEED_JSON_TOKEN_SIZE;

    if (config->json_tokens == SYMFEED_CLIENT_TOKENS &&
        config->json_tokens <= SYMFEED_JSON_TOKENS_MAX - more) {
        config->json_tokens += more;
    }
#else
    (void)config;         /* there is no table */
    (void)page;
#endif
}

static bool wants_colour(bool terminal)
{
    const char *kind = getenv("TERM");

    return terminal && getenv("NO_COLOR") == NULL && (kind == NULL || strcmp(kind, "dumb") != 0);
}

static int run_command(struct options *options, const struct rlimit *core_files)
{
    static struct run run; /* there is one, and of the stack, too, RAM is counted in pages */
    const size_t page = memory_page();
    const uint64_t text = (uint64_t)options->config.window + PRINT_MORE;
    const uint64_t pointers = (command_environment_size() + page - 1) / page * page;
    unsigned char *memory;
    uint64_t feed;
    int answer;

    fill_page(&options->config, page);
    feed = SYMFEED_MEMORY(options->config.window, options->config.json_tokens);
    memory = memory_take(pointers + feed + text);
    if (memory == NULL) {
        return wrong("--window, --tokens", "this system does not have that much memory, give less");
    }
    run.options = options;
    run.answer = EXIT_AS_ASKED;
    run.command.line = options->exec;
    run.command.core_files = core_files;
    run.command.environment = (char **)(void *)memory; /* pages are aligned for anything */
    run.command.seconds = options->exec_timeout;
    run.command.warn = options->verbosity >= -1;
    run.command.posix = &posix;
    run.command.stop = &stop_wanted;
    run.text = (char *)memory + pointers + feed;
    run.text_size = (size_t)text;
    on_terminal = has_terminal();
    run.terminal = isatty(STDOUT_FILENO);
    run.colour = wants_colour(run.terminal);
    answer = follow(&run, memory + pointers, (size_t)feed);
    symfeed_posix_finish();
    memory_give_back(memory, pointers + feed + text);
    run.options = NULL; /* these two are on the caller's stack */
    run.command.core_files = NULL;
    return answer;
}

/* --- the program -------------------------------------------------------------------------- */

#if SYMFEED_KEY_SIGN_IN && SYMFEED_CERTIFICATE_SIGN_IN
#define SIGN_IN "sign-in by key and by certificate"
#elif SYMFEED_KEY_SIGN_IN
#define SIGN_IN "sign-in by key"
#elif SYMFEED_CERTIFICATE_SIGN_IN
#define SIGN_IN "sign-in by certificate"
#else
#define SIGN_IN "no sign-in but by tokens"
#endif

/* What is compiled in. */
static const char *const features[] = {
    "\n",
    SIGN_IN,
    SYMFEED_PROXY ? ", proxy" : ", no proxy",
    SYMFEED_DATAHOSE ? ", datahose" : ", no datahose",
    SYMFEED_LEGACY ? ", legacy feed" : ", no legacy feed",
    SYMFEED_ONE_SHOT ? ", single calls" : ", no single calls",
    SYMFEED_JSON ? "" : ", events as they come",
    SYMFEED_RETRY_AFTER ? "" : ", no Retry-After",
    SYMFEED_RECLAIM ? "" : ", no reclaim",
    SYMFEED_TEXT ? "" : ", no plain text",
    SYMFEED_TYPED_EVENTS ? "" : ", no typed events",
    SYMFEED_RESOLVER_GETADDRINFO ? ", names by getaddrinfo()" : ", names by DNS",
    SYMFEED_MBEDTLS_SOURCE && !SYMFEED_TLS_RSA_PSS ? ", no RSA-PSS" : "",
    SYMFEED_MBEDTLS_SOURCE && !SYMFEED_TLS_CHACHA20 ? ", no ChaCha20-Poly1305" : "",
    SYMFEED_MBEDTLS_SOURCE && !SYMFEED_TLS_X25519 ? ", no X25519" : "",
    SYMFEED_MESSAGES ? "" : ", no messages",
};

static int version(void)
{
    char library[32];
    char line[300];
    char buffer[OUTPUT_SIZE];
    struct output output;
    size_t i;

    output_init(&output, STDOUT_FILENO, buffer, sizeof buffer);
    symfeed_tls_version(library, sizeof library);
    (void)symfeed_format(line, sizeof line,
                         "symfeed %s\n%s\n"
                         "ack id %u, feed id %u, session token %u, key manager token %u, line %u, "
                         "receive %u bytes, %u repeats",
                         symfeed_version(), library, (unsigned)SYMFEED_ACK_ID_SIZE,
                         (unsigned)SYMFEED_FEED_ID_SIZE, (unsigned)SYMFEED_SESSION_TOKEN_SIZE,
                         (unsigned)SYMFEED_KEY_MANAGER_TOKEN_SIZE, (unsigned)SYMFEED_LINE_SIZE,
                         (unsigned)SYMFEED_RECEIVE_SIZE, (unsigned)SYMFEED_DEDUP);
    output_text(&output, line);
#if SYMFEED_ARENA_SIZE
    (void)symfeed_format(line, sizeof line,
                         ", TLS records of %u bytes in and %u out, arena %u bytes, at least %u",
                         (unsigned)SYMFEED_TLS_RECORD_IN, (unsigned)SYMFEED_TLS_RECORD_OUT,
                         (unsigned)SYMFEED_ARENA_SIZE, (unsigned)SYMFEED_ARENA_MIN);
    output_text(&output, line);
    if (SYMFEED_TLS_MAX_FRAGMENT != 0) {
        (void)symfeed_format(line, sizeof line, ", servers are asked for records of %u",
                             (unsigned)SYMFEED_TLS_MAX_FRAGMENT);
        output_text(&output, line);
    }
#endif
    for (i = 0; i < sizeof features / sizeof features[0]; i++) {
        output_text(&output, features[i]);
    }
    output_text(&output, symfeed_tls_speaks_1_3() ? ", TLS 1.3\n" : ", no TLS 1.3\n");
    return output_finish(&output);
}

/* Takes the places of standard input, output and error where they are closed: else a connection
 * would get one of these numbers, and events or messages would be written into it. */
static void occupy_standard_descriptors(void)
{
    int descriptor;

    for (descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; descriptor++) {
        if (fcntl(descriptor, F_GETFD) < 0) {
            (void)open("/dev/null", descriptor == STDOUT_FILENO ? O_RDONLY : O_RDWR);
        }
    }
}

/* Wipes what is below main() on the stack. Pieces of tokens may be there: the system saves the
 * processor's registers on it when a signal comes, and what was copied last went through them. */
static void wipe_stack(void)
{
    unsigned char area[STACK_WIPED];

    symfeed_file_wipe_written(area, sizeof area);
}

int main(int argc, char **argv)
{
    void (*volatile wipe)(void) = wipe_stack; /* so that it stays a call of its own */
    struct rlimit core_files;
    struct options options;
    int answer;

    (void)argc;
    occupy_standard_descriptors();
    message_begin("symfeed");
    core_files_forbid(&core_files);
    answer = options_read(&options, argv);
    if (answer < 0) {
        answer =
            options.command == COMMAND_VERSION ? version() : run_command(&options, &core_files);
    }
    options_forget(&options);
    wipe();
    return answer;
}
