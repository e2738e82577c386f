/* SPDX-License-Identifier: Apache-2.0 */
/* session.c - see session.h. */
#include "feed/session.h"

#include "feed/jwt.h"
#include "util/bytes.h"
#include "feed/retry.h"

static void done(struct symfeed *feed)
{
    feed->counters.signins++;
    feed->have_tokens = true;
}

/* --- tokens from the port ----------------------------------------------------------------- */

static bool fetch_tokens(struct symfeed *feed)
{
    struct symfeed_credentials credentials = {feed->session_token, sizeof feed->session_token,
                                              feed->key_manager_token,
                                              sizeof feed->key_manager_token, feed->unauthorized};
    const struct symfeed_port *port = feed->port;

#if !SYMFEED_SIGN_IN
    /* The one behind the other. */
    symfeed_bytes_wipe((char *)feed + offsetof(struct symfeed, session_token),
                       sizeof feed->session_token + sizeof feed->key_manager_token);
#endif
    if (port->credentials(port->context, &credentials) != 0) {
        symfeed_retry_later(feed, SLOWLY, NOBODY, reason_of(port, MESSAGE("no tokens")));
        return false;
    }
    if (!symfeed_verdict_is_token(feed->session_token, sizeof feed->session_token) ||
        feed->session_token[0] == '\0' ||
        !symfeed_verdict_is_token(feed->key_manager_token, sizeof feed->key_manager_token)) {
        symfeed_retry_later(feed, SLOWLY, NOBODY,
                            MESSAGE("a token is empty, too long or not printable ASCII"));
        return false;
    }
    done(feed);
    return true;
}

/* --- signing in --------------------------------------------------------------------------- */

#if SYMFEED_SIGN_IN

#if SYMFEED_KEY_SIGN_IN
/* Room for both JWTs. */
typedef char
    sign_in_session_token_has_room[SYMFEED_SESSION_TOKEN_SIZE >= SYMFEED_JWT_ROOM ? 1 : -1];
typedef char
    sign_in_key_manager_token_has_room[SYMFEED_KEY_MANAGER_TOKEN_SIZE >= SYMFEED_JWT_ROOM ? 1 : -1];
#endif

static bool is_by_key(const struct symfeed *feed)
{
    return SYMFEED_KEY_SIGN_IN &&
           (!SYMFEED_CERTIFICATE_SIGN_IN || feed->agent.sign_in == SYMFEED_SIGN_IN_BY_KEY);
}

char *symfeed_session_buffer(struct symfeed *feed, uint16_t *room)
{
    bool session = feed->step == SYMFEED_CALL_SESSION;

    *room = session ? SYMFEED_SESSION_TOKEN_SIZE : SYMFEED_KEY_MANAGER_TOKEN_SIZE;
    return session ? feed->session_token : feed->key_manager_token;
}

#if SYMFEED_KEY_SIGN_IN

/* A fresh JWT for each call. */
static bool write_jwt(struct symfeed *feed)
{
    const struct symfeed_port *port = feed->port;
    int64_t wall = port->wall_clock(port->context);
    uint16_t room = 0;
    char *buffer = symfeed_session_buffer(feed, &room);

    if (wall <= 0) {
        symfeed_retry_later(feed, SOON, NOBODY,
                            WARNING("the clock is not set: signing in needs it"));
        return false;
    }
    if (!symfeed_jwt_write(port, feed->agent.user, (uint32_t)wall, buffer, room)) {
        symfeed_bytes_wipe(buffer, room);
        symfeed_retry_later(feed, SLOWLY, NOBODY, reason_of(port, MESSAGE("no signature")));
        return false;
    }
    return true;
}

#endif

static bool prepare_call(struct symfeed *feed)
{
    feed->connection.request.call = feed->step;
#if SYMFEED_KEY_SIGN_IN
    if (is_by_key(feed) && feed->step != SYMFEED_CALL_INFO) {
        return write_jwt(feed);
    }
#endif
    return true;
}

static void signed_in(struct symfeed *feed)
{
    done(feed);
    symfeed_retry_say(feed, SYMFEED_LOG_INFO, INFORMATION("signed in"));
}

/* The token takes the place of the JWT. NULL, or what is wrong with it. */
static const char *settle_token(struct symfeed *feed)
{
    uint16_t room = 0;
    char *buffer = symfeed_session_buffer(feed, &room);
    struct symfeed_value value = {SYMFEED_STRING, buffer, feed->batch.ack_size};
    size_t size = 0;

    if (feed->batch.ack_state == BATCH_ACK_TOO_LONG) {
        return feed->step == SYMFEED_CALL_SESSION
                   ? MESSAGE(": build with a larger SYMFEED_SESSION_TOKEN_SIZE")
                   : MESSAGE(": build with a larger SYMFEED_KEY_MANAGER_TOKEN_SIZE");
    }
    if (!symfeed_batch_whole(&feed->batch) || feed->batch.ack_state == BATCH_ACK_NONE) {
        return MESSAGE(": no token in the answer");
    }
    size = symfeed_string(value, buffer, room);
    symfeed_bytes_wipe(buffer + size, room - size);
    return symfeed_verdict_is_token(buffer, room) ? NULL
                                                  : MESSAGE(": the token is not printable ASCII");
}

static void take_token(struct symfeed *feed)
{
    const char *wrong = settle_token(feed);

    symfeed_bytes_wipe(feed->in, sizeof feed->in); /* the answer has been read to its end */
    if (wrong != NULL) {
        symfeed_retry_later(feed, SLOWLY, HOST, wrong);
    } else if (feed->step == SYMFEED_CALL_KEY) {
        signed_in(feed);
    } else {
        bool simplified =
            symfeed_jwt_is_simplified(feed->session_token, &feed->batch, feed->connection.out,
                                      feed->window_size, &feed->tokens);

        feed->step = simplified ? SYMFEED_CALL_INFO : SYMFEED_CALL_KEY;
    }
}

void symfeed_session_take_info(struct symfeed *feed)
{
    struct symfeed_value value = {SYMFEED_ABSENT, NULL, 0};
    char version[32];

    symfeed_tokens_split(feed->connection.out, feed->batch.size, &feed->tokens);
    value = symfeed_tokens_find(feed->connection.out, &feed->tokens, "version");
    (void)symfeed_string(value, version, sizeof version);
    feed->found = value.kind == SYMFEED_STRING && symfeed_jwt_is_recent(version);
}

bool symfeed_session_answered(struct symfeed *feed, enum verdict verdict)
{
    enum symfeed_call call = (enum symfeed_call)feed->connection.request.call;

    if (call == SYMFEED_CALL_INFO && verdict != VERDICT_AGAIN) {
        /* An agent that does not say is taken for an old one. */
        if (feed->found) {
            signed_in(feed);
        } else {
            feed->step = SYMFEED_CALL_KEY;
        }
        return true;
    }
    if (call != SYMFEED_CALL_INFO && verdict == VERDICT_UNAUTHORIZED) {
        symfeed_retry_later(feed, SLOWLY, HOST,
                            is_by_key(feed) ? MESSAGE(": wrong user name, key or clock")
                                            : MESSAGE(": the certificate is not accepted"));
        feed->step = SYMFEED_CALL_SESSION;
        return true;
    }
    if (verdict == VERDICT_GOOD) {
        take_token(feed);
        return true;
    }
    return false;
}

#endif

/* --- both --------------------------------------------------------------------------------- */

void symfeed_session_reset(struct symfeed *feed)
{
    feed->have_tokens = false;
    feed->step = SYMFEED_CALL_SESSION;
}

bool symfeed_session_prepare(struct symfeed *feed)
{
    bool open = request_is_open((enum symfeed_call)feed->connection.request.call);

    feed->connection.request.bare = open && !feed->have_tokens && !feed->unauthorized;
    if (feed->have_tokens || feed->connection.request.bare) {
        return true;
    }
#if SYMFEED_SIGN_IN
    if (feed->step == SYMFEED_CALL_SESSION) {
        symfeed_bytes_wipe(feed->session_token, sizeof feed->session_token);
    }
    if (feed->step != SYMFEED_CALL_INFO) {
        symfeed_bytes_wipe(feed->key_manager_token, sizeof feed->key_manager_token);
    }
    if (feed->agent.sign_in != SYMFEED_SIGN_IN_BY_TOKENS) {
        return prepare_call(feed);
    }
#endif
    return fetch_tokens(feed);
}

void symfeed_session_again(struct symfeed *feed)
{
    static const char text[] = MESSAGE(": tokens refused, fetching new ones");

    if (request_is_open(SYMFEED_CALL_HEALTH) && feed->agent.sign_in == SYMFEED_SIGN_IN_BY_TOKENS &&
        feed->port->credentials == NULL) {
        symfeed_retry_later(feed, SLOWLY, HOST, MESSAGE(": not without signing in"));
        return;
    }

    symfeed_session_reset(feed);
    /* An agent that takes tokens for one read and not for the next must not make us a nuisance to
     * pod and key manager. */
    if (feed->unauthorized || !symfeed_backoff_allows(&feed->renewals, symfeed_retry_now(feed),
                                                      feed->timers.backoff_slow)) {
        symfeed_retry_later(feed, SLOWLY, HOST, text);
    } else {
        feed->unauthorized = true;
        symfeed_retry_tell(feed, SYMFEED_LOG_WARNING, text);
    }
}
