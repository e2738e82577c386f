/* SPDX-License-Identifier: Apache-2.0 */
/* retry.c - see retry.h. */
#include "feed/retry.h"

#include "util/note.h"

uint32_t symfeed_retry_now(const struct symfeed *feed)
{
    return feed->port->now(feed->port->context);
}

uint32_t symfeed_retry_random(const struct symfeed *feed)
{
    uint32_t number = 0;

    feed->port->random(feed->port->context, &number, sizeof number);
    return number;
}

void symfeed_retry_pause(struct symfeed *feed, uint32_t milliseconds)
{
    feed->waiting = true;
    feed->deadline = symfeed_retry_now(feed) + milliseconds;
}

#if SYMFEED_MESSAGES && SYMFEED_LOG_LEVEL > 0

/* Says what happened: to the call at hand, "read: ", with its answer where there is one, "503
 * (trace ab3de9)", since the vendor's support finds a call by its trace id; and when the next try
 * is. */
static void tell_call(const struct symfeed *feed, enum symfeed_level level, enum answer_of answer,
                      const char *text, uint32_t wait)
{
    const struct request *request = &feed->connection.request;
    struct note note;

    if (!note_is_on(level)) {
        return;
    }
    symfeed_note_begin(&note, symfeed_verdict_call_name((enum symfeed_call)request->call));
    symfeed_note_text(&note, ": ");
    if (SYMFEED_PROXY && answer == PROXY_ITSELF) {
        symfeed_note_text(&note, "proxy: ");
    }
    if (answer == HOST || answer == PROXY) {
        symfeed_note_number(&note, feed->connection.response.status);
    }
    if (answer == HOST) {
        symfeed_note_text(&note, " (trace ");
        symfeed_note_text(&note, request->trace);
        symfeed_note_text(&note, ")");
    }
    symfeed_note_text(&note, text);
    if (wait > 0) {
        symfeed_note_text(&note, ", next try in ");
        symfeed_note_seconds(&note, wait);
    }
    symfeed_note_log(&note, feed->port, level);
}

void symfeed_retry_log_call(const struct symfeed *feed, enum symfeed_level level, const char *text)
{
    tell_call(feed, level, HOST, text, 0);
}

void symfeed_retry_log(const struct symfeed *feed, enum symfeed_level level, const char *text)
{
    struct note note;

    symfeed_note_begin(&note, text);
    symfeed_note_log(&note, feed->port, level);
}

#else

static void tell_call(const struct symfeed *feed, enum symfeed_level level, enum answer_of answer,
                      const char *text, uint32_t wait)
{
    (void)feed;
    (void)level;
    (void)answer;
    (void)text;
    (void)wait;
}

#endif

void symfeed_retry_hang_up(struct symfeed *feed)
{
    symfeed_connection_abort(&feed->connection);
    feed->busy = false;
}

void symfeed_retry_later(struct symfeed *feed, enum pace pace, enum answer_of answer,
                         const char *text)
{
    uint32_t first = pace == SOON ? feed->timers.backoff_first : feed->timers.backoff_slow;
    uint32_t wait = symfeed_backoff_next(&feed->backoff, first, feed->timers.backoff_max,
                                         symfeed_retry_random(feed));

    if (feed_is_call(feed)) {
        feed->over = true;
        feed->failed = true;
        tell_call(feed, SYMFEED_LOG_ERROR, answer, text, 0);
        return;
    }
    if (wait < feed->least) {
        wait = feed->least;
    }
    feed->least = 0;
    feed->counters.retries++;
    if (feed->backoff.failures < UINT8_MAX) {
        feed->backoff.failures++;
    }
    symfeed_retry_pause(feed, wait);
    tell_call(feed, pace == SOON ? SYMFEED_LOG_WARNING : SYMFEED_LOG_ERROR, answer, text, wait);
    if (feed_is_legacy(feed)) {
        feed->batch_open = feed->again; /* the rest of one that was cut does not come again */
    } else if (feed->goal == GOAL_CREATE) {
        feed->goal = GOAL_LIST; /* the feed may have been made all the same */
    } else if (feed->goal == GOAL_LOOK) {
        feed->goal = GOAL_READ; /* nobody has said that it is gone */
        feed->doubt = FROM_START;
    }
}
