/* SPDX-License-Identifier: Apache-2.0 */
/* explain.c - see explain.h. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "explain.h"

#include <mbedtls/net_sockets.h> /* only for the error numbers that a BIO callback answers with */
#include <mbedtls/x509_crt.h>

#include "arena.h"
#include "chain.h"
#include "clock.h"
#include "file.h"
#include "library.h"
#include "socket.h"
#include "symfeed_port_config.h"
#include "words.h"

/* Longest part of a host's name that is shown. */
#define HOST_SHOWN 64

/* Longest content of a record, and the longest record there can be, encrypted (RFC 5246, 6.2.3). */
#define CONTENT_MAX 16384
#define RECORD_MAX  (CONTENT_MAX + 2048)

/* Errors of the protocol, after which the message in hand may be one by halves, are below this,
 * those of certificates and keys above (mbedtls/error.h). */
#define SSL_ERRORS (-0x5000)

/* Alerts of RFC 8446, 6, that mbedTLS has no name for in all its versions. */
#define ALERT_CERTIFICATE_REQUIRED 116

/* --- refused certificates ----------------------------------------------------------------- */

/* What each reason to refuse a certificate is called. Dates come first: they are what a device
 * whose clock was never set stumbles over. */
static const struct {
    uint32_t flag;
    const char *text;
} refusals[] = {
    {MBEDTLS_X509_BADCERT_EXPIRED, "it has expired"},
    {MBEDTLS_X509_BADCERT_FUTURE, "it is not yet valid"},
    {MBEDTLS_X509_BADCERT_CN_MISMATCH, "it is made out to another name than "},
    {MBEDTLS_X509_BADCERT_NOT_TRUSTED, "it is signed by an unknown authority"},
    {MBEDTLS_X509_BADCERT_REVOKED, "it has been revoked"},
    {MBEDTLS_X509_BADCERT_MISSING, "there is none"},
    {MBEDTLS_X509_BADCERT_KEY_USAGE | MBEDTLS_X509_BADCERT_EXT_KEY_USAGE |
         MBEDTLS_X509_BADCERT_NS_CERT_TYPE,
     "it is not made out for a server"},
    {MBEDTLS_X509_BADCERT_BAD_MD, "its chain has a signature by SHA-1 or another weak hash"},
    {MBEDTLS_X509_BADCERT_BAD_PK | MBEDTLS_X509_BADCERT_BAD_KEY,
     "its chain has a weak or unknown key"},
};

/* A text that grows at its end; what does not fit is cut. */
struct text {
    char *out;
    size_t size;
    size_t used;
};

static void add(struct text *text, const char *part, int shown)
{
    text->used +=
        symfeed_words(text->out + text->used, text->size - text->used, "%.*s", shown, part);
}

static void add_cause(struct text *text, const char *part)
{
    add(text, text->used == 0 ? "" : ", and ", 6);
    add(text, part, HOST_SHOWN);
}

/* Writes why the certificate was refused: every flag that is set, one after the other. */
static void refusal_text(uint32_t flags, const struct symfeed_failure *failure, char *out,
                         size_t size)
{
    const uint32_t dates = MBEDTLS_X509_BADCERT_EXPIRED | MBEDTLS_X509_BADCERT_FUTURE;
    struct text text = {.out = out, .size = size, .used = 0};
    size_t i;

    out[0] = '\0';
    if (failure->ca_file != NULL) {
        add(&text, "CA file ", HOST_SHOWN);
        add(&text, failure->ca_file, SYMFEED_FILE_SHOWN);
        add(&text, " cannot be read: ", HOST_SHOWN);
        add(&text, failure->ca_text, HOST_SHOWN);
        return;
    }
#if SYMFEED_MBEDTLS_SOURCE
    /* There is no SHA-1 to verify such a signature with: nobody knows who made it. */
    if ((flags & MBEDTLS_X509_BADCERT_BAD_MD) != 0) {
        flags &= ~(uint32_t)MBEDTLS_X509_BADCERT_NOT_TRUSTED;
    }
#endif
    if ((flags & dates) != 0 && symfeed_clock_wall() == 0) {
        add_cause(&text, "its dates cannot be judged, the clock is not set");
        flags &= ~dates;
    }
    for (i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        if ((flags & refusals[i].flag) != 0) {
            add_cause(&text, refusals[i].text);
        }
        if ((flags & refusals[i].flag) == MBEDTLS_X509_BADCERT_CN_MISMATCH) {
            add(&text, failure->host, HOST_SHOWN);
        }
        if ((flags & refusals[i].flag) == MBEDTLS_X509_BADCERT_NOT_TRUSTED &&
            failure->ca_unreadable != NULL) {
            add(&text, ", or one of the CA file that cannot be read: ", HOST_SHOWN);
            add(&text, failure->ca_unreadable, HOST_SHOWN);
        }
    }
    if (failure->pin[0] != '\0') {
        add_cause(&text, "pin mismatch: the server's key is ");
        add(&text, failure->pin, HOST_SHOWN);
    }
    if (text.used == 0) {
        (void)symfeed_words(out, size, "it was not accepted (0x%X)", (unsigned)flags);
    }
}

/* --- alerts ------------------------------------------------------------------------------- */

/* The number of the fatal alert that was received last: mbedTLS tells it in no other way. */
static unsigned last_alert(const mbedtls_ssl_context *ssl)
{
    const unsigned char *message = ssl->MBEDTLS_PRIVATE(in_msg);

    return message == NULL ? 0 : message[1];
}

/* Whether the server has not said anything but an alert. */
static bool is_early(const mbedtls_ssl_context *ssl)
{
    return ssl->MBEDTLS_PRIVATE(state) <= MBEDTLS_SSL_SERVER_HELLO;
}

/* What the server holds against the client's certificate. NULL: the alert says nothing of one. */
static const char *certificate_alert(unsigned alert)
{
    switch (alert) {
    case MBEDTLS_SSL_ALERT_MSG_BAD_CERT: return "it is a bad one";
    case MBEDTLS_SSL_ALERT_MSG_UNSUPPORTED_CERT: return "it is of the wrong kind";
    case MBEDTLS_SSL_ALERT_MSG_CERT_REVOKED: return "it has been revoked";
    case MBEDTLS_SSL_ALERT_MSG_CERT_EXPIRED: return "it has expired";
    case MBEDTLS_SSL_ALERT_MSG_CERT_UNKNOWN: return "it was not accepted";
    case MBEDTLS_SSL_ALERT_MSG_UNKNOWN_CA: return "its authority is not known there";
    case MBEDTLS_SSL_ALERT_MSG_ACCESS_DENIED: return "access is denied";
    default: return NULL;
    }
}

#define NOTHING_IN_COMMON "no TLS version or cipher in common with the server"

/* What an alert means that says nothing certain of a certificate. A server that has not said
 * anything else has found nothing in common; one that breaks off later has something against the
 * client; and after a handshake of TLS 1.2 there is nothing to fail but another one, which mbedTLS
 * declines by itself. */
static const char *alert_meaning(const mbedtls_ssl_context *ssl,
                                 const struct symfeed_failure *failure, unsigned alert)
{
    switch (alert) {
    case MBEDTLS_SSL_ALERT_MSG_PROTOCOL_VERSION:
    case MBEDTLS_SSL_ALERT_MSG_INSUFFICIENT_SECURITY: return NOTHING_IN_COMMON;
    case MBEDTLS_SSL_ALERT_MSG_UNRECOGNIZED_NAME: return "the server does not know this host name";
    case MBEDTLS_SSL_ALERT_MSG_NO_APPLICATION_PROTOCOL:
        return "the server refused http/1.1 by ALPN";
    case MBEDTLS_SSL_ALERT_MSG_HANDSHAKE_FAILURE: break;
    default: return "the server refused it";
    }
    if (is_early(ssl)) {
        return NOTHING_IN_COMMON;
    }
    if (!failure->in_handshake && !symfeed_library_is_1_3(ssl)) {
        return "the server wants to renegotiate: have it ask for a certificate at once";
    }
    return failure->offers_certificate ? "the server refused the client certificate, it seems"
                                       : "the server wants a client certificate, it seems";
}

/* Writes what a fatal alert means. */
static void alert_text(const mbedtls_ssl_context *ssl, const struct symfeed_failure *failure,
                       char *out, size_t size)
{
    const unsigned alert = last_alert(ssl);
    const char *against = certificate_alert(alert);
    const char *text;

    if (alert == ALERT_CERTIFICATE_REQUIRED || (against != NULL && !failure->offers_certificate)) {
        against = "";
        text = "the server wants a client certificate";
    } else if (against != NULL) {
        text = "the server refused the client certificate: ";
    } else {
        against = "";
        text = alert_meaning(ssl, failure, alert);
    }
    (void)symfeed_words(out, size, "%s%s (alert %u)", text, against, alert);
}

/* --- all of it ---------------------------------------------------------------------------- */

#if MBEDTLS_SSL_IN_CONTENT_LEN < CONTENT_MAX

/* The length of the record in hand. */
static unsigned record_size(const mbedtls_ssl_context *ssl)
{
    const unsigned char *record = ssl->MBEDTLS_PRIVATE(in_hdr);

    return record == NULL || ssl->MBEDTLS_PRIVATE(in_left) < 5
               ? 0
               : (unsigned)record[3] << 8 | record[4];
}

#endif

/* Writes that what came is longer than there is room for, where that is it. mbedTLS has one number
 * for this and for much else, so the record and the message in hand are looked at. */
static bool too_long(const mbedtls_ssl_context *ssl, char *out, size_t size)
{
    const size_t message = ssl->MBEDTLS_PRIVATE(in_hslen);

#if MBEDTLS_SSL_IN_CONTENT_LEN < CONTENT_MAX
    const char *asked =
        SYMFEED_TLS_MAX_FRAGMENT != 0 ? ": the server does not heed SYMFEED_TLS_MAX_FRAGMENT" : "";
    const unsigned length = record_size(ssl);

    if (length > MBEDTLS_SSL_IN_CONTENT_LEN && length <= RECORD_MAX) {
        (void)symfeed_words(out, size,
                            "a record of %u bytes is too long for this build, raise "
                            "SYMFEED_TLS_RECORD_IN, which is %u%s",
                            length, (unsigned)MBEDTLS_SSL_IN_CONTENT_LEN, asked);
        return true;
    }
    if (message > MBEDTLS_SSL_IN_CONTENT_LEN && message <= CONTENT_MAX) {
        (void)symfeed_words(out, size,
                            "the server's certificates of %u bytes are too long for this build, "
                            "raise SYMFEED_TLS_RECORD_IN, which is %u",
                            (unsigned)message, (unsigned)MBEDTLS_SSL_IN_CONTENT_LEN);
        return true;
    }
#endif
    if (message > CONTENT_MAX) {
        (void)symfeed_words(out, size,
                            "the server's certificates of %u bytes are too long: have it send "
                            "fewer than %u",
                            (unsigned)message, (unsigned)CONTENT_MAX);
        return true;
    }
#if MBEDTLS_VERSION_NUMBER < 0x03060300
    if (message > ssl->MBEDTLS_PRIVATE(in_msglen)) {
        (void)symfeed_words(out, size,
                            "the server sends a message in pieces, which takes Mbed TLS 3.6.3 or a "
                            "server that sends longer records (-0x%04X)",
                            (unsigned)-MBEDTLS_ERR_SSL_FEATURE_UNAVAILABLE);
        return true;
    }
#endif
    return false;
}

/* Whether `error` may mean that. */
static bool may_be_too_long(int error)
{
#if MBEDTLS_VERSION_NUMBER < 0x03060300
    if (error == MBEDTLS_ERR_SSL_FEATURE_UNAVAILABLE) {
        return true; /* they put no message together out of several records */
    }
#endif
    return error == MBEDTLS_ERR_SSL_BAD_INPUT_DATA || error == MBEDTLS_ERR_SSL_INVALID_RECORD ||
           error == MBEDTLS_ERR_SSL_BUFFER_TOO_SMALL;
}

void symfeed_explain(const mbedtls_ssl_context *ssl, const struct symfeed_failure *failure,
                     char *reason, size_t size)
{
    uint32_t flags = mbedtls_ssl_get_verify_result(ssl);
    const char *doing = failure->doing;
    char text[SYMFEED_REASON_SIZE - 32]; /* what is done goes before it */
    char full[SYMFEED_ARENA_TEXT_SIZE];
    const char *meaning = text;
    int error = failure->error;

    if (error == MBEDTLS_ERR_NET_SEND_FAILED || error == MBEDTLS_ERR_NET_RECV_FAILED) {
        return;
    }
    /* Before the certificate: it was not judged where there was no memory to judge it with. */
    if (symfeed_arena_was_full() || symfeed_library_lacks_memory(error)) {
        meaning = symfeed_arena_or("there is no memory left for it", full);
    } else if (failure->in_handshake && (flags != 0 || error > SSL_ERRORS) &&
               symfeed_chain_explain(ssl, flags, text, sizeof text)) {
    } else if (failure->in_handshake && flags != 0 && flags != UINT32_MAX) {
        refusal_text(flags, failure, text, sizeof text);
        doing = "server's certificate refused";
    } else if (error == MBEDTLS_ERR_SSL_CONN_EOF || error == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY) {
        meaning = "the server hung up";
    } else if (error == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE) {
        alert_text(ssl, failure, text, sizeof text);
    } else if (failure->next_without_1_3 && symfeed_library_has_pss_fault(error)) {
        meaning = "a signature was refused, a known fault of Mbed TLS 3.6.6: next without TLS 1.3";
    } else if (is_early(ssl) && symfeed_library_has_nothing_in_common(error)) {
        (void)symfeed_words(text, sizeof text, "%s (-0x%04X)", NOTHING_IN_COMMON, (unsigned)-error);
    } else if (error == MBEDTLS_ERR_X509_FATAL_ERROR) {
        (void)symfeed_words(text, sizeof text,
                            "the server's chain has more than %u intermediate certificates "
                            "(-0x%04X)",
                            (unsigned)MBEDTLS_X509_MAX_INTERMEDIATE_CA, (unsigned)-error);
    } else if (!may_be_too_long(error) || !too_long(ssl, text, sizeof text)) {
        symfeed_library_text(error, text, sizeof text);
    }
    (void)symfeed_words(reason, size, "%s: %s", doing, meaning);
}
