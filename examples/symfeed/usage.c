/* SPDX-License-Identifier: Apache-2.0 */
/* usage.c - see usage.h. */
#include "usage.h"

#include <string.h>

#include "print.h"
#include "../common/message.h"
#include "wrong.h"

/* --- commands ----------------------------------------------------------------------------- */

#define NEEDS_DATAHOSE (SYMFEED_DATAHOSE ? NULL : "SYMFEED_DATAHOSE")
#define NEEDS_LEGACY   (SYMFEED_LEGACY ? NULL : "SYMFEED_LEGACY")
#define NEEDS_ONE_SHOT (SYMFEED_ONE_SHOT ? NULL : "SYMFEED_ONE_SHOT")

/* In the order of enum command. */
static const struct {
    const char *name;
    enum symfeed_task task;
    const char *lacks; /* the macro to build with; NULL: this build has the command */
} commands[] = {
    {"tail", SYMFEED_TASK_FEED, NULL},
    {"datahose", SYMFEED_TASK_DATAHOSE, NEEDS_DATAHOSE},
    {"legacy", SYMFEED_TASK_LEGACY, NEEDS_LEGACY},
    {"list", SYMFEED_TASK_LIST, NEEDS_ONE_SHOT},
    {"create", SYMFEED_TASK_CREATE, NEEDS_ONE_SHOT},
    {"delete", SYMFEED_TASK_DELETE, NEEDS_ONE_SHOT},
    {"health", SYMFEED_TASK_HEALTH, NEEDS_ONE_SHOT},
    {"info", SYMFEED_TASK_INFO, NEEDS_ONE_SHOT},
    {"version", SYMFEED_TASK_FEED, NULL},
};

int usage_read(struct options *options, const char *name)
{
    size_t i = 0;

    while (i < sizeof commands / sizeof commands[0] && strcmp(commands[i].name, name) != 0) {
        i++;
    }
    if (i == sizeof commands / sizeof commands[0]) {
        return wrong("no such command", "give " USAGE_COMMANDS "; symfeed --help tells more");
    }
    if (commands[i].lacks != NULL) {
        message(SYMFEED_LOG_ERROR, "%s: this build does not have it: build with %s=1",
                commands[i].name, commands[i].lacks);
        return EXIT_WRONG_USAGE;
    }
    options->command = (enum command)i;
    options->config.task = commands[i].task;
    return -1;
}

const char *usage_name(enum command command)
{
    return commands[command].name;
}

bool usage_follows(enum command command)
{
    return command <= COMMAND_LEGACY;
}

bool usage_is_open(enum command command)
{
    return command == COMMAND_HEALTH || command == COMMAND_INFO;
}

/* --- options ------------------------------------------------------------------------------ */

#define BIT(command) (1u << (command))

/* In the order of enum usage_group. */
static const struct {
    unsigned commands; /* a bit for each */
    const char *names;
} groups[] = {
    {~0u, ""},
    {BIT(COMMAND_TAIL) | BIT(COMMAND_DATAHOSE) | BIT(COMMAND_LEGACY), "tail, datahose and legacy"},
    {BIT(COMMAND_TAIL) | BIT(COMMAND_CREATE), "tail and create"},
    {BIT(COMMAND_TAIL) | BIT(COMMAND_DATAHOSE), "tail and datahose"},
    {BIT(COMMAND_DATAHOSE), "datahose"},
    {BIT(COMMAND_LEGACY), "legacy"},
};

int usage_check(enum command command, const char *option, enum usage_group group)
{
    if (!SYMFEED_JSON && strcmp(option, "types") == 0) {
        return wrong("--types", "leave it out: this build does not look into events "
                                "(SYMFEED_JSON)");
    }
    if (!SYMFEED_RECLAIM && strcmp(option, "reclaim") == 0) {
        return wrong("--reclaim", "leave it out: this build does not have it (SYMFEED_RECLAIM)");
    }
    if ((groups[group].commands & BIT(command)) != 0) {
        return -1;
    }
    message(SYMFEED_LOG_ERROR, "--%s: leave it out of %s: it belongs to %s", option,
            usage_name(command), groups[group].names);
    return EXIT_WRONG_USAGE;
}

/* --- names -------------------------------------------------------------------------------- */

static bool is_scope(const char *name, size_t size)
{
    static const char *const scopes[] = {"INTERNAL", "EXTERNAL", "FEDERATED"};
    size_t i;

    for (i = 0; i < sizeof scopes / sizeof scopes[0]; i++) {
        if (size == strlen(scopes[i]) && memcmp(name, scopes[i], size) == 0) {
            return true;
        }
    }
    return false;
}

static void warn_of_names(const char *option, const char *list,
                          bool (*is_known)(const char *name, size_t size))
{
    size_t size;

    for (; list != NULL && *list != '\0'; list += size + (list[size] == ',')) {
        size = strcspn(list, ",");
        if (!is_known(list, size)) {
            message(SYMFEED_LOG_WARNING,
                    "%s: %.*s is sent, but is no name known here: is it spelled right?", option,
                    (int)(size > 40 ? 40 : size), list);
        }
    }
}

void usage_warn(const struct options *options)
{
    /* -qq is for those who want no warning. */
    if (options->verbosity >= -1) {
        warn_of_names("--types", options->config.types, type_is_known);
        warn_of_names("--scopes", options->config.scopes, is_scope);
    }
}
