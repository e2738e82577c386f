/* SPDX-License-Identifier: Apache-2.0 */
/* jwt.c - see jwt.h. */
#include "feed/jwt.h"

#include "util/base64.h"
#include "util/bytes.h"

#if SYMFEED_KEY_SIGN_IN

/* Longest signature, in bytes: that of an RSA key of 4096 bits. */
#define SIGNATURE_MAX 512

/* --- the JWT ------------------------------------------------------------------------------ */

/* base64url of {"alg":"RS512"} and the dot. */
static const char header[] = "eyJhbGciOiJSUzUxMiJ9.";

/* Encodes to base64url. Returns the characters written. */
static size_t encode(const char *bytes, size_t size, char *out)
{
    struct base64 base64;

    symfeed_base64_begin(&base64, true, out);
    for (size_t i = 0; i < size; i++) {
        symfeed_base64_put(&base64, (unsigned char)bytes[i]);
    }
    return (size_t)(symfeed_base64_end(&base64) - out);
}

int symfeed_jwt_write(struct request *request, const struct symfeed_port *port, uint32_t now,
                      char *out, size_t room)
{
    /* Claims and signature are first written at the end of the buffer and then encoded to its
     * front. The output never reaches unread input, because SYMFEED_JWT_ROOM has 48 spare bytes. */
    char *part = out + room - SIGNATURE_MAX;
    size_t size = sizeof header - 1;
    int answer = 0;

    memcpy(out, header, size);
    size += encode(
        part, symfeed_request_claims(request, port, now + SYMFEED_JWT_LIFE, part, SIGNATURE_MAX),
        out + size);
    answer = port->sign(port->context, out, size, (unsigned char *)part, SIGNATURE_MAX);
    if (answer <= 0 || answer > SIGNATURE_MAX) {
        return answer < 0 ? answer : SYMFEED_IO_FAILED;
    }
    out[size++] = '.';
    size += encode(part, (size_t)answer, out + size);
    symfeed_bytes_wipe(out + size, room - size);
    return 0;
}

#endif

/* --- answers ------------------------------------------------------------------------------ */

#if SYMFEED_SIGN_IN

bool symfeed_jwt_is_simplified(const char *token, struct batch *batch, char *window,
                               size_t window_size, struct symfeed_json_tokens *tokens)
{
    static const hash_word no_key[2] = {0, 0}; /* the hash is not used here */
    struct base64 base64 = {true, 0, 0, NULL};
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

/* Reads a number and moves *at after its digits, of which six are enough. */
static uint32_t number(const char **at)
{
    uint32_t number = 0;

    for (; bytes_is_digit((unsigned char)**at) && number < 100000; (*at)++) {
        number = number * 10 + (uint32_t)(**at - '0');
    }
    return number;
}

bool symfeed_jwt_is_recent(const char *version)
{
    uint32_t year = 0;

    while (*version != '\0' && !bytes_is_digit((unsigned char)*version)) {
        version++;
    }
    year = number(&version);
    version += *version == '.' ? 1 : 0;
    return year > 24 || (year == 24 && number(&version) >= 12);
}

#endif
