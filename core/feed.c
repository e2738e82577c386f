/* SPDX-License-Identifier: Apache-2.0 */
/*
 * feed.c - the state machine: find or create a feed, read and acknowledge, start anew when it is
 * gone. feed.h has it as a picture; here it stands from top to bottom: waiting, credentials,
 * asking, what each answer leads to, events, stopping, and symfeed_next(), which turns the wheel.
 *
 * Knows: every other file of the core. Promises: whatever comes, the next thing is a bounded wait
 * or a request; an ackId comes into force only when its batch was whole and all of it taken.
 */
#include "feed.h"

#include "bytes.h"
#include "json.h"
#include "note.h"

/* Turns of the wheel in one symfeed_next(), so that no peer keeps the caller busy. */
#define MOST_TURNS 64

/* Of a body that nobody wants, this much is read so that the connection can be kept. */
#define MOST_DRAINED 16384u

/* An answer without events that came sooner than this did not wait for events: a server that is
 * not holding reads. Asking again at once would be a storm. */
#define EMPTY_SOON 500u

static uint32_t now(const struct symfeed *feed)
{
    return feed->port->now(feed->port->context);
}

/* --- waiting and telling ------------------------------------------------------------------ */

static uint32_t random_number(const struct symfeed *feed)
{
    uint32_t number = 0;

    feed->port->random(feed->port->context, &number, sizeof number);
    return number;
}

static void pause(struct symfeed *feed, uint32_t milliseconds)
{
    feed->waiting = true;
    feed->deadline = now(feed) + milliseconds;
}

static enum call call_of(const struct symfeed *feed)
{
    /* In the order of enum goal. */
    static const unsigned char calls[] = {CALL_LIST,   CALL_CREATE, CALL_READ,
                                          CALL_DELETE, CALL_LIST,   CALL_DELETE};

    return (enum call)calls[feed->goal];
}

/* Says what happened: to the call at hand, "read: ", with its answer where there is one, "503
 * (trace ab3de9)", since the vendor's support finds a call by its trace id; and when the next try
 * is. */
static void tell_call(const struct symfeed *feed, enum symfeed_level level, bool is_answer,
                      const char *text, uint32_t wait)
{
    struct note note;

    symfeed_note_begin(&note, symfeed_agent_call_name(call_of(feed)));
    symfeed_note_text(&note, ": ");
    if (is_answer) {
        symfeed_note_number(&note, feed->exchange.http.status);
        symfeed_note_text(&note, " (trace ");
        symfeed_note_text(&note, feed->exchange.request.trace);
        symfeed_note_text(&note, ")");
    }
    symfeed_note_text(&note, text);
    if (wait > 0) {
        symfeed_note_text(&note, ", next try in ");
        symfeed_note_seconds(&note, wait);
    }
    symfeed_note_log(&note, feed->port, level);
}

static void tell_answer(const struct symfeed *feed, enum symfeed_level level, const char *text)
{
    tell_call(feed, level, true, text, 0);
}

static void tell(const struct symfeed *feed, enum symfeed_level level, const char *text)
{
    struct note note;

    symfeed_note_begin(&note, text);
    symfeed_note_log(&note, feed->port, level);
}

/* How long a retry waits at first: a little where things mend themselves, longer where a person has
 * to act. */
enum pace { SOON, SLOWLY };

/* Says what failed, and sets the wait before the next try: at least `least` milliseconds. The
 * status is told where there is an answer. */
static void retry(struct symfeed *feed, enum pace pace, bool is_answer, const char *text,
                  uint32_t least)
{
    uint32_t first = pace == SOON ? feed->timers.backoff_first : feed->timers.backoff_slow;
    uint32_t wait =
        symfeed_backoff_next(&feed->backoff, first, feed->timers.backoff_max, random_number(feed));

    if (wait < least) {
        wait = least;
    }
    feed->counters.retries++;
    pause(feed, wait);
    tell_call(feed, pace == SOON ? SYMFEED_LOG_WARNING : SYMFEED_LOG_ERROR, is_answer, text, wait);
    if (feed->goal == GOAL_CREATE) {
        feed->goal = GOAL_LIST; /* the feed may have been made all the same */
    }
}

/* --- credentials -------------------------------------------------------------------------- */

/* Asks the port for tokens. false: none; a wait is set. */
static bool fetch_tokens(struct symfeed *feed)
{
    struct symfeed_credentials credentials = {feed->session_token, sizeof feed->session_token,
                                              feed->key_manager_token,
                                              sizeof feed->key_manager_token, feed->unauthorized};
    const struct symfeed_port *port = feed->port;

    if (port->credentials(port->context, &credentials) != 0) {
        retry(feed, SLOWLY, false, port->reason != NULL ? port->reason(port->context) : "no tokens",
              0);
        return false;
    }
    if (!symfeed_agent_is_token(feed->session_token, sizeof feed->session_token) ||
        feed->session_token[0] == '\0' ||
        !symfeed_agent_is_token(feed->key_manager_token, sizeof feed->key_manager_token)) {
        retry(feed, SLOWLY, false, "a token is empty, too long or not printable ASCII", 0);
        return false;
    }
    feed->counters.signins++;
    feed->have_tokens = true;
    return true;
}

/* 401: fresh tokens, same goal, same ackId. At once the first time, slowly from then on. */
static void unauthorized(struct symfeed *feed)
{
    static const char text[] = ": tokens not accepted, fetching fresh ones";

    feed->have_tokens = false;
    if (feed->unauthorized) {
        retry(feed, SLOWLY, true, text, 0);
    } else {
        feed->unauthorized = true;
        tell_answer(feed, SYMFEED_LOG_WARNING, text);
    }
}

/* --- asking ------------------------------------------------------------------------------- */

static enum batch_shape shape_of(const struct symfeed *feed)
{
    enum call call = call_of(feed);

    return call == CALL_READ ? BATCH_ENVELOPE : call == CALL_LIST ? BATCH_LIST : BATCH_OBJECT;
}

/* The key of the event hashes is drawn at the first call: init makes no port call. */
static void start(struct symfeed *feed)
{
    feed->started = true;
    feed->hash_key[0] = random_number(feed);
    feed->hash_key[1] = random_number(feed);
}

/* Sends the request that the goal asks for. */
static void ask(struct symfeed *feed)
{
    struct request *request = &feed->exchange.request;

    if (!feed->started) {
        start(feed);
    }
    if (!feed->have_tokens && !fetch_tokens(feed)) {
        return;
    }
    request->call = (uint8_t)call_of(feed);
    request->all_feeds = feed->goal == GOAL_RECLAIM_LIST;
    request->feed.at = feed->feed_id;
    request->feed.size = feed->feed_id_size;
    request->ack.at = feed->ack;
    request->ack.size = feed->ack_size;
    feed->found = false;
    feed->elements = 0;
    feed->oldest = INT64_MAX;
    feed->drained = 0;
    symfeed_batch_init(&feed->batch, shape_of(feed), feed->exchange.out, feed->window_size,
                       feed->tokens.room, feed->next_ack, sizeof feed->next_ack, feed->hash_key);
    symfeed_exchange_begin(&feed->exchange);
    feed->busy = true;
}

/* Closes the connection and leaves the answer at hand. */
static void hang_up(struct symfeed *feed)
{
    symfeed_exchange_abort(&feed->exchange);
    feed->busy = false;
}

/* --- what answers lead to ----------------------------------------------------------------- */

static void good_answer(struct symfeed *feed)
{
    feed->unauthorized = false;
    if (!feed->gone) {
        feed->backoff.step = 0;
    }
}

/* From now on this feed is read, from its beginning: what is not acknowledged comes again. */
static void read_feed(struct symfeed *feed, const char *how)
{
    good_answer(feed);
    feed->dead = 0;
    feed->ack_size = 0;
    feed->ack_pending = false;
    feed->goal = GOAL_READ;
    tell(feed, SYMFEED_LOG_INFO, how);
}

static uint64_t hash_of_id(const struct symfeed *feed, const char *id, size_t size)
{
    struct hash hash;

    symfeed_hash_init(&hash, feed->hash_key);
    symfeed_hash_update(&hash, (const unsigned char *)id, size);
    return symfeed_hash_final(&hash);
}

/* The feed is gone, or does not know the ackId. The first time that is met at once; if no good
 * read came in between, it has to wait like every failure. */
static void lost_feed(struct symfeed *feed)
{
    static const char text[] = ": the feed is gone, starting anew";

    if (feed->gone) {
        retry(feed, SOON, true, text, 0);
    } else {
        tell_answer(feed, SYMFEED_LOG_WARNING, text);
    }
    feed->gone = true;
    feed->dead = hash_of_id(feed, feed->feed_id, feed->feed_id_size);
    feed->batch_open = false;
    feed->ack_size = 0;
    feed->ack_pending = false;
    feed->goal = GOAL_DELETE;
}

/* As many feeds exist as may. */
static void too_many_feeds(struct symfeed *feed)
{
    if (feed->reclaim && !feed->reclaimed) {
        tell_answer(feed, SYMFEED_LOG_WARNING, ": too many feeds, deleting the oldest");
        feed->reclaimed = true;
        feed->goal = GOAL_RECLAIM_LIST;
        return;
    }
    retry(feed, SLOWLY, true, symfeed_agent_remedy(CALL_CREATE, 403), 0);
    feed->reclaimed = false;
    feed->goal = GOAL_LIST;
}

static void bad_body(struct symfeed *feed)
{
    retry(feed, SOON, true, ": the body is not the JSON it should be", 0);
}

static void listed(struct symfeed *feed)
{
    if (feed->goal == GOAL_RECLAIM_LIST) {
        feed->goal = feed->found ? GOAL_RECLAIM_DELETE : GOAL_CREATE;
    } else if (feed->found) {
        read_feed(feed, "found a feed");
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
    read_feed(feed, "created a feed");
}

/* A good answer to a read is over. If it brought nothing, and did not wait for anything either, the
 * next read does - but not where an acknowledgement is all that is left to do. */
static void nothing_more(struct symfeed *feed)
{
    good_answer(feed);
    if (feed->elements == 0 && feed->stopping != STOPPING_NOW &&
        now(feed) - feed->exchange.sent_at < EMPTY_SOON) {
        pause(feed, feed->timers.backoff_first);
    }
}

/* A batch is whole and all of it taken: its ackId comes into force. */
static void commit(struct symfeed *feed)
{
    memcpy(feed->ack, feed->next_ack, feed->batch.ack_size);
    feed->ack_size = feed->batch.ack_size;
    feed->ack_pending = true;
    feed->batch_open = false;
    feed->gone = false;
    feed->reclaimed = false;
    feed->refusals = 0;
    feed->poisoned = 0;
    feed->counters.batches++;
    symfeed_repeats_commit(&feed->repeats);
    nothing_more(feed);
}

static void read_whole(struct symfeed *feed)
{
    if (feed->batch.ack_state == BATCH_ACK_WHOLE) {
        commit(feed);
    } else {
        retry(feed, SOON, true,
              feed->batch.ack_state == BATCH_ACK_NONE
                  ? ": no ackId, cannot acknowledge"
                  : ": ackId longer than SYMFEED_ACK_ID_SIZE, cannot acknowledge",
              0);
    }
}

static void good(struct symfeed *feed)
{
    if (feed->goal == GOAL_READ && feed->exchange.http.status == 204) {
        feed->ack_pending = false;
        nothing_more(feed); /* no content is no event: some gateway's way to end a long poll */
        return;
    }
    if (!symfeed_batch_whole(&feed->batch)) {
        bad_body(feed);
        return;
    }
    switch (feed->goal) {
    case GOAL_READ: read_whole(feed); break;
    case GOAL_CREATE: created(feed); break;
    default: listed(feed); break;
    }
}

/* A delete is only tidying up: whatever came of it, go on. */
static void deleted(struct symfeed *feed)
{
    feed->goal = feed->goal == GOAL_DELETE ? GOAL_LIST : GOAL_CREATE;
}

/* Retry-After in milliseconds, as far as it is granted. */
static uint32_t asked_to_wait(const struct symfeed *feed)
{
    const struct symfeed_port *port = feed->port;
    int64_t wall = port->wall_clock != NULL ? port->wall_clock(port->context) : 0;
    uint32_t seconds = symfeed_http_retry_after(&feed->exchange.http, (uint32_t)wall);

    return seconds > feed->timers.retry_after_max / 1000 ? feed->timers.retry_after_max
                                                         : seconds * 1000;
}

static bool wants_body(const struct symfeed *feed)
{
    return call_of(feed) != CALL_DELETE &&
           symfeed_agent_judge(call_of(feed), feed->exchange.http.status) == VERDICT_GOOD;
}

static void answered(struct symfeed *feed)
{
    uint16_t status = feed->exchange.http.status;
    enum verdict verdict = symfeed_agent_judge(call_of(feed), status);

    feed->busy = false;
    tell_answer(feed, SYMFEED_LOG_DEBUG, "");
    if (call_of(feed) == CALL_DELETE) {
        deleted(feed);
        return;
    }
    switch (verdict) {
    case VERDICT_GOOD: good(feed); break;
    case VERDICT_UNAUTHORIZED: unauthorized(feed); break;
    case VERDICT_GONE: lost_feed(feed); break;
    case VERDICT_FULL: too_many_feeds(feed); break;
    default:
        retry(feed, verdict == VERDICT_AGAIN ? SOON : SLOWLY, true,
              symfeed_agent_remedy(call_of(feed), status), asked_to_wait(feed));
        break;
    }
}

/* No answer, or half of one. */
static void failed(struct symfeed *feed)
{
    if (symfeed_http_has_head(&feed->exchange.http) && !wants_body(feed)) {
        answered(feed); /* its status says enough */
        return;
    }
    feed->busy = false;
    retry(feed, SOON, false, feed->exchange.failure, 0);
    if (call_of(feed) == CALL_DELETE) {
        deleted(feed);
    }
}

/* --- feeds in a list ---------------------------------------------------------------------- */

/* May this listed feed be read? With a tag the agent has chosen already. */
static bool may_use(const struct symfeed *feed, const char *id, size_t size)
{
    if (feed->dead != 0 && feed->dead == hash_of_id(feed, id, size)) {
        return false;
    }
    return feed->agent.tag.size > 0 ? !symfeed_agent_is_datahose(id) : symfeed_agent_is_fanout(id);
}

/* One feed of a list or the one that was created. */
static void take_feed(struct symfeed *feed)
{
    char id[SYMFEED_FEED_ID_SIZE];
    int64_t created_at = 0;
    struct symfeed_value value = {SYMFEED_ABSENT, NULL, 0};
    size_t size = 0;

    symfeed_json_split(feed->exchange.out, feed->batch.size, &feed->tokens);
    value = symfeed_json_find(feed->exchange.out, &feed->tokens, "id");
    size = symfeed_string(value, id, sizeof id);
    if (value.kind != SYMFEED_STRING || value.size >= sizeof id || size == 0) {
        return;
    }
    if (feed->goal == GOAL_RECLAIM_LIST) {
        value = symfeed_json_find(feed->exchange.out, &feed->tokens, "createdAt");
        (void)symfeed_integer(value, &created_at);
        if (symfeed_agent_is_datahose(id) || created_at >= feed->oldest) {
            return;
        }
        feed->oldest = created_at;
    } else if (feed->goal == GOAL_LIST && (feed->found || !may_use(feed, id, size))) {
        return;
    }
    feed->found = true;
    feed->feed_id_size = (uint16_t)size;
    memcpy(feed->feed_id, id, size);
}

/* --- events ------------------------------------------------------------------------------- */

/* Has this event been refused so often that it must not hold up the rest any longer? */
static bool is_hopeless(const struct symfeed *feed)
{
    bool often = feed->event == feed->poison && feed->poisoned >= feed->max_refusals;

    return often || feed->refusals >= (uint32_t)feed->max_refusals * SYMFEED_REPEATS;
}

/* The element in the window goes to the application, unless it was there before. */
static bool hand_out(struct symfeed *feed, struct symfeed_event *event)
{
    struct batch *batch = &feed->batch;

    feed->event = symfeed_batch_hash(batch);
    if (symfeed_repeats_seen(&feed->repeats, feed->event)) {
        feed->counters.duplicates++;
        feed->batch_open = true;
        return false;
    }
    if (feed->stopping == STOPPING_NOW) {
        hang_up(feed);
        feed->batch_open = false;
        return false;
    }
    feed->elements++;
    feed->in_hand = true;
    feed->batch_open = true;
    feed->refused = false;
    feed->given_up = is_hopeless(feed);
    feed->handed_out = now(feed);
    event->text = feed->exchange.out;
    event->size = batch->size;
    event->bytes = batch->bytes;
    event->truncated = batch->truncated;
    event->malformed = batch->malformed;
    event->given_up = feed->given_up;
    event->tokens = &feed->tokens;
    feed->tokens.used = 0;
    feed->counters.events++;
    feed->counters.truncated += event->truncated ? 1u : 0u;
    feed->counters.malformed += event->malformed ? 1u : 0u;
    if (feed->given_up) {
        feed->counters.given_up++;
        tell(feed, SYMFEED_LOG_ERROR, "an event was refused too often: handed out a last time");
    }
    return true;
}

static void give_back(struct symfeed *feed)
{
    feed->counters.refused++;
    feed->poisoned = feed->event == feed->poison ? (uint8_t)(feed->poisoned + 1) : 1;
    feed->poison = feed->event;
    feed->refusals++;
    hang_up(feed);
    retry(feed, SOON, false, "an event was refused, reading its batch again", 0);
}

/* The application is back: the event it had is taken or refused. */
static void settle(struct symfeed *feed)
{
    bool poison = feed->event == feed->poison && feed->poisoned > 0;

    if (!feed->in_hand) {
        return;
    }
    feed->in_hand = false;
    symfeed_exchange_forgive(&feed->exchange, now(feed) - feed->handed_out);
    if (feed->refused && !feed->given_up) {
        give_back(feed);
    } else {
        /* One that was refused before is remembered in any case, or two such events in a batch
         * longer than the memory would hold each other up for ever. */
        symfeed_repeats_add(&feed->repeats, feed->event, poison || feed->given_up);
    }
}

/* An element is in the window. true: it is handed out. */
static bool take_element(struct symfeed *feed, struct symfeed_event *event)
{
    if (feed->goal != GOAL_READ) {
        if (!feed->batch.malformed) {
            take_feed(feed);
        }
        return false;
    }
    return hand_out(feed, event);
}

/* Bytes of a body are there. true: an event is handed out. */
static bool take_body(struct symfeed *feed, struct symfeed_event *event)
{
    struct exchange *exchange = &feed->exchange;
    size_t taken = exchange->body_size;
    enum batch_result result = BATCH_MORE;

    if (wants_body(feed)) {
        if (feed->goal == GOAL_READ) {
            feed->ack_pending = false; /* the agent has answered the read that carried it */
        }
        result = symfeed_batch_feed(&feed->batch, exchange->body, exchange->body_size, &taken);
    } else {
        feed->drained += (uint32_t)taken;
    }
    exchange->body += taken;
    exchange->body_size -= taken;
    if (result == BATCH_BROKEN) {
        hang_up(feed);
        bad_body(feed);
    } else if (feed->drained > MOST_DRAINED) {
        hang_up(feed);
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
    bool reading = feed->busy && feed->goal == GOAL_READ;

    if (feed->stopping == STOPPING_NOT) {
        return false;
    }
    if (feed->stopping == STOPPING_AFTER_BATCH) {
        if (feed->batch_open) {
            return false;
        }
    } else {
        if (feed->waiting || (int32_t)(now(feed) - feed->stop_deadline) >= 0) {
            return true;
        }
        if (feed->batch_open && symfeed_exchange_has_head(&feed->exchange) && wants_body(feed)) {
            return false; /* this batch may yet prove complete */
        }
    }
    return !feed->ack_pending || (reading && symfeed_exchange_sent(&feed->exchange));
}

static enum symfeed_status stop(struct symfeed *feed)
{
    hang_up(feed);
    feed->waiting = false;
    feed->stopping = STOPPED;
    symfeed_bytes_wipe(feed->session_token, sizeof feed->session_token);
    symfeed_bytes_wipe(feed->key_manager_token, sizeof feed->key_manager_token);
    symfeed_bytes_wipe(feed->exchange.out, feed->window_size);
    symfeed_bytes_wipe(feed->in, sizeof feed->in);
    tell(feed, SYMFEED_LOG_INFO, "stopped");
    return SYMFEED_STOPPED;
}

/* --- the wheel ---------------------------------------------------------------------------- */

/* One turn. SYMFEED_OK: go on with the next one. */
static enum symfeed_status turn(struct symfeed *feed, struct symfeed_event *event)
{
    if (feed->waiting) {
        if ((int32_t)(now(feed) - feed->deadline) < 0) {
            return SYMFEED_WAIT;
        }
        feed->waiting = false;
    }
    if (!feed->busy) {
        ask(feed);
        return SYMFEED_OK;
    }
    switch (symfeed_exchange_step(&feed->exchange)) {
    case EXCHANGE_WAIT: feed->deadline = feed->exchange.deadline; return SYMFEED_WAIT;
    case EXCHANGE_BODY: return take_body(feed, event) ? SYMFEED_EVENT : SYMFEED_OK;
    case EXCHANGE_SENT: return SYMFEED_OK;
    case EXCHANGE_DONE: answered(feed); return SYMFEED_OK;
    default: failed(feed); return SYMFEED_OK;
    }
}

enum symfeed_status symfeed_next(struct symfeed *feed, struct symfeed_event *event)
{
    if (feed->stopping == STOPPED) {
        return SYMFEED_STOPPED;
    }
    settle(feed);
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

unsigned symfeed_wants(const struct symfeed *feed)
{
    return feed->exchange.wants; /* 0 but for an exchange that is stuck */
}

uint32_t symfeed_deadline(const struct symfeed *feed)
{
    if (feed->stopping == STOPPING_NOW && (int32_t)(feed->stop_deadline - feed->deadline) < 0) {
        return feed->stop_deadline;
    }
    return feed->deadline;
}

const struct symfeed_counters *symfeed_counters(const struct symfeed *feed)
{
    return &feed->counters;
}
