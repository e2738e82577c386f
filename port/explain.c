/* SPDX-License-Identifier: Apache-2.0 */
/* explain.c - see explain.h. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "explain.h"

#include <mbedtls/net_sockets.h> /* only for the error numbers that a BIO callback answers with */
#include <mbedtls/x509_crt.h>

#include "arena.h"
#include "clock.h"
#include "file.h"
#include "library.h"
#include "socket.h"
#include "symfeed_port_config.h"
#include "words.h"

/* Longest part of a host's name that is shown. */
#define HOST_SHOWN 64

/* Longest record there can be, encrypted (RFC 5246, 6.2.3). */
#define RECORD_MAX (16384 + 2048)

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
    {MBEDTLS_X509_BADCERT_BAD_MD | MBEDTLS_X509_BADCERT_BAD_PK | MBEDTLS_X509_BADCERT_BAD_KEY,
     "its chain has a weak or unknown signature or key"},
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

/* Writes what a fatal alert means. A server that has not said anything else has found nothing in
 * common; one that breaks off later has something against the client. */
static void alert_text(unsigned alert, bool early, bool offers_certificate, char *out, size_t size)
{
    const char *against = certificate_alert(alert);

    if (alert == ALERT_CERTIFICATE_REQUIRED || (against != NULL && !offers_certificate)) {
        (void)symfeed_words(out, size, "the server wants a client certificate (alert %u)", alert);
    } else if (against != NULL) {
        (void)symfeed_words(out, size, "the server refused the client certificate: %s (alert %u)",
                            against, alert);
    } else if (alert == MBEDTLS_SSL_ALERT_MSG_PROTOCOL_VERSION ||
               alert == MBEDTLS_SSL_ALERT_MSG_INSUFFICIENT_SECURITY ||
               (alert == MBEDTLS_SSL_ALERT_MSG_HANDSHAKE_FAILURE && early)) {
        (void)symfeed_words(out, size,
                            "no TLS version or cipher in common with the server (alert %u)", alert);
    } else if (alert == MBEDTLS_SSL_ALERT_MSG_HANDSHAKE_FAILURE) {
        (void)symfeed_words(out, size, "the server %s, it seems (alert %u)",
                            offers_certificate ? "refused the client certificate"
                                               : "wants a client certificate",
                            alert);
    } else if (alert == MBEDTLS_SSL_ALERT_MSG_UNRECOGNIZED_NAME) {
        (void)symfeed_words(out, size, "the server does not know this host name (alert %u)", alert);
    } else {
        (void)symfeed_words(out, size, "the server refused it with an alert (%u)", alert);
    }
}

/* The number of the fatal alert that was received last: mbedTLS tells it in no other way. */
static unsigned last_alert(const mbedtls_ssl_context *ssl)
{
    const unsigned char *message = ssl->MBEDTLS_PRIVATE(in_msg);

    return message == NULL ? 0 : message[1];
}

/* --- all of it ---------------------------------------------------------------------------- */

/* Whether the server has said anything but an alert. */
static bool is_early(const mbedtls_ssl_context *ssl)
{
    return ssl->MBEDTLS_PRIVATE(state) <= MBEDTLS_SSL_SERVER_HELLO;
}

/* Writes that what came is longer than there is room for, where that is it. mbedTLS has one number
 * for this and for much else, so the record in hand is looked at. */
static bool too_long(const mbedtls_ssl_context *ssl, char *out, size_t size)
{
    const unsigned char *record = ssl->MBEDTLS_PRIVATE(in_hdr);
    const char *asked =
        SYMFEED_TLS_MAX_FRAGMENT != 0 ? ": the server does not heed SYMFEED_TLS_MAX_FRAGMENT" : "";
    unsigned length = 0;

    if (record != NULL && ssl->MBEDTLS_PRIVATE(in_left) >= 5) {
        length = (unsigned)record[3] << 8 | record[4];
    }
    if (length > MBEDTLS_SSL_IN_CONTENT_LEN && length <= RECORD_MAX) {
        (void)symfeed_words(out, size,
                            "a record of %u bytes is too long for this build, raise "
                            "SYMFEED_TLS_RECORD_IN, which is %u%s",
                            length, (unsigned)MBEDTLS_SSL_IN_CONTENT_LEN, asked);
        return true;
    }
    if (ssl->MBEDTLS_PRIVATE(in_hslen) > MBEDTLS_SSL_IN_CONTENT_LEN) {
        (void)symfeed_words(out, size,
                            "the server's certificates of %u bytes are too long for this build, "
                            "raise SYMFEED_TLS_RECORD_IN, which is %u",
                            (unsigned)ssl->MBEDTLS_PRIVATE(in_hslen),
                            (unsigned)MBEDTLS_SSL_IN_CONTENT_LEN);
        return true;
    }
    return false;
}

/* Whether `error` may mean that. */
static bool may_be_too_long(int error)
{
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
    const char *lack = symfeed_arena_or(NULL, full);
    int error = failure->error;

    if (lack == NULL && symfeed_library_lacks_memory(error)) {
        lack = "there is no memory left for it";
    }
    if (error == MBEDTLS_ERR_NET_SEND_FAILED || error == MBEDTLS_ERR_NET_RECV_FAILED) {
        return;
    }
    /* Before the certificate: it was not judged where there was no memory to judge it with. */
    if (lack != NULL) {
        (void)symfeed_words(text, sizeof text, "%s", lack);
    } else if (failure->in_handshake && flags != 0 && flags != UINT32_MAX) {
        refusal_text(flags, failure, text, sizeof text);
        doing = "server's certificate refused";
    } else if (error == MBEDTLS_ERR_SSL_CONN_EOF || error == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY) {
        (void)symfeed_words(text, sizeof text, "the server hung up");
    } else if (error == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE) {
        alert_text(last_alert(ssl), is_early(ssl), failure->offers_certificate, text, sizeof text);
    } else if (failure->next_without_1_3 && symfeed_library_has_pss_fault(error)) {
        (void)symfeed_words(
            text, sizeof text,
            "a signature was refused, a known fault of Mbed TLS 3.6.6: next without "
            "TLS 1.3");
    } else if (is_early(ssl) && symfeed_library_has_nothing_in_common(error)) {
        (void)symfeed_words(text, sizeof text,
                            "no TLS version or cipher in common with the server (-0x%04X)",
                            (unsigned)-error);
    } else if (!may_be_too_long(error) || !too_long(ssl, text, sizeof text)) {
        symfeed_library_text(error, text, sizeof text);
    }
    (void)symfeed_words(reason, size, "%s: %s", doing, text);
}
