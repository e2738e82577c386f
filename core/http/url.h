/* SPDX-License-Identifier: Apache-2.0 */
/*
 * url.h - parses the URLs of a configuration, and decides which hosts need no proxy.
 *
 * Depends on: bytes.
 * Guarantees: no character is accepted that could end a header line or a request line. The parts
 *   point into the caller's text.
 */
#ifndef SYMFEED_URL_H
#define SYMFEED_URL_H

#include "symfeed.h"

/* A piece of text that the caller owns. */
struct text {
    const char *at;
    size_t size;
};

/* A host. */
struct host {
    struct symfeed_endpoint endpoint;
    struct text authority; /* host and port as in the URL */
    struct text path;      /* of the base URL, without a slash at the end */
    bool secure;           /* https:// */
    bool direct;           /* not through the proxy */
};

/* The HTTP proxy. */
struct proxy {
    struct host host;
    struct text user; /* user:password, percent-encoded; empty: none */
};

/* Longest user:password of a proxy, in bytes. */
#define SYMFEED_PROXY_USER_MAX 256

/* Parses a base URL, https:// or http://. Returns false if it is not one. */
bool symfeed_url_parse(struct host *host, const char *url);

/* Parses the URL of a proxy, http://[user:password@]host[:port]. Returns false if it is not one. */
bool symfeed_url_parse_proxy(struct proxy *proxy, const char *url);

#if SYMFEED_SIGN_IN

/* Do both have the same scheme, host and port, so that they can share a connection? */
bool symfeed_url_same_host(const struct host *one, const struct host *other);

#endif

/* Is the host on the list of hosts that need no proxy? */
bool symfeed_url_is_listed(const struct host *host, const char *list);

#endif
