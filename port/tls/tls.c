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

#include <mbedtls/net_sockets.h> /* only for the error numbers that a BIO callback answers with */

#include "tls/arena.h"
#include "tls/chain.h"
#include "tls/errors.h"
#include "tls/mbedtls.h"

/* Session tickets a server may send in a row: more is not a server that means well, and each costs
 * this side a copy. */
#define TICKETS_MAX 16

/* Reads from the socket in one call. mbedTLS goes on by itself from a record that says nothing,
 * such as a warning alert, to the next one: a peer that sends nothing else must not keep us here.
 */
#define READS_MAX 64

/* The one profile that chains are judged by, in a handshake and when that is done again. */
#define PROFILE mbedtls_x509_crt_profile_default

/* --- what mbedTLS calls ------------------------------------------------------------------- */

static int lower_send(void *context, const unsigned char *data, size_t size)
{
    struct symfeed_tls *tls = context;
    int sent = symfeed_socket_send(tls->connection, data, size);

    if (sent == SYMFEED_IO_WANT_WRITE) {
        return MBEDTLS_ERR_SSL_WANT_WRITE;
    }
    return sent < 0 ? MBEDTLS_ERR_NET_SEND_FAILED : sent;
}

static int lower_recv(void *context, unsigned char *data, size_t size)
{
    struct symfeed_tls *tls = context;
    int received;

    if (tls->reads_left == 0) {
        /* There may be more. WANT_READ would say that there is nothing; that the connection can be
         * written to is known at once, and then reading goes on. */
        return MBEDTLS_ERR_SSL_WANT_WRITE;
    }
    tls->reads_left--;
    received = symfeed_socket_recv(tls->connection, data, size);
    if (received == SYMFEED_IO_WANT_READ) {
        return MBEDTLS_ERR_SSL_WANT_READ;
    }
    return received < 0 ? MBEDTLS_ERR_NET_RECV_FAILED : received;
}

/* --- the server's certificate ------------------------------------------------------------- */

/* Whether the certificate is made out to the address that the host is. */
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

/* The name that mbedTLS is to look for in the certificate. NULL: the host is an address. */
static const char *name_wanted(const struct symfeed_tls *tls)
{
    return tls->address_size == 0 ? tls->host : NULL;
}

/* The self-signature of a root that the server sends does not matter: the root is refused because
 * it is not trusted. Takes that flag alone, so that nothing is accepted by it. */
static int overlook(void *context, mbedtls_x509_crt *certificate, int depth, uint32_t *flags)
{
    (void)context;
    (void)depth;
    if ((*flags & MBEDTLS_X509_BADCERT_NOT_TRUSTED) != 0 &&
        symfeed_chain_is_issuer(certificate, certificate)) {
        *flags &= ~(uint32_t)MBEDTLS_X509_BADCERT_BAD_MD;
    }
    return 0;
}

/* mbedTLS has judged the chain by the authorities that are kept, and in the order it came in. If it
 * found fault with more than the name, another order or one that is not kept may make it good:
 * looks for those that the chain names, and lets mbedTLS judge again. Answers its flags;
 * NOT_TRUSTED is among them where that cannot be done. */
static uint32_t judge_again(struct symfeed_tls *tls, mbedtls_x509_crt *chain, uint32_t flags)
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
                                                      name_wanted(tls), &again, overlook, NULL);
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
 * to the server's own (depth 0), which is the head of the chain as the server has sent it. What is
 * left in `flags` is held against the server. What was found further up waits for depth 0, since
 * judging again replaces it. A resumed handshake carries no certificate, so that this call is what
 * tells the two apart. */
static int judge(void *context, mbedtls_x509_crt *certificate, int depth, uint32_t *flags)
{
    struct symfeed_tls *tls = context;

    tls->certificate_seen = true;
    tls->flags |= *flags;
    if (depth > 0) {
        *flags = 0;
        return 0;
    }
    *flags = judge_again(tls, certificate, tls->flags);
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

/* Makes the configuration of one connection. 0 or an error of mbedTLS; drop_config() is due either
 * way. */
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
    /* Empty at first. mbedTLS asks only whether there is a chain, and finds no parent in an empty
     * certificate: it has no key to have signed anything with. */
    mbedtls_ssl_conf_ca_chain(config, &tls->trust.kept, NULL);
    mbedtls_ssl_conf_verify(config, judge, tls);
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
    symfeed_session_cache_init(&tls->peers);
}

/* Sees that mbedTLS can work here at all. 0 or the cause. */
static int try_library(struct symfeed_tls *tls)
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

/* Sees that the client certificate, where one is named, can be loaded. */
static int try_identity(struct symfeed_tls *tls, bool is_named)
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
    if (try_library(tls) != 0) {
        return SYMFEED_TLS_BAD_SYSTEM;
    }
    if (symfeed_pins_set(&tls->pins, config->pins, config->pin_count, failure) != 0) {
        return SYMFEED_TLS_BAD_PIN;
    }
    if (symfeed_trust_open(&tls->trust, config->ca_file, failure) != 0) {
        return SYMFEED_TLS_BAD_CA;
    }
    answer = try_identity(tls, config->certificate_file != NULL);
    tls->usable = answer == SYMFEED_TLS_OK;
    return answer;
}

/* --- handshake ---------------------------------------------------------------------------- */

/* Takes over whom the connection is to. */
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
    tls->peer = symfeed_session_cache_meet(&tls->peers, host, endpoint->port);
    tls->address_size = 0;
    if (inet_pton(AF_INET, host, tls->address) == 1) {
        tls->address_size = 4;
    } else if (inet_pton(AF_INET6, host, tls->address) == 1) {
        tls->address_size = 16;
    }
}

/* A session stands for authorities and a client certificate that were there when it was made. */
static void look_at_files(struct symfeed_tls *tls)
{
    bool changed = symfeed_trust_refresh(&tls->trust);

    changed = symfeed_identity_has_changed(&tls->identity) || changed;
    if (changed) {
        symfeed_session_cache_forget_all(&tls->peers);
    }
}

/* Sets up the connection's context. 0, or an error of mbedTLS. */
static int set_up(struct symfeed_tls *tls)
{
    int answer = configure(tls, tls->peer->without_1_3);

    if (answer == 0) {
        answer = mbedtls_ssl_setup(&tls->ssl, &tls->config);
    }
    if (answer == 0) {
        answer = mbedtls_ssl_set_hostname(&tls->ssl, name_wanted(tls));
    }
    if (answer != 0) {
        return answer;
    }
    mbedtls_ssl_set_bio(&tls->ssl, tls, lower_send, lower_recv, NULL);
    tls->offered = tls->peer->saved && mbedtls_ssl_set_session(&tls->ssl, &tls->peer->session) == 0;
    if (!tls->offered) {
        symfeed_session_cache_forget(tls->peer);
    }
    return 0;
}

/* Begins a handshake. 0; an error of mbedTLS; the cause, and nothing has begun. */
static int begin(struct symfeed_tls *tls, const struct symfeed_endpoint *endpoint)
{
    struct symfeed_failure *failure = &tls->connection->failure;

    if (!tls->usable) {
        return symfeed_fail(failure, SYMFEED_SUBJECT_TLS, SYMFEED_CAUSE_WITHOUT_TLS);
    }
    look_at_files(tls);
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
    tls->active = true;
    mbedtls_ssl_init(&tls->ssl);
    return set_up(tls);
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

/* Notes and answers the cause of a failed handshake, read or write. */
static int explain(struct symfeed_tls *tls, enum symfeed_tls_call doing, int error)
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

/* Turns what mbedTLS answered into what the port answers. */
static int outcome(struct symfeed_tls *tls, enum symfeed_tls_call doing, int answer)
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
    cause = explain(tls, doing, answer);
    /* A connection that was lost later says nothing against the session, anything else might. */
    if (answer != MBEDTLS_ERR_NET_SEND_FAILED && answer != MBEDTLS_ERR_NET_RECV_FAILED) {
        symfeed_session_cache_forget(tls->peer);
    }
    tls->secured = false;
    return cause;
}

/* In TLS 1.3 the session comes later, as a ticket. */
static bool session_is_known(const struct symfeed_tls *tls)
{
    return strcmp(mbedtls_ssl_get_version(&tls->ssl), "TLSv1.3") != 0;
}

/* A handshake that offered a session did not succeed, or nothing came on the connection that was
 * resumed by it: the server, or something on the way to it, may drop clients that offer one, so it
 * is not offered again. */
static void forget_offered(struct symfeed_tls *tls)
{
    if (tls->offered) {
        symfeed_session_cache_forget(tls->peer);
        tls->offered = false;
    }
}

/* The handshake is over, with or without success: mbedTLS has no more use for the client's key, it
 * renegotiates nothing. The configuration goes on pointing to a key and a chain that are empty. */
static int end_handshake(struct symfeed_tls *tls, int answer)
{
    symfeed_identity_drop(&tls->identity);
    /* After the fault of 3.6.6 and 4.1.0 the next handshake with this server goes without TLS 1.3,
     * and back again after any other end. That weakens nothing: TLS 1.2 is accepted anyway. */
    tls->peer->without_1_3 = !tls->peer->without_1_3 && symfeed_mbedtls_has_pss_fault(answer);
    if (answer != 0) {
        /* The next one is made without the session, and may succeed for that. Where a certificate
         * came the session was not what it failed for. */
        bool again = tls->peer->without_1_3 || (tls->offered && !tls->certificate_seen);

        forget_offered(tls);
        answer = outcome(tls, SYMFEED_TLS_HANDSHAKE, answer);
        return again ? SYMFEED_IO_AGAIN : answer;
    }
    tls->offered = tls->offered && !tls->certificate_seen;
    tls->secured = true;
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
        answer = begin(tls, endpoint);
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
        return outcome(tls, SYMFEED_TLS_HANDSHAKE, answer);
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
    return outcome(tls, SYMFEED_TLS_WRITE, answer);
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
    return outcome(tls, SYMFEED_TLS_READ, answer);
}

/* Sessions and authorities lie where there was room when they came, and that may leave no piece
 * that is as long as a record, for ever. Where the arena was full the next connection has all of
 * it. */
static void make_room(struct symfeed_tls *tls)
{
    if (symfeed_arena_was_full()) {
        symfeed_session_cache_forget_all(&tls->peers);
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
        forget_offered(tls); /* before the first byte of an answer: a timer may have ended it */
        tls->active = false;
        tls->secured = false;
    }
    make_room(tls);
}

void symfeed_tls_free(struct symfeed_tls *tls)
{
    symfeed_tls_close(tls);
    symfeed_session_cache_forget_all(&tls->peers);
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
