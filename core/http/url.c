/* SPDX-License-Identifier: Apache-2.0 */
/* url.c - see url.h. */
#include "http/url.h"

#include "util/bytes.h"

/* RFC 1035, 2.3.4. */
#define HOST_MAX 253

/* Digits of the largest port. */
#define PORT_DIGITS 5

/* Skips a prefix. */
static bool skip(const char **at, const char *prefix)
{
    const char *c = *at;

    for (; *prefix != '\0'; prefix++, c++) {
        if (*c != *prefix) {
            return false;
        }
    }
    *at = c;
    return true;
}

/* Can the character stand in a host? `address`: in an IPv6 address. */
static bool is_host_character(char c, bool address)
{
    unsigned char lower = bytes_lower((unsigned char)c);

    if (symfeed_bytes_hex(c) < 16 || c == '.') {
        return true;
    }
    return address ? c == ':' : (lower >= 'a' && lower <= 'z') || c == '-' || c == '_';
}

static const char *parse_host(struct symfeed_endpoint *endpoint, const char *at)
{
    bool bracketed = *at == '[';

    at += bracketed ? 1 : 0;
    endpoint->host = at;
    while (is_host_character(*at, bracketed)) {
        at++;
    }
    endpoint->host_size = (size_t)(at - endpoint->host);
    if (endpoint->host_size == 0 || endpoint->host_size > HOST_MAX || (bracketed && *at != ']')) {
        return NULL;
    }
    return bracketed ? at + 1 : at;
}

static const char *parse_port(struct symfeed_endpoint *endpoint, const char *at)
{
    uint32_t port = 0;
    const char *start = at;

    for (; bytes_is_digit((unsigned char)*at); at++) {
        port = port * 10 + (uint32_t)(*at - '0');
        if (port > UINT16_MAX || at - start == PORT_DIGITS) {
            return NULL; /* leading zeros count: the authority has a limit */
        }
    }
    endpoint->port = (uint16_t)port;
    return at != start && port > 0 ? at : NULL;
}

/* Parses host, port and path. */
static bool parse_rest(struct host *host, const char *at)
{
    const char *start = at;
    int most = SYMFEED_URL_MAX - (host->secure ? 8 : 7); /* after the scheme */

    host->authority.at = at;
    host->endpoint.port = host->secure ? 443 : 80;
    at = parse_host(&host->endpoint, at);
    if (at != NULL && *at == ':') {
        at = parse_port(&host->endpoint, at + 1);
    }
    if (at == NULL || (*at != '\0' && *at != '/')) {
        return false;
    }
    host->authority.size = (size_t)(at - start);
    host->path.at = at;
    for (; *at != '\0'; at++) {
        if (*at <= ' ' || *at > '~' || *at == '?' || *at == '#' || at - start >= most) {
            return false;
        }
    }
    host->path.size = (size_t)(at - host->path.at);
    while (host->path.size > 0 && host->path.at[host->path.size - 1] == '/') {
        host->path.size--;
    }
    return true;
}

bool symfeed_url_parse(struct host *host, const char *url)
{
    host->secure = skip(&url, "https://");
    return (host->secure || skip(&url, "http://")) && parse_rest(host, url);
}

#if SYMFEED_PROXY

/* Parses user:password@, percent-encoded, with what RFC 7617 allows for Basic. */
static const char *parse_user(struct text *user, const char *at)
{
    size_t size = 0;

    for (; at[size] != '@'; size++) {
        char c = at[size];

        if (c <= ' ' || c > '~' || c == '/' || size == SYMFEED_PROXY_USER_MAX) {
            return at; /* no user: let the parser of the host decide */
        }
        if (c == '%' && (symfeed_bytes_hex(at[size + 1]) > 15 || at[size + 1] < '2' ||
                         symfeed_bytes_hex(at[size + 2]) > 15 ||
                         (at[size + 1] == '7' && (at[size + 2] | 0x20) == 'f'))) {
            return at;
        }
    }
    user->at = at;
    user->size = size;
    return at + size + 1;
}

bool symfeed_url_parse_proxy(struct proxy *proxy, const char *url)
{
    proxy->host.secure = false;
    proxy->user.at = "";
    proxy->user.size = 0;
    if (!skip(&url, "http://")) {
        return false;
    }
    return parse_rest(&proxy->host, parse_user(&proxy->user, url)) && proxy->host.path.size == 0;
}

/* Are two names or addresses the same, ignoring case? */
static bool same_name(const char *one, const char *other, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (bytes_lower((unsigned char)one[i]) != bytes_lower((unsigned char)other[i])) {
            return false;
        }
    }
    return true;
}

/* Is it an address (digits and dots only), which has no subdomains? */
static bool is_address(const char *name, size_t size)
{
    while (size > 0 && (bytes_is_digit((unsigned char)name[size - 1]) || name[size - 1] == '.')) {
        size--;
    }
    return size == 0;
}

/* Does an entry of the list, such as "example.com", ".example.com:8443" or "*", match the host?
 * The character at `end` cannot be part of a host. */
static bool covers(const char *entry, const char *end, const struct symfeed_endpoint *endpoint)
{
    struct symfeed_endpoint own = {NULL, 0, 0, false};
    const char *at = entry;
    size_t above = 0;

    if (*at == '*' && end - at == 1) {
        return true;
    }
    at += *at == '*' ? 1 : 0;
    at += *at == '.' ? 1 : 0;
    at = parse_host(&own, at);
    if (at != NULL && *at == ':') {
        at = parse_port(&own, at + 1);
    }
    if (at != end || own.host_size > endpoint->host_size ||
        (own.port != 0 && own.port != endpoint->port)) {
        return false;
    }
    above = endpoint->host_size - own.host_size;
    return same_name(endpoint->host + above, own.host, own.host_size) &&
           (above == 0 ||
            (endpoint->host[above - 1] == '.' && !is_address(own.host, own.host_size)));
}

bool symfeed_url_is_listed(const struct host *host, const char *list)
{
    size_t size = 0;

    for (; *list != '\0'; list += size) {
        for (size = 0; (unsigned char)list[size] > ' ' && list[size] != ','; size++) {
        }
        if (covers(list, list + size, &host->endpoint)) {
            return true;
        }
        size += size == 0 ? 1u : 0u;
    }
    return false;
}

#endif

#if SYMFEED_SIGN_IN

bool symfeed_url_same_host(const struct host *one, const struct host *other)
{
    return one->secure == other->secure && one->endpoint.port == other->endpoint.port &&
           one->endpoint.host_size == other->endpoint.host_size &&
           memcmp(one->endpoint.host, other->endpoint.host, one->endpoint.host_size) == 0;
}

#endif
