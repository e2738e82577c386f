/* SPDX-License-Identifier: Apache-2.0 */
/*
 * out_of_memory.c - follows a feed many times, and in each run one allocation of mbedTLS fails.
 *
 *     out_of_memory AGENT-URL CA-FILE RSA-KEY CERTIFICATE CERTIFICATE-KEY PART PARTS TIMES
 *
 * A run begins, signs in by key, reads an event, reconnects, reads another one and ends. Of the
 * allocations that one chain of calls makes in a run, the first, second, fourth, eighth and so on
 * fail, up to TIMES of them. It ends when a run has no further one; it makes one PART of PARTS.
 * Standard output has a line for each failure that is not as it should be, and the sums.
 */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include <errno.h>
#include <execinfo.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "symfeed.h"
#include "symfeed_posix.h"
#include "tls/arena.h"

#define EVENTS   2     /* of a run */
#define PATIENCE 20000 /* milliseconds that a run may take */
#define IDS      (1u << 20)

/* --- allocations -------------------------------------------------------------------------- */

static struct {
    unsigned long number; /* of allocations in this run */
    bool fails;           /* whether one is to fail in this run */
    unsigned long failed; /* number of the one that has; 0: none yet */
    long live;            /* pieces that were not given back */
} heap;

/* What is known of a chain of calls that ends in an allocation. */
struct chain {
    uint64_t hash;
    unsigned run;   /* in which it was seen last */
    unsigned count; /* of its allocations in that run */
    unsigned tried; /* those that have failed: 1 the first, 2 the second, 4 the fourth, ... */
};

#define CHAINS 32768u /* more than there are: test/memory/out_of_memory.py prints how many */
#define FRAMES 48

static struct chain chains[CHAINS];
static unsigned long chain_count;
static unsigned runs;
static unsigned long part, parts, times; /* as on the command line */

/* Returns the current chain of calls. An address counts as its place in its page, which is the same
 * in each process. */
static struct chain *find_chain(void)
{
    void *frames[FRAMES];
    const int depth = backtrace(frames, FRAMES);
    uint64_t hash = 0xcbf29ce484222325u; /* FNV-1a */
    size_t at;
    int i;

    for (i = 0; i < depth; i++) {
        hash = (hash ^ ((uintptr_t)frames[i] & 0xfff)) * 0x100000001b3u;
    }
    hash ^= hash >> 32;
    for (at = (size_t)hash % CHAINS; chains[at].hash != hash; at = (at + 1) % CHAINS) {
        if (chains[at].hash == 0) {
            chains[at].hash = hash;
            chain_count++;
        }
        if (chains[at].hash == hash) {
            break;
        }
    }
    return &chains[at];
}

/* Counts an allocation. Returns false if it is the one to fail. */
static bool may_take(size_t count, size_t size)
{
    struct chain *chain;
    unsigned turn;

    if (count == 0 || size == 0) {
        return true; /* NULL is no failure for these */
    }
    heap.number++;
    if (!heap.fails || heap.failed != 0) {
        return true;
    }
    chain = find_chain();
    chain->count = chain->run == runs ? chain->count + 1 : 1;
    chain->run = runs;
    turn = chain->count;
    if (chain->hash % parts != part || (turn & (turn - 1)) != 0 || turn >> times != 0 ||
        (chain->tried & turn) != 0) {
        return true;
    }
    chain->tried |= turn;
    heap.failed = heap.number;
    errno = ENOMEM;
    return false;
}

#if SYMFEED_ARENA_SIZE

/* The linker's --wrap puts this between mbedTLS's allocator and arena.c. */
static symfeed_arena_calloc *arena_take;
static symfeed_arena_free *arena_give;

int __real_symfeed_arena_set(symfeed_arena_calloc *take, symfeed_arena_free *give);
int __wrap_symfeed_arena_set(symfeed_arena_calloc *take, symfeed_arena_free *give);

static void *take_counted(size_t count, size_t size)
{
    void *memory = may_take(count, size) ? arena_take(count, size) : NULL;

    heap.live += memory != NULL;
    return memory;
}

static void give_counted(void *memory)
{
    heap.live -= memory != NULL;
    arena_give(memory);
}

int __wrap_symfeed_arena_set(symfeed_arena_calloc *take, symfeed_arena_free *give)
{
    arena_take = take;
    arena_give = give;
    return __real_symfeed_arena_set(take_counted, give_counted);
}

#else

/* Only mbedTLS calls calloc(); what malloc() has given is freed, too, and does not count. */
#define PIECES 65536u

static void *pieces[PIECES];

extern void *__libc_calloc(size_t count, size_t size);
extern void __libc_free(void *memory);

/* Returns the place of a piece, or the free one where it belongs. */
static void **place_of(const void *memory)
{
    size_t at = (size_t)((uintptr_t)memory / 16 % PIECES);

    while (pieces[at] != NULL && pieces[at] != memory) {
        at = (at + 1) % PIECES;
    }
    return &pieces[at];
}

void *calloc(size_t count, size_t size)
{
    void *memory = may_take(count, size) ? __libc_calloc(count, size) : NULL;

    if (memory != NULL) {
        *place_of(memory) = memory;
        heap.live++;
    }
    return memory;
}

void free(void *memory)
{
    void **place = memory == NULL ? NULL : place_of(memory);

    if (place != NULL && *place != NULL) {
        size_t at = (size_t)(place - pieces);

        heap.live--;
        *place = NULL;
        /* Those behind it move, so that place_of() finds them. */
        for (at = (at + 1) % PIECES; pieces[at] != NULL; at = (at + 1) % PIECES) {
            void *other = pieces[at];

            pieces[at] = NULL;
            *place_of(other) = other;
        }
    }
    __libc_free(memory);
}

#endif

/* --- what comes of a failure -------------------------------------------------------------- */

/* Sums of all runs. */
static struct {
    unsigned long start;    /* allocations until a feed is open */
    unsigned long all;      /* allocations of a whole run */
    unsigned long tried;    /* that failed */
    unsigned long refused;  /* ... and the feed could not be opened, but then it could */
    unsigned long reported; /* ... and the feed reported a failure, and went on */
    unsigned long silent;   /* ... and it did without, or tried again at once */
    unsigned long other;    /* of the refused and reported ones: not as a lack of memory */
    unsigned long repeated, ended, leaked, again;
} sums;

/* The current run. */
static struct {
    unsigned events;
    unsigned reports; /* of failures */
    unsigned others;  /* of them: not as a lack of memory */
    uint32_t last;    /* id of the last event */
} current;

static bool seen[IDS]; /* by id */
static uint32_t ids;   /* highest one, plus 1 */
static long level;     /* live pieces after a good run */

static unsigned char arena[SYMFEED_ARENA_ROOM];
static unsigned char memory[SYMFEED_MEMORY(4096, 128)];
static struct symfeed_posix posix;

/* Prints a line about the current failure. */
static void note(const char *format, ...)
{
    va_list arguments;

    (void)printf("%lu ", heap.failed);
    va_start(arguments, format);
    (void)vprintf(format, arguments);
    va_end(arguments);
    (void)printf("\n");
    (void)fflush(stdout);
}

static bool is_of_memory(unsigned cause)
{
    return cause == SYMFEED_CAUSE_TLS_MEMORY || cause == SYMFEED_CAUSE_ARENA_FULL ||
           cause == SYMFEED_CAUSE_FILE_MEMORY;
}

static void on_report(void *context, const struct symfeed_report *report)
{
    char text[512];

    (void)context;
    if (report->level > SYMFEED_LOG_WARNING) {
        return;
    }
    current.reports++;
    if (!is_of_memory(report->cause)) {
        current.others++;
        (void)symfeed_posix_report_text(&posix, report, text, sizeof text);
        note("other %s", text);
    }
}

static void take(const struct symfeed_event *event)
{
    /* {"id":"N",... */
    const unsigned long id = event->size > 8 ? strtoul(event->json + 7, NULL, 10) : 0;

    if (id >= IDS || (current.events > 0 && id == current.last)) {
        sums.repeated++;
        note("repeated %lu", id);
        return;
    }
    sums.again += seen[id];
    seen[id] = true;
    ids = id >= ids ? (uint32_t)id + 1 : ids;
    current.last = (uint32_t)id;
    current.events++;
}

/* --- runs --------------------------------------------------------------------------------- */

static bool open_feed(const struct symfeed_posix_config *config, char *error, size_t size)
{
    return symfeed_posix_open(&posix, config, error, size) == SYMFEED_POSIX_OK;
}

/* Opens the feed, again if it is refused once. Returns false if there is nothing more to do. */
static bool begin(const struct symfeed_posix_config *config)
{
    char error[320] = "";

    if (open_feed(config, error, sizeof error)) {
        return true;
    }
    if (heap.failed == 0) {
        (void)fprintf(stderr, "out_of_memory: %s\n", error);
        exit(1);
    }
    sums.refused++;
    if (strstr(error, "memory") == NULL) {
        sums.other++;
        note("other start: %s", error);
    }
    symfeed_posix_finish();
    if (heap.live != 0) {
        sums.leaked++;
        note("leaked %ld pieces of a start that was refused", heap.live);
        heap.live = 0;
    }
    if (open_feed(config, error, sizeof error)) {
        symfeed_posix_close(&posix);
    } else {
        sums.ended++;
        note("ended: start: %s", error);
    }
    return false;
}

/* Waits for what the feed wants, a second at most. */
static void wait_for_feed(void)
{
    struct pollfd ready;
    const int milliseconds = symfeed_posix_pollfd(&posix, &ready);

    (void)poll(&ready, 1, milliseconds < 1000 ? milliseconds : 1000);
}

/* Follows the feed until it has had its events and they are acknowledged. */
static void follow(void)
{
    const uint32_t end = posix.port.now(&posix) + PATIENCE;
    struct symfeed_event event;
    enum symfeed_status status;

    while ((status = symfeed_next(posix.feed, &event)) == SYMFEED_EVENT || status == SYMFEED_WAIT) {
        if (status == SYMFEED_EVENT) {
            take(&event);
        } else {
            wait_for_feed();
        }
        if (current.events == EVENTS) {
            symfeed_stop(posix.feed, SYMFEED_STOP_AFTER_BATCH);
        }
        if (symfeed_time_left(end, posix.port.now(&posix)) == 0) {
            break;
        }
    }
    if (status != SYMFEED_STOPPED || current.events < EVENTS) {
        sums.ended++;
        note("ended: %u events, status %d", current.events, (int)status);
    }
}

static void check_level(void)
{
    if (heap.live > level) {
        sums.leaked++;
        note("leaked %ld pieces", heap.live - level);
    }
}

/* A whole run, in which one allocation fails if there is one that has not failed yet. */
static void run(const struct symfeed_posix_config *config, bool fails)
{
    memset(&heap, 0, sizeof heap);
    memset(&current, 0, sizeof current);
    heap.fails = fails;
    runs++;
    if (begin(config)) {
        sums.start = fails ? sums.start : heap.number;
        follow();
        symfeed_posix_close(&posix);
        sums.all = fails ? sums.all : heap.number;
        level = fails ? level : heap.live;
        check_level();
        sums.reported += heap.failed != 0 && current.reports > 0;
        sums.silent += heap.failed != 0 && current.reports == 0;
        sums.other += current.others > 0;
    }
    sums.tried += heap.failed != 0;
    symfeed_posix_finish();
    if (heap.live != 0) {
        sums.leaked++;
        note("leaked %ld pieces for good", heap.live);
    }
}

static unsigned long lost(void)
{
    unsigned long count = 0;
    uint32_t id;

    for (id = 1; id < ids; id++) {
        count += !seen[id];
    }
    return count;
}

int main(int argc, char **argv)
{
    struct symfeed_posix_config config = {.feed = {.sign_in = SYMFEED_SIGN_IN_BY_KEY,
                                                   .user = "bot-42",
                                                   .window = 4096,
                                                   .json_tokens = 128,
                                                   .timers = {.backoff_first = 5,
                                                              .backoff_max = 20,
                                                              .backoff_slow = 5,
                                                              .stop = 2000}},
                                          SYMFEED_POSIX_MEMORY(memory, arena),
                                          .report = on_report};

    if (argc != 9) {
        (void)fprintf(stderr, "usage: out_of_memory AGENT-URL CA-FILE RSA-KEY CERTIFICATE "
                              "CERTIFICATE-KEY PART PARTS TIMES\n");
        return 2;
    }
    config.feed.agent = argv[1];
    config.ca_file = argv[2];
    config.rsa_key_file = argv[3];
    config.certificate_file = argv[4];
    config.certificate_key_file = argv[5];
    part = strtoul(argv[6], NULL, 10);
    parts = strtoul(argv[7], NULL, 10);
    times = strtoul(argv[8], NULL, 10);
    (void)find_chain(); /* backtrace() allocates when it is called for the first time */
    chain_count = 0;
    run(&config, false);
    do {
        run(&config, true);
    } while (heap.failed != 0);
    (void)printf("sums arena=%d start=%lu all=%lu chains=%lu tried=%lu refused=%lu reported=%lu "
                 "silent=%lu other=%lu lost=%lu repeated=%lu again=%lu ended=%lu leaked=%lu\n",
                 SYMFEED_ARENA_SIZE > 0, sums.start, sums.all, chain_count, sums.tried,
                 sums.refused, sums.reported, sums.silent, sums.other, lost(), sums.repeated,
                 sums.again, sums.ended, sums.leaked);
    return 0;
}
