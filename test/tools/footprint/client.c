/* SPDX-License-Identifier: Apache-2.0 */
/* client.c - the memory of the command line program: its port by part, mbedTLS's record buffers,
 * and how large a feed it makes. */
/* Members that mbedTLS calls private are what its own headers are about. */
#define MBEDTLS_ALLOW_PRIVATE_ACCESS

#include "../../../examples/symfeed/options.h"
#include "figure.h"
#include "symfeed_posix.h"

#include <../library/ssl_misc.h>

FIGURE(posix, sizeof(struct symfeed_posix));
FIGURE(posix_port, sizeof(struct symfeed_port));
FIGURE(posix_connection, sizeof(struct symfeed_socket));
FIGURE(posix_pem, sizeof(struct symfeed_pem));
FIGURE(posix_tls, sizeof(struct symfeed_tls));
FIGURE(tls_config, sizeof(mbedtls_ssl_config));
FIGURE(tls_ssl, sizeof(mbedtls_ssl_context));
FIGURE(tls_trust, sizeof(struct symfeed_trust));
FIGURE(tls_identity, sizeof(struct symfeed_identity));
FIGURE(tls_pins, sizeof(struct symfeed_pins));
FIGURE(tls_peers, sizeof(struct symfeed_session_cache));
FIGURE(record_in, MBEDTLS_SSL_IN_BUFFER_LEN);
FIGURE(record_out, MBEDTLS_SSL_OUT_BUFFER_LEN);
FIGURE(arena, SYMFEED_ARENA_SIZE);
FIGURE(window, SYMFEED_CLIENT_WINDOW);
FIGURE(tokens, SYMFEED_CLIENT_TOKENS);
#ifdef SYMFEED_KEY_SIGN_IN
FIGURE(key_sign_in, SYMFEED_KEY_SIGN_IN);
#else
FIGURE(key_sign_in, SYMFEED_SIGN_IN);
#endif
FIGURE(client_memory, SYMFEED_MEMORY(SYMFEED_CLIENT_WINDOW, SYMFEED_CLIENT_TOKENS));
