/* SPDX-License-Identifier: Apache-2.0 */
/*
 * feed.c - the state machine: find or create a feed, read and acknowledge, start anew when it is
 * gone. state.h has it as a picture; here it stands from top to bottom: asking, what each answer
 * leads to, bodies, stopping, and symfeed_next(), which turns the wheel. Waiting is in retry.c,
 * tokens are in session.c, events go out and come back in delivery.c, what others want to know is
 * in status.c.
 *
 * Knows: every other file of the core. Promises: whatever comes, the next thing is a bounded wait
 * or a request; an ackId comes into force only when its batch was whole and all of it taken.
 */
#include "feed/state.h"

#include "util/bytes.h"
#include "feed/delivery.h"
#include "feed/feed_list.h"
#include "util/note.h"
#include "feed/retry.h"
#include "feed/session.h"

/* Turns of the wheel in one symfeed_next(), so that no peer keeps the caller busy. */
#define MOST_TURNS 64

/* Of the body of an error this much is read, so that the connection can be kept. */
#define MOST_DRAINED 16384u

/* An answer without events that came sooner than this did not wait for events: a server that is
 * not holding reads. Asking again at once would be a storm, so a wait comes before it, which
 * doubles up to MOST_EMPTY_WAIT as long as that goes on. */
#define EMPTY_SOON      500u
#define MOST_EMPTY_WAIT 5000u

/* A read that failed after this long was being held for events. */
#define HELD 10000u

static uint32_t now(const struct symfeed *feed)
{
    return symfeed_retry_now(feed);
}

/* The call at hand. */
static enum call call_of(const struct symfeed *feed)
{
    return (enum call)feed->connection.request.call;
}

static bool is_reading(const struct symfeed *feed)
{
    return symfeed_request_is_read(call_of(feed));
}

/* --- asking ------------------------------------------------------------------------------- */

/* The call that the goal asks for. */
static enum call call_for(const struct symfeed *feed)
{
    /* In the order of enum goal. */
    static const unsigned char calls[] = {CALL_LIST,   CALL_CREATE, CALL_READ,
                                          CALL_LIST,   CALL_DELETE, CALL_LIST,
                                          CALL_DELETE, CALL_HEALTH, CALL_VERSION};

    if (feed_is_legacy(feed)) {
        return feed->goal == GOAL_READ ? CALL_LEGACY_READ : CALL_LEGACY_CREATE;
    }
    return feed_is_datahose(feed) && feed->goal == GOAL_READ ? CALL_EVENTS
                                                             : (enum call)calls[feed->goal];
}

/* Begins to take the body apart that the call will be answered with. */
static void expect_body(struct symfeed *feed)
{
    /* In the order of enum call. */
    static const unsigned char shapes[] = {
        BATCH_LIST, BATCH_OBJECT, BATCH_ENVELOPE, BATCH_OBJECT, BATCH_ENVELOPE, BATCH_OBJECT,
        BATCH_LIST, BATCH_OBJECT, BATCH_OBJECT,   BATCH_TOKEN,  BATCH_OBJECT,   BATCH_TOKEN};
    enum batch_shape shape = (enum batch_shape)shapes[call_of(feed)];
    char *collected = feed->next_ack;
    uint16_t room = sizeof feed->next_ack;

#if SYMFEED_SIGN_IN
    if (shape == BATCH_TOKEN) {
        collected = symfeed_session_buffer(feed, &room);
        room--; /* for the NUL */
    }
#endif
#if SYMFEED_JSON
    symfeed_batch_init(&feed->batch, shape, feed->connection.out, feed->window_size,
                       feed->tokens.room, collected, room, feed->hash_key);
#else
    symfeed_batch_init(&feed->batch, shape, feed->connection.out, feed->window_size, 0, collected,
                       room, feed->hash_key);
#endif
}

/* The key of the event hashes is drawn at the first call: init makes no port call. */
static void start(struct symfeed *feed)
{
    feed->started = true;
#if SYMFEED_DEDUP > 0
    feed->port->random(feed->port->context, feed->hash_key, sizeof feed->hash_key);
#endif
}

static void name_feed(const struct symfeed *feed, struct request *request)
{
#if SYMFEED_ONE_SHOT
    if (feed_is_call(feed) && feed->goal == GOAL_DELETE) {
        request->feed = feed->target;
        return;
    }
#endif
    request->feed.at = feed->feed_id;
    request->feed.size = feed->feed_id_size;
}

/* A legacy feed is to be read from the agent that made it: by the address of that connection, which
 * is given up when it fails again, and by the load balancer's cookie. Pod and key manager may have
 * load balancers of their own. */
static void prepare_legacy(struct symfeed *feed)
{
#if SYMFEED_LEGACY
    enum call call = call_of(feed);
    bool legacy = call == CALL_LEGACY_CREATE || call == CALL_LEGACY_READ;

    feed->connection.same =
        feed_is_legacy(feed) && feed->goal == GOAL_READ && feed->backoff.failures < 2;
    feed->connection.cookie = legacy ? &feed->agent.cookie : NULL;
    if (call == CALL_LEGACY_CREATE) {
        feed->agent.cookie.size = 0;
    }
#else
    (void)feed;
#endif
}

/* Sends the request that the goal asks for, or one that has to come before it. */
static void ask(struct symfeed *feed)
{
    struct request *request = &feed->connection.request;

    if (!feed->started) {
        start(feed);
    }
    request->call = (uint8_t)call_for(feed);
    if (!symfeed_session_prepare(feed)) {
        return;
    }
    request->all_feeds = SYMFEED_RECLAIM && feed->goal == GOAL_RECLAIM_LIST;
    name_feed(feed, request);
    request->ack.at = feed->ack;
    request->ack.size = feed->ack_size;
    prepare_legacy(feed);
    feed->sent = false;
    feed->found = false;
    feed->elements = 0;
#if SYMFEED_JSON
    feed->created = INT64_MAX;
#endif
    feed->drained = 0;
    expect_body(feed);
    symfeed_connection_begin(&feed->connection);
    feed->busy = true;
}

/* --- what answers lead to ----------------------------------------------------------------- */

static void good_answer(struct symfeed *feed)
{
    feed->unauthorized = false;
    feed->backoff.failures = 0;
    if (feed->doubt == NO_DOUBT) {
        feed->backoff.step = 0;
    }
}

static void forget_ack(struct symfeed *feed)
{
    feed->batch_open = false;
    feed->ack_size = 0;
    feed->ack_pending = false;
}

/* From now on this feed is read, from its beginning: what is not acknowledged comes again. */
static void read_feed(struct symfeed *feed)
{
    good_answer(feed);
    feed->dead_size = 0;
    if (feed->doubt != NO_DOUBT) {
        feed->doubt = FROM_START;
    }
    forget_ack(feed);
    feed->goal = GOAL_READ;
}

/* The agent does not know the feed, or not the ackId. The first time that is met at once; if no
 * good read came in between, it has to wait like every failure.
 *
 * A v5 feed may live on all the same, with events that nobody has read, and is not given up
 * lightly: the first time the list is asked for it; a feed that is still listed is read once more
 * with the same ackId, then without one, and only then deleted. */
static void refused_read(struct symfeed *feed)
{
    const char *text = symfeed_verdict_loss(call_of(feed));

    if (feed->doubt != NO_DOUBT) {
        symfeed_retry_later(feed, SOON, HOST, text);
    } else if (!symfeed_backoff_allows(&feed->losses, now(feed), feed->timers.backoff_slow)) {
        /* Feeds that are good for one read must not be made as fast as that. */
        symfeed_retry_later(feed, SLOWLY, HOST, text);
    } else {
        symfeed_retry_tell(feed, SYMFEED_LOG_WARNING, text);
    }
    feed->doubt = feed->doubt == FROM_START ? LOOKED_FOR : (uint8_t)(feed->doubt + 1);
    if (feed->doubt == LOOKED_FOR && !feed_is_legacy(feed) && !feed_is_datahose(feed)) {
        feed->goal = GOAL_LOOK;
        return;
    }
    forget_ack(feed);
    if (feed_is_legacy(feed)) {
        feed->goal = GOAL_CREATE;
    } else if (feed->doubt == FROM_START && !feed_is_datahose(feed)) {
        symfeed_feed_list_bury(feed);
        feed->goal = GOAL_DELETE;
    }
}

/* The list has come that was asked for the feed. */
static void looked(struct symfeed *feed)
{
    feed->unauthorized = false;
    feed->goal = GOAL_READ;
    if (!feed->found) {
        symfeed_retry_say(feed, SYMFEED_LOG_INFO, INFORMATION("the feed is gone, starting anew"));
        forget_ack(feed);
        feed->goal = GOAL_LIST;
    } else if (feed->backoff.failures > 4) {
        forget_ack(feed); /* it is there, and reads go on to fail: perhaps for the ackId */
    }
}

/* As many feeds exist as may. */
static void too_many_feeds(struct symfeed *feed)
{
    if (SYMFEED_RECLAIM && feed->reclaim && !feed->reclaimed) {
        symfeed_retry_tell(feed, SYMFEED_LOG_WARNING,
                           WARNING(": too many feeds, deleting the oldest"));
        feed->reclaimed = true;
        feed->goal = GOAL_RECLAIM_LIST;
        return;
    }
    symfeed_retry_later(feed, SLOWLY, HOST, symfeed_verdict_remedy(CALL_CREATE, 403));
    feed->reclaimed = false;
}

static void bad_body(struct symfeed *feed)
{
    symfeed_retry_later(feed, SOON, HOST, WARNING(": not the JSON expected"));
}

static void listed(struct symfeed *feed)
{
    if (SYMFEED_RECLAIM && feed->goal == GOAL_RECLAIM_LIST) {
        feed->goal = feed->found ? GOAL_RECLAIM_DELETE : GOAL_CREATE;
    } else if (feed->goal == GOAL_LOOK) {
        looked(feed);
    } else if (feed->found) {
        read_feed(feed);
        symfeed_feed_list_tell(feed);
    } else {
        feed->unauthorized = false;
        feed->goal = GOAL_CREATE;
    }
}

static void created(struct symfeed *feed)
{
    if (!feed->found) {
        bad_body(feed);
        return;
    }
    feed->counters.feeds_created++;
    read_feed(feed);
    symfeed_retry_say(feed, SYMFEED_LOG_INFO, INFORMATION("created a feed"));
    feed->over = feed_is_call(feed);
}

/* A good answer to a read is over. If it brought nothing, and did not wait for anything either, the
 * next read does - but not where an acknowledgement is all that is left to do. */
static void nothing_more(struct symfeed *feed)
{
    good_answer(feed);
    if (feed->elements > 0 || now(feed) - feed->connection.sent_at >= EMPTY_SOON) {
        feed->empty.step = 0;
    } else if (feed->stopping != STOPPING_NOW) {
        symfeed_retry_pause(feed, symfeed_backoff_next(&feed->empty, feed->timers.backoff_first,
                                                       MOST_EMPTY_WAIT, 0));
    }
}

/* A batch is whole and all of it taken: its ackId, where the feed has such, comes into force. */
static void commit(struct symfeed *feed)
{
#if SYMFEED_DEDUP == 0
    /* The same batch again, and nobody knows its events: as if there were none. */
    if (feed->ack_size > 0 && feed->ack_size == feed->batch.ack_size &&
        memcmp(feed->ack, feed->next_ack, feed->ack_size) == 0) {
        feed->elements = 0;
    }
#endif
    memcpy(feed->ack, feed->next_ack, feed->batch.ack_size);
    feed->ack_size = feed->batch.ack_size;
    feed->ack_pending = !feed_is_legacy(feed);
    feed->batch_open = false;
    feed->doubt = NO_DOUBT;
    feed->reclaimed = false;
    feed->refusals = 0;
    feed->poisoned = 0;
    feed->counters.batches++;
#if SYMFEED_DEDUP > 0
    symfeed_dedup_commit(&feed->dedup);
#endif
    nothing_more(feed);
}

static void read_whole(struct symfeed *feed)
{
    if (feed->batch.ack_state == BATCH_ACK_WHOLE || feed_is_legacy(feed)) {
        commit(feed);
    } else {
        symfeed_retry_later(feed, SOON, HOST,
                            feed->batch.ack_state == BATCH_ACK_NONE
                                ? WARNING(": no ackId, cannot acknowledge")
                                : WARNING(": build with a larger SYMFEED_ACK_ID_SIZE"));
    }
}

static void good(struct symfeed *feed)
{
    if (is_reading(feed) && feed->connection.response.status == 204) {
        feed->ack_pending = false;
        if (feed_is_legacy(feed)) {
            feed->doubt = NO_DOUBT;
        }
        nothing_more(feed); /* the legacy feed's way to end a long poll, and some gateway's */
        return;
    }
    if (!symfeed_batch_whole(&feed->batch)) {
        bad_body(feed);
        return;
    }
    switch (feed->goal) {
    case GOAL_READ: read_whole(feed); break;
    case GOAL_CREATE: created(feed); break;
    default:
        if (feed_is_call(feed) && feed->goal >= GOAL_HEALTH && !feed->found) {
            bad_body(feed);
        } else if (feed_is_call(feed) && feed->goal != GOAL_RECLAIM_LIST) {
            feed->over = true;
        } else {
            listed(feed);
        }
        break;
    }
}

/* A delete is only tidying up, and the agent's health only good to know: whatever came of it, go
 * on. But for a task that is made of it. */
static bool is_aside(const struct symfeed *feed)
{
    bool whole_task = feed_is_call(feed) && feed->goal != GOAL_RECLAIM_DELETE;

    return (call_of(feed) == CALL_DELETE || (SYMFEED_DATAHOSE && call_of(feed) == CALL_HEALTH)) &&
           !whole_task;
}

/* Content export is what a datahose has its messages from. */
static void tell_health(struct symfeed *feed)
{
    if (symfeed_verdict(CALL_HEALTH, feed->connection.response.status) == VERDICT_GOOD &&
        symfeed_batch_whole(&feed->batch) && !feed->found) {
        symfeed_retry_tell(
            feed, SYMFEED_LOG_ERROR,
            MESSAGE(": users.ceservice is not UP: no MESSAGESENT, MESSAGESUPPRESSED, "
                    "SYMPHONYELEMENTSACTION without content export"));
    }
}

static void go_on(struct symfeed *feed)
{
    /* In the order of enum goal. */
    static const unsigned char next[] = {0, 0, 0, 0, GOAL_LIST, 0, GOAL_CREATE, GOAL_READ};

    feed->goal = next[feed->goal];
}

/* A gateway that ends long polls before the agent does fails every read of a quiet feed. That is no
 * reason to wait longer each time, since the next event would wait as well. */
static void forgive_hold(struct symfeed *feed)
{
    if (feed->sent && is_reading(feed) && now(feed) - feed->connection.sent_at >= HELD) {
        feed->backoff.step = 0;
        feed->backoff.failures = 0;
    }
}

/* Retry-After in milliseconds, as far as it is granted. */
static uint32_t asked_to_wait(const struct symfeed *feed)
{
#if SYMFEED_RETRY_AFTER
    const struct symfeed_port *port = feed->port;
    int64_t wall = port->wall_clock != NULL ? port->wall_clock(port->context) : 0;
    uint32_t seconds = symfeed_response_retry_after(&feed->connection.response, (uint32_t)wall);

    return seconds > feed->timers.retry_after_max / 1000 ? feed->timers.retry_after_max
                                                         : seconds * 1000;
#else
    (void)feed;
    return 0;
#endif
}

static enum verdict verdict_of(const struct symfeed *feed)
{
    return symfeed_verdict(call_of(feed), feed->connection.response.status);
}

static bool wants_body(const struct symfeed *feed)
{
    return call_of(feed) != CALL_DELETE && verdict_of(feed) == VERDICT_GOOD;
}

/* An answer that is none of the above: the same call again after a wait. */
static void bad_answer(struct symfeed *feed, enum pace pace, const char *text)
{
    uint16_t status = feed->connection.response.status;

    forgive_hold(feed);
    feed->least = asked_to_wait(feed);
    symfeed_retry_later(feed, pace, HOST, text);
    if (SYMFEED_DATAHOSE && call_of(feed) == CALL_EVENTS &&
        (status == 403 || (status >= 500 && feed->backoff.failures > 1))) {
        feed->goal = GOAL_HEALTH; /* before the next try */
    }
}

/* What is not the agent's own word says nothing of a feed: ingress controllers answer 404 or 400
 * for seconds while an agent is replaced. If that goes on the list is asked for the feed. */
static void gateway_page(struct symfeed *feed, enum verdict verdict)
{
    bad_answer(feed, verdict == VERDICT_GONE ? SOON : SLOWLY, MESSAGE(": a gateway's page"));
    if (call_of(feed) == CALL_READ && feed->backoff.failures > 1) {
        feed->goal = GOAL_LOOK;
    }
}

/* That a feed is gone, or that there are too many, only the agent itself can say. */
static bool is_agents_word(const struct symfeed *feed, enum verdict verdict)
{
    return (verdict != VERDICT_GONE && verdict != VERDICT_FULL) || batch_is_error(&feed->batch);
}

static void answered(struct symfeed *feed)
{
    uint16_t status = feed->connection.response.status;
    enum verdict verdict = verdict_of(feed);

    feed->busy = false;
    symfeed_retry_tell(feed, SYMFEED_LOG_DEBUG, "");
    if (is_aside(feed)) {
        if (feed_is_datahose(feed)) {
            tell_health(feed);
        }
        go_on(feed);
        return;
    }
#if SYMFEED_SIGN_IN
    if (call_of(feed) >= CALL_SESSION && symfeed_session_answered(feed, verdict)) {
        return;
    }
#endif
    if (!is_agents_word(feed, verdict)) {
        gateway_page(feed, verdict);
        return;
    }
    if (SYMFEED_DATAHOSE && verdict == VERDICT_GONE && status == 404 &&
        call_of(feed) == CALL_EVENTS) {
        verdict = VERDICT_SLOW; /* it speaks of the path, which has no feed in it */
    }
    switch (verdict) {
    case VERDICT_GOOD:
        if (call_of(feed) == CALL_DELETE) {
            feed->over = true; /* it is the task */
        } else {
            good(feed);
        }
        break;
    case VERDICT_UNAUTHORIZED: symfeed_session_again(feed); break;
    case VERDICT_GONE: refused_read(feed); break;
    case VERDICT_FULL: too_many_feeds(feed); break;
    default:
        bad_answer(feed, verdict == VERDICT_AGAIN ? SOON : SLOWLY,
                   symfeed_verdict_remedy(call_of(feed), status));
        break;
    }
}

/* No byte came of the answer to a read of a legacy feed, as when the pod behind its agent was
 * restarted: such a feed never answers again. */
static bool is_dead_silent(const struct symfeed *feed)
{
    return feed_is_legacy(feed) && feed->sent && is_reading(feed) && !feed->connection.answered &&
           now(feed) - feed->connection.sent_at >= feed->timers.first_byte;
}

/* No answer, or half of one. */
static void failed(struct symfeed *feed)
{
    if (symfeed_response_has_head(&feed->connection.response) && !wants_body(feed)) {
        answered(feed); /* its status says enough */
        return;
    }
    feed->busy = false;
    forgive_hold(feed);
    symfeed_retry_later(feed, SOON,
                        SYMFEED_PROXY && feed->connection.at_proxy ? PROXY_ITSELF : NOBODY,
                        feed->connection.failure);
    if (is_aside(feed)) {
        go_on(feed);
    } else if (is_dead_silent(feed)) {
        feed->goal = GOAL_CREATE;
    }
}

#if SYMFEED_PROXY

/* The proxy would not let the request through. */
static void proxy_refused(struct symfeed *feed)
{
    unsigned status = feed->connection.response.status;
    bool passes = status == 408 || status == 429 || status >= 500;
    uint32_t wait = asked_to_wait(feed);

    /* Its word is neither secret nor signed: who is on the path could silence us by it. */
    if (wait > feed->timers.backoff_max) {
        wait = feed->timers.backoff_max;
    }
    feed->busy = false;
    feed->least = wait;
    symfeed_retry_later(feed, passes ? SOON : SLOWLY, PROXY, symfeed_verdict_proxy_remedy(status));
    if (is_aside(feed)) {
        go_on(feed);
    }
}

#endif

/* --- bodies ------------------------------------------------------------------------------- */

/* An element is in the window. true: it is handed out. */
static bool take_element(struct symfeed *feed, struct symfeed_event *event)
{
    if (is_reading(feed)) {
        return symfeed_delivery_offer(feed, event);
    }
    if (feed_is_call(feed) && feed->goal == GOAL_LIST) {
        return symfeed_delivery_offer(feed, event);
    }
    if (feed->batch.malformed) {
        return false;
    }
    if (feed_is_call(feed) && feed->goal >= GOAL_HEALTH) {
        feed->found = true;
        return symfeed_delivery_offer(feed, event);
    }
#if SYMFEED_SIGN_IN
    if (call_of(feed) == CALL_INFO) {
        symfeed_session_take_info(feed);
        return false;
    }
#endif
#if SYMFEED_DATAHOSE
    if (call_of(feed) == CALL_HEALTH) {
        symfeed_feed_list_take_health(feed);
        return false;
    }
#endif
    symfeed_feed_list_take_feed(feed);
    return feed_is_call(feed) && feed->goal == GOAL_CREATE && feed->found &&
           symfeed_delivery_offer(feed, event);
}

/* Bytes of the body of an error, which is looked at for whose it is. */
static void take_error(struct symfeed *feed, size_t size)
{
    size_t taken = 0;

    if (feed->drained == 0) {
        batch_expect_error(&feed->batch);
    }
    if (symfeed_batch_feed(&feed->batch, feed->connection.body, size, &taken) == BATCH_BROKEN) {
        feed->batch.shape = BATCH_OBJECT; /* a page: it is no error of the agent's */
    }
    feed->drained += (uint32_t)size;
}

/* Bytes of a body are there. true: an event is handed out. */
static bool take_body(struct symfeed *feed, struct symfeed_event *event)
{
    struct connection *connection = &feed->connection;
    size_t taken = connection->body_size;
    enum batch_result result = BATCH_MORE;

    if (wants_body(feed)) {
        if (is_reading(feed)) {
            feed->ack_pending = false; /* the agent has answered the read that carried it */
        }
        result = symfeed_batch_feed(&feed->batch, connection->body, connection->body_size, &taken);
    } else {
        take_error(feed, taken);
    }
    connection->body += taken;
    connection->body_size -= taken;
    if (result == BATCH_BROKEN && !(SYMFEED_SIGN_IN && call_of(feed) == CALL_INFO) &&
        !is_aside(feed)) {
        symfeed_retry_hang_up(feed);
        bad_body(feed);
    } else if (result == BATCH_BROKEN || feed->drained > MOST_DRAINED) {
        symfeed_retry_hang_up(feed);
        answered(feed);
    }
    return result == BATCH_ELEMENT && take_element(feed, event);
}

/* --- stopping ----------------------------------------------------------------------------- */

void symfeed_stop(struct symfeed *feed, enum symfeed_stop when)
{
    if (feed->stopping == STOPPED) {
        return;
    }
    if (when == SYMFEED_STOP_AFTER_BATCH) {
        if (feed->stopping == STOPPING_NOT) {
            feed->stopping = STOPPING_AFTER_BATCH;
        }
        return;
    }
    if (feed->stopping != STOPPING_NOW) {
        feed->stopping = STOPPING_NOW;
        feed->stop_deadline = now(feed) + feed->timers.stop;
        /* What is still to be acknowledged is tried once, without waiting. */
        feed->waiting = feed->waiting && !feed->ack_pending;
    }
}

/* Is there nothing more to be done before stopping? */
static bool may_stop(const struct symfeed *feed)
{
    bool reading = feed->busy && is_reading(feed);

    if (SYMFEED_ONE_SHOT && feed->over) {
        return true;
    }
    if (feed->stopping == STOPPING_NOT) {
        return false;
    }
    if (feed->stopping == STOPPING_AFTER_BATCH) {
        if (feed->batch_open) {
            return false;
        }
    } else {
        if (feed->waiting || symfeed_time_left(feed->stop_deadline, now(feed)) == 0) {
            return true;
        }
        if (feed->batch_open && symfeed_connection_has_head(&feed->connection) &&
            wants_body(feed)) {
            return false; /* this batch may yet prove complete */
        }
    }
    return !feed->ack_pending || (reading && symfeed_connection_sent(&feed->connection));
}

static enum symfeed_status stopped(const struct symfeed *feed)
{
    return SYMFEED_ONE_SHOT && feed->failed ? SYMFEED_FAILED : SYMFEED_STOPPED;
}

static enum symfeed_status stop(struct symfeed *feed)
{
    symfeed_retry_hang_up(feed);
    feed->waiting = false;
    feed->stopping = STOPPED;
    /* From the tokens on to what was received last; and the window, which held requests. */
    symfeed_bytes_wipe((char *)feed + offsetof(struct symfeed, session_token),
                       sizeof *feed - offsetof(struct symfeed, session_token));
    symfeed_bytes_wipe(feed->connection.out, feed->window_size);
    /* Of a legacy feed the header line is elsewhere: it may hold a pod's cookie. */
    symfeed_bytes_wipe(feed->connection.response.line, feed->connection.response.line_room);
    if (!feed->over) {
        symfeed_retry_say(feed, SYMFEED_LOG_INFO, INFORMATION("stopped"));
    }
    return stopped(feed);
}

/* --- the wheel ---------------------------------------------------------------------------- */

/* One turn. SYMFEED_OK: go on with the next one. */
static enum symfeed_status turn(struct symfeed *feed, struct symfeed_event *event)
{
    if (feed->waiting) {
        if (symfeed_time_left(feed->deadline, now(feed)) > 0) {
            return SYMFEED_WAIT;
        }
        feed->waiting = false;
    }
#if SYMFEED_LEGACY
    if (feed->again) {
        symfeed_delivery_again(feed, event);
        return SYMFEED_EVENT;
    }
#endif
    if (!feed->busy) {
        ask(feed);
        return SYMFEED_OK;
    }
    switch (symfeed_connection_step(&feed->connection)) {
    case CONNECTION_WAIT: feed->deadline = feed->connection.deadline; return SYMFEED_WAIT;
    case CONNECTION_BODY: return take_body(feed, event) ? SYMFEED_EVENT : SYMFEED_OK;
    case CONNECTION_SENT: feed->sent = true; return SYMFEED_OK;
    case CONNECTION_DONE: answered(feed); return SYMFEED_OK;
#if SYMFEED_PROXY
    case CONNECTION_REFUSED: proxy_refused(feed); return SYMFEED_OK;
#endif
    default: failed(feed); return SYMFEED_OK;
    }
}

enum symfeed_status symfeed_next(struct symfeed *feed, struct symfeed_event *event)
{
    if (feed->stopping == STOPPED) {
        return stopped(feed);
    }
    symfeed_delivery_settle(feed);
    for (unsigned turns = 0; turns < MOST_TURNS; turns++) {
        enum symfeed_status status = SYMFEED_OK;

        if (may_stop(feed)) {
            return stop(feed);
        }
        status = turn(feed, event);
        if (status != SYMFEED_OK) {
            return status;
        }
    }
    if (!feed->waiting) {
        feed->deadline = now(feed);
    }
    return SYMFEED_WAIT;
}

void symfeed_refuse(struct symfeed *feed)
{
    feed->refused = feed->in_hand;
}
