/* SPDX-License-Identifier: Apache-2.0 */
/*
 * help.c - prints the commands and options, made of their tables.
 *
 * Depends on: options.h, output.h.
 * Guarantees: no line is longer than 80 characters.
 */
#include <string.h>
#include <unistd.h>

#include "options.h"
#include "output.h"

#if SYMFEED_CLIENT_HELP

#define WIDTH 80

/* Texts begin in this column; names of commands and options are shorter, or stand alone. */
#define TEXT_COLUMN 27

static size_t put(struct output *output, const char *text)
{
    output_text(output, text);
    return strlen(text);
}

static size_t put_spaces(struct output *output, size_t column, size_t until)
{
    for (; column < until; column++) {
        output_text(output, " ");
    }
    return column;
}

/* Puts a text, broken at spaces, that begins in `column` and goes on in TEXT_COLUMN. Returns the
 * column behind it. */
static size_t put_text(struct output *output, const char *text, size_t column)
{
    while (*text != '\0') {
        const size_t size = strcspn(text, " ");

        if (column > TEXT_COLUMN && column + size + 1 > WIDTH) {
            output_text(output, "\n");
            column = put_spaces(output, 0, TEXT_COLUMN);
        } else if (column > TEXT_COLUMN) {
            column += put(output, " ");
        }
        output_bytes(output, text, size);
        column += size;
        text += size + (text[size] == ' ');
    }
    return column;
}

/* Puts what something is called, and its text behind it or, where it is too long, below it. */
static size_t put_row(struct output *output, const char *name, const char *value, const char *text)
{
    size_t column = put(output, name);

    if (value != NULL) {
        column += put(output, " ") + put(output, value);
    }
    if (column >= TEXT_COLUMN) {
        output_text(output, "\n");
        column = 0;
    }
    return put_text(output, text, put_spaces(output, column, TEXT_COLUMN));
}

static void put_option(struct output *output, const struct option *option, bool of_all)
{
    char name[64];
    char names[COMMAND_NAMES_SIZE];
    char note[COMMAND_NAMES_SIZE + 2];
    const unsigned bits = option->commands & FOR_ALL;
    const char letter[] = {'-', option->letter, ',', ' ', '\0'};
    size_t column;

    (void)symfeed_format(name, sizeof name, "  %s--%s", option->letter == '\0' ? "" : letter,
                         option->name);
    column = put_row(output, name, option->value, option->help);
    if (of_all && (bits & FOR_CALLS) != FOR_CALLS) {
        options_commands(bits, ", ", names);
        (void)symfeed_format(note, sizeof note, "(%s)", names);
        (void)put_text(output, note, column);
    }
    output_text(output, "\n");
}

/* Puts the options of some commands, and before each group its heading. */
static void put_options(struct output *output, const struct options *options, unsigned bits)
{
    const struct option *option;
    const char *heading = NULL;
    size_t i;

    for (i = 0; (option = option_at(&options->connection.set, i)) != NULL; i++) {
        if (option->kind == OPTION_HEADING) {
            heading = option->name;
        } else if ((option->commands & bits) != 0) {
            if (heading != NULL) {
                output_text(output, "\n");
                output_text(output, heading);
                output_text(output, "\n");
                heading = NULL;
            }
            put_option(output, option, bits == FOR_ALL);
        }
    }
}

static void put_command(struct output *output, const struct command *command, const char *before)
{
    char name[32];

    (void)symfeed_format(name, sizeof name, "%s%s", before, command->name);
    if (command->run != NULL) {
        (void)put_row(output, name, command->argument, command->help);
        output_text(output, "\n");
    }
}

static void put_help(struct output *output, const struct options *options)
{
    size_t i;

    if (options->topic < COMMANDS) {
        put_command(output, &commands[options->topic], "symfeed ");
        put_options(output, options, 1u << options->topic);
        return;
    }
    output_text(output, "usage: symfeed COMMAND [OPTION]...\n\n"
                        "Follows a Symphony datafeed, or makes one call to an Agent.\n\n"
                        "commands\n");
    for (i = 0; i < COMMANDS; i++) {
        put_command(output, &commands[i], "  ");
    }
    put_options(output, options, FOR_ALL);
    output_text(output, "\nsymfeed(1) describes signals, environment and exit status.\n");
}

#else

static void put_help(struct output *output, const struct options *options)
{
    (void)options;
    output_text(output, "usage: symfeed COMMAND [OPTION]...\n"
                        "This build has no texts of help: see symfeed(1).\n");
}

#endif

int print_help(struct options *options)
{
    struct output output;
    char buffer[OUTPUT_SIZE];

    output_init(&output, STDOUT_FILENO, buffer, sizeof buffer);
    put_help(&output, options);
    return output_finish(&output);
}
