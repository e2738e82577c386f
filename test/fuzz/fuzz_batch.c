/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_batch.c - any bytes as a body: cut into elements, in two pieces and in one, and each element
 * looked into. What comes out well-formed must go through the scanner and through jsmn; in a build
 * without SYMFEED_JSON its brackets must match. Both ways must give the same.
 *
 * The input: a byte for shape, window and tokens, two for where the pieces meet, then the body.
 */
#include "fuzz.h"

#include "event/batch.h"
#include "json/tokens.h"

#define TOKENS   96
#define ACK_ROOM 40

struct outcome {
    uint64_t hashes;
    size_t elements;
    enum batch_result result;
    bool whole;
    unsigned ack_state;
    size_t ack_size;
    char ack[ACK_ROOM];
};

#if SYMFEED_JSON

/* What was noted on the way is what the tokens have. */
static void check_noted(const struct batch *batch, struct symfeed_json_tokens *tokens)
{
    const char *name = SYMFEED_NOTED_NAMES;

    for (size_t i = 0; i < SYMFEED_NOTED; i++) {
        struct symfeed_value value = symfeed_tokens_find(batch->window, tokens, name);

        require(batch->noted[i].kind == value.kind && batch->noted[i].text == value.text &&
                batch->noted[i].size == value.size);
        name += strlen(name) + 1;
    }
}

static void check_element(struct batch *batch)
{
    static unsigned char table[TOKENS * SYMFEED_JSON_TOKEN_SIZE + 16];
    struct symfeed_json_tokens tokens = {(void *)(((uintptr_t)table + 15) & ~(uintptr_t)15), TOKENS,
                                         0, NULL, NULL};
    struct scan scan;
    char text[64];

    require(batch->size <= batch->window_size && batch->tokens <= batch->max_tokens);
    if (batch->malformed) {
        return;
    }
    symfeed_scan_init(&scan);
    for (size_t i = 0; i < batch->size; i++) {
        require(symfeed_scan_byte(&scan, (unsigned char)batch->window[i]) < SCAN_DEEP);
    }
    require(scan.state == SCAN_IN_END);
    symfeed_tokens_split(batch->window, batch->size, &tokens);
    require(tokens.used > 0 && tokens.used <= batch->max_tokens);
    check_noted(batch, &tokens);
    (void)symfeed_string(symfeed_tokens_find(batch->window, &tokens, "payload.a.0"), text,
                         sizeof text);
    (void)symfeed_string(symfeed_tokens_find(batch->window, &tokens, "id"), text, sizeof text);
}

#else

/* Returns whether brackets and strings of the text end in their order, and with the text. */
static bool is_balanced(const char *text, size_t size)
{
    char open[SYMFEED_DEPTH + 1];
    size_t depth = 0;
    size_t deeper = 0;
    bool in_string = false;

    for (size_t i = 0; i < size; i++) {
        if (in_string) {
            in_string = text[i] != '"';
            i += text[i] == '\\' ? 1u : 0u;
        } else if (text[i] == '"') {
            in_string = true;
        } else if (text[i] == '{' || text[i] == '[') {
            if (depth < SYMFEED_DEPTH - 2) {
                open[depth++] = text[i] == '{' ? '}' : ']';
            } else {
                deeper++;
            }
        } else if (text[i] == '}' || text[i] == ']') {
            if (deeper > 0) {
                deeper--;
            } else if (depth == 0 || open[--depth] != text[i]) {
                return false;
            } else if (depth == 0) {
                return i + 1 == size;
            }
        }
    }
    return false;
}

/* An event is as it came. Of a feed in a list nothing but its id is kept, in place of the ackId. */
static void check_element(struct batch *batch)
{
    if (batch->shape != BATCH_ENVELOPE) {
        return;
    }
    require(batch->size <= batch->window_size && batch->size <= batch->bytes);
    require(batch->truncated ? batch->malformed && batch->size == batch->window_size
                             : batch->size == batch->bytes);
    require(batch->malformed || is_balanced(batch->window, batch->size));
}

#endif

/* Returns what tells one element from another. */
static uint64_t hash_of(struct batch *batch)
{
#if SYMFEED_DEDUP > 0
    return symfeed_hash_final(&batch->hash);
#else
    return batch->bytes;
#endif
}

static void feed(struct batch *batch, const unsigned char *data, size_t size,
                 struct outcome *outcome)
{
    size_t at = 0;

    while (at < size && outcome->result != BATCH_BROKEN) {
        size_t taken = 0;

        outcome->result = symfeed_batch_feed(batch, data + at, size - at, &taken);
        require(taken <= size - at && (taken > 0 || outcome->result != BATCH_MORE));
        at += taken;
        if (outcome->result == BATCH_ELEMENT) {
            check_element(batch);
            outcome->elements++;
            outcome->hashes = outcome->hashes * 31 + hash_of(batch);
        }
    }
}

static struct outcome run(unsigned char choice, const unsigned char *data, size_t size,
                          size_t first)
{
    static const hash_word key[2] = {1, 2};
    struct outcome outcome = {0};
    size_t room = SYMFEED_WINDOW_MIN + (choice & 0x30u) * 8u;
    char *window = malloc(room);
    struct batch batch;

    symfeed_batch_init(&batch, (enum batch_shape)((choice & 15u) % 5u), window, room,
                       SYMFEED_JSON_TOKENS_MIN + (choice >> 6) * 16u, outcome.ack,
                       sizeof outcome.ack, key);
    feed(&batch, data, first, &outcome);
    feed(&batch, data + first, size - first, &outcome);
    require(batch.ack_size <= sizeof outcome.ack);
    outcome.ack_state = batch.ack_state;
    outcome.ack_size = batch.ack_size;
    outcome.whole = outcome.result != BATCH_BROKEN && batch_is_whole(&batch);
    free(window);
    return outcome;
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    struct outcome one;
    struct outcome two;
    size_t first = 0;

    if (size < 3) {
        return 0;
    }
    first = ((size_t)data[1] << 8 | data[2]) % (size - 2);
    one = run(data[0], data + 3, size - 3, size - 3);
    two = run(data[0], data + 3, size - 3, first < size - 3 ? first : size - 3);
    require(one.elements == two.elements && one.hashes == two.hashes && one.whole == two.whole &&
            (one.result == BATCH_BROKEN) == (two.result == BATCH_BROKEN));
    require(one.ack_state == two.ack_state && one.ack_size == two.ack_size &&
            memcmp(one.ack, two.ack, one.ack_size) == 0);
    return 0;
}
