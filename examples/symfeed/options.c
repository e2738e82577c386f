/* SPDX-License-Identifier: Apache-2.0 */
/* options.c - see options.h. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "options.h"

#include <stddef.h>
#include <string.h>

#include "help.h"
#include "quote.h"
#include "../common/message.h"
#include "settle.h"
#include "usage.h"
#include "wrong.h"

/* What an option sets. Those up to SWITCH take no value. INPUT is the name of a file to read. */
enum kind { HELP, SWITCH, LOG, TEXT, INPUT, LIST, COUNT, SECONDS, WINDOW, TOKENS, PIN, PROXY };

struct option {
    const char *name;
    unsigned short where; /* the member of struct options */
    unsigned char kind;
    unsigned char group; /* of commands that it is for */
};

#define AT(member) offsetof(struct options, member)

static const struct option known[] = {
    {"agent", AT(config.agent), TEXT, USAGE_ALL},
    {"session-token-file", AT(session_token_file), INPUT, USAGE_ALL},
    {"km-token-file", AT(key_manager_token_file), INPUT, USAGE_ALL},
    {"user", AT(config.user), TEXT, USAGE_ALL},
    {"rsa-key", AT(rsa_key_file), INPUT, USAGE_ALL},
    {"pod", AT(pod), TEXT, USAGE_ALL},
    {"key-manager", AT(key_manager), TEXT, USAGE_ALL},
    {"client-cert", AT(certificate_file), INPUT, USAGE_ALL},
    {"client-key", AT(certificate_key_file), INPUT, USAGE_ALL},
    {"session-auth", AT(session_auth), TEXT, USAGE_ALL},
    {"key-auth", AT(key_auth), TEXT, USAGE_ALL},
    {"ca", AT(ca_file), INPUT, USAGE_ALL},
    {"pin", AT(pins), PIN, USAGE_ALL},
    {"proxy", AT(proxy), PROXY, USAGE_ALL},
    {"insecure-http", AT(config.insecure_http), SWITCH, USAGE_ALL},
    {"tag", AT(config.tag), TEXT, USAGE_ALL},
    {"reclaim", AT(config.reclaim), SWITCH, USAGE_CREATING},
    {"include-invisible", AT(config.include_invisible), SWITCH, USAGE_CREATING},
    {"no-presence", AT(config.no_presence), SWITCH, USAGE_PRESENCE},
    {"types", AT(types), LIST, USAGE_FOLLOWING},
    {"scopes", AT(config.scopes), LIST, USAGE_DATAHOSE},
    {"fanout", AT(fanout), SWITCH, USAGE_DATAHOSE},
    {"state", AT(state_file), TEXT, USAGE_LEGACY},
    {"cookie-name", AT(config.cookie_name), TEXT, USAGE_LEGACY},
    {"json", AT(json), SWITCH, USAGE_ALL},
    {"count", AT(count), COUNT, USAGE_FOLLOWING},
    {"exec", AT(exec), TEXT, USAGE_FOLLOWING},
    {"exec-timeout", AT(exec_timeout), SECONDS, USAGE_FOLLOWING},
    {"window", AT(config.window), WINDOW, USAGE_ALL},
    {"tokens", AT(config.json_tokens), TOKENS, USAGE_ALL},
    {"stats", AT(stats), SWITCH, USAGE_ALL},
    {"log", 0, LOG, USAGE_ALL},
    {"help", 0, HELP, USAGE_ALL},
};

/* --- arguments ---------------------------------------------------------------------------- */

/* The command line, and how far it has been read. */
struct arguments {
    char **next;     /* NULL is behind the last one */
    bool words_only; /* a "--" has been met */
};

/* One argument, and the next one where that is its value. */
struct argument {
    char *text;
    enum { WORD, LETTERS, NAME } form;
    const struct option *option; /* of a NAME; NULL: there is none of that name */
    char *value;                 /* of a NAME; NULL: there is none */
};

/* The whole name, not a beginning of it: --session-token would make a token out of argv a file
 * name, which gets into messages. */
static const struct option *find(const char *name, size_t size)
{
    size_t i;

    for (i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strlen(known[i].name) == size && memcmp(known[i].name, name, size) == 0) {
            return &known[i];
        }
    }
    return NULL;
}

/* Takes the next argument. false: there is none. */
static bool take(struct arguments *arguments, struct argument *argument)
{
    char *text = *arguments->next;
    size_t size;

    if (text != NULL && !arguments->words_only && strcmp(text, "--") == 0) {
        arguments->words_only = true;
        text = *++arguments->next;
    }
    if (text == NULL) {
        return false;
    }
    arguments->next++;
    argument->text = text;
    argument->form = WORD;
    argument->option = NULL;
    argument->value = NULL;
    if (arguments->words_only || text[0] != '-' || text[1] == '\0') {
        return true;
    }
    if (text[1] != '-') {
        argument->form = LETTERS;
        return true;
    }
    size = 2 + strcspn(text + 2, "=");
    argument->form = NAME;
    argument->option = find(text + 2, size - 2);
    argument->value = text[size] == '=' ? text + size + 1 : NULL;
    if (argument->value == NULL && argument->option != NULL && argument->option->kind > SWITCH &&
        *arguments->next != NULL) {
        argument->value = *arguments->next++;
    }
    return true;
}

/* --- values ------------------------------------------------------------------------------- */

/* Reads a number of digits and nothing else. */
static int read_number(const char *name, const char *text, uint64_t least, uint64_t most,
                       uint64_t *number)
{
    const char *next = text;

    for (*number = 0; *next >= '0' && *next <= '9' && *number <= most; next++) {
        *number = *number * 10 + (uint64_t)(*next - '0');
    }
    if (next != text && *next == '\0' && *number >= least && *number <= most) {
        return -1;
    }
    message(SYMFEED_LOG_ERROR, "--%s: give a whole number from %llu to %llu", name,
            (unsigned long long)least, (unsigned long long)most);
    return EXIT_WRONG_USAGE;
}

/* A list: names between commas, none of them empty. What names there are is the server's to
 * know. */
static bool is_list(const char *text)
{
    for (;; text++) {
        const size_t size = symfeed_format_span(text, "_-");

        text += size;
        if (size == 0 || (*text != ',' && *text != '\0')) {
            return false;
        }
        if (*text == '\0') {
            return true;
        }
    }
}

/* --- commands and options ----------------------------------------------------------------- */

/* An argument that is no option: the command, and what it is about. */
static int read_word(struct options *options, const char *word, bool *command_given)
{
    if (!*command_given) {
        *command_given = true;
        return usage_read(options, word);
    }
    if (options->command != COMMAND_DELETE) {
        return wrong("one command at a time", "give nothing after it but options");
    }
    if (options->config.feed_id != NULL) {
        return wrong("delete", "give one feed id, and nothing after it but options");
    }
    options->config.feed_id = word;
    return -1;
}

#define NO_SUCH_OPTION "no such option; symfeed --help lists them all"

static int read_pin(struct options *options, const char *value)
{
    if (options->pin_count == PINS_MAX) {
        return wrong("--pin", "give at most " QUOTE(PINS_MAX));
    }
    options->pins[options->pin_count++] = value;
    return -1;
}

/* Takes an option and its value, of which the kind of option says whether there is one. */
static int read_option(struct options *options, const struct option *option, const char *value)
{
    void *member = (char *)options + option->where;
    uint64_t number = 0;
    int answer = -1;

    options->given |= (uint64_t)1 << (option - known);
    switch ((enum kind)option->kind) {
    case HELP: return help_print();
    case SWITCH: *(bool *)member = true; break;
    case LOG: return message_set_format(value) ? -1 : wrong("--log", "give text, journal or json");
    case TEXT:
    case INPUT: *(const char **)member = value; break;
    case LIST:
        *(const char **)member = value;
        if (!is_list(value)) {
            message(SYMFEED_LOG_ERROR,
                    "--%s: give names of letters, digits, _ and - between commas", option->name);
            answer = EXIT_WRONG_USAGE;
        }
        break;
    case COUNT:
        answer = read_number(option->name, value, 1, UINT32_MAX, &number);
        *(uint32_t *)member = (uint32_t)number;
        break;
    case SECONDS:
        answer = read_number(option->name, value, 1, EXEC_TIMEOUT_MAX, &number);
        *(uint32_t *)member = (uint32_t)number;
        break;
    case WINDOW:
        answer = read_number(option->name, value, SYMFEED_WINDOW_MIN, SYMFEED_WINDOW_MAX, &number);
        *(size_t *)member = (size_t)number;
        break;
    case TOKENS:
        answer = read_number(option->name, value, SYMFEED_JSON_TOKENS_MIN, SYMFEED_JSON_TOKENS_MAX,
                             &number);
        *(size_t *)member = (size_t)number;
        break;
    case PIN: return read_pin(options, value);
    case PROXY: break; /* take_proxy() has it */
    }
    return answer;
}

/* One '-' and any number of options of one letter. */
static int read_letters(struct options *options, const char *text)
{
    const char *letter;

    for (letter = text + 1; *letter != '\0'; letter++) {
        switch (*letter) {
        case 'h': return help_print();
        case 'v': options->verbosity++; break;
        case 'q': options->verbosity--; break;
        default: return wrong_argument(text, NO_SUCH_OPTION);
        }
    }
    return -1;
}

static int read_argument(struct options *options, const struct argument *argument,
                         bool *command_given)
{
    const struct option *option = argument->option;

    if (argument->form == WORD) {
        return read_word(options, argument->text, command_given);
    }
    if (argument->form == LETTERS) {
        return read_letters(options, argument->text);
    }
    if (option == NULL) {
        return wrong_argument(argument->text, NO_SUCH_OPTION);
    }
    if (option->kind <= SWITCH && argument->value != NULL) {
        return wrong_argument(argument->text, "it takes no value: leave the = and the value out");
    }
    if (option->kind > SWITCH && argument->value == NULL) {
        return wrong_argument(argument->text, "give a value after it");
    }
    return read_option(options, option, argument->value);
}

/* Takes the password of --proxy out of argv before anything else is done, in a pass of its own:
 * another option may have a mistake, and standard error may take its time. */
static void take_proxy(struct options *options, char **argv)
{
    struct arguments arguments = {.next = argv + (argv[0] != NULL), .words_only = false};
    struct argument argument;

    while (take(&arguments, &argument)) {
        if (argument.form == NAME && argument.option != NULL && argument.option->kind == PROXY &&
            argument.value != NULL) {
            proxy_take(&options->proxy, argument.value);
        }
    }
}

/* Whether all options that were given belong to the command. */
static int check_given(const struct options *options)
{
    int answer = -1;
    size_t i;

    for (i = 0; answer < 0 && i < sizeof known / sizeof known[0]; i++) {
        if ((options->given >> i & 1) != 0) {
            answer = usage_check(options->command, known[i].name, known[i].group);
        }
    }
    return answer;
}

/* Whether all files that are read are there. A command may have made do without some. */
static int check_files(const struct options *options)
{
    int answer = -1;
    size_t i;

    for (i = 0; answer < 0 && i < sizeof known / sizeof known[0]; i++) {
        const void *member = (const char *)options + known[i].where;

        if (known[i].kind == INPUT) {
            answer = settle_file(known[i].name, *(const char *const *)member);
        }
    }
    return answer;
}

int options_read(struct options *options, char **argv)
{
    struct arguments arguments = {.next = argv + (argv[0] != NULL), .words_only = false};
    struct argument argument;
    bool command_given = false;
    int answer = -1;

    memset(options, 0, sizeof *options);
    options->config.window = SYMFEED_CLIENT_WINDOW;
    options->config.json_tokens = SYMFEED_CLIENT_TOKENS;
    take_proxy(options, argv);
    while (answer < 0 && take(&arguments, &argument)) {
        answer = read_argument(options, &argument, &command_given);
    }
    if (answer < 0 && !command_given) {
        answer = wrong("no command", "give " USAGE_COMMANDS "; symfeed --help tells more");
    }
    if (answer < 0 && options->command != COMMAND_VERSION) {
        answer = check_given(options);
        answer = answer < 0 ? settle(options) : answer;
        answer = answer < 0 ? check_files(options) : answer;
    }
    return answer;
}

void options_forget(struct options *options)
{
    proxy_forget(&options->proxy);
}
