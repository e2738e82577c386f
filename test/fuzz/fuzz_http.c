/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_http.c - any bytes as an answer, read whole and byte by byte: both must give the same status
 * and the same body, and no byte is taken twice or left out.
 */
#include "fuzz.h"

#include "http/response.h"

#define LINE 64

struct outcome {
    enum response_result result;
    unsigned status;
    size_t body;
    uint32_t sum;
    uint32_t wait;
    bool close;
    bool contradicts;
};

static struct outcome run(const unsigned char *data, size_t size, size_t step)
{
    struct outcome outcome = {RESPONSE_MORE, 0, 0, 0, 0, false, false};
    char line[LINE];
    struct response response = {0};
    size_t at = 0;

    symfeed_response_init(&response, line, sizeof line);
    while (at < size && outcome.result != RESPONSE_DONE && outcome.result != RESPONSE_BAD) {
        size_t piece = size - at < step ? size - at : step;
        size_t taken = 0;

        outcome.result = symfeed_response_feed(&response, data + at, piece, &taken);
        require(taken <= piece);
        if (outcome.result == RESPONSE_BODY) {
            require(response.body_size > 0 && response.body_size <= taken);
            for (size_t i = taken - response.body_size; i < taken; i++) {
                outcome.sum = outcome.sum * 31 + data[at + i];
            }
            outcome.body += response.body_size;
        } else {
            require(outcome.result != RESPONSE_MORE || taken == piece);
        }
        at += taken;
    }
    outcome.status = response.status;
    outcome.close = response.close;
    outcome.contradicts = response.contradicts;
    outcome.wait = symfeed_response_retry_after(&response, 1000000000);
    /* The end shows with the last byte or with the call behind it. */
    if (outcome.result == RESPONSE_BODY && symfeed_response_ends(&response) && !response.close) {
        outcome.result = RESPONSE_DONE;
    }
    return outcome;
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    struct outcome whole = run(data, size, size + 1);
    struct outcome bytes = run(data, size, 1);

    require(whole.status == bytes.status && whole.body == bytes.body && whole.sum == bytes.sum &&
            whole.wait == bytes.wait && whole.close == bytes.close &&
            whole.contradicts == bytes.contradicts &&
            (whole.result == RESPONSE_BAD) == (bytes.result == RESPONSE_BAD));
    return 0;
}
