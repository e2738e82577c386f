/* SPDX-License-Identifier: Apache-2.0 */
/*
 * symfeed_cause.h - why a function of the port failed: a number and its text.
 *
 * Depends on: nothing.
 * Guarantees: a number stays the same within a minor version.
 */
#ifndef SYMFEED_CAUSE_H
#define SYMFEED_CAUSE_H

#ifdef __cplusplus
extern "C" {
#endif

/* The first number of a cause. Smaller numbers are those of enum symfeed_io. */
#define SYMFEED_CAUSE_FIRST 16

/* Every cause: name, text. A text can contain details of struct symfeed_failure:
 *
 *     %1 %2 %3  one of its numbers
 *     %s        its name, %p its pin
 *     %e        its error of mbedTLS as text, %h its flags
 */
#define SYMFEED_CAUSES(X)                                                                          \
    /* Sockets. */                                                                                 \
    X(CONNECTION_REFUSED, "connection refused")                                                    \
    X(CONNECTION_RESET, "connection reset by the peer")                                            \
    X(CONNECTION_ABORTED, "connection aborted")                                                    \
    X(CONNECTION_CLOSED, "connection closed by the peer")                                          \
    X(TIMED_OUT, "timed out")                                                                      \
    X(NETWORK_UNREACHABLE, "network unreachable")                                                  \
    X(NETWORK_DOWN, "network down")                                                                \
    X(HOST_UNREACHABLE, "host unreachable")                                                        \
    X(NO_LOCAL_ADDRESS, "no local address or port left")                                           \
    X(NO_SUCH_FAMILY, "address family not supported")                                              \
    X(NOT_PERMITTED, "not permitted")                                                              \
    X(TOO_MANY_FILES, "too many open files")                                                       \
    X(OUT_OF_MEMORY, "out of memory")                                                              \
    X(SYSTEM_ERROR, "system error %1")                                                             \
    /* Names. */                                                                                   \
    X(LONG_HOST, "the host name is too long")                                                      \
    X(NO_SUCH_HOST, "no such host")                                                                \
    X(NO_ADDRESS, "the host has no address")                                                       \
    X(NO_NAME_SERVER, "no name server answers")                                                    \
    X(NAME_LATER, "name resolution failed for now")                                                \
    X(NAME_REFUSED, "the name server has refused the name")                                        \
    X(NAME_MEMORY, "out of memory while resolving the name")                                       \
    X(NAME_SYSTEM, "name resolution failed in the system")                                         \
    X(NAME_FAILED, "name resolution failed")                                                       \
    /* Files. */                                                                                   \
    X(NO_FILE, "there is no such file")                                                            \
    X(FILE_RIGHTS, "this user may not read it")                                                    \
    X(FILE_IS_FOLDER, "it is a directory")                                                         \
    X(FILE_IS_DEVICE, "it is a pipe or a device, give a regular file")                             \
    X(FILE_MEMORY, "there is no memory left to read it")                                           \
    X(FILE_UNREADABLE, "it cannot be read")                                                        \
    /* Tokens. */                                                                                  \
    X(LONG_TOKEN, "its first line is too long")                                                    \
    X(EMPTY_TOKEN, "its first line is empty")                                                      \
    X(ODD_TOKEN, "its first line holds more than a token of printable ASCII")                      \
    /* Keys. */                                                                                    \
    X(NO_KEY, "there is no private key in it (PEM)")                                               \
    X(ENCRYPTED_KEY, "its key is encrypted: give it without a pass phrase")                        \
    X(LARGE_KEY, "it is damaged, or too large")                                                    \
    X(UNKNOWN_KEY, "its key is damaged, or of an unsupported kind")                                \
    X(BROKEN_KEY, "its key is damaged: the parts do not fit together")                             \
    X(KEY_NOT_RSA, "its key is not an RSA key")                                                    \
    X(KEY_BITS, "its key has %1 bits, %2 to %3 are needed")                                        \
    /* The client certificate. */                                                                  \
    X(NO_IDENTITY, "this build shows no client certificate (SYMFEED_CERTIFICATE_SIGN_IN)")         \
    X(NO_CERTIFICATE, "there is no certificate in it (PEM)")                                       \
    X(MANY_CERTIFICATES, "there are too many certificates in it")                                  \
    X(UNKNOWN_CERTIFICATE, "a certificate in it is damaged, or of an unsupported kind")            \
    X(LARGE_CERTIFICATE, "it is damaged, or holds something too large")                            \
    X(LONG_CHAIN, "its certificates take %1 bytes of a record, which may have %2: raise "          \
                  "SYMFEED_TLS_RECORD_OUT")                                                        \
    X(OTHER_KEY, "its key is not that of the certificate (which must come first in its file)")     \
    X(KEY_ALONE, "there is a client certificate's key, but no certificate")                        \
    /* The authorities. */                                                                         \
    X(NO_BUNDLE,                                                                                   \
      "the system has no CA bundle in any of the usual places: install ca-certificates or name a " \
      "PEM file of trusted CAs")                                                                   \
    X(NO_AUTHORITY, "there is no certificate in it")                                               \
    X(NO_KNOWN_AUTHORITY, "no certificate in it can be read")                                      \
    /* The part of a certificate that mbedTLS cannot read. */                                      \
    X(HAS_CONSTRAINTS, "critical name or policy constraints")                                      \
    X(HAS_EXTENSION, "an unknown or malformed extension")                                          \
    X(HAS_RSA_PSS, "RSA-PSS, which takes SYMFEED_TLS_RSA_PSS")                                     \
    X(HAS_OTHER, "its algorithms or its form")                                                     \
    /* The server's certificate. */                                                                \
    X(CLOCK_NOT_SET, "its dates cannot be checked, the clock is not set")                          \
    X(EXPIRED, "it has expired")                                                                   \
    X(NOT_YET_VALID, "it is not yet valid")                                                        \
    X(OTHER_NAME, "it is issued for another name than %s")                                         \
    X(UNKNOWN_AUTHORITY, "it is signed by an unknown authority")                                   \
    X(REVOKED, "it has been revoked")                                                              \
    X(NOT_SHOWN, "there is none")                                                                  \
    X(NOT_FOR_SERVER, "it is not issued for a server")                                             \
    X(WEAK_HASH, "its chain has a signature by SHA-1 or another weak hash")                        \
    X(WEAK_KEY, "its chain has a weak or unknown key")                                             \
    X(OTHER_PIN, "pin mismatch: the server's key is %p")                                           \
    X(NOT_ACCEPTED, "it was not accepted (%h)")                                                    \
    X(MANY_INTERMEDIATES, "the server's chain has more than %1 intermediate certificates")         \
    X(LONG_CERTIFICATES,                                                                           \
      "the server's certificates of %1 bytes are too long: have it send fewer than %2")            \
    X(LONG_CERTIFICATES_HERE,                                                                      \
      "the server's certificates of %1 bytes are too long for this build, raise "                  \
      "SYMFEED_TLS_RECORD_IN, which is %2")                                                        \
    /* TLS. */                                                                                     \
    X(WITHOUT_TLS, "this feed was set up without it")                                              \
    X(TLS_MEMORY, "there is no memory left for it")                                                \
    X(ARENA_FULL,                                                                                  \
      "memory of TLS is full: %1 of %2 bytes are taken, and %3 more are needed in one piece: "     \
      "raise SYMFEED_ARENA_SIZE")                                                                  \
    X(HUNG_UP, "the server hung up")                                                               \
    X(NOTHING_IN_COMMON, "no TLS version or cipher in common with the server")                     \
    X(UNKNOWN_NAME, "the server does not know this host name")                                     \
    X(NO_HTTP_1, "the server refused http/1.1 by ALPN")                                            \
    X(RENEGOTIATES, "the server wants to renegotiate: have it ask for a certificate at once")      \
    X(REFUSED_BY_ALERT, "the server refused it")                                                   \
    X(LONG_RECORD,                                                                                 \
      "a record of %1 bytes is too long for this build, raise SYMFEED_TLS_RECORD_IN, which is %2") \
    X(MESSAGE_IN_PIECES,                                                                           \
      "the server sends a message in pieces, which takes Mbed TLS 3.6.3 or a server that sends "   \
      "longer records")                                                                            \
    X(PSS_FAULT, "a signature was refused, a known fault of this Mbed TLS: next without TLS 1.3")  \
    X(TLS_ERROR, "%e")                                                                             \
    /* The server refused the client certificate, or needs one. */                                 \
    X(WANTS_CERTIFICATE, "the server wants a client certificate")                                  \
    X(SEEMS_TO_WANT_CERTIFICATE, "the server wants a client certificate, it seems")                \
    X(SEEMS_TO_REFUSE_CERTIFICATE, "the server refused the client certificate, it seems")          \
    X(CERTIFICATE_BAD, "it is damaged or wrongly signed")                                          \
    X(CERTIFICATE_KIND, "it is of the wrong kind")                                                 \
    X(CERTIFICATE_REVOKED, "it has been revoked")                                                  \
    X(CERTIFICATE_EXPIRED, "it has expired")                                                       \
    X(CERTIFICATE_NOT_ACCEPTED, "it was not accepted")                                             \
    X(CERTIFICATE_AUTHORITY, "its authority is not known there")                                   \
    X(CERTIFICATE_RIGHTS, "access is denied")                                                      \
    /* At the start. */                                                                            \
    X(OTHER_BUILD,                                                                                 \
      "header and library differ: build both from one version, with the same mbedTLS and sizes")   \
    X(NO_SIGN_IN, "nothing to sign in with: set %s")                                               \
    X(SMALL_MEMORY, "memory has %1 bytes, and this feed needs %2")                                 \
    X(NO_RANDOM,                                                                                   \
      "the system has no random numbers: getrandom() (Linux 3.17 or later) must be there and "     \
      "allowed")                                                                                   \
    X(NO_PIPE, "cannot create a pipe: raise the limit of open files")                              \
    X(SMALL_ARENA,                                                                                 \
      "mbedTLS needs memory: set arena and arena_size to at least %1 bytes, it has %2")            \
    X(OTHER_ARENA, "mbedTLS has an arena already: give the same one to all feeds")                 \
    X(TLS_CANNOT_START, "mbedTLS cannot start")                                                    \
    X(NO_PSA, "psa_crypto_init() failed")                                                          \
    X(BAD_PIN, "pin %1 is not base64 of a SHA-256: it takes 44 characters, the last of them =")    \
    /* Only a warning, of SYMFEED_REPORT_EXPOSED_FILE. */                                          \
    X(EXPOSED_FILE, "can be read by other users: chmod 600 would stop that")

#define SYMFEED_CAUSE_NAME_(name, words) SYMFEED_CAUSE_##name,
enum symfeed_port_cause {
    SYMFEED_CAUSE_NONE = 0,
    SYMFEED_CAUSE_BEFORE_FIRST = SYMFEED_CAUSE_FIRST - 1,
    SYMFEED_CAUSES(SYMFEED_CAUSE_NAME_) SYMFEED_CAUSE_END
};
#undef SYMFEED_CAUSE_NAME_

#ifdef __cplusplus
}
#endif

#endif
