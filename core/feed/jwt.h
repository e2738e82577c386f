/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jwt.h - writes the JWT (RFC 7519, RS512) of a sign-in, and reads the answers. session.h has the
 * order of the calls.
 *
 * Depends on: request, batch, json, base64.
 * Guarantees: a JWT is written to the given buffer and nowhere else.
 */
#ifndef SYMFEED_JWT_H
#define SYMFEED_JWT_H

#include "event/batch.h"
#include "json/tokens.h"
#include "http/request.h"
#include "symfeed.h"

/* Seconds a JWT is good for: the vendor takes up to 300. */
#define SYMFEED_JWT_LIFE 240

/* Room that a JWT may need: its header; claims of 298 bytes with a user of SYMFEED_USER_MAX bytes
 * each of which is escaped; a signature of 512 bytes; two dots and a NUL. */
#define SYMFEED_JWT_ROOM 1152

/* Writes a fresh JWT for the agent's user, good from `now` (seconds since 1970), to `out` of at
 * least SYMFEED_JWT_ROOM bytes, and has the port sign it. The request lends its writer. Returns
 * 0, or the port's negative answer. */
int symfeed_jwt_write(struct request *request, const struct symfeed_port *port, uint32_t now,
                      char *out, size_t room);

/* Does this session token say in its claims that no key manager is needed? The batch, its window
 * and the token table are for working in. A token that cannot be read does not. */
bool symfeed_jwt_is_simplified(const char *token, struct batch *batch, char *window,
                               size_t window_size, struct symfeed_json_tokens *tokens);

/* Can an agent of this version, such as "Agent-24.12.3", do without key manager tokens? */
bool symfeed_jwt_is_recent(const char *version);

#endif
