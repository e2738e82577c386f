/* SPDX-License-Identifier: Apache-2.0 */
/*
 * alarm.c - an appliance: sets a siren or a lamp when a message matches a rule.
 *
 *     alarm FILE           follows the feed; alarm.conf is an example of FILE
 *     alarm --check FILE   says what is wrong with FILE, and does nothing else
 *     alarm --off FILE     sets all outputs off and forgets that they were on; for people, while no
 *                          other alarm is running. Needs no agent, key or CAs
 */
/*
 * Guarantees
 *  - An event is accepted, and so acknowledged, after its outputs are set and the state file is on
 *    disk. If either fails, the event is refused and comes again; after three refusals it is
 *    accepted, so that it does not block others. An output that cannot be set is tried again each
 *    second until its time is over.
 *  - Outputs go off when their time is over, whatever the network does. Log lines do not
 *    block: if standard error is full, a line is dropped, and the next one says so. An output is
 *    set before it is logged.
 *  - The end of this program, by SIGTERM or by a crash, changes no output: a restart must not
 *    silence an alarm. The state file says until when outputs have to be on. The next start sets
 *    these on for the rest of their time, and all others off. Without a state file all are set off,
 *    also at SIGTERM. To stop the alarm for good, call `alarm --off` afterwards.
 *  - The outputs are set at the start before the key, the trusted CAs and the network count. If the
 *    feed cannot be opened, such as with a damaged key or without an agent, alarm sets off what is
 *    on when its time is over, and only then exits.
 *  - If the state file cannot be read, an output stays as it is until an event sets it.
 *  - If the clock is not set, or was not set when the output was, the rest of the time is unknown:
 *    the output is on for the full time again. Too long is better than not at all.
 *  - The loop itself sends the signs of life to a service manager, so they stop if it hangs.
 *  - All memory is static, except that of mbedTLS.
 */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "config.h"
#include "../common/message.h"
#include "../common/process.h"
#include "notify.h"
#include "outputs.h"
#include "words.h"
#include "symfeed.h"
#include "symfeed_events.h"
#include "symfeed_posix.h"

#define MOST_WAIT 1000 /* milliseconds: a signal that comes just before poll() costs no more */

static unsigned char memory[SYMFEED_MEMORY(CONFIG_WINDOW, CONFIG_TOKENS)];
static struct symfeed_posix posix;
static struct config config;
static struct outputs outputs = {.config = &config};

/* --- events ------------------------------------------------------------------------------- */

/* A message, as far as rules look at it. */
struct message {
    struct symfeed_user user;
    struct symfeed_stream stream;
    char text[CONFIG_WINDOW]; /* plain; what an event's window holds does not grow */
};

/* Reads the message of an event. false: the event is about something else. */
static bool read_message(const struct symfeed_event *event, struct message *read)
{
    struct symfeed_value sent;
    struct symfeed_message parts;

    switch (symfeed_event_type(event)) {
    case SYMFEED_TYPE_MESSAGESENT:
        sent = symfeed_as_message_sent(event, symfeed_payload(event)).message;
        break;
    case SYMFEED_TYPE_SHAREDPOST:
        sent = symfeed_as_shared_post(event, symfeed_payload(event)).message;
        break;
    default: return false;
    }
    parts = symfeed_as_message(event, sent);
    read->user = symfeed_as_user(event, parts.user);
    read->stream = symfeed_as_stream(event, parts.stream);
    (void)symfeed_message_text(event, read->text, sizeof read->text);
    return true;
}

/* Whether a value is this text; letters of ASCII may be small or capital where `any_case`. */
static bool is_text(struct symfeed_value value, const char *text, bool any_case)
{
    char found[1024];

    return symfeed_string(value, found, sizeof found) > 0 &&
           (any_case ? strcasecmp(found, text) : strcmp(found, text)) == 0;
}

/* Whether a message has all that a rule asks for. */
static bool matches(const struct rule *rule, const struct message *read)
{
    const char *room = rule->settings[ROOM].text;
    const char *sender = rule->settings[SENDER].text;
    const char *keyword = rule->settings[KEYWORD].text;
    const char *hashtag = rule->settings[HASHTAG].text;

    if (room != NULL && !is_text(read->stream.room_name, room, false) &&
        !is_text(read->stream.stream_id, room, false)) {
        return false;
    }
    if (sender != NULL && !is_text(read->user.username, sender, true) &&
        !is_text(read->user.email, sender, true) && !is_text(read->user.user_id, sender, false)) {
        return false;
    }
    return (keyword == NULL || words_have(read->text, keyword)) &&
           (hashtag == NULL || words_have_hashtag(read->text, hashtag));
}

/* Sets the outputs of all rules that match, and then reports it. false: an output or the state file
 * could not be written. */
static bool evaluate(const struct symfeed_event *event)
{
    static struct message read;
    bool matched[CONFIG_RULES] = {false};
    bool touched[CONFIG_OUTPUTS] = {false};
    bool any = false;
    bool done;
    size_t i;

    if (!read_message(event, &read)) {
        return true;
    }
    for (i = 0; i < config.rule_count; i++) {
        const struct rule *rule = &config.rules[i];

        if (matches(rule, &read)) {
            outputs_order(&outputs, rule->output, rule->seconds);
            touched[rule->output] = true;
            matched[i] = true;
            any = true;
        }
    }
    done = !any || outputs_set(&outputs, touched);
    for (i = 0; i < config.rule_count; i++) {
        const struct rule *rule = &config.rules[i];

        if (matched[i]) {
            message(SYMFEED_LOG_INFO, "%s:%u: %s for %u s", config.connection.set.file, rule->line,
                    config.outputs[rule->output].name, (unsigned)rule->seconds);
        }
    }
    return done;
}

/* An event is accepted when this returns, unless it was refused. */
static void handle(struct symfeed *feed, const struct symfeed_event *event)
{
    bool done;

    if (event->malformed) {
        message(SYMFEED_LOG_WARNING, "an event is not JSON and matches no rule");
        return;
    }
    done = evaluate(event);
    if (!done) {
        symfeed_refuse(feed);
    }
    if (event->truncated) {
        message(SYMFEED_LOG_WARNING,
                "of an event of %llu bytes only the beginning is compared with the rules",
                (unsigned long long)event->full_size);
    }
    if (!done) {
        message(event->given_up ? SYMFEED_LOG_ERROR : SYMFEED_LOG_WARNING, "the event is %s",
                event->given_up ? "accepted all the same, so that others get through"
                                : "not acknowledged and comes again");
    }
}

/* --- signals ------------------------------------------------------------------------------ */

static volatile sig_atomic_t stop_wanted;
static volatile sig_atomic_t renewal_wanted;

static void on_signal(int number)
{
    if (number == SIGHUP) {
        renewal_wanted = 1;
    } else {
        stop_wanted = 1;
    }
}

static void catch_signals(void)
{
    struct sigaction action;

    memset(&action, 0, sizeof action);
    (void)sigemptyset(&action.sa_mask);
    action.sa_handler = on_signal;
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    (void)sigaction(SIGHUP, &action, NULL);
    action.sa_handler = SIG_IGN;
    (void)sigaction(SIGPIPE, &action, NULL);
}

static void look_at_signals(struct symfeed *feed)
{
    if (renewal_wanted) {
        renewal_wanted = 0;
        (void)symfeed_renew(feed, NULL); /* there is a new key, or there are new tokens */
    }
    if (stop_wanted) {
        stop_wanted = 0;
        notify("STOPPING=1");
        symfeed_stop(feed, SYMFEED_STOP_NOW);
    }
}

/* --- the loop ----------------------------------------------------------------------------- */

/* Waits for the connection, or for the first of all the times at which something is to be done. */
static void wait_for_work(int most)
{
    struct pollfd ready;
    int wait = outputs_timeout(&outputs, most);
    int due = symfeed_posix_pollfd(&posix, &ready);

    (void)poll(&ready, 1, due < wait ? due : wait);
}

static void follow(struct symfeed *feed)
{
    const struct symfeed_port *port = &posix.port;
    const uint32_t interval = notify_interval();
    const int most = interval > 0 && interval < MOST_WAIT ? (int)interval : MOST_WAIT;
    uint32_t beat_at = port->now(port->context);
    struct symfeed_event event;

    for (;;) {
        switch (symfeed_next(feed, &event)) {
        case SYMFEED_EVENT: handle(feed, &event); break;
        case SYMFEED_STOPPED: return;
        default: wait_for_work(most); break;
        }
        outputs_tend(&outputs);
        symfeed_log_write(message_log(), NULL, 0); /* tells of lost lines where it can */
        if (interval > 0 && symfeed_time_left(beat_at, port->now(port->context)) == 0) {
            notify("WATCHDOG=1");
            beat_at = port->now(port->context) + interval;
        }
        look_at_signals(feed);
    }
}

/* Keeps the outputs without a feed, until none is on any more. Returns the exit status: after a
 * signal, which can be that of a service manager that has waited too long for READY=1, it has to
 * start alarm again. */
static int end_outputs(void)
{
    while (outputs_are_on(&outputs)) {
        if (stop_wanted) {
            return EXIT_OK;
        }
        (void)poll(NULL, 0, outputs_timeout(&outputs, MOST_WAIT));
        outputs_tend(&outputs);
        symfeed_log_write(message_log(), NULL, 0);
    }
    return EXIT_WRONG;
}

int main(int argc, char **argv)
{
    const bool check = argc == 3 && strcmp(argv[1], "--check") == 0;
    const bool off = argc == 3 && strcmp(argv[1], "--off") == 0;

    message_begin("alarm");
    process_forbid_core_files(); /* they would hold keys and tokens */
    if (!check && !off && (argc != 2 || argv[1][0] == '-')) {
        message(SYMFEED_LOG_ERROR, "usage: alarm [--check | --off] FILE");
        return EXIT_WRONG;
    }
    catch_signals();
    if (!config_read(&config, argv[argc - 1])) {
        return EXIT_WRONG;
    }
    if (off) {
        return outputs_off(&outputs) ? EXIT_OK : EXIT_NOT_SET;
    }
    if (!check) {
        message_started();
        outputs_restore(&outputs);
    }
    if (!config_open(&config, &posix, memory, sizeof memory)) {
        return end_outputs();
    }
    if (check) {
        return EXIT_OK;
    }
    notify("READY=1"); /* the outputs are as they should be; the network may come later */
    follow(posix.feed);
    if (config.state_file == NULL) {
        (void)outputs_off(&outputs);
    }
    symfeed_posix_close(&posix);
    connection_forget(&config.connection);
    return EXIT_OK;
}
