/* SPDX-License-Identifier: Apache-2.0 */
/* hosts.c - see hosts.h. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "net/hosts.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "net/address.h"
#include "system/file.h"

/* --- words -------------------------------------------------------------------------------- */

/* A file, word by word. */
struct words {
    int descriptor;
    unsigned line;                   /* of the word */
    unsigned next_line;              /* of the byte that comes */
    size_t at;                       /* in the block */
    size_t size;                     /* of the block */
    char word[SYMFEED_NAME_MAX + 2]; /* a longer one is empty here, as none that is looked for is */
    char block[256];
};

static void open_words(struct words *words, const char *file)
{
    bool exposed;

    words->descriptor = symfeed_file_open(file, &exposed);
    words->line = 0;
    words->next_line = 1;
    words->at = 0;
    words->size = 0;
}

static void close_words(const struct words *words)
{
    if (words->descriptor >= 0) {
        (void)close(words->descriptor);
    }
}

/* The next byte, as an unsigned char; -1: there is none. */
static int next_byte(struct words *words)
{
    if (words->at == words->size) {
        long got = words->descriptor < 0
                       ? 0
                       : symfeed_file_read(words->descriptor, words->block, sizeof words->block);

        if (got <= 0) {
            return -1;
        }
        words->at = 0;
        words->size = (size_t)got;
    }
    return (unsigned char)words->block[words->at++];
}

/* Goes on to the next word; from # or ; on a line is a remark. false: there is none. */
static bool next_word(struct words *words)
{
    size_t size = 0;
    bool remark = false;
    int byte;

    for (;;) {
        byte = next_byte(words);
        remark = remark || byte == '#' || byte == ';';
        if (byte > ' ' && !remark) {
            words->word[size < sizeof words->word ? size : 0] = (char)byte;
            size++;
            continue;
        }
        if (size > 0) {
            break;
        }
        if (byte < 0) {
            return false;
        }
        if (byte == '\n') {
            words->next_line++;
            remark = false;
        }
    }
    /* What has ended the word is looked at again: it may end the line, too. */
    words->at -= byte < 0 ? 0 : 1;
    words->line = words->next_line;
    words->word[size < sizeof words->word ? size : 0] = '\0';
    return true;
}

/* --- hosts(5) ----------------------------------------------------------------------------- */

/* Are the two the same name? The dot behind a whole name does not count. */
static bool is_same(const char *word, const char *name)
{
    size_t size = strlen(name);

    size -= size > 0 && name[size - 1] == '.' ? 1 : 0;
    return strncasecmp(word, name, size) == 0 && word[size] == '\0';
}

size_t symfeed_hosts_find(const char *file, const char *name, uint16_t port,
                          struct symfeed_address *addresses, size_t room)
{
    struct symfeed_address address;
    struct words words;
    unsigned line = 0; /* the last that began with a word */
    bool open = false; /* an address is at its begin, and has not been taken */
    size_t count = 0;

    open_words(&words, file);
    while (count < room && next_word(&words)) {
        if (words.line != line) {
            line = words.line;
            open = symfeed_address_read(&address, words.word, port);
        } else if (open && is_same(words.word, name)) {
            addresses[count++] = address;
            open = false;
        }
    }
    close_words(&words);
    return count;
}

/* --- resolv.conf(5) ----------------------------------------------------------------------- */

static void add_domain(struct symfeed_search *search, size_t *used, const char *domain)
{
    size_t size = strlen(domain);

    /* One byte more stays empty, which ends the list. */
    if (size > 0 && size + 2 <= sizeof search->domains - *used) {
        memcpy(search->domains + *used, domain, size);
        *used += size + 1;
    }
}

static void take_option(struct symfeed_search *search, const char *option)
{
    unsigned number = 0;

    if (strncmp(option, "ndots:", 6) != 0 || option[6] < '0' || option[6] > '9') {
        return;
    }
    for (option += 6; *option >= '0' && *option <= '9' && number < 100; option++) {
        number = number * 10 + (unsigned)(*option - '0');
    }
    search->dots = number < 15 ? number : 15; /* the limit that libraries have, too */
}

void symfeed_hosts_search(const char *file, struct symfeed_search *search)
{
    enum { OTHER, DOMAINS, OPTIONS } kind = OTHER;
    struct words words;
    unsigned line = 0;
    size_t used = 0;

    memset(search, 0, sizeof *search);
    search->dots = 1;
    open_words(&words, file);
    while (next_word(&words)) {
        if (words.line != line) {
            line = words.line;
            kind = strcmp(words.word, "options") == 0 ? OPTIONS : OTHER;
            if (strcmp(words.word, "search") == 0 || strcmp(words.word, "domain") == 0) {
                kind = DOMAINS;
                memset(search->domains, 0, sizeof search->domains);
                used = 0;
            }
        } else if (kind == DOMAINS) {
            add_domain(search, &used, words.word);
        } else if (kind == OPTIONS) {
            take_option(search, words.word);
        }
    }
    close_words(&words);
}
