/* SPDX-License-Identifier: Apache-2.0 */
/* test_output.c - the client's text on its way to a descriptor, whatever was in its memory before.
 */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "helpers.h"

#include <unistd.h>

/* The port's and the client's, which need nothing of TLS. */
#include "../../../port/system/format.c"

/* Of symfeed_posix.h, which brings mbedTLS, it wants words.h alone. Its writes are counted. */
#define SYMFEED_POSIX_H
#include <sys/uio.h>

static unsigned writes;

static ssize_t counted_writev(int descriptor, const struct iovec *pieces, int count)
{
    writes++;
    return writev(descriptor, pieces, count);
}

#define writev counted_writev
#include "../../../examples/symfeed/output.c"
#undef writev

void message(enum symfeed_level level, const char *format, ...)
{
    (void)level;
    (void)format;
}

const char *message_error(int error, char room[MESSAGE_ERROR_SIZE])
{
    (void)error;
    (void)room;
    return "";
}

/* What comes out of a pipe after this text went in, through a buffer of that size. */
static void comes_through(const char *text, size_t buffer_size, bool in_one_piece)
{
    struct output output;
    char buffer[64];
    char read_back[256];
    size_t size = strlen(text);
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    memset(&output, 0xA5, sizeof output); /* a stack that was used before */
    output_init(&output, ends[1], buffer, buffer_size);
    if (in_one_piece) {
        output_text(&output, text);
    } else {
        for (size_t i = 0; i < size; i++) {
            output_bytes(&output, text + i, 1);
        }
    }
    assert_true(output_flush(&output));
    assert_int_equal(output.error, 0);
    assert_int_equal(read(ends[0], read_back, sizeof read_back), size);
    assert_memory_equal(read_back, text, size);
    (void)close(ends[0]);
    (void)close(ends[1]);
}

static void what_was_in_memory_before_does_not_matter(void **state)
{
    (void)state;
    comes_through("short", 64, true);
    comes_through("short", 64, false);
    comes_through("a piece that is longer than the buffer goes out as it is", 8, true);
    comes_through("many pieces that are longer than the buffer together", 8, false);
}

/* A line of JSON: the event as it is, and its line end. */
static void a_line_is_one_write_however_long(void **state)
{
    static char line[3000];
    struct output output;
    char buffer[2048];
    int ends[2];

    (void)state;
    memset(line, 'x', sizeof line);
    for (size_t size = 1; size < sizeof line; size += 97) {
        assert_int_equal(pipe(ends), 0);
        writes = 0;
        output_init(&output, ends[1], buffer, sizeof buffer);
        output_bytes(&output, line, size);
        output_text(&output, "\n");
        assert_true(output_flush(&output));
        assert_int_equal(writes, 1);
        (void)close(ends[0]);
        (void)close(ends[1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_in_memory_before_does_not_matter),
        cmocka_unit_test(a_line_is_one_write_however_long),
    };

    return cmocka_run_group_tests_name("output", tests, NULL, NULL);
}
