/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_claims.c - any bytes as a session token, and as the claims of one: the answer is the same in
 * a room of its own each time. Any bytes as the version of an agent.
 *
 * The input: a byte for window and token table, then the token or the claims.
 */
#include "fuzz.h"

#include "feed/jwt.h"
#include "util/base64.h"

static bool is_simplified(const char *token, size_t window_size, size_t table)
{
    char *window = malloc(window_size);
    void *memory = malloc(table * SYMFEED_JSON_TOKEN_SIZE);
    struct symfeed_json_tokens tokens = {memory, table, 0, NULL, NULL};
    struct batch batch;
    bool simplified = symfeed_jwt_is_simplified(token, &batch, window, window_size, &tokens);

    free(window);
    free(memory);
    return simplified;
}

/* There is a "true" in it at least. */
static bool may_be_simplified(const unsigned char *claims, size_t size)
{
    for (size_t i = 0; i + 4 <= size; i++) {
        if (memcmp(claims + i, "true", 4) == 0) {
            return true;
        }
    }
    return false;
}

static void as_claims(const unsigned char *data, size_t size, size_t window, size_t table)
{
    char *token = malloc(SYMFEED_BASE64_SIZE(size) + 4);
    struct base64 base64;
    struct base64 back = {true, 0, 0, NULL};
    size_t encoded = 0;
    size_t at = 0;

    token[0] = 'h';
    token[1] = '.';
    symfeed_base64_begin(&base64, true, token + 2);
    for (size_t i = 0; i < size; i++) {
        symfeed_base64_put(&base64, data[i]);
    }
    encoded = (size_t)(symfeed_base64_end(&base64) - token) - 2;
    require(encoded <= SYMFEED_BASE64_SIZE(size));
    token[2 + encoded] = '.';
    token[3 + encoded] = '\0';
    for (size_t i = 0; i < encoded; i++) {
        int byte = symfeed_base64_get(&back, token[2 + i]);

        require(byte == SYMFEED_BASE64_MORE || (at < size && byte == data[at++]));
    }
    require(at == size);
    require(!is_simplified(token, window, table) || may_be_simplified(data, size));
    free(token);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    size_t window = 0;
    size_t table = 0;
    char *text = NULL;

    if (size == 0) {
        return 0;
    }
    window = SYMFEED_WINDOW_MIN + (data[0] & 15u) * 64u;
    table = SYMFEED_JSON_TOKENS_MIN + (data[0] >> 4) * 8u;
    text = malloc(size);
    memcpy(text, data + 1, size - 1);
    text[size - 1] = '\0';
    (void)is_simplified(text, window, table);
    (void)symfeed_jwt_is_recent(text);
    as_claims(data + 1, size - 1, window, table);
    free(text);
    return 0;
}
