/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_resolv_conf.c - any bytes as a resolv.conf: what comes out is within its bounds, is read the
 * same again once it is written down, and is what a simple reader of our own finds in a line of
 * domains, however long its words are.
 *
 * The input: a line of domains, a line end, the rest of the file.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "fuzz.h"

/* The port's, which need nothing of TLS. */
#include "../../port/net/address.c"
#include "../../port/system/descriptor.c"
#include "../../port/system/file.c"
#include "../../port/system/fnv.c"
#include "../../port/net/hosts.c"
#include "../../port/system/format.c"

static struct memory_file file;

static void read_conf(const char *text, size_t size, struct symfeed_resolv_conf *conf)
{
    size_t used = 0;

    fill_file(&file, text, size);
    require(symfeed_resolv_conf_read(file.name, conf));
    require(conf->dots <= 15 && conf->timeout >= 1 && conf->timeout <= 30);
    require(conf->attempts >= 1 && conf->attempts <= 5);
    require(conf->server_count >= 1 && conf->server_count <= SYMFEED_NAME_SERVERS);
    while (conf->domains[used] != '\0') {
        used += strnlen(conf->domains + used, sizeof conf->domains - used) + 1;
        require(used < sizeof conf->domains);
    }
}

/* What was read is read again from a file that says the same. */
static void check_again(const struct symfeed_resolv_conf *conf)
{
    struct symfeed_resolv_conf again;
    char text[1024];
    size_t used = symfeed_format(text, sizeof text, "options ndots:%u timeout:%u attempts:%u%s%s%s",
                                 (unsigned)conf->dots, (unsigned)conf->timeout,
                                 (unsigned)conf->attempts, conf->rotate ? " rotate" : "",
                                 conf->stream ? " use-vc" : "", conf->edns ? " edns0" : "");

    for (size_t i = 0; i < conf->server_count; i++) {
        char address[SYMFEED_ADDRESS_TEXT_SIZE];

        symfeed_address_text(&conf->servers[i], address);
        require(strstr(address, " port 53") != NULL);
        used += symfeed_format(text + used, sizeof text - used, "\nnameserver %.*s",
                               (int)(strlen(address) - strlen(" port 53")), address);
    }
    used += symfeed_format(text + used, sizeof text - used, "\nsearch");
    for (const char *domain = conf->domains; *domain != '\0'; domain += strlen(domain) + 1) {
        used += symfeed_format(text + used, sizeof text - used, " %s", domain);
    }
    read_conf(text, used, &again);
    require(again.dots == conf->dots && again.timeout == conf->timeout &&
            again.attempts == conf->attempts && again.rotate == conf->rotate &&
            again.stream == conf->stream && again.edns == conf->edns);
    require(again.server_count == conf->server_count &&
            memcmp(again.domains, conf->domains, sizeof conf->domains) == 0);
    for (size_t i = 0; i < conf->server_count; i++) {
        require(again.servers[i].size == conf->servers[i].size &&
                memcmp(&again.servers[i].socket, &conf->servers[i].socket, conf->servers[i].size) ==
                    0);
    }
}

/* Each word of a line that fits is a domain, whatever else does not. */
static void check_domains(const unsigned char *line, size_t size)
{
    char expected[sizeof((struct symfeed_resolv_conf *)NULL)->domains] = "";
    struct symfeed_resolv_conf conf;
    char *text = malloc(size + 9);
    size_t used = 0;
    size_t word;

    memcpy(text, "search ", 7);
    memcpy(text + 7, line, size);
    text[7 + size] = '\n';
    read_conf(text, size + 8, &conf);
    for (size_t i = 0; i < size && line[i] != '#' && line[i] != ';'; i += word + 1) {
        for (word = 0; i + word < size && line[i + word] > ' ' && line[i + word] != '#' &&
                       line[i + word] != ';';
             word++) {
        }
        if (word > 0 && word <= SYMFEED_DNS_NAME_MAX + 1 && used + word + 2 <= sizeof expected) {
            memcpy(expected + used, line + i, word);
            used += word + 1;
        }
        word -= i + word < size && line[i + word] > ' ' ? 1 : 0; /* a comment: seen again */
    }
    require(memcmp(conf.domains, expected, sizeof expected) == 0);
    free(text);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    const size_t line = size_before(data, size, '\n');
    struct symfeed_resolv_conf conf;

    check_domains(data, line);
    read_conf((const char *)data, size, &conf);
    check_again(&conf);
    return 0;
}
