/* SPDX-License-Identifier: Apache-2.0 */
/* tls.c - see tls.h. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "tls.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <mbedtls/error.h>
#include <mbedtls/net_sockets.h> /* only for the error numbers that a BIO callback answers with */
#include <mbedtls/version.h>

/* In 3.x TLS 1.3 computes by PSA, whose state is one for the process. */
#if MBEDTLS_VERSION_NUMBER >= 0x03000000 && defined(MBEDTLS_PSA_CRYPTO_C)
#define USES_PSA 1
#include <psa/crypto.h>
#else
#define USES_PSA 0
#endif

#include "clock.h"
#include "random.h"

#if MBEDTLS_VERSION_NUMBER < 0x021c0000
#error "symfeed: mbedTLS 2.28 or 3.6 is needed"
#endif

#if MBEDTLS_VERSION_NUMBER >= 0x03000000 && defined(MBEDTLS_SSL_PROTO_TLS1_3) &&                   \
    defined(MBEDTLS_SSL_SESSION_TICKETS)
#define TICKETS_ARE_SIGNALLED 1
#else
#define TICKETS_ARE_SIGNALLED 0
#endif

/* Session tickets a server may send in a row: more is not a server that means well, and each costs
 * this side a copy. */
#define TICKETS_MAX 16

/* Mbed TLS 3.6.6 offers RSA-PSS to a server, and refuses it as illegal where that takes it up in
 * TLS 1.2 (their issue 10668; mended in what came after). It does not offer it where TLS 1.2 is all
 * that may be negotiated. So after that one failure the next handshake goes without TLS 1.3, and
 * back again after any other. That lets nobody in: TLS 1.2 is accepted anyway. */
static bool has_pss_fault(int error)
{
#if MBEDTLS_VERSION_NUMBER >= 0x03060000 && defined(MBEDTLS_SSL_PROTO_TLS1_3)
    unsigned library = MBEDTLS_VERSION_NUMBER;

#if defined(MBEDTLS_VERSION_C)
    library = mbedtls_version_get_number();
#endif
    return library == 0x03060600 && error == MBEDTLS_ERR_SSL_ILLEGAL_PARAMETER;
#else
    (void)error;
    return false;
#endif
}

/* --- reasons ------------------------------------------------------------------------------ */

static void set_reason(struct symfeed_tls *tls, const char *doing, const char *text)
{
    (void)snprintf(tls->connection->reason, sizeof tls->connection->reason, "%s: %s", doing, text);
}

/* Writes what mbedTLS says of an error of its own. */
static void library_text(int error, char *out, size_t size)
{
#if defined(MBEDTLS_ERROR_C)
    char text[128];

    mbedtls_strerror(error, text, sizeof text);
    (void)snprintf(out, size, "%s (-0x%04X)", text, (unsigned)-error);
#else
    (void)snprintf(out, size, "mbedTLS error -0x%04X", (unsigned)-error);
#endif
}

/* What each reason to refuse a certificate is called. Dates come first: they are what a device
 * whose clock was never set stumbles over. */
static const struct {
    uint32_t flag;
    const char *text;
} refusals[] = {
    {MBEDTLS_X509_BADCERT_EXPIRED, "it has expired"},
    {MBEDTLS_X509_BADCERT_FUTURE, "it is not yet valid"},
    {MBEDTLS_X509_BADCERT_CN_MISMATCH, "it is made out to another name than the agent's host"},
    {MBEDTLS_X509_BADCERT_NOT_TRUSTED, "it is signed by an unknown authority"},
    {MBEDTLS_X509_BADCERT_REVOKED, "it has been revoked"},
    {MBEDTLS_X509_BADCERT_MISSING, "there is none"},
    {MBEDTLS_X509_BADCERT_KEY_USAGE | MBEDTLS_X509_BADCERT_EXT_KEY_USAGE |
         MBEDTLS_X509_BADCERT_NS_CERT_TYPE,
     "it is not made out for a server"},
    {MBEDTLS_X509_BADCERT_BAD_MD | MBEDTLS_X509_BADCERT_BAD_PK | MBEDTLS_X509_BADCERT_BAD_KEY,
     "its chain has a weak or unknown signature or key"},
};

/* Writes why the certificate was refused: every flag that is set, one after the other. */
static void refusal_text(uint32_t flags, char *out, size_t size)
{
    const uint32_t dates = MBEDTLS_X509_BADCERT_EXPIRED | MBEDTLS_X509_BADCERT_FUTURE;
    size_t used = 0;
    size_t i;

    out[0] = '\0';
    if ((flags & dates) != 0 && symfeed_clock_wall() == 0) {
        used = (size_t)snprintf(out, size, "its dates cannot be judged, the clock is not set");
        flags &= ~dates;
    }
    for (i = 0; i < sizeof refusals / sizeof refusals[0] && used < size; i++) {
        if ((flags & refusals[i].flag) != 0) {
            used += (size_t)snprintf(out + used, size - used, "%s%s", used == 0 ? "" : ", and ",
                                     refusals[i].text);
        }
    }
    if (used == 0) {
        (void)snprintf(out, size, "it was not accepted (0x%lX)", (unsigned long)flags);
    }
}

/* Leaves the reason for a failed handshake, read or write. */
static void explain(struct symfeed_tls *tls, const char *doing, int error)
{
    uint32_t flags = mbedtls_ssl_get_verify_result(&tls->ssl);
    char text[SYMFEED_REASON_SIZE - 48]; /* what is done goes before it */

    /* The socket has left its own reason, and there is nothing to add to it. */
    if (error == MBEDTLS_ERR_NET_SEND_FAILED || error == MBEDTLS_ERR_NET_RECV_FAILED) {
        return;
    }
    /* All ones means that no certificate has been looked at. */
    if (!tls->secured && flags != 0 && flags != UINT32_MAX) {
        refusal_text(flags, text, sizeof text);
        doing = "server's certificate refused";
    } else if (error == MBEDTLS_ERR_SSL_CONN_EOF || error == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY) {
        (void)snprintf(text, sizeof text, "the server hung up");
    } else if (error == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE) {
        (void)snprintf(text, sizeof text, "the server refused it with an alert");
    } else if (tls->without_1_3 && has_pss_fault(error)) {
        (void)snprintf(text, sizeof text,
                       "a signature was refused, a known fault of Mbed TLS 3.6.6: next without "
                       "TLS 1.3");
    } else {
        library_text(error, text, sizeof text);
    }
    set_reason(tls, doing, text);
}

/* --- what mbedTLS calls ------------------------------------------------------------------- */

static int random_bytes(void *context, unsigned char *data, size_t size)
{
    (void)context;
    return symfeed_random(data, size) == 0 ? 0 : MBEDTLS_ERR_SSL_INTERNAL_ERROR;
}

static int lower_send(void *context, const unsigned char *data, size_t size)
{
    int sent = symfeed_socket_send(context, data, size);

    if (sent == SYMFEED_IO_WANT_WRITE) {
        return MBEDTLS_ERR_SSL_WANT_WRITE;
    }
    return sent < 0 ? MBEDTLS_ERR_NET_SEND_FAILED : sent;
}

static int lower_recv(void *context, unsigned char *data, size_t size)
{
    int received = symfeed_socket_recv(context, data, size);

    if (received == SYMFEED_IO_WANT_READ) {
        return MBEDTLS_ERR_SSL_WANT_READ;
    }
    return received < 0 ? MBEDTLS_ERR_NET_RECV_FAILED : received;
}

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

/* Called for each certificate of the chain, the server's own (depth 0) last. mbedTLS has judged it
 * in `flags`; what it cannot do in 2.28 is to match an address. A resumed handshake carries no
 * certificate, so that this call is what tells the two apart. */
static int judge(void *context, mbedtls_x509_crt *certificate, int depth, uint32_t *flags)
{
    struct symfeed_tls *tls = context;

    tls->certificate_seen = true;
    if (depth == 0 && tls->address_size != 0 && !has_address(certificate, tls)) {
        *flags |= MBEDTLS_X509_BADCERT_CN_MISMATCH;
    }
    return 0;
}

/* --- preparation -------------------------------------------------------------------------- */

/* Where systems keep their bundle: Debian and Arch, Fedora, SUSE, Alpine and the BSDs, FreeBSD's
 * port. */
static const char *const bundles[] = {
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
    "/usr/local/share/certs/ca-root-nss.crt",
};

static const char *system_bundle(void)
{
    size_t i;

    for (i = 0; i < sizeof bundles / sizeof bundles[0]; i++) {
        if (access(bundles[i], R_OK) == 0) {
            return bundles[i];
        }
    }
    return NULL;
}

static int load_authorities(struct symfeed_tls *tls, const char *file, char *error, size_t size)
{
    char text[160];
    int answer;

    if (file == NULL) {
        file = system_bundle();
    }
    if (file == NULL) {
        (void)snprintf(error, size,
                       "the system has no CA bundle in any of the usual places: "
                       "install ca-certificates or name a PEM file of trusted CAs");
        return -1;
    }
    answer = mbedtls_x509_crt_parse_file(&tls->authorities, file);
    /* Above 0 is how many could not be read; a system's bundle may hold some of a kind that this
     * mbedTLS does not know. What counts is that there is one to trust. */
    if (answer >= 0 && tls->authorities.raw.p != NULL) {
        return 0;
    }
    if (answer > 0) {
        (void)snprintf(text, sizeof text, "no certificate in it can be read");
    } else {
        library_text(answer, text, sizeof text);
    }
    (void)snprintf(error, size, "%s is not a PEM file of trusted CAs: %s", file, text);
    return -1;
}

static void limit_versions(mbedtls_ssl_config *config)
{
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
    mbedtls_ssl_conf_min_tls_version(config, MBEDTLS_SSL_VERSION_TLS1_2);
#else
    mbedtls_ssl_conf_min_version(config, MBEDTLS_SSL_MAJOR_VERSION_3, MBEDTLS_SSL_MINOR_VERSION_3);
#endif
#if defined(MBEDTLS_SSL_RENEGOTIATION)
    mbedtls_ssl_conf_renegotiation(config, MBEDTLS_SSL_RENEGOTIATION_DISABLED);
#endif
#if TICKETS_ARE_SIGNALLED
    mbedtls_ssl_conf_tls13_enable_signal_new_session_tickets(
        config, MBEDTLS_SSL_TLS1_3_SIGNAL_NEW_SESSION_TICKETS_ENABLED);
    /* Resuming without a fresh key exchange would give up forward secrecy. */
    mbedtls_ssl_conf_tls13_key_exchange_modes(config,
                                              MBEDTLS_SSL_TLS1_3_KEY_EXCHANGE_MODE_EPHEMERAL_ALL);
#endif
}

static int configure(struct symfeed_tls *tls)
{
    int answer =
        mbedtls_ssl_config_defaults(&tls->config, MBEDTLS_SSL_IS_CLIENT,
                                    MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT);

    if (answer != 0) {
        return answer;
    }
    limit_versions(&tls->config);
    mbedtls_ssl_conf_rng(&tls->config, random_bytes, NULL);
    mbedtls_ssl_conf_authmode(&tls->config, MBEDTLS_SSL_VERIFY_REQUIRED);
    mbedtls_ssl_conf_ca_chain(&tls->config, &tls->authorities, NULL);
    mbedtls_ssl_conf_verify(&tls->config, judge, tls);
    tls->protocols[0] = "http/1.1";
    tls->protocols[1] = NULL;
#if defined(MBEDTLS_SSL_ALPN)
    answer = mbedtls_ssl_conf_alpn_protocols(&tls->config, tls->protocols);
#endif
    return answer;
}

void symfeed_tls_init_unusable(struct symfeed_tls *tls, struct symfeed_socket *connection)
{
    memset(tls, 0, sizeof *tls);
    tls->connection = connection;
    mbedtls_ssl_config_init(&tls->config);
    mbedtls_x509_crt_init(&tls->authorities);
    mbedtls_ssl_init(&tls->ssl);
    mbedtls_ssl_session_init(&tls->session);
}

int symfeed_tls_init(struct symfeed_tls *tls, struct symfeed_socket *connection,
                     const char *ca_file, char *error, size_t size)
{
    char text[160];
    int answer;

    symfeed_tls_init_unusable(tls, connection);
#if USES_PSA
    /* Any number of feeds may call this; none of them may undo it, others may be left. */
    if (psa_crypto_init() != PSA_SUCCESS) {
        (void)snprintf(error, size, "mbedTLS cannot start: psa_crypto_init() failed");
        return -1;
    }
#endif
    answer = configure(tls);
    if (answer != 0) {
        library_text(answer, text, sizeof text);
        (void)snprintf(error, size, "mbedTLS cannot start: %s", text);
        return -1;
    }
    if (load_authorities(tls, ca_file, error, size) != 0) {
        return -2;
    }
    tls->usable = true;
    return 0;
}

/* --- handshake ---------------------------------------------------------------------------- */

static void forget_session(struct symfeed_tls *tls)
{
    mbedtls_ssl_session_free(&tls->session);
    mbedtls_ssl_session_init(&tls->session);
    tls->session_saved = false;
}

/* Keeps the session there is now for the next connection, in place of the one before. */
static void save_session(struct symfeed_tls *tls)
{
    forget_session(tls);
    if (mbedtls_ssl_get_session(&tls->ssl, &tls->session) == 0) {
        tls->session_saved = true;
    } else {
        forget_session(tls);
    }
}

/* Takes over whom the connection is to; a session of somebody else is of no use. */
static void set_peer(struct symfeed_tls *tls, const struct symfeed_endpoint *endpoint)
{
    size_t size = endpoint->host_size < sizeof tls->host ? endpoint->host_size : 0;

    /* The dot that ends an absolute name is not part of it in a certificate (RFC 6066, 3). */
    if (size > 0 && endpoint->host[size - 1] == '.') {
        size--;
    }
    if (tls->port != endpoint->port || strlen(tls->host) != size ||
        memcmp(tls->host, endpoint->host, size) != 0) {
        forget_session(tls);
        tls->without_1_3 = false;
    }
    memcpy(tls->host, endpoint->host, size);
    tls->host[size] = '\0';
    tls->port = endpoint->port;
    tls->address_size = 0;
    if (inet_pton(AF_INET, tls->host, tls->address) == 1) {
        tls->address_size = 4;
    } else if (inet_pton(AF_INET6, tls->host, tls->address) == 1) {
        tls->address_size = 16;
    }
}

/* Between handshakes only: a context looks into the configuration as long as it lives. */
static void choose_version(struct symfeed_tls *tls)
{
#if MBEDTLS_VERSION_NUMBER >= 0x03060000 && defined(MBEDTLS_SSL_PROTO_TLS1_3)
    mbedtls_ssl_conf_max_tls_version(&tls->config, tls->without_1_3 ? MBEDTLS_SSL_VERSION_TLS1_2
                                                                    : MBEDTLS_SSL_VERSION_TLS1_3);
#else
    (void)tls;
#endif
}

/* Sets up the connection's context. 0, or an error of mbedTLS. */
static int begin(struct symfeed_tls *tls, const struct symfeed_endpoint *endpoint)
{
    int answer;

    set_peer(tls, endpoint);
    choose_version(tls);
    tls->certificate_seen = false;
    tls->secured = false;
    tls->active = true;
    mbedtls_ssl_init(&tls->ssl);
    answer = mbedtls_ssl_setup(&tls->ssl, &tls->config);
    if (answer == 0) {
        answer = mbedtls_ssl_set_hostname(&tls->ssl, tls->address_size == 0 ? tls->host : NULL);
    }
    if (answer != 0) {
        return answer;
    }
    mbedtls_ssl_set_bio(&tls->ssl, tls->connection, lower_send, lower_recv, NULL);
    if (tls->session_saved && mbedtls_ssl_set_session(&tls->ssl, &tls->session) != 0) {
        forget_session(tls);
    }
    return 0;
}

static bool is_ticket(int answer)
{
#if TICKETS_ARE_SIGNALLED
    return answer == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET;
#else
    (void)answer;
    return false;
#endif
}

/* Turns what mbedTLS answered into what the port answers; failures get their reason. */
static int outcome(struct symfeed_tls *tls, const char *doing, int answer)
{
    if (answer >= 0) {
        return answer;
    }
    if (answer == MBEDTLS_ERR_SSL_WANT_READ) {
        return SYMFEED_IO_WANT_READ;
    }
    if (answer == MBEDTLS_ERR_SSL_WANT_WRITE) {
        return SYMFEED_IO_WANT_WRITE;
    }
    explain(tls, doing, answer);
    /* A lost connection says nothing against the session, anything else might. */
    if (answer != MBEDTLS_ERR_NET_SEND_FAILED && answer != MBEDTLS_ERR_NET_RECV_FAILED) {
        forget_session(tls);
    }
    tls->secured = false;
    return SYMFEED_IO_FAILED;
}

/* In TLS 1.3 the session comes later, as a ticket. */
static bool session_is_known(const struct symfeed_tls *tls)
{
    return strcmp(mbedtls_ssl_get_version(&tls->ssl), "TLSv1.3") != 0;
}

int symfeed_tls_secure(struct symfeed_tls *tls, const struct symfeed_endpoint *endpoint)
{
    int answer = 0;
    int tickets = 0;

    if (!tls->usable) {
        set_reason(tls, "TLS", "this port was set up to go without it");
        return SYMFEED_IO_FAILED;
    }
    if (!tls->active) {
        answer = begin(tls, endpoint);
    }
    if (answer == 0) {
        do {
            answer = mbedtls_ssl_handshake(&tls->ssl);
        } while (is_ticket(answer) && ++tickets < TICKETS_MAX);
    }
    if (answer != 0 && answer != MBEDTLS_ERR_SSL_WANT_READ &&
        answer != MBEDTLS_ERR_SSL_WANT_WRITE) {
        tls->without_1_3 = !tls->without_1_3 && has_pss_fault(answer);
    }
    if (answer != 0) {
        return outcome(tls, "TLS handshake", answer);
    }
    tls->secured = true;
    if (session_is_known(tls)) {
        save_session(tls);
    }
    return tls->certificate_seen ? 0 : 1;
}

/* --- data --------------------------------------------------------------------------------- */

int symfeed_tls_send(struct symfeed_tls *tls, const void *data, size_t size)
{
    int answer;
    int tickets = 0;

    do {
        answer = mbedtls_ssl_write(&tls->ssl, data, size);
    } while (is_ticket(answer) && ++tickets < TICKETS_MAX);
    return outcome(tls, "TLS write", answer);
}

int symfeed_tls_recv(struct symfeed_tls *tls, void *data, size_t size)
{
    int answer = mbedtls_ssl_read(&tls->ssl, data, size);
    int tickets = 0;

    while (is_ticket(answer) && ++tickets < TICKETS_MAX) {
        save_session(tls);
        answer = mbedtls_ssl_read(&tls->ssl, data, size);
    }
    if (answer == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY || answer == MBEDTLS_ERR_SSL_CONN_EOF) {
        return 0;
    }
    return outcome(tls, "TLS read", answer);
}

void symfeed_tls_close(struct symfeed_tls *tls)
{
    if (!tls->active) {
        return;
    }
    if (tls->secured) {
        (void)mbedtls_ssl_close_notify(&tls->ssl);
    }
    mbedtls_ssl_free(&tls->ssl);
    tls->active = false;
    tls->secured = false;
}

void symfeed_tls_free(struct symfeed_tls *tls)
{
    symfeed_tls_close(tls);
    forget_session(tls);
    mbedtls_x509_crt_free(&tls->authorities);
    mbedtls_x509_crt_init(&tls->authorities);
    mbedtls_ssl_config_free(&tls->config);
    mbedtls_ssl_config_init(&tls->config);
    tls->usable = false;
}

void symfeed_tls_finish(void)
{
#if USES_PSA
    mbedtls_psa_crypto_free();
#endif
}

void symfeed_tls_version(char *out, size_t size)
{
#if defined(MBEDTLS_VERSION_C)
    char text[32]; /* mbedTLS asks for 18 */

    mbedtls_version_get_string_full(text);
    (void)snprintf(out, size, "%s", text);
#else
    (void)snprintf(out, size, "%s", MBEDTLS_VERSION_STRING_FULL);
#endif
}
