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

/* Turns of the wheel in one symfeed_next(), so that no peer keeps the caller from its other work.
 */
#define MOST_TURNS 64

/* Of a body that nobody wants, this much is read so that the connection can be kept. */
#define MOST_DRAINED 16384u

/* An answer without events that came sooner than this did not wait for events: a server that is
 * not holding reads. Asking again at once would be a storm. */
#define SOON 500u

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

/* The line gets its end - when the next try is - and the feed its wait, which starts at `first` and
 * is at least `least` milliseconds. */
static void retry(struct symfeed *feed, struct note *note, enum symfeed_level level, uint32_t first,
                  uint32_t least)
{
    uint32_t wait =
        backoff_next(&feed->backoff, first, feed->timers.backoff_max, random_number(feed));

    if (wait < least) {
        wait = least;
    }
    feed->counters.retries++;
    pause(feed, wait);
    note_text(note, ", next try in ");
    note_seconds(note, wait);
    note_log(note, feed->port, level);
}

static void retry_soon(struct symfeed *feed, struct note *note)
{
    retry(feed, note, SYMFEED_LOG_WARNING, feed->timers.backoff_first, 0);
}

static void retry_slowly(struct symfeed *feed, struct note *note)
{
    retry(feed, note, SYMFEED_LOG_ERROR, feed->timers.backoff_slow, 0);
}

static void tell(const struct symfeed *feed, enum symfeed_level level, const char *text)
{
    struct note note;

    note_begin(&note, text);
    note_log(&note, feed->port, level);
}

static enum call call_of(const struct symfeed *feed)
{
    switch (feed->goal) {
    case GOAL_LIST:
    case GOAL_RECLAIM_LIST: return CALL_LIST;
    case GOAL_CREATE: return CALL_CREATE;
    case GOAL_READ: return CALL_READ;
    default: return CALL_DELETE;
    }
}

static void note_call(const struct symfeed *feed, struct note *note)
{
    note_begin(note, agent_call_name(call_of(feed)));
    note_text(note, ": ");
}

/* "read: 503 (trace aB3dE9)"; the vendor's support finds a call by its trace id. */
static void note_answer(const struct symfeed *feed, struct note *note)
{
    char trace[sizeof feed->exchange.request.trace + 1];

    memcpy(trace, feed->exchange.request.trace, sizeof trace - 1);
    trace[sizeof trace - 1] = '\0';
    note_call(feed, note);
    note_number(note, feed->exchange.http.status);
    note_text(note, " (trace ");
    note_text(note, trace);
    note_text(note, ")");
}

/* --- credentials -------------------------------------------------------------------------- */

static size_t terminated(char *string, size_t size)
{
    size_t length = 0;

    string[size - 1] = '\0';
    while (string[length] != '\0') {
        length++;
    }
    return length;
}

/* A token goes into a header as it is: printable ASCII, nothing that could end the line. */
static bool is_header_safe(const char *token)
{
    while (*token > ' ' && *token <= '~') {
        token++;
    }
    return *token == '\0';
}

static uint64_t hash_of_tokens(struct symfeed *feed)
{
    struct hash hash;

    hash_init(&hash, feed->hash_key);
    hash_update(&hash, (const unsigned char *)feed->session_token,
                terminated(feed->session_token, sizeof feed->session_token));
    hash_update(&hash, (const unsigned char *)feed->key_manager_token,
                terminated(feed->key_manager_token, sizeof feed->key_manager_token));
    return hash_final(&hash);
}

/* Asks the port for tokens. false: none, or none that are worth trying at once; a wait is set. */
static bool fetch_tokens(struct symfeed *feed)
{
    struct symfeed_credentials credentials = {
        feed->session_token, sizeof feed->session_token, feed->key_manager_token,
        sizeof feed->key_manager_token, feed->unauthorized > 0};
    uint64_t before = hash_of_tokens(feed);
    const struct symfeed_port *port = feed->port;
    struct note note;

    note_begin(&note, "no tokens: ");
    if (port->credentials(port->context, &credentials) != 0) {
        note_text(&note, port->reason != NULL ? port->reason(port->context) : "none to be had");
        retry_slowly(feed, &note);
        return false;
    }
    if (terminated(feed->session_token, sizeof feed->session_token) == 0 ||
        !is_header_safe(feed->session_token) ||
        terminated(feed->key_manager_token, sizeof feed->key_manager_token) == SIZE_MAX ||
        !is_header_safe(feed->key_manager_token)) {
        note_text(&note, "a token is empty or has characters other than printable ASCII");
        retry_slowly(feed, &note);
        return false;
    }
    if (feed->unauthorized == 1 && before == hash_of_tokens(feed)) {
        feed->unauthorized = 2;
        note_begin(&note, "the tokens at hand are still those that were refused");
        retry_slowly(feed, &note);
        return false;
    }
    feed->counters.signins++;
    feed->have_tokens = true;
    return true;
}

/* 401: fresh tokens, same goal, same ackId. At once the first time, slowly from then on. */
static void unauthorized(struct symfeed *feed)
{
    struct note note;

    feed->have_tokens = false;
    note_answer(feed, &note);
    note_text(&note, ": the tokens are not accepted, fetching fresh ones");
    if (feed->unauthorized == 0) {
        feed->unauthorized = 1;
        note_log(&note, feed->port, SYMFEED_LOG_WARNING);
    } else {
        feed->unauthorized = 2;
        retry_slowly(feed, &note);
    }
}

/* --- asking ------------------------------------------------------------------------------- */

static enum batch_shape shape_of(const struct symfeed *feed)
{
    switch (feed->goal) {
    case GOAL_READ: return BATCH_ENVELOPE;
    case GOAL_LIST:
    case GOAL_RECLAIM_LIST: return BATCH_LIST;
    default: return BATCH_OBJECT;
    }
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
    request->feed.size = terminated(feed->feed_id, sizeof feed->feed_id);
    request->ack.at = feed->ack;
    request->ack.size = feed->ack_size;
    feed->found = false;
    feed->elements = 0;
    feed->drained = 0;
    batch_init(&feed->batch, shape_of(feed), feed->exchange.out, feed->window_size,
               feed->max_tokens, feed->next_ack, sizeof feed->next_ack, feed->hash_key);
    exchange_begin(&feed->exchange);
    feed->busy = true;
}

/* Closes the connection and leaves the answer at hand. */
static void hang_up(struct symfeed *feed)
{
    exchange_abort(&feed->exchange);
    feed->busy = false;
}

/* --- what answers lead to ----------------------------------------------------------------- */

static void good_answer(struct symfeed *feed)
{
    feed->unauthorized = 0;
    if (!feed->gone) {
        feed->backoff.step = 0;
    }
}

/* From now on this feed is read, from its beginning: what is not acknowledged comes again. */
static void read_feed(struct symfeed *feed, const char *how)
{
    good_answer(feed);
    feed->dead = false;
    feed->ack_size = 0;
    feed->ack_pending = false;
    feed->goal = GOAL_READ;
    tell(feed, SYMFEED_LOG_INFO, how);
}

/* The feed is gone, or does not know the ackId. The first time that is met at once; if no good
 * read came in between, it has to wait like every failure. */
static void lost_feed(struct symfeed *feed)
{
    struct note note;

    note_answer(feed, &note);
    note_text(&note, ": the feed is gone, starting anew");
    feed->dead = true;
    feed->batch_open = false;
    feed->ack_size = 0;
    feed->ack_pending = false;
    feed->goal = GOAL_DELETE;
    if (feed->gone) {
        retry_soon(feed, &note);
    } else {
        feed->gone = true;
        note_log(&note, feed->port, SYMFEED_LOG_WARNING);
    }
}

/* As many feeds exist as may. */
static void too_many_feeds(struct symfeed *feed)
{
    struct note note;

    note_answer(feed, &note);
    if (feed->reclaim && !feed->reclaimed) {
        note_text(&note, ": as many feeds exist as may, deleting the oldest");
        note_log(&note, feed->port, SYMFEED_LOG_WARNING);
        feed->reclaimed = true;
        feed->oldest = INT64_MAX;
        feed->feed_id[0] = '\0';
        feed->goal = GOAL_RECLAIM_LIST;
        return;
    }
    feed->reclaimed = false;
    feed->goal = GOAL_LIST;
    note_text(&note, agent_remedy(CALL_CREATE, 403));
    retry_slowly(feed, &note);
}

static void bad_body(struct symfeed *feed)
{
    struct note note;

    note_answer(feed, &note);
    note_text(&note, ": the body is not the JSON it should be");
    retry_soon(feed, &note);
}

static void listed(struct symfeed *feed)
{
    if (feed->goal == GOAL_RECLAIM_LIST) {
        feed->goal = feed->found ? GOAL_RECLAIM_DELETE : GOAL_CREATE;
    } else if (feed->found) {
        read_feed(feed, "found a feed");
    } else {
        good_answer(feed);
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
    repeats_commit(&feed->repeats);
    good_answer(feed);
    if (feed->elements == 0 && now(feed) - feed->exchange.answer_start < SOON) {
        pause(feed, feed->timers.backoff_first);
    }
}

static void read_whole(struct symfeed *feed)
{
    struct note note;

    if (feed->batch.ack_state == BATCH_ACK_WHOLE) {
        commit(feed);
        return;
    }
    note_answer(feed, &note);
    note_text(&note, feed->batch.ack_state == BATCH_ACK_NONE
                         ? ": no ackId in the answer, it cannot be acknowledged"
                         : ": the ackId is longer than SYMFEED_ACK_ID_SIZE, the batch cannot be "
                           "acknowledged");
    retry_soon(feed, &note);
}

static void good(struct symfeed *feed)
{
    if (!batch_whole(&feed->batch)) {
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
    uint32_t seconds = http_retry_after(&feed->exchange.http, wall);

    return seconds > feed->timers.retry_after_max / 1000 ? feed->timers.retry_after_max
                                                         : seconds * 1000;
}

static void failed_answer(struct symfeed *feed, enum verdict verdict)
{
    enum call call = call_of(feed);
    struct note note;

    note_answer(feed, &note);
    note_text(&note, agent_remedy(call, feed->exchange.http.status));
    if (verdict == VERDICT_SLOW) {
        retry(feed, &note, SYMFEED_LOG_ERROR, feed->timers.backoff_slow, asked_to_wait(feed));
    } else {
        retry(feed, &note, SYMFEED_LOG_WARNING, feed->timers.backoff_first, asked_to_wait(feed));
    }
}

static bool wants_body(const struct symfeed *feed)
{
    return call_of(feed) != CALL_DELETE &&
           agent_judge(call_of(feed), feed->exchange.http.status) == VERDICT_GOOD;
}

static void answered(struct symfeed *feed)
{
    enum verdict verdict = agent_judge(call_of(feed), feed->exchange.http.status);
    struct note note;

    feed->busy = false;
    note_answer(feed, &note);
    note_log(&note, feed->port, SYMFEED_LOG_DEBUG);
    if (call_of(feed) == CALL_DELETE) {
        deleted(feed);
        return;
    }
    switch (verdict) {
    case VERDICT_GOOD: good(feed); break;
    case VERDICT_UNAUTHORIZED: unauthorized(feed); break;
    case VERDICT_GONE: lost_feed(feed); break;
    case VERDICT_FULL: too_many_feeds(feed); break;
    default: failed_answer(feed, verdict); break;
    }
}

/* No answer, or half of one. */
static void failed(struct symfeed *feed)
{
    struct note note;

    feed->busy = false;
    note_call(feed, &note);
    note_text(&note, feed->exchange.failure);
    retry_soon(feed, &note);
    if (call_of(feed) == CALL_DELETE) {
        deleted(feed);
    }
}

/* --- feeds in a list ---------------------------------------------------------------------- */

static struct symfeed_value member(const struct symfeed *feed, size_t count, const char *name)
{
    return json_find(feed->exchange.out, feed->tokens, count, name);
}

static bool is_equal(const char *one, const char *other)
{
    while (*one == *other && *one != '\0') {
        one++;
        other++;
    }
    return *one == *other;
}

/* May this listed feed be read? With a tag the agent has chosen already. */
static bool may_use(const struct symfeed *feed, const char *id)
{
    if (feed->dead && is_equal(id, feed->feed_id)) {
        return false;
    }
    return feed->agent.tag.size > 0 ? !agent_is_datahose(id) : agent_is_fanout(id);
}

/* One feed of a list or the one that was created. */
static void take_feed(struct symfeed *feed)
{
    char id[SYMFEED_FEED_ID_SIZE];
    int64_t created_at = 0;
    size_t count = json_split(feed->exchange.out, feed->batch.size, feed->tokens, feed->max_tokens);
    struct symfeed_value value = member(feed, count, "id");

    if (value.kind != SYMFEED_STRING || value.size >= sizeof id ||
        symfeed_string(value, id, sizeof id) == 0) {
        return;
    }
    if (feed->goal == GOAL_RECLAIM_LIST) {
        (void)symfeed_integer(member(feed, count, "createdAt"), &created_at);
        if (agent_is_datahose(id) || created_at >= feed->oldest) {
            return;
        }
        feed->oldest = created_at;
    } else if (feed->goal == GOAL_LIST && (feed->found || !may_use(feed, id))) {
        return;
    }
    feed->found = true;
    memcpy(feed->feed_id, id, sizeof id);
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
    size_t count = 0;

    feed->event = batch_hash(batch);
    if (repeats_seen(&feed->repeats, feed->event)) {
        feed->counters.duplicates++;
        feed->batch_open = true;
        return false;
    }
    if (!batch->malformed) {
        count = json_split(feed->exchange.out, batch->size, feed->tokens, feed->max_tokens);
    }
    feed->in_hand = true;
    feed->batch_open = true;
    feed->refused = false;
    feed->given_up = is_hopeless(feed);
    feed->handed_out = now(feed);
    event->text = feed->exchange.out;
    event->size = batch->size;
    event->bytes = batch->bytes;
    event->truncated = batch->truncated;
    event->malformed = count == 0;
    event->given_up = feed->given_up;
    event->token_count = count;
    event->tokens = feed->tokens;
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
    struct note note;

    feed->counters.refused++;
    feed->poisoned = feed->event == feed->poison ? (uint8_t)(feed->poisoned + 1) : 1;
    feed->poison = feed->event;
    feed->refusals++;
    hang_up(feed);
    note_begin(&note, "an event was refused, reading its batch again");
    retry_soon(feed, &note);
}

/* The application is back: the event it had is taken or refused. */
static void settle(struct symfeed *feed)
{
    bool poison = feed->event == feed->poison && feed->poisoned > 0;

    if (!feed->in_hand) {
        return;
    }
    feed->in_hand = false;
    exchange_forgive(&feed->exchange, now(feed) - feed->handed_out);
    if (feed->refused && !feed->given_up) {
        give_back(feed);
    } else {
        /* One that was refused before is remembered in any case, or two such events in a batch
         * longer than the memory would hold each other up for ever. */
        repeats_add(&feed->repeats, feed->event, poison || feed->given_up);
    }
}

/* An element is in the window. true: it is handed out. */
static bool take_element(struct symfeed *feed, struct symfeed_event *event)
{
    feed->elements++;
    if (feed->goal != GOAL_READ) {
        if (!feed->batch.malformed) {
            take_feed(feed);
        }
        return false;
    }
    if (feed->stopping == STOPPING_NOW) {
        hang_up(feed);
        feed->batch_open = false;
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
        result = batch_feed(&feed->batch, exchange->body, exchange->body_size, &taken);
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
        if (feed->batch_open && reading && exchange_has_head(&feed->exchange)) {
            return false; /* this batch may yet prove complete */
        }
    }
    return !feed->ack_pending || (reading && exchange_sent(&feed->exchange));
}

static enum symfeed_status stop(struct symfeed *feed)
{
    hang_up(feed);
    feed->waiting = false;
    feed->stopping = STOPPED;
    wipe(feed->session_token, sizeof feed->session_token);
    wipe(feed->key_manager_token, sizeof feed->key_manager_token);
    wipe(feed->exchange.out, feed->window_size);
    wipe(feed->in, sizeof feed->in);
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
    switch (exchange_step(&feed->exchange)) {
    case EXCHANGE_WAIT: feed->deadline = feed->exchange.deadline; return SYMFEED_WAIT;
    case EXCHANGE_BODY: return take_body(feed, event) ? SYMFEED_EVENT : SYMFEED_OK;
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
        if (status != SYMFEED_OK && !(status == SYMFEED_WAIT && may_stop(feed))) {
            return status;
        }
    }
    feed->deadline = now(feed);
    return SYMFEED_WAIT;
}

void symfeed_refuse(struct symfeed *feed)
{
    feed->refused = feed->in_hand;
}

unsigned symfeed_wants(const struct symfeed *feed)
{
    return feed->busy && !feed->waiting ? feed->exchange.wants : 0;
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
