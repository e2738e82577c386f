/* SPDX-License-Identifier: Apache-2.0 */
/* connection.c - see connection.h. The phases follow each other in the order of enum phase. */
#include "http/connection.h"

#include "util/bytes.h"

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

static uint32_t now(const struct connection *connection)
{
    return connection->port->now(connection->port->context);
}

/* From now on the peer has time to send something. */
static void start_clock(struct connection *connection)
{
    connection->progress_at = now(connection);
    connection->progress_bytes = connection->traffic;
}

static void enter(struct connection *connection, enum phase phase)
{
    connection->phase = (uint8_t)phase;
    connection->extensions = 0;
    start_clock(connection);
    connection->phase_start = connection->progress_at;
}

static void close_connection(struct connection *connection)
{
    connection->port->close(connection->port->context);
    connection->open = false;
    symfeed_bytes_wipe(connection->out, connection->out_size);
    symfeed_bytes_wipe(connection->in, SYMFEED_RECEIVE_SIZE); /* perhaps half of a token */
    connection->out_size = 0;
    connection->out_sent = 0;
    connection->in_size = 0;
    connection->in_taken = 0;
    connection->body_size = 0;
}

void symfeed_connection_abort(struct connection *connection)
{
    close_connection(connection);
    connection->phase = PHASE_IDLE;
    connection->wants = 0;
}

bool symfeed_connection_sent(const struct connection *connection)
{
    return connection->phase == PHASE_ANSWER;
}

bool symfeed_connection_has_head(const struct connection *connection)
{
    return connection->phase == PHASE_ANSWER && symfeed_response_has_head(&connection->response);
}

void symfeed_connection_forgive(struct connection *connection, uint32_t milliseconds)
{
    connection->phase_start += milliseconds;
    connection->progress_at += milliseconds;
}

static bool needs_proxy(const struct connection *connection)
{
    return SYMFEED_PROXY && !connection->host->direct;
}

static void expect_answer(struct connection *connection, struct cookie *cookie)
{
    connection->response.cookie = cookie;
    symfeed_response_init(&connection->response, connection->response.line,
                          connection->response.line_room);
}

static void restart(struct connection *connection)
{
    bool proxy_first = !connection->open && needs_proxy(connection);

    expect_answer(connection, proxy_first ? NULL : connection->cookie);
    symfeed_request_begin(&connection->request, connection->port);
    connection->renew = connection->open;
    connection->unseen = true;
    connection->answered = false;
    connection->sent = false;
    enter(connection, connection->open ? PHASE_SEND : PHASE_CONNECT);
}

void symfeed_connection_begin(struct connection *connection)
{
    enum role role = symfeed_request_role((enum symfeed_call)connection->request.call);
    const struct host *host = &connection->agent->hosts[role];

#if SYMFEED_SIGN_IN
    /* One connection at a time: one to another host goes. */
    if (connection->open && !symfeed_url_same_host(connection->host, host)) {
        close_connection(connection);
    }
#endif
    connection->host = host;
    connection->port_renewed = false;
    restart(connection);
}

static enum progress broken(struct connection *connection, enum symfeed_report_code why)
{
    connection->failure = (uint8_t)why;
    return BROKEN;
}

/* An answer of the port that is not a success. */
static enum progress no_success(struct connection *connection, int answer)
{

    if (answer == SYMFEED_IO_WANT_READ || answer == SYMFEED_IO_WANT_WRITE) {
        connection->wants =
            answer == SYMFEED_IO_WANT_READ ? SYMFEED_WANTS_READ : SYMFEED_WANTS_WRITE;
        return STUCK;
    }
    connection->cause = symfeed_cause(answer);
    return broken(connection, SYMFEED_REPORT_NO_CONNECTION);
}

static enum progress connecting(struct connection *connection)
{
    const struct symfeed_port *port = connection->port;
    const struct host *host = needs_proxy(connection) ? &connection->proxy->host : connection->host;
    struct symfeed_endpoint endpoint = host->endpoint;
    int answer = 0;

    endpoint.same = connection->same;
    connection->open = true;
    answer = port->connect(port->context, &endpoint);
    if (answer < 0) {
        return no_success(connection, answer);
    }
    connection->counters->connects++;
    enter(connection, needs_proxy(connection)    ? PHASE_ASK_PROXY
                      : connection->host->secure ? PHASE_SECURE
                                                 : PHASE_SEND);
    return GO_ON;
}

static enum progress securing(struct connection *connection)
{
    const struct symfeed_port *port = connection->port;
    int answer = port->secure(port->context, &connection->host->endpoint);

    if (answer < 0) {
        if (answer == SYMFEED_IO_AGAIN) {
            connection->renew = !connection->port_renewed;
            connection->port_renewed = true;
        }
        return no_success(connection, answer);
    }
    connection->counters->resumed += answer > 0 ? 1u : 0u;
    enter(connection, PHASE_SEND);
    return GO_ON;
}

/* Hands what is in the output buffer to the network. */
static enum progress push(struct connection *connection)
{
    const struct symfeed_port *port = connection->port;
    int answer = port->send(port->context, connection->out + connection->out_sent,
                            connection->out_size - connection->out_sent);

    if (answer < 0) {
        return no_success(connection, answer);
    }
    if (answer == 0 || (size_t)answer > connection->out_size - connection->out_sent) {
        return broken(connection, SYMFEED_REPORT_PORT_MISBEHAVED);
    }
    connection->out_sent += (size_t)answer;
    if (connection->out_sent == connection->out_size) {
        /* The buffer held secrets and will hold an event. */
        symfeed_bytes_wipe(connection->out, connection->out_size);
        connection->out_sent = 0;
        connection->out_size = 0;
    }
    return GO_ON;
}

/* Receives into the empty input buffer. 0: some bytes, or the end of the stream. */
static enum progress pull(struct connection *connection)
{
    const struct symfeed_port *port = connection->port;
    int answer = port->recv(port->context, connection->in, SYMFEED_RECEIVE_SIZE);

    if (answer < 0) {
        return no_success(connection, answer);
    }
    if (answer > SYMFEED_RECEIVE_SIZE) {
        return broken(connection, SYMFEED_REPORT_PORT_MISBEHAVED);
    }
    connection->in_taken = 0;
    connection->in_size = (uint16_t)answer;
    connection->counters->bytes += (unsigned)answer;
    return GO_ON;
}

/* Bytes that come before the request are no answer to it (RFC 9112, 9.2), nor is there one behind
 * the end of the stream: only a connection on which nothing has come carries a request. */
static enum progress looking(struct connection *connection)
{
    enum progress progress = pull(connection);

    if (connection->wants == SYMFEED_WANTS_READ) {
        connection->unseen = false;
        return GO_ON;
    }
    return progress == BROKEN ? BROKEN : broken(connection, SYMFEED_REPORT_SPOKE_FIRST);
}

static enum progress sending(struct connection *connection)
{
    if (connection->unseen) {
        return looking(connection);
    }
    if (connection->out_size == 0) {
        connection->out_size =
            symfeed_request_fill(&connection->request, connection->out, connection->out_room);
        if (connection->out_size == 0) {
            enter(connection, PHASE_ANSWER);
            connection->sent_at = connection->phase_start;
            connection->sent = true;
            return SENT;
        }
    }
    return push(connection);
}

#if SYMFEED_PROXY

static enum progress asking_proxy(struct connection *connection)
{
    enum progress progress = GO_ON;

    if (connection->out_size == 0) {
        connection->out_size =
            symfeed_request_tunnel(connection->proxy, connection->host, connection->out);
    }
    progress = push(connection);
    if (progress == GO_ON && connection->out_size == 0) {
        enter(connection, PHASE_PROXY);
    }
    return progress;
}

/* The proxy's answer: its head is all there is to it. What follows is the host's, which has nothing
 * to say before it is spoken to. */
static enum progress hearing_proxy(struct connection *connection)
{
    enum progress progress = pull(connection);
    size_t at = 0;

    if (progress != GO_ON) {
        return progress;
    }
    if (connection->in_size == 0) {
        return broken(connection, SYMFEED_REPORT_NO_ANSWER);
    }
    /* Byte by byte, so as not to go beyond the head: what it says of a body does not hold here. */
    for (; at < connection->in_size && !symfeed_response_has_head(&connection->response); at++) {
        size_t taken = 0;

        if (symfeed_response_feed(&connection->response, connection->in + at, 1, &taken,
                                  &connection->body, &connection->body_size) == RESPONSE_BAD) {
            return broken(connection, SYMFEED_REPORT_NOT_HTTP);
        }
    }
    if (!symfeed_response_has_head(&connection->response)) {
        return GO_ON;
    }
    if (connection->response.status > 299) {
        return REFUSED;
    }
    expect_answer(connection, connection->cookie);
    if (at != connection->in_size) {
        return broken(connection, SYMFEED_REPORT_BEHIND_ANSWER);
    }
    connection->in_size = 0;
    enter(connection, PHASE_SECURE);
    return GO_ON;
}

#endif

static enum progress end_of_answer(struct connection *connection)
{
    connection->phase = PHASE_IDLE;
    connection->wants = 0;
    if (connection->response.close || connection->in_taken != connection->in_size) {
        close_connection(connection);
    }
    return COMPLETE;
}

/* Bytes in the buffer go to the reader of answers. */
static enum progress parse(struct connection *connection)
{
    size_t taken = 0;
    enum response_result result =
        symfeed_response_feed(&connection->response, connection->in + connection->in_taken,
                              (size_t)connection->in_size - connection->in_taken, &taken,
                              &connection->body, &connection->body_size);

    connection->in_taken = (uint16_t)(connection->in_taken + taken);
    if (connection->renew && connection->response.status == 408) {
        /* The server gave up waiting for a request (RFC 9110, 15.5.9): this one came too late. */
        connection->unseen = true;
        return BROKEN;
    }
    switch (result) {
    case RESPONSE_BODY: return HAS_BODY;
    case RESPONSE_DONE: return end_of_answer(connection);
    case RESPONSE_BAD:
        return broken(connection, connection->response.coding_size > 0 ? SYMFEED_REPORT_CODED
                                                                       : SYMFEED_REPORT_NOT_HTTP);
    default: return GO_ON;
    }
}

static enum progress end_of_stream(struct connection *connection)
{
    if (connection->answered && symfeed_response_ends(&connection->response)) {
        return end_of_answer(connection);
    }
    return broken(connection,
                  connection->answered ? SYMFEED_REPORT_CUT_OFF : SYMFEED_REPORT_NO_ANSWER);
}

static enum progress receiving(struct connection *connection)
{
    enum progress progress = GO_ON;

    if (connection->body_size > 0) {
        return HAS_BODY;
    }
    if (connection->in_taken < connection->in_size || connection->response.status != 0) {
        progress = parse(connection);
        if (progress != GO_ON) {
            return progress;
        }
    }
    progress = pull(connection);
    if (progress != GO_ON) {
        return progress;
    }
    if (connection->in_size == 0) {
        return end_of_stream(connection);
    }
    if (!connection->answered) {
        connection->answered = true;
        start_clock(connection);
    }
    return GO_ON;
}

static enum progress progress(struct connection *connection)
{
    connection->wants = 0;
    switch (connection->phase) {
    case PHASE_CONNECT: return connecting(connection);
#if SYMFEED_PROXY
    case PHASE_ASK_PROXY: return asking_proxy(connection);
    case PHASE_PROXY: return hearing_proxy(connection);
#endif
    case PHASE_SECURE: return securing(connection);
    case PHASE_SEND: return sending(connection);
    default: return receiving(connection);
    }
}

/* What is reported of each phase that is not over in time, and of an answer. */
static const unsigned char late_reports[] = {
    SYMFEED_REPORT_LATE_CONNECTION, SYMFEED_REPORT_LATE_REQUEST, SYMFEED_REPORT_LATE_ANSWER,
    SYMFEED_REPORT_LATE_HANDSHAKE,  SYMFEED_REPORT_LATE_REQUEST, SYMFEED_REPORT_LATE_ANSWER,
    SYMFEED_REPORT_LATE_REST,       SYMFEED_REPORT_TOO_SLOW};

/* Has anything come? Bytes of TLS count, too: on a slow link a record of 16 KB takes minutes. */
static void watch_traffic(struct connection *connection)
{
    const struct symfeed_port *port = connection->port;
    uint32_t traffic = port->traffic != NULL ? port->traffic(port->context)
                                             : (uint32_t)connection->counters->bytes;

    if (traffic != connection->traffic) {
        connection->traffic = traffic;
        connection->phase_start = now(connection);
    }
    if (traffic - connection->progress_bytes >= SYMFEED_PROGRESS_BYTES &&
        (symfeed_response_has_head(&connection->response) ||
         connection->extensions < MOST_EXTENSIONS)) {
        connection->extensions++;
        start_clock(connection);
    }
}

/* When the phase must be over, or more bytes must have come; answers which of late_reports is due
 * otherwise. */
static unsigned set_deadline(struct connection *connection)
{
    const struct symfeed_timers *timers = connection->timers;
    const uint32_t limits[] = {timers->connect,       timers->send, timers->tls_handshake,
                               timers->tls_handshake, timers->send, timers->first_byte,
                               timers->idle};
    bool answering = connection->phase == PHASE_ANSWER && connection->answered;
    unsigned at = (unsigned)connection->phase - PHASE_CONNECT + (answering ? 1u : 0u);
    uint32_t progress_end = connection->progress_at + SYMFEED_PROGRESS_TIME;

    connection->deadline = connection->progress_at + limits[at];
    if (answering) {
        connection->deadline = connection->phase_start + limits[at];
        if (symfeed_time_left(connection->deadline, progress_end) > 0) {
            connection->deadline = progress_end;
            at++;
        }
    }
    return at;
}

static enum connection_result fail(struct connection *connection, bool late)
{
    enum symfeed_call call = (enum symfeed_call)connection->request.call;
    bool once = call == SYMFEED_CALL_CREATE ||
                (SYMFEED_LEGACY && call == SYMFEED_CALL_LEGACY_CREATE) ||
                (SYMFEED_SIGN_IN && (call == SYMFEED_CALL_SESSION || call == SYMFEED_CALL_KEY));
    bool again =
        connection->renew && (connection->unseen || (!once && !connection->answered && !late));

    connection->at_proxy = connection->phase <= PHASE_PROXY && needs_proxy(connection);
    symfeed_connection_abort(connection);
    if (!again) {
        return CONNECTION_FAILED;
    }
    /* The peer had closed the kept connection, or the port knows better now. Nothing was answered,
     * and what was sent may be sent twice: a read carries the same ackId. */
    connection->counters->retries += connection->unseen ? 0u : 1u;
    restart(connection);
    connection->deadline = connection->phase_start;
    return CONNECTION_WAIT;
}

enum connection_result symfeed_connection_step(struct connection *connection)
{
    for (unsigned steps = 0; steps < SYMFEED_CONNECTION_STEPS; steps++) {
        enum progress result = progress(connection);
        unsigned late = 0;

        if (result == HAS_BODY) {
            return CONNECTION_BODY;
        }
        if (result == SENT) {
            return CONNECTION_SENT;
        }
        if (result == COMPLETE) {
            return CONNECTION_DONE;
        }
        if (result == BROKEN) {
            return fail(connection, false);
        }
        if (result == REFUSED) {
            symfeed_connection_abort(connection);
            return CONNECTION_REFUSED;
        }
        watch_traffic(connection);
        late = set_deadline(connection);
        if (symfeed_time_left(connection->deadline, now(connection)) == 0) {
            connection->failure = late_reports[late];
            return fail(connection, true);
        }
        if (result == STUCK) {
            return CONNECTION_WAIT;
        }
    }
    /* The peer keeps us busy: let the caller have its turn. */
    connection->deadline = now(connection);
    return CONNECTION_WAIT;
}
