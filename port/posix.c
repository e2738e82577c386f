/* SPDX-License-Identifier: Apache-2.0 */
/*
 * posix.c - fills in struct symfeed_port: each function calls the files of the folders below.
 *
 * Depends on: system/, net/ and tls/, and symfeed.h for the feed.
 * Guarantees: see symfeed_posix.h and symfeed_port.h.
 */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "symfeed_posix.h"

#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "cause.h"
#include "system/characters.h"
#include "system/clock.h"
#include "system/credentials.h"
#include "system/descriptor.h"
#include "system/format.h"
#include "system/random.h"
#include "tls/arena.h"
#include "tls/sign.h"

/* Longest log line, in bytes; longer ones are cut. In JSON the text has some 150 less. */
#define LOG_SIZE 640

/* Longest cause, in bytes with its NUL. */
#define CAUSE_SIZE 256

/* --- reports ------------------------------------------------------------------------------ */

size_t symfeed_posix_report_text(const struct symfeed_posix *posix,
                                 const struct symfeed_report *report, char *out, size_t size)
{
    struct symfeed_report whole = *report;
    char cause[CAUSE_SIZE];

    if (SYMFEED_MESSAGES && symfeed_report_is_port_failure(report->code)) {
        whole.detail_size = symfeed_failure_text(&posix->connection.failure, cause, sizeof cause);
        whole.detail = cause;
    }
    (void)symfeed_report_text(&whole, out, size);
    /* The text can contain bytes that a server sent. */
    return symfeed_characters_clean(out, strlen(out), "");
}

/* Writes a report to standard error. */
static void log_report(const struct symfeed_posix *posix, const struct symfeed_report *report)
{
    char line[LOG_SIZE];
    size_t begin;
    size_t size;

    if ((int)report->level - SYMFEED_LOG_INFO > posix->verbosity) {
        return;
    }
    begin = symfeed_log_begin(posix->log, report, line, sizeof line);
    size = symfeed_posix_report_text(posix, report, line + begin, sizeof line - begin);
    symfeed_log_end(posix->log, line, sizeof line, begin, begin + size);
}

static void port_report(void *context, const struct symfeed_report *report)
{
    const struct symfeed_posix *posix = context;
    struct symfeed_report whole = *report;

    if (symfeed_report_is_port_failure(report->code)) { /* also after a second SYMFEED_IO_AGAIN */
        whole.cause = posix->connection.failure.cause;
    }
    if (posix->report != NULL) {
        posix->report(posix->report_context, &whole);
    } else {
        log_report(posix, &whole);
    }
}

/* Reports a secret file that others can read, once for each file. */
static void report_exposed(struct symfeed_posix *posix, enum symfeed_posix_file which,
                           const char *file)
{
    const bool is_key = which == SYMFEED_POSIX_RSA_KEY || which == SYMFEED_POSIX_CERTIFICATE_KEY;
    struct symfeed_report report = {.code = SYMFEED_REPORT_EXPOSED_FILE,
                                    .level = SYMFEED_LOG_WARNING,
                                    .cause = SYMFEED_CAUSE_EXPOSED_FILE};
    struct symfeed_failure exposed;
    char text[CAUSE_SIZE];

    if (posix->warned[which]) {
        return;
    }
    posix->warned[which] = true;
    (void)symfeed_fail_file(&exposed,
                            is_key ? SYMFEED_SUBJECT_SECRET_KEY : SYMFEED_SUBJECT_SECRET_TOKEN,
                            SYMFEED_CAUSE_EXPOSED_FILE, file);
    report.detail_size = symfeed_failure_text(&exposed, text, sizeof text);
    report.detail = text;
    port_report(posix, &report);
}

/* --- the functions of the port ------------------------------------------------------------ */

static int port_connect(void *context, const struct symfeed_endpoint *endpoint)
{
    struct symfeed_posix *posix = context;

    return symfeed_socket_connect(&posix->connection, endpoint, symfeed_clock_now());
}

static int port_secure(void *context, const struct symfeed_endpoint *endpoint)
{
    struct symfeed_posix *posix = context;
    int answer = symfeed_tls_secure(&posix->tls, endpoint);

    posix->connection.again = answer == SYMFEED_IO_AGAIN;
    if (posix->tls.identity.exposed) {
        report_exposed(posix, SYMFEED_POSIX_CERTIFICATE_KEY, posix->tls.identity.key_file);
    }
    return answer;
}

static int port_send(void *context, const void *data, size_t size)
{
    struct symfeed_posix *posix = context;

    if (posix->tls.active) {
        return symfeed_tls_send(&posix->tls, data, size);
    }
    return symfeed_socket_send(&posix->connection, data, size);
}

static int port_recv(void *context, void *data, size_t size)
{
    struct symfeed_posix *posix = context;
    const int answer = posix->tls.active ? symfeed_tls_recv(&posix->tls, data, size)
                                         : symfeed_socket_recv(&posix->connection, data, size);

    if (answer > 0) {
        posix->connection.silent = false; /* bytes of TLS alone would not show that it works */
    }
    return answer;
}

static uint32_t port_traffic(void *context)
{
    const struct symfeed_posix *posix = context;

    return posix->connection.traffic;
}

static void port_close(void *context)
{
    struct symfeed_posix *posix = context;

    symfeed_tls_close(&posix->tls);
    symfeed_socket_close(&posix->connection);
}

static uint32_t port_now(void *context)
{
    (void)context;
    return symfeed_clock_now();
}

static int64_t port_wall_clock(void *context)
{
    (void)context;
    return symfeed_clock_wall();
}

static void port_random(void *context, void *data, size_t size)
{
    (void)context;
    /* symfeed_posix_open() has checked that the system has random numbers, so only a seccomp filter
     * that was installed later can make this fail. The time is good enough then: the feed uses
     * these bytes for waits, trace ids, the hash key of the repeat memory and the id of a JWT,
     * which is refused at worst if it repeats. None of them is secret, and TLS does not use them.
     */
    if (symfeed_random(data, size) != 0) {
        uint32_t now = symfeed_clock_now();

        memset(data, 0, size);
        memcpy(data, &now, size < sizeof now ? size : sizeof now);
    }
}

/* Reads the token of one of the two files. Returns 0 or the cause. */
static int read_token(struct symfeed_posix *posix, enum symfeed_posix_file which, const char *file,
                      char *token, size_t size)
{
    bool exposed;
    int answer = symfeed_credentials_read(file, token, size, &exposed, &posix->connection.failure);

    if (answer == 0 && exposed) {
        report_exposed(posix, which, file);
    }
    return answer;
}

static int port_credentials(void *context, struct symfeed_credentials *credentials)
{
    struct symfeed_posix *posix = context;
    int answer = read_token(posix, SYMFEED_POSIX_SESSION_TOKEN, posix->session_token_file,
                            credentials->session_token, credentials->session_token_size);

    credentials->key_manager_token[0] = '\0';
    if (answer != 0 || posix->key_manager_token_file == NULL) {
        return answer;
    }
    return read_token(posix, SYMFEED_POSIX_KEY_MANAGER_TOKEN, posix->key_manager_token_file,
                      credentials->key_manager_token, credentials->key_manager_token_size);
}

static int port_sign(void *context, const void *data, size_t size, unsigned char *signature,
                     size_t room)
{
    struct symfeed_posix *posix = context;
    const char *file = posix->rsa_key_file;
    bool exposed = false;
    int answer = symfeed_sign(&posix->pem, file, data, size, signature, room, &exposed,
                              &posix->connection.failure);

    if (exposed) {
        report_exposed(posix, SYMFEED_POSIX_RSA_KEY, file);
    }
    return answer;
}

/* --- preparation -------------------------------------------------------------------------- */

/* credentials and sign are NULL without their file: the feed does not call them then. */
static void fill_in(struct symfeed_port *port, struct symfeed_posix *posix)
{
    port->context = posix;
    port->connect = port_connect;
    port->secure = port_secure;
    port->send = port_send;
    port->recv = port_recv;
    port->traffic = port_traffic;
    port->close = port_close;
    port->now = port_now;
    port->wall_clock = port_wall_clock;
    port->random = port_random;
    port->credentials = posix->session_token_file != NULL ? port_credentials : NULL;
    port->sign = SYMFEED_KEY_SIGN_IN && posix->rsa_key_file != NULL ? port_sign : NULL;
    port->report = port_report;
}

static void close_pipe(struct symfeed_posix *posix)
{
    if (posix->wake[0] >= 0) {
        (void)close(posix->wake[0]);
    }
    if (posix->wake[1] >= 0) {
        (void)close(posix->wake[1]);
    }
    posix->wake[0] = -1;
    posix->wake[1] = -1;
}

static int open_pipe(struct symfeed_posix *posix)
{
    if (pipe(posix->wake) != 0) {
        posix->wake[0] = -1;
        posix->wake[1] = -1;
        return -1;
    }
    posix->wake[0] = symfeed_descriptor_raise(posix->wake[0]);
    posix->wake[1] = symfeed_descriptor_raise(posix->wake[1]);
    if (symfeed_descriptor_set_flags(posix->wake[0]) == 0 &&
        symfeed_descriptor_set_flags(posix->wake[1]) == 0) {
        return 0;
    }
    close_pipe(posix);
    return -1;
}

/* Checks the random numbers and opens the pipe. Returns 0 or the cause. */
static int prepare_system(struct symfeed_posix *posix)
{
    struct symfeed_failure *failure = &posix->connection.failure;
    unsigned char probe;

    if (symfeed_random(&probe, sizeof probe) != 0) {
        return symfeed_fail(failure, SYMFEED_SUBJECT_NONE, SYMFEED_CAUSE_NO_RANDOM);
    }
    if (open_pipe(posix) != 0) {
        return symfeed_fail(failure, SYMFEED_SUBJECT_NONE, SYMFEED_CAUSE_NO_PIPE);
    }
    return 0;
}

static bool is_http(const char *url)
{
    return url != NULL && strncasecmp(url, "http://", 7) == 0;
}

/* Returns whether any host needs TLS. A host that is not set is the agent's. */
static bool needs_tls(const struct symfeed_config *feed)
{
    return !is_http(feed->agent) || (feed->sign_in != SYMFEED_SIGN_IN_BY_TOKENS &&
                                     ((feed->pod != NULL && !is_http(feed->pod)) ||
                                      (feed->key_manager != NULL && !is_http(feed->key_manager))));
}

/* Checks the files that the configuration names, except those of tokens. Returns an enum
 * symfeed_posix_status. */
static int prepare_files(struct symfeed_posix *posix, const struct symfeed_posix_config *config)
{
    const struct symfeed_tls_config tls = {.ca_file = config->ca_file,
                                           .certificate_file = config->certificate_file,
                                           .certificate_key_file = config->certificate_key_file,
                                           .pins = config->pins,
                                           .pin_count = config->pin_count};
    int answer = SYMFEED_TLS_OK;

    if (SYMFEED_KEY_SIGN_IN && config->rsa_key_file != NULL &&
        symfeed_sign_check(&posix->pem, config->rsa_key_file, &posix->connection.failure) != 0) {
        return SYMFEED_POSIX_BAD_RSA_KEY;
    }
    if (needs_tls(&config->feed)) {
        answer = symfeed_tls_init(&posix->tls, &posix->connection, &posix->pem, &tls);
    }
    switch (answer) {
    case SYMFEED_TLS_OK: return SYMFEED_POSIX_OK;
    case SYMFEED_TLS_BAD_CA: return SYMFEED_POSIX_BAD_CA;
    case SYMFEED_TLS_BAD_CERTIFICATE: return SYMFEED_POSIX_BAD_CERTIFICATE;
    case SYMFEED_TLS_BAD_CERTIFICATE_KEY: return SYMFEED_POSIX_BAD_CERTIFICATE_KEY;
    case SYMFEED_TLS_BAD_PIN: return SYMFEED_POSIX_BAD_PIN;
    default: return SYMFEED_POSIX_BAD_SYSTEM;
    }
}

/* Writes the text of a failure. `size` may be 0. */
static void put_error(const struct symfeed_failure *failure, char *error, size_t size)
{
    if (size > 0) {
        (void)symfeed_characters_clean(error, symfeed_failure_text(failure, error, size), "");
    }
}

/* Returns the name of the member that sign-in needs and that is not set, or NULL. */
static const char *missing_file(const struct symfeed_posix_config *config)
{
    const enum symfeed_task task = config->feed.task;

    switch (config->feed.sign_in) {
    case SYMFEED_SIGN_IN_BY_TOKENS:
        return config->session_token_file == NULL && task != SYMFEED_TASK_HEALTH &&
                       task != SYMFEED_TASK_INFO
                   ? "session_token_file, or feed.sign_in and its file"
                   : NULL;
    case SYMFEED_SIGN_IN_BY_KEY: return config->rsa_key_file == NULL ? "rsa_key_file" : NULL;
    case SYMFEED_SIGN_IN_BY_CERTIFICATE:
        return config->certificate_file == NULL ? "certificate_file" : NULL;
    default: return NULL; /* symfeed_init() reports it */
    }
}

/* Sets up the feed. Returns SYMFEED_POSIX_OK, or an enum symfeed_status with the fix in `error`. */
static int prepare_feed(struct symfeed_posix *posix, const struct symfeed_posix_config *config,
                        char *error, size_t error_size)
{
    const enum symfeed_status status = symfeed_init(&posix->feed, &config->feed, &posix->port,
                                                    config->memory, config->memory_size);

    if (status == SYMFEED_BAD_MEMORY) {
        struct symfeed_failure *failure = &posix->connection.failure;

        (void)symfeed_fail(failure, SYMFEED_SUBJECT_NONE, SYMFEED_CAUSE_SMALL_MEMORY);
        failure->numbers[0] = (uint32_t)config->memory_size;
        failure->numbers[1] = (uint32_t)symfeed_memory(&config->feed);
        put_error(failure, error, error_size);
    } else if (SYMFEED_MESSAGES) {
        (void)symfeed_format(error, error_size, "%s", symfeed_status_text(status));
    } else {
        (void)symfeed_format(error, error_size, "status %u", (unsigned)status);
    }
    return (int)status;
}

/* Initialises all members that need no system call. */
static void init_members(struct symfeed_posix *posix, const struct symfeed_posix_config *config)
{
    memset(posix, 0, sizeof *posix);
    posix->session_token_file = config->session_token_file;
    posix->key_manager_token_file = config->key_manager_token_file;
    posix->rsa_key_file = config->rsa_key_file;
    posix->verbosity = config->verbosity;
    posix->report = config->report;
    posix->report_context = config->report_context;
    posix->own_log.format = symfeed_log_is_journal() ? SYMFEED_LOG_JOURNAL : SYMFEED_LOG_TEXT;
    posix->log = config->log == NULL ? &posix->own_log : config->log;
    posix->wake[0] = -1;
    posix->wake[1] = -1;
    symfeed_pem_init(&posix->pem);
    symfeed_socket_init(&posix->connection, config->feed.timers.connect, config->resolve,
                        config->resolve_context);
    symfeed_tls_init_unusable(&posix->tls, &posix->connection, &posix->pem);
    fill_in(&posix->port, posix);
}

/* Prepares everything except the feed. Returns an enum symfeed_posix_status; the cause is in the
 * connection's failure. */
static int prepare(struct symfeed_posix *posix, const struct symfeed_posix_config *config)
{
    struct symfeed_failure *failure = &posix->connection.failure;
    const char *missing = missing_file(config);

    if (missing != NULL) {
        (void)symfeed_fail(failure, SYMFEED_SUBJECT_NONE, SYMFEED_CAUSE_NO_SIGN_IN);
        (void)symfeed_format(failure->name, sizeof failure->name, "%s", missing);
        return SYMFEED_POSIX_BAD_FILES;
    }
    if (prepare_system(posix) != 0) {
        return SYMFEED_POSIX_BAD_SYSTEM;
    }
    if (symfeed_arena_start(config->arena, config->arena_size, failure) != 0) {
        return SYMFEED_POSIX_BAD_ARENA;
    }
    return prepare_files(posix, config);
}

int symfeed_posix_open_checked(struct symfeed_posix *posix,
                               const struct symfeed_posix_config *config, char *error,
                               size_t error_size, uint32_t layout)
{
    int answer;

    if (layout != SYMFEED_POSIX_LAYOUT) {
        struct symfeed_failure failure;

        (void)symfeed_fail(&failure, SYMFEED_SUBJECT_NONE, SYMFEED_CAUSE_OTHER_BUILD);
        put_error(&failure, error, error_size);
        return SYMFEED_POSIX_BAD_VERSION;
    }
    init_members(posix, config);
    answer = prepare(posix, config);
    if (answer != SYMFEED_POSIX_OK) {
        put_error(&posix->connection.failure, error, error_size);
    } else {
        answer = prepare_feed(posix, config, error, error_size);
    }
    if (answer != SYMFEED_POSIX_OK) {
        symfeed_posix_close(posix);
    }
    return answer;
}

void symfeed_posix_close(struct symfeed_posix *posix)
{
    port_close(posix);
    symfeed_tls_free(&posix->tls);
    symfeed_pem_close(&posix->pem);
    close_pipe(posix);
}

size_t symfeed_posix_arena_peak(void)
{
    return symfeed_arena_peak();
}

void symfeed_posix_finish(void)
{
    symfeed_tls_finish();
    symfeed_arena_finish();
}
