/* SPDX-License-Identifier: Apache-2.0 */
/*
 * symfeed_posix.h - the port to POSIX.1-2008 and mbedTLS (2.28, 3.6 or 4.x), and a blocking runner.
 *
 * Depends on: symfeed.h, mbedTLS, and the headers of this folder, which are private but for
 *   net/resolver.h and system/log.h.
 * Guarantees: the port itself allocates nothing. Only the functions that wait block.
 */
#ifndef SYMFEED_POSIX_H
#define SYMFEED_POSIX_H

/*
 * Usage
 *
 *     static struct symfeed_posix posix;
 *
 *     if (symfeed_posix_open(&posix, &config, error, sizeof error) != SYMFEED_POSIX_OK)
 *         print(error);
 *     while (symfeed_posix_next(&posix, &event) == SYMFEED_EVENT)
 *         handle(&event);
 *     symfeed_posix_close(&posix);
 */

/*
 * Conventions
 *  - Each feed has a struct symfeed_posix of its own, in the caller's memory. Do not move it
 *    between symfeed_posix_open() and symfeed_posix_close().
 *  - Only one thread may use a struct symfeed_posix at a time. With an arena, which all feeds of a
 *    process share, the same thread must use all of them. symfeed_posix_wake() may be called from
 *    any thread and from signal handlers.
 *  - mbedTLS allocates in the arena or with its own allocator.
 *  - symfeed_posix_wait(), _wait_for(), _next() and _run() wait. Nothing else does: names are
 *    looked up without waiting, and log lines never block. In a build with
 *    SYMFEED_RESOLVER_GETADDRINFO the port's connect() waits for getaddrinfo(), which allocates.
 *  - Tokens are copied from their files to the feed's buffers and kept nowhere else. Keys are read
 *    when they are used, and wiped afterwards.
 *  - An application with an event loop of its own calls symfeed_next(), and after each SYMFEED_WAIT
 *    symfeed_posix_pollfd(), which says what to poll for and for how long.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/resolver.h"
#include "net/socket.h"
#include "symfeed.h"
#include "symfeed_cause.h"
#include "symfeed_port.h"
#include "symfeed_port_config.h"
#include "system/format.h"
#include "system/log.h"
#include "tls/pem.h"
#include "tls/tls.h"

#ifdef __cplusplus
extern "C" {
#endif

struct pollfd; /* of <poll.h> */

/* The configuration of a feed and its port. Zero it, then set what you need. Strings, pins,
 * functions and their contexts are used in place: they must stay valid and unchanged until
 * symfeed_posix_close(). */
struct symfeed_posix_config {
    struct symfeed_config feed; /* what to follow and how, see symfeed.h */
    void *memory;               /* the feed's memory: symfeed_memory(&feed) bytes, any alignment */
    size_t memory_size;         /* its size in bytes */
    const char *session_token_file;     /* its first line is the session token. Required with
                                         * SYMFEED_SIGN_IN_BY_TOKENS, except for the tasks
                                         * SYMFEED_TASK_HEALTH and SYMFEED_TASK_INFO; otherwise
                                         * NULL */
    const char *key_manager_token_file; /* its first line is the key manager token; NULL: none */
    const char *rsa_key_file;         /* for SYMFEED_SIGN_IN_BY_KEY: PEM file of an RSA key of 2048
                                       * to 4096 bits, PKCS#1 or PKCS#8, not encrypted; NULL:
                                       * none */
    const char *certificate_file;     /* PEM file of the TLS client certificate, followed by its
                                       * intermediates; NULL: none */
    const char *certificate_key_file; /* PEM file of its key, RSA or EC, not encrypted; NULL:
                                       * certificate_file has the key, too */
    const char *ca_file;     /* PEM file of trusted authorities; NULL: the system's bundle */
    const char *const *pins; /* in addition to verification, a server's key must match one of these:
                              * base64 of the SHA-256 of its SubjectPublicKeyInfo (RFC 7469, 2.4),
                              * with or without "sha256//" before it */
    size_t pin_count;        /* number of pins; 0: any key */
    symfeed_resolver *resolve; /* replaces the port's resolver, see resolver.h; NULL: the port's */
    void *resolve_context;     /* passed to resolve */
    int verbosity; /* which reports go to standard error. -3: none; -2: errors; -1: errors
                    * and warnings; 0: what the feed does, too; 1: each call, too */
    /* Takes all reports in place of standard error, independent of verbosity. Must not wait.
     * symfeed_posix_report_text() makes a line of a report. NULL: standard error. */
    void (*report)(void *context, const struct symfeed_report *report);
    void *report_context;    /* passed to report */
    struct symfeed_log *log; /* says in which format reports are written to standard error, and
                              * counts the lines that it did not take, see log.h. NULL: the port's
                              * own: SYMFEED_LOG_JOURNAL if standard error is systemd's journal
                              * (symfeed_log_is_journal()), otherwise SYMFEED_LOG_TEXT. Give one to
                              * choose the format or to write lines of your own beside it: zeroed
                              * it is text, {.format = SYMFEED_LOG_JSON} is JSON */
    void *arena;             /* memory of an mbedTLS that was built from source, ignored otherwise
                              * (SYMFEED_ARENA_SIZE is 0): an array of SYMFEED_ARENA_ROOM bytes, or of
                              * another size, at least SYMFEED_ARENA_MIN. All feeds of the process must
                              * give the same array. It stays in use until symfeed_posix_finish() */
    size_t arena_size;       /* its size in bytes */
};

/* For the initializer of a configuration: sets its memory and arena to these two arrays. */
#define SYMFEED_POSIX_MEMORY(memory_, arena_)                                                      \
    .memory = (memory_), .memory_size = sizeof(memory_), .arena = (arena_),                        \
    .arena_size = sizeof(arena_)

/* The files that contain secrets. */
enum symfeed_posix_file {
    SYMFEED_POSIX_SESSION_TOKEN,
    SYMFEED_POSIX_KEY_MANAGER_TOKEN,
    SYMFEED_POSIX_RSA_KEY,
    SYMFEED_POSIX_CERTIFICATE_KEY,
    SYMFEED_POSIX_FILES /* number of files */
};

/* A feed with its port. Use `feed` with the functions of symfeed.h; port.now() may be called. All
 * other members are private. */
struct symfeed_posix {
    struct symfeed *feed;
    struct symfeed_port port;
    const char *session_token_file; /* these three: as in the configuration */
    const char *key_manager_token_file;
    const char *rsa_key_file;
    struct symfeed_socket connection;
    struct symfeed_tls tls;
    struct symfeed_pem pem;  /* reads all PEM files; wiped after each */
    struct symfeed_log *log; /* the configuration's, or own_log */
    struct symfeed_log own_log;
    void (*report)(void *context, const struct symfeed_report *report);
    void *report_context; /* these three: as in the configuration */
    int verbosity;
    int wake[2];                      /* a pipe: a byte in it ends a wait */
    bool warned[SYMFEED_POSIX_FILES]; /* reported that others can read the file */
};

/* What symfeed_posix_open() returns. For a mistake in `feed` it returns an enum symfeed_status,
 * which is above 0. */
enum symfeed_posix_status {
    SYMFEED_POSIX_OK = 0,
    SYMFEED_POSIX_BAD_SYSTEM = -1,  /* no random numbers, no descriptors, or mbedTLS cannot start */
    SYMFEED_POSIX_BAD_FILES = -2,   /* the file that feed.sign_in needs is not named */
    SYMFEED_POSIX_BAD_CA = -3,      /* no authorities can be loaded */
    SYMFEED_POSIX_BAD_RSA_KEY = -4, /* rsa_key_file has no such key */
    SYMFEED_POSIX_BAD_CERTIFICATE = -5, /* certificate_file has no certificate, or this build does
                                         * without (SYMFEED_CERTIFICATE_SIGN_IN) */
    SYMFEED_POSIX_BAD_CERTIFICATE_KEY = -6, /* not a key, or not the certificate's key */
    SYMFEED_POSIX_BAD_PIN = -7,             /* a pin is not base64 of 32 bytes */
    SYMFEED_POSIX_BAD_ARENA = -8,           /* arena is NULL, too small, or not the first feed's */
    SYMFEED_POSIX_BAD_VERSION = -9          /* library and application were built from different
                                             * versions, with different sizes or mbedTLS */
};

/* Sets up port and feed. Opens no connection and reads no token. `config` itself is not used after
 * the call; its strings, pins and memory are.
 *
 * Returns SYMFEED_POSIX_OK, which is 0; another enum symfeed_posix_status, below 0; or the result
 * of symfeed_init(), above 0. On an error, `error` contains one line that says what is wrong and
 * how to fix it (cut to `error_size` bytes, NUL included; a number without SYMFEED_MESSAGES), and
 * there is nothing to close. */
#define symfeed_posix_open(posix, config, error, error_size)                                       \
    symfeed_posix_open_checked(posix, config, error, error_size, SYMFEED_POSIX_LAYOUT)

/* Called by symfeed_posix_open(). `layout` is SYMFEED_POSIX_LAYOUT of the application, which
 * depends on mbedTLS's headers, too. If it differs from the library's, the function returns
 * SYMFEED_POSIX_BAD_VERSION and does not touch `posix`. */
int symfeed_posix_open_checked(struct symfeed_posix *posix,
                               const struct symfeed_posix_config *config, char *error,
                               size_t error_size, uint32_t layout);

/* The version, and the sizes of the core and of the port's structs. */
#define SYMFEED_POSIX_LAYOUT                                                                       \
    SYMFEED_AND_(                                                                                  \
        SYMFEED_AND_(SYMFEED_AND_(SYMFEED_LAYOUT, SYMFEED_SIZES), sizeof(struct symfeed_posix)),   \
        sizeof(struct symfeed_posix_config))

/* Writes a report as one line of English, for people, to `out` of `size` bytes (at least 1; 512 are
 * enough for nearly all), as symfeed_report_text() does, with the text of the port's cause. Call it
 * only in `report`. Returns the bytes written without the NUL. */
size_t symfeed_posix_report_text(const struct symfeed_posix *posix,
                                 const struct symfeed_report *report, char *out, size_t size);

/* Closes the connection and frees everything. Of the functions of symfeed.h only
 * symfeed_counters() may be called afterwards. If symfeed_next() has not returned SYMFEED_STOPPED
 * or SYMFEED_FAILED, `memory` still has the tokens: wipe it. */
void symfeed_posix_close(struct symfeed_posix *posix);

/* Frees what mbedTLS 3.6 and 4.x keep for the whole process (PSA; nothing in 2.28), and wipes the
 * arena and returns it to the application. Not needed if the process ends. Call it after the last
 * symfeed_posix_close(), when nothing else uses mbedTLS. */
void symfeed_posix_finish(void);

/* Returns the most bytes of the arena that mbedTLS has used at once since the first
 * symfeed_posix_open(), its data about each block included; 0 if SYMFEED_ARENA_SIZE is 0. There are
 * gaps between blocks, so an arena is full before this reaches its size. */
size_t symfeed_posix_arena_peak(void);

/* --- waiting ------------------------------------------------------------------------------ */

/* Says what to poll for after SYMFEED_WAIT: fills in *ready and returns the timeout for poll() in
 * milliseconds, never negative. Call it after each SYMFEED_WAIT, since the descriptor can change.
 * ready->fd is -1 if the feed waits only for the time. Do not read, write or close it. */
int symfeed_posix_pollfd(const struct symfeed_posix *posix, struct pollfd *ready);

/* Waits after SYMFEED_WAIT, for what symfeed_posix_pollfd() says, for symfeed_posix_wake() or a
 * signal. Returns 1 if it was woken up or interrupted: check your flags; otherwise 0. Call
 * symfeed_next() in both cases. */
int symfeed_posix_wait(struct symfeed_posix *posix);

/* Waits until a descriptor of the application (-1: none) is ready for `events`, as poll() defines
 * them, until `milliseconds` have passed (-1: no limit), or for symfeed_posix_wake() or a signal.
 * Returns 1 if the descriptor is ready or has an error; otherwise 0: check your flags. */
int symfeed_posix_wait_for(struct symfeed_posix *posix, int descriptor, short events,
                           int milliseconds);

/* Ends the current wait, or the next one if there is none. For signal handlers (it is
 * async-signal-safe and keeps errno) and other threads: set a flag, then call this. The call is
 * remembered, so it is not lost between the check of the flag and the wait. */
void symfeed_posix_wake(struct symfeed_posix *posix);

/* Calls symfeed_next() and symfeed_posix_wait() until there is an event, for a program that does
 * nothing else. Returns what symfeed_next() returns; SYMFEED_WAIT only after symfeed_posix_wake():
 * check your flags and call it again. */
enum symfeed_status symfeed_posix_next(struct symfeed_posix *posix, struct symfeed_event *event);

/* Called by symfeed_posix_run() for each event, on the caller's thread. It may call
 * symfeed_refuse(), symfeed_renew() and symfeed_stop(). `event` is valid until it returns. It is
 * also called after each wait, with `event` NULL: to check flags that a signal handler set before
 * symfeed_posix_wake(), and values that can have changed, such as symfeed_feed_id(). */
typedef void symfeed_posix_handler(void *context, struct symfeed *feed,
                                   const struct symfeed_event *event);

/* Follows the feed, or makes the call of a one-shot task, and waits in between. Returns when the
 * feed has stopped: SYMFEED_STOPPED, or SYMFEED_FAILED if the one-shot call failed. */
enum symfeed_status symfeed_posix_run(struct symfeed_posix *posix, symfeed_posix_handler *handler,
                                      void *context);

#ifdef __cplusplus
}
#endif

#endif
