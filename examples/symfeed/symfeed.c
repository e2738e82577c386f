/* SPDX-License-Identifier: Apache-2.0 */
/*
 * symfeed.c - the command line program: its commands.
 *
 * Depends on: the files beside it, options of examples/common.
 * Guarantees: a command is a row of the table and a function; no core file is written.
 */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include <unistd.h>

#include "../common/message.h"
#include "options.h"
#include "output.h"
#include "../common/process.h"
#include "symfeed.h"
#include "symfeed_posix.h"
#include "system/file.h"

/* Bytes of stack that are wiped at the end: more than are ever in use. */
#define STACK_WIPED 32768

/* --- version ------------------------------------------------------------------------------ */

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

/* Prints versions, sizes and features of this build. */
static int version(struct options *options)
{
    char library[32];
    char line[300];
    char buffer[OUTPUT_SIZE];
    struct output output;
    size_t i;

    (void)options;
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

/* --- the program -------------------------------------------------------------------------- */

#define IF(feature, function) ((feature) ? (function) : NULL)

const struct command commands[COMMANDS] = {
    {"tail", NULL, follow, SYMFEED_TASK_FEED, HELP("follow the v5 feed and print its events")},
    {"datahose", NULL, IF(SYMFEED_DATAHOSE, follow), SYMFEED_TASK_DATAHOSE,
     HELP("the same from the datahose: events of the whole pod")},
    {"legacy", NULL, IF(SYMFEED_LEGACY, follow), SYMFEED_TASK_LEGACY,
     HELP("the same from the legacy (v4) feed, which can lose events")},
    {"list", NULL, IF(SYMFEED_ONE_SHOT, follow), SYMFEED_TASK_LIST,
     HELP("print the user's feeds as JSON; with --tag those of the tag")},
    {"create", NULL, IF(SYMFEED_ONE_SHOT, follow), SYMFEED_TASK_CREATE,
     HELP("make a feed, and print it as JSON")},
    {"delete", "ID", IF(SYMFEED_ONE_SHOT, follow), SYMFEED_TASK_DELETE, HELP("delete a feed")},
    {"health", NULL, IF(SYMFEED_ONE_SHOT, follow), SYMFEED_TASK_HEALTH,
     HELP("print the agent's extended health; exit with 0 only if all is UP")},
    {"info", NULL, IF(SYMFEED_ONE_SHOT, follow), SYMFEED_TASK_INFO,
     HELP("print the agent's version and addresses")},
    {"version", NULL, version, SYMFEED_TASK_FEED,
     HELP("print versions, sizes and features of this build")},
    {"help", "[COMMAND]", print_help, SYMFEED_TASK_FEED,
     HELP("print the options of a command, or all")},
};

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
    struct options options;
    int status = EXIT_WRONG_USAGE;

    (void)argc;
    message_begin("symfeed");
    process_forbid_core_files();
    if (options_read(&options, argv)) {
        const struct command *command = &commands[options.command];

        status = command->run(&options);
    }
    options_forget(&options);
    wipe();
    return status;
}
