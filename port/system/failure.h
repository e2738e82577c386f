/* SPDX-License-Identifier: Apache-2.0 */
/*
 * failure.h - the last failure of the port: its cause, and the details that its text needs.
 *
 * Depends on: symfeed_cause.h.
 * Guarantees: recording a failure makes no text. It contains no byte of a token or a key.
 */
#ifndef SYMFEED_FAILURE_H
#define SYMFEED_FAILURE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "symfeed_cause.h"

#ifdef __cplusplus
extern "C" {
#endif

struct symfeed_address;

/* What a cause is about: name, text. A text can contain those of SYMFEED_CAUSES, and
 *
 *     %w  the text of the cause
 *     %a  the address, %f the start of the file's name
 *     %d  the TLS operation that failed
 *     %x  the error of mbedTLS as a number
 */
#define SYMFEED_SUBJECTS(X)                                                                        \
    X(NONE, "%w")                                                                                  \
    X(ADDRESS, "%a: %w")                                                                           \
    X(HOST, "%s: %w")                                                                              \
    X(TLS, "TLS: %w")                                                                              \
    X(TLS_CALL, "%d: %w")                                                                          \
    X(TLS_NUMBER, "%d: %w (%x)")                                                                   \
    X(TLS_ALERT, "%d: %w (alert %1)")                                                              \
    X(TLS_FRAGMENT, "%d: %w: the server ignores SYMFEED_TLS_MAX_FRAGMENT")                         \
    X(OUR_CERTIFICATE, "%d: the server refused the client certificate: %w (alert %1)")             \
    X(CHAIN,                                                                                       \
      "%d: the server's chain has something that this build cannot verify: certificate %1 (%s): "  \
      "%w (%x)")                                                                                   \
    X(CERTIFICATE, "server's certificate refused: %w")                                             \
    X(AUTHORITIES, "server's certificate refused: CA file %f cannot be read: %w")                  \
    X(TOKEN_FILE, "token file %f: %w (1 to %1 bytes are accepted)")                                \
    X(RSA_KEY_FILE, "RSA key file %f: %w")                                                         \
    X(CERTIFICATE_FILE, "client certificate file %f: %w")                                          \
    X(CERTIFICATE_KEY_FILE, "client certificate's key file %f: %w")                                \
    X(CA_FILE, "%f is not a PEM file of trusted CAs: %w")                                          \
    X(CA_FILE_PARTS, "%f is not a PEM file of trusted CAs: no certificate in it can be read: %w")  \
    X(LIBRARY, "mbedTLS cannot start: %w")                                                         \
    X(SECRET_TOKEN, "token file %f %w")                                                            \
    X(SECRET_KEY, "key file %f %w")

#define SYMFEED_SUBJECT_NAME_(name, words) SYMFEED_SUBJECT_##name,
enum symfeed_subject { SYMFEED_SUBJECTS(SYMFEED_SUBJECT_NAME_) SYMFEED_SUBJECT_COUNT };
#undef SYMFEED_SUBJECT_NAME_

/* The TLS operation that failed. */
enum symfeed_tls_call { SYMFEED_TLS_HANDSHAKE, SYMFEED_TLS_WRITE, SYMFEED_TLS_READ };

/* Longest part of a name that is shown, in bytes. */
#define SYMFEED_NAME_SHOWN 100

/* The last failure: its cause and details. Zero it first. Pointers are valid until the port is used
 * again. */
struct symfeed_failure {
    uint16_t cause;      /* enum symfeed_port_cause, or the cause of a resolver; 0: none */
    uint8_t subject;     /* enum symfeed_subject */
    uint8_t doing;       /* enum symfeed_tls_call */
    uint16_t unreadable; /* enum symfeed_port_cause: why an authority cannot be read; 0: none */
    int error;           /* of mbedTLS */
    uint32_t flags;      /* all faults of the server's certificate, see refusal.h */
    uint32_t numbers[3]; /* sizes, an alert, an errno */
    const char *file;    /* name of the file */
    const char *pin;     /* the pin of the server's key */
    const struct symfeed_address *address;
    char name[SYMFEED_NAME_SHOWN + 1]; /* name of a host or certificate, cut, NUL-terminated */
};

/* Records a failure without details. Returns the cause as the port's functions do: negative. */
static inline int symfeed_fail(struct symfeed_failure *failure, enum symfeed_subject subject,
                               enum symfeed_port_cause cause)
{
    memset(failure, 0, sizeof *failure);
    failure->subject = (uint8_t)subject;
    failure->cause = (uint16_t)cause;
    return -(int)cause;
}

/* The same for a file. `file` must stay valid. */
static inline int symfeed_fail_file(struct symfeed_failure *failure, enum symfeed_subject subject,
                                    enum symfeed_port_cause cause, const char *file)
{
    (void)symfeed_fail(failure, subject, cause);
    failure->file = file;
    return -(int)cause;
}

#ifdef __cplusplus
}
#endif

#endif
