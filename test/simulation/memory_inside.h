/* SPDX-License-Identifier: Apache-2.0 */
/*
 * memory_inside.h - what the files of the memory agent share: its state, text, and the way a breach
 * ends a test. Tests see memory_agent.h.
 */
#ifndef SYMFEED_TEST_MEMORY_INSIDE_H
#define SYMFEED_TEST_MEMORY_INSIDE_H

#include "memory_agent.h"

#define GUARD       64
#define GUARD_BYTE  0xA5
#define NEVER       UINT64_MAX
#define MOST_SCRIPT 256
#define MOST_RUSH   30
#define MOST_QUIET  3 /* calls of symfeed_next() in a row that may come to nothing at one time */
#define SECRETS     8 /* that each world has */
#define ALL_SECRETS (SECRETS + sizeof((struct world *)NULL)->secrets / sizeof(char *))

struct string {
    char *at;
    size_t size;
    size_t room;
};

struct agent_feed {
    char id[160];
    char tag[256];
    int64_t created_at;
    unsigned instance; /* LEGACY: which of the Agents has it */
    bool dead;
};

/* A batch that was handed out: events first to last, but for those acknowledged before. */
struct agent_batch {
    unsigned number;
    size_t count;
    size_t *events;
};

/* What one Agent keeps, for one world or for several. */
struct backend {
    unsigned worlds;
    struct agent_feed feeds[MOST_FEEDS];
    size_t feed_count;
    unsigned feeds_made;
    char *texts[MOST_EVENTS];
    size_t event_count;
    bool acknowledged[MOST_EVENTS]; /* LEGACY: handed out */
    size_t acknowledged_count;
    uint64_t back_at[MOST_EVENTS]; /* when what was handed out comes again */
    struct agent_batch *batches;
    size_t batch_count;
};

enum state { CLOSED, CONNECTING, CONNECTED, SECURING, OPEN, BROKEN };

struct inside {
    /* memory */
    unsigned char *memory;
    size_t memory_size;

    /* the Agent */
    struct backend *agent;
    size_t legacy_batch; /* number of the one under way; 0: none */
    unsigned turn;       /* of the load balancer */
    struct reply script[MOST_SCRIPT];
    size_t script_count;
    char trace[8];

    /* signing in */
    const char *user;
    unsigned signatures;     /* made */
    unsigned signature_seen; /* the number of the last one that came */
    char id[16];             /* of the last JWT that came */
    bool key_handed_out;     /* a key manager token goes with the session token */

    /* the connection */
    enum state state;
    enum peer peer;    /* of the TCP connection */
    enum peer target;  /* behind the proxy */
    bool tunnel;       /* the proxy has opened it */
    bool same;         /* the address of the one before was asked for */
    unsigned instance; /* which of the Agents it has reached */
    uint64_t ready_at;
    struct string request;
    struct string answer;
    body_maker maker;
    uint64_t maker_size;
    uint64_t limit;     /* bytes of the answer that come */
    uint64_t read;      /* of these the client has */
    uint64_t delivered; /* and was told so */
    uint32_t received;  /* of all answers */
    uint64_t begins;
    uint32_t gap;
    size_t piece;
    enum after after;
    bool answering;
    const char *unasked;    /* bytes that nobody asked for; NULL: none */
    uint32_t unasked_after; /* milliseconds from when the answer has been read */
    uint64_t unasked_at;    /* when they are there */
    bool rested;            /* choppy: the wait before this call is over */
    uint64_t wake;          /* when what was wanted last is there */
    unsigned wants;

    /* the driver */
    uint64_t rush_time;
    uint64_t rush_events;
    unsigned rush; /* requests since the clock moved or an event was handed out */
    struct string log;
    uint64_t until; /* the clock halts here; 0: nowhere */
    bool stopping;
    bool has_current; /* an event that was handed out last, neither accepted nor refused for good */
    bool refused;
    int current; /* its number; -1: not one of ours */
    bool given_up;
    uint64_t progress;
    uint64_t progress_before;
    uint64_t time_before;
    unsigned quiet;
    uint32_t random;
    int newest; /* event that came first last */
};

struct peer_name {
    const char *name;
    uint16_t port;
    const char *authority;
};

/* Where each peer is, and how its URL calls it. */
extern const struct peer_name peers[PEERS];

/* --- memory_agent.c: the driver ---------------------------------------------------------- */

/* Ends the test, with what led to it, where a promise does not hold. */
void require(const struct world *world, bool holds, const char *format, ...);

/* --- memory_text.c ------------------------------------------------------------------------ */

/* realloc() that does not fail. */
void *grown(void *at, size_t size);
void *zeroed(size_t size);

void add(struct string *string, const void *data, size_t size);
void add_text(struct string *string, const char *text);
void add_number(struct string *string, unsigned long long number);

/* As a JSON string has it. */
void add_escaped(struct string *string, const char *text);

/* `name`, which ends in a colon, and an array of the names between commas; NULL: nothing. */
void add_names(struct string *string, const char *name, const char *list);

/* Percent-decodes up to `size` bytes; -1 where that is not well-formed. */
int decoded(const char *text, size_t size, char *out, size_t room);

/* The text of a string member, with escaped quotes and backslashes decoded. */
bool json_member(const char *body, const char *name, char *out, size_t room);

/* base64url, written down in another way than that of core/. */
void add_base64(struct string *string, const unsigned char *data, size_t size);

/* The inverse; answers the bytes. */
size_t from_base64(const struct world *world, const char *text, size_t size, char *out);

/* --- memory_answers.c: what the Agent keeps and says --------------------------------------- */

bool signs_in(const struct world *world);
bool is_legacy(const struct world *world);
bool is_datahose(const struct world *world);

/* The Agent takes the request, whose answer is the status and the body. */
unsigned agent_says(struct world *world, const struct seen *seen, struct string *body,
                    uint32_t *delay);

/* The promise: an ackId speaks for its whole batch. */
void check_ack(const struct world *world, const struct seen *seen);

/* The same for a feed without one: each event that has come was handed out before the next read.
 * What did not come is lost. */
void check_legacy(struct world *world);

/* The body of a datahose read up to the ackId. */
void add_datahose(const struct world *world, struct string *body);

int64_t wall_clock(const struct world *world);

/* A signature that tells its number and what was signed. */
void make_signature(unsigned number, const char *data, size_t size, unsigned char *out,
                    size_t out_size);

/* Each JWT is for the user at hand, in time, signed, and not one that came before. */
void check_jwt(struct world *world, struct seen *seen);

/* --- memory_requests.c -------------------------------------------------------------------- */

/* Is the request complete? Then it is looked at and answered. */
void take_request(struct world *world);

/* --- memory_network.c: the port ----------------------------------------------------------- */

void plug_in(struct world *world);
uint32_t port_now(void *context);
int port_sign(void *context, const void *data, size_t size, unsigned char *signature, size_t room);

/* The n-th of what may be in no log line; NULL where there is none. */
const char *secret_of(const struct world *world, size_t number);

#endif
