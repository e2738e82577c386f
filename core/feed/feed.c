/* SPDX-License-Identifier: Apache-2.0 */
/*
 * feed.c - the state machine: find or create a feed, read and acknowledge, start again when the
 * feed is gone. First the table of what follows each answer, then requests, answers, bodies,
 * stopping, and symfeed_next(), which runs the state machine.
 *
 * Depends on: all of core.
 * Guarantees: every event leads to a request or a bounded wait; an ackId is sent only after its
 * batch was complete and all its events were accepted.
 */
#include "feed/state.h"

#include "feed/delivery.h"
#include "feed/feed_list.h"
#include "feed/report.h"
#include "feed/session.h"
#include "util/bytes.h"

/* Limit of steps in one symfeed_next(), so that no peer can keep the caller busy. */
#define MAX_STEPS 64

/* Limit of the bytes that are read of an error's body, or behind the JSON of an answer, to keep the
 * connection. */
#define MAX_DRAINED 16384u

/* An answer without events that arrives sooner than this did not wait for events: the server does
 * not hold reads. To avoid a request storm, the feed waits before the next read, twice as long each
 * time, up to MAX_PAUSE. */
#define EMPTY_SOON 500u
#define MAX_PAUSE  5000u

/* After so many failures a kept connection is closed: behind a load balancer, or after a change of
 * its address, another agent may be well. Only a legacy feed has no other agent. */
#define FAILURES_ON_CONNECTION 4

/* The agent was holding a read that fails after this time. */
#define HELD 10000u

/* --- the table ---------------------------------------------------------------------------- */

/* The outcome of a state's call. */
enum outcome {
    OUTCOME_GOOD,
    OUTCOME_FOUND,        /* the list has the feed */
    OUTCOME_NOT_FOUND,    /* the list does not have the feed */
    OUTCOME_UNKNOWN,      /* the agent does not know the feed or the ackId */
    OUTCOME_FULL,         /* the user has as many feeds as allowed */
    OUTCOME_MAKE_ROOM,    /* the same, and the feed may delete the oldest */
    OUTCOME_PAGE_STAYS,   /* again a gateway's page instead of the agent's answer */
    OUTCOME_AILING,       /* a datahose is refused, or has failed again */
    OUTCOME_SILENT,       /* no byte of the answer to a read arrived */
    OUTCOME_UNAUTHORIZED, /* the tokens were refused; get new ones */
    OUTCOME_FAILED,       /* any other failure: the report says which */
    OUTCOME_DONE          /* the call of a one-shot task succeeded */
};

/* When to make the next call. A one-shot task ends instead of waiting. */
enum pace {
    AT_ONCE,
    SOON,        /* after a wait that starts with timers.backoff_first */
    SLOWLY,      /* after a wait that starts with timers.backoff_slow: a person has to fix it */
    AS_REPORTED, /* soon or slowly, as the report's code says */
    A_FEW        /* at once a few times, then slowly; soon if refused since a good read */
};

/* A line of the table. With the report NONE, the failure has a report of its own. */
struct rule {
    unsigned state : 8;
    unsigned outcome : 8;
    unsigned next : 5;
    unsigned pace : 3;
    unsigned report : 8;
};

/* The protocol; the first line that matches counts. When a read is refused, a v5 feed may still
 * exist and have events. So the feed is looked up in the list first; if it is listed, it is read
 * again with the same ackId, then without one, and only then deleted. A create that fails may have
 * created a feed, so FIND follows it. */
static const struct rule rules[] = {
    {FEED_FIND, OUTCOME_FOUND, FEED_READ, AT_ONCE, SYMFEED_REPORT_FOUND},
    {FEED_FIND, OUTCOME_NOT_FOUND, FEED_CREATE, AT_ONCE, SYMFEED_REPORT_NONE},
    {FEED_CREATE, OUTCOME_GOOD, FEED_READ, AT_ONCE, SYMFEED_REPORT_CREATED},
    {FEED_CREATE, OUTCOME_DONE, FEED_DONE, AT_ONCE, SYMFEED_REPORT_CREATED},
    {FEED_CREATE, OUTCOME_FULL, FEED_FIND, SLOWLY, SYMFEED_REPORT_TOO_MANY_FEEDS},
    {FEED_CREATE, OUTCOME_FAILED, FEED_FIND, AS_REPORTED, SYMFEED_REPORT_NONE},
    {FEED_READ, OUTCOME_UNKNOWN, FEED_LOOK, A_FEW, SYMFEED_REPORT_FEED_UNKNOWN},
    {FEED_READ, OUTCOME_PAGE_STAYS, FEED_LOOK, SOON, SYMFEED_REPORT_PAGE},
    {FEED_LOOK, OUTCOME_FOUND, FEED_READ_LISTED, AT_ONCE, SYMFEED_REPORT_NONE},
    {FEED_LOOK, OUTCOME_NOT_FOUND, FEED_FIND, AT_ONCE, SYMFEED_REPORT_GONE},
    {FEED_LOOK, OUTCOME_FAILED, FEED_READ, AS_REPORTED, SYMFEED_REPORT_NONE},
    {FEED_READ_LISTED, OUTCOME_GOOD, FEED_READ, AT_ONCE, SYMFEED_REPORT_NONE},
    {FEED_READ_LISTED, OUTCOME_UNKNOWN, FEED_READ_BARE, SOON, SYMFEED_REPORT_FEED_UNKNOWN},
    {FEED_READ_LISTED, OUTCOME_PAGE_STAYS, FEED_LOOK, SOON, SYMFEED_REPORT_PAGE},
    {FEED_READ_BARE, OUTCOME_GOOD, FEED_READ, AT_ONCE, SYMFEED_REPORT_NONE},
    {FEED_READ_BARE, OUTCOME_UNKNOWN, FEED_DELETE, SOON, SYMFEED_REPORT_FEED_UNKNOWN},
    {FEED_READ_BARE, OUTCOME_PAGE_STAYS, FEED_LOOK, SOON, SYMFEED_REPORT_PAGE},
    {FEED_DELETE, OUTCOME_GOOD, FEED_FIND, AT_ONCE, SYMFEED_REPORT_NONE},
    {FEED_DELETE, OUTCOME_FAILED, FEED_FIND, AS_REPORTED, SYMFEED_REPORT_NONE},
#if SYMFEED_RECLAIM
    {FEED_CREATE, OUTCOME_MAKE_ROOM, FEED_RECLAIM_FIND, AT_ONCE, SYMFEED_REPORT_DELETING_OLDEST},
    {FEED_RECLAIM_FIND, OUTCOME_FOUND, FEED_RECLAIM_DELETE, AT_ONCE, SYMFEED_REPORT_NONE},
    {FEED_RECLAIM_FIND, OUTCOME_NOT_FOUND, FEED_CREATE, AT_ONCE, SYMFEED_REPORT_NONE},
    {FEED_RECLAIM_DELETE, OUTCOME_GOOD, FEED_CREATE, AT_ONCE, SYMFEED_REPORT_NONE},
    {FEED_RECLAIM_DELETE, OUTCOME_FAILED, FEED_CREATE, AS_REPORTED, SYMFEED_REPORT_NONE},
#endif
#if SYMFEED_DATAHOSE
    {FEED_HOSE_START, OUTCOME_GOOD, FEED_HOSE_READ, AT_ONCE, SYMFEED_REPORT_NONE},
    {FEED_HOSE_START, OUTCOME_UNKNOWN, FEED_HOSE_START, A_FEW, SYMFEED_REPORT_HOSE_UNKNOWN},
    {FEED_HOSE_START, OUTCOME_AILING, FEED_HEALTH, AS_REPORTED, SYMFEED_REPORT_NONE},
    {FEED_HOSE_READ, OUTCOME_UNKNOWN, FEED_HOSE_START, A_FEW, SYMFEED_REPORT_HOSE_UNKNOWN},
    {FEED_HOSE_READ, OUTCOME_AILING, FEED_HEALTH, AS_REPORTED, SYMFEED_REPORT_NONE},
    {FEED_HEALTH, OUTCOME_GOOD, FEED_HOSE_READ, AT_ONCE, SYMFEED_REPORT_NONE},
    {FEED_HEALTH, OUTCOME_FAILED, FEED_HOSE_READ, AS_REPORTED, SYMFEED_REPORT_NONE},
#endif
#if SYMFEED_LEGACY
    {FEED_LEGACY_CREATE, OUTCOME_GOOD, FEED_LEGACY_READ, AT_ONCE, SYMFEED_REPORT_CREATED},
    {FEED_LEGACY_READ, OUTCOME_UNKNOWN, FEED_LEGACY_CREATE, A_FEW, SYMFEED_REPORT_LEGACY_GONE},
    {FEED_LEGACY_READ, OUTCOME_SILENT, FEED_LEGACY_CREATE, AS_REPORTED, SYMFEED_REPORT_NONE},
#endif
    {FEED_ANY, OUTCOME_UNAUTHORIZED, FEED_SAME, SOON, SYMFEED_REPORT_TOKENS_REFUSED},
    {FEED_ANY, OUTCOME_FAILED, FEED_SAME, AS_REPORTED, SYMFEED_REPORT_NONE},
    {FEED_ANY, OUTCOME_GOOD, FEED_SAME, AT_ONCE, SYMFEED_REPORT_NONE},
    {FEED_ANY, OUTCOME_DONE, FEED_DONE, AT_ONCE, SYMFEED_REPORT_NONE}};

/* Returns the line for an outcome. There is always one: a call only has the outcomes of its states.
 */
static const struct rule *rule_for(const struct symfeed *feed, enum outcome outcome)
{
    size_t at = 0;

    while (at < sizeof rules / sizeof rules[0] - 1 &&
           (rules[at].outcome != outcome ||
            (rules[at].state != feed->state && rules[at].state != FEED_ANY))) {
        at++;
    }
    return &rules[at];
}

/* --- applying the table ------------------------------------------------------------------- */

/* Waits for the next time of a back-off, a random one after a failure. Returns the milliseconds. */
static uint32_t wait_next(struct symfeed *feed, struct backoff *backoff, uint32_t first,
                          uint32_t most)
{
    uint32_t random = 0;
    uint32_t wait = 0;

    most = most > FEED_DAY ? FEED_DAY : most;
    if (backoff != &feed->rest) {
        feed->port->random(feed->port->context, &random, sizeof random);
    }
    wait = symfeed_backoff_next(backoff, first, most, random);
    feed->waiting = true;
    feed->deadline = feed_now(feed) + wait;
    return wait;
}

/* Waits although no call has failed. Returns the milliseconds. */
static uint32_t rest(struct symfeed *feed)
{
    return wait_next(feed, &feed->rest, feed->timers.pause, MAX_PAUSE);
}

static bool has_come(const struct symfeed *feed, uint32_t time)
{
    return symfeed_time_left(time, feed_now(feed)) == 0;
}

static bool is_reading(const struct symfeed *feed)
{
    return request_is_read(feed_call(feed));
}

/* The longest wait after a failure that a person has to fix. */
static uint32_t slowest(const struct symfeed *feed)
{
    return feed->timers.backoff_max * 10;
}

#if SYMFEED_RETRY_AFTER

/* Returns Retry-After of the failed answer in milliseconds, within its limit. For a proxy's answer
 * that is slowest(): it is not authenticated, so an attacker on the path could stop the feed for as
 * long as the limit for the agent allows. */
static uint32_t asked_to_wait(const struct symfeed *feed, enum symfeed_report_code code)
{
    const struct symfeed_port *port = feed->port;
    bool of_proxy = code >= SYMFEED_REPORT_PROXY_REFUSED;
    uint32_t most = of_proxy ? slowest(feed) : feed->timers.retry_after_max;
    int64_t wall = 0;
    uint32_t seconds = 0;

    if (code < SYMFEED_REPORT_ANSWERED) {
        return 0;
    }
    wall = port->wall_clock != NULL ? port->wall_clock(port->context) : 0;
    seconds = symfeed_response_retry_after(&feed->connection.response, (uint32_t)wall);
    return seconds > most / 1000 ? most : seconds * 1000;
}

#endif

/* Waits after a failure, and reports it. */
static void back_off(struct symfeed *feed, enum pace pace, enum symfeed_report_code code)
{
    bool slow = pace != SOON;
    uint32_t first = slow ? feed->timers.backoff_slow : feed->timers.backoff_first;
    uint32_t most = slow ? slowest(feed) : feed->timers.backoff_max;
    uint32_t wait = 0;

    feed->backoff.step |= slow; /* half to all of it from the first wait on */
    wait = wait_next(feed, &feed->backoff, first, most);
#if SYMFEED_RETRY_AFTER
    /* On top of it: devices that were refused together do not return together. */
    wait += asked_to_wait(feed, code);
    wait = wait > FEED_DAY ? FEED_DAY : wait;
    feed->deadline = feed_now(feed) + wait;
#endif
    feed->counters.retries++;
    /* From 128 on the top bit stays, and the others go on counting. */
    feed->backoff.failures =
        (uint8_t)((feed->backoff.failures + 1) | (feed->backoff.failures & 0x80));
    if (feed_is_legacy(feed)) {
        symfeed_delivery_forget(feed); /* the rest of a cut answer is not sent again */
    } else if (feed->backoff.failures % FAILURES_ON_CONNECTION == 0) {
        symfeed_connection_abort(&feed->connection);
    }
    symfeed_report_failure(feed, code, slow, wait);
}

static enum pace pace_of(struct symfeed *feed, enum pace pace, enum symfeed_report_code code)
{
    if (pace == AS_REPORTED) {
        return report_is_error(code) ? SLOWLY : SOON;
    }
    if (pace == A_FEW && feed->lost) {
        return SOON;
    }
    if (pace == A_FEW) {
        /* If each new feed fails after one read, do not create them without waits. */
        return symfeed_backoff_allows(&feed->losses, feed_now(feed), feed->timers.backoff_slow)
                   ? AT_ONCE
                   : SLOWLY;
    }
    return pace;
}

/* Enters a state. */
static void enter(struct symfeed *feed, enum feed_state state)
{
    bool starts = state == FEED_HOSE_START || state == FEED_LEGACY_CREATE;

    feed->state = (uint8_t)state;
    if (starts || state == FEED_FIND || state == FEED_DELETE || state == FEED_READ_BARE) {
        symfeed_delivery_forget(feed);
    }
    if (state == FEED_DELETE) {
        symfeed_feed_list_bury(feed);
    }
    if (starts || state == FEED_LOOK) {
        feed->lost = true;
    }
}

static void follow(struct symfeed *feed, enum outcome outcome, enum symfeed_report_code code)
{
    const struct rule *rule = rule_for(feed, outcome);
    enum feed_state next = (enum feed_state)rule->next;
    enum pace pace = AT_ONCE;

    code = rule->report != SYMFEED_REPORT_NONE ? (enum symfeed_report_code)rule->report : code;
    pace = pace_of(feed, (enum pace)rule->pace, code);
    if (pace == AT_ONCE) {
        if (code != SYMFEED_REPORT_NONE) {
            symfeed_report(feed, code);
        }
    } else if (feed_is_one_shot(feed)) {
        symfeed_report_failure(feed, code, true, 0);
        next = FEED_FAILED;
    } else {
        back_off(feed, pace, code);
    }
    if (next != FEED_SAME) {
        enter(feed, next);
    }
}

static void fail(struct symfeed *feed, enum symfeed_report_code code)
{
    follow(feed, OUTCOME_FAILED, code);
}

/* --- requests ----------------------------------------------------------------------------- */

/* Prepares to parse the body of the call's answer. */
static void expect_body(struct symfeed *feed)
{
    /* By enum symfeed_call; the answers to the others are objects. */
    static const unsigned char shapes[SYMFEED_CALL_COUNT] = {
        [SYMFEED_CALL_LIST] = BATCH_LIST,       [SYMFEED_CALL_READ] = BATCH_ENVELOPE,
        [SYMFEED_CALL_EVENTS] = BATCH_ENVELOPE, [SYMFEED_CALL_LEGACY_READ] = BATCH_LIST,
        [SYMFEED_CALL_SESSION] = BATCH_TOKEN,   [SYMFEED_CALL_KEY] = BATCH_TOKEN};
    enum batch_shape shape = (enum batch_shape)shapes[feed_call(feed)];
    char *collected = feed->next_ack;
    uint16_t room = sizeof feed->next_ack;
    size_t tokens = 0;

#if SYMFEED_SIGN_IN
    if (shape == BATCH_TOKEN) {
        collected = symfeed_session_buffer(feed, &room);
        room--; /* for the NUL */
    }
#endif
#if SYMFEED_JSON
    tokens = feed->tokens.room;
#endif
    symfeed_batch_init(&feed->batch, shape, feed->connection.out, feed->connection.out_room, tokens,
                       collected, room, feed->hash_key);
}

/* Makes the key of the event hashes at the first call, because init calls no function of the port;
 * and waits, so that devices that are switched on together do not call together. */
static void start(struct symfeed *feed)
{
    struct backoff once = {0}; /* of its own: the waits after failures begin with the first */

    feed->run = RUN_ON;
    feed->port->random(feed->port->context, feed->hash_key, sizeof feed->hash_key);
    (void)wait_next(feed, &once, feed->timers.start, feed->timers.start);
}

/* Directs the reads of a legacy feed to the agent that created it: with the address of that
 * connection, until it fails again, and with the load balancer's cookie. Pod and key manager can
 * have load balancers of their own. */
static void prepare_legacy(struct symfeed *feed)
{
#if SYMFEED_LEGACY
    enum symfeed_call call = feed_call(feed);
    bool legacy = call == SYMFEED_CALL_LEGACY_CREATE || call == SYMFEED_CALL_LEGACY_READ;

    feed->connection.same = feed->state == FEED_LEGACY_READ && feed->backoff.failures < 2;
    feed->connection.cookie = legacy ? &feed->agent.cookie : NULL;
    if (call == SYMFEED_CALL_LEGACY_CREATE) {
        feed->agent.cookie.size = 0;
    }
#else
    (void)feed;
#endif
}

/* Starts the request of the state, or one that must come before it. */
static void ask(struct symfeed *feed)
{
    /* By enum feed_state. */
    static const unsigned char calls[] = {[FEED_FIND] = SYMFEED_CALL_LIST,
                                          [FEED_CREATE] = SYMFEED_CALL_CREATE,
                                          [FEED_READ] = SYMFEED_CALL_READ,
                                          [FEED_LOOK] = SYMFEED_CALL_LIST,
                                          [FEED_READ_LISTED] = SYMFEED_CALL_READ,
                                          [FEED_READ_BARE] = SYMFEED_CALL_READ,
                                          [FEED_DELETE] = SYMFEED_CALL_DELETE,
                                          [FEED_RECLAIM_DELETE] = SYMFEED_CALL_DELETE,
                                          [FEED_HEALTH] = SYMFEED_CALL_HEALTH,
                                          [FEED_RECLAIM_FIND] = SYMFEED_CALL_LIST,
                                          [FEED_HOSE_START] = SYMFEED_CALL_EVENTS,
                                          [FEED_HOSE_READ] = SYMFEED_CALL_EVENTS,
                                          [FEED_LEGACY_CREATE] = SYMFEED_CALL_LEGACY_CREATE,
                                          [FEED_LEGACY_READ] = SYMFEED_CALL_LEGACY_READ,
                                          [FEED_LIST] = SYMFEED_CALL_LIST,
                                          [FEED_REMOVE] = SYMFEED_CALL_DELETE,
                                          [FEED_SHOW_HEALTH] = SYMFEED_CALL_HEALTH,
                                          [FEED_SHOW_VERSION] = SYMFEED_CALL_VERSION};
    struct request *request = &feed->connection.request;
    enum symfeed_report_code missing = SYMFEED_REPORT_NONE;

    if (feed->run == RUN_NEW) {
        start(feed);
        return;
    }
    request->call = calls[feed->state];
    missing = symfeed_session_prepare(feed);
    if (missing != SYMFEED_REPORT_NONE) {
        symfeed_connection_abort(&feed->connection); /* the port may lack the memory that it has */
        fail(feed, missing);
        return;
    }
    request->all_feeds = SYMFEED_RECLAIM && feed->state == FEED_RECLAIM_FIND;
    prepare_legacy(feed);
    feed->found = false;
    feed->elements = 0;
    feed->drained = 0;
    expect_body(feed);
    symfeed_connection_begin(&feed->connection);
}

/* --- answers ------------------------------------------------------------------------------ */

/* Resets what counts failures, after a good answer. The tokens are good, too. */
static void recover(struct symfeed *feed)
{
    feed->refused = false;
    feed->backoff.failures = 0;
    if (!feed->lost) {
        feed->backoff.step = 0;
    }
}

static void listed(struct symfeed *feed)
{
    feed->refused = false;
    if (feed->state == FEED_FIND && feed->found) {
        feed->dead_size = 0;
        recover(feed);
    } else if (feed->state == FEED_LOOK && feed->found && feed->backoff.failures > 4) {
        symfeed_delivery_forget(feed); /* reads keep failing: the ackId may be the cause */
    }
    follow(feed, feed->found ? OUTCOME_FOUND : OUTCOME_NOT_FOUND, SYMFEED_REPORT_NONE);
}

static void created(struct symfeed *feed)
{
    feed->counters.feeds_created++;
    feed->dead_size = 0;
    recover(feed);
    follow(feed, feed_is_one_shot(feed) ? OUTCOME_DONE : OUTCOME_GOOD, SYMFEED_REPORT_NONE);
}

/* Ends a good answer to a read. If it had no events and came at once, the next read waits, unless
 * it only has to acknowledge. */
static void read_well(struct symfeed *feed)
{
    recover(feed);
    if (feed->elements > 0 || feed_now(feed) - feed->connection.sent_at >= EMPTY_SOON) {
        feed->rest.step = 0;
    } else if (feed->run != RUN_STOPPING) {
        (void)rest(feed);
    }
    follow(feed, OUTCOME_GOOD, SYMFEED_REPORT_NONE);
}

static void read_whole(struct symfeed *feed)
{
    if (feed->batch.ack_state != BATCH_ACK_WHOLE && !feed_is_legacy(feed)) {
        fail(feed, feed->batch.ack_state == BATCH_ACK_NONE ? SYMFEED_REPORT_NO_ACK_ID
                                                           : SYMFEED_REPORT_LONG_ACK_ID);
        return;
    }
    symfeed_delivery_commit(feed);
    feed->lost = false;
    feed->reclaimed = false;
    read_well(feed);
}

/* Handles an answer without a body: so a legacy feed, and some gateways, end a long poll. */
static void read_nothing(struct symfeed *feed)
{
    symfeed_delivery_acknowledged(feed);
    if (feed_is_legacy(feed)) {
        feed->lost = false;
    }
    read_well(feed);
}

/* Did a good answer have what its call asks for? */
static bool is_complete(const struct symfeed *feed)
{
    if (feed->state == FEED_REMOVE) {
        return true;
    }
    return batch_is_whole(&feed->batch) &&
           (feed->found || is_reading(feed) || feed_call(feed) == SYMFEED_CALL_LIST);
}

static void good(struct symfeed *feed)
{
    if (is_reading(feed) && feed->connection.response.status == 204) {
        read_nothing(feed);
    } else if (!is_complete(feed)) {
        fail(feed, SYMFEED_REPORT_BAD_JSON);
    } else if (is_reading(feed)) {
        read_whole(feed);
    } else if (feed->state == FEED_CREATE || feed->state == FEED_LEGACY_CREATE) {
        created(feed);
    } else if (feed->state >= FEED_LIST) {
        follow(feed, OUTCOME_DONE, SYMFEED_REPORT_NONE);
    } else {
        listed(feed);
    }
}

/* Does the outcome of the call not matter? A delete only cleans up, and the agent's health is only
 * for the report. */
static bool is_aside(const struct symfeed *feed)
{
    return feed->state >= FEED_DELETE && feed->state <= FEED_HEALTH;
}

/* Handles the answer to such a call. A datahose gets its messages from content export. */
static void aside(struct symfeed *feed, enum verdict verdict)
{
    if (SYMFEED_DATAHOSE && feed->state == FEED_HEALTH && verdict == VERDICT_GOOD &&
        batch_is_whole(&feed->batch) && !feed->found) {
        symfeed_report(feed, SYMFEED_REPORT_NO_EXPORT);
    }
    follow(feed, OUTCOME_GOOD, SYMFEED_REPORT_NONE);
}

/* Resets the back-off, and doubts about the feed, if the agent was holding the read: a gateway that
 * ends long polls before the agent does makes every read of a quiet feed fail. Longer waits would
 * only delay the next event. */
static void forgive_hold(struct symfeed *feed)
{
    if (connection_was_sent(&feed->connection) && is_reading(feed) &&
        feed_now(feed) - feed->connection.sent_at >= HELD) {
        feed->backoff.step = 0;
        feed->backoff.failures = 0;
        follow(feed, OUTCOME_GOOD, SYMFEED_REPORT_NONE);
    }
}

static enum verdict verdict_of(const struct symfeed *feed)
{
    return symfeed_verdict(feed_call(feed), feed->connection.response.status);
}

static bool wants_body(const struct symfeed *feed)
{
    return feed_call(feed) != SYMFEED_CALL_DELETE && verdict_of(feed) == VERDICT_GOOD;
}

/* Handles an answer that is not from the agent. It says nothing about the feed: ingress controllers
 * answer 404 or 400 for seconds while an agent is replaced. If it persists, the feed is looked up
 * in the list. */
static void gateway_page(struct symfeed *feed, enum verdict verdict)
{
    forgive_hold(feed);
    if (feed_call(feed) == SYMFEED_CALL_READ && feed->backoff.failures > 0) {
        follow(feed, OUTCOME_PAGE_STAYS, SYMFEED_REPORT_NONE);
    } else {
        fail(feed, verdict == VERDICT_GONE ? SYMFEED_REPORT_PAGE : SYMFEED_REPORT_PAGE_REFUSED);
    }
}

static bool is_hose(const struct symfeed *feed)
{
    return SYMFEED_DATAHOSE && feed_call(feed) == SYMFEED_CALL_EVENTS;
}

/* Is the answer from the agent itself? Only the agent knows that a feed is gone, or that there are
 * too many. */
static bool is_agents_word(const struct symfeed *feed, enum verdict verdict)
{
    return (verdict != VERDICT_GONE && verdict != VERDICT_FULL) || batch_is_error(&feed->batch);
}

static void refused(struct symfeed *feed)
{
    enum symfeed_report_code code = symfeed_session_refused(feed);

    if (code != SYMFEED_REPORT_TOKENS_REFUSED) {
        fail(feed, code);
    } else if (feed_is_one_shot(feed)) {
        symfeed_report(feed, code); /* and makes the call again at once */
    } else {
        follow(feed, OUTCOME_UNAUTHORIZED, code);
    }
}

static void too_many_feeds(struct symfeed *feed)
{
    feed->reclaimed = SYMFEED_RECLAIM && feed->reclaim && !feed->reclaimed;
    follow(feed, feed->reclaimed ? OUTCOME_MAKE_ROOM : OUTCOME_FULL, SYMFEED_REPORT_NONE);
}

/* Handles an answer of which only the status matters. */
static void bad_answer(struct symfeed *feed, enum symfeed_report_code code)
{
    uint16_t status = feed->connection.response.status;
    bool ailing = false;

    forgive_hold(feed);
    ailing = is_hose(feed) && (status == 403 || (status >= 500 && feed->backoff.failures > 0));
    follow(feed, ailing ? OUTCOME_AILING : OUTCOME_FAILED, code);
}

#if SYMFEED_SIGN_IN

static void signing_in(struct symfeed *feed, enum verdict verdict)
{
    enum symfeed_report_code code = symfeed_session_answered(feed, verdict);

    if (code != SYMFEED_REPORT_NONE) {
        fail(feed, code);
    }
}

#endif

static void answered(struct symfeed *feed)
{
    enum verdict verdict = verdict_of(feed);

    symfeed_report(feed, SYMFEED_REPORT_ANSWERED);
#if SYMFEED_SIGN_IN
    if (feed_call(feed) >= SYMFEED_CALL_SESSION) {
        signing_in(feed, verdict);
        return;
    }
#endif
    if (is_aside(feed)) {
        aside(feed, verdict);
        return;
    }
    if (!is_agents_word(feed, verdict)) {
        gateway_page(feed, verdict);
        return;
    }
    if (is_hose(feed) && feed->connection.response.status == 404) {
        verdict = VERDICT_SLOW; /* the path of a datahose names no feed that could be gone */
    }
    switch (verdict) {
    case VERDICT_GOOD: good(feed); break;
    case VERDICT_UNAUTHORIZED: refused(feed); break;
    case VERDICT_GONE: follow(feed, OUTCOME_UNKNOWN, SYMFEED_REPORT_NONE); break;
    case VERDICT_FULL: too_many_feeds(feed); break;
    case VERDICT_AGAIN: bad_answer(feed, SYMFEED_REPORT_ANSWER_FAILED); break;
    default: bad_answer(feed, SYMFEED_REPORT_ANSWER_REFUSED); break;
    }
}

/* Did a read of a legacy feed get no byte of an answer? After a restart of the pod behind its agent
 * a legacy feed never answers again. */
static bool is_silent(const struct symfeed *feed)
{
    return SYMFEED_LEGACY && feed_call(feed) == SYMFEED_CALL_LEGACY_READ &&
           feed->connection.reached == CONNECTION_AWAITING &&
           feed->connection.failure == SYMFEED_REPORT_LATE_ANSWER;
}

/* Handles a call without a complete answer. */
static void broke(struct symfeed *feed)
{
    if (symfeed_response_has_head(&feed->connection.response) && !wants_body(feed)) {
        answered(feed); /* its status says enough */
        return;
    }
    forgive_hold(feed);
    follow(feed, is_silent(feed) ? OUTCOME_SILENT : OUTCOME_FAILED,
           (enum symfeed_report_code)feed->connection.failure);
}

#if SYMFEED_PROXY

/* Handles a request that the proxy refused. */
static void proxy_refused(struct symfeed *feed)
{
    unsigned status = feed->connection.response.status;
    bool passes = symfeed_verdict(SYMFEED_CALL_LIST, status) == VERDICT_AGAIN; /* of any call */

    fail(feed, passes ? SYMFEED_REPORT_PROXY_FAILED : SYMFEED_REPORT_PROXY_REFUSED);
}

#endif

/* --- bodies ------------------------------------------------------------------------------- */

/* Handles the element in the window. Returns true if it is handed out. */
static bool take_element(struct symfeed *feed, struct symfeed_event *event)
{
    enum symfeed_call call = feed_call(feed);

    if (request_is_read(call) || (feed->state == FEED_LIST && call == SYMFEED_CALL_LIST)) {
        return symfeed_delivery_offer(feed, event);
    }
    if (feed->batch.malformed) {
        return false;
    }
#if SYMFEED_SIGN_IN
    if (call == SYMFEED_CALL_INFO) {
        symfeed_session_take_info(feed);
        return false;
    }
#endif
#if SYMFEED_DATAHOSE
    if (feed->state == FEED_HEALTH) {
        symfeed_feed_list_take_health(feed);
        return false;
    }
#endif
    if (feed->state >= FEED_SHOW_HEALTH) {
        feed->found = true;
    } else {
        symfeed_feed_list_take_feed(feed);
    }
    if (!feed_is_one_shot(feed) || !feed->found || feed->state == FEED_RECLAIM_FIND) {
        return false;
    }
    return symfeed_delivery_offer(feed, event);
}

/* Parses bytes of a body. Returns true if an event is handed out. */
static bool take_body(struct symfeed *feed, struct symfeed_event *event)
{
    struct connection *connection = &feed->connection;
    bool wanted = wants_body(feed);
    bool whole = batch_is_whole(&feed->batch); /* only white space follows */
    enum batch_result result = BATCH_MORE;
    size_t taken = 0;

    if (!wanted && feed->drained == 0) {
        batch_expect_error(&feed->batch); /* to see whether it is the agent's */
    } else if (wanted && is_reading(feed)) {
        symfeed_delivery_acknowledged(feed);
    }
    result = symfeed_batch_feed(&feed->batch, connection->body, connection->body_size, &taken);
    if (!wanted) {
        if (result == BATCH_BROKEN) {
            feed->batch.shape = BATCH_OBJECT; /* a page: not an error of the agent */
        }
        result = BATCH_MORE;
        taken = connection->body_size;
    }
    feed->drained += !wanted || whole ? (uint32_t)taken : 0;
    connection->body += taken;
    connection->body_size -= taken;
    if (result == BATCH_BROKEN && !(SYMFEED_SIGN_IN && feed_call(feed) == SYMFEED_CALL_INFO) &&
        !(SYMFEED_DATAHOSE && feed->state == FEED_HEALTH)) {
        symfeed_connection_abort(connection);
        fail(feed, SYMFEED_REPORT_BAD_JSON);
    } else if (result == BATCH_BROKEN || feed->drained > MAX_DRAINED) {
        symfeed_connection_abort(connection);
        answered(feed);
    }
    return result == BATCH_ELEMENT && take_element(feed, event);
}

/* --- stopping ----------------------------------------------------------------------------- */

void symfeed_stop(struct symfeed *feed, enum symfeed_stop when)
{
    if (feed->run == RUN_STOPPED || feed->run == RUN_STOPPING) {
        return;
    }
    if (when == SYMFEED_STOP_AFTER_BATCH) {
        feed->run = RUN_TO_BATCH_END;
        return;
    }
    feed->run = RUN_STOPPING;
    feed->stop_deadline = feed_now(feed) + feed->timers.stop;
    if (feed->delivery == DELIVERY_DUE) {
        feed->waiting = false; /* the last acknowledgement is tried once */
    }
}

/* Is there nothing left to do before stopping? */
static bool may_stop(const struct symfeed *feed)
{
    const struct connection *connection = &feed->connection;

    if (feed->state == FEED_DONE || feed->state == FEED_FAILED) {
        return true;
    }
    if (feed->run == RUN_ON || feed->run == RUN_NEW) {
        return false;
    }
    if (feed->run == RUN_STOPPING) {
        if (feed->waiting || has_come(feed, feed->stop_deadline)) {
            return true;
        }
        if (feed->delivery >= DELIVERY_OPEN && symfeed_connection_has_head(connection) &&
            wants_body(feed)) {
            return false; /* this batch may still be complete */
        }
    } else if (feed->delivery >= DELIVERY_OPEN) {
        return false;
    }
    return feed->delivery != DELIVERY_DUE || (is_reading(feed) && connection_is_sent(connection));
}

static enum symfeed_status stopped(const struct symfeed *feed)
{
    return feed->state == FEED_FAILED ? SYMFEED_FAILED : SYMFEED_STOPPED;
}

static enum symfeed_status stop(struct symfeed *feed)
{
    symfeed_connection_abort(&feed->connection);
    feed->waiting = false;
    feed->run = RUN_STOPPED;
    /* To the end of the receive buffer; and the window, which held requests. */
    symfeed_bytes_wipe((char *)feed + offsetof(struct symfeed, next_ack),
                       sizeof *feed - offsetof(struct symfeed, next_ack));
    symfeed_bytes_wipe(feed->connection.out, feed->connection.out_room);
    if (feed->state != FEED_DONE && feed->state != FEED_FAILED) {
        symfeed_report(feed, SYMFEED_REPORT_STOPPED);
    }
    return stopped(feed);
}

/* --- running ------------------------------------------------------------------------------ */

/* Makes one step. Returns SYMFEED_OK if the next one can follow. */
static enum symfeed_status step(struct symfeed *feed, struct symfeed_event *event)
{
    struct connection *connection = &feed->connection;

    if (feed->waiting) {
        if (!has_come(feed, feed->deadline)) {
            return SYMFEED_WAIT;
        }
        feed->waiting = false;
    }
    if (SYMFEED_LEGACY && feed->delivery == DELIVERY_KEPT) {
        symfeed_delivery_hand_out(feed, event);
        return SYMFEED_EVENT;
    }
    if (!connection_is_busy(connection)) {
        ask(feed);
        return SYMFEED_OK;
    }
    switch (symfeed_connection_step(connection)) {
    case CONNECTION_WAIT: feed->deadline = connection->deadline; return SYMFEED_WAIT;
    case CONNECTION_BODY: return take_body(feed, event) ? SYMFEED_EVENT : SYMFEED_OK;
    case CONNECTION_SENT: return SYMFEED_OK;
    case CONNECTION_DONE: answered(feed); return SYMFEED_OK;
#if SYMFEED_PROXY
    case CONNECTION_REFUSED: proxy_refused(feed); return SYMFEED_OK;
#endif
    default: broke(feed); return SYMFEED_OK;
    }
}

/* Accepts or refuses the current event, now that the application calls again. */
static void settle(struct symfeed *feed)
{
    if (symfeed_delivery_settle(feed)) {
        return;
    }
    if (feed->run == RUN_STOPPING) {
        feed->waiting = true; /* for a try that is not made any more: may_stop() */
    } else {
        feed->counters.retries++;
        symfeed_report_failure(
            feed, feed_is_legacy(feed) ? SYMFEED_REPORT_REFUSED_LEGACY : SYMFEED_REPORT_REFUSED,
            false, rest(feed));
    }
}

enum symfeed_status symfeed_next(struct symfeed *feed, struct symfeed_event *event)
{
    if (feed->run == RUN_STOPPED) {
        return stopped(feed);
    }
    settle(feed);
    for (unsigned steps = 0; steps < MAX_STEPS; steps++) {
        enum symfeed_status status = SYMFEED_OK;

        if (may_stop(feed)) {
            return stop(feed);
        }
        status = step(feed, event);
        if (status != SYMFEED_OK) {
            return status;
        }
    }
    if (!feed->waiting) {
        feed->deadline = feed_now(feed);
    }
    return SYMFEED_WAIT;
}
