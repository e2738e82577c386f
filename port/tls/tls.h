/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tls.h - one TLS client connection over one socket, by mbedTLS 2.28, 3.6 or 4.x.
 *
 * Depends on: mbedTLS, the socket below it, and the files that each do a part of its work: trust,
 * identity, pins, peers, explain, library. Knows nothing of HTTP or the feed.
 */
#ifndef SYMFEED_TLS_H
#define SYMFEED_TLS_H

/*
 * Guarantees
 *  - The server's chain, name and validity are always verified; there is no switch to turn that
 *    off. TLS 1.2 at least, no renegotiation, "http/1.1" offered by ALPN.
 *  - A host that is an address is matched against the certificate's addresses (iPAddress) and
 *    nothing else, and is not sent as a server name (RFC 6066, 3).
 *  - With pins, a server's key must be one of them besides.
 *  - No call waits. What cannot be done at once is called again with the same arguments.
 *  - The last session of each of some servers is kept for the next connection to the same host and
 *    port. It is forgotten when a handshake that offered it does not succeed, for whatever reason,
 *    when nothing comes on the connection that it resumed, after any other failure that it might be
 *    the cause of, and when the files of the authorities or of the client certificate change. A
 *    session that is kept comes from a handshake in which chain, name and pins were good.
 *  - The client certificate's key is in memory only while a handshake goes on.
 *  - mbedTLS takes what it needs from its own allocator: a connection's buffers from
 *    symfeed_tls_secure() to symfeed_tls_close(); the few authorities that were needed and the
 *    sessions for as long as this lives.
 *  - A library with the fault of 3.6.6 and 4.1.0 is led around it: a server of TLS 1.2 that signs
 * with RSA-PSS is reached with the second handshake, which is asked for at once.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mbedtls/ssl.h>
#include <mbedtls/x509_crt.h>

#include "net/socket.h"
#include "symfeed_port.h"
#include "tls/identity.h"
#include "tls/pem.h"
#include "tls/pins.h"
#include "tls/session_cache.h"
#include "tls/trust.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What a client is to use; the members as in struct symfeed_posix_config, and as long valid. */
struct symfeed_tls_config {
    const char *ca_file;
    const char *certificate_file;
    const char *certificate_key_file;
    const char *const *pins;
    size_t pin_count;
};

/* What symfeed_tls_init() answers. */
enum symfeed_tls_status {
    SYMFEED_TLS_OK = 0,
    SYMFEED_TLS_BAD_SYSTEM = -1,      /* mbedTLS cannot start */
    SYMFEED_TLS_BAD_CA = -2,          /* there is no authority to trust */
    SYMFEED_TLS_BAD_CERTIFICATE = -3, /* of the client */
    SYMFEED_TLS_BAD_CERTIFICATE_KEY = -4,
    SYMFEED_TLS_BAD_PIN = -5
};

/* A TLS client. All members are the functions' below. Stays where it was initialised: mbedTLS
 * keeps pointers into it. */
struct symfeed_tls {
    struct symfeed_socket *connection; /* below; not owned. Its `failure` takes those of TLS */
    mbedtls_ssl_config config;         /* made anew for each connection */
    mbedtls_ssl_context ssl;
    struct symfeed_trust trust;
    struct symfeed_identity identity;
    struct symfeed_pins pins;
    struct symfeed_session_cache peers;
    struct symfeed_peer *peer; /* whom ssl talks to, one of peers */
    char host[254];            /* its name, NUL-terminated */
    const char *protocols[2];  /* for ALPN; mbedTLS keeps the pointer */
    bool usable;               /* symfeed_tls_init() has succeeded */
    bool active;               /* ssl and config are set up for this connection */
    bool secured;              /* the handshake is done and nothing has failed since */
    bool offered;              /* the peer's session was, and nothing has come since */
    bool certificate_seen;     /* this handshake has verified one: it is not a resumed one */
    unsigned reads_left;       /* what the call at hand may still read from the socket */
    uint32_t flags;            /* what mbedTLS held against the chain above the certificate */
    int trust_error;           /* errno of the authorities' file, where it could not be read */
    char wrong_pin[SYMFEED_PIN_TEXT_SIZE]; /* the pin that the server's key would need */
    unsigned char address[16];             /* host as an address, in network order */
    size_t address_size;                   /* bytes at address: 4, 16, or 0 where host is a name */
};

/* Prepares a client over `connection`, which stays valid as long as `tls`, as does `pem`, through
 * which all files are read. Looks at each file once, keeps none. One of enum symfeed_tls_status;
 * other than 0 with the cause in the connection's `failure`. symfeed_tls_free() is due either way.
 */
int symfeed_tls_init(struct symfeed_tls *tls, struct symfeed_socket *connection,
                     struct symfeed_pem *pem, const struct symfeed_tls_config *config);

/* Makes a client that trusts nobody: symfeed_tls_secure() always fails. For a feed that is to go
 * without TLS. symfeed_tls_free() is not needed, and does no harm. */
void symfeed_tls_init_unusable(struct symfeed_tls *tls, struct symfeed_socket *connection,
                               struct symfeed_pem *pem);

/* Goes on with the handshake; begins it where it has not begun. 0: done, 1: done by resuming the
 * last session with this host and port. SYMFEED_IO_WANT_READ, SYMFEED_IO_WANT_WRITE, or the cause;
 * SYMFEED_IO_AGAIN where the next handshake is another one: without the session or TLS 1.3 that
 * this one offered. */
int symfeed_tls_secure(struct symfeed_tls *tls, const struct symfeed_endpoint *endpoint);

/* Sends at most `size` bytes, after the handshake. Above 0: bytes taken. After a WANT_* the same
 * bytes must be given again: mbedTLS may have encrypted them already. SYMFEED_IO_WANT_READ,
 * SYMFEED_IO_WANT_WRITE, or the cause. */
int symfeed_tls_send(struct symfeed_tls *tls, const void *data, size_t size);

/* Receives at most `size` bytes, after the handshake. Above 0: bytes received; 0: the peer has
 * ended the stream, with or without a close_notify. mbedTLS may hold decrypted bytes that poll()
 * does not know of: call again until SYMFEED_IO_WANT_READ before waiting, which is answered only
 * where nothing is there; after many records without data SYMFEED_IO_WANT_WRITE comes in between.
 * SYMFEED_IO_WANT_READ, SYMFEED_IO_WANT_WRITE, or the cause. */
int symfeed_tls_recv(struct symfeed_tls *tls, void *data, size_t size);

/* Says good-bye if that can be done at once, and gives back the connection's memory. The socket
 * stays open. No effect where there is no connection. */
void symfeed_tls_close(struct symfeed_tls *tls);

/* Gives back all memory, the saved sessions included. */
void symfeed_tls_free(struct symfeed_tls *tls);

/* Gives back what mbedTLS keeps for the whole process; see symfeed_posix_finish(). */
void symfeed_tls_finish(void);

/* Whether the TLS library speaks TLS 1.3 besides TLS 1.2. */
bool symfeed_tls_speaks_1_3(void);

/* Writes name and version of the TLS library in use, such as "mbed TLS 2.28.3", to `out` of `size`
 * bytes, cut where it does not fit and NUL-terminated. */
void symfeed_tls_version(char *out, size_t size);

#ifdef __cplusplus
}
#endif

#endif
