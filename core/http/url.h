/* SPDX-License-Identifier: Apache-2.0 */
/*
 * url.h - take a base URL apart, and decide which hosts are reached without the proxy.
 *
 * Depends on: bytes; the form of URLs in a configuration: scheme, host or address, port, path.
 * Guarantees: no character gets through that could end a header line or a request line. The pieces
 * point into the caller's text.
 */
#ifndef SYMFEED_URL_H
#define SYMFEED_URL_H

#include "symfeed.h"

/* A piece of text that the caller owns. */
struct text {
    const char *at;
    size_t size;
};

/* A host to talk to. */
struct host {
    struct symfeed_endpoint endpoint;
    struct text authority; /* host and port as the URL has them */
    struct text path;      /* of the base, without a slash at its end */
    bool secure;           /* https:// */
    bool direct;           /* not through the proxy */
};

/* The HTTP proxy. */
struct proxy {
    struct host host;
    struct text user; /* user:password, percent-encoded; empty: none */
};

/* Most bytes of the proxy's user:password. */
#define SYMFEED_PROXY_USER_MAX 256

/* Takes a base URL apart, https:// or http://. false: it is not one. */
bool symfeed_url_parse(struct host *host, const char *url);

/* Takes the proxy's URL apart, http://[user:password@]host[:port]. false: it is not one. */
bool symfeed_url_parse_proxy(struct proxy *proxy, const char *url);

#if SYMFEED_SIGN_IN

/* Do both have the same scheme, host and port, so that they can share a connection? */
bool symfeed_url_same_host(const struct host *one, const struct host *other);

#endif

/* Is the host on the list of those to be reached without the proxy? */
bool symfeed_url_is_listed(const struct host *host, const char *list);

#endif
