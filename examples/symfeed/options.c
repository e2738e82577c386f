/* SPDX-License-Identifier: Apache-2.0 */
/* options.c - see options.h. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "options.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "../common/message.h"
#include "../common/whole_file.h"
#include "print.h"
#include "../common/process.h"
#include "system/file.h"

#define AT(name)   offsetof(struct options, name)
#define FEED(name) offsetof(struct options, connection.config.feed.name)
#define TIMEOUT    QUOTE(EXEC_TIMEOUT)

/* Behind those of the connection, of which the last heading is "feed". */
static const struct option rows[] = {
    {"reclaim", NULL, 0, OPTION_SWITCH, OPTION_IF(SYMFEED_RECLAIM, FOR_TAIL | FOR_CREATE),
     FEED(reclaim), HELP("where 20 feeds exist, delete the oldest one listed")},
    {"include-invisible", NULL, 0, OPTION_SWITCH, FOR_TAIL | FOR_CREATE, FEED(include_invisible),
     HELP("create the feed with includeInvisible")},
    {"no-presence", NULL, 0, OPTION_SWITCH, FOR_TAIL | FOR_DATAHOSE, FEED(no_presence),
     HELP("do not show the bot as present")},
    {"fanout", NULL, 0, OPTION_SWITCH, OPTION_IF(SYMFEED_DATAHOSE, FOR_DATAHOSE), AT(fanout),
     HELP("events of the user's own streams; --types is not needed")},
    {"scopes", "A,B", 0, OPTION_LIST, OPTION_IF(SYMFEED_DATAHOSE, FOR_DATAHOSE), FEED(scopes),
     HELP("only INTERNAL, EXTERNAL or FEDERATED events")},
    {"state", "FILE", 0, OPTION_TEXT, OPTION_IF(SYMFEED_LEGACY, FOR_LEGACY), AT(state_file),
     HELP("file that keeps the feed across restarts")},
    {"cookie-name", "NAME", 0, OPTION_TEXT, OPTION_IF(SYMFEED_LEGACY, FOR_LEGACY),
     FEED(cookie_name), HELP("the cookie of the load balancer (default: one with a usual name)")},

    HEADING("events"),
    {"types", "A,B", 0, OPTION_LIST, OPTION_IF(SYMFEED_JSON || SYMFEED_DATAHOSE, FOR_FEEDS),
     AT(types), HELP("only these types, such as MESSAGESENT,SHAREDPOST")},
    {"json", NULL, 0, OPTION_SWITCH, FOR_FEEDS | ACCEPTED, AT(json),
     HELP("print their JSON, one line each")},
    {"count", "N", 0, OPTION_COUNT, FOR_FEEDS, AT(count),
     HELP("exit once N events are printed and acknowledged")},
    {"exec", "CMD", 0, OPTION_TEXT, FOR_FEEDS, AT(exec),
     HELP("run CMD by /bin/sh for each event, its JSON on standard input; an exit other than 0 "
          "refuses the event")},
    {"exec-timeout", "S", 0, OPTION_TIMEOUT, FOR_FEEDS, AT(exec_timeout),
     HELP("most seconds that CMD may take (default " TIMEOUT ")")},

    HEADING("others"),
    {"config", "FILE", 0, OPTION_CONFIG, FOR_CALLS, AT(config_file),
     HELP("take options from FILE, too; the command line wins")},
    {"stats", NULL, 0, OPTION_SWITCH, FOR_CALLS | ACCEPTED, AT(stats),
     HELP("counters as JSON on standard error at the end")},
    {"help", NULL, 'h', OPTION_ACTION, FOR_ALL, 0, HELP("the options of the command")},
    {"version", NULL, 'V', OPTION_ACTION, FOR_ALL, 0,
     HELP("print versions, sizes and features of this build")},
};

/* --- mistakes ----------------------------------------------------------------------------- */

/* Reports that a word of the command line, which is no option, is wrong. */
static bool wrong_word(const char *what, const char *fix)
{
    message(SYMFEED_LOG_ERROR, "%s: %s", what, fix);
    return false;
}

void options_commands(unsigned bits, const char *last, char out[COMMAND_NAMES_SIZE])
{
    size_t used = 0;
    size_t i;

    out[0] = '\0';
    bits &= FOR_ALL;
    for (i = 0; i < COMMANDS; i++) {
        if ((bits >> i & 1) != 0) {
            used += symfeed_format(out + used, COMMAND_NAMES_SIZE - used, "%s%s",
                                   used == 0        ? ""
                                   : bits >> i == 1 ? last
                                                    : ", ",
                                   commands[i].name);
        }
    }
}

static bool no_command(const char *what)
{
    char names[COMMAND_NAMES_SIZE];

    options_commands(FOR_ALL, " or ", names);
    message(SYMFEED_LOG_ERROR, "%s: give %s; symfeed help tells more", what, names);
    return false;
}

/* Reports that an argument is not an option, or what to do with it. Only its name is repeated: what
 * follows, after a '=' for instance, might be a secret. */
static bool wrong_argument(const char *argument, const char *fix)
{
    size_t size = symfeed_format_span(argument, "-");

    message(SYMFEED_LOG_ERROR, "%.*s: %s", (int)(size > 40 ? 40 : size), argument, fix);
    return false;
}

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
    size_t index;                /* of the option */
    char *value;                 /* of a NAME; NULL: there is none */
};

/* Takes the next argument. false: there is none. */
static bool take(const struct options *options, struct arguments *arguments,
                 struct argument *argument)
{
    const struct option_set *set = &options->connection.set;
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
    argument->index = option_find(set, text + 2, size - 2);
    argument->option = option_at(set, argument->index);
    argument->value = text[size] == '=' ? text + size + 1 : NULL;
    if (argument->value == NULL && argument->option != NULL &&
        argument->option->kind > OPTION_LESS && *arguments->next != NULL) {
        argument->value = *arguments->next++;
    }
    return true;
}

static enum command_number find_command(const char *name)
{
    size_t i;

    for (i = 0; i < COMMANDS && strcmp(commands[i].name, name) != 0; i++) {
    }
    return (enum command_number)i;
}

/* An argument that is no option: the command, and what it is about. */
static bool read_word(struct options *options, const char *word)
{
    struct symfeed_config *feed = &options->connection.config.feed;

    if (options->command == COMMANDS) {
        options->command = find_command(word);
        if (options->command == COMMANDS) {
            return no_command("no such command");
        }
        feed->task = commands[options->command].task;
        return commands[options->command].run != NULL ||
               wrong_word(word, "this build does not have it; symfeed help lists what it has");
    }
    if (options->command == COMMAND_HELP && options->topic == COMMANDS) {
        options->topic = find_command(word);
        return options->topic < COMMANDS || no_command("no such command");
    }
    if (options->command != COMMAND_DELETE) {
        return wrong_word("one command at a time", "give nothing after it but options");
    }
    if (feed->feed_id != NULL) {
        return wrong_word("delete", "give one feed id, and nothing after it but options");
    }
    feed->feed_id = word;
    return true;
}

#define NO_SUCH_OPTION "no such option; symfeed help lists them all"

/* Takes an option without a value. --help and --version are commands, too, and the command that was
 * given before is what --help is about. */
static bool read_switch(struct options *options, size_t index)
{
    const struct option *option = option_at(&options->connection.set, index);

    if (option->kind != OPTION_ACTION) {
        return option_store(&options->connection.set, index, NULL, OPTION_ARGUMENT);
    }
    options->topic = options->command;
    options->command = option->letter == 'h' ? COMMAND_HELP : COMMAND_VERSION;
    options->only_topic = true;
    return true;
}

/* One '-' and any number of options of one letter. */
static bool read_letters(struct options *options, const char *text)
{
    const struct option *option;
    const char *letter;
    size_t i;

    for (letter = text + 1; *letter != '\0' && !options->only_topic; letter++) {
        for (i = 0;
             (option = option_at(&options->connection.set, i)) != NULL && option->letter != *letter;
             i++) {
        }
        if (option == NULL) {
            return wrong_argument(text, NO_SUCH_OPTION);
        }
        if (!read_switch(options, i)) {
            return false;
        }
    }
    return true;
}

static bool read_argument(struct options *options, const struct argument *argument)
{
    const struct option *option = argument->option;

    if (argument->form == WORD) {
        return read_word(options, argument->text);
    }
    if (argument->form == LETTERS) {
        return read_letters(options, argument->text);
    }
    if (option == NULL) {
        return wrong_argument(argument->text, NO_SUCH_OPTION);
    }
    if (option->kind <= OPTION_LESS) {
        return argument->value == NULL
                   ? read_switch(options, argument->index)
                   : wrong_argument(argument->text, "it takes no value: leave the = and it out");
    }
    if (argument->value == NULL) {
        return wrong_argument(argument->text, "give a value after it");
    }
    /* take_proxy() has stored that of --proxy. */
    return option->kind == OPTION_PROXY || option_store(&options->connection.set, argument->index,
                                                        argument->value, OPTION_ARGUMENT);
}

/* Takes the password of --proxy out of argv before anything else is done, in a pass of its own:
 * another option may have a mistake, and standard error may take its time. */
static void take_proxy(struct options *options, struct arguments arguments)
{
    struct argument argument;

    while (take(options, &arguments, &argument)) {
        if (argument.option != NULL && argument.option->kind == OPTION_PROXY &&
            argument.value != NULL) {
            (void)option_store(&options->connection.set, argument.index, argument.value,
                               OPTION_ARGUMENT);
        }
    }
}

/* --- files -------------------------------------------------------------------------------- */

/* Only a name that keeps a message one line is repeated in it. */
static bool is_file_name(const char *file)
{
    size_t i;

    for (i = 0; file[i] != '\0'; i++) {
        if ((unsigned char)file[i] < ' ' || file[i] == '\x7f' || i >= MESSAGE_FILE_MAX) {
            return false;
        }
    }
    return true;
}

/* Whether a file can be read: better reported now than once a minute. NULL: none is named. */
static bool check_file(const struct options *options, const char *name, const char *file)
{
    const struct option_set *set = &options->connection.set;
    char room[MESSAGE_ERROR_SIZE];
    bool exposed;
    int descriptor;

    if (file == NULL) {
        return true;
    }
    if (!is_file_name(file)) {
        return option_mistake(
            set, name,
            "name a file by at most " QUOTE(MESSAGE_FILE_MAX) " bytes without control characters");
    }
    descriptor = symfeed_file_open(file, &exposed);
    if (descriptor >= 0) {
        symfeed_file_close(descriptor);
        return true;
    }
    if (errno == ENXIO) {
        return option_mistake(set, name, "name a regular file, not a pipe or a device: %s", file);
    }
    return option_mistake(set, name, "name a file that can be read: %s: %s", file,
                          message_error(errno, room));
}

/* All files that are read. Some commands do without. */
static bool check_files(struct options *options)
{
    struct option_set *set = &options->connection.set;
    const struct option *option;
    size_t i;

    for (i = 0; (option = option_at(set, i)) != NULL; i++) {
        if (option->kind == OPTION_FILE &&
            !check_file(options, option->name, *(const char **)option_member(set, i))) {
            return false;
        }
    }
    return true;
}

/* What a rename takes the place of is a file or nothing: not a folder, and not a device. */
static bool check_state_file(const struct options *options)
{
    const char *file = options->state_file;
    struct stat status;

    return file == NULL ||
           (file[0] != '\0' && is_file_name(file) &&
            (stat(file, &status) != 0 || S_ISREG(status.st_mode))) ||
           option_mistake(&options->connection.set, "state",
                          "name a file, not a folder or a device; it need not exist yet");
}

/* Takes the options of --config up to the first [section], which is for other programs. */
static bool read_config_file(struct options *options)
{
    struct option_set *set = &options->connection.set;
    unsigned number = 0;
    char room[MESSAGE_ERROR_SIZE];
    char *next;
    char *line;
    long size;

    if (options->config_file == NULL) {
        return true;
    }
    if (!check_file(options, "config", options->config_file)) {
        return false;
    }
    options->config_text = process_memory(CONFIG_FILE_MAX + 1);
    if (options->config_text == NULL) {
        return option_mistake(&options->connection.set, "config",
                              "this system has no memory for it");
    }
    set->file = options->config_file;
    size = whole_file_read(options->config_file, options->config_text, CONFIG_FILE_MAX);
    if (size < 0) {
        return option_mistake_in_line(
            set, 0,
            errno == EFBIG ? "too large; give at most " QUOTE(CONFIG_FILE_MAX) " bytes"
                           : message_error(errno, room));
    }
    if (strlen(options->config_text) < (size_t)size) {
        return option_mistake_in_line(set, 0, "this is no configuration file");
    }
    next = options->config_text;
    while ((line = option_next_line(&next, &number)) != NULL && *line != '[') {
        if (!option_check_line(set, line, number) || !option_read_line(set, line, number)) {
            return false;
        }
    }
    return true;
}

/* --- what the options make together ------------------------------------------------------- */

/* Whether all options of the command line belong to the command. */
static bool check_given(const struct options *options)
{
    const struct option_set *set = &options->connection.set;
    const struct option *option;
    char names[COMMAND_NAMES_SIZE];
    size_t i;

    for (i = 0; (option = option_at(set, i)) != NULL; i++) {
        if (set->lines[i] == 0 || (option->commands & (set->commands | ACCEPTED)) != 0) {
            continue;
        }
        if (option->commands == 0) {
            return option_mistake(set, option->name, "leave it out: this build does not have it");
        }
        options_commands(option->commands, " and ", names);
        return option_mistake(set, option->name, "leave it out of %s: it belongs to %s",
                              commands[options->command].name, names);
    }
    return true;
}

static bool check_datahose(struct options *options)
{
    struct symfeed_config *feed = &options->connection.config.feed;

    if (options->command != COMMAND_DATAHOSE) {
        return options->types == NULL || SYMFEED_JSON ||
               option_mistake(&options->connection.set, "types",
                              "leave it out: this build does not look at types");
    }
    /* The agent is told which events are wanted: all that come are printed. */
    feed->types = options->types;
    if (options->fanout) {
        feed->task = SYMFEED_TASK_FANOUT;
    } else if (feed->types == NULL) {
        return option_mistake(&options->connection.set, "types",
                              "is needed with datahose; or give --fanout");
    }
    return true;
}

/* The name of a cookie is a token (RFC 6265, 4.1.1). */
static bool check_cookie_name(const struct options *options)
{
    static const char others[] = "!#$%&'*+-.^_`|~";
    const char *name = options->connection.config.feed.cookie_name;

    return !SYMFEED_LEGACY || name == NULL ||
           (name[0] != '\0' && name[symfeed_format_span(name, others)] == '\0') ||
           option_mistake(&options->connection.set, "cookie-name",
                          "give the name alone, of letters, digits and %s", others);
}

static bool check_exec(struct options *options)
{
    if (options->exec == NULL && options->exec_timeout != 0) {
        return option_mistake(&options->connection.set, "exec-timeout", "give --exec, too");
    }
    if (options->exec_timeout == 0) {
        options->exec_timeout = EXEC_TIMEOUT;
    }
    return options->exec == NULL || options->exec[0] != '\0' ||
           option_mistake(&options->connection.set, "exec", "give a command for /bin/sh");
}

static bool check(struct options *options)
{
    struct connection *connection = &options->connection;

    if (options->command == COMMAND_DELETE && connection->config.feed.feed_id == NULL) {
        return wrong_word("delete", "give the id of a feed after it, as list prints it");
    }
    connection->is_open = options->command == COMMAND_HEALTH || options->command == COMMAND_INFO;
    connection->user_is_label = options->command == COMMAND_DATAHOSE;
    return connection_check(connection) && check_datahose(options) && check_cookie_name(options) &&
           check_exec(options) && check_state_file(options) && check_files(options);
}

bool options_read(struct options *options, char **argv)
{
    struct arguments arguments = {.next = argv + (argv[0] != NULL), .words_only = false};
    struct argument argument;

    memset(options, 0, sizeof *options);
    connection_init(&options->connection, rows, sizeof rows / sizeof rows[0]);
    options->connection.config.feed.window = SYMFEED_CLIENT_WINDOW;
    options->connection.config.feed.json_tokens = SYMFEED_CLIENT_TOKENS;
    options->command = COMMANDS;
    options->topic = COMMANDS;
    take_proxy(options, arguments);
    while (take(options, &arguments, &argument)) {
        if (!options->only_topic && !read_argument(options, &argument)) {
            return false;
        }
        if (options->only_topic && argument.form == WORD && options->topic == COMMANDS) {
            options->topic = find_command(argument.text);
        }
    }
    if (options->command == COMMANDS) {
        return no_command("no command");
    }
    options->connection.set.commands = 1u << options->command;
    return options->command >= COMMAND_VERSION ||
           (check_given(options) && read_config_file(options) && check(options));
}

/* --- names of --types and --scopes -------------------------------------------------------- */

static bool is_scope(const char *name, size_t size)
{
    return list_has("INTERNAL,EXTERNAL,FEDERATED", name, size);
}

static void warn_of_names(const struct options *options, const char *option, const char *list,
                          bool (*is_known)(const char *name, size_t size))
{
    char title[OPTION_TITLE_SIZE];
    size_t size;

    for (; list != NULL && *list != '\0'; list += size + (list[size] == ',')) {
        size = strcspn(list, ",");
        if (!is_known(list, size)) {
            option_title(&options->connection.set, option, title);
            message(SYMFEED_LOG_WARNING, "%s: %.*s is not known here: is it spelled right?", title,
                    (int)(size > 40 ? 40 : size), list);
        }
    }
}

void options_warn(const struct options *options)
{
    /* -qq is for those who want no warning. */
    if (options->connection.config.verbosity >= -1) {
        warn_of_names(options, "types", options->types, type_is_known);
        warn_of_names(options, "scopes", options->connection.config.feed.scopes, is_scope);
    }
}

/* --- afterwards --------------------------------------------------------------------------- */

void options_forget(struct options *options)
{
    connection_forget(&options->connection);
    if (options->config_text != NULL) {
        symfeed_file_wipe_written(options->config_text, CONFIG_FILE_MAX + 1);
        process_free(options->config_text, CONFIG_FILE_MAX + 1);
    }
}
