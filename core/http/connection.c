/* SPDX-License-Identifier: Apache-2.0 */
/*
 * connection.c - see connection.h. The states of a connection:
 *   closed -> connecting -------------------------> securing -> checking -> sending -> awaiting
 *                |                                     ^           ^                      |
 *                +-> asking proxy -> proxy answering --+           |                      v
 *                                                                 idle <-------------- receiving
 * Without TLS there is no securing. A failure, a timeout or any doubt leads to closed; if a kept
 * connection was dead from the beginning, or the port asks for another one, the next state is
 * connecting, at once.
 */
#include "http/connection.h"

#include "util/bytes.h"

/* Which connection the current call uses. */
enum attempt {
    ATTEMPT_KEPT,   /* the one of the last call; if it was dead, a new one replaces it */
    ATTEMPT_FRESH,  /* a new one: a failure ends the call */
    ATTEMPT_RENEWED /* a new one that the port asked for, which it may do once; as FRESH */
};

/* A kept connection that is dead says so within a round trip. One that is lost after more
 * milliseconds than this had a request that the server was holding. The call then fails instead of
 * being repeated at once: a server that restarts loses the connections of all its devices. */
#define DEAD_WITHIN 500u

/* How often a state's timer restarts because SYMFEED_PROGRESS_BYTES have arrived: enough for the
 * longest handshake and the longest record. Each piece of a body begins the count anew. */
#define MAX_EXTENSIONS 64

static uint32_t now(const struct connection *connection)
{
    return connection->port->now(connection->port->context);
}

/* Starts the timer of the state. */
static void start_progress(struct connection *connection)
{
    connection->progress_at = now(connection);
    connection->progress_bytes = connection->bytes;
}

static void enter(struct connection *connection, enum connection_state state)
{
    connection->state = (uint8_t)state;
    if (state > CONNECTION_IDLE) {
        connection->reached = (uint8_t)state;
    }
    connection->wants = 0;
    connection->extensions = 0;
    start_progress(connection);
    connection->byte_at = connection->progress_at;
}

/* Wipes the output buffer: it held secrets and will hold an event. */
static void clear_output(struct connection *connection)
{
    symfeed_bytes_wipe(connection->out, connection->out_size);
    connection->out_size = 0;
    connection->out_sent = 0;
}

void symfeed_connection_abort(struct connection *connection)
{
    connection->port->close(connection->port->context);
    clear_output(connection);
    symfeed_bytes_wipe(connection->in, SYMFEED_RECEIVE_SIZE); /* perhaps half of a token */
    connection->in_size = 0;
    connection->in_taken = 0;
    connection->body_size = 0;
    enter(connection, CONNECTION_CLOSED);
}

bool symfeed_connection_has_head(const struct connection *connection)
{
    return connection->state == CONNECTION_RECEIVING &&
           symfeed_response_has_head(&connection->response);
}

void symfeed_connection_forgive(struct connection *connection, uint32_t milliseconds)
{
    connection->byte_at += milliseconds;
    connection->progress_at += milliseconds;
}

/* --- doubt -------------------------------------------------------------------------------- */

/* Can the connection be kept? Not if the server closes it, if a status without a body came with the
 * length of a body, or if there are bytes after the answer. */
static bool is_sound(const struct connection *connection)
{
    const struct response *response = &connection->response;

    return !response->close && !response->contradicts &&
           connection->in_taken == connection->in_size;
}

/* Must the call be sent only once? A create sent twice can make two feeds; a JWT is valid for one
 * call. */
static bool is_sent_once(enum symfeed_call call)
{
    return call == SYMFEED_CALL_CREATE || (SYMFEED_LEGACY && call == SYMFEED_CALL_LEGACY_CREATE) ||
           (SYMFEED_SIGN_IN && (call == SYMFEED_CALL_SESSION || call == SYMFEED_CALL_KEY));
}

/* Was the kept connection dead before the request? There are three signs: bytes before the request
 * is sent (RFC 9112, 9.2); a 408 (RFC 9110, 15.5.9); the end of the stream before the first byte of
 * the answer. Only with the last one can the server have seen the request. */
static bool was_dead(const struct connection *connection)
{
    if (connection->attempt != ATTEMPT_KEPT) {
        return false;
    }
    switch (connection->reached) {
    case CONNECTION_CHECKING: return true;
    case CONNECTION_RECEIVING: return connection->response.status == 408;
    default: return !is_sent_once((enum symfeed_call)connection->request.call);
    }
}

/* --- beginning ---------------------------------------------------------------------------- */

static void expect_answer(struct connection *connection, bool from_proxy)
{
    connection->response.cookie = from_proxy ? NULL : connection->cookie;
    connection->response.head_only = from_proxy;
    symfeed_response_begin(&connection->response);
}

/* Starts the request from its first byte, on the kept connection or a new one. */
static void start(struct connection *connection, enum attempt attempt)
{
    connection->attempt = (uint8_t)attempt;
    expect_answer(connection, attempt != ATTEMPT_KEPT && connection_needs_proxy(connection));
    symfeed_request_begin(&connection->request, connection->port);
    switch (connection->state) {
    case CONNECTION_IDLE: enter(connection, CONNECTION_CHECKING); break;
    case CONNECTION_CLOSED:
    default: enter(connection, CONNECTION_CONNECTING); break;
    }
}

void symfeed_connection_begin(struct connection *connection)
{
    enum role role = symfeed_request_role((enum symfeed_call)connection->request.call);
    const struct host *host = &connection->agent->hosts[role];

#if SYMFEED_SIGN_IN
    /* There is one connection at a time: close one to another host. */
    if (connection->state == CONNECTION_IDLE && !symfeed_url_same_host(connection->host, host)) {
        symfeed_connection_abort(connection);
    }
#endif
    connection->host = host;
    start(connection, connection->state == CONNECTION_IDLE ? ATTEMPT_KEPT : ATTEMPT_FRESH);
}

/* --- bytes out and in --------------------------------------------------------------------- */

static enum connection_result failed(struct connection *connection, enum symfeed_report_code why)
{
    connection->failure = (uint8_t)why;
    return CONNECTION_FAILED;
}

/* Handles a negative result of the port. */
static enum connection_result no_success(struct connection *connection, int answer)
{
    if (answer == SYMFEED_IO_WANT_READ || answer == SYMFEED_IO_WANT_WRITE) {
        connection->wants =
            answer == SYMFEED_IO_WANT_READ ? SYMFEED_WANTS_READ : SYMFEED_WANTS_WRITE;
        return CONNECTION_WAIT;
    }
    connection->cause = symfeed_cause(answer);
    return failed(connection, SYMFEED_REPORT_NO_CONNECTION);
}

/* Sends what is in the output buffer. */
static enum connection_result push(struct connection *connection)
{
    const struct symfeed_port *port = connection->port;
    int answer = port->send(port->context, connection->out + connection->out_sent,
                            connection->out_size - connection->out_sent);

    if (answer < 0) {
        return no_success(connection, answer);
    }
    if (answer == 0 || (size_t)answer > connection->out_size - connection->out_sent) {
        return failed(connection, SYMFEED_REPORT_PORT_MISBEHAVED);
    }
    connection->out_sent += (size_t)answer;
    if (connection->out_sent == connection->out_size) {
        clear_output(connection);
    }
    return CONNECTION_GO_ON;
}

/* Receives into the empty input buffer. Reports the end of the stream as `ended`. */
static enum connection_result pull(struct connection *connection, enum symfeed_report_code ended)
{
    const struct symfeed_port *port = connection->port;
    int answer = port->recv(port->context, connection->in, SYMFEED_RECEIVE_SIZE);

    if (answer < 0) {
        return no_success(connection, answer);
    }
    if (answer == 0) {
        return failed(connection, ended);
    }
    if (answer > SYMFEED_RECEIVE_SIZE) {
        return failed(connection, SYMFEED_REPORT_PORT_MISBEHAVED);
    }
    connection->in_taken = 0;
    connection->in_size = (uint16_t)answer;
    connection->counters->bytes += (unsigned)answer;
    return CONNECTION_GO_ON;
}

/* Parses the answer in the input buffer. */
static enum response_result parse(struct connection *connection)
{
    const unsigned char *at = connection->in + connection->in_taken;
    size_t taken = 0;
    enum response_result result = symfeed_response_feed(
        &connection->response, at, (size_t)connection->in_size - connection->in_taken, &taken);

    connection->in_taken = (uint16_t)(connection->in_taken + taken);
    if (result == RESPONSE_BODY) {
        connection->body_size = connection->response.body_size;
        connection->body = at + taken - connection->body_size;
    }
    return result;
}

/* --- the states, in their order ----------------------------------------------------------- */

static enum connection_result connecting(struct connection *connection)
{
    const struct symfeed_port *port = connection->port;
    bool proxy = connection_needs_proxy(connection);
    struct symfeed_endpoint endpoint =
        proxy ? connection->proxy->host.endpoint : connection->host->endpoint;
    int answer = 0;

    endpoint.same = connection->same;
    answer = port->connect(port->context, &endpoint);
    if (answer < 0) {
        return no_success(connection, answer);
    }
    connection->counters->connects++;
    enter(connection, proxy                      ? CONNECTION_ASKING_PROXY
                      : connection->host->secure ? CONNECTION_SECURING
                                                 : CONNECTION_CHECKING);
    return CONNECTION_GO_ON;
}

#if SYMFEED_PROXY

static enum connection_result asking_proxy(struct connection *connection)
{
    enum connection_result result = CONNECTION_GO_ON;

    if (connection->out_size == 0) {
        connection->out_size =
            symfeed_request_tunnel(connection->proxy, connection->host, connection->out);
    }
    result = push(connection);
    if (result == CONNECTION_GO_ON && connection->out_size == 0) {
        enter(connection, CONNECTION_PROXY_ANSWERING);
    }
    return result;
}

/* Reads the proxy's answer. It ends with its head; a byte after it would come from the host, which
 * must not speak first. */
static enum connection_result proxy_answering(struct connection *connection)
{
    enum connection_result result = pull(connection, SYMFEED_REPORT_NO_ANSWER);
    enum response_result parsed = RESPONSE_MORE;

    if (result != CONNECTION_GO_ON) {
        return result;
    }
    parsed = parse(connection);
    if (parsed == RESPONSE_MORE) {
        return CONNECTION_GO_ON;
    }
    if (parsed == RESPONSE_BAD) {
        return failed(connection, SYMFEED_REPORT_NOT_HTTP);
    }
    if (connection->response.status > 299) {
        return CONNECTION_REFUSED;
    }
    expect_answer(connection, false);
    if (connection->in_taken != connection->in_size) {
        return failed(connection, SYMFEED_REPORT_BEHIND_ANSWER);
    }
    enter(connection, CONNECTION_SECURING);
    return CONNECTION_GO_ON;
}

#endif

static enum connection_result securing(struct connection *connection)
{
    const struct symfeed_port *port = connection->port;
    int answer = port->secure(port->context, &connection->host->endpoint);

    if (answer == SYMFEED_IO_AGAIN && connection->attempt != ATTEMPT_RENEWED) {
        return CONNECTION_AGAIN;
    }
    if (answer < 0) {
        return no_success(connection, answer);
    }
    connection->counters->resumed += answer > 0 ? 1u : 0u;
    enter(connection, CONNECTION_CHECKING);
    return CONNECTION_GO_ON;
}

/* Checks that nothing has arrived before the request is sent, not even the end of the stream: it
 * would be mistaken for the answer. */
static enum connection_result checking(struct connection *connection)
{
    enum connection_result result = pull(connection, SYMFEED_REPORT_SPOKE_FIRST);

    if (connection->wants == SYMFEED_WANTS_READ) {
        enter(connection, CONNECTION_SENDING);
        return CONNECTION_GO_ON;
    }
    return result == CONNECTION_FAILED ? result : failed(connection, SYMFEED_REPORT_SPOKE_FIRST);
}

static enum connection_result sending(struct connection *connection)
{
    if (connection->out_size == 0) {
        connection->out_size =
            symfeed_request_fill(&connection->request, connection->out, connection->out_room);
        if (connection->out_size == 0) {
            enter(connection, CONNECTION_AWAITING);
            connection->sent_at = connection->progress_at;
            return CONNECTION_SENT;
        }
    }
    return push(connection);
}

static enum connection_result awaiting(struct connection *connection)
{
    enum connection_result result = pull(connection, SYMFEED_REPORT_NO_ANSWER);

    if (result == CONNECTION_GO_ON) {
        enter(connection, CONNECTION_RECEIVING);
    } else if (now(connection) - connection->sent_at >= DEAD_WITHIN) {
        connection->attempt = ATTEMPT_FRESH; /* the server has it, so the connection was alive */
    }
    return result;
}

static enum connection_result end_of_answer(struct connection *connection)
{
    if (is_sound(connection)) {
        enter(connection, CONNECTION_IDLE);
    } else {
        symfeed_connection_abort(connection);
    }
    return CONNECTION_DONE;
}

/* Receives the next bytes of the answer. The end of the stream can be the end of the answer. */
static enum connection_result receive_more(struct connection *connection)
{
    enum connection_result result = pull(connection, SYMFEED_REPORT_CUT_OFF);

    if (result == CONNECTION_FAILED && connection->failure == SYMFEED_REPORT_CUT_OFF &&
        symfeed_response_ends(&connection->response)) {
        return end_of_answer(connection);
    }
    return result;
}

static enum connection_result receiving(struct connection *connection)
{
    enum response_result parsed = connection->body_size > 0 ? RESPONSE_BODY : parse(connection);

    if (was_dead(connection)) {
        return CONNECTION_FAILED;
    }
    switch (parsed) {
    case RESPONSE_BODY: connection->extensions = 0; return CONNECTION_BODY;
    case RESPONSE_DONE: return end_of_answer(connection);
    case RESPONSE_BAD:
        return failed(connection, connection->response.coding_size > 0 ? SYMFEED_REPORT_CODED
                                                                       : SYMFEED_REPORT_NOT_HTTP);
    default: return receive_more(connection);
    }
}

static enum connection_result make_step(struct connection *connection)
{
    connection->wants = 0;
    switch (connection->state) {
    case CONNECTION_CONNECTING: return connecting(connection);
#if SYMFEED_PROXY
    case CONNECTION_ASKING_PROXY: return asking_proxy(connection);
    case CONNECTION_PROXY_ANSWERING: return proxy_answering(connection);
#endif
    case CONNECTION_SECURING: return securing(connection);
    case CONNECTION_CHECKING: return checking(connection);
    case CONNECTION_SENDING: return sending(connection);
    case CONNECTION_AWAITING: return awaiting(connection);
    case CONNECTION_RECEIVING:
    default: return receiving(connection);
    }
}

/* --- time --------------------------------------------------------------------------------- */

/* For each state its timer, as an offset in struct symfeed_timers, and the report when it expires.
 */
#define LIMIT(timer, report)                                                                       \
    {                                                                                              \
        (uint8_t) offsetof(struct symfeed_timers, timer), (uint8_t)SYMFEED_REPORT_##report         \
    }
static const struct limit {
    uint8_t timer;
    uint8_t report;
} limits[] = {
    [CONNECTION_CONNECTING] = LIMIT(connect, LATE_CONNECTION),
    [CONNECTION_ASKING_PROXY] = LIMIT(send, LATE_REQUEST),
    [CONNECTION_PROXY_ANSWERING] = LIMIT(tls_handshake, LATE_ANSWER),
    [CONNECTION_SECURING] = LIMIT(tls_handshake, LATE_HANDSHAKE),
    [CONNECTION_CHECKING] = LIMIT(send, LATE_REQUEST),
    [CONNECTION_SENDING] = LIMIT(send, LATE_REQUEST),
    [CONNECTION_AWAITING] = LIMIT(first_byte, LATE_ANSWER),
    [CONNECTION_RECEIVING] = LIMIT(idle, LATE_REST),
};

/* Records when bytes arrive. Bytes of TLS count, because a record of 16 KB takes minutes on a slow
 * link. */
static void watch_traffic(struct connection *connection)
{
    const struct symfeed_port *port = connection->port;
    uint32_t bytes = port->traffic != NULL ? port->traffic(port->context)
                                           : (uint32_t)connection->counters->bytes;

    if (bytes != connection->bytes) {
        connection->bytes = bytes;
        connection->byte_at = now(connection);
    }
    if (bytes - connection->progress_bytes >= SYMFEED_PROGRESS_BYTES &&
        connection->extensions < MAX_EXTENSIONS) {
        connection->extensions++;
        start_progress(connection);
    }
}

/* Sets the deadline. Returns whether it has passed. While an answer is received there are two: for
 * the next byte, and for the next SYMFEED_PROGRESS_BYTES. */
static bool is_late(struct connection *connection)
{
    const struct limit *limit = &limits[connection->state];
    const void *timer = (const char *)connection->timers + limit->timer;
    uint32_t time = *(const uint32_t *)timer;
    uint32_t progress_end = 0;

    connection->failure = limit->report;
    connection->deadline = connection->progress_at + time;
    if (connection->state == CONNECTION_RECEIVING) {
        progress_end = connection->progress_at + SYMFEED_PROGRESS_TIME;
        connection->deadline = connection->byte_at + time;
        if (symfeed_time_left(connection->deadline, progress_end) > 0) {
            connection->deadline = progress_end;
            connection->failure = SYMFEED_REPORT_TOO_SLOW;
        }
    }
    return symfeed_time_left(connection->deadline, now(connection)) == 0;
}

/* --- a step ------------------------------------------------------------------------------- */

/* Closes the connection, and ends the call or repeats it on a new connection. A request that is
 * sent twice is counted. */
static enum connection_result give_up(struct connection *connection, enum connection_result result)
{
    if (result == CONNECTION_FAILED && was_dead(connection)) {
        result = CONNECTION_AGAIN;
        if (connection->reached == CONNECTION_SENDING ||
            connection->reached == CONNECTION_AWAITING) {
            connection->counters->retries++;
        }
    }
    symfeed_connection_abort(connection);
    if (result == CONNECTION_AGAIN) {
        start(connection,
              connection->reached == CONNECTION_SECURING ? ATTEMPT_RENEWED : ATTEMPT_FRESH);
        connection->deadline = connection->progress_at;
        result = CONNECTION_WAIT;
    }
    return result;
}

enum connection_result symfeed_connection_step(struct connection *connection)
{
    for (unsigned steps = 0; steps < SYMFEED_CONNECTION_STEPS; steps++) {
        enum connection_result result = make_step(connection);

        switch (result) {
        case CONNECTION_FAILED:
        case CONNECTION_REFUSED:
        case CONNECTION_AGAIN: return give_up(connection, result);
        case CONNECTION_WAIT:
        case CONNECTION_GO_ON:
            watch_traffic(connection);
            if (is_late(connection)) {
                symfeed_connection_abort(connection);
                return CONNECTION_FAILED;
            }
            if (result == CONNECTION_WAIT) {
                return result;
            }
            break;
        default: return result;
        }
    }
    /* The peer sends without a pause: let the caller run, and continue at once. */
    connection->deadline = now(connection);
    return CONNECTION_WAIT;
}
