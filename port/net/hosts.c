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
#include "net/dns.h"
#include "system/file.h"

/* --- words -------------------------------------------------------------------------------- */

/* A file that is read word by word. */
struct words {
    int descriptor;
    bool failed;        /* the file could not be read to its end */
    unsigned line;      /* of the word */
    unsigned next_line; /* of the next byte */
    size_t at;          /* of the next byte in the block */
    size_t size;        /* of the block */
    /* Empty for a longer word, which no caller searches for. */
    char word[SYMFEED_DNS_NAME_MAX + 2];
    char block[256];
};

static void open_words(struct words *words, const char *file)
{
    bool exposed;

    words->descriptor = symfeed_file_open(file, &exposed);
    words->failed = words->descriptor < 0;
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

/* Returns the next byte as an unsigned char, or -1 at the end of the file. */
static int next_byte(struct words *words)
{
    if (words->at == words->size) {
        long got = words->descriptor < 0
                       ? 0
                       : symfeed_file_read(words->descriptor, words->block, sizeof words->block);

        if (got <= 0) {
            words->failed = words->failed || got < 0;
            return -1;
        }
        words->at = 0;
        words->size = (size_t)got;
    }
    return (unsigned char)words->block[words->at++];
}

/* Reads the next word; # or ; begins a comment, to the end of the line. Returns false if there is
 * no word left. */
static bool next_word(struct words *words)
{
    size_t size = 0;
    bool comment = false;
    int byte;

    for (;;) {
        byte = next_byte(words);
        comment = comment || byte == '#' || byte == ';';
        if (byte > ' ' && !comment) {
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
            comment = false;
        }
    }
    /* The byte that ended the word is read again: it may also end the line. */
    words->at -= byte < 0 ? 0 : 1;
    words->line = words->next_line;
    words->word[size < sizeof words->word ? size : 0] = '\0';
    return true;
}

/* --- hosts(5) ----------------------------------------------------------------------------- */

/* Returns whether both are the same name. A final dot of `name` does not count. */
static bool is_same(const char *word, const char *name)
{
    size_t size = strlen(name);

    size -= size > 0 && name[size - 1] == '.' ? 1 : 0;
    return strncasecmp(word, name, size) == 0 && word[size] == '\0';
}

bool symfeed_hosts_find(const char *file, const char *name, uint16_t port,
                        struct symfeed_address *addresses, size_t room, size_t *count)
{
    struct symfeed_address address;
    struct words words;
    unsigned line = 0; /* the current line */
    bool open = false; /* it begins with an address, which has not been added yet */

    *count = 0;
    open_words(&words, file);
    while (*count < room && next_word(&words)) {
        if (words.line != line) {
            line = words.line;
            open = symfeed_address_read(&address, words.word, port);
        } else if (open && is_same(words.word, name)) {
            addresses[(*count)++] = address;
            open = false;
        }
    }
    close_words(&words);
    return !words.failed;
}

/* --- resolv.conf(5) ----------------------------------------------------------------------- */

static void add_server(struct symfeed_resolv_conf *conf, const char *address)
{
    if (conf->server_count < SYMFEED_NAME_SERVERS &&
        symfeed_address_read(&conf->servers[conf->server_count], address,
                             SYMFEED_NAME_SERVER_PORT)) {
        conf->server_count++;
    }
}

static void add_domain(struct symfeed_resolv_conf *conf, size_t *used, const char *domain)
{
    size_t size = strlen(domain);

    /* One more byte stays empty: it ends the list, as an empty word would, which is a long one. */
    if (size > 0 && size + 2 <= sizeof conf->domains - *used) {
        memcpy(conf->domains + *used, domain, size);
        *used += size + 1;
    }
}

/* Reads the number of the option `name`, such as "ndots:", limited to `least` and `most`. */
static void read_number_option(const char *option, const char *name, unsigned least, unsigned most,
                               uint8_t *value)
{
    const size_t size = strlen(name);
    unsigned number = 0;

    if (strncmp(option, name, size) != 0 || option[size] < '0' || option[size] > '9') {
        return;
    }
    for (option += size; *option >= '0' && *option <= '9' && number < most; option++) {
        number = number * 10 + (unsigned)(*option - '0');
    }
    number = number < least ? least : number;
    *value = (uint8_t)(number < most ? number : most);
}

static void read_option(struct symfeed_resolv_conf *conf, const char *option)
{
    read_number_option(option, "ndots:", 0, 15, &conf->dots);
    read_number_option(option, "timeout:", 1, 30, &conf->timeout);
    read_number_option(option, "attempts:", 1, 5, &conf->attempts);
    conf->rotate = conf->rotate || strcmp(option, "rotate") == 0;
    conf->stream = conf->stream || strcmp(option, "use-vc") == 0;
    conf->edns = conf->edns || strcmp(option, "edns0") == 0;
}

bool symfeed_resolv_conf_read(const char *file, struct symfeed_resolv_conf *conf)
{
    enum { OTHER, SERVER, DOMAINS, OPTIONS } kind = OTHER;
    struct words words;
    unsigned line = 0;
    size_t used = 0;

    memset(conf, 0, sizeof *conf);
    conf->dots = 1;
    conf->timeout = 5;
    conf->attempts = 2;
    open_words(&words, file);
    while (next_word(&words)) {
        if (words.line != line) {
            line = words.line;
            kind = strcmp(words.word, "nameserver") == 0 ? SERVER
                   : strcmp(words.word, "options") == 0  ? OPTIONS
                                                         : OTHER;
            if (strcmp(words.word, "search") == 0 || strcmp(words.word, "domain") == 0) {
                kind = DOMAINS;
                memset(conf->domains, 0, sizeof conf->domains);
                used = 0;
            }
        } else if (kind == SERVER) {
            add_server(conf, words.word);
        } else if (kind == DOMAINS) {
            add_domain(conf, &used, words.word);
        } else if (kind == OPTIONS) {
            read_option(conf, words.word);
        }
    }
    close_words(&words);
    if (conf->server_count == 0) {
        add_server(conf, "127.0.0.1");
    }
    return !words.failed;
}
