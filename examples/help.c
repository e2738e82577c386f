/* SPDX-License-Identifier: Apache-2.0 */
/* help.c - see help.h. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "help.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "options.h"
#include "usage.h"
#include "wrong.h"

/* A format: most pins. */
static const char help_access[] =
    "usage: symfeed COMMAND [OPTION]...\n"
    "\n"
    "Follows a Symphony datafeed. Events go to standard output, messages to standard error.\n"
    "\n"
    "commands\n"
    "  tail                     follow the v5 feed and print events\n"
    "  version                  print the versions and the sizes compiled in\n"
    "\n"
    "where\n"
    "  --agent URL              the Agent, https://host[:port][/path]; without a path: /agent\n"
    "  --insecure-http          allow http:// hosts, in each option that takes a host's URL: for\n"
    "                           sidecars on this host, nothing else\n"
    "\n"
#if SYMFEED_SIGN_IN
    "who: one of three ways to sign in\n"
    "  with tokens that are there already\n"
#else
    "who\n"
#endif
    "  --session-token-file F   the session token is the first line of F; read again after a 401\n"
    "  --km-token-file F        the same for the key manager token; without it none is sent\n"
#if SYMFEED_SIGN_IN
    "  by key\n"
    "  --user NAME              the bot's user name\n"
    "  --rsa-key FILE           PEM file of its RSA key, 2048 to 4096 bits, not encrypted\n"
    "  --pod URL                the pod, https://host[:port][/path] (default: the agent's host)\n"
    "  --key-manager URL        the key manager (default: the agent's host)\n"
    "  by certificate\n"
    "  --client-cert FILE       PEM file of the TLS client certificate, its intermediates after\n"
    "                           it. May be given with the other two ways, too, for a gateway\n"
    "                           that asks for one\n"
#else
    "  --client-cert FILE       PEM file of a TLS client certificate, its intermediates after it,\n"
    "                           for a gateway that asks for one\n"
#endif
    "  --client-key FILE        PEM file of its key, not encrypted (default: in the file of\n"
    "                           --client-cert)\n"
#if SYMFEED_SIGN_IN
    "  --session-auth URL       session authentication (default: the agent's host)\n"
    "  --key-auth URL           key authentication (default: the agent's host)\n"
#endif
    "\n"
    "trust\n"
    "  --ca FILE                PEM file of trusted CAs (default: the system's bundle)\n"
    "  --pin SHA256             besides that, take no server but one with this key: base64 of the\n"
    "                           SHA-256 of its SubjectPublicKeyInfo; up to %d times\n"
    "\n"
#if SYMFEED_PROXY
    "proxy\n"
    "  --proxy URL              http://[user:password@]host[:port], reserved characters in user\n"
    "                           and password percent-encoded; for https:// hosts (default:\n"
    "                           https_proxy or HTTPS_PROXY of the environment; \"\": none). The\n"
    "                           hosts in no_proxy or NO_PROXY are reached without it\n"
    "\n"
#endif
    ;

/* A format: default and least window, default and fewest tokens. */
static const char help_work[] =
    "what to follow\n"
    "  --tag TAG                the feed's tag, 1 to 100 characters\n"
    "  --reclaim                where 20 feeds exist already, delete the oldest one listed\n"
    "  --include-invisible      create the feed with includeInvisible\n"
    "  --no-presence            do not show the bot as present\n"
    "  --types A,B              print only these types; all are acknowledged\n"
    "\n"
    "what to do with events\n"
    "  --json                   print their JSON text, one line each\n"
    "  --count N                leave once N events are printed and acknowledged; what comes with\n"
    "                           the N-th in one batch is printed, too\n"
    "  --exec CMD               run CMD by /bin/sh for each event, before it is printed: the JSON\n"
    "                           on standard input; SYMFEED_TYPE, SYMFEED_ID, SYMFEED_STREAM and\n"
    "                           SYMFEED_TEXT in the environment. An exit other than 0 refuses the\n"
    "                           event: it comes again, three times, then a last time\n"
    "\n"
    "memory, reserved once at start\n"
    "  --window BYTES           longest event that comes whole (default %d, at least %d)\n"
    "  --tokens N               most values in an event that comes whole (default %d, at least\n"
    "                           %d); 65 to 80 are usual\n"
    "\n"
    "messages\n"
    "  --stats                  a line of counters as JSON on standard error at the end\n"
    "  -v, -q                   more, fewer messages; may be repeated\n"
    "  -h, --help               this text\n"
    "\n"
    "signals\n"
    "  SIGHUP                   there are new tokens, a new key or certificate: read the files\n"
    "                           again and sign in, without waiting for the next try. A read under\n"
    "                           way is finished first, which may take 30 s; a sign-in under way\n"
    "                           is begun anew\n"
    "  SIGUSR1                  print a line of counters\n"
    "  SIGINT, SIGTERM          finish the event in hand and leave; so does a SIGHUP that comes\n"
    "                           because the terminal was closed\n"
    "\n"
    "Exit status: 0 ended as asked (--count, SIGINT, SIGTERM), 1 standard output failed, 2 wrong\n"
    "usage or configuration. The network and the server never end it.\n";

int help_print(void)
{
    if (printf(help_access, SYMFEED_PINS_MAX) > 0 &&
        printf(help_work, SYMFEED_CLIENT_WINDOW, SYMFEED_WINDOW_MIN, SYMFEED_CLIENT_TOKENS,
               SYMFEED_TOKENS_MIN) > 0 &&
        fflush(stdout) == 0) {
        return EXIT_AS_ASKED;
    }
    (void)fprintf(stderr, "symfeed: standard output: %s\n", strerror(errno));
    return EXIT_FAILED;
}
