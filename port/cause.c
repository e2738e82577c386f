/* SPDX-License-Identifier: Apache-2.0 */
/* cause.c - see cause.h. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "cause.h"

#include "net/address.h"
#include "symfeed_config.h"
#include "system/file.h"
#include "system/format.h"
#include "tls/mbedtls.h"
#include "tls/refusal.h"

#if SYMFEED_MESSAGES

/* One string after the other, each with its NUL: a table of pointers would double the size. */
#define WORDS(name, words) words "\0"
static const char causes[] = SYMFEED_CAUSES(WORDS);
static const char subjects[] = SYMFEED_SUBJECTS(WORDS);
#undef WORDS
static const char tls_calls[] = "TLS handshake\0TLS write\0TLS read\0";

/* The text so far. Cut at `size`. */
struct text {
    char *out;
    size_t size;
    size_t used;
    const struct symfeed_failure *failure;
};

static const char *nth(const char *texts, unsigned number)
{
    for (; number > 0; number--) {
        texts += strlen(texts) + 1;
    }
    return texts;
}

static void append(struct text *text, const char *part, size_t shown)
{
    if (part != NULL) {
        text->used += symfeed_format(text->out + text->used, text->size - text->used, "%.*s",
                                     (int)shown, part);
    }
}

static void append_number(struct text *text, const char *format, unsigned number)
{
    char digits[16];

    (void)symfeed_format(digits, sizeof digits, format, number);
    append(text, digits, sizeof digits);
}

/* Appends the detail that a letter after % stands for. */
static void append_detail(struct text *text, char which)
{
    const struct symfeed_failure *failure = text->failure;
    char room[160];

    switch (which) {
    case '1':
    case '2':
    case '3': append_number(text, "%u", (unsigned)failure->numbers[which - '1']); break;
    case 's': append(text, failure->name, SYMFEED_NAME_SHOWN); break;
    case 'p': append(text, failure->pin, SYMFEED_NAME_SHOWN); break;
    case 'h': append_number(text, "0x%X", (unsigned)failure->flags); break;
    case 'x': append_number(text, "-0x%04X", (unsigned)-failure->error); break;
    case 'f': append(text, failure->file, SYMFEED_FILE_SHOWN); break;
    case 'd': append(text, nth(tls_calls, failure->doing), SYMFEED_NAME_SHOWN); break;
    case 'e':
        symfeed_mbedtls_text(failure->error, room, sizeof room);
        append(text, room, sizeof room);
        break;
    case 'a':
        symfeed_address_text(failure->address, room);
        append(text, room, sizeof room);
        break;
    default: break;
    }
}

/* Appends the text before the next %. Returns the position of the %, or the end. */
static const char *append_up_to_detail(struct text *text, const char *words)
{
    size_t size = strcspn(words, "%");

    append(text, words, size);
    return words + size;
}

static void append_words(struct text *text, const char *words)
{
    words = append_up_to_detail(text, words);
    while (*words != '\0') {
        append_detail(text, words[1]);
        words = append_up_to_detail(text, words + 2);
    }
}

/* A resolver of the application can have causes of its own, which have no text here. */
static void append_cause(struct text *text, unsigned cause)
{
    if (cause >= SYMFEED_CAUSE_FIRST && cause < SYMFEED_CAUSE_END) {
        append_words(text, nth(causes, cause - SYMFEED_CAUSE_FIRST));
    } else {
        append(text, "cause ", text->size);
        append_number(text, "%u", cause);
    }
}

/* Appends the cause; for a refused certificate, all faults of it. */
static void append_causes(struct text *text)
{
    const struct symfeed_failure *failure = text->failure;
    uint32_t flags = failure->flags;
    unsigned cause = symfeed_refusal_next(&flags);
    const char *between = "";

    if (failure->subject != SYMFEED_SUBJECT_CERTIFICATE || cause == SYMFEED_CAUSE_NONE) {
        append_cause(text, failure->cause);
        return;
    }
    for (; cause != SYMFEED_CAUSE_NONE; cause = symfeed_refusal_next(&flags)) {
        append(text, between, text->size);
        append_cause(text, cause);
        if (cause == SYMFEED_CAUSE_UNKNOWN_AUTHORITY && failure->unreadable != 0) {
            append(text, ", or one of the CA file that cannot be read: ", text->size);
            append_cause(text, failure->unreadable);
        }
        between = ", and ";
    }
}

size_t symfeed_failure_text(const struct symfeed_failure *failure, char *out, size_t size)
{
    struct text text = {.out = out, .size = size, .used = 0, .failure = failure};
    const char *words = append_up_to_detail(&text, nth(subjects, failure->subject));

    while (*words != '\0') {
        if (words[1] == 'w') {
            append_causes(&text);
        } else {
            append_detail(&text, words[1]);
        }
        words = append_up_to_detail(&text, words + 2);
    }
    return text.used;
}

#else

size_t symfeed_failure_text(const struct symfeed_failure *failure, char *out, size_t size)
{
    return symfeed_format(out, size, "cause %u", (unsigned)failure->cause);
}

#endif
