/* SPDX-License-Identifier: Apache-2.0 */
/* jwt.c - see jwt.h. */
#include "feed/jwt.h"

#include "util/base64.h"
#include "util/bytes.h"

#if SYMFEED_KEY_SIGN_IN

/* Bytes of the longest signature: an RSA key of 4096 bits. */
#define SIGNATURE_MAX 512

/* --- the JWT ------------------------------------------------------------------------------ */

/* base64url of {"alg":"RS512"}, and the dot. */
static const char header[] = "eyJhbGciOiJSUzUxMiJ9.";

static void put_text(struct base64 *base64, const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        symfeed_base64_put(base64, (unsigned char)text[i]);
    }
}

/* The user's name as JSON text: it has no control characters, that was checked. */
static void put_user(struct base64 *base64, struct text user)
{
    for (size_t i = 0; i < user.size; i++) {
        if (user.at[i] == '"' || user.at[i] == '\\') {
            symfeed_base64_put(base64, '\\');
        }
        symfeed_base64_put(base64, (unsigned char)user.at[i]);
    }
}

static void put_number(struct base64 *base64, uint32_t number)
{
    char digits[SYMFEED_DIGITS];

    put_text(base64, digits, symfeed_bytes_digits(number, digits));
}

/* Header and claims, which are what is signed. Answers their size. The random id makes a JWT
 * another one than that of the call before, within the same second too: each is good for one call.
 */
static size_t write_claims(const struct symfeed_port *port, struct text user, uint32_t now,
                           char *out)
{
    struct base64 base64;
    uint32_t id = 0;

    port->random(port->context, &id, sizeof id);
    memcpy(out, header, sizeof header - 1);
    symfeed_base64_begin(&base64, true, out + sizeof header - 1);
    put_text(&base64, "{\"sub\":\"", 8);
    put_user(&base64, user);
    put_text(&base64, "\",\"exp\":", 8);
    put_number(&base64, now + SYMFEED_JWT_LIFE);
    put_text(&base64, ",\"jti\":\"", 8);
    put_number(&base64, id);
    put_text(&base64, "\"}", 2);
    symfeed_base64_end(&base64);
    return sizeof header - 1 + base64.size;
}

bool symfeed_jwt_write(const struct symfeed_port *port, struct text user, uint32_t now, char *out,
                       size_t room)
{
    struct base64 base64;
    size_t size = write_claims(port, user, now, out);
    /* The signature is put at the buffer's end, from where it is encoded towards the front: what is
     * written never reaches what is still to be read, since SYMFEED_JWT_ROOM has 43 bytes to
     * spare. */
    const unsigned char *signature = (unsigned char *)out + room - SIGNATURE_MAX;
    int signed_size = port->sign(port->context, out, size,
                                 (unsigned char *)out + room - SIGNATURE_MAX, SIGNATURE_MAX);

    if (signed_size <= 0 || signed_size > SIGNATURE_MAX) {
        return false;
    }
    out[size++] = '.';
    symfeed_base64_begin(&base64, true, out + size);
    for (int i = 0; i < signed_size; i++) {
        symfeed_base64_put(&base64, signature[i]);
    }
    symfeed_base64_end(&base64);
    size += base64.size;
    symfeed_bytes_wipe(out + size, room - size);
    return true;
}

#endif

/* --- answers ------------------------------------------------------------------------------ */

#if SYMFEED_SIGN_IN

bool symfeed_jwt_is_simplified(const char *token, struct batch *batch, char *window,
                               size_t window_size, struct symfeed_json_tokens *tokens)
{
    static const hash_word no_key[2] = {0, 0}; /* the hash is of no interest here */
    struct base64 base64 = {true, 0, 0, NULL, 0};
    struct symfeed_value value = {SYMFEED_ABSENT, NULL, 0};
    enum batch_result result = BATCH_MORE;

    while (*token != '\0' && *token != '.') {
        token++;
    }
    symfeed_batch_init(batch, BATCH_OBJECT, window, window_size, tokens->room, NULL, 0, no_key);
    while (*token != '\0' && result == BATCH_MORE) {
        int decoded = symfeed_base64_get(&base64, *++token);
        unsigned char byte = (unsigned char)decoded;
        size_t taken = 0;

        if (decoded == SYMFEED_BASE64_BAD) {
            return false;
        }
        if (decoded != SYMFEED_BASE64_MORE) {
            result = symfeed_batch_feed(batch, &byte, 1, &taken);
        }
    }
    if (result != BATCH_ELEMENT || batch->malformed) {
        return false;
    }
    symfeed_tokens_split(window, batch->size, tokens);
    value = symfeed_tokens_find(window, tokens, "canUseSimplifiedKeyDelivery");
    return value.kind == SYMFEED_BOOLEAN && *value.text == 't';
}

bool symfeed_jwt_is_recent(const char *version)
{
    uint32_t parts[2] = {0, 0}; /* year and month */

    while (*version != '\0' && !bytes_is_digit((unsigned char)*version)) {
        version++;
    }
    for (unsigned i = 0; i < 2; i++) {
        for (; bytes_is_digit((unsigned char)*version) && parts[i] < 100000; version++) {
            parts[i] = parts[i] * 10 + (uint32_t)(*version - '0');
        }
        version += *version == '.' ? 1 : 0;
    }
    return parts[0] > 24 || (parts[0] == 24 && parts[1] >= 12);
}

#else

/* ISO C wants something in every file. */
typedef int auth_is_left_out;

#endif
