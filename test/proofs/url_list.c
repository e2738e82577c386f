/* SPDX-License-Identifier: Apache-2.0 */
/*
 * url_list.c - any string as the list of hosts without a proxy, beside any host. Up to 6 bytes, and
 * 5.
 *
 * Of: core/http/url.c core/util/bytes.c
 * Bounds: --unwind 8
 * Mutant: core/http/url.c
 *     if (at != end || own.host_size > endpoint->host_size ||
 *     if (at != end ||
 */
#include "core/http/url.c"
#include "core/util/bytes.c"

#include "proof.h"

void prove(void)
{
    ANY_STRING(list, 6);
    ANY_BYTES(char, name, 5);
    struct host host;

    host.endpoint.host = name;
    host.endpoint.host_size = name_size;
    (void)symfeed_url_is_listed(&host, list);
}
