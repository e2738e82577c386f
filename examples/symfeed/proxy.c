/* SPDX-License-Identifier: Apache-2.0 */
/* proxy.c - see proxy.h. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "proxy.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "quote.h"

static const char http[] = "http://";

/* Bytes of the scheme that `url` begins with, "://" included (RFC 3986, 3.1); 0: none. */
static size_t scheme_size(const char *url)
{
    size_t size = strspn(url, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                              "0123456789+-.");

    return strncmp(url + size, "://", 3) == 0 ? size + 3 : 0;
}

static bool is_http(const char *url)
{
    return strncasecmp(url, http, sizeof http - 1) == 0;
}

/* Copies `before` and `value`, one after the other. */
static void copy(struct proxy *proxy, const char *name, const char *before, const char *value)
{
    const size_t head = strlen(before);
    const size_t size = strlen(value);

    proxy_forget(proxy);
    proxy->name = name;
    proxy->too_long = head + size >= sizeof proxy->url;
    if (!proxy->too_long) {
        memcpy(proxy->url, before, head);
        memcpy(proxy->url + head, value, size);
        if (is_http(proxy->url)) {
            memcpy(proxy->url, http, sizeof http - 1); /* HTTP:// is the same */
        }
    }
}

void proxy_take(struct proxy *proxy, char *value)
{
    /* The last '@': a password may hold one that somebody forgot to encode. */
    const char *end = strrchr(value, '@');
    char *start = value + scheme_size(value);

    copy(proxy, "--proxy", "", value);
    if (end != NULL && start < end) {
        memset(start, 'x', (size_t)(end - start));
    }
}

/* The first of two variables that is set and not empty, as an index; 2: neither. */
static size_t find_variable(const char *const names[2], const char **value)
{
    size_t i;

    for (i = 0; i < 2; i++) {
        *value = getenv(names[i]);
        if (*value != NULL && **value != '\0') {
            return i;
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

const char *proxy_mistake(const struct proxy *proxy)
{
    if (!SYMFEED_PROXY && proxy->name != NULL && (proxy->too_long || proxy->url[0] != '\0')) {
        return "this build reaches hosts without a proxy only (SYMFEED_PROXY): leave it out";
    }
    if (proxy->too_long) {
        return "give a URL of at most " QUOTE(SYMFEED_URL_MAX) " bytes";
    }
    if (scheme_size(proxy->url) > 0 && !is_http(proxy->url)) {
        return "only http:// proxies are spoken to: give http://[user:password@]host[:port]";
    }
    return NULL;
}

void proxy_forget(struct proxy *proxy)
{
    volatile char *next = proxy->url; /* a memset() the compiler may leave out */
    size_t size = sizeof proxy->url;

    while (size-- > 0) {
        *next++ = '\0';
    }
    proxy->name = NULL;
    proxy->too_long = false;
}
