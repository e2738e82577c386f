/* SPDX-License-Identifier: Apache-2.0 */
/* option.c - see option.h. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "option.h"

#include <stdarg.h>
#include <string.h>

#include "message.h"
#include "proxy.h"

/* Most bytes of a configuration file's name in a message. */
#define SHOWN 255

/* --- rows --------------------------------------------------------------------------------- */

const struct option *option_at(const struct option_set *set, size_t index)
{
    if (index < set->counts[0]) {
        return &set->rows[0][index];
    }
    index -= set->counts[0];
    return index < set->counts[1] ? &set->rows[1][index] : NULL;
}

size_t option_find(const struct option_set *set, const char *name, size_t size)
{
    const struct option *option;
    size_t i;

    for (i = 0; (option = option_at(set, i)) != NULL; i++) {
        if (option->kind != OPTION_HEADING && strlen(option->name) == size &&
            memcmp(option->name, name, size) == 0) {
            return i;
        }
    }
    return OPTION_NONE;
}

void *option_member(struct option_set *set, size_t index)
{
    return (char *)set + option_at(set, index)->member;
}

/* --- mistakes ----------------------------------------------------------------------------- */

/* Writes FILE or FILE:LINE. Returns its size. */
static size_t put_place(const struct option_set *set, unsigned line, char *out, size_t size)
{
    const size_t used = symfeed_format(out, size, "%.*s", SHOWN, set->file);

    return line == 0 ? used : used + symfeed_format(out + used, size - used, ":%u", line);
}

void option_title(const struct option_set *set, const char *name, char out[OPTION_TITLE_SIZE])
{
    const unsigned line = set->lines[option_find(set, name, strlen(name))];
    const bool in_file = set->only_file || (line > 0 && line < OPTION_ARGUMENT);
    const size_t used = in_file ? put_place(set, line, out, OPTION_TITLE_SIZE) : 0;

    (void)symfeed_format(out + used, OPTION_TITLE_SIZE - used, "%s%s", in_file ? ": " : "--", name);
}

bool option_mistake(const struct option_set *set, const char *name, const char *fix, ...)
{
    char title[OPTION_TITLE_SIZE];
    va_list arguments;

    option_title(set, name, title);
    va_start(arguments, fix);
    message_about(SYMFEED_LOG_ERROR, title, fix, arguments);
    va_end(arguments);
    return false;
}

bool option_mistake_in_line(const struct option_set *set, unsigned line, const char *fix, ...)
{
    char place[OPTION_TITLE_SIZE];
    va_list arguments;

    (void)put_place(set, line, place, sizeof place);
    va_start(arguments, fix);
    message_about(SYMFEED_LOG_ERROR, place, fix, arguments);
    va_end(arguments);
    return false;
}

/* --- values ------------------------------------------------------------------------------- */

/* Reads digits up to `most`. Returns what follows them; NULL: there is none, or they are more. */
static const char *read_digits(const char *text, uint64_t most, uint64_t *number)
{
    const char *next = text;

    for (*number = 0; *next >= '0' && *next <= '9' && *number <= most; next++) {
        *number = *number * 10 + (uint64_t)(*next - '0');
    }
    return next != text && *number <= most ? next : NULL;
}

static bool store_number(const struct option_set *set, const struct option *option, void *member,
                         const char *value)
{
    /* From OPTION_COUNT on. */
    static const struct {
        uint32_t least;
        uint32_t most;
    } limits[] = {{1, UINT32_MAX},
                  {1, 86400},
                  {SYMFEED_WINDOW_MIN, SYMFEED_WINDOW_MAX},
                  {SYMFEED_JSON_TOKENS_MIN, SYMFEED_JSON_TOKENS_MAX}};
    const size_t which = (size_t)option->kind - OPTION_COUNT;
    uint64_t number;
    const char *rest = read_digits(value, limits[which].most, &number);

    if (rest == NULL || *rest != '\0' || number < limits[which].least) {
        return option_mistake(set, option->name, "give a whole number from %u to %u",
                              (unsigned)limits[which].least, (unsigned)limits[which].most);
    }
    *(size_t *)member = (size_t)number;
    return true;
}

static bool store_wait(const struct option_set *set, const struct option *option, void *member,
                       const char *value)
{
    uint64_t wait;
    const char *rest = read_digits(value, 86400, &wait);
    uint64_t unit = 1000; /* of the next decimal, in milliseconds and times 10 */

    wait *= 1000;
    if (rest != NULL && *rest == '.' && rest[1] != '\0') {
        for (rest++; *rest >= '0' && *rest <= '9' && unit > 1; rest++) {
            unit /= 10;
            wait += unit * (uint64_t)(*rest - '0');
        }
    }
    if (rest == NULL || *rest != '\0' || wait < 1 || wait > 86400000) {
        return option_mistake(set, option->name, "give seconds from 0.001 to 86400, such as 0.5");
    }
    *(uint32_t *)member = (uint32_t)wait;
    return true;
}

/* Names between commas, none of them empty. The agent decides which names there are. */
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

static bool store_pin(const struct option_set *set, const struct option *option, void *member,
                      const char *value)
{
    struct option_pins *pins = member;

    if (pins->count == OPTION_PINS) {
        return option_mistake(set, option->name, "give at most " QUOTE(OPTION_PINS));
    }
    pins->list[pins->count++] = value;
    return true;
}

bool option_store(struct option_set *set, size_t index, char *value, unsigned line)
{
    const struct option *option = option_at(set, index);
    void *member = option_member(set, index);

    set->lines[index] = (unsigned short)line;
    switch ((enum option_kind)option->kind) {
    case OPTION_HEADING:
    case OPTION_ACTION: break;
    case OPTION_SWITCH: *(bool *)member = true; break;
    case OPTION_MORE: ++*(int *)member; break;
    case OPTION_LESS: --*(int *)member; break;
    case OPTION_LIST:
        if (!is_list(value)) {
            return option_mistake(set, option->name, "give names between commas");
        }
        *(const char **)member = value;
        break;
    case OPTION_CONFIG:
    case OPTION_TEXT:
    case OPTION_FILE: *(const char **)member = value; break;
    case OPTION_COUNT:
    case OPTION_TIMEOUT:
    case OPTION_WINDOW:
    case OPTION_TOKENS: return store_number(set, option, member, value);
    case OPTION_WAIT: return store_wait(set, option, member, value);
    case OPTION_LOG:
        return message_set_format(value) ||
               option_mistake(set, option->name, "give text, journal or json");
    case OPTION_PIN: return store_pin(set, option, member, value);
    case OPTION_PROXY: proxy_take(member, value); break;
    }
    return true;
}

/* --- configuration files ------------------------------------------------------------------ */

char *option_trim(char *text)
{
    size_t size;

    while (*text == ' ' || *text == '\t') {
        text++;
    }
    size = strlen(text);
    while (size > 0 && strchr(" \t\r", text[size - 1]) != NULL) {
        text[--size] = '\0';
    }
    return text;
}

char *option_next_line(char **text, unsigned *line)
{
    if (*line == 0 && strncmp(*text, "\xef\xbb\xbf", 3) == 0) {
        *text += 3; /* a byte order mark, as some editors write it */
    }
    while (**text != '\0') {
        char *found = *text;
        const size_t size = strcspn(found, "\n");

        *text += size + (found[size] != '\0');
        found[size] = '\0';
        ++*line;
        found = option_trim(found);
        if (*found != '\0' && *found != '#') {
            return found;
        }
    }
    return NULL;
}

bool option_check_line(const struct option_set *set, const char *text, unsigned line)
{
    size_t i;

    for (i = 0; text[i] != '\0'; i++) {
        if (((unsigned char)text[i] < ' ' && text[i] != '\t') || text[i] == '\x7f') {
            return option_mistake_in_line(set, line, "take the control characters out");
        }
    }
    return true;
}

char *option_split(char *text)
{
    char *value = strchr(text, '=');

    if (value == NULL) {
        return NULL;
    }
    *value = '\0';
    (void)option_trim(text);
    return option_trim(value + 1);
}

/* Takes the value of a switch: none, yes or no. */
static bool read_switch(struct option_set *set, size_t index, const char *value, unsigned line)
{
    if (value == NULL || strcmp(value, "yes") == 0) {
        return option_store(set, index, NULL, line);
    }
    set->lines[index] = (unsigned short)line;
    return strcmp(value, "no") == 0 ||
           option_mistake(set, option_at(set, index)->name, "say yes or no");
}

/* Whether an option may be given several times in a file. */
static bool is_repeated(const struct option *option)
{
    return option->kind == OPTION_PIN || option->kind == OPTION_MORE || option->kind == OPTION_LESS;
}

bool option_read_line(struct option_set *set, char *text, unsigned line)
{
    char *value = option_split(text);
    const size_t index = option_find(set, text, strlen(text));
    const struct option *option = option_at(set, index);
    unsigned before;

    if (option == NULL || option->kind == OPTION_ACTION || option->kind == OPTION_CONFIG) {
        return option_mistake_in_line(set, line, "no such option; give NAME = VALUE");
    }
    before = set->lines[index];
    set->lines[index] = (unsigned short)line;
    if (option->commands == 0) {
        return option_mistake(set, option->name, "leave it out: this build does not have it");
    }
    if (before != 0 && before != OPTION_ARGUMENT && !is_repeated(option)) {
        return option_mistake(set, option->name, "given twice; keep one of them");
    }
    if (option->kind > OPTION_LESS &&
        (value == NULL || (*value == '\0' && option->kind != OPTION_PROXY))) {
        return option_mistake(set, option->name, "give a value");
    }
    if (before == OPTION_ARGUMENT || (option->commands & set->commands) == 0) {
        set->lines[index] = (unsigned short)before;
        return true;
    }
    return option->kind > OPTION_LESS ? option_store(set, index, value, line)
                                      : read_switch(set, index, value, line);
}
