/* SPDX-License-Identifier: Apache-2.0 */
/*
 * platform.h - devices, the network, and a platform of ten agents behind one address, in virtual
 * time. Each device is a whole feed with a port of its own, which speaks to the platform without
 * TLS and sockets.
 *
 * Depends on: symfeed.h.
 * Guarantees: the same seed gives the same run; an event that is skipped ends the program.
 */
#ifndef SYMFEED_FLEET_PLATFORM_H
#define SYMFEED_FLEET_PLATFORM_H

#include "symfeed.h"

#define AGENTS 10
#define NEVER  UINT32_MAX

/* How long the agents hold a read, in milliseconds. */
#define HOLD 30000u

/* A device gets an event every 0 to 600 s. */
#define EVENT_GAP 600000u

#define WINDOW    SYMFEED_WINDOW_MIN
#define TOKENS    SYMFEED_JSON_TOKENS_MIN

/* What is counted, in bins of 10 ms from the fault on. An attempt is a connection that is tried, or
 * on a kept one a request after a wait or to sign in. */
enum figure { ATTEMPTS, REQUESTS, THROTTLED, FIGURES };
#define BIN 10u

/* A limit of so many a second, of which those of one second may come at once. */
struct bucket {
    uint32_t rate; /* 0: no limit */
    uint32_t used; /* thousandths */
    uint32_t at;
};

struct samples {
    uint32_t *at; /* milliseconds */
    size_t count, room;
};

enum link { CLOSED, CONNECTING, CONNECTED, SECURING, OPEN, BROKEN };

/* Where the message between device and platform is; there is never more than one. */
enum way { NOWHERE, THERE, HELD, BACK };

struct device {
    struct symfeed *feed;
    struct symfeed_port port;
    struct platform *platform;
    uint64_t random;
    uint32_t wake;     /* when anything happens next */
    uint32_t deadline; /* of the feed */
    uint32_t way_at;   /* when the message arrives, or the hold ends */
    uint32_t trip;     /* milliseconds to the platform */
    uint8_t link;      /* enum link */
    uint8_t way;       /* enum way */
    uint8_t agent;     /* of the connection */
    bool over;         /* the connection came above the platform's limit */
    bool good;         /* what is on its way back is not a reset */
    bool answered;     /* text has the answer */
    bool fresh;        /* the connection has had no request yet */
    bool tries;        /* a wait is over: what it does next is an attempt */
    unsigned tokens;   /* generation of the session's tokens; 0: none */
    /* events; `kept` is the state before the batch that is not acknowledged yet */
    struct stream {
        uint64_t random;
        uint32_t next; /* when the next event is made */
        uint32_t number;
    } stream, kept;
    uint32_t batch;      /* the last ackId */
    uint32_t handed_out; /* number of the last event */
    /* figures */
    bool away;       /* the fault has hit the device, and no read was taken since */
    uint32_t since;  /* when */
    size_t size;     /* bytes in text */
    size_t read;     /* bytes of the answer that the feed has */
    char text[1536]; /* the request, then its answer */
    unsigned char memory[SYMFEED_MEMORY(WINDOW, TOKENS)];
};

struct platform {
    uint32_t now; /* milliseconds */
    struct device *devices;
    size_t count;
    bool up[AGENTS];
    bool gateway_fails; /* 502 to every request */
    unsigned tokens;    /* generation of the good tokens */
    struct bucket requests, connections, sign_ins;
    /* figures */
    uint32_t from; /* when the fault begins; NEVER: it has not */
    uint16_t *figures[FIGURES];
    size_t bins;
    uint32_t totals[FIGURES];
    size_t away;
    struct samples back; /* how long devices were away, from when the platform could serve them */
    struct samples late; /* the same for events */
};

/* Makes the devices of a platform without limits, all of whose agents are up. They start at random
 * within `within` milliseconds. */
void platform_init(struct platform *platform, size_t devices, const struct symfeed_timers *timers,
                   uint64_t seed, uint32_t within);
void platform_free(struct platform *platform);

/* Handles what is due for a device, and sets when to call again: device->wake. */
void platform_wake(struct device *device);

/* Resets the connections to an agent. */
void platform_reset(struct platform *platform, unsigned agent);

/* Answers the reads that are held. */
void platform_answer_held(struct platform *platform);

/* The fault hits a device: it is away from `since` until its next read is taken. */
void platform_lose(struct device *device, uint32_t since);

void samples_add(struct samples *samples, uint32_t sample);

/* A random number below `below`. */
uint32_t random_below(uint64_t *random, uint32_t below);

#endif
