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

#if SYMFEED_KEY_SIGN_IN
#define OTHER_WAYS "two ways"
#else
#define OTHER_WAYS "way"
#endif

/* A format: most pins. */
static const char help_access[] =
    "usage: symfeed COMMAND [OPTION]...\n"
    "\n"
    "Follows a Symphony datafeed, or makes one call to an Agent. Events and answers go to\n"
    "standard output, messages to standard error.\n"
    "\n"
    "commands that follow, until they are stopped\n"
    "  tail                     follow the v5 feed and print events\n"
#if SYMFEED_DATAHOSE
    "  datahose                 the same from the datahose: events of the whole pod, or with\n"
    "                           --fanout of the user's own streams. Needs --types\n"
#endif
#if SYMFEED_LEGACY
    "  legacy                   the same from the legacy (v4) feed, for agents without v5. It\n"
    "                           knows no acknowledgement. Lost is what a read that fails had on\n"
    "                           its way; what came with the event in hand, when this is killed or\n"
    "                           standard output fails; and the feed with all that waits in it,\n"
    "                           once that is more than 250 events\n"
#endif
#if SYMFEED_CALLS
    "commands that make one call and print its answer as JSON, one line each feed\n"
    "  list                     the user's feeds; with --tag those of the tag\n"
    "  create                   make a feed, and print it\n"
    "  delete ID                delete a feed; prints nothing. An ID that begins with a '-' comes\n"
    "                           after a \"--\"\n"
    "  health                   extended health of the agent. Exit status 0 only when each\n"
    "                           service and each user is there and UP. Needs no sign-in\n"
    "  info                     the agent's version and addresses. Needs no sign-in\n"
#endif
    "others\n"
    "  version                  print the versions, the sizes and the features compiled in\n"
#if !SYMFEED_DATAHOSE
    "This build has no datahose (SYMFEED_DATAHOSE).\n"
#endif
#if !SYMFEED_LEGACY
    "This build has no legacy feed (SYMFEED_LEGACY).\n"
#endif
#if !SYMFEED_CALLS
    "This build has no list, create, delete, health and info (SYMFEED_CALLS).\n"
#endif
    "\n"
    "where\n"
    "  --agent URL              the Agent, https://host[:port][/path]; without a path: /agent\n"
    "  --insecure-http          allow http:// hosts, in each option that takes a host's URL: for\n"
    "                           sidecars on this host, nothing else\n"
    "\n"
#if SYMFEED_KEY_SIGN_IN && SYMFEED_CERTIFICATE_SIGN_IN
    "who: one of three ways to sign in\n"
    "  with tokens that are there already\n"
#elif SYMFEED_SIGN_IN
    "who: one of two ways to sign in\n"
    "  with tokens that are there already\n"
#else
    "who\n"
#endif
    "  --session-token-file F   the session token is the first line of F; read again after a 401\n"
    "  --km-token-file F        the same for the key manager token; without it none is sent\n"
#if SYMFEED_KEY_SIGN_IN
    "  by key\n"
    "  --user NAME              the bot's user name\n"
    "  --rsa-key FILE           PEM file of its RSA key, 2048 to 4096 bits, not encrypted\n"
    "  --pod URL                the pod, https://host[:port][/path] (default: the agent's host)\n"
    "  --key-manager URL        the key manager (default: the agent's host)\n"
#endif
#if SYMFEED_CERTIFICATE_SIGN_IN
    "  by certificate\n"
    "  --client-cert FILE       PEM file of the TLS client certificate, its intermediates after\n"
    "                           it. May be given with the other " OTHER_WAYS
    ", too, for a gateway\n"
    "                           that asks for one\n"
#else
    "  --client-cert FILE       PEM file of a TLS client certificate, its intermediates after it,\n"
    "                           for a gateway that asks for one\n"
#endif
    "  --client-key FILE        PEM file of its key, not encrypted (default: in the file of\n"
    "                           --client-cert)\n"
#if SYMFEED_CERTIFICATE_SIGN_IN
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

static const char help_feed[] =
    "what to follow, and for create: which feed to make\n"
    "  --tag TAG                the feed's tag, 1 to 100 characters; legacy feeds have none\n"
    "  --reclaim                tail, create: where 20 feeds exist already, delete the oldest one\n"
    "                           listed\n"
    "  --include-invisible      tail, create: create the feed with includeInvisible\n"
    "  --no-presence            tail, datahose: do not show the bot as present\n"
    "  --types A,B              tail, legacy: print only these types; all are acknowledged\n"
#if SYMFEED_DATAHOSE
    "                           datahose: the types that the agent is asked for. What is no type\n"
    "                           known here is sent, too, with a warning\n"
    "  for datahose\n"
    "  --tag TAG                1 to 80 characters (default: datahose- and the name in --user,\n"
    "                           cut to 80; without --user datahose-symfeed). Readers with one\n"
    "                           account, tag, types and scopes share the events\n"
    "  --user NAME              may be given with each way to sign in, to make the tag\n"
    "  --fanout                 events of the user's own streams; without --types all of them\n"
    "  --scopes A,B             INTERNAL, EXTERNAL, FEDERATED: events of these only. Agent\n"
    "                           25.8 or newer\n"
#endif
#if SYMFEED_LEGACY
    "  for legacy\n"
    "  --state FILE             keep the feed's id here, and the load balancer's cookie: the next\n"
    "                           start goes on with the same feed and what waits there. Written\n"
    "                           when one of them changes, to FILE.new first\n"
    "  --cookie-name NAME       the cookie by which the load balancer keeps to one agent\n"
    "                           (default: the first one with a usual name)\n"
#endif
    "\n";

/* A format: default and least window, default and fewest tokens. */
static const char help_work[] =
    "what to do with events\n"
    "  --json                   print their JSON text, one line each, as single calls always do\n"
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
    "  SIGINT, SIGTERM          finish the event in hand and leave (legacy: also what came\n"
    "                           with it, if that takes no more than 5 s); so does a SIGHUP that\n"
    "                           comes because the terminal was closed\n"
    "\n"
    "Exit status of what follows: 0 ended as asked (--count, SIGINT, SIGTERM), 1 standard output\n"
    "failed. The network and the server never end it. Of single calls: 0 answered, 1 no good\n"
    "answer, stopped before it, not all UP, or standard output failed. 2 wrong usage or\n"
    "configuration.\n";

int help_print(void)
{
    if (printf(help_access, SYMFEED_PINS_MAX) > 0 && printf("%s", help_feed) > 0 &&
        printf(help_work, SYMFEED_CLIENT_WINDOW, SYMFEED_WINDOW_MIN, SYMFEED_CLIENT_TOKENS,
               SYMFEED_TOKENS_MIN) > 0 &&
        fflush(stdout) == 0) {
        return EXIT_AS_ASKED;
    }
    (void)fprintf(stderr, "symfeed: standard output: %s\n", strerror(errno));
    return EXIT_FAILED;
}
