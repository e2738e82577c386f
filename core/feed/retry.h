/* SPDX-License-Identifier: Apache-2.0 */
/*
 * retry.h - waiting after a failure, and telling what happened to the call at hand.
 *
 * Knows: the feed's memory, backoff, note. Promises: every wait is bounded, and each failure is one
 * log line and one count.
 */
#ifndef SYMFEED_RETRY_H
#define SYMFEED_RETRY_H

#include "feed/state.h"
#include "util/note.h"

/* How long a retry waits at first: a little where things mend themselves, longer where a person has
 * to act. */
enum pace { SOON, SLOWLY };

/* Whose answer a line is about. */
enum answer_of {
    NOBODY, /* none has come */
    HOST,
    PROXY,       /* in place of the host's */
    PROXY_ITSELF /* none has come, since the proxy could not be reached */
};

uint32_t symfeed_retry_now(const struct symfeed *feed);
uint32_t symfeed_retry_random(const struct symfeed *feed);

/* Nothing is to be done for so long. */
void symfeed_retry_pause(struct symfeed *feed, uint32_t milliseconds);

#if SYMFEED_MESSAGES && SYMFEED_LOG_LEVEL > 0

/* Lines for the log; to be called by way of the next two. */
void symfeed_retry_log(const struct symfeed *feed, enum symfeed_level level, const char *text);
void symfeed_retry_log_call(const struct symfeed *feed, enum symfeed_level level, const char *text);

#else

static inline void symfeed_retry_log(const struct symfeed *feed, enum symfeed_level level,
                                     const char *text)
{
    (void)feed;
    (void)level;
    (void)text;
}

static inline void symfeed_retry_log_call(const struct symfeed *feed, enum symfeed_level level,
                                          const char *text)
{
    (void)feed;
    (void)level;
    (void)text;
}

#endif

/* One line of its own. */
static inline void symfeed_retry_say(const struct symfeed *feed, enum symfeed_level level,
                                     const char *text)
{
    if (note_is_on(level)) {
        symfeed_retry_log(feed, level, text);
    }
}

/* One line on the answer to the call at hand. */
static inline void symfeed_retry_tell(const struct symfeed *feed, enum symfeed_level level,
                                      const char *text)
{
    if (note_is_on(level)) {
        symfeed_retry_log_call(feed, level, text);
    }
}

/* Closes the connection and leaves the answer at hand. */
void symfeed_retry_hang_up(struct symfeed *feed);

/* Says what failed, and sets the wait before the next try: at least feed->least milliseconds. A
 * task of one call is over instead. */
void symfeed_retry_later(struct symfeed *feed, enum pace pace, enum answer_of answer,
                         const char *text);

#endif
