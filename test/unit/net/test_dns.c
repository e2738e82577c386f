/* SPDX-License-Identifier: Apache-2.0 */
/* test_dns.c - name servers' answers: good ones, cut ones, and such as no server should send. */
#include "helpers.h"

/* The port's, which needs nothing of TLS. */
#include "../../../port/net/dns.c"

#define ROOM 8u

/* An answer in the making. */
struct message {
    unsigned char bytes[1024];
    size_t size;
};

static void put(struct message *message, const void *bytes, size_t size)
{
    assert_true(size <= sizeof message->bytes - message->size);
    memcpy(message->bytes + message->size, bytes, size);
    message->size += size;
}

static void put_number(struct message *message, unsigned number)
{
    unsigned char bytes[2] = {(unsigned char)(number >> 8), (unsigned char)number};

    put(message, bytes, sizeof bytes);
}

/* The header, with what it says comes. */
static void begin(struct message *message, unsigned flags, unsigned questions, unsigned records)
{
    message->size = 0;
    put_number(message, 0x1234);
    put_number(message, flags);
    put_number(message, questions);
    put_number(message, records);
    put_number(message, 0);
    put_number(message, 0);
}

static void put_question(struct message *message, unsigned type)
{
    put(message, "\3bot\7example\0", 13);
    put_number(message, type);
    put_number(message, 1);
}

/* A record; `name` with its end, which may be a pointer. */
static void put_record(struct message *message, const void *name, size_t name_size, unsigned type,
                       unsigned class, const void *data, size_t size)
{
    put(message, name, name_size);
    put_number(message, type);
    put_number(message, class);
    put(message, "\0\0\1\x2c", 4);
    put_number(message, (unsigned)size);
    put(message, data, size);
}

#define POINTER "\xc0\x0c", 2

/* A whole answer with so many addresses, 10.0.0.1 and on. */
static void make_answer(struct message *message, unsigned records)
{
    begin(message, 0x8180, 1, records);
    put_question(message, SYMFEED_DNS_A);
    for (unsigned i = 0; i < records; i++) {
        unsigned char data[4] = {10, 0, 0, (unsigned char)(i + 1)};

        put_record(message, POINTER, SYMFEED_DNS_A, 1, data, sizeof data);
    }
}

static unsigned char found[ROOM * 16 + 1];

/* In a block of exactly its size, so that a sanitizer sees a byte read beyond it. */
static int read_some(const void *bytes, size_t size, unsigned type, size_t room)
{
    unsigned char *copy = malloc(size > 0 ? size : 1);
    int count;

    assert_non_null(copy);
    memcpy(copy, bytes, size);
    memset(found, 0x5a, sizeof found);
    count = symfeed_dns_addresses(copy, size, type, found, room);
    free(copy);
    for (size_t i = count > 0 ? (size_t)count * (type == SYMFEED_DNS_A ? 4 : 16) : 0;
         i < sizeof found; i++) {
        assert_int_equal(found[i], 0x5a);
    }
    return count;
}

static int read_all(const struct message *message, unsigned type)
{
    return read_some(message->bytes, message->size, type, ROOM);
}

/* --- good ones ---------------------------------------------------------------------------- */

static void addresses_of_ipv4(void **state)
{
    struct message message;

    (void)state;
    make_answer(&message, 2);
    assert_int_equal(read_all(&message, SYMFEED_DNS_A), 2);
    assert_memory_equal(found, "\12\0\0\1\12\0\0\2", 8);
    assert_int_equal(read_all(&message, SYMFEED_DNS_AAAA), 0);
}

static void addresses_of_ipv6(void **state)
{
    struct message message;

    (void)state;
    begin(&message, 0x8180, 1, 1);
    put_question(&message, SYMFEED_DNS_AAAA);
    put_record(&message, POINTER, SYMFEED_DNS_AAAA, 1, "\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\1", 16);
    assert_int_equal(read_all(&message, SYMFEED_DNS_AAAA), 1);
    assert_memory_equal(found, "\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\1", 16);
    assert_int_equal(read_all(&message, SYMFEED_DNS_A), 0);
}

static void no_more_than_there_is_room_for(void **state)
{
    struct message message;

    (void)state;
    make_answer(&message, 20);
    for (unsigned room = 0; room <= ROOM; room++) {
        assert_int_equal(read_some(message.bytes, message.size, SYMFEED_DNS_A, room), room);
    }
}

static void aliases_lead_to_the_addresses(void **state)
{
    struct message message;

    (void)state;
    begin(&message, 0x8180, 1, 3);
    put_question(&message, SYMFEED_DNS_A);
    put_record(&message, POINTER, 5, 1, "\1a\xc0\x10", 4);
    put_record(&message, "\1a\xc0\x10", 4, 5, 1, "\1b\xc0\x10", 4);
    put_record(&message, "\1b\7example\0", 11, SYMFEED_DNS_A, 1, "\12\0\0\7", 4);
    assert_int_equal(read_all(&message, SYMFEED_DNS_A), 1);
    assert_memory_equal(found, "\12\0\0\7", 4);
}

static void an_answer_without_its_question(void **state)
{
    struct message message;

    (void)state;
    begin(&message, 0x8180, 0, 1);
    put_record(&message, "\0", 1, SYMFEED_DNS_A, 1, "\12\0\0\7", 4);
    assert_int_equal(read_all(&message, SYMFEED_DNS_A), 1);
}

/* --- no address --------------------------------------------------------------------------- */

static void what_the_server_says_instead(void **state)
{
    struct message message;

    (void)state;
    begin(&message, 0x8180, 1, 0);
    put_question(&message, SYMFEED_DNS_A);
    assert_int_equal(read_all(&message, SYMFEED_DNS_A), 0);
    for (unsigned code = 1; code < 16; code++) {
        make_answer(&message, 1);
        message.bytes[3] = (unsigned char)(0x80 | code);
        assert_int_equal(read_all(&message, SYMFEED_DNS_A),
                         code == 3 ? SYMFEED_DNS_NO_NAME : SYMFEED_DNS_FAILED);
    }
}

static void a_question_is_no_answer(void **state)
{
    struct message message;

    (void)state;
    make_answer(&message, 1);
    message.bytes[2] &= 0x7f;
    assert_int_equal(read_all(&message, SYMFEED_DNS_A), SYMFEED_DNS_FAILED);
}

static void records_of_another_kind_are_passed_over(void **state)
{
    struct message message;

    (void)state;
    begin(&message, 0x8180, 1, 6);
    put_question(&message, SYMFEED_DNS_A);
    put_record(&message, POINTER, 16, 1, "\12\0\0\1", 4);              /* a text */
    put_record(&message, POINTER, SYMFEED_DNS_A, 3, "\12\0\0\2", 4);   /* of another class */
    put_record(&message, POINTER, SYMFEED_DNS_A, 1, "\12\0\0\3\0", 5); /* too long */
    put_record(&message, POINTER, SYMFEED_DNS_A, 1, "\12\0\0", 3);     /* too short */
    put_record(&message, POINTER, SYMFEED_DNS_A, 1, "", 0);            /* empty */
    put_record(&message, POINTER, SYMFEED_DNS_A, 1, "\12\0\0\6", 4);
    assert_int_equal(read_all(&message, SYMFEED_DNS_A), 1);
    assert_memory_equal(found, "\12\0\0\6", 4);
}

static void too_long_for_a_datagram(void **state)
{
    struct message message;

    (void)state;
    for (unsigned bit = 0; bit < 16; bit++) {
        begin(&message, 1u << bit, 0, 0);
        assert_int_equal(symfeed_dns_is_cut(message.bytes), bit == 9);
    }
}

/* --- cut and hostile ones ----------------------------------------------------------------- */

static void cut_anywhere_it_gives_what_is_whole(void **state)
{
    struct message message;
    size_t start = 12 + 17; /* header and question */

    (void)state;
    make_answer(&message, 3);
    assert_int_equal(message.size, start + (size_t)3 * 16);
    for (size_t size = 0; size <= message.size; size++) {
        int whole = size < start ? 0 : (int)((size - start) / 16);

        assert_int_equal(read_some(message.bytes, size, SYMFEED_DNS_A, ROOM),
                         whole > 0 ? whole : SYMFEED_DNS_FAILED);
    }
}

static void counts_that_promise_too_much(void **state)
{
    struct message message;

    (void)state;
    make_answer(&message, 1);
    message.bytes[6] = 0xff; /* records */
    assert_int_equal(read_all(&message, SYMFEED_DNS_A), 1);
    assert_int_equal(read_all(&message, SYMFEED_DNS_AAAA), SYMFEED_DNS_FAILED);
    message.bytes[4] = 0xff; /* questions */
    assert_int_equal(read_all(&message, SYMFEED_DNS_A), SYMFEED_DNS_FAILED);
}

static void names_that_no_server_should_send(void **state)
{
    static const struct {
        const char *name;
        size_t size;
        int count;
    } names[] = {
        {"\xc0\x1d", 2, 1},                    /* points to itself */
        {"\xff\xff", 2, 1},                    /* points behind the end */
        {"\1a\xc0\x1d", 4, 1},                 /* a loop */
        {"\0", 1, 1},                          /* the root */
        {"\x40", 1, -2},                       /* kinds of labels */
        {"\x80", 1, -2},                       /* that were never in use */
        {"\xbf", 1, -2},       {"\x3f", 1, 0}, /* swallows the address */
    };

    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        struct message message;

        begin(&message, 0x8180, 1, 1);
        put_question(&message, SYMFEED_DNS_A);
        put_record(&message, names[i].name, names[i].size, SYMFEED_DNS_A, 1, "\12\0\0\1", 4);
        for (unsigned j = 0; j < 400; j++) { /* where a length that is believed would lead to */
            put(&message, "", 1);
        }
        assert_int_equal(read_all(&message, SYMFEED_DNS_A), names[i].count);
    }
}

static void a_name_of_many_labels(void **state)
{
    struct message message;

    (void)state;
    begin(&message, 0x8180, 0, 1);
    for (unsigned i = 0; i < 400; i++) {
        put(&message, "\1a", 2);
    }
    put_record(&message, "\0", 1, SYMFEED_DNS_A, 1, "\12\0\0\1", 4);
    assert_int_equal(read_all(&message, SYMFEED_DNS_A), 1);
}

static void any_bytes_at_all(void **state)
{
    uint32_t random = 5;

    (void)state;
    for (unsigned i = 0; i < 20000; i++) {
        struct message message;
        size_t changes = next_random(&random) % 6;

        make_answer(&message, 3);
        for (; changes > 0; changes--) {
            message.bytes[next_random(&random) % message.size] =
                (unsigned char)next_random(&random);
        }
        assert_in_range(read_all(&message, SYMFEED_DNS_A) + 2, 0, ROOM + 2);
        assert_in_range(read_all(&message, SYMFEED_DNS_AAAA) + 2, 0, ROOM + 2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_of_ipv4),
        cmocka_unit_test(addresses_of_ipv6),
        cmocka_unit_test(no_more_than_there_is_room_for),
        cmocka_unit_test(aliases_lead_to_the_addresses),
        cmocka_unit_test(an_answer_without_its_question),
        cmocka_unit_test(what_the_server_says_instead),
        cmocka_unit_test(a_question_is_no_answer),
        cmocka_unit_test(records_of_another_kind_are_passed_over),
        cmocka_unit_test(too_long_for_a_datagram),
        cmocka_unit_test(cut_anywhere_it_gives_what_is_whole),
        cmocka_unit_test(counts_that_promise_too_much),
        cmocka_unit_test(names_that_no_server_should_send),
        cmocka_unit_test(a_name_of_many_labels),
        cmocka_unit_test(any_bytes_at_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
