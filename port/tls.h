/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tls.h - one TLS client connection over one socket, by mbedTLS 2.28 or 3.6.
 *
 * May know: mbedTLS, socket.h below it, the wall clock. Knows nothing of HTTP or the feed.
 *
 * Promises
 *  - The server's chain, name and validity are always verified; there is no switch to turn that
 *    off. TLS 1.2 at least, no renegotiation, "http/1.1" offered by ALPN.
 *  - A host that is an address is matched against the certificate's addresses (iPAddress) and
 *    nothing else, and is not sent as a server name (RFC 6066, 3).
 *    A library with the fault of 3.6.6 is led around it: a server of TLS 1.2 that signs with
 *    RSA-PSS is reached with the second handshake.
 *  - No call waits. What cannot be done at once is called again with the same arguments.
 *  - The last session is kept for the next connection to the same host and port, and is forgotten
 *    after a failure that resuming it might be the cause of.
 *  - mbedTLS takes what it needs from its own allocator: the authorities for as long as this
 *    lives, a connection's buffers from symfeed_tls_secure() to symfeed_tls_close().
 */
#ifndef SYMFEED_TLS_H
#define SYMFEED_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mbedtls/ssl.h>
#include <mbedtls/x509_crt.h>

#include "socket.h"
#include "symfeed_port.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A TLS client. All members are the functions' below. Stays where it was initialised: mbedTLS
 * keeps pointers into it. */
struct symfeed_tls {
    struct symfeed_socket *connection; /* below; not owned. Its `reason` takes the failures */
    mbedtls_ssl_config config;
    mbedtls_x509_crt authorities;
    mbedtls_ssl_context ssl;
    mbedtls_ssl_session session;
    const char *protocols[2]; /* for ALPN; mbedTLS keeps the pointer */
    bool usable;              /* authorities are loaded */
    bool active;              /* ssl is set up for this connection */
    bool secured;             /* the handshake is done and nothing has failed since */
    bool session_saved;       /* session is one of host and port */
    bool without_1_3;         /* TLS 1.2 at most in the next handshake: see tls.c */
    bool certificate_seen; /* this handshake has verified a certificate: it is not a resumed one */
    char host[254];        /* whom ssl talks to, NUL-terminated */
    uint16_t port;
    unsigned char address[16]; /* host as an address, in network order */
    size_t address_size;       /* bytes at address: 4, 16, or 0 where host is a name */
};

/* Prepares a client over `connection`, which stays valid as long as `tls`. `ca_file`: PEM file of
 * the authorities to trust; NULL: the system's bundle, looked for in the usual places.
 * 0; or -1 (mbedTLS cannot start) or -2 (there is no authority to trust) with one line in `error`
 * (cut to `size` bytes, NUL included) that says how to mend it. symfeed_tls_free() is due either
 * way. */
int symfeed_tls_init(struct symfeed_tls *tls, struct symfeed_socket *connection,
                     const char *ca_file, char *error, size_t size);

/* Makes a client that trusts nobody: symfeed_tls_secure() always fails. For a feed that is to go
 * without TLS. symfeed_tls_free() is not needed, and does no harm. */
void symfeed_tls_init_unusable(struct symfeed_tls *tls, struct symfeed_socket *connection);

/* Goes on with the handshake; begins it where it has not begun. 0: done, 1: done by resuming the
 * last session. SYMFEED_IO_WANT_READ, SYMFEED_IO_WANT_WRITE, SYMFEED_IO_FAILED. */
int symfeed_tls_secure(struct symfeed_tls *tls, const struct symfeed_endpoint *endpoint);

/* Sends at most `size` bytes, after the handshake. Above 0: bytes taken. After a WANT_* the same
 * bytes must be given again: mbedTLS may have encrypted them already. SYMFEED_IO_WANT_READ,
 * SYMFEED_IO_WANT_WRITE, SYMFEED_IO_FAILED. */
int symfeed_tls_send(struct symfeed_tls *tls, const void *data, size_t size);

/* Receives at most `size` bytes, after the handshake. Above 0: bytes received; 0: the peer has
 * ended the stream, with or without a close_notify. mbedTLS may hold decrypted bytes that poll()
 * does not know of: call again until SYMFEED_IO_WANT_READ before waiting. SYMFEED_IO_WANT_READ,
 * SYMFEED_IO_WANT_WRITE, SYMFEED_IO_FAILED. */
int symfeed_tls_recv(struct symfeed_tls *tls, void *data, size_t size);

/* Says good-bye if that can be done at once, and gives back the connection's memory. The socket
 * stays open. No effect where there is no connection. */
void symfeed_tls_close(struct symfeed_tls *tls);

/* Gives back all memory, the saved session included. */
void symfeed_tls_free(struct symfeed_tls *tls);

/* Gives back what mbedTLS keeps for the whole process; see symfeed_posix_finish(). */
void symfeed_tls_finish(void);

/* Writes name and version of the TLS library in use, such as "mbed TLS 2.28.3", to `out` of `size`
 * bytes, cut where it does not fit and NUL-terminated. */
void symfeed_tls_version(char *out, size_t size);

#ifdef __cplusplus
}
#endif

#endif
