/* SPDX-License-Identifier: Apache-2.0 */
/* session.c - see session.h. */
#include "feed/session.h"

#include "feed/feed_list.h"
#include "feed/jwt.h"
#include "feed/report.h"
#include "util/bytes.h"

static void enter(struct symfeed *feed, enum session_state state)
{
    feed->session = (uint8_t)state;
    if (state == SESSION_GOOD) {
        feed->counters.signins++;
    }
}

/* Records the cause for which the port failed. Returns the code. */
static enum symfeed_report_code failed(struct symfeed *feed, enum symfeed_report_code code,
                                       int answer)
{
    feed->connection.cause = symfeed_cause(answer);
    return code;
}

bool symfeed_session_is_token(const char *token, size_t size)
{
    size_t at = 0;

    while (at < size && token[at] > ' ' && token[at] <= '~') {
        at++;
    }
    return at < size && token[at] == '\0';
}

/* --- tokens from the port ----------------------------------------------------------------- */

static enum symfeed_report_code fetch_tokens(struct symfeed *feed)
{
    struct symfeed_credentials credentials = {feed->session_token, sizeof feed->session_token,
                                              feed->key_manager_token,
                                              sizeof feed->key_manager_token, feed->refused};
    const struct symfeed_port *port = feed->port;
    int answer = 0;

    answer = port->credentials(port->context, &credentials);
    if (answer != 0) {
        return failed(feed, SYMFEED_REPORT_NO_TOKENS, answer);
    }
    if (!symfeed_session_is_token(feed->session_token, sizeof feed->session_token) ||
        feed->session_token[0] == '\0' ||
        !symfeed_session_is_token(feed->key_manager_token, sizeof feed->key_manager_token)) {
        return SYMFEED_REPORT_BAD_TOKENS;
    }
    enter(feed, SESSION_GOOD);
    return SYMFEED_REPORT_NONE;
}

/* --- signing in --------------------------------------------------------------------------- */

#if SYMFEED_SIGN_IN

#if SYMFEED_KEY_SIGN_IN
/* Room for both JWTs. */
typedef char session_token_has_room[SYMFEED_SESSION_TOKEN_SIZE >= SYMFEED_JWT_ROOM ? 1 : -1];
typedef char
    key_manager_token_has_room[SYMFEED_KEY_MANAGER_TOKEN_SIZE >= SYMFEED_JWT_ROOM ? 1 : -1];
#endif

static bool is_by_key(const struct symfeed *feed)
{
    return SYMFEED_KEY_SIGN_IN &&
           (!SYMFEED_CERTIFICATE_SIGN_IN || feed->agent.sign_in == SYMFEED_SIGN_IN_BY_KEY);
}

char *symfeed_session_buffer(struct symfeed *feed, uint16_t *room)
{
    bool session = feed->session == SESSION_NONE;

    *room = session ? SYMFEED_SESSION_TOKEN_SIZE : SYMFEED_KEY_MANAGER_TOKEN_SIZE;
    return session ? feed->session_token : feed->key_manager_token;
}

#if SYMFEED_KEY_SIGN_IN

/* Writes a new JWT for the call to the buffer of its token, which has been wiped. */
static enum symfeed_report_code write_jwt(struct symfeed *feed, char *buffer)
{
    const struct symfeed_port *port = feed->port;
    int64_t wall = port->wall_clock(port->context);
    int answer = 0;

    if (wall <= 0) {
        return SYMFEED_REPORT_NO_CLOCK;
    }
    answer = symfeed_jwt_write(&feed->connection.request, port, (uint32_t)wall, buffer,
                               SYMFEED_JWT_ROOM);
    if (answer < 0) {
        symfeed_bytes_wipe(buffer, SYMFEED_JWT_ROOM);
        return failed(feed, SYMFEED_REPORT_NO_SIGNATURE, answer);
    }
    return SYMFEED_REPORT_NONE;
}

#endif

/* Makes a call for a token before the current request. */
static enum symfeed_report_code sign_in(struct symfeed *feed, enum symfeed_call call, char *buffer)
{
    feed->connection.request.call = (uint8_t)call;
#if SYMFEED_KEY_SIGN_IN
    if (is_by_key(feed)) {
        return write_jwt(feed, buffer);
    }
#endif
    (void)buffer;
    return SYMFEED_REPORT_NONE;
}

/* Checks and keeps the token that replaced the JWT. */
static enum symfeed_report_code keep_token(struct symfeed *feed)
{
    char *buffer = feed->batch.ack;
    size_t room = feed->batch.ack_room + 1u;
    struct symfeed_value value = {SYMFEED_STRING, buffer, feed->batch.ack_size};
    size_t size = 0;

    if (feed->batch.ack_state == BATCH_ACK_TOO_LONG) {
        return feed->session == SESSION_NONE ? SYMFEED_REPORT_LONG_SESSION_TOKEN
                                             : SYMFEED_REPORT_LONG_KEY_MANAGER_TOKEN;
    }
    if (!batch_is_whole(&feed->batch) || feed->batch.ack_state == BATCH_ACK_NONE) {
        return SYMFEED_REPORT_NO_TOKEN;
    }
    size = symfeed_string(value, buffer, room);
    symfeed_bytes_wipe(buffer + size, room - size);
    return symfeed_session_is_token(buffer, room) ? SYMFEED_REPORT_NONE : SYMFEED_REPORT_BAD_TOKEN;
}

static bool is_simplified(struct symfeed *feed)
{
    return symfeed_jwt_is_simplified(feed->session_token, &feed->batch, feed->connection.out,
                                     feed->connection.out_room, &feed->tokens);
}

static enum symfeed_report_code token_answered(struct symfeed *feed, enum verdict verdict)
{
    enum symfeed_report_code wrong = SYMFEED_REPORT_ANSWER_REFUSED;

    if (verdict == VERDICT_UNAUTHORIZED) {
        enter(feed, SESSION_NONE);
        return is_by_key(feed) ? SYMFEED_REPORT_KEY_REFUSED : SYMFEED_REPORT_CERTIFICATE_REFUSED;
    }
    if (verdict == VERDICT_GOOD) {
        wrong = keep_token(feed);
        symfeed_bytes_wipe(feed->in, sizeof feed->in); /* the whole answer has been read */
    }
    return wrong;
}

void symfeed_session_take_info(struct symfeed *feed)
{
    struct symfeed_value value = symfeed_feed_list_member(feed, "version");
    char version[32];

    (void)symfeed_string(value, version, sizeof version);
    feed->found = value.kind == SYMFEED_STRING && symfeed_jwt_is_recent(version);
}

enum symfeed_report_code symfeed_session_answered(struct symfeed *feed, enum verdict verdict)
{
    enum symfeed_report_code wrong = SYMFEED_REPORT_NONE;

    if (verdict == VERDICT_AGAIN) {
        return SYMFEED_REPORT_ANSWER_FAILED;
    }
    switch ((enum session_state)feed->session) {
    case SESSION_VERSION: /* an agent that does not tell its version counts as old */
        enter(feed, feed->found ? SESSION_GOOD : SESSION_KEY);
        break;
    case SESSION_KEY:
        wrong = token_answered(feed, verdict);
        if (wrong == SYMFEED_REPORT_NONE) {
            enter(feed, SESSION_GOOD);
        }
        break;
    case SESSION_NONE:
    default: /* SESSION_GOOD makes no call */
        wrong = token_answered(feed, verdict);
        if (wrong == SYMFEED_REPORT_NONE) {
            enter(feed, is_simplified(feed) ? SESSION_VERSION : SESSION_KEY);
        }
        break;
    }
    if (feed->session == SESSION_GOOD) {
        symfeed_report(feed, SYMFEED_REPORT_SIGNED_IN);
    }
    return wrong;
}

#endif

/* --- both --------------------------------------------------------------------------------- */

void symfeed_session_reset(struct symfeed *feed)
{
    enter(feed, SESSION_NONE);
}

/* Wipes both tokens; they follow each other in memory. */
static void wipe_tokens(struct symfeed *feed)
{
    symfeed_bytes_wipe((char *)feed + offsetof(struct symfeed, session_token),
                       sizeof feed->session_token + sizeof feed->key_manager_token);
}

#if SYMFEED_SIGN_IN

/* Prepares the session. Old JWTs and tokens are overwritten before new ones are written. */
static enum symfeed_report_code prepare(struct symfeed *feed)
{
    bool by_port = feed->agent.sign_in == SYMFEED_SIGN_IN_BY_TOKENS;

    switch ((enum session_state)feed->session) {
    case SESSION_NONE:
        wipe_tokens(feed);
        if (feed->agent.sign_in == SYMFEED_SIGN_IN_BY_CERTIFICATE) {
            /* The certificate was shown when it was made; by now another may be in its place. */
            symfeed_connection_abort(&feed->connection);
        }
        return by_port ? fetch_tokens(feed)
                       : sign_in(feed, SYMFEED_CALL_SESSION, feed->session_token);
    case SESSION_VERSION:
        feed->connection.request.call = SYMFEED_CALL_INFO;
        return SYMFEED_REPORT_NONE;
    case SESSION_KEY:
        symfeed_bytes_wipe(feed->key_manager_token, sizeof feed->key_manager_token);
        return sign_in(feed, SYMFEED_CALL_KEY, feed->key_manager_token);
    default: return SYMFEED_REPORT_NONE;
    }
}

#else

static enum symfeed_report_code prepare(struct symfeed *feed)
{
    if (feed->session != SESSION_NONE) {
        return SYMFEED_REPORT_NONE;
    }
    wipe_tokens(feed);
    return fetch_tokens(feed);
}

#endif

enum symfeed_report_code symfeed_session_prepare(struct symfeed *feed)
{
    bool open = request_is_open(feed_call(feed));

    feed->connection.request.bare = open && feed->session != SESSION_GOOD && !feed->refused;
    return feed->connection.request.bare ? SYMFEED_REPORT_NONE : prepare(feed);
}

enum symfeed_report_code symfeed_session_refused(struct symfeed *feed)
{
    if (REQUEST_HAS_OPEN && feed->agent.sign_in == SYMFEED_SIGN_IN_BY_TOKENS &&
        feed->port->credentials == NULL) {
        return SYMFEED_REPORT_NEEDS_SIGN_IN;
    }
    symfeed_session_reset(feed);
    if (feed->refused) {
        return SYMFEED_REPORT_TOKENS_REFUSED_AGAIN;
    }
    feed->refused = true;
    return SYMFEED_REPORT_TOKENS_REFUSED;
}
