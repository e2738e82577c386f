/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_alarm.c - any bytes as the alarm's configuration, as its state file and as a message: a
 * configuration that is accepted is in its bounds, any other is reported once, without a value; the
 * state that is restored is written down as it is; a word is found where it stands by itself.
 *
 * The input: configuration, state file, message, with a byte 0x1E between two of them.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "fuzz.h"

#include "client.h"

/* The port's and the alarm's, which need nothing of mbedTLS. */
#include "../../port/system/clock.h"
#include "../../port/system/file.c"
#include "../../port/system/fnv.c"
#include "../../port/system/format.c"
#include "../../examples/common/whole_file.c"
#include "../../examples/alarm/words.c"
#include "../../examples/alarm/config.c"
#include "../../examples/alarm/outputs.c"

/* The clock, which stands still; seconds since 1970, 0: not set. */
static int64_t wall_clock;

uint32_t symfeed_clock_now(void)
{
    return 0xFFFFFF00u;
}

int64_t symfeed_clock_wall(void)
{
    return wall_clock;
}

/* config_open(), which is not called, wants them. */
struct symfeed_log *message_log(void)
{
    return NULL;
}

int symfeed_posix_open_checked(struct symfeed_posix *posix,
                               const struct symfeed_posix_config *config, char *error,
                               size_t error_size, uint32_t layout)
{
    (void)posix;
    (void)config;
    (void)error;
    (void)error_size;
    (void)layout;
    return SYMFEED_POSIX_OK;
}

static void check_setting(const struct config *config, const struct setting *setting)
{
    if (setting->text != NULL) {
        const size_t size = strnlen(setting->text, CONFIG_SIZE);

        require(setting->text > config->text && size > 0 &&
                setting->text + size < config->text + sizeof config->text);
        require(setting->line > 0);
    }
}

static void check_config(const struct config *config)
{
    require(config->rule_count >= 1);
    for (size_t i = 0; i < config->output_count; i++) {
        require(strlen(config->outputs[i].name) < CONFIG_NAME_SIZE);
        require(config_output(config, config->outputs[i].name) == i);
        require(config->outputs[i].settings[OUTPUT_FILE].text != NULL);
        for (size_t j = 0; j < OUTPUT_SETTINGS; j++) {
            check_setting(config, &config->outputs[i].settings[j]);
        }
    }
    for (size_t i = 0; i < config->rule_count; i++) {
        require(config->rules[i].output < config->output_count);
        require(config->rules[i].seconds <= CONFIG_SECONDS);
        for (size_t j = 0; j < RULE_SETTINGS; j++) {
            check_setting(config, &config->rules[i].settings[j]);
        }
    }
    require(config->connection.config.feed.agent != NULL);
    require(config->connection.config.feed.window <= CONFIG_WINDOW);
    require(config->connection.config.feed.json_tokens <= CONFIG_TOKENS);
}

static void check_words(const struct config *config, const char *text)
{
    for (size_t i = 0; i < config->rule_count; i++) {
        const char *word = config->rules[i].settings[KEYWORD].text;
        const char *tag = config->rules[i].settings[HASHTAG].text;
        char line[CONFIG_SIZE + 8];

        if (word != NULL) {
            (void)words_have(text, word);
            (void)snprintf(line, sizeof line, "a %s b", word);
            require(words_have(line, word));
        }
        if (tag != NULL) {
            (void)words_have_hashtag(text, tag);
            (void)snprintf(line, sizeof line, "a #%s b", tag + (*tag == '#'));
            require(words_have_hashtag(line, tag));
        }
    }
}

/* Adds a line for the first output, which was to be on for 60 s and has 5 s left. */
static char *with_our_line(const struct config *config, const unsigned char *data, size_t *size)
{
    char *text = malloc(*size + 64);

    memcpy(text, data, *size);
    *size += (size_t)sprintf(text + *size, "\n%s 1700000005 60\n", config->outputs[0].name);
    return text;
}

/* What the state file says is on is on, for a day at most, and written down; a file that is too
 * large to be read changes nothing. */
static void check_state(struct config *config, const unsigned char *data, size_t size)
{
    static struct memory_file file;
    char *text = with_our_line(config, data, &size);
    const bool is_read = size <= STATE_SIZE && memchr(text, '\0', size) == NULL;
    struct outputs outputs = {.config = config};
    struct outputs again = outputs;

    fill_file(&file, text, size);
    free(text);
    wall_clock = size % 4 == 0 ? 0 : 1700000000;
    config->state_file = file.name;
    outputs_restore(&outputs);
    require(!outputs.state_is_old && outputs.state_error == 0);
    if (size > STATE_SIZE) {
        require(!outputs_are_on(&outputs) && warnings == 1);
        return;
    }
    require(!is_read ||
            (outputs.all[0].on && symfeed_time_left(outputs.all[0].off_at, symfeed_clock_now()) ==
                                      (wall_clock == 0 ? 60000u : 5000u)));
    config->state_file = sink.name;
    outputs_restore(&again);
    for (size_t i = 0; i < CONFIG_OUTPUTS; i++) {
        const struct output *output = &outputs.all[i];

        require(!output->on || outputs_are_on(&outputs));
        require(i < config->output_count ? output->settled : !output->on);
        require(output->on == again.all[i].on);
        require(!output->on ||
                (symfeed_time_left(output->off_at, symfeed_clock_now()) <= CONFIG_SECONDS * 1000u &&
                 output->seconds <= CONFIG_SECONDS && output->off_at == again.all[i].off_at &&
                 output->until == again.all[i].until));
    }
}

/* With a setting that there is not, a configuration is refused that else is accepted. */
static void check_unknown(const struct memory_file *file, size_t size, const char *output)
{
    static struct config config;
    char ends[2][128];

    (void)snprintf(ends[0], sizeof ends[0], "\n[output fuzz]\nfile = /f\nfiles = 1\n");
    (void)snprintf(ends[1], sizeof ends[1],
                   "\n[rule]\nroom = r\noutput = %s\nseconds = 1\nsirens = 1\n", output);
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        memset(&config, 0, sizeof config);
        forget_messages();
        require(pwrite(file->descriptor, ends[i], strlen(ends[i]), (off_t)size) ==
                (ssize_t)strlen(ends[i]));
        require(!config_read(&config, file->name) && errors == 1);
        require(ftruncate(file->descriptor, (off_t)size) == 0);
        connection_forget(&config.connection);
    }
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    static struct config config;
    static struct memory_file file;
    const struct parts parts = find_parts(data, size);
    char *text = copy_string(data + parts.third, size - parts.third);

    memset(&config, 0, sizeof config);
    forget_messages();
    fill_file(&file, data, parts.first);
    if (config_read(&config, file.name) && connection_check(&config.connection)) {
        require(errors == 0);
        check_config(&config);
        check_words(&config, text);
        check_unknown(&file, parts.first, config.outputs[0].name);
        check_state(&config, data + parts.second, parts.third - parts.second);
    } else {
        require(errors == 1 && strstr(last_message, "SECRET") == NULL);
    }
    require(config.output_count <= CONFIG_OUTPUTS && config.rule_count <= CONFIG_RULES);
    connection_forget(&config.connection);
    free(text);
    return 0;
}
