/* SPDX-License-Identifier: Apache-2.0 */
/*
 * feed.c - the state machine: find or create a feed, read and acknowledge, start anew when it is
 * gone. The table is what the agent's answers lead to; below it asking, answers, bodies, stopping,
 * and symfeed_next(), which runs it.
 *
 * Depends on: all of core. Guarantees: whatever comes, a bounded wait or a request is next; an
 * ackId comes into force only when its batch was whole and all of it accepted.
 */
#include "feed/state.h"

#include "feed/delivery.h"
#include "feed/feed_list.h"
#include "feed/report.h"
#include "feed/session.h"
#include "util/bytes.h"

/* Steps in one symfeed_next(), so that no peer keeps the caller busy. */
#define MAX_STEPS 64

/* Of the body of an error this much is read, so that the connection can be kept. */
#define MAX_DRAINED 16384u

/* An answer without events that came sooner than this did not wait for events: a server that is
 * not holding reads. Asking again at once would be a storm, so a wait comes before it, which
 * doubles up to MAX_EMPTY_WAIT as long as that goes on. */
#define EMPTY_SOON     500u
#define MAX_EMPTY_WAIT 5000u

/* A read that failed after this long was being held for events. */
#define HELD 10000u

/* --- the table ---------------------------------------------------------------------------- */

/* What the call of a state came to. */
enum outcome {
    OUTCOME_GOOD,
    OUTCOME_FOUND,        /* listed: the feed that was looked for */
    OUTCOME_NOT_FOUND,    /* listed, but not that */
    OUTCOME_UNKNOWN,      /* the agent knows no such feed, or not the ackId */
    OUTCOME_FULL,         /* no more feeds may be made */
    OUTCOME_MAKE_ROOM,    /* the same, and the oldest may be deleted */
    OUTCOME_PAGE_STAYS,   /* a gateway's page again, where the agent should answer */
    OUTCOME_AILING,       /* a datahose is refused, or has failed again */
    OUTCOME_SILENT,       /* no byte came of the answer to a read */
    OUTCOME_UNAUTHORIZED, /* the tokens were refused; others are to be had at once */
    OUTCOME_FAILED,       /* anything else: the report says what */
    OUTCOME_DONE          /* good, and the one call of the task */
};

/* When the next call is made. A task of one call is over where it would have to wait. */
enum pace {
    AT_ONCE,
    SOON,        /* after a wait that begins with timers.backoff_first */
    SLOWLY,      /* after one that begins with timers.backoff_slow: a person has to act */
    AS_REPORTED, /* soon or slowly, as the report's code has it */
    A_FEW        /* a few times at once, then slowly; soon until there is a good read again */
};

/* One line of the protocol. A report of NONE stands for what the failure reports itself. */
struct rule {
    unsigned state : 8;
    unsigned outcome : 8;
    unsigned next : 5;
    unsigned pace : 3;
    unsigned report : 8;
};

/* The first line that fits counts. A v5 feed may live on although a read was refused, with events
 * that were not read yet, and is not given up lightly: first the list is asked for it; a feed that
 * is still listed is read once more with the same ackId, then without one, and only then deleted.
 * A create that fails may have made a feed all the same. */
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
    {FEED_ANY, OUTCOME_UNAUTHORIZED, FEED_SAME, AT_ONCE, SYMFEED_REPORT_TOKENS_REFUSED},
    {FEED_ANY, OUTCOME_FAILED, FEED_SAME, AS_REPORTED, SYMFEED_REPORT_NONE},
    {FEED_ANY, OUTCOME_GOOD, FEED_SAME, AT_ONCE, SYMFEED_REPORT_NONE},
    {FEED_ANY, OUTCOME_DONE, FEED_DONE, AT_ONCE, SYMFEED_REPORT_NONE}};

/* There is always one: each outcome is of calls whose states have it. */
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

/* --- following it ------------------------------------------------------------------------- */

static uint32_t random_number(const struct symfeed *feed)
{
    uint32_t number = 0;

    feed->port->random(feed->port->context, &number, sizeof number);
    return number;
}

static void pause(struct symfeed *feed, uint32_t milliseconds)
{
    feed->waiting = true;
    feed->deadline = feed_now(feed) + milliseconds;
}

static bool has_come(const struct symfeed *feed, uint32_t time)
{
    return symfeed_time_left(time, feed_now(feed)) == 0;
}

static bool is_reading(const struct symfeed *feed)
{
    return request_is_read(feed_call(feed));
}

#if SYMFEED_RETRY_AFTER

/* Retry-After of the answer that failed, in milliseconds, as far as it is granted. A proxy's word
 * is neither secret nor signed: who is on the path could silence us by it. */
static uint32_t asked_to_wait(const struct symfeed *feed, enum symfeed_report_code code)
{
    const struct symfeed_port *port = feed->port;
    bool of_proxy = code >= SYMFEED_REPORT_PROXY_REFUSED;
    uint32_t most = of_proxy ? feed->timers.backoff_max : feed->timers.retry_after_max;
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

/* Waits after a failure, and says so. */
static void back_off(struct symfeed *feed, enum pace pace, enum symfeed_report_code code)
{
    uint32_t first = pace == SOON ? feed->timers.backoff_first : feed->timers.backoff_slow;
    uint32_t wait =
        symfeed_backoff_next(&feed->backoff, first, feed->timers.backoff_max, random_number(feed));
#if SYMFEED_RETRY_AFTER
    uint32_t asked = asked_to_wait(feed, code);

    wait = wait < asked ? asked : wait;
#endif
    feed->counters.retries++;
    if (feed->backoff.failures < UINT8_MAX) {
        feed->backoff.failures++;
    }
    if (feed_is_legacy(feed) && feed->delivery != DELIVERY_KEPT) {
        symfeed_delivery_forget(feed); /* the rest of an answer that was cut does not come again */
    }
    pause(feed, wait);
    symfeed_report_failure(feed, code, pace != SOON, wait);
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
        /* Feeds that are good for one read must not be made as fast as that. */
        return symfeed_backoff_allows(&feed->losses, feed_now(feed), feed->timers.backoff_slow)
                   ? AT_ONCE
                   : SLOWLY;
    }
    return pace;
}

/* What a state begins with. */
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

/* --- asking ------------------------------------------------------------------------------- */

/* Begins to take the body apart that the call will be answered with. */
static void expect_body(struct symfeed *feed)
{
    /* By enum symfeed_call; the others are answered with an object. */
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

/* The key of the event hashes is drawn at the first call: init makes no port call. */
static void start(struct symfeed *feed)
{
    feed->run = RUN_ON;
    feed->port->random(feed->port->context, feed->hash_key, sizeof feed->hash_key);
}

/* A legacy feed is to be read from the agent that made it: by the address of that connection, which
 * is given up when it fails again, and by the load balancer's cookie. Pod and key manager may have
 * load balancers of their own. */
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

/* Sends the request of the state, or one that has to come before it. */
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
    }
    request->call = calls[feed->state];
    missing = symfeed_session_prepare(feed);
    if (missing != SYMFEED_REPORT_NONE) {
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

/* A good answer: the tokens are good, and whatever failed is over. */
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
        symfeed_delivery_forget(feed); /* reads go on to fail: perhaps for the ackId */
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

/* A good answer to a read is over. If it brought nothing, and did not wait for anything either, the
 * next read does - but not where an acknowledgement is all that is left to do. */
static void read_well(struct symfeed *feed)
{
    recover(feed);
    if (feed->elements > 0 || feed_now(feed) - feed->connection.sent_at >= EMPTY_SOON) {
        feed->empty.step = 0;
    } else if (feed->run != RUN_STOPPING) {
        pause(feed,
              symfeed_backoff_next(&feed->empty, feed->timers.backoff_first, MAX_EMPTY_WAIT, 0));
    }
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
    follow(feed, OUTCOME_GOOD, SYMFEED_REPORT_NONE);
}

/* The legacy feed's way to end a long poll, and some gateway's. */
static void read_nothing(struct symfeed *feed)
{
    symfeed_delivery_acknowledged(feed);
    if (feed_is_legacy(feed)) {
        feed->lost = false;
    }
    read_well(feed);
}

/* Did a good answer have what its call is made for? */
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

/* A delete is only tidying up, and the agent's health only good to know: whatever was answered, go
 * on. */
static bool is_aside(const struct symfeed *feed)
{
    return feed->state >= FEED_DELETE && feed->state <= FEED_HEALTH;
}

/* Content export is what a datahose has its messages from. */
static void aside(struct symfeed *feed, enum verdict verdict)
{
    if (SYMFEED_DATAHOSE && feed->state == FEED_HEALTH && verdict == VERDICT_GOOD &&
        batch_is_whole(&feed->batch) && !feed->found) {
        symfeed_report(feed, SYMFEED_REPORT_NO_EXPORT);
    }
    follow(feed, OUTCOME_GOOD, SYMFEED_REPORT_NONE);
}

/* A gateway that ends long polls before the agent does fails every read of a quiet feed. That is no
 * reason to wait longer each time, since the next event would wait as well. */
static void forgive_hold(struct symfeed *feed)
{
    if (connection_was_sent(&feed->connection) && is_reading(feed) &&
        feed_now(feed) - feed->connection.sent_at >= HELD) {
        feed->backoff.step = 0;
        feed->backoff.failures = 0;
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

/* What is not the agent's own word says nothing of a feed: ingress controllers answer 404 or 400
 * for seconds while an agent is replaced. If that goes on the list is asked for the feed. */
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

/* That a feed is gone, or that there are too many, only the agent itself can say. */
static bool is_agents_word(const struct symfeed *feed, enum verdict verdict)
{
    return (verdict != VERDICT_GONE && verdict != VERDICT_FULL) || batch_is_error(&feed->batch);
}

static void refused(struct symfeed *feed)
{
    enum symfeed_report_code code = symfeed_session_refused(feed);

    follow(feed, code == SYMFEED_REPORT_TOKENS_REFUSED ? OUTCOME_UNAUTHORIZED : OUTCOME_FAILED,
           code);
}

static void too_many_feeds(struct symfeed *feed)
{
    feed->reclaimed = SYMFEED_RECLAIM && feed->reclaim && !feed->reclaimed;
    follow(feed, feed->reclaimed ? OUTCOME_MAKE_ROOM : OUTCOME_FULL, SYMFEED_REPORT_NONE);
}

/* An answer that says nothing but its status. */
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
        verdict = VERDICT_SLOW; /* a datahose's path has no feed in it that this could speak of */
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

/* No byte came of the answer to a read of a legacy feed, as when the pod behind its agent was
 * restarted: such a feed never answers again. */
static bool is_silent(const struct symfeed *feed)
{
    return SYMFEED_LEGACY && feed_call(feed) == SYMFEED_CALL_LEGACY_READ &&
           feed->connection.reached == CONNECTION_AWAITING &&
           feed->connection.failure == SYMFEED_REPORT_LATE_ANSWER;
}

/* No answer, or half of one. */
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

/* The proxy would not let the request through. */
static void proxy_refused(struct symfeed *feed)
{
    unsigned status = feed->connection.response.status;
    bool passes = symfeed_verdict(SYMFEED_CALL_LIST, status) == VERDICT_AGAIN; /* of any call */

    fail(feed, passes ? SYMFEED_REPORT_PROXY_FAILED : SYMFEED_REPORT_PROXY_REFUSED);
}

#endif

/* --- bodies ------------------------------------------------------------------------------- */

/* An element is in the window. true: it is handed out. */
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
    return feed_is_one_shot(feed) && feed->found && feed->state != FEED_RECLAIM_FIND &&
           symfeed_delivery_offer(feed, event);
}

/* Bytes of a body are there. true: an event is handed out. */
static bool take_body(struct symfeed *feed, struct symfeed_event *event)
{
    struct connection *connection = &feed->connection;
    bool wanted = wants_body(feed);
    enum batch_result result = BATCH_MORE;
    size_t taken = 0;

    if (!wanted && feed->drained == 0) {
        batch_expect_error(&feed->batch); /* which is looked at for whose it is */
    } else if (wanted && is_reading(feed)) {
        symfeed_delivery_acknowledged(feed);
    }
    result = symfeed_batch_feed(&feed->batch, connection->body, connection->body_size, &taken);
    if (!wanted) {
        if (result == BATCH_BROKEN) {
            feed->batch.shape = BATCH_OBJECT; /* a page: it is no error of the agent's */
        }
        result = BATCH_MORE;
        taken = connection->body_size;
        feed->drained += (uint32_t)taken;
    }
    connection->body += taken;
    connection->body_size -= taken;
    if (result == BATCH_BROKEN && !(SYMFEED_SIGN_IN && feed_call(feed) == SYMFEED_CALL_INFO) &&
        !is_aside(feed)) {
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
        feed->waiting = false; /* what is still to be acknowledged is tried once */
    }
}

/* Is there nothing more to be done before stopping? */
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
            return false; /* this batch may yet prove complete */
        }
    } else if (feed->delivery >= DELIVERY_OPEN) {
        return false;
    }
    return feed->delivery != DELIVERY_DUE ||
           (is_reading(feed) && symfeed_connection_sent(connection));
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
    /* Up to what was received last; and the window, which held requests. */
    symfeed_bytes_wipe((char *)feed + offsetof(struct symfeed, next_ack),
                       sizeof *feed - offsetof(struct symfeed, next_ack));
    symfeed_bytes_wipe(feed->connection.out, feed->connection.out_room);
    if (feed->state != FEED_DONE && feed->state != FEED_FAILED) {
        symfeed_report(feed, SYMFEED_REPORT_STOPPED);
    }
    return stopped(feed);
}

/* --- running it --------------------------------------------------------------------------- */

/* One step. SYMFEED_OK: go on with the next one. */
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

/* The application is back with the event it had. */
static void settle(struct symfeed *feed)
{
    if (!symfeed_delivery_settle(feed)) {
        back_off(feed, SOON,
                 feed_is_legacy(feed) ? SYMFEED_REPORT_REFUSED_LEGACY : SYMFEED_REPORT_REFUSED);
        feed->backoff.failures = 0; /* of the agent, which has none */
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
