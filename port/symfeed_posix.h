/* SPDX-License-Identifier: Apache-2.0 */
/*
 * symfeed_posix.h - the port to POSIX.1-2008 and mbedTLS (2.28, 3.6 or 4.x), and a blocking runner.
 *
 * Depends on: symfeed.h, mbedTLS, and the other headers of this folder, which are private.
 * Guarantees: the port itself allocates nothing; nothing blocks except the functions that wait, and
 *   the resolver unless it is replaced.
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
 * between symfeed_posix_open() and symfeed_posix_close().
 *  - Only one thread may use a struct symfeed_posix at a time. If they share an arena, which is a
 *    global of mbedTLS, the same thread must use all of them. symfeed_posix_wake() may be called
 *    from anywhere.
 *  - mbedTLS allocates in the arena or with its own allocator. getaddrinfo() allocates while it
 *    runs, unless SYMFEED_RESOLVER_DNS replaces it, see resolver.h.
 *  - symfeed_posix_wait(), _wait_for(), _next() and _run() wait. The resolver blocks in the port's
 *    connect(), unless it is replaced, see resolver.h. Log lines never block.
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

/* The feed, and what the port is to use for it. Zero it, then set what is wanted. Strings and pins
 * are used in place: they stay valid and unchanged until symfeed_posix_close(). */
struct symfeed_posix_config {
    struct symfeed_config feed; /* what to follow and how, see symfeed.h */
    void *memory;               /* the feed's memory: symfeed_memory(&feed) bytes, any alignment */
    size_t memory_size;         /* its size in bytes */
    const char *session_token_file;     /* its first line is the session token; required where the
                                         * feed does not sign in by itself, but for the tasks
                                         * SYMFEED_TASK_HEALTH and SYMFEED_TASK_INFO; else NULL */
    const char *key_manager_token_file; /* its first line is the key manager token; NULL: none */
    const char *rsa_key_file;           /* to sign in by key: PEM file of an RSA key of 2048 to 4096
                                         * bits, PKCS#1 or PKCS#8, not encrypted; NULL: none */
    const char *certificate_file;       /* PEM file of the TLS client certificate, its intermediates
                                         * after it; NULL: none */
    const char *certificate_key_file;   /* PEM file of its key, RSA or EC, not encrypted; NULL: in
                                         * certificate_file */
    const char *ca_file;     /* PEM file of trusted authorities; NULL: the system's bundle */
    const char *const *pins; /* besides verification, a server's key must be one of these: base64 of
                              * the SHA-256 of its SubjectPublicKeyInfo (RFC 7469, 2.4), "sha256//"
                              * before it or not */
    size_t pin_count;        /* how many; 0: any key */
    symfeed_resolver
        *resolve;          /* instead of the system's resolver, see resolver.h; NULL: that one */
    void *resolve_context; /* handed to it */
    int verbosity;         /* what goes to standard error. 0: errors, warnings and what the feed
                            * does; 1: each call, too; -1: errors and warnings; -2: errors; -3:
                            * nothing */
    /* Takes what is reported in place of standard error, whatever the verbosity; must not wait.
     * symfeed_posix_report_text() makes a line of it. NULL: it goes to standard error. */
    void (*report)(void *context, const struct symfeed_report *report);
    void *report_context;    /* handed to it */
    struct symfeed_log *log; /* where lines are counted that standard error did not take, see log.h,
                              * for an application that writes to it by the same means; NULL: in the
                              * port's own */
    void *arena;       /* mbedTLS's memory where it was built from source (SYMFEED_ARENA_SIZE is not
                        * 0, else it is not looked at): an array of SYMFEED_ARENA_ROOM bytes, or of
                        * another size from SYMFEED_ARENA_MIN on. All feeds of the process name the
                        * same one, and it stays until symfeed_posix_finish() */
    size_t arena_size; /* its size in bytes */
};

/* In the initializer of a configuration: its memory and arena are these two arrays. */
#define SYMFEED_POSIX_MEMORY(memory_, arena_)                                                      \
    .memory = (memory_), .memory_size = sizeof(memory_), .arena = (arena_),                        \
    .arena_size = sizeof(arena_)

/* The files that are secret. */
enum symfeed_posix_file {
    SYMFEED_POSIX_SESSION_TOKEN,
    SYMFEED_POSIX_KEY_MANAGER_TOKEN,
    SYMFEED_POSIX_RSA_KEY,
    SYMFEED_POSIX_CERTIFICATE_KEY,
    SYMFEED_POSIX_FILES /* how many */
};

/* A feed with its port. `feed` is for the calls of symfeed.h, and `port` may be asked for the time;
 * all other members are the functions' below. */
struct symfeed_posix {
    struct symfeed *feed;
    struct symfeed_port port;
    const char *session_token_file; /* these three as in the configuration */
    const char *key_manager_token_file;
    const char *rsa_key_file;
    struct symfeed_socket connection;
    struct symfeed_tls tls;
    struct symfeed_pem pem;  /* what all PEM files are read through; wiped after each */
    struct symfeed_log *log; /* the configuration's, or the next one */
    struct symfeed_log own_log;
    void (*report)(void *context, const struct symfeed_report *report);
    void *report_context; /* these three as in the configuration, too */
    int verbosity;
    int wake[2];                      /* a pipe: a byte in it ends the wait */
    bool warned[SYMFEED_POSIX_FILES]; /* that others may read it */
};

/* What symfeed_posix_open() answers, besides a mistake in `feed`, which is an enum symfeed_status
 * and above 0. */
enum symfeed_posix_status {
    SYMFEED_POSIX_OK = 0,
    SYMFEED_POSIX_BAD_SYSTEM = -1,  /* no random numbers, no descriptors, mbedTLS cannot start or is
                                     * not the one that the library was built with */
    SYMFEED_POSIX_BAD_FILES = -2,   /* the file that feed.sign_in needs is not named */
    SYMFEED_POSIX_BAD_CA = -3,      /* no authorities can be loaded */
    SYMFEED_POSIX_BAD_RSA_KEY = -4, /* rsa_key_file is not such a key */
    SYMFEED_POSIX_BAD_CERTIFICATE = -5,     /* certificate_file is not a certificate, or this build
                                             * shows none (SYMFEED_CERTIFICATE_SIGN_IN) */
    SYMFEED_POSIX_BAD_CERTIFICATE_KEY = -6, /* not a key, or not the certificate's */
    SYMFEED_POSIX_BAD_PIN = -7,             /* a pin is not base64 of 32 bytes */
    SYMFEED_POSIX_BAD_ARENA = -8,           /* arena is NULL, too small, or not the first one */
    SYMFEED_POSIX_BAD_VERSION = -9          /* the library was built from another version, with
                                             * other sizes or another mbedTLS than the application */
};

/* Sets up port and feed. Opens no connection and reads no token. `config` itself may go afterwards,
 * its strings, pins and memory may not.
 *
 * SYMFEED_POSIX_OK, which is 0; below 0 another of enum symfeed_posix_status; above 0 an enum
 * symfeed_status, as symfeed_init() answers it. Where it is not 0, one line that says what is wrong
 * and how to fix it is in `error` (cut to `error_size` bytes, NUL included; without
 * SYMFEED_MESSAGES a number), and there is nothing to close. */
#define symfeed_posix_open(posix, config, error, error_size)                                       \
    symfeed_posix_open_checked(posix, config, error, error_size, SYMFEED_POSIX_LAYOUT)

/* What symfeed_posix_open() calls: `layout` is SYMFEED_POSIX_LAYOUT as the application's headers,
 * mbedTLS's among them, make it. A library built with others answers SYMFEED_POSIX_BAD_VERSION and
 * leaves `posix` alone. */
int symfeed_posix_open_checked(struct symfeed_posix *posix,
                               const struct symfeed_posix_config *config, char *error,
                               size_t error_size, uint32_t layout);

/* Version, and sizes of the core and of what the port's calls pass. */
#define SYMFEED_POSIX_LAYOUT                                                                       \
    SYMFEED_AND_(                                                                                  \
        SYMFEED_AND_(SYMFEED_AND_(SYMFEED_LAYOUT, SYMFEED_SIZES), sizeof(struct symfeed_posix)),   \
        sizeof(struct symfeed_posix_config))

/* Writes a report as one line, in English, for people, to `out` of `size` bytes (at least 1; 512
 * hold nearly each), as symfeed_report_text() does, with the words of the port's own causes. Only
 * while the report is made. Answers the bytes written without the NUL. */
size_t symfeed_posix_report_text(const struct symfeed_posix *posix,
                                 const struct symfeed_report *report, char *out, size_t size);

/* Closes the connection and gives everything back. The feed must not be used any more, but
 * symfeed_counters() may. */
void symfeed_posix_close(struct symfeed_posix *posix);

/* Gives back what mbedTLS 3.6 and 4.x keep for the whole process (PSA; nothing in 2.28), and the arena,
 * which is wiped. Not needed where the process ends anyhow. To be called by the application alone,
 * after the last symfeed_posix_close() and when nothing else uses mbedTLS. */
void symfeed_posix_finish(void);

/* Bytes of the arena that mbedTLS has had in use at most since it was handed over, what it keeps
 * about each piece included; 0 where SYMFEED_ARENA_SIZE is 0. Pieces lie apart, so that an arena is
 * full before this reaches its size. */
size_t symfeed_posix_arena_peak(void);

/* --- waiting ------------------------------------------------------------------------------ */

/* What to poll for after SYMFEED_WAIT, anew each time: fills in all of *ready, and answers for how
 * many milliseconds at most, as poll() takes them; never negative. ready->fd is -1 while there is
 * nothing to wait for but the time; it changes from one SYMFEED_WAIT to the next, and is not to be
 * read, written or closed by the caller. */
int symfeed_posix_pollfd(const struct symfeed_posix *posix, struct pollfd *ready);

/* Waits after SYMFEED_WAIT, for what symfeed_posix_pollfd() says, symfeed_posix_wake(), or a
 * signal. 1: woken up or interrupted, time to look at flags; 0 otherwise. symfeed_next() is due in
 * either case. */
int symfeed_posix_wait(struct symfeed_posix *posix);

/* Waits until a descriptor of the application's own is ready for `events`, as poll() has them (-1:
 * there is none), `milliseconds` are over (-1: without end), symfeed_posix_wake() is called, or a
 * signal comes. 1: the descriptor is ready, or broken; 0 otherwise: time to look at flags. */
int symfeed_posix_wait_for(struct symfeed_posix *posix, int descriptor, short events,
                           int milliseconds);

/* Ends the wait that goes on, or else the next one. For signal handlers (it is async-signal-safe
 * and keeps errno) and other threads: set a flag, then call this; since the call is remembered,
 * none is lost between looking at the flag and waiting. */
void symfeed_posix_wake(struct symfeed_posix *posix);

/* symfeed_next() and symfeed_posix_wait() until there is an event: for a program that does nothing
 * else. Answers as symfeed_next() does, SYMFEED_WAIT only after symfeed_posix_wake(): time to look
 * at flags, and to call this again. */
enum symfeed_status symfeed_posix_next(struct symfeed_posix *posix, struct symfeed_event *event);

/* What symfeed_posix_run() calls with each event, on the caller's thread. It may call
 * symfeed_refuse(), symfeed_renew() and symfeed_stop(). `event` is valid until it returns, and NULL
 * where there is none: after each wait, whatever ended it. That is the time to look at flags which
 * a signal handler has set before symfeed_posix_wake(), and at what may have changed meanwhile,
 * such as symfeed_feed_id(). */
typedef void symfeed_posix_handler(void *context, struct symfeed *feed,
                                   const struct symfeed_event *event);

/* Follows the feed, or makes its one call, waiting where there is nothing to do. Returns once it
 * has stopped, with what symfeed_next() answered: SYMFEED_STOPPED, or SYMFEED_FAILED where the one
 * call had no good answer. */
enum symfeed_status symfeed_posix_run(struct symfeed_posix *posix, symfeed_posix_handler *handler,
                                      void *context);

#ifdef __cplusplus
}
#endif

#endif
