/* SPDX-License-Identifier: Apache-2.0 */
/* jwt.c - see jwt.h. */
#include "feed/jwt.h"

#include "json/tokens.h"
#include "util/base64.h"
#include "util/bytes.h"

#if SYMFEED_KEY_SIGN_IN

/* Bytes of the longest signature: an RSA key of 4096 bits. */
#define SIGNATURE_MAX 512

/* --- the JWT ------------------------------------------------------------------------------ */

/* base64url of {"alg":"RS512"}, and the dot. */
static const char header[] = "eyJhbGciOiJSUzUxMiJ9.";

/* A template of request.c. The trace id makes a JWT another one than that of the call before,
 * within the same second too: each is good for one call. */
static const char claims[] = "{\"sub\":\"%q\",\"exp\":%n,\"jti\":\"%x\"}";

static void put(struct base64 *base64, const void *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        symfeed_base64_put(base64, ((const unsigned char *)bytes)[i]);
    }
}

/* Header and claims, which are what is signed. Answers where they end. */
static char *write_claims(struct request *request, const struct symfeed_port *port, uint32_t now,
                          char *out)
{
    struct base64 base64;
    char character[3];
    size_t size = 0;

    memcpy(out, header, sizeof header - 1);
    symfeed_base64_begin(&base64, true, out + sizeof header - 1);
    symfeed_request_start(request, port, claims);
    request->length_size = (uint8_t)symfeed_bytes_digits(now + SYMFEED_JWT_LIFE, request->length);
    do {
        size = symfeed_request_next(request, character);
        put(&base64, character, size);
    } while (size > 0);
    symfeed_base64_end(&base64);
    return base64.out;
}

int symfeed_jwt_write(struct request *request, const struct symfeed_port *port, uint32_t now,
                      char *out)
{
    struct base64 base64;
    char *end = write_claims(request, port, now, out);
    /* The signature is put at the room's end, from where it is encoded towards the front: what is
     * written never reaches what is still to be read, since SYMFEED_JWT_ROOM has 43 bytes to
     * spare. */
    unsigned char *signature = (unsigned char *)out + SYMFEED_JWT_ROOM - SIGNATURE_MAX;
    int size = port->sign(port->context, out, (size_t)(end - out), signature, SIGNATURE_MAX);

    if (size <= 0 || size > SIGNATURE_MAX) {
        return size < 0 ? size : SYMFEED_IO_FAILED;
    }
    *end++ = '.';
    symfeed_base64_begin(&base64, true, end);
    put(&base64, signature, (size_t)size);
    symfeed_base64_end(&base64);
    symfeed_bytes_wipe(base64.out, (size_t)(out + SYMFEED_JWT_ROOM - base64.out));
    return 0;
}

#endif

/* --- answers ------------------------------------------------------------------------------ */

#if SYMFEED_SIGN_IN

bool symfeed_jwt_is_simplified(const char *token, struct batch *batch, char *window,
                               size_t window_size, struct symfeed_json_tokens *tokens)
{
    static const uint32_t no_key[2] = {0, 0}; /* the hash is of no interest here */
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

/* Reads a number, of which more than 100000 is not told apart, and goes behind it. */
static uint32_t read_number(const char **text)
{
    uint32_t number = 0;

    for (; bytes_is_digit((unsigned char)**text) && number < 100000; ++*text) {
        number = number * 10 + (uint32_t)(**text - '0');
    }
    return number;
}

bool symfeed_jwt_is_recent(const char *version)
{
    uint32_t year = 0;

    while (*version != '\0' && !bytes_is_digit((unsigned char)*version)) {
        version++;
    }
    year = read_number(&version);
    version += *version == '.' ? 1 : 0;
    return year > 24 || (year == 24 && read_number(&version) >= 12);
}

#endif
