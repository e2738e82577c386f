/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_options.c - any bytes as the command line, as the file of --config and as a list of hosts
 * without a proxy: what is accepted is in its bounds, all else is reported once, and no password
 * stays in the command line.
 *
 * The input: arguments, each ended by a line end; the file, behind a byte 0x1E; the list, behind
 * another one. An argument @ is the name of the file.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "fuzz.h"

#include "client.h"

/* The port's and the client's, which need nothing of mbedTLS. */
#include "../../port/system/file.c"
#include "../../port/system/fnv.c"
#include "../../port/system/format.c"
#include "../../examples/common/whole_file.c"
#include "../../examples/symfeed/options.c"

#define ARGUMENTS 24

static int run(struct options *options)
{
    (void)options;
    return 0;
}

/* As in symfeed.c. */
const struct command commands[COMMANDS] = {
    {"tail", NULL, run, SYMFEED_TASK_FEED, NULL},
    {"datahose", NULL, run, SYMFEED_TASK_DATAHOSE, NULL},
    {"legacy", NULL, run, SYMFEED_TASK_LEGACY, NULL},
    {"list", NULL, run, SYMFEED_TASK_LIST, NULL},
    {"create", NULL, run, SYMFEED_TASK_CREATE, NULL},
    {"delete", "ID", run, SYMFEED_TASK_DELETE, NULL},
    {"health", NULL, run, SYMFEED_TASK_HEALTH, NULL},
    {"info", NULL, run, SYMFEED_TASK_INFO, NULL},
    {"version", NULL, run, SYMFEED_TASK_FEED, NULL},
    {"help", NULL, run, SYMFEED_TASK_FEED, NULL},
};

/* Those of process.h and print.h. */
void *process_memory(uint64_t size)
{
    return calloc(1, (size_t)size);
}

void process_free(void *memory, uint64_t size)
{
    (void)size;
    free(memory);
}

bool list_has(const char *list, const char *name, size_t size)
{
    return size > 0 && strstr(list, name) != NULL;
}

bool type_is_known(const char *name, size_t size)
{
    return list_has("MESSAGESENT", name, size);
}

/* Cuts the first part of the input into arguments, which a NULL ends. */
static void make_arguments(char *text, char *name, char **argv)
{
    size_t count = 1;

    argv[0] = NULL;
    if (*text != '\0') {
        argv[0] = text; /* symfeed's own name comes first */
    }
    for (char *end = strchr(text, '\n'); end != NULL && count < ARGUMENTS;
         end = strchr(end + 1, '\n')) {
        *end = '\0';
        argv[count++] =
            strcmp(end + 1, "@") == 0 || strncmp(end + 1, "@\n", 2) == 0 ? name : end + 1;
    }
    argv[argv[0] == NULL ? 0 : count] = NULL;
}

static void check_proxy_list(struct options *options, const char *list)
{
    struct symfeed_config *feed = &options->connection.config.feed;
    char room[512];
    const char *all;

    feed->no_proxy = list;
    all = proxy_add_networks(feed, room, sizeof room);
    require(strlen(all) >= strlen(list) && strcmp(all + strlen(all) - strlen(list), list) == 0);
}

static void check_options(struct options *options, const char *list)
{
    const struct symfeed_config *feed = &options->connection.config.feed;

    require(options->command < COMMANDS);
    if (options->command >= COMMAND_VERSION) {
        return;
    }
    require(feed->agent != NULL && feed->task <= SYMFEED_TASK_INFO);
    require(feed->window >= SYMFEED_WINDOW_MIN && feed->window <= SYMFEED_WINDOW_MAX);
    require(feed->json_tokens >= SYMFEED_JSON_TOKENS_MIN &&
            feed->json_tokens <= SYMFEED_JSON_TOKENS_MAX);
    require(feed->timers.backoff_max <= 86400000 && feed->timers.backoff_first <= 86400000);
    require(options->connection.config.pin_count <= OPTION_PINS);
    require(options->exec_timeout <= 86400);
    require(feed->task != SYMFEED_TASK_DELETE || feed->feed_id != NULL);
    require(feed->task != SYMFEED_TASK_DATAHOSE || feed->types != NULL);
    options_warn(options);
    for (int status = SYMFEED_OK; status < SYMFEED_STATUS_COUNT; status++) {
        connection_report(&options->connection, status, "a mistake");
    }
    check_proxy_list(options, list);
}

/* All between the scheme of a URL, if it has one, and its last '@' is hidden. */
static void check_hidden(const char *url)
{
    const char *end = strrchr(url, '@');
    const char *scheme_end = url + strcspn(url, ":");
    const char *begin = url;

    if (end != NULL && scheme_end < end && strncmp(scheme_end, "://", 3) == 0) {
        begin = scheme_end + 3;
    }
    require(end == NULL || strspn(begin, "x") >= (size_t)(end - begin));
}

/* Looks at each --proxy that is certainly an option: what stands before it takes no value, or has
 * one; and no "--" stands before it. */
static void check_passwords(char **argv)
{
    for (size_t i = 1; argv[0] != NULL && argv[i] != NULL && strcmp(argv[i], "--") != 0; i++) {
        if (i > 1 && strncmp(argv[i - 1], "--", 2) == 0 && strchr(argv[i - 1], '=') == NULL) {
            continue;
        }
        if (strncmp(argv[i], "--proxy=", 8) == 0) {
            check_hidden(argv[i] + 8);
        } else if (strcmp(argv[i], "--proxy") == 0 && argv[i + 1] != NULL) {
            check_hidden(argv[i + 1]);
        }
    }
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    static struct memory_file file;
    static struct options options;
    const struct parts parts = find_parts(data, size);
    char *text = copy_string(data, parts.first);
    char *list = copy_string(data + parts.third, size - parts.third);
    char *argv[ARGUMENTS + 1];

    (void)unsetenv("https_proxy"); /* the machine's own must not count */
    (void)unsetenv("HTTPS_PROXY");
    forget_messages();
    fill_file(&file, data + parts.second, parts.third - parts.second);
    make_arguments(text, file.name, argv);
    if (options_read(&options, argv)) {
        require(errors == 0);
        check_options(&options, list);
    } else {
        require(errors == 1);
    }
    check_passwords(argv);
    options_forget(&options);
    free(text);
    free(list);
    return 0;
}
