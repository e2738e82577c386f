/* SPDX-License-Identifier: Apache-2.0 */
/* exchange.c - see exchange.h. The phases follow each other in the order of enum phase. */
#include "exchange.h"

#include "bytes.h"
#include "note.h"

enum phase {
    PHASE_IDLE,
    PHASE_CONNECT,
    PHASE_ASK_PROXY, /* for a tunnel to the host */
    PHASE_PROXY,     /* its answer */
    PHASE_SECURE,
    PHASE_SEND,
    PHASE_ANSWER
};

/* So many times a phase has its time again, since another 1,024 bytes have come: enough for the
 * longest handshake and the longest record. A head that never ends must not last for ever; a body
 * may. */
#define MOST_EXTENSIONS 64

/* The proxy and the host say them in the same way. */
#define NO_ANSWER "connection ended without an answer"
#define NOT_HTTP  "the answer is not proper HTTP/1.1"

/* What a phase came to. */
enum progress {
    GO_ON,   /* the next step can be made at once */
    STUCK,   /* the connection is not ready */
    BROKEN,  /* `failure` says why */
    REFUSED, /* by the proxy */
    HAS_BODY,
    SENT,
    COMPLETE
};

static uint32_t now(const struct exchange *exchange)
{
    return exchange->port->now(exchange->port->context);
}

/* From now on the peer has time to send something. */
static void start_clock(struct exchange *exchange)
{
    exchange->progress_at = now(exchange);
    exchange->progress_bytes = exchange->traffic;
}

static void enter(struct exchange *exchange, enum phase phase)
{
    exchange->phase = (uint8_t)phase;
    exchange->extensions = 0;
    start_clock(exchange);
    exchange->phase_start = exchange->progress_at;
}

static void close_connection(struct exchange *exchange)
{
    exchange->port->close(exchange->port->context);
    exchange->open = false;
    symfeed_bytes_wipe(exchange->out, exchange->out_size);
    symfeed_bytes_wipe(exchange->in, SYMFEED_RECEIVE_SIZE); /* perhaps half of a token */
    exchange->out_size = 0;
    exchange->out_sent = 0;
    exchange->in_size = 0;
    exchange->in_taken = 0;
    exchange->body_size = 0;
}

void symfeed_exchange_abort(struct exchange *exchange)
{
    close_connection(exchange);
    exchange->phase = PHASE_IDLE;
    exchange->wants = 0;
}

bool symfeed_exchange_sent(const struct exchange *exchange)
{
    return exchange->phase == PHASE_ANSWER;
}

bool symfeed_exchange_has_head(const struct exchange *exchange)
{
    return exchange->phase == PHASE_ANSWER && symfeed_http_has_head(&exchange->http);
}

void symfeed_exchange_forgive(struct exchange *exchange, uint32_t milliseconds)
{
    exchange->phase_start += milliseconds;
    exchange->progress_at += milliseconds;
}

static bool needs_proxy(const struct exchange *exchange)
{
    return SYMFEED_PROXY && !exchange->host->direct;
}

static void expect_answer(struct exchange *exchange, struct cookie *cookie)
{
    exchange->http.cookie = cookie;
    symfeed_http_init(&exchange->http, exchange->http.line, exchange->http.line_room);
}

static void restart(struct exchange *exchange)
{
    bool proxy_first = !exchange->open && needs_proxy(exchange);

    expect_answer(exchange, proxy_first ? NULL : exchange->cookie);
    symfeed_request_begin(&exchange->request, exchange->port);
    exchange->renew = exchange->open;
    exchange->unseen = true;
    exchange->answered = false;
    enter(exchange, exchange->open ? PHASE_SEND : PHASE_CONNECT);
}

void symfeed_exchange_begin(struct exchange *exchange)
{
    enum role role = symfeed_request_role((enum call)exchange->request.call);
    const struct host *host = &exchange->agent->hosts[role];

#if SYMFEED_SIGN_IN
    /* One connection at a time: one to another host goes. */
    if (exchange->open && !symfeed_url_same_host(exchange->host, host)) {
        close_connection(exchange);
    }
#endif
    exchange->host = host;
    exchange->port_renewed = false;
    restart(exchange);
}

static enum progress broken(struct exchange *exchange, const char *why)
{
    exchange->failure = why;
    return BROKEN;
}

/* An answer of the port that is not a success. */
static enum progress no_success(struct exchange *exchange, int answer)
{
    const struct symfeed_port *port = exchange->port;

    if (answer == SYMFEED_IO_WANT_READ || answer == SYMFEED_IO_WANT_WRITE) {
        exchange->wants = answer == SYMFEED_IO_WANT_READ ? SYMFEED_WANTS_READ : SYMFEED_WANTS_WRITE;
        return STUCK;
    }
    return broken(exchange, note_is_on(SYMFEED_LOG_ERROR) && port->reason != NULL
                                ? port->reason(port->context)
                                : WARNING("the connection failed"));
}

static enum progress connecting(struct exchange *exchange)
{
    const struct symfeed_port *port = exchange->port;
    const struct host *host = needs_proxy(exchange) ? &exchange->proxy->host : exchange->host;
    struct symfeed_endpoint endpoint = host->endpoint;
    int answer = 0;

    endpoint.same = exchange->same;
    exchange->open = true;
    answer = port->connect(port->context, &endpoint);
    if (answer < 0) {
        return no_success(exchange, answer);
    }
    exchange->counters->connects++;
    enter(exchange, needs_proxy(exchange)    ? PHASE_ASK_PROXY
                    : exchange->host->secure ? PHASE_SECURE
                                             : PHASE_SEND);
    return GO_ON;
}

static enum progress securing(struct exchange *exchange)
{
    const struct symfeed_port *port = exchange->port;
    int answer = port->secure(port->context, &exchange->host->endpoint);

    if (answer < 0) {
        if (answer == SYMFEED_IO_AGAIN) {
            exchange->renew = !exchange->port_renewed;
            exchange->port_renewed = true;
        }
        return no_success(exchange, answer);
    }
    exchange->counters->resumed += answer > 0 ? 1u : 0u;
    enter(exchange, PHASE_SEND);
    return GO_ON;
}

/* Hands what is in the output buffer to the network. */
static enum progress push(struct exchange *exchange)
{
    const struct symfeed_port *port = exchange->port;
    int answer = port->send(port->context, exchange->out + exchange->out_sent,
                            exchange->out_size - exchange->out_sent);

    if (answer < 0) {
        return no_success(exchange, answer);
    }
    if (answer == 0 || (size_t)answer > exchange->out_size - exchange->out_sent) {
        return broken(exchange, WARNING("the port's send() or recv() misbehaved"));
    }
    exchange->out_sent += (size_t)answer;
    if (exchange->out_sent == exchange->out_size) {
        /* The buffer held secrets and will hold an event. */
        symfeed_bytes_wipe(exchange->out, exchange->out_size);
        exchange->out_sent = 0;
        exchange->out_size = 0;
    }
    return GO_ON;
}

/* Receives into the empty input buffer. 0: some bytes, or the end of the stream. */
static enum progress pull(struct exchange *exchange)
{
    const struct symfeed_port *port = exchange->port;
    int answer = port->recv(port->context, exchange->in, SYMFEED_RECEIVE_SIZE);

    if (answer < 0) {
        return no_success(exchange, answer);
    }
    if (answer > SYMFEED_RECEIVE_SIZE) {
        return broken(exchange, WARNING("the port's send() or recv() misbehaved"));
    }
    exchange->in_taken = 0;
    exchange->in_size = (uint16_t)answer;
    exchange->counters->bytes += (unsigned)answer;
    return GO_ON;
}

/* Bytes that come before the request are no answer to it (RFC 9112, 9.2), nor is there one behind
 * the end of the stream: only a connection on which nothing has come carries a request. */
static enum progress looking(struct exchange *exchange)
{
    enum progress progress = pull(exchange);

    if (exchange->wants == SYMFEED_WANTS_READ) {
        exchange->unseen = false;
        return GO_ON;
    }
    return progress == BROKEN ? BROKEN : broken(exchange, WARNING("the server spoke first"));
}

static enum progress sending(struct exchange *exchange)
{
    if (exchange->unseen) {
        return looking(exchange);
    }
    if (exchange->out_size == 0) {
        exchange->out_size =
            symfeed_request_fill(&exchange->request, exchange->out, exchange->out_room);
        if (exchange->out_size == 0) {
            enter(exchange, PHASE_ANSWER);
            exchange->sent_at = exchange->phase_start;
            return SENT;
        }
    }
    return push(exchange);
}

#if SYMFEED_PROXY

static enum progress asking_proxy(struct exchange *exchange)
{
    enum progress progress = GO_ON;

    if (exchange->out_size == 0) {
        exchange->out_size = symfeed_request_tunnel(exchange->proxy, exchange->host, exchange->out);
    }
    progress = push(exchange);
    if (progress == GO_ON && exchange->out_size == 0) {
        enter(exchange, PHASE_PROXY);
    }
    return progress;
}

/* The proxy's answer: its head is all there is to it. What follows is the host's, which has nothing
 * to say before it is spoken to. */
static enum progress hearing_proxy(struct exchange *exchange)
{
    enum progress progress = pull(exchange);
    size_t at = 0;

    if (progress != GO_ON) {
        return progress;
    }
    if (exchange->in_size == 0) {
        return broken(exchange, WARNING(NO_ANSWER));
    }
    /* Byte by byte, so as not to go beyond the head: what it says of a body does not hold here. */
    for (; at < exchange->in_size && !symfeed_http_has_head(&exchange->http); at++) {
        size_t taken = 0;

        if (symfeed_http_feed(&exchange->http, exchange->in + at, 1, &taken, &exchange->body,
                              &exchange->body_size) == HTTP_BAD) {
            return broken(exchange, WARNING(NOT_HTTP));
        }
    }
    if (!symfeed_http_has_head(&exchange->http)) {
        return GO_ON;
    }
    if (exchange->http.status > 299) {
        return REFUSED;
    }
    expect_answer(exchange, exchange->cookie);
    if (at != exchange->in_size) {
        return broken(exchange, WARNING("bytes behind the answer"));
    }
    exchange->in_size = 0;
    enter(exchange, PHASE_SECURE);
    return GO_ON;
}

#endif

static enum progress end_of_answer(struct exchange *exchange)
{
    exchange->phase = PHASE_IDLE;
    exchange->wants = 0;
    if (exchange->http.close || exchange->in_taken != exchange->in_size) {
        close_connection(exchange);
    }
    return COMPLETE;
}

/* Bytes in the buffer go to the reader of answers. */
static enum progress parse(struct exchange *exchange)
{
    size_t taken = 0;
    enum http_result result = symfeed_http_feed(&exchange->http, exchange->in + exchange->in_taken,
                                                (size_t)exchange->in_size - exchange->in_taken,
                                                &taken, &exchange->body, &exchange->body_size);

    exchange->in_taken = (uint16_t)(exchange->in_taken + taken);
    if (exchange->renew && exchange->http.status == 408) {
        /* The server gave up waiting for a request (RFC 9110, 15.5.9): this one came too late. */
        exchange->unseen = true;
        return BROKEN;
    }
    switch (result) {
    case HTTP_BODY: return HAS_BODY;
    case HTTP_DONE: return end_of_answer(exchange);
    case HTTP_BAD:
        return broken(exchange, exchange->http.coded ? exchange->http.line : WARNING(NOT_HTTP));
    default: return GO_ON;
    }
}

static enum progress end_of_stream(struct exchange *exchange)
{
    if (exchange->answered && symfeed_http_ends(&exchange->http)) {
        return end_of_answer(exchange);
    }
    return broken(exchange, exchange->answered ? WARNING("connection ended in mid-answer")
                                               : WARNING(NO_ANSWER));
}

static enum progress receiving(struct exchange *exchange)
{
    enum progress progress = GO_ON;

    if (exchange->body_size > 0) {
        return HAS_BODY;
    }
    if (exchange->in_taken < exchange->in_size || exchange->http.status != 0) {
        progress = parse(exchange);
        if (progress != GO_ON) {
            return progress;
        }
    }
    progress = pull(exchange);
    if (progress != GO_ON) {
        return progress;
    }
    if (exchange->in_size == 0) {
        return end_of_stream(exchange);
    }
    if (!exchange->answered) {
        exchange->answered = true;
        start_clock(exchange);
    }
    return GO_ON;
}

static enum progress progress(struct exchange *exchange)
{
    exchange->wants = 0;
    switch (exchange->phase) {
    case PHASE_CONNECT: return connecting(exchange);
#if SYMFEED_PROXY
    case PHASE_ASK_PROXY: return asking_proxy(exchange);
    case PHASE_PROXY: return hearing_proxy(exchange);
#endif
    case PHASE_SECURE: return securing(exchange);
    case PHASE_SEND: return sending(exchange);
    default: return receiving(exchange);
    }
}

/* What to say of each phase that is not over in time, and of an answer. Those to the proxy have the
 * texts of those to the host. */
static const char late_texts[] =
    WARNING("timed out connecting\0timed out sending\0timed out waiting for an answer\0"
            "timed out in the TLS handshake\0timed out in mid-answer\0the answer is too slow\0");
static const unsigned char late_text_of[] = {0, 1, 2, 3, 1, 2, 4, 5};

/* Has anything come? Bytes of TLS count, too: on a slow link a record of 16 KB takes minutes. */
static void watch_traffic(struct exchange *exchange)
{
    const struct symfeed_port *port = exchange->port;
    uint32_t traffic =
        port->traffic != NULL ? port->traffic(port->context) : (uint32_t)exchange->counters->bytes;

    if (traffic != exchange->traffic) {
        exchange->traffic = traffic;
        exchange->phase_start = now(exchange);
    }
    if (traffic - exchange->progress_bytes >= SYMFEED_PROGRESS_BYTES &&
        (symfeed_http_has_head(&exchange->http) || exchange->extensions < MOST_EXTENSIONS)) {
        exchange->extensions++;
        start_clock(exchange);
    }
}

/* When the phase must be over, or more bytes must have come; answers which of the texts is due
 * otherwise. */
static unsigned set_deadline(struct exchange *exchange)
{
    const struct symfeed_timers *timers = exchange->timers;
    const uint32_t limits[] = {timers->connect, timers->send,       timers->secure, timers->secure,
                               timers->send,    timers->first_byte, timers->idle};
    bool answering = exchange->phase == PHASE_ANSWER && exchange->answered;
    unsigned at = (unsigned)exchange->phase - PHASE_CONNECT + (answering ? 1u : 0u);
    uint32_t progress_end = exchange->progress_at + SYMFEED_PROGRESS_TIME;

    exchange->deadline = exchange->progress_at + limits[at];
    if (answering) {
        exchange->deadline = exchange->phase_start + limits[at];
        if (symfeed_time_left(exchange->deadline, progress_end) > 0) {
            exchange->deadline = progress_end;
            at++;
        }
    }
    return at;
}

static enum exchange_result fail(struct exchange *exchange, bool late)
{
    enum call call = (enum call)exchange->request.call;
    bool once = call == CALL_CREATE || (SYMFEED_LEGACY && call == CALL_LEGACY_CREATE) ||
                (SYMFEED_SIGN_IN && (call == CALL_SESSION || call == CALL_KEY));
    bool again = exchange->renew && (exchange->unseen || (!once && !exchange->answered && !late));

    exchange->at_proxy = exchange->phase <= PHASE_PROXY && needs_proxy(exchange);
    symfeed_exchange_abort(exchange);
    if (!again) {
        return EXCHANGE_FAILED;
    }
    /* The peer had closed the kept connection, or the port knows better now. Nothing was answered,
     * and what was sent may be sent twice: a read carries the same ackId. */
    exchange->counters->retries += exchange->unseen ? 0u : 1u;
    restart(exchange);
    exchange->deadline = exchange->phase_start;
    return EXCHANGE_WAIT;
}

enum exchange_result symfeed_exchange_step(struct exchange *exchange)
{
    for (unsigned steps = 0; steps < SYMFEED_EXCHANGE_STEPS; steps++) {
        enum progress result = progress(exchange);
        unsigned text = 0;

        if (result == HAS_BODY) {
            return EXCHANGE_BODY;
        }
        if (result == SENT) {
            return EXCHANGE_SENT;
        }
        if (result == COMPLETE) {
            return EXCHANGE_DONE;
        }
        if (result == BROKEN) {
            return fail(exchange, false);
        }
        if (result == REFUSED) {
            symfeed_exchange_abort(exchange);
            return EXCHANGE_REFUSED;
        }
        watch_traffic(exchange);
        text = set_deadline(exchange);
        if (symfeed_time_left(exchange->deadline, now(exchange)) == 0) {
            exchange->failure = note_nth(late_texts, late_text_of[text]);
            return fail(exchange, true);
        }
        if (result == STUCK) {
            return EXCHANGE_WAIT;
        }
    }
    /* The peer keeps us busy: let the caller have its turn. */
    exchange->deadline = now(exchange);
    return EXCHANGE_WAIT;
}
