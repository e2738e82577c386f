/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_response.c - the reader of HTTP answers: each rule of the strict subset, with what keeps it
 * and what breaks it, and every answer cut at every position.
 */
#include "helpers.h"

#include "http/response.h"

#define ROOM 64

/* What became of an answer. */
struct reading {
    struct response response;
    struct buffer body;
    enum response_result result;
    size_t taken;
};

static bool take(void *context, const unsigned char *data, size_t size)
{
    struct reading *reading = (struct reading *)context;
    size_t at = 0;

    do {
        size_t taken = 0;

        reading->result = symfeed_response_feed(&reading->response, data + at, size - at, &taken);
        assert_true(taken <= size - at);
        if (reading->result == RESPONSE_BODY) {
            size_t body_size = reading->response.body_size;

            assert_true(body_size > 0 && body_size <= taken);
            add_bytes(&reading->body, (const char *)data + at + taken - body_size, body_size);
        } else if (reading->result == RESPONSE_MORE) {
            assert_int_equal(taken, size - at);
        }
        at += taken;
    } while (at < size && (reading->result == RESPONSE_BODY || reading->result == RESPONSE_MORE));
    reading->taken += at;
    return reading->result == RESPONSE_BODY || reading->result == RESPONSE_MORE;
}

/* Reads an answer and says in a line what came of it: BAD, or DONE, ENDS (complete when the
 * connection ends) or CUT, the status, whether to keep or close the connection or to doubt it, the
 * body, and how many bytes are left over.
 */
static void read_answer(const char *text, size_t size, uint16_t room, const struct split *split,
                        char *line, size_t line_size)
{
    struct reading reading;
    char buffer[256 + 1];
    size_t taken = 0;

    memset(&reading, 0, sizeof reading);
    memset(buffer, '!', sizeof buffer);
    symfeed_response_init(&reading.response, buffer, room);
    feed_pieces(text, size, split, take, &reading);
    if (reading.result == RESPONSE_BODY) {
        reading.result =
            symfeed_response_feed(&reading.response, (const unsigned char *)"", 0, &taken);
        assert_int_equal(taken, 0);
    }
    assert_int_equal(buffer[room], '!');
    if (reading.result == RESPONSE_BAD) {
        (void)snprintf(line, line_size, "BAD");
    } else {
        (void)snprintf(line, line_size, "%s %u %s [%s] +%u",
                       reading.result == RESPONSE_DONE            ? "DONE"
                       : symfeed_response_ends(&reading.response) ? "ENDS"
                                                                  : "CUT",
                       (unsigned)reading.response.status,
                       reading.response.contradicts ? "doubt"
                       : reading.response.close     ? "close"
                                                    : "keep",
                       reading.body.size > 0 ? reading.body.at : "",
                       (unsigned)(size - reading.taken));
    }
    drop(&reading.body);
}

static void expect_bytes(const char *text, size_t size, uint16_t room, const char *expected)
{
    struct split split = {0, 0, 0};
    char line[600];

    do {
        read_answer(text, size, room, &split, line, sizeof line);
        if (strcmp(line, expected) != 0) {
            fail_msg("cut at %u and %u, step %u:\n%s\nexpected: %s\ngot:      %s",
                     (unsigned)split.first, (unsigned)split.second, (unsigned)split.step, text,
                     expected, line);
        }
    } while (split_next(&split, size, 70));
}

static void expect(const char *text, const char *expected)
{
    expect_bytes(text, strlen(text), ROOM, expected);
}

/* An answer with this field, and a body of five bytes. */
static void expect_field(const char *field, const char *expected)
{
    char text[400];

    (void)snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\n%s\r\n\r\nhello", field);
    expect(text, expected);
}

static void expect_chunks(const char *body, const char *expected)
{
    char text[600];

    (void)snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%s",
                   body);
    expect(text, expected);
}

/* --- the status line ---------------------------------------------------------------------- */

static void good_status_lines_are_taken(void **state)
{
    (void)state;
    expect("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "DONE 200 keep [] +0");
    expect("HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n", "DONE 200 keep [] +0");
    expect("HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", "DONE 200 keep [] +0");
    expect("HTTP/1.1 404 Not Found, \xE4h\r\nContent-Length: 0\r\n\r\n", "DONE 404 keep [] +0");
    expect("HTTP/1.1 599 x\r\nContent-Length: 0\r\n\r\n", "DONE 599 keep [] +0");
    expect("HTTP/1.0 500 x\r\nContent-Length: 0\r\n\r\n", "DONE 500 close [] +0");
    expect("HTTP/1.1 200 a reason that is longer by far than the line buffer, which is small\r\n"
           "Content-Length: 0\r\n\r\n",
           "DONE 200 keep [] +0");
}

static void bad_status_lines_are_refused(void **state)
{
    static const char *const lines[] = {"HTTP/1.1 20",
                                        "HTTP/1.1 2000 OK",
                                        "HTTP/1.1 200OK",
                                        "HTTP/1.1  200 OK",
                                        "HTTP/1.1\t200 OK",
                                        "HTTP/1.1 2x0 OK",
                                        "HTTP/1.1 -20 OK",
                                        "HTTP/1.1 099 OK",
                                        "HTTP/1.1 000 OK",
                                        "HTTP/1.1 600 OK",
                                        "HTTP/1.1 999 OK",
                                        "HTTP/1.2 200 OK",
                                        "HTTP/2.0 200 OK",
                                        "HTTP/2 200 OK  ",
                                        "HTTP/11 200 OK ",
                                        "HTTP/1.1",
                                        "http/1.1 200 OK",
                                        " HTTP/1.1 200 OK",
                                        "ICY 200 OK, and a stream",
                                        "<html><body></body></html>",
                                        ""};
    char text[100];

    (void)state;
    for (size_t i = 0; i < COUNT(lines); i++) {
        (void)snprintf(text, sizeof text, "%s\r\nContent-Length: 0\r\n\r\n", lines[i]);
        expect(text, "BAD");
    }
}

static void an_answer_that_ends_early_is_cut(void **state)
{
    static const char text[] = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc";

    (void)state;
    for (size_t size = 1; size < sizeof text - 1; size++) {
        struct split split = {0, 0, 0};
        char line[100];

        read_answer(text, size, ROOM, &split, line, sizeof line);
        assert_int_equal(strncmp(line, "CUT ", 4), 0);
    }
}

/* --- lines -------------------------------------------------------------------------------- */

static void lines_end_with_cr_lf_and_nothing_else(void **state)
{
    (void)state;
    expect("HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n", "BAD");
    expect("HTTP/1.1 200 OK\r\nContent-Length: 0\n\r\n", "BAD");
    expect("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\n", "BAD");
    expect("HTTP/1.1 200 OK\rContent-Length: 0\r\n\r\n", "BAD");
    expect("HTTP/1.1 200 OK\r\r\nContent-Length: 0\r\n\r\n", "BAD");
    expect("HTTP/1.1 200 OK\r\nA: b\rc\r\n\r\n", "BAD");
    expect("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\na\r\n0\r\n\r\n", "BAD");
    expect("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\n0\r\n\r\n", "BAD");
    expect("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\n", "BAD");
    expect("\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "BAD");
}

static void nul_in_a_header_is_refused(void **state)
{
    static const char in_value[] = "HTTP/1.1 200 OK\r\nA: b\0c\r\nContent-Length: 0\r\n\r\n";
    static const char in_name[] = "HTTP/1.1 200 OK\r\nA\0: b\r\nContent-Length: 0\r\n\r\n";
    static const char in_reason[] = "HTTP/1.1 200 O\0K\r\nContent-Length: 0\r\n\r\n";
    static const char in_size[] =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\0\r\n\r\n";
    static const char in_body[] = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\na\0c";

    (void)state;
    expect_bytes(in_value, sizeof in_value - 1, ROOM, "BAD");
    expect_bytes(in_name, sizeof in_name - 1, ROOM, "BAD");
    expect_bytes(in_reason, sizeof in_reason - 1, ROOM, "BAD");
    expect_bytes(in_size, sizeof in_size - 1, ROOM, "BAD");
    expect_bytes(in_body, sizeof in_body - 1, ROOM, "DONE 200 keep [a] +0");
}

static void folded_lines_and_broken_names_are_refused(void **state)
{
    (void)state;
    expect_field("A: b\r\n c", "BAD");
    expect_field("A: b\r\n\tc", "BAD");
    expect_field(" A: b", "BAD");
    expect_field("A : b", "BAD");
    expect_field("A\t: b", "BAD");
    expect_field("Content-Length : 5", "BAD");
    expect_field(": b", "BAD");
    expect_field("A", "BAD");
    expect_field("A b: c", "BAD");
    expect_field("A(b): c", "ENDS 200 close [hello] +0"); /* visible characters will do */
    expect_field("A\x80: c", "BAD");
    expect_field("A\x7F: c", "BAD");
    expect_field("A\x1F: c", "BAD");
    expect_field("!#$%&'*+-.^_`|~09azAZ: good", "ENDS 200 close [hello] +0");
    expect_field("Empty:\r\nContent-Length:5", "DONE 200 keep [hello] +0");
    expect_field("Empty: \t \r\nContent-Length:\t 5 \t", "DONE 200 keep [hello] +0");
}

static void names_are_told_whatever_their_case(void **state)
{
    (void)state;
    expect_field("CONTENT-LENGTH: 5", "DONE 200 keep [hello] +0");
    expect_field("content-length: 5", "DONE 200 keep [hello] +0");
    expect_field("Content-Lengt: 3", "ENDS 200 close [hello] +0");
    expect_field("Content-Lengths: 3", "ENDS 200 close [hello] +0");
    expect_field("X-Content-Length: 3", "ENDS 200 close [hello] +0");
}

/* --- the length --------------------------------------------------------------------------- */

static void a_body_is_as_long_as_content_length_says(void **state)
{
    (void)state;
    expect_field("Content-Length: 5", "DONE 200 keep [hello] +0");
    expect_field("Content-Length: 005", "DONE 200 keep [hello] +0");
    expect_field("Content-Length: 4", "DONE 200 keep [hell] +1");
    expect_field("Content-Length: 0", "DONE 200 keep [] +5");
    expect_field("Content-Length: 6", "CUT 200 keep [hello] +0");
    expect_field("Content-Length: 4294967296", "CUT 200 keep [hello] +0");
    expect_field("Content-Length: 4294967301", "CUT 200 keep [hello] +0");
}

static void equal_lengths_agree_and_different_ones_are_refused(void **state)
{
    (void)state;
    expect_field("Content-Length: 5\r\nContent-Length: 5", "DONE 200 keep [hello] +0");
    expect_field("Content-Length: 5\r\nContent-Length: 05", "DONE 200 keep [hello] +0");
    expect_field("Content-Length: 5\r\nContent-Length: 4", "BAD");
    expect_field("Content-Length: 0\r\nContent-Length: 5", "BAD");
}

static void a_length_is_digits_and_nothing_else(void **state)
{
    static const char *const values[] = {"",     "+5",    "-1",    "-0", "5, 5", "5,5",
                                         "5 5",  "5;",    "0x5",   "5.", "5.0",  "5e0",
                                         "five", "\"5\"", "5\x80", "/",  ":"};
    char field[60];

    (void)state;
    for (size_t i = 0; i < COUNT(values); i++) {
        (void)snprintf(field, sizeof field, "Content-Length: %s", values[i]);
        expect_field(field, "BAD");
    }
}

static void content_length_of_2_to_the_64_is_refused(void **state)
{
    (void)state;
    expect_field("Content-Length: 18446744073709551616", "BAD");
    expect_field("Content-Length: 18446744073709551617", "BAD");
    expect_field("Content-Length: 18446744073709551621", "BAD"); /* 2^64 + 5 */
    expect_field("Content-Length: 99999999999999999999", "BAD");
    expect_field("Content-Length: 184467440737095516150", "BAD");
    expect_field("Content-Length: 99999999999999999999999999999999999999", "BAD");
}

static void content_length_below_2_to_the_64_is_awaited(void **state)
{
    (void)state;
    expect_field("Content-Length: 18446744073709551615", "CUT 200 keep [hello] +0");
    expect_field("Content-Length: 18446744073709551609", "CUT 200 keep [hello] +0");
    expect_field("Content-Length: 9223372036854775808", "CUT 200 keep [hello] +0");
}

static void two_framings_are_refused(void **state)
{
    (void)state;
    expect_field("Content-Length: 5\r\nTransfer-Encoding: chunked", "BAD");
    expect_field("Transfer-Encoding: chunked\r\nContent-Length: 5", "BAD");
    expect_field("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "BAD");
    expect("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "BAD");
    expect("HTTP/1.1 204 x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", "BAD");
}

static void other_codings_are_refused(void **state)
{
    (void)state;
    expect_field("Transfer-Encoding: gzip", "BAD");
    expect_field("Transfer-Encoding: gzip, chunked", "BAD");
    expect_field("Transfer-Encoding: chunked, chunked", "BAD");
    expect_field("Transfer-Encoding: chunked;q=1", "BAD");
    expect_field("Transfer-Encoding: xchunked", "BAD");
    expect_field("Transfer-Encoding: chunke", "BAD");
    expect_field("Transfer-Encoding: identity", "BAD");
    expect_field("Transfer-Encoding:", "BAD");
    expect_field("Content-Encoding: gzip\r\nContent-Length: 5", "BAD");
    expect_field("Content-Encoding: deflate", "BAD");
    expect_field("Content-Encoding: identity, gzip", "BAD");
    expect_field("Content-Encoding: identity\r\nContent-Length: 5", "DONE 200 keep [hello] +0");
    expect_field("Content-Encoding: IDENTITY\r\nContent-Length: 5", "DONE 200 keep [hello] +0");
}

/* The coding of this field is refused, and this is its name. */
static void expect_named(const char *value, uint16_t room, const char *name)
{
    char text[600];
    struct response response = {0};
    char line[256 + 1];
    size_t taken = 0;

    memset(line, '!', sizeof line);
    (void)snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\nContent-encoding:%s\r\n\r\n", value);
    symfeed_response_init(&response, line, room);
    assert_int_equal(
        symfeed_response_feed(&response, (const unsigned char *)text, strlen(text), &taken),
        RESPONSE_BAD);
    assert_int_equal(line[room], '!');
    assert_int_equal(response.coding_size, strlen(name));
    assert_memory_equal(line, name, strlen(name));
}

static void a_coding_that_is_refused_is_named(void **state)
{
    static char full[300];

    (void)state;
    expect_named(" gzip", ROOM, "gzip");
    expect_named("gzip", ROOM, "gzip");
    expect_named(" \t UTF-8 ", ROOM, "UTF-8");
    expect_named(" br, gzip", ROOM, "br");
    expect_named(" x\x1B[2J", ROOM, "x");
    expect_named(" \"gzip\"", ROOM, "");
    expect_named(" \xE9", ROOM, "");
    expect_named(" br\x7F", ROOM, "br");
    /* The line is full to the last byte, from the left and from the right; and it is cut. */
    memset(full, 'z', 64 - 17);
    expect_named(full, 64, "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz");
    memset(full, ' ', 64 - 18);
    expect_named(full, 64, "z");
    memset(full, 'z', 64 - 16);
    expect_named(full, 64, "");
}

static void an_empty_content_coding_is_none(void **state)
{
    (void)state;
    expect_field("Content-Encoding:\r\nContent-Length: 5", "DONE 200 keep [hello] +0");
    expect_field("Content-Encoding: \t \r\nContent-Length: 5", "DONE 200 keep [hello] +0");
    expect_field("Content-Encoding:\r\nContent-Encoding: gzip", "BAD");
}

static void without_a_length_the_body_goes_on_to_the_end(void **state)
{
    (void)state;
    expect_field("A: b", "ENDS 200 close [hello] +0");
    expect("HTTP/1.1 200 OK\r\n\r\n", "ENDS 200 close [] +0");
    expect("HTTP/1.0 200 OK\r\n\r\nbody\r\n\r\n", "ENDS 200 close [body\r\n\r\n] +0");
}

/* --- chunks ------------------------------------------------------------------------------- */

static void chunks_are_put_together(void **state)
{
    (void)state;
    expect_chunks("5\r\nhello\r\n0\r\n\r\n", "DONE 200 keep [hello] +0");
    expect_chunks("1\r\nh\r\n4\r\nello\r\n0\r\n\r\n", "DONE 200 keep [hello] +0");
    expect_chunks("0\r\n\r\n", "DONE 200 keep [] +0");
    expect_chunks("0\r\n\r\nHTTP/1.1", "DONE 200 keep [] +8");
    expect_chunks("a\r\n0123456789\r\n0\r\n\r\n", "DONE 200 keep [0123456789] +0");
    expect_chunks("A\r\n0123456789\r\n0\r\n\r\n", "DONE 200 keep [0123456789] +0");
    expect_chunks("1B\r\nabcdefghijklmnopqrstuvwxyz!\r\n00\r\n\r\n",
                  "DONE 200 keep [abcdefghijklmnopqrstuvwxyz!] +0");
    expect_chunks("00000000000000000000000000005\r\nhello\r\n0000\r\n\r\n",
                  "DONE 200 keep [hello] +0");
    expect_chunks("2\r\n\r\n\r\n0\r\n\r\n", "DONE 200 keep [\r\n] +0");
    expect("HTTP/1.1 200 OK\r\nTransfer-Encoding: CHUNKED\r\n\r\n1\r\na\r\n0\r\n\r\n",
           "DONE 200 keep [a] +0");
}

static void chunks_that_end_early_are_cut(void **state)
{
    (void)state;
    expect_chunks("", "CUT 200 keep [] +0");
    expect_chunks("5", "CUT 200 keep [] +0");
    expect_chunks("5\r\nhell", "CUT 200 keep [hell] +0");
    expect_chunks("5\r\nhello", "CUT 200 keep [hello] +0");
    expect_chunks("5\r\nhello\r\n", "CUT 200 keep [hello] +0");
    expect_chunks("5\r\nhello\r\n0\r\n", "CUT 200 keep [hello] +0");
    expect_chunks("5\r\nhello\r\n0\r\n\r", "CUT 200 keep [hello] +0");
}

static void chunk_sizes_are_hex_digits(void **state)
{
    static const char *const sizes[] = {"",   " 5",    "-5", "+5", "0x5", "g",  "5g", "5,",
                                        "5.", "\"5\"", ":",  "5:", "<",   "5=", "5?", "@",
                                        "5@", "`",     "5`", "/",  "5/",  ";5", ";",  "\x80"};
    char body[60];

    (void)state;
    for (size_t i = 0; i < COUNT(sizes); i++) {
        (void)snprintf(body, sizeof body, "%s\r\nhello\r\n0\r\n\r\n", sizes[i]);
        expect_chunks(body, "BAD");
    }
    expect_chunks("5\r\nhello\r\n\r\n", "BAD");
}

static void a_chunk_size_does_not_overflow(void **state)
{
    (void)state;
    expect_chunks("10000000000000000\r\nhello", "BAD"); /* 2^64 */
    expect_chunks("10000000000000005\r\nhello\r\n0\r\n\r\n", "BAD");
    expect_chunks("fffffffffffffffff\r\nhello", "BAD");
    expect_chunks("FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF\r\nhello", "BAD");
    expect_chunks("ffffffffffffffff\r\nhello", "CUT 200 keep [hello] +0");
    expect_chunks("100000000\r\nhello\r\n0\r\n\r\n", "CUT 200 keep [hello\r\n0\r\n\r\n] +0");
    expect_chunks("100000005\r\nhello\r\n0\r\n\r\n", "CUT 200 keep [hello\r\n0\r\n\r\n] +0");
    /* Digits that do not fit in the line have no end that could be judged. */
    expect_chunks("00000000000000000000000000000000000000000000000000000000000000005\r\nhello\r\n",
                  "BAD");
    expect_chunks("0000000000000000000000000000000000000000000000000000000000000005\r\nhello\r\n"
                  "0\r\n\r\n",
                  "DONE 200 keep [hello] +0");
}

static void chunk_extensions_are_passed_over(void **state)
{
    (void)state;
    expect_chunks("5;a\r\nhello\r\n0\r\n\r\n", "DONE 200 keep [hello] +0");
    expect_chunks("5;a=b;c=\"d\"\r\nhello\r\n0;last\r\n\r\n", "DONE 200 keep [hello] +0");
    expect_chunks("5;\r\nhello\r\n0;\r\n\r\n", "DONE 200 keep [hello] +0");
    expect_chunks("5 ;a\r\nhello\r\n0\t;a\r\n\r\n", "DONE 200 keep [hello] +0");
    expect_chunks("5  \r\nhello\r\n0\r\n\r\n", "DONE 200 keep [hello] +0");
    expect_chunks("5;abcdef0123456789\r\nhello\r\n0;f\r\n\r\n", "DONE 200 keep [hello] +0");
    expect_chunks("5;a\rb\r\nhello\r\n0\r\n\r\n", "BAD");
    expect_chunks(
        "5;an-extension-that-is-longer-by-far-than-the-line-buffer-which-has-64-bytes=1\r\n"
        "hello\r\n0;and-again=0123456789012345678901234567890123456789012345678901234567\r\n"
        "\r\n",
        "DONE 200 keep [hello] +0");
}

/* Anything else behind a size would be read otherwise by another reader. */
static void nothing_else_follows_a_chunk_size(void **state)
{
    (void)state;
    expect_chunks("5 6\r\nhello\r\n0\r\n\r\n", "BAD");
    expect_chunks("5 x\r\nhello\r\n0\r\n\r\n", "BAD");
    expect_chunks("5\tx;a\r\nhello\r\n0\r\n\r\n", "BAD");
}

static void a_chunk_ends_where_its_size_says(void **state)
{
    (void)state;
    expect_chunks("4\r\nhello\r\n0\r\n\r\n", "BAD");
    expect_chunks("6\r\nhello\r\n0\r\n\r\n", "BAD");
    expect_chunks("5\r\nhello0\r\n\r\n", "BAD");
    expect_chunks("5\r\nhello \r\n0\r\n\r\n", "BAD");
}

static void trailers_are_passed_over(void **state)
{
    (void)state;
    expect_chunks("1\r\na\r\n0\r\nA: b\r\nC: d\r\n\r\n", "DONE 200 keep [a] +0");
    expect_chunks("1\r\na\r\n0\r\nContent-Length: 77\r\n\r\nx", "DONE 200 keep [a] +1");
    expect_chunks("1\r\na\r\n0\r\nA: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
                  "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\r\n\r\n",
                  "DONE 200 keep [a] +0");
    expect_chunks("1\r\na\r\n0\r\nA: b\r\n", "CUT 200 keep [a] +0");
}

/* --- answers without a body --------------------------------------------------------------- */

static void interim_answers_are_passed_over(void **state)
{
    (void)state;
    expect("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na",
           "DONE 200 keep [a] +0");
    expect("HTTP/1.1 103 Early Hints\r\nLink: <a>\r\nContent-Length: 9\r\n\r\n"
           "HTTP/1.1 102 x\r\n\r\n"
           "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na",
           "DONE 200 doubt [a] +0");
    expect("HTTP/1.1 102 x\r\nConnection: close\r\n\r\n"
           "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na",
           "DONE 200 close [a] +0");
    expect("HTTP/1.1 103 x\r\nContent-Length: 9\r\n\r\n"
           "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na",
           "DONE 200 doubt [a] +0");
    expect("HTTP/1.1 103 x\r\nTransfer-Encoding: chunked\r\n\r\n"
           "HTTP/1.1 204 x\r\n\r\n",
           "DONE 204 doubt [] +0");
    expect("HTTP/1.1 103 x\r\nContent-Length: 0\r\n\r\n"
           "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na",
           "DONE 200 keep [a] +0");
    expect("HTTP/1.1 199 x\r\nRetry-After: 5\r\n\r\nHTTP/1.1 204 x\r\n\r\n", "DONE 204 keep [] +0");
    expect("HTTP/1.1 100 Continue\r\n\r\n", "CUT 0 keep [] +0");
    expect("HTTP/1.1 100 Continue\r\n\r\nhello", "CUT 0 keep [] +0");
    expect("HTTP/1.1 100 Continue\r\n\r\nhello\r\n", "BAD");
}

static void a_switch_of_protocols_is_refused(void **state)
{
    (void)state;
    expect("HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n", "BAD");
}

static void answers_204_and_304_have_no_body(void **state)
{
    (void)state;
    expect("HTTP/1.1 204 No Content\r\n\r\n", "DONE 204 keep [] +0");
    expect("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello", "DONE 204 doubt [] +5");
    expect("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", "DONE 204 doubt [] +0");
    expect("HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", "DONE 204 keep [] +0");
    expect("HTTP/1.1 204 x\r\nTransfer-Encoding: chunked\r\n\r\n", "DONE 204 doubt [] +0");
    expect("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", "DONE 304 doubt [] +0");
    expect("HTTP/1.1 304 x\r\nTransfer-Encoding: chunked\r\n\r\n", "DONE 304 doubt [] +0");
    expect("HTTP/1.1 204 x\r\nConnection: close\r\n\r\n", "DONE 204 close [] +0");
    expect("HTTP/1.1 205 x\r\n\r\n", "ENDS 205 close [] +0");
}

/* What follows the head of an answer to CONNECT is not its body (RFC 9112, 6.3). */
static void an_answer_that_is_a_head_alone_ends_with_it(void **state)
{
    static const char *const heads[] = {
        "HTTP/1.1 200 x\r\n\r\n",
        "HTTP/1.1 200 x\r\nContent-Length: 5\r\n\r\n",
        "HTTP/1.1 407 x\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 100 x\r\n\r\nHTTP/1.1 503 x\r\nContent-Length: 5\r\n\r\n",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(heads); i++) {
        struct response response = {0};
        char text[200];
        char line[ROOM];
        size_t taken = 0;

        (void)snprintf(text, sizeof text, "%s5\r\nhello", heads[i]);
        response.head_only = true;
        symfeed_response_init(&response, line, ROOM);
        assert_int_equal(
            symfeed_response_feed(&response, (const unsigned char *)text, strlen(text), &taken),
            RESPONSE_DONE);
        assert_int_equal(taken, strlen(heads[i]));
        assert_false(response.contradicts);
    }
}

static void the_head_is_there_once_its_last_line_is(void **state)
{
    static const char text[] =
        "HTTP/1.1 100 x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na";
    struct response response = {0};
    char line[ROOM];

    (void)state;
    symfeed_response_init(&response, line, ROOM);
    for (size_t i = 0; i < sizeof text - 1; i++) {
        size_t taken = 0;

        assert_int_equal(symfeed_response_has_head(&response), i >= sizeof text - 2);
        (void)symfeed_response_feed(&response, (const unsigned char *)text + i, 1, &taken);
    }
    assert_true(symfeed_response_has_head(&response));
    assert_true(symfeed_response_ends(&response));
}

static void a_finished_answer_takes_nothing_more(void **state)
{
    static const unsigned char text[] = "HTTP/1.1 204 x\r\n\r\nHTTP/1.1 200 OK\r\n\r\n";
    struct response response = {0};
    char line[ROOM];
    size_t taken = 0;

    (void)state;
    symfeed_response_init(&response, line, ROOM);
    assert_int_equal(symfeed_response_feed(&response, text, sizeof text - 1, &taken),
                     RESPONSE_DONE);
    assert_int_equal(taken, 18);
    assert_int_equal(symfeed_response_feed(&response, text, 5, &taken), RESPONSE_DONE);
    assert_int_equal(taken, 0);
}

/* --- the connection ----------------------------------------------------------------------- */

static void the_connection_is_kept_only_where_nothing_speaks_against(void **state)
{
    (void)state;
    expect_field("Content-Length: 5", "DONE 200 keep [hello] +0");
    expect_field("Content-Length: 5\r\nConnection: keep-alive", "DONE 200 keep [hello] +0");
    expect_field("Content-Length: 5\r\nConnection: close", "DONE 200 close [hello] +0");
    expect_field("Content-Length: 5\r\nconnection: CLOSE", "DONE 200 close [hello] +0");
    expect_field("Content-Length: 5\r\nConnection: te, close", "DONE 200 close [hello] +0");
    expect_field("Content-Length: 5\r\nConnection: close,te", "DONE 200 close [hello] +0");
    expect_field("Content-Length: 5\r\nConnection: a ,,b, close ,c", "DONE 200 close [hello] +0");
    expect_field("Content-Length: 5\r\nConnection: keep-alive, close", "DONE 200 close [hello] +0");
    expect_field("Content-Length: 5\r\nConnection: close, keep-alive", "DONE 200 close [hello] +0");
    expect_field("Content-Length: 5\r\nConnection: clos, lose", "DONE 200 keep [hello] +0");
    /* On the safe side. */
    expect_field("Content-Length: 5\r\nConnection: closed", "DONE 200 close [hello] +0");
    expect_field("Content-Length: 5\r\nConnection:", "DONE 200 keep [hello] +0");
    expect_field("Content-Length: 5\r\nConnection: close\r\nConnection: keep-alive",
                 "DONE 200 close [hello] +0");
}

static void an_http_1_0_connection_is_never_kept(void **state)
{
    (void)state;
    expect("HTTP/1.0 200 x\r\nContent-Length: 1\r\n\r\na", "DONE 200 close [a] +0");
    expect("HTTP/1.0 200 x\r\nContent-Length: 1\r\nConnection: keep-alive\r\n\r\na",
           "DONE 200 close [a] +0");
    expect("HTTP/1.0 200 x\r\nContent-Length: 1\r\nConnection: close, keep-alive\r\n\r\na",
           "DONE 200 close [a] +0");
}

static void a_tab_separates_words_of_the_connection_too(void **state)
{
    (void)state;
    expect_field("Content-Length: 5\r\nConnection: te,\tclose", "DONE 200 close [hello] +0");
    expect_field("Content-Length: 5\r\nConnection: close\t,te", "DONE 200 close [hello] +0");
}

/* --- lines longer than the buffer --------------------------------------------------------- */

/* A field whose line is `size` bytes long. */
static void expect_long_field(const char *name, size_t size, uint16_t room, const char *expected)
{
    struct buffer text = {NULL, 0, 0};

    add(&text, "HTTP/1.1 200 OK\r\n");
    add(&text, name);
    add_times(&text, " ", size - strlen(name) - 1);
    add(&text, "5\r\nContent-Length: 5\r\n\r\nhello");
    expect_bytes(text.at, text.size, room, expected);
    drop(&text);
}

static void a_long_line_that_does_not_matter_passes(void **state)
{
    (void)state;
    for (size_t size = ROOM - 1; size < ROOM + 3; size++) {
        expect_long_field("Set-Cookie:", size, ROOM, "DONE 200 keep [hello] +0");
        expect_long_field("Date:", size, ROOM, "DONE 200 keep [hello] +0");
        expect_long_field("Retry-After:", size, ROOM, "DONE 200 keep [hello] +0");
    }
    expect_long_field("Content-Security-Policy:", 500, ROOM, "DONE 200 keep [hello] +0");
}

static void a_long_line_that_matters_is_refused(void **state)
{
    (void)state;
    expect_long_field("Content-Length:", ROOM, ROOM, "DONE 200 keep [hello] +0");
    expect_long_field("Content-Length:", ROOM + 1, ROOM, "BAD");
    expect_long_field("Content-Length:", 128, 128, "DONE 200 keep [hello] +0");
    expect_long_field("Content-Length:", 129, 128, "BAD");
    expect_long_field("CONTENT-length:", 200, ROOM, "BAD");
    expect_long_field("Transfer-Encoding:", ROOM + 1, ROOM, "BAD");
    expect_long_field("Content-Encoding:", ROOM + 1, ROOM, "BAD");
}

/* What a long Connection line says is not known: the connection is not used again. */
static void a_long_connection_line_closes(void **state)
{
    (void)state;
    expect_long_field("Connection:", ROOM + 1, ROOM, "DONE 200 close [hello] +0");
    expect_long_field("Connection: close\r\nConnection:", 100, ROOM, "DONE 200 close [hello] +0");
    expect_long_field("Connection: close\r\nSet-Cookie:", 100, ROOM, "DONE 200 close [hello] +0");
}

static void long_names_pass_and_long_rubbish_does_not(void **state)
{
    struct buffer text = {NULL, 0, 0};

    (void)state;
    add(&text, "HTTP/1.1 200 OK\r\n");
    add_times(&text, "x", 100);
    add(&text, ": y\r\nContent-Length: 5\r\n\r\nhello");
    expect_bytes(text.at, text.size, ROOM, "DONE 200 keep [hello] +0");
    drop(&text);
    add(&text, "HTTP/1.1 200 OK\r\n");
    add_times(&text, " ", 100);
    add(&text, ": y\r\nContent-Length: 5\r\n\r\nhello");
    expect_bytes(text.at, text.size, ROOM, "BAD");
    drop(&text);
    add(&text, "HTTP/1.1 200 OK\r\nContent-Length");
    add_times(&text, " ", 100);
    add(&text, ": 5\r\n\r\nhello");
    expect_bytes(text.at, text.size, ROOM, "BAD");
    drop(&text);
}

/* `bytes` of header, in one field or in fields of 14 bytes. */
static void expect_bomb(size_t bytes, bool one, size_t step)
{
    struct buffer text = {NULL, 0, 0};
    struct split split = {0, 0, 0};
    char line[100];

    split.step = step;
    add(&text, one ? "HTTP/1.1 200 OK\r\nX-Bomb: " : "HTTP/1.1 200 OK\r\n");
    add_times(&text, one ? "boom" : "X-Bomb: boom\r\n", bytes / (one ? 4 : 14));
    add(&text, one ? "\r\nContent-Length: 5\r\n\r\nhello" : "Content-Length: 5\r\n\r\nhello");
    read_answer(text.at, text.size, ROOM, &split, line, sizeof line);
    assert_string_equal(line, "DONE 200 keep [hello] +0");
    drop(&text);
}

static void header_bomb_passes_in_a_small_line_buffer(void **state)
{
    (void)state;
    for (unsigned one = 0; one < 2; one++) {
        expect_bomb(1048576, one != 0, 0);
        expect_bomb(1048576, one != 0, 1000);
        expect_bomb(100000, one != 0, 61);
        expect_bomb(20000, one != 0, 1);
    }
}

/* --- Retry-After and Date ----------------------------------------------------------------- */

#if SYMFEED_RETRY_AFTER

static uint32_t retry_after(const char *fields, uint32_t now)
{
    struct reading reading;
    struct split split = {0, 0, 0};
    struct buffer text = {NULL, 0, 0};
    uint32_t answer = 0;
    bool first = true;

    add(&text, "HTTP/1.1 503 x\r\nContent-Length: 0\r\n");
    add(&text, fields);
    add(&text, "\r\n");
    do {
        char line[ROOM];
        uint32_t again = 0;

        memset(&reading, 0, sizeof reading);
        symfeed_response_init(&reading.response, line, ROOM);
        feed_pieces(text.at, text.size, &split, take, &reading);
        assert_int_equal(reading.result, RESPONSE_DONE);
        again = symfeed_response_retry_after(&reading.response, now);
        assert_true(first || again == answer);
        answer = again;
        first = false;
    } while (split_next(&split, text.size, 0));
    drop(&text);
    return answer;
}

static void retry_after_in_seconds(void **state)
{
    (void)state;
    assert_int_equal(retry_after("", 1000), 0);
    assert_int_equal(retry_after("Retry-After: 0\r\n", 1000), 0);
    assert_int_equal(retry_after("Retry-After: 120\r\n", 0), 120);
    assert_int_equal(retry_after("retry-after:7\r\n", 1000), 7);
    assert_int_equal(retry_after("Retry-After: 4294967294\r\n", 0), 4294967294u);
    assert_int_equal(retry_after("Retry-After: 4294967295\r\n", 0), 4294967295u);
    assert_int_equal(retry_after("Retry-After: 4294967296\r\n", 0), 4294967295u);
    assert_int_equal(retry_after("Retry-After: 9999999999999999999\r\n", 0), 4294967295u);
}

static void retry_after_that_is_neither_is_passed_over(void **state)
{
    static const char *const junk[] = {"",
                                       "-1",
                                       "+5",
                                       "5s",
                                       "1.5",
                                       "soon",
                                       "5 5",
                                       "0x10",
                                       "1e3",
                                       "\"5\"",
                                       "Sun, 06 Nov 1994 08:49:37",
                                       "Sunday, 06-Nov-94 08:49:37 GMT",
                                       "Sun Nov  6 08:49:37 1994"};
    char field[80];

    (void)state;
    for (size_t i = 0; i < COUNT(junk); i++) {
        (void)snprintf(field, sizeof field, "Retry-After: %s\r\n", junk[i]);
        assert_int_equal(retry_after(field, 784111700), 0);
    }
}

static void retry_after_as_a_date_counts_from_the_date_header(void **state)
{
    (void)state;
    assert_int_equal(retry_after("Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
                                 "Retry-After: Sun, 06 Nov 1994 08:50:00 GMT\r\n",
                                 5),
                     23);
    assert_int_equal(retry_after("Retry-After: Sun, 06 Nov 1994 08:50:00 GMT\r\n"
                                 "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n",
                                 784111799),
                     23);
    assert_int_equal(retry_after("Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
                                 "Retry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\n",
                                 0),
                     0);
    assert_int_equal(retry_after("Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
                                 "Retry-After: Sun, 06 Nov 1994 08:49:36 GMT\r\n",
                                 0),
                     0);
    /* More than 68 years ahead is not told from the past: times count modulo 2^32. */
    assert_int_equal(retry_after("Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
                                 "Retry-After: Sun, 06 Nov 2095 08:49:37 GMT\r\n",
                                 0),
                     0);
    assert_int_equal(retry_after("Date: Sun, 07 Feb 2106 06:28:10 GMT\r\n"
                                 "Retry-After: Sun, 07 Feb 2106 06:28:20 GMT\r\n",
                                 0),
                     10);
}

static void retry_after_as_a_date_counts_from_the_clock_without_a_date_header(void **state)
{
    (void)state;
    assert_int_equal(retry_after("Retry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\n", 784111700), 77);
    assert_int_equal(retry_after("Retry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\n", 784111777), 0);
    assert_int_equal(retry_after("Retry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\n", 0), 0);
    assert_int_equal(retry_after("Date: today\r\n"
                                 "Retry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\n",
                                 784111700),
                     77);
}

static uint32_t date(const char *text)
{
    return symfeed_response_date(text, strlen(text));
}

static void known_dates_are_read(void **state)
{
    (void)state;
    assert_int_equal(date("Thu, 01 Jan 1970 00:00:01 GMT"), 1);
    assert_int_equal(date("Sun, 06 Nov 1994 08:49:37 GMT"), 784111777);
    assert_int_equal(date("Mon, 28 Feb 2000 23:59:59 GMT"), 951782399);
    assert_int_equal(date("Tue, 29 Feb 2000 00:00:00 GMT"), 951782400);
    assert_int_equal(date("Wed, 01 Mar 2000 00:00:00 GMT"), 951868800);
    assert_int_equal(date("Sun, 31 Dec 2023 23:59:59 GMT"), 1704067199);
    assert_int_equal(date("Thu, 29 Feb 2024 12:00:00 GMT"), 1709208000);
    assert_int_equal(date("Tue, 19 Jan 2038 03:14:08 GMT"), INT64_C(2147483648));
    assert_int_equal(date("Sun, 28 Feb 2100 23:59:59 GMT"), INT64_C(4107542399));
    assert_int_equal(date("Mon, 01 Mar 2100 00:00:00 GMT"), INT64_C(4107542400));
    assert_int_equal(date("Sun, 07 Feb 2106 06:28:15 GMT"), 4294967295u);
    assert_int_equal(date("Sun, 07 Feb 2106 06:28:17 GMT"), 1); /* modulo 2^32 */
    assert_int_equal(date("Thu, 01 Jan 1970 00:00:00 GMT"), 0); /* the same as none */
}

static void each_month_has_its_days(void **state)
{
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    uint32_t expected = 0; /* modulo 2^32 */
    char text[40];

    (void)state;
    for (int year = 1970; year < 2110; year++) {
        bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

        for (int month = 0; month < 12; month++) {
            int length = lengths[month] + (month == 1 && leap ? 1 : 0);

            for (int day = 1; day <= length; day++) {
                (void)snprintf(text, sizeof text, "Xxx, %02d %s %04d 00:00:00 GMT", day,
                               months[month], year);
                assert_int_equal(date(text), expected);
                expected += 86400;
            }
        }
    }
}

static void what_is_no_date_is_told(void **state)
{
    static const char *const texts[] = {"",
                                        "Sun, 06 Nov 1994 08:49:37 UTC",
                                        "Sun, 06 Nov 1994 08:49:37 GM",
                                        "Sun, 06 Nov 1994 08:49:37 GMTx",
                                        "Sun, 06 Nov 1994 08:49:37GMT ",
                                        "Sun; 06 Nov 1994 08:49:37 GMT",
                                        "Sun, 6 Nov 1994 08:49:37 GMT ",
                                        "Sun,  6 Nov 1994 08:49:37 GMT",
                                        "Sun, 06 Foo 1994 08:49:37 GMT",
                                        "Sun, 06 nov 1994 08:49:37 GMT",
                                        "Sun, 06-Nov-1994 08:49:37 GMT",
                                        "Sun, 06 Nov 199x 08:49:37 GMT",
                                        "Sun, 06 Nov 1994 08.49.37 GMT",
                                        "Sun, 06 Nov 1994 -8:49:37 GMT",
                                        "Sun, 06 Nov 1994 08:49:3: GMT"};

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        assert_int_equal(date(texts[i]), 0);
    }
}

#endif

/* --- the cookie --------------------------------------------------------------------------- */

#if SYMFEED_LEGACY

/* What is kept of an answer with these fields, `kept` being there before, in `room` bytes. The line
 * buffer has 64 bytes. */
static void expect_cookie(const char *name, const char *kept, uint16_t room, const char *fields,
                          const char *expected)
{
    struct split split = {0, 0, 0};
    struct buffer text = {NULL, 0, 0};

    add(&text, "HTTP/1.1 200 x\r\nContent-Length: 0\r\n");
    add(&text, fields);
    add(&text, "\r\n");
    do {
        char *at = malloc(room); /* so that a sanitizer sees a byte too many */
        struct cookie cookie = {name, at, room, (uint16_t)strlen(kept)};
        struct reading reading;
        char line[64];

        memset(&reading, 0, sizeof reading);
        memcpy(at, kept, strlen(kept));
        reading.response.cookie = &cookie;
        symfeed_response_init(&reading.response, line, sizeof line);
        feed_pieces(text.at, text.size, &split, take, &reading);
        assert_int_equal(reading.result, RESPONSE_DONE);
        assert_int_equal(cookie.size, strlen(expected));
        assert_memory_equal(at, expected, cookie.size);
        free(at);
    } while (split_next(&split, text.size, 0));
    drop(&text);
}

static void the_cookie_of_a_load_balancer_is_kept(void **state)
{
    static const char *const names[] = {
        "SERVERID",         "AWSALB",  "AWSELB",    "SRV",
        "BIGipServer~pool", "route",   "ROUTEID",   "ApplicationGatewayAffinity",
        "INGRESSCOOKIE",    "NSC_abc", "BALANCEID", "sticky"};
    char fields[128];
    char expected[64];

    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        snprintf(fields, sizeof fields, "Set-Cookie: %s=a.1; path=/\r\n", names[i]);
        snprintf(expected, sizeof expected, "%s=a.1", names[i]);
        expect_cookie(NULL, "", 32, fields, expected);
    }
    expect_cookie(NULL, "", 32, "set-cookie:SERVERID=a\r\n", "SERVERID=a");
    expect_cookie(NULL, "", 32, "Set-Cookie: SERVERID=\"a=b\" ;Secure\r\n", "");
    expect_cookie(NULL, "", 32, "Set-Cookie: SERVERID=\"a=b\";Secure\r\n", "SERVERID=\"a=b\"");
}

static void no_other_cookie_is_kept(void **state)
{
    (void)state;
    expect_cookie(NULL, "", 32, "Set-Cookie: JSESSIONID=a\r\nSet-Cookie: theme=dark\r\n", "");
    expect_cookie(NULL, "", 32,
                  "Set-Cookie: theme=dark\r\nSet-Cookie: SERVERID=a\r\nSet-Cookie: AWSALB=b\r\n",
                  "SERVERID=a");
    expect_cookie("lb", "", 32, "Set-Cookie: SERVERID=a\r\n", "");
    expect_cookie("lb", "", 32, "Set-Cookie: SERVERID=a\r\nSet-Cookie: lb=1\r\n", "lb=1");
    expect_cookie("l", "", 32, "Set-Cookie: l=1\r\n", "l=1");
    expect_cookie("lb", "", 32, "Set-Cookie: lbx=1\r\nSet-Cookie: LB=1\r\n", "");
}

static void a_newer_cookie_takes_the_place_of_the_one_kept(void **state)
{
    (void)state;
    expect_cookie(NULL, "SERVERID=a", 32, "Set-Cookie: SERVERID=bcd\r\n", "SERVERID=bcd");
    expect_cookie(NULL, "SERVERID=a", 32, "Set-Cookie: AWSALB=b\r\n", "SERVERID=a");
    expect_cookie(NULL, "SERVERID=a", 32, "Set-Cookie: SERVERID=; Max-Age=0\r\n", "");
    expect_cookie(NULL, "SERVERID=a", 32, "", "SERVERID=a");
    expect_cookie(NULL, "SERVERID=a", 32, "Set-Cookie: SERVER=b\r\n", "SERVERID=a");
    expect_cookie(NULL, "SERVERID=a", 32, "Set-Cookie: SERVERIX=b\r\n", "SERVERID=a");
    expect_cookie(NULL, "SERVERID=a", 32, "Set-Cookie: SERVERID\r\n", "SERVERID=a");
    expect_cookie("lb", "lb=a", 32, "Set-Cookie: lb\r\n", "lb=a");
}

static void a_cookie_that_is_too_long_or_broken_is_not_kept(void **state)
{
    (void)state;
    expect_cookie(NULL, "", 11, "Set-Cookie: SERVERID=aa\r\n", "SERVERID=aa");
    expect_cookie(NULL, "", 10, "Set-Cookie: SERVERID=aa\r\n", "");
    expect_cookie(NULL, "SERVERID=a", 10, "Set-Cookie: SERVERID=aa\r\n", "");
    expect_cookie(NULL, "", 32, "Set-Cookie: SERVERID\r\n", "");
    expect_cookie(NULL, "", 32, "Set-Cookie: =a\r\n", "");
    expect_cookie(NULL, "", 32, "Set-Cookie:\r\n", "");
    expect_cookie(NULL, "", 32, "Set-Cookie: SERVERID=a b\r\n", "");
    expect_cookie(NULL, "", 32, "Set-Cookie: SERVERID=a\tb; x\r\n", "");
    expect_cookie(NULL, "", 32, "Set-Cookie: SERVERID=\xc3\xa9\r\n", "");
    expect_cookie(NULL, "", 32, "Set-Cookie: SERV\x01=a\r\n", "");
}

static void of_a_cookie_longer_than_the_line_the_attributes_may_be_missing(void **state)
{
    char fields[256];

    (void)state;
    snprintf(fields, sizeof fields, "Set-Cookie: SERVERID=a; Path=/%0100d\r\n", 0);
    expect_cookie(NULL, "", 32, fields, "SERVERID=a");
    snprintf(fields, sizeof fields, "Set-Cookie: SERVERID=%0100d; Path=/\r\n", 0);
    expect_cookie(NULL, "SERVERID=a", 200, fields, "");
}

#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
#if SYMFEED_LEGACY
        cmocka_unit_test(the_cookie_of_a_load_balancer_is_kept),
        cmocka_unit_test(no_other_cookie_is_kept),
        cmocka_unit_test(a_newer_cookie_takes_the_place_of_the_one_kept),
        cmocka_unit_test(a_cookie_that_is_too_long_or_broken_is_not_kept),
        cmocka_unit_test(of_a_cookie_longer_than_the_line_the_attributes_may_be_missing),
#endif
        cmocka_unit_test(good_status_lines_are_taken),
        cmocka_unit_test(bad_status_lines_are_refused),
        cmocka_unit_test(an_answer_that_ends_early_is_cut),
        cmocka_unit_test(lines_end_with_cr_lf_and_nothing_else),
        cmocka_unit_test(nul_in_a_header_is_refused),
        cmocka_unit_test(folded_lines_and_broken_names_are_refused),
        cmocka_unit_test(names_are_told_whatever_their_case),
        cmocka_unit_test(a_body_is_as_long_as_content_length_says),
        cmocka_unit_test(equal_lengths_agree_and_different_ones_are_refused),
        cmocka_unit_test(a_length_is_digits_and_nothing_else),
        cmocka_unit_test(content_length_of_2_to_the_64_is_refused),
        cmocka_unit_test(content_length_below_2_to_the_64_is_awaited),
        cmocka_unit_test(two_framings_are_refused),
        cmocka_unit_test(other_codings_are_refused),
        cmocka_unit_test(a_coding_that_is_refused_is_named),
        cmocka_unit_test(an_empty_content_coding_is_none),
        cmocka_unit_test(without_a_length_the_body_goes_on_to_the_end),
        cmocka_unit_test(chunks_are_put_together),
        cmocka_unit_test(chunks_that_end_early_are_cut),
        cmocka_unit_test(chunk_sizes_are_hex_digits),
        cmocka_unit_test(a_chunk_size_does_not_overflow),
        cmocka_unit_test(chunk_extensions_are_passed_over),
        cmocka_unit_test(nothing_else_follows_a_chunk_size),
        cmocka_unit_test(a_chunk_ends_where_its_size_says),
        cmocka_unit_test(trailers_are_passed_over),
        cmocka_unit_test(interim_answers_are_passed_over),
        cmocka_unit_test(a_switch_of_protocols_is_refused),
        cmocka_unit_test(answers_204_and_304_have_no_body),
        cmocka_unit_test(an_answer_that_is_a_head_alone_ends_with_it),
        cmocka_unit_test(the_head_is_there_once_its_last_line_is),
        cmocka_unit_test(a_finished_answer_takes_nothing_more),
        cmocka_unit_test(the_connection_is_kept_only_where_nothing_speaks_against),
        cmocka_unit_test(an_http_1_0_connection_is_never_kept),
        cmocka_unit_test(a_tab_separates_words_of_the_connection_too),
        cmocka_unit_test(a_long_line_that_does_not_matter_passes),
        cmocka_unit_test(a_long_line_that_matters_is_refused),
        cmocka_unit_test(a_long_connection_line_closes),
        cmocka_unit_test(long_names_pass_and_long_rubbish_does_not),
        cmocka_unit_test(header_bomb_passes_in_a_small_line_buffer),
#if SYMFEED_RETRY_AFTER
        cmocka_unit_test(retry_after_in_seconds),
        cmocka_unit_test(retry_after_that_is_neither_is_passed_over),
        cmocka_unit_test(retry_after_as_a_date_counts_from_the_date_header),
        cmocka_unit_test(retry_after_as_a_date_counts_from_the_clock_without_a_date_header),
        cmocka_unit_test(known_dates_are_read),
        cmocka_unit_test(each_month_has_its_days),
        cmocka_unit_test(what_is_no_date_is_told),
#endif
    };

    return cmocka_run_group_tests_name("response", tests, NULL, NULL);
}
