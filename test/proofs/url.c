/* SPDX-License-Identifier: Apache-2.0 */
/*
 * url.c - any string as a URL, and any string as a proxy's: host and path are parts of it, and
 * their lengths are within the limits, which are smaller here. Up to 14 bytes.
 *
 * Of: core/http/url.c core/util/bytes.c
 * Bounds: --unwind 16
 * Limit: core/http/url.c
 *     #define HOST_MAX 253
 *     #define HOST_MAX 4
 * Mutant: core/http/url.c
 *     if (endpoint->host_size == 0 || endpoint->host_size > HOST_MAX ||
 *     if (endpoint->host_size > HOST_MAX ||
 */
#include "http/url.h"

#undef SYMFEED_URL_MAX
#define SYMFEED_URL_MAX 12
#undef SYMFEED_PROXY_USER_MAX
#define SYMFEED_PROXY_USER_MAX 3

#include "core/http/url.c"
#include "core/util/bytes.c"

#include "proof.h"

void prove(void)
{
    ANY_STRING(url, 14);
    struct host host;
    struct proxy proxy;
    size_t size = symfeed_bytes_length(url);

    if (symfeed_url_parse(&host, url)) {
        claim(host.endpoint.host > url && host.endpoint.host_size > 0 &&
                  host.endpoint.host_size <= size - (size_t)(host.endpoint.host - url),
              "the host is inside the URL");
        claim(host.endpoint.host_size <= HOST_MAX, "the host is not too long");
        claim(*host.path.at == '\0' || size <= SYMFEED_URL_MAX, "with a path it is not too long");
        claim(host.endpoint.port > 0, "there is a port");
        claim(host.path.at > url && host.path.size <= size - (size_t)(host.path.at - url),
              "the path is inside the URL");
    }
    if (symfeed_url_parse_proxy(&proxy, url)) {
        claim(proxy.user.size < size && proxy.user.size <= SYMFEED_PROXY_USER_MAX,
              "the user is inside the URL and not too long");
        claim(proxy.host.endpoint.host_size <= HOST_MAX, "the host is not too long");
    }
}
