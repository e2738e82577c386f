/* SPDX-License-Identifier: Apache-2.0 */
/* proxy.c - see proxy.h. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "proxy.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "option.h"
#include "symfeed_posix.h"
#include "system/file.h"

static const char http[] = "http://";

/* Bytes of the scheme that `url` begins with, "://" included (RFC 3986, 3.1); 0: none. */
static size_t scheme_size(const char *url)
{
    size_t size = symfeed_format_span(url, "+-.");

    return strncmp(url + size, "://", 3) == 0 ? size + 3 : 0;
}

bool proxy_is_http(const char *url)
{
    return strncasecmp(url, http, sizeof http - 1) == 0;
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t';
}

static const char *skip_blanks(const char *text)
{
    while (is_blank(*text)) {
        text++;
    }
    return text;
}

/* Copies `before` and `value`, without the blanks at its end, one after the other. */
static void copy(struct proxy *proxy, const char *variable, const char *before, const char *value)
{
    const size_t head = strlen(before);
    size_t size = strlen(value);

    while (size > 0 && is_blank(value[size - 1])) {
        size--;
    }

    proxy_forget(proxy);
    proxy->given = true;
    proxy->variable = variable;
    proxy->too_long = head + size >= sizeof proxy->url;
    if (!proxy->too_long) {
        memcpy(proxy->url, before, head);
        memcpy(proxy->url + head, value, size);
        if (proxy_is_http(proxy->url)) {
            memcpy(proxy->url, http, sizeof http - 1); /* HTTP:// is the same */
        }
    }
}

void proxy_take(struct proxy *proxy, char *value)
{
    /* The last '@': a password may hold one that somebody forgot to encode. */
    const char *end = strrchr(value, '@');
    char *start = value + scheme_size(value);

    copy(proxy, NULL, "", skip_blanks(value));
    if (end != NULL && start < end) {
        memset(start, 'x', (size_t)(end - start));
    }
}

/* The first of two variables that is set and not blank, as an index; 2: neither. */
static size_t find_variable(const char *const names[2], const char **value)
{
    size_t i;

    for (i = 0; i < 2; i++) {
        *value = getenv(names[i]);
        if (*value != NULL) {
            *value = skip_blanks(*value);
            if (**value != '\0') {
                return i;
            }
        }
    }
    *value = NULL;
    return i;
}

void proxy_take_from_environment(struct proxy *proxy)
{
    static const char *const names[2] = {"https_proxy", "HTTPS_PROXY"};
    const char *value;
    size_t which = find_variable(names, &value);

    if (value != NULL) {
        /* "proxy.example.com:3128" is what many have there. */
        copy(proxy, names[which], scheme_size(value) == 0 ? http : "", value);
    }
}

const char *proxy_exceptions(void)
{
    static const char *const names[2] = {"no_proxy", "NO_PROXY"};
    const char *value;

    (void)find_variable(names, &value);
    return value;
}

#if SYMFEED_PROXY

#define ADDRESS_SIZE 16u /* bytes of an IPv6 address; IPv4 has 4 */

/* Reads an address, IPv6 in brackets or not. Its bytes in network order; 0: it is none. */
static size_t read_address(const char *text, size_t size, unsigned char bytes[ADDRESS_SIZE])
{
    char copied[INET6_ADDRSTRLEN + 1]; /* one more than the longest: what is cut is none */

    if (size > 2 && text[0] == '[' && text[size - 1] == ']') {
        text++;
        size -= 2;
    }
    (void)symfeed_format(copied, sizeof copied, "%.*s", (int)size, text);
    if (inet_pton(AF_INET, copied, bytes) == 1) {
        return 4;
    }
    return inet_pton(AF_INET6, copied, bytes) == 1 ? ADDRESS_SIZE : 0;
}

/* Does an entry of the list cover an address of `bytes` bytes: is it a network that the address is
 * in, such as 10.0.0.0/8 or fd00::/8, or the address itself? */
static bool covers(const char *entry, size_t size, const unsigned char *address, size_t bytes)
{
    unsigned char network[ADDRESS_SIZE];
    size_t i = 0;
    size_t same = 0; /* bits behind the slash */

    while (i < size && entry[i] != '/') {
        i++;
    }
    if (read_address(entry, i, network) != bytes || i + 1 == size) {
        return false;
    }
    if (i == size) {
        same = 8 * bytes;
    }
    for (i++; i < size; i++) {
        same = same * 10 + (size_t)(entry[i] - '0');
        if (entry[i] < '0' || entry[i] > '9' || same > 8 * bytes) {
            return false;
        }
    }
    for (i = 0; i < same; i++) {
        if (((network[i / 8] ^ address[i / 8]) >> (7 - i % 8) & 1) != 0) {
            return false;
        }
    }
    return true;
}

/* Bytes of the host at the beginning of `authority`, the brackets of an IPv6 address included,
 * where it is an address that an entry of the list covers; 0: it is not. */
static size_t covered_size(const char *authority, const char *list)
{
    static const char between[] = ", \t";
    const size_t size = *authority == '[' ? strcspn(authority, "]") + 1 : strcspn(authority, ":/");
    unsigned char address[ADDRESS_SIZE];
    const size_t bytes = size > strlen(authority) ? 0 : read_address(authority, size, address);
    size_t part;

    for (; bytes > 0 && *list != '\0'; list += part + (list[part] != '\0')) {
        part = strcspn(list, between);
        if (covers(list, part, address, bytes)) {
            return size;
        }
    }
    return 0;
}

const char *proxy_add_networks(const struct symfeed_config *config, char *room, size_t size)
{
    const char *const urls[] = {config->agent, config->pod, config->key_manager};
    const char *list = config->no_proxy;
    size_t used = 0;
    size_t i;

    if (list == NULL || strlen(list) + sizeof urls / sizeof urls[0] * INET6_ADDRSTRLEN >= size) {
        return list;
    }
    for (i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        const char *host = urls[i] == NULL ? "" : urls[i] + scheme_size(urls[i]);

        used +=
            symfeed_format(room + used, size - used, "%.*s,", (int)covered_size(host, list), host);
    }
    (void)symfeed_format(room + used, size - used, "%s", list);
    return room;
}

#endif

const char *proxy_mistake(const struct proxy *proxy)
{
    if (proxy->too_long) {
        return "give a URL of at most " QUOTE(SYMFEED_URL_MAX) " bytes";
    }
    if (scheme_size(proxy->url) > 0 && !proxy_is_http(proxy->url)) {
        return "only http:// proxies are spoken to: give http://[user:password@]host[:port]";
    }
    return NULL;
}

void proxy_forget(struct proxy *proxy)
{
    symfeed_file_wipe(proxy->url, sizeof proxy->url);
    proxy->given = false;
    proxy->variable = NULL;
    proxy->too_long = false;
}
