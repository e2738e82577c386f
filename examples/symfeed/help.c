/* SPDX-License-Identifier: Apache-2.0 */
/* help.c - see help.h. */
#include "help.h"

#include <unistd.h>

#include "options.h"
#include "output.h"
#include "quote.h"
#include "usage.h"
#include "wrong.h"

#if SYMFEED_CLIENT_HELP

/* The column in which it stands what an option means. In the texts that is behind a tab: 2 KB of
 * spaces would be there else. */
#define MEANING      27

#define PINS         QUOTE(PINS_MAX)
#define WINDOW       QUOTE(SYMFEED_CLIENT_WINDOW)
#define LEAST_WINDOW QUOTE(SYMFEED_WINDOW_MIN)
#define TOKENS       QUOTE(SYMFEED_CLIENT_TOKENS)
#define LEAST_TOKENS QUOTE(SYMFEED_JSON_TOKENS_MIN)
#define TIMEOUT      QUOTE(EXEC_TIMEOUT)

#if SYMFEED_KEY_SIGN_IN
#define OTHER_WAYS "two ways"
#else
#define OTHER_WAYS "way"
#endif

static const char help_access[] =
    "usage: symfeed COMMAND [OPTION]...\n"
    "\n"
    "Follows a Symphony datafeed, or makes one call to an Agent.\n"
    "\n"
    "commands that follow a feed\n"
    "  tail\tfollow the v5 feed and print events. Without --tag it takes the\n"
    "\taccount's first feed, even another program's: each then gets a\n"
    "\tpart of the events\n"
#if SYMFEED_DATAHOSE
    "  datahose\tthe same from the datahose: events of the whole pod, or with\n"
    "\t--fanout of the user's own streams. Needs --types\n"
#endif
#if SYMFEED_LEGACY
    "  legacy\tthe same from the legacy (v4) feed, for agents without v5. Nothing\n"
    "\tis acknowledged: events are lost when a read fails, when this is\n"
    "\tkilled or standard output fails, and when more than 250 wait\n"
#endif
#if SYMFEED_ONE_SHOT
    "commands that make one call, and print JSON\n"
    "  list\tthe user's feeds; with --tag those of the tag\n"
    "  create\tmake a feed, and print it\n"
    "  delete ID\tdelete a feed; prints nothing. \"--\" goes before an ID that begins\n"
    "\twith '-'\n"
    "  health\textended health of the agent. Exit status 0 only when every\n"
    "\tservice and user is UP. Needs no sign-in\n"
    "  info\tthe agent's version and addresses. Needs no sign-in\n"
#endif
    "others\n"
    "  version\tversions, sizes and features of this build\n"
#if !SYMFEED_DATAHOSE
    "This build has no datahose (SYMFEED_DATAHOSE).\n"
#endif
#if !SYMFEED_LEGACY
    "This build has no legacy feed (SYMFEED_LEGACY).\n"
#endif
#if !SYMFEED_ONE_SHOT
    "This build has no list, create, delete, health and info (SYMFEED_ONE_SHOT).\n"
#endif
    "\n"
    "where\n"
    "  --agent URL\tthe Agent, https://host[:port][/path]; without a path: /agent\n"
    "  --insecure-http\tallow http:// hosts: for sidecars on this host, nothing else\n"
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
    "  --session-token-file F\tits first line is the session token; read again after a 401\n"
    "  --km-token-file F\tthe same for the key manager token; without it none is sent\n"
#if SYMFEED_KEY_SIGN_IN
    "  by key\n"
    "  --user NAME\tthe bot's user name\n"
    "  --rsa-key FILE\tPEM file of its RSA key, 2048 to 4096 bits, not encrypted\n"
    "  --pod URL\tthe pod, https://host[:port][/path] (default: the agent's host)\n"
    "  --key-manager URL\tthe key manager (default: the agent's host)\n"
#endif
#if SYMFEED_CERTIFICATE_SIGN_IN
    "  by certificate\n"
    "  --client-cert FILE\tPEM file of the TLS client certificate, then its intermediates;\n"
    "\twith the other " OTHER_WAYS " for a gateway that asks for one\n"
    "  --client-key FILE\tPEM file of its key, not encrypted (default: in the file of\n"
    "\t--client-cert)\n"
    "  --session-auth URL\tsession authentication (default: the agent's host)\n"
    "  --key-auth URL\tkey authentication (default: the agent's host)\n"
#endif
    "\n"
    "trust\n"
    "  --ca FILE\tPEM file of trusted CAs (default: the system's bundle)\n"
    "  --pin SHA256\taccept only servers that also have this key: base64 of the\n"
    "\tSHA-256 of the SubjectPublicKeyInfo; up to " PINS " times\n"
    "\n"
#if SYMFEED_PROXY
    "proxy\n"
    "  --proxy URL\thttp://[user:password@]host[:port], reserved characters\n"
    "\tpercent-encoded; for https:// hosts (default: https_proxy or\n"
    "\tHTTPS_PROXY of the environment; \"\": none). Hosts and networks\n"
    "\t(10.0.0.0/8) in no_proxy or NO_PROXY are reached without it\n"
    "\n"
#endif
    ;

static const char help_feed[] =
    "what to follow, and for create: which feed to make\n"
    "  --tag TAG\tthe feed's tag, 1 to 100 characters; legacy feeds have none\n"
#if SYMFEED_RECLAIM
    "  --reclaim\ttail, create: where 20 feeds exist, delete the oldest listed\n"
#endif
    "  --include-invisible\ttail, create: create the feed with includeInvisible\n"
    "  --no-presence\ttail, datahose: do not show the bot as present\n"
#if SYMFEED_JSON
    "  --types A,B\ttail, legacy: print only these types; all are acknowledged\n"
#endif
#if SYMFEED_DATAHOSE
    "\tdatahose: ask the agent for these; for a type not known here, too,\n"
    "\twith a warning\n"
    "  for datahose\n"
    "  --tag TAG\t1 to 80 characters (default: datahose- and the name in --user,\n"
    "\tcut to 80; without --user datahose-symfeed). Readers with one\n"
    "\taccount, tag, types and scopes share the events\n"
    "  --user NAME\tfor the tag, with each way to sign in\n"
    "  --fanout\tevents of the user's own streams; without --types all of them\n"
    "  --scopes A,B\tINTERNAL, EXTERNAL, FEDERATED: events of these only. Agent\n"
    "\t25.8 or newer\n"
#endif
#if SYMFEED_LEGACY
    "  for legacy\n"
    "  --state FILE\tkeep the feed's id and the load balancer's cookie here: the next\n"
    "\tstart goes on with the same feed. FILE.new is written first\n"
    "  --cookie-name NAME\tthe cookie by which the load balancer keeps to one agent\n"
    "\t(default: the first one with a usual name)\n"
#endif
    "\n";

static const char help_work[] =
    "what to do with events\n"
    "  --json\tprint their JSON, one line each; on a terminal with escapes for\n"
    "\tcontrol characters\n"
    "  --count N\texit once N events are printed and acknowledged; the rest of the\n"
    "\tlast batch is printed, too\n"
    "  --exec CMD\trun CMD by /bin/sh for each event, before it is printed: the JSON\n"
    "\ton standard input; SYMFEED_TYPE, _ID, _STREAM and _TEXT in the\n"
    "\tenvironment. An exit other than 0 refuses the event: it comes\n"
    "\tagain, three times, then a last time\n"
    "  --exec-timeout S\tseconds CMD may take (default " TIMEOUT "): then its process group gets\n"
    "\tSIGTERM, 5 s later SIGKILL, and the event is refused\n"
    "\n"
    "memory\n"
    "  --window BYTES\tlongest event that comes whole (default " WINDOW ", at least " LEAST_WINDOW
    ")\n"
    "  --tokens N\tmost values in one (default " TOKENS ", at least " LEAST_TOKENS
    "); 65 to 80 are usual\n"
    "\n"
    "messages\n"
    "  --stats\ta line of counters as JSON on standard error at the end\n"
    "  --log FORMAT\ttext (with a UTC time), journal (<N> and no time) or json\n"
    "  -v, -q\tmore, fewer messages; may be repeated\n"
    "  -h, --help\tthis text\n"
    "\n"
    "signals\n"
    "  SIGHUP\tread tokens, key and certificate again and sign in, without\n"
    "\twaiting for the next try. A read under way is finished first,\n"
    "\twhich may take 30 s; a sign-in is begun anew\n"
    "  SIGUSR1\tprint a line of counters\n"
    "  SIGINT, SIGTERM\tfinish the current event and exit (legacy: also the rest of its\n"
    "\tbatch, for 5 s); so does SIGHUP once the terminal is closed. CMD\n"
    "\tgets SIGTERM at once, SIGKILL 4 s later\n"
    "\n"
    "Exit status: 0 ended as asked (--count, SIGINT, SIGTERM) or answered; 1 standard output "
    "failed,\n"
    "or a single call had no good answer, was stopped before it, or found not all UP; 2 wrong "
    "usage\n"
    "or configuration. What follows a feed never ends because of the network or the server.\n";

/* Puts a text in which what an option means stands behind a tab. */
static void put(struct output *output, const char *text)
{
    size_t column = 0;

    for (; *text != '\0'; text++) {
        do {
            output_bytes(output, *text == '\t' ? " " : text, 1);
            column++;
        } while (*text == '\t' && column < MEANING);
        column = *text == '\n' ? 0 : column;
    }
}

#endif

int help_print(void)
{
    struct output output;
    char buffer[OUTPUT_SIZE];

    output_init(&output, STDOUT_FILENO, buffer, sizeof buffer);
#if SYMFEED_CLIENT_HELP
    put(&output, help_access);
    put(&output, help_feed);
    put(&output, help_work);
#else
    output_text(&output,
                "usage: symfeed COMMAND [OPTION]...\n"
                "This build has no texts of --help (SYMFEED_CLIENT_HELP): see symfeed(1).\n");
#endif
    return output_finish(&output);
}
