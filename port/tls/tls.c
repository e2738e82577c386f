/* SPDX-License-Identifier: Apache-2.0 */
/* tls.c - see tls.h. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "tls/tls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <mbedtls/net_sockets.h> /* only the error numbers of BIO callbacks */

#include "tls/arena.h"
#include "tls/chain.h"
#include "tls/errors.h"
#include "tls/mbedtls.h"

/* Session tickets that one call accepts: each costs a copy, and no proper server sends more. */
#define TICKETS_MAX 16

/* Reads from the socket in one call. mbedTLS skips records without data, such as warning alerts,
 * and reads on: a peer that sends nothing else must not keep the call busy. */
#define READS_MAX 64

/* The profile for both verifications of a chain: mbedTLS's and verify_again(). */
#define PROFILE mbedtls_x509_crt_profile_default

/* --- what mbedTLS calls ------------------------------------------------------------------- */

static int socket_send(void *context, const unsigned char *data, size_t size)
{
    struct symfeed_tls *tls = context;
    int sent = symfeed_socket_send(tls->connection, data, size);

    if (sent == SYMFEED_IO_WANT_WRITE) {
        return MBEDTLS_ERR_SSL_WANT_WRITE;
    }
    tls->answer_due = !tls->secured;
    return sent < 0 ? MBEDTLS_ERR_NET_SEND_FAILED : sent;
}

/* Returns bytes that were read ahead; there is at least one. */
static int take_ahead(struct symfeed_tls *tls, unsigned char *data, size_t size)
{
    if (size > tls->ahead_size) {
        size = tls->ahead_size;
    }
    memcpy(data, tls->ahead + tls->ahead_taken, size);
    tls->ahead_taken = (uint16_t)(tls->ahead_taken + size);
    tls->ahead_size = (uint16_t)(tls->ahead_size - size);
    return (int)size;
}

/* mbedTLS reads the 5 bytes before each record and then the rest of it. Small reads are served from
 * tls->ahead: the records of a handshake need fewer system calls. It returns WANT_READ only if
 * the buffer is empty, since poll() does not see it. */
static int socket_recv(void *context, unsigned char *data, size_t size)
{
    struct symfeed_tls *tls = context;
    bool direct = size >= sizeof tls->ahead;
    int received;

    if (tls->reads_left == 0) {
        /* There may be more, so WANT_READ would be wrong. The connection can usually be written to
         * at once, and then reading continues. */
        return MBEDTLS_ERR_SSL_WANT_WRITE;
    }
    tls->reads_left--;
    if (tls->ahead_size > 0) {
        return take_ahead(tls, data, size);
    }
    if (tls->answer_due) {
        /* The answer takes a round trip: a read would find nothing. poll() tells when to try. */
        tls->answer_due = false;
        return MBEDTLS_ERR_SSL_WANT_READ;
    }
    received = symfeed_socket_recv(tls->connection, direct ? data : tls->ahead,
                                   direct ? size : sizeof tls->ahead);
    if (received == SYMFEED_IO_WANT_READ) {
        return MBEDTLS_ERR_SSL_WANT_READ;
    }
    if (received < 0) {
        return MBEDTLS_ERR_NET_RECV_FAILED;
    }
    if (direct || received == 0) {
        return received;
    }
    tls->ahead_size = (uint16_t)received;
    tls->ahead_taken = 0;
    return take_ahead(tls, data, size);
}

/* --- the server's certificate ------------------------------------------------------------- */

/* Returns whether the certificate is issued for the host, which is an address. */
static bool has_address(const mbedtls_x509_crt *certificate, const struct symfeed_tls *tls)
{
    const int kind = MBEDTLS_ASN1_CONTEXT_SPECIFIC | 7; /* iPAddress, RFC 5280, 4.2.1.6 */
    const mbedtls_x509_sequence *name;

    for (name = &certificate->subject_alt_names; name != NULL; name = name->next) {
        if (name->buf.tag == kind && name->buf.len == tls->address_size &&
            memcmp(name->buf.p, tls->address, tls->address_size) == 0) {
            return true;
        }
    }
    return false;
}

/* Returns the name that the certificate must have, or NULL if the host is an address. */
static const char *expected_name(const struct symfeed_tls *tls)
{
    return tls->address_size == 0 ? tls->host : NULL;
}

/* Callback of the second verification. If a server sends its root and that is not trusted, the hash
 * of the root's own signature does not matter, so BAD_MD is removed. NOT_TRUSTED stays, so nothing
 * is accepted by this. */
static int ignore_root_signature(void *context, mbedtls_x509_crt *certificate, int depth,
                                 uint32_t *flags)
{
    (void)context;
    (void)depth;
    if ((*flags & MBEDTLS_X509_BADCERT_NOT_TRUSTED) != 0 &&
        symfeed_chain_is_issuer(certificate, certificate)) {
        *flags &= ~(uint32_t)MBEDTLS_X509_BADCERT_BAD_MD;
    }
    return 0;
}

/* mbedTLS has verified the chain with the authorities in memory, and in the order in which it was
 * sent. If it found more than a wrong name, another order or an authority that is not in memory may
 * help: this sorts the chain, loads the authorities that it names, and verifies it again. Returns
 * the new flags of mbedTLS, with NOT_TRUSTED if that fails. */
static uint32_t verify_again(struct symfeed_tls *tls, mbedtls_x509_crt *chain, uint32_t flags)
{
    uint32_t again = 0;
    unsigned tried = 0;
    int more;
    int answer;

    if ((flags & ~(uint32_t)MBEDTLS_X509_BADCERT_CN_MISMATCH) == 0) {
        return flags;
    }
    symfeed_chain_sort(chain);
    do {
        more = symfeed_trust_search(&tls->trust, chain, tried);
        if (more < 0) {
            tls->trust_error = errno;
            return flags | MBEDTLS_X509_BADCERT_NOT_TRUSTED;
        }
        answer = mbedtls_x509_crt_verify_with_profile(chain, &tls->trust.kept, NULL, &PROFILE,
                                                      expected_name(tls), &again,
                                                      ignore_root_signature, NULL);
        tried += SYMFEED_TRUST_KEPT;
    } while (more > 0 && (again & MBEDTLS_X509_BADCERT_NOT_TRUSTED) != 0);
    if (answer == 0 && again == 0) {
        return 0;
    }
    if (answer == MBEDTLS_ERR_X509_CERT_VERIFY_FAILED && again != 0) {
        return again;
    }
    return flags | MBEDTLS_X509_BADCERT_NOT_TRUSTED;
}

/* mbedTLS calls this for each certificate of the chain that it has built, from the authority down
 * to the server's own (depth 0), which is the head of the chain as the server has sent it. A flag
 * left in `flags` refuses the server. Flags above depth 0 are collected until depth 0, since
 * verify_again() replaces them. A resumed handshake carries no certificate and does not call this,
 * which tells the two apart. */
static int verify_callback(void *context, mbedtls_x509_crt *certificate, int depth, uint32_t *flags)
{
    struct symfeed_tls *tls = context;

    tls->certificate_seen = true;
    tls->flags |= *flags;
    if (depth > 0) {
        *flags = 0;
        return 0;
    }
    *flags = verify_again(tls, certificate, tls->flags);
    if (tls->address_size != 0 && !has_address(certificate, tls)) {
        *flags |= MBEDTLS_X509_BADCERT_CN_MISMATCH;
    }
    if (!symfeed_pins_match(&tls->pins, certificate, tls->wrong_pin)) {
        *flags |= MBEDTLS_X509_BADCERT_OTHER;
    }
    tls->flags = 0;
    return 0;
}

/* --- configuration ------------------------------------------------------------------------ */

/* Sets up the configuration of one connection. Returns 0 or an error of mbedTLS. Call drop_config()
 * in both cases. */
static int configure(struct symfeed_tls *tls, bool without_1_3)
{
    mbedtls_ssl_config *config = &tls->config;
    int answer = mbedtls_ssl_config_defaults(
        config, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT);

    if (answer != 0) {
        return answer;
    }
    symfeed_mbedtls_limit(config, without_1_3);
    mbedtls_ssl_conf_authmode(config, MBEDTLS_SSL_VERIFY_REQUIRED);
    mbedtls_ssl_conf_cert_profile(config, &PROFILE);
    /* Empty at first. mbedTLS requires that there is a chain, and finds no parent in an empty
     * certificate, which has no key. */
    mbedtls_ssl_conf_ca_chain(config, &tls->trust.kept, NULL);
    mbedtls_ssl_conf_verify(config, verify_callback, tls);
    tls->protocols[0] = "http/1.1";
    tls->protocols[1] = NULL;
#if defined(MBEDTLS_SSL_ALPN)
    answer = mbedtls_ssl_conf_alpn_protocols(config, tls->protocols);
#endif
    return answer == 0 ? symfeed_identity_show(&tls->identity, config) : answer;
}

static void drop_config(struct symfeed_tls *tls)
{
    mbedtls_ssl_config_free(&tls->config);
    mbedtls_ssl_config_init(&tls->config);
}

/* --- preparation -------------------------------------------------------------------------- */

void symfeed_tls_init_unusable(struct symfeed_tls *tls, struct symfeed_socket *connection,
                               struct symfeed_pem *pem)
{
    memset(tls, 0, sizeof *tls);
    tls->connection = connection;
    mbedtls_ssl_config_init(&tls->config);
    mbedtls_ssl_init(&tls->ssl);
    symfeed_trust_init(&tls->trust, pem);
    symfeed_identity_init(&tls->identity, pem, NULL, NULL);
    symfeed_session_cache_init(&tls->sessions);
}

/* Checks that mbedTLS works. Returns 0 or the cause. */
static int check_library(struct symfeed_tls *tls)
{
    struct symfeed_failure *failure = &tls->connection->failure;
    int answer;

    if (symfeed_mbedtls_start() != 0) {
        (void)symfeed_fail(failure, SYMFEED_SUBJECT_LIBRARY, SYMFEED_CAUSE_NO_PSA);
        return symfeed_arena_explain(failure);
    }
    answer = configure(tls, false);
    drop_config(tls);
    if (answer == 0) {
        return 0;
    }
    (void)symfeed_fail(failure, SYMFEED_SUBJECT_LIBRARY, SYMFEED_CAUSE_TLS_ERROR);
    failure->error = answer;
    return symfeed_arena_explain(failure);
}

/* Checks that the client certificate can be loaded, if there is one. Returns an enum
 * symfeed_tls_status. */
static int check_identity(struct symfeed_tls *tls, bool is_named)
{
    int answer = SYMFEED_IDENTITY_OK;

    if (is_named) {
        answer = symfeed_identity_load(&tls->identity, &tls->connection->failure);
        symfeed_identity_drop(&tls->identity);
        (void)symfeed_identity_has_changed(&tls->identity);
    }
    switch (answer) {
    case SYMFEED_IDENTITY_OK: return SYMFEED_TLS_OK;
    case SYMFEED_IDENTITY_BAD_KEY: return SYMFEED_TLS_BAD_CERTIFICATE_KEY;
    default: return SYMFEED_TLS_BAD_CERTIFICATE;
    }
}

int symfeed_tls_init(struct symfeed_tls *tls, struct symfeed_socket *connection,
                     struct symfeed_pem *pem, const struct symfeed_tls_config *config)
{
    struct symfeed_failure *failure = &connection->failure;
    int answer;

    symfeed_arena_watch();
    symfeed_tls_init_unusable(tls, connection, pem);
    if (config->certificate_file == NULL && config->certificate_key_file != NULL) {
        (void)symfeed_fail(failure, SYMFEED_SUBJECT_NONE, SYMFEED_CAUSE_KEY_ALONE);
        return SYMFEED_TLS_BAD_CERTIFICATE;
    }
    symfeed_identity_init(&tls->identity, pem, config->certificate_file,
                          config->certificate_key_file);
    if (check_library(tls) != 0) {
        return SYMFEED_TLS_BAD_SYSTEM;
    }
    if (symfeed_pins_set(&tls->pins, config->pins, config->pin_count, failure) != 0) {
        return SYMFEED_TLS_BAD_PIN;
    }
    if (symfeed_trust_open(&tls->trust, config->ca_file, failure) != 0) {
        return SYMFEED_TLS_BAD_CA;
    }
    answer = check_identity(tls, config->certificate_file != NULL);
    tls->usable = answer == SYMFEED_TLS_OK;
    return answer;
}

/* --- handshake ---------------------------------------------------------------------------- */

/* Sets host, address and session of the connection's server. */
static void set_peer(struct symfeed_tls *tls, const struct symfeed_endpoint *endpoint)
{
    char *host = tls->host;
    size_t size = endpoint->host_size < sizeof tls->host ? endpoint->host_size : 0;

    /* The dot that ends an absolute name is not part of it in a certificate (RFC 6066, 3). */
    if (size > 0 && endpoint->host[size - 1] == '.') {
        size--;
    }
    memcpy(host, endpoint->host, size);
    host[size] = '\0';
    tls->peer = symfeed_session_cache_select(&tls->sessions, host, endpoint->port);
    tls->address_size = 0;
    if (inet_pton(AF_INET, host, tls->address) == 1) {
        tls->address_size = 4;
    } else if (inet_pton(AF_INET6, host, tls->address) == 1) {
        tls->address_size = 16;
    }
}

/* Drops all sessions if a file has changed: they were made with its old content. */
static void refresh_files(struct symfeed_tls *tls)
{
    bool changed = symfeed_trust_refresh(&tls->trust);

    changed = symfeed_identity_has_changed(&tls->identity) || changed;
    if (changed) {
        symfeed_session_cache_forget_all(&tls->sessions);
    }
}

/* Offers the session of the server if there is one. Returns 0 or an error of mbedTLS: after a copy
 * for which there was no memory, the context would send a ClientHello that says a ticket follows,
 * and no ticket. */
static int offer_session(struct symfeed_tls *tls)
{
    int answer = 0;

    if (tls->peer->saved) {
        answer = mbedtls_ssl_set_session(&tls->ssl, &tls->peer->session);
        tls->offered = answer == 0;
    }
    if (!tls->offered) {
        symfeed_session_cache_forget(tls->peer);
    }
    return symfeed_mbedtls_lacks_memory(answer) ? answer : 0;
}

/* Sets up the context of the connection. Returns 0 or an error of mbedTLS. */
static int set_up_context(struct symfeed_tls *tls)
{
    int answer = configure(tls, tls->peer->without_1_3);

    if (answer == 0) {
        answer = mbedtls_ssl_setup(&tls->ssl, &tls->config);
    }
    if (answer == 0) {
        answer = mbedtls_ssl_set_hostname(&tls->ssl, expected_name(tls));
    }
    if (answer != 0) {
        return answer;
    }
    mbedtls_ssl_set_bio(&tls->ssl, tls, socket_send, socket_recv, NULL);
    return offer_session(tls);
}

/* Prepares a handshake. Returns 0 or an error of mbedTLS; or the cause, in which case tls->active
 * is not set. */
static int begin_handshake(struct symfeed_tls *tls, const struct symfeed_endpoint *endpoint)
{
    struct symfeed_failure *failure = &tls->connection->failure;

    if (!tls->usable) {
        return symfeed_fail(failure, SYMFEED_SUBJECT_TLS, SYMFEED_CAUSE_WITHOUT_TLS);
    }
    refresh_files(tls);
    set_peer(tls, endpoint);
    if (tls->host[0] == '\0') {
        return symfeed_fail(failure, SYMFEED_SUBJECT_TLS, SYMFEED_CAUSE_LONG_HOST);
    }
    if (symfeed_identity_is_there(&tls->identity) &&
        symfeed_identity_load(&tls->identity, failure) != 0) {
        return -(int)failure->cause;
    }
    tls->certificate_seen = false;
    tls->flags = 0;
    tls->trust_error = 0;
    tls->wrong_pin[0] = '\0';
    tls->secured = false;
    tls->offered = false;
    tls->answer_due = false;
    tls->ahead_size = 0;
    tls->active = true;
    mbedtls_ssl_init(&tls->ssl);
    return set_up_context(tls);
}

static bool is_ticket(int answer)
{
#if SYMFEED_MBEDTLS_SIGNALS_TICKETS
    return answer == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET;
#else
    (void)answer;
    return false;
#endif
}

/* Records and returns the cause of a failed handshake, read or write. */
static int record_failure(struct symfeed_tls *tls, enum symfeed_tls_call doing, int error)
{
    const struct symfeed_tls_failure what = {
        .doing = doing,
        .host = tls->host,
        .pin = tls->wrong_pin,
        .ca_file = tls->trust_error != 0 ? tls->trust.file : NULL,
        .ca_error = tls->trust_error,
        .unreadable = tls->trust.unreadable,
        .in_handshake = !tls->secured,
        .next_without_1_3 = tls->peer->without_1_3,
        .offers_certificate = symfeed_identity_is_there(&tls->identity),
        .error = error,
    };

    return symfeed_tls_explain(&tls->ssl, &what, &tls->connection->failure);
}

/* Converts a result of mbedTLS to one of the port. */
static int io_result(struct symfeed_tls *tls, enum symfeed_tls_call doing, int answer)
{
    int cause;

    if (answer >= 0) {
        return answer;
    }
    if (answer == MBEDTLS_ERR_SSL_WANT_READ) {
        return SYMFEED_IO_WANT_READ;
    }
    if (answer == MBEDTLS_ERR_SSL_WANT_WRITE) {
        return SYMFEED_IO_WANT_WRITE;
    }
    cause = record_failure(tls, doing, answer);
    /* The session may be to blame, except if the connection was lost. */
    if (answer != MBEDTLS_ERR_NET_SEND_FAILED && answer != MBEDTLS_ERR_NET_RECV_FAILED) {
        symfeed_session_cache_forget(tls->peer);
    }
    tls->secured = false;
    return cause;
}

/* Returns whether the session is known after the handshake. In TLS 1.3 it comes later, as a ticket.
 */
static bool session_is_known(const struct symfeed_tls *tls)
{
    return strcmp(mbedtls_ssl_get_version(&tls->ssl), "TLSv1.3") != 0;
}

/* Drops an offered session after a handshake that failed, or a connection without data: the server,
 * or something on the way to it, may drop clients that offer a session. */
static void forget_offered(struct symfeed_tls *tls)
{
    if (tls->offered) {
        symfeed_session_cache_forget(tls->peer);
        tls->offered = false;
    }
}

/* Called when the handshake has ended, with or without success. mbedTLS does not need the client's
 * key any more, since it does not renegotiate; the configuration then points to an empty key and an
 * empty chain. */
static int end_handshake(struct symfeed_tls *tls, int answer)
{
    symfeed_identity_drop(&tls->identity);
    /* After the fault of 3.6.6 and 4.1.0 the next handshake with this server does not offer
     * TLS 1.3; the one after that offers it again. This weakens nothing, since TLS 1.2 is accepted
     * anyway. */
    tls->peer->without_1_3 = !tls->peer->without_1_3 && symfeed_mbedtls_has_pss_fault(answer);
    if (answer != 0) {
        /* The next handshake offers no session, which may help, unless this one got as far as a
         * certificate. */
        bool again = tls->peer->without_1_3 || (tls->offered && !tls->certificate_seen);

        forget_offered(tls);
        answer = io_result(tls, SYMFEED_TLS_HANDSHAKE, answer);
        return again ? SYMFEED_IO_AGAIN : answer;
    }
    tls->offered = tls->offered && !tls->certificate_seen;
    tls->secured = true;
    tls->answer_due = false;
    if (session_is_known(tls)) {
        symfeed_session_cache_save(tls->peer, &tls->ssl);
    }
    return tls->certificate_seen ? 0 : 1;
}

int symfeed_tls_secure(struct symfeed_tls *tls, const struct symfeed_endpoint *endpoint)
{
    int answer = 0;
    int tickets = 0;

    tls->reads_left = READS_MAX;
    symfeed_arena_watch();
    if (!tls->active) {
        answer = begin_handshake(tls, endpoint);
    }
    if (!tls->active) {
        return answer;
    }
    if (answer == 0) {
        do {
            answer = mbedtls_ssl_handshake(&tls->ssl);
        } while (is_ticket(answer) && ++tickets < TICKETS_MAX);
    }
    if (answer == MBEDTLS_ERR_SSL_WANT_READ || answer == MBEDTLS_ERR_SSL_WANT_WRITE) {
        /* mbedTLS continues after some failed allocations, with keys that the server does not
         * have. */
        if (!symfeed_arena_was_full()) {
            return io_result(tls, SYMFEED_TLS_HANDSHAKE, answer);
        }
        answer = MBEDTLS_ERR_SSL_ALLOC_FAILED;
    }
    return end_handshake(tls, answer);
}

/* --- data --------------------------------------------------------------------------------- */

int symfeed_tls_send(struct symfeed_tls *tls, const void *data, size_t size)
{
    int answer;
    int tickets = 0;

    tls->reads_left = READS_MAX;
    symfeed_arena_watch();
    answer = mbedtls_ssl_write(&tls->ssl, data, size);
    while (is_ticket(answer) && ++tickets < TICKETS_MAX) {
        symfeed_session_cache_save(tls->peer, &tls->ssl);
        answer = mbedtls_ssl_write(&tls->ssl, data, size);
    }
    tls->answer_due = answer > 0;
    return io_result(tls, SYMFEED_TLS_WRITE, answer);
}

int symfeed_tls_recv(struct symfeed_tls *tls, void *data, size_t size)
{
    int answer;
    int tickets = 0;

    tls->reads_left = READS_MAX;
    symfeed_arena_watch();
    answer = mbedtls_ssl_read(&tls->ssl, data, size);
    while (is_ticket(answer) && ++tickets < TICKETS_MAX) {
        symfeed_session_cache_save(tls->peer, &tls->ssl);
        answer = mbedtls_ssl_read(&tls->ssl, data, size);
    }
    if (answer == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY || answer == MBEDTLS_ERR_SSL_CONN_EOF) {
        return 0;
    }
    tls->offered = tls->offered && answer <= 0;
    return io_result(tls, SYMFEED_TLS_READ, answer);
}

/* Sessions and authorities can fragment the arena, so that no free block is large enough for a
 * record. If the arena was full, this frees all of them, and the next connection has the whole
 * arena. */
static void free_caches_if_full(struct symfeed_tls *tls)
{
    if (symfeed_arena_was_full()) {
        symfeed_session_cache_forget_all(&tls->sessions);
        symfeed_trust_forget(&tls->trust);
    }
}

void symfeed_tls_close(struct symfeed_tls *tls)
{
    if (tls->active) {
        if (tls->secured) {
            (void)mbedtls_ssl_close_notify(&tls->ssl);
        }
        mbedtls_ssl_free(&tls->ssl);
        drop_config(tls);
        symfeed_identity_drop(&tls->identity);
        forget_offered(tls); /* a timer may have ended it before the first byte */
        tls->active = false;
        tls->secured = false;
    }
    free_caches_if_full(tls);
}

void symfeed_tls_free(struct symfeed_tls *tls)
{
    symfeed_tls_close(tls);
    symfeed_session_cache_forget_all(&tls->sessions);
    symfeed_trust_free(&tls->trust);
    tls->usable = false;
}

void symfeed_tls_finish(void)
{
    symfeed_mbedtls_finish();
}

bool symfeed_tls_speaks_1_3(void)
{
    return SYMFEED_MBEDTLS_HAS_TLS_1_3;
}

void symfeed_tls_version(char *out, size_t size)
{
    symfeed_mbedtls_version(out, size);
}
