/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_url.c - any bytes as a URL and as a list of hosts: what is accepted has nothing in it that
 * could end a header line, lies within the text, and makes a CONNECT that fits the smallest window.
 *
 * The input: a URL, a line end, a list.
 */
#include "fuzz.h"

#include "http/request.h"
#include "http/url.h"

static bool is_within(struct text text, const char *string)
{
    return text.at >= string && text.at + text.size <= string + strlen(string);
}

static void check_text(struct text text, const char *string)
{
    require(text.size == 0 || is_within(text, string));
    for (size_t i = 0; i < text.size; i++) {
        require(text.at[i] > ' ' && text.at[i] <= '~');
    }
}

static void check_host(const struct host *host, const char *string)
{
    struct text name = {host->endpoint.host, host->endpoint.host_size};

    require(name.size >= 1 && name.size <= 253 && host->endpoint.port != 0);
    require(host->authority.size >= name.size && host->authority.size <= 261);
    check_text(name, string);
    check_text(host->authority, string);
    check_text(host->path, string);
    require(host->path.size == 0 || host->path.at[0] == '/');
}

static void check_tunnel(const struct proxy *proxy, const struct host *host)
{
    char *out = malloc(SYMFEED_WINDOW_MIN);
    size_t written = symfeed_request_tunnel(proxy, host, out);

    require(written <= SYMFEED_WINDOW_MIN && memcmp(out + written - 4, "\r\n\r\n", 4) == 0);
    for (size_t i = 0; i < written; i++) {
        require((out[i] >= ' ' && out[i] <= '~') || out[i] == '\r' || out[i] == '\n');
    }
    free(out);
}

/* A host is on the list of its own name, whatever else is there - but for a name that begins with a
 * dot, which in a list says something else. */
static void check_list(const struct host *host, const char *list)
{
    size_t size = strlen(list);
    char *longer = malloc(size + host->authority.size + 2);

    (void)symfeed_url_is_listed(host, list);
    memcpy(longer, list, size);
    longer[size] = ',';
    memcpy(longer + size + 1, host->authority.at, host->authority.size);
    longer[size + 1 + host->authority.size] = '\0';
    require(host->authority.at[0] == '.' || symfeed_url_is_listed(host, longer));
    free(longer);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    size_t url_size = size_before(data, size, '\n');
    char *url = copy_string(data, url_size);
    char *list = copy_string(data + url_size, size - url_size);
    struct host host;
    struct proxy proxy;

    memset(&host, 0, sizeof host);
    memset(&proxy, 0, sizeof proxy);
    if (symfeed_url_parse(&host, url)) {
        check_host(&host, url);
        require(symfeed_url_same_host(&host, &host));
        check_list(&host, list);
    }
    if (symfeed_url_parse_proxy(&proxy, url)) {
        check_host(&proxy.host, url);
        check_text(proxy.user, url);
        require(proxy.user.size <= SYMFEED_PROXY_USER_MAX && proxy.host.path.size == 0);
        check_tunnel(&proxy, &proxy.host);
    }
    free(url);
    free(list);
    return 0;
}
