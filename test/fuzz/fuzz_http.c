/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_http.c - any bytes as an answer, read whole and byte by byte: both must give the same status
 * and the same body, and no byte is taken twice or left out.
 */
#include <stdlib.h>
#include <string.h>

#include "http.h"

#define LINE 64

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

struct outcome {
    enum http_result result;
    unsigned status;
    size_t body;
    uint32_t sum;
    uint32_t wait;
    bool close;
};

static void require(bool good)
{
    if (!good) {
        abort();
    }
}

static struct outcome run(const unsigned char *data, size_t size, size_t step)
{
    struct outcome outcome = {HTTP_MORE, 0, 0, 0, 0, false};
    char line[LINE];
    struct http http = {0};
    size_t at = 0;

    symfeed_http_init(&http, line, sizeof line);
    while (at < size && outcome.result != HTTP_DONE && outcome.result != HTTP_BAD) {
        size_t piece = size - at < step ? size - at : step;
        const unsigned char *body = NULL;
        size_t taken = 0;
        size_t count = 0;

        outcome.result = symfeed_http_feed(&http, data + at, piece, &taken, &body, &count);
        require(taken <= piece);
        if (outcome.result == HTTP_BODY) {
            require(count > 0 && body >= data + at && body + count == data + at + taken);
            for (size_t i = 0; i < count; i++) {
                outcome.sum = outcome.sum * 31 + body[i];
            }
            outcome.body += count;
        } else {
            require(outcome.result != HTTP_MORE || taken == piece);
        }
        at += taken;
    }
    outcome.status = http.status;
    outcome.close = http.close;
    outcome.wait = symfeed_http_retry_after(&http, 1000000000);
    /* The end shows with the last byte or with the call behind it. */
    if (outcome.result == HTTP_BODY && symfeed_http_ends(&http) && !http.close) {
        outcome.result = HTTP_DONE;
    }
    return outcome;
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    struct outcome whole = run(data, size, size + 1);
    struct outcome bytes = run(data, size, 1);

    require(whole.status == bytes.status && whole.body == bytes.body && whole.sum == bytes.sum &&
            whole.wait == bytes.wait && whole.close == bytes.close &&
            (whole.result == HTTP_BAD) == (bytes.result == HTTP_BAD));
    return 0;
}
