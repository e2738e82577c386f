/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tls.h - one TLS client connection over one socket, by mbedTLS 2.28, 3.6 or 4.x.
 *
 * Depends on: mbedTLS, net/socket.h, and the other files of this folder: trust, identity, pins,
 *   session_cache, errors, mbedtls.
 */
#ifndef SYMFEED_TLS_H
#define SYMFEED_TLS_H

/*
 * Guarantees
 *  - The server's chain, name and validity are always verified; no setting turns that off. TLS 1.2
 *    or newer, no renegotiation, "http/1.1" is offered by ALPN.
 *  - A host that is an address must match an address (iPAddress) of the certificate, and is not
 *    sent as a server name (RFC 6066, 3).
 *  - With pins, the server's key must also match one of them.
 *  - No function waits. After WANT_*, call it again with the same arguments.
 *  - The last session with each of SYMFEED_SESSION_CACHE_MAX servers is kept for the next
 *    connection to the same host and port. It comes from a handshake in which chain, name and pins
 *    were good. It is dropped if a handshake that offered it fails for any reason, if no byte
 *    arrives on the connection that it resumed, after any other failure that it may have caused,
 *    and if the file of the authorities or of the client certificate changes.
 *  - The client certificate's key is in memory only during a handshake.
 *  - mbedTLS allocates: the buffers of a connection from symfeed_tls_secure() to
 *    symfeed_tls_close(), sessions and needed authorities until symfeed_tls_free().
 *  - Mbed TLS 3.6.6 and 4.1.0 fail with a TLS 1.2 server that signs by RSA-PSS. The second
 *    handshake, which symfeed_tls_secure() requests at once, avoids that.
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

/* The configuration of a client. The members are those of struct symfeed_posix_config, and as long
 * valid. */
struct symfeed_tls_config {
    const char *ca_file;
    const char *certificate_file;
    const char *certificate_key_file;
    const char *const *pins;
    size_t pin_count;
};

/* What symfeed_tls_init() returns. */
enum symfeed_tls_status {
    SYMFEED_TLS_OK = 0,
    SYMFEED_TLS_BAD_SYSTEM = -1,      /* mbedTLS cannot start */
    SYMFEED_TLS_BAD_CA = -2,          /* no authority to trust */
    SYMFEED_TLS_BAD_CERTIFICATE = -3, /* the client's */
    SYMFEED_TLS_BAD_CERTIFICATE_KEY = -4,
    SYMFEED_TLS_BAD_PIN = -5
};

/* Bytes that are read from the socket before mbedTLS asks for them: a server sends some 160 to
 * resume a session of TLS 1.2. */
#define SYMFEED_TLS_AHEAD 160

/* A TLS client. All members are private. Do not move it: mbedTLS keeps pointers into it. */
struct symfeed_tls {
    struct symfeed_socket *connection; /* not owned. Its `failure` also records those of TLS */
    mbedtls_ssl_config config;         /* set up again for each connection */
    mbedtls_ssl_context ssl;
    struct symfeed_trust trust;
    struct symfeed_identity identity;
    struct symfeed_pins pins;
    struct symfeed_session_cache sessions;
    struct symfeed_peer *peer; /* the server of this connection, an entry of sessions */
    char host[254];            /* its name, NUL-terminated */
    const char *protocols[2];  /* for ALPN; mbedTLS keeps the pointer */
    bool usable;               /* symfeed_tls_init() has succeeded */
    bool active;               /* ssl and config are set up for this connection */
    bool secured;              /* the handshake is done and nothing has failed since */
    bool offered;              /* a session was offered, and no data has arrived since */
    bool certificate_seen;     /* this handshake verified a certificate: it is a full one */
    bool answer_due;           /* bytes were sent last: poll() before reading the answer */
    unsigned reads_left;       /* reads from the socket that the current call may still do */
    uint32_t flags;            /* mbedTLS's flags of the chain above the server's certificate */
    int trust_error;           /* errno if the file of authorities could not be read, or 0 */
    char wrong_pin[SYMFEED_PIN_TEXT_SIZE];  /* the pin of a server's key that matches no pin */
    unsigned char address[16];              /* host as an address, in network order */
    size_t address_size;                    /* bytes at address: 4 or 16; 0 if host is a name */
    uint16_t ahead_taken;                   /* bytes of ahead that mbedTLS has taken */
    uint16_t ahead_size;                    /* bytes after them that are left */
    unsigned char ahead[SYMFEED_TLS_AHEAD]; /* bytes from the socket, still encrypted */
};

/* Prepares a client over `connection`. `pem` reads all files; both must stay valid as long as
 * `tls`. Reads each file once to check it, and keeps nothing of it. Returns an enum
 * symfeed_tls_status; if it is not 0, the cause is in the connection's `failure`. Call
 * symfeed_tls_free() in both cases. */
int symfeed_tls_init(struct symfeed_tls *tls, struct symfeed_socket *connection,
                     struct symfeed_pem *pem, const struct symfeed_tls_config *config);

/* Makes a client for a feed without TLS: symfeed_tls_secure() always fails. symfeed_tls_free() may
 * be called, but is not needed. */
void symfeed_tls_init_unusable(struct symfeed_tls *tls, struct symfeed_socket *connection,
                               struct symfeed_pem *pem);

/* Starts the handshake, or continues it. Returns 0 when done, 1 when done by resuming the last
 * session with this host and port; SYMFEED_IO_WANT_READ, SYMFEED_IO_WANT_WRITE, or the cause;
 * SYMFEED_IO_AGAIN if the next handshake will differ: it offers no session, or no TLS 1.3. */
int symfeed_tls_secure(struct symfeed_tls *tls, const struct symfeed_endpoint *endpoint);

/* Sends at most `size` bytes, after the handshake. Returns the bytes accepted, above 0;
 * SYMFEED_IO_WANT_READ, SYMFEED_IO_WANT_WRITE, or the cause. After WANT_* the caller must give the
 * same bytes again: mbedTLS may have encrypted them already. */
int symfeed_tls_send(struct symfeed_tls *tls, const void *data, size_t size);

/* Receives at most `size` bytes, after the handshake. Returns the bytes received, above 0; 0 if the
 * peer closed the stream, with or without a close_notify; SYMFEED_IO_WANT_READ,
 * SYMFEED_IO_WANT_WRITE, or the cause. mbedTLS may hold decrypted bytes that poll() does not see,
 * so call it again until SYMFEED_IO_WANT_READ before waiting: that means that nothing is left. It
 * also comes once after a send, since poll() reports the answer. After many records without data it
 * returns SYMFEED_IO_WANT_WRITE in between. */
int symfeed_tls_recv(struct symfeed_tls *tls, void *data, size_t size);

/* Sends a close_notify if that is possible at once, and frees the connection's memory. Does not
 * close the socket. Has no effect without a connection. */
void symfeed_tls_close(struct symfeed_tls *tls);

/* Frees all memory, including the sessions. */
void symfeed_tls_free(struct symfeed_tls *tls);

/* Frees what mbedTLS keeps for the whole process; see symfeed_posix_finish(). */
void symfeed_tls_finish(void);

/* Returns whether mbedTLS supports TLS 1.3. */
bool symfeed_tls_speaks_1_3(void);

/* Writes name and version of the TLS library, such as "mbed TLS 2.28.3", to `out` of `size` bytes,
 * NUL-terminated, and cut if it does not fit. */
void symfeed_tls_version(char *out, size_t size);

#ifdef __cplusplus
}
#endif

#endif
