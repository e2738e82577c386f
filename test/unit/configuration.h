/* SPDX-License-Identifier: Apache-2.0 */
/*
 * configuration.h - a port and a configuration that symfeed_init() takes, to be spoilt by a test.
 */
#ifndef SYMFEED_TEST_CONFIGURATION_H
#define SYMFEED_TEST_CONFIGURATION_H

#include "helpers.h"

#include "symfeed.h"

static inline int never_connect(void *context, const struct symfeed_endpoint *endpoint)
{
    (void)context;
    (void)endpoint;
    abort();
}

static inline int never_send(void *context, const void *data, size_t size)
{
    (void)context;
    (void)data;
    (void)size;
    abort();
}

static inline int never_receive(void *context, void *data, size_t size)
{
    (void)context;
    (void)data;
    (void)size;
    abort();
}

static inline void never_close(void *context)
{
    (void)context;
    abort();
}

static inline uint32_t never_now(void *context)
{
    (void)context;
    abort();
}

static inline void never_random(void *context, void *data, size_t size)
{
    (void)context;
    (void)data;
    (void)size;
    abort();
}

static inline int never_credentials(void *context, struct symfeed_credentials *credentials)
{
    (void)context;
    (void)credentials;
    abort();
}

static inline int64_t never_wall_clock(void *context)
{
    (void)context;
    abort();
}

static inline int never_sign(void *context, const void *data, size_t size, unsigned char *signature,
                             size_t room)
{
    (void)context;
    (void)data;
    (void)size;
    (void)signature;
    (void)room;
    abort();
}

/* A way to sign in that the build has. */
#define SOME_SIGN_IN (SYMFEED_KEY_SIGN_IN ? SYMFEED_SIGN_IN_BY_KEY : SYMFEED_SIGN_IN_BY_CERTIFICATE)

/* A whole port, none of whose calls may come. */
static inline struct symfeed_port whole_port(void)
{
    struct symfeed_port port;

    memset(&port, 0, sizeof port);
    port.connect = never_connect;
    port.secure = never_connect;
    port.send = never_send;
    port.recv = never_receive;
    port.close = never_close;
    port.now = never_now;
    port.random = never_random;
    port.credentials = never_credentials;
    port.wall_clock = never_wall_clock;
    port.sign = never_sign;
    return port;
}

static inline struct symfeed_config good_config(void)
{
    struct symfeed_config config;

    memset(&config, 0, sizeof config);
    config.agent = "https://pod.example/agent";
    config.window = 1024;
    config.json_tokens = 32;
    return config;
}

/* What symfeed_init() answers, with memory enough for good_config(). */
static inline enum symfeed_status init_status(const struct symfeed_config *config,
                                              const struct symfeed_port *port)
{
    static unsigned char memory[SYMFEED_MEMORY(1024, 32)];
    struct symfeed *feed = NULL;

    return symfeed_init(&feed, config, port, memory, sizeof memory);
}

#endif
