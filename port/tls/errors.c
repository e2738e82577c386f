/* SPDX-License-Identifier: Apache-2.0 */
/* errors.c - see errors.h. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "tls/errors.h"

#include <mbedtls/net_sockets.h> /* only the error numbers of BIO callbacks */
#include <mbedtls/x509_crt.h>

#include "symfeed_port_config.h"
#include "system/clock.h"
#include "system/file.h"
#include "system/format.h"
#include "tls/arena.h"
#include "tls/chain.h"
#include "tls/mbedtls.h"
#include "tls/refusal.h"

/* Longest part of a host's name in a message, in bytes. */
#define HOST_SHOWN 64

/* Longest content of a record, and longest encrypted record (RFC 5246, 6.2.3), in bytes. */
#define CONTENT_MAX 16384
#define RECORD_MAX  (CONTENT_MAX + 2048)

/* An alert of RFC 8446, 6, that not all versions of mbedTLS name. */
#define ALERT_CERTIFICATE_REQUIRED 116

/* --- refused certificates ----------------------------------------------------------------- */

/* Returns all faults of the certificate: mbedTLS's flags and those of refusal.h. */
static uint32_t all_flags(uint32_t flags, const struct symfeed_tls_failure *what)
{
    const uint32_t dates = MBEDTLS_X509_BADCERT_EXPIRED | MBEDTLS_X509_BADCERT_FUTURE;

#if SYMFEED_MBEDTLS_SOURCE
    /* This build has no SHA-1 and cannot verify such a signature, so NOT_TRUSTED says nothing. */
    if ((flags & MBEDTLS_X509_BADCERT_BAD_MD) != 0) {
        flags &= ~(uint32_t)MBEDTLS_X509_BADCERT_NOT_TRUSTED;
    }
#endif
    if ((flags & dates) != 0 && symfeed_clock_wall() == 0) {
        flags = (flags & ~dates) | SYMFEED_REFUSED_CLOCK;
    }
    if (what->pin[0] != '\0') {
        flags |= SYMFEED_REFUSED_PIN;
    }
    return flags;
}

/* Records why the certificate was refused. The first fault is the cause. */
static void explain_refusal(uint32_t flags, const struct symfeed_tls_failure *what,
                            struct symfeed_failure *failure)
{
    enum symfeed_port_cause cause;

    if (what->ca_file != NULL) {
        (void)symfeed_fail_file(failure, SYMFEED_SUBJECT_AUTHORITIES,
                                symfeed_file_cause(what->ca_error), what->ca_file);
        return;
    }
    flags = all_flags(flags, what);
    (void)symfeed_fail(failure, SYMFEED_SUBJECT_CERTIFICATE, SYMFEED_CAUSE_NOT_ACCEPTED);
    failure->flags = flags;
    failure->pin = what->pin;
    failure->unreadable = (uint16_t)what->unreadable;
    (void)symfeed_format(failure->name, sizeof failure->name, "%.*s", HOST_SHOWN, what->host);
    cause = symfeed_refusal_next(&flags);
    if (cause != SYMFEED_CAUSE_NONE) {
        failure->cause = (uint16_t)cause;
    }
}

/* --- alerts ------------------------------------------------------------------------------- */

/* Returns whether the server has sent nothing but an alert. */
static bool is_early(const mbedtls_ssl_context *ssl)
{
    return ssl->MBEDTLS_PRIVATE(state) <= MBEDTLS_SSL_SERVER_HELLO;
}

/* Returns why the server refused the client's certificate, or NONE if the alert is about something
 * else. */
static enum symfeed_port_cause certificate_alert(unsigned alert)
{
    switch (alert) {
    case MBEDTLS_SSL_ALERT_MSG_BAD_CERT: return SYMFEED_CAUSE_CERTIFICATE_BAD;
    case MBEDTLS_SSL_ALERT_MSG_UNSUPPORTED_CERT: return SYMFEED_CAUSE_CERTIFICATE_KIND;
    case MBEDTLS_SSL_ALERT_MSG_CERT_REVOKED: return SYMFEED_CAUSE_CERTIFICATE_REVOKED;
    case MBEDTLS_SSL_ALERT_MSG_CERT_EXPIRED: return SYMFEED_CAUSE_CERTIFICATE_EXPIRED;
    case MBEDTLS_SSL_ALERT_MSG_CERT_UNKNOWN: return SYMFEED_CAUSE_CERTIFICATE_NOT_ACCEPTED;
    case MBEDTLS_SSL_ALERT_MSG_UNKNOWN_CA: return SYMFEED_CAUSE_CERTIFICATE_AUTHORITY;
    case MBEDTLS_SSL_ALERT_MSG_ACCESS_DENIED: return SYMFEED_CAUSE_CERTIFICATE_RIGHTS;
    default: return SYMFEED_CAUSE_NONE;
    }
}

/* Returns the cause of an alert that does not name a certificate. For handshake_failure it depends
 * on when it comes. As the first message: there is no version or cipher in common. Later in the
 * handshake: the server refuses the client or its certificate. After a handshake of TLS 1.2: the
 * server wanted to renegotiate, which mbedTLS declines. */
static enum symfeed_port_cause alert_cause(const mbedtls_ssl_context *ssl,
                                           const struct symfeed_tls_failure *what, unsigned alert)
{
    switch (alert) {
    case MBEDTLS_SSL_ALERT_MSG_PROTOCOL_VERSION:
    case MBEDTLS_SSL_ALERT_MSG_INSUFFICIENT_SECURITY: return SYMFEED_CAUSE_NOTHING_IN_COMMON;
    case MBEDTLS_SSL_ALERT_MSG_UNRECOGNIZED_NAME: return SYMFEED_CAUSE_UNKNOWN_NAME;
    case MBEDTLS_SSL_ALERT_MSG_NO_APPLICATION_PROTOCOL: return SYMFEED_CAUSE_NO_HTTP_1;
    case MBEDTLS_SSL_ALERT_MSG_HANDSHAKE_FAILURE: break;
    default: return SYMFEED_CAUSE_REFUSED_BY_ALERT;
    }
    if (is_early(ssl)) {
        return SYMFEED_CAUSE_NOTHING_IN_COMMON;
    }
    if (!what->in_handshake && !symfeed_mbedtls_is_1_3(ssl)) {
        return SYMFEED_CAUSE_RENEGOTIATES;
    }
    return what->offers_certificate ? SYMFEED_CAUSE_SEEMS_TO_REFUSE_CERTIFICATE
                                    : SYMFEED_CAUSE_SEEMS_TO_WANT_CERTIFICATE;
}

/* Records the cause of a fatal alert. */
static void explain_alert(const mbedtls_ssl_context *ssl, const struct symfeed_tls_failure *what,
                          struct symfeed_failure *failure)
{
    const unsigned alert = symfeed_mbedtls_alert(ssl);
    const enum symfeed_port_cause against = certificate_alert(alert);

    if (alert == ALERT_CERTIFICATE_REQUIRED ||
        (against != SYMFEED_CAUSE_NONE && !what->offers_certificate)) {
        (void)symfeed_fail(failure, SYMFEED_SUBJECT_TLS_ALERT, SYMFEED_CAUSE_WANTS_CERTIFICATE);
    } else if (against != SYMFEED_CAUSE_NONE) {
        (void)symfeed_fail(failure, SYMFEED_SUBJECT_OUR_CERTIFICATE, against);
    } else {
        (void)symfeed_fail(failure, SYMFEED_SUBJECT_TLS_ALERT, alert_cause(ssl, what, alert));
    }
    failure->numbers[0] = alert;
}

/* --- other errors ------------------------------------------------------------------------- */

#if MBEDTLS_SSL_IN_CONTENT_LEN < CONTENT_MAX

/* Returns the length of the current record, or 0. */
static unsigned record_size(const mbedtls_ssl_context *ssl)
{
    const unsigned char *record = ssl->MBEDTLS_PRIVATE(in_hdr);

    return record == NULL || ssl->MBEDTLS_PRIVATE(in_left) < 5
               ? 0
               : (unsigned)record[3] << 8 | record[4];
}

#endif

/* Records that a record or message of `length` bytes is longer than `most`. Returns true. */
static bool fail_long(struct symfeed_failure *failure, enum symfeed_subject subject,
                      enum symfeed_port_cause cause, size_t length, size_t most)
{
    (void)symfeed_fail(failure, subject, cause);
    failure->numbers[0] = (uint32_t)length;
    failure->numbers[1] = (uint32_t)most;
    return true;
}

/* Records that a record or message is too long, and returns true, if that is the cause. mbedTLS
 * uses the same error for much else, so this checks the current record and message. */
static bool explain_length(const mbedtls_ssl_context *ssl, struct symfeed_failure *failure)
{
    const size_t message = ssl->MBEDTLS_PRIVATE(in_hslen);

#if MBEDTLS_SSL_IN_CONTENT_LEN < CONTENT_MAX
    const unsigned length = record_size(ssl);

    if (length > MBEDTLS_SSL_IN_CONTENT_LEN && length <= RECORD_MAX) {
        return fail_long(failure,
                         SYMFEED_TLS_MAX_FRAGMENT != 0 ? SYMFEED_SUBJECT_TLS_FRAGMENT
                                                       : SYMFEED_SUBJECT_TLS_CALL,
                         SYMFEED_CAUSE_LONG_RECORD, length, MBEDTLS_SSL_IN_CONTENT_LEN);
    }
    if (message > MBEDTLS_SSL_IN_CONTENT_LEN && message <= CONTENT_MAX) {
        return fail_long(failure, SYMFEED_SUBJECT_TLS_CALL, SYMFEED_CAUSE_LONG_CERTIFICATES_HERE,
                         message, MBEDTLS_SSL_IN_CONTENT_LEN);
    }
#endif
    if (message > CONTENT_MAX) {
        return fail_long(failure, SYMFEED_SUBJECT_TLS_CALL, SYMFEED_CAUSE_LONG_CERTIFICATES,
                         message, CONTENT_MAX);
    }
#if MBEDTLS_VERSION_NUMBER < 0x03060300
    if (message > ssl->MBEDTLS_PRIVATE(in_msglen)) {
        (void)symfeed_fail(failure, SYMFEED_SUBJECT_TLS_NUMBER, SYMFEED_CAUSE_MESSAGE_IN_PIECES);
        failure->error = MBEDTLS_ERR_SSL_FEATURE_UNAVAILABLE;
        return true;
    }
#endif
    return false;
}

/* Returns whether `error` can mean that a record or message is too long. */
static bool may_be_too_long(int error)
{
#if MBEDTLS_VERSION_NUMBER < 0x03060300
    if (error == MBEDTLS_ERR_SSL_FEATURE_UNAVAILABLE) {
        return true; /* older versions cannot join a message from several records */
    }
#endif
    return error == MBEDTLS_ERR_SSL_BAD_INPUT_DATA || error == MBEDTLS_ERR_SSL_INVALID_RECORD ||
           error == MBEDTLS_ERR_SSL_BUFFER_TOO_SMALL;
}

/* Records the cause of an error of mbedTLS. */
static void explain_error(const mbedtls_ssl_context *ssl, const struct symfeed_tls_failure *what,
                          struct symfeed_failure *failure)
{
    const int error = what->error;

    if (error == MBEDTLS_ERR_SSL_CONN_EOF || error == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY) {
        (void)symfeed_fail(failure, SYMFEED_SUBJECT_TLS_CALL, SYMFEED_CAUSE_HUNG_UP);
    } else if (error == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE) {
        explain_alert(ssl, what, failure);
    } else if (what->next_without_1_3 && symfeed_mbedtls_has_pss_fault(error)) {
        (void)symfeed_fail(failure, SYMFEED_SUBJECT_TLS_CALL, SYMFEED_CAUSE_PSS_FAULT);
    } else if (is_early(ssl) && symfeed_mbedtls_has_nothing_in_common(error)) {
        (void)symfeed_fail(failure, SYMFEED_SUBJECT_TLS_NUMBER, SYMFEED_CAUSE_NOTHING_IN_COMMON);
        failure->error = error;
    } else if (error == MBEDTLS_ERR_X509_FATAL_ERROR) {
        (void)symfeed_fail(failure, SYMFEED_SUBJECT_TLS_NUMBER, SYMFEED_CAUSE_MANY_INTERMEDIATES);
        failure->numbers[0] = MBEDTLS_X509_MAX_INTERMEDIATE_CA;
        failure->error = error;
    } else if (!may_be_too_long(error) || !explain_length(ssl, failure)) {
        (void)symfeed_fail(failure, SYMFEED_SUBJECT_TLS_CALL, SYMFEED_CAUSE_TLS_ERROR);
        failure->error = error;
    }
}

int symfeed_tls_explain(const mbedtls_ssl_context *ssl, const struct symfeed_tls_failure *what,
                        struct symfeed_failure *failure)
{
    const uint32_t flags = mbedtls_ssl_get_verify_result(ssl);
    const int error = what->error;

    if (error == MBEDTLS_ERR_NET_SEND_FAILED || error == MBEDTLS_ERR_NET_RECV_FAILED) {
        return -(int)failure->cause;
    }
    /* Comes before the certificate, which cannot be verified without memory. */
    if (symfeed_arena_was_full() || symfeed_mbedtls_lacks_memory(error)) {
        (void)symfeed_fail(failure, SYMFEED_SUBJECT_TLS_CALL, SYMFEED_CAUSE_TLS_MEMORY);
        (void)symfeed_arena_explain(failure);
    } else if (what->in_handshake && (flags != 0 || !symfeed_mbedtls_is_of_protocol(error)) &&
               symfeed_chain_explain(ssl, flags, failure)) {
        /* it has recorded the cause */
    } else if (what->in_handshake && flags != 0 && flags != UINT32_MAX) {
        explain_refusal(flags, what, failure);
    } else {
        explain_error(ssl, what, failure);
    }
    failure->doing = (uint8_t)what->doing;
    return -(int)failure->cause;
}
