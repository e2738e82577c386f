/* SPDX-License-Identifier: Apache-2.0 */
/* test_dns.c - questions to name servers, and their answers: good ones, cut ones, and such as no
 * server should send. */
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

/* --- asking and reading ------------------------------------------------------------------- */

static struct symfeed_dns_question question_of(unsigned type)
{
    return (struct symfeed_dns_question){
        .name = "bot.example", .id = 0x1234, .type = (uint8_t)type, .edns = false};
}

/* What becomes of an answer besides addresses. */
enum { NO_NAME = -1, CUT = -2, MORE = -3, WRONG = -4, ERROR = -100 /* and the code */ };

static unsigned char found[ROOM * 64]; /* the addresses */

static int result_of(const struct symfeed_dns_answer *answer, enum symfeed_dns_result result,
                     int count)
{
    if (answer->cut && answer->ours) {
        return CUT;
    }
    if (result == SYMFEED_DNS_WRONG) {
        return WRONG;
    }
    if (result == SYMFEED_DNS_MORE || result == SYMFEED_DNS_ADDRESS) {
        return MORE;
    }
    if (answer->code != 0) {
        return answer->code == SYMFEED_DNS_NXDOMAIN ? NO_NAME : ERROR - answer->code;
    }
    return count;
}

/* How many addresses of an answer, or one of the above. */
static int read_some(const unsigned char *bytes, size_t size, unsigned type, bool stream)
{
    const struct symfeed_dns_question question = question_of(type);
    const size_t each = type == SYMFEED_DNS_A ? 4 : 16;
    enum symfeed_dns_result result = SYMFEED_DNS_MORE;
    struct symfeed_dns_answer answer;
    int count = 0;

    symfeed_dns_begin(&answer, stream);
    for (size_t i = 0; i < size && (result == SYMFEED_DNS_MORE || result == SYMFEED_DNS_ADDRESS);
         i++) {
        result = symfeed_dns_take(&answer, &question, bytes[i]);
        if (result == SYMFEED_DNS_ADDRESS || result == SYMFEED_DNS_LAST) {
            if (((size_t)count + 1) * each <= sizeof found) {
                memcpy(found + (size_t)count * each, answer.bytes, each);
            }
            count++;
        }
    }
    return result_of(&answer, result, count);
}

static int read_all(const struct message *message, unsigned type)
{
    return read_some(message->bytes, message->size, type, false);
}

static void names_that_can_be_asked_for(void **state)
{
    static const char *const good[] = {"a", "a.", "a.b", "bot.example.", "_x-1.b", "127.0.0.1"};
    static const char *const bad[] = {"", ".", "..", ".a", "a..b", "a.."};
    char name[300];

    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        assert_true(symfeed_dns_is_name(good[i]));
    }
    for (size_t i = 0; i < COUNT(bad); i++) {
        assert_false(symfeed_dns_is_name(bad[i]));
    }
    memset(name, 'a', sizeof name);
    for (size_t i = 63; i < sizeof name; i += 64) {
        name[i] = '.';
    }
    name[253] = '\0';
    assert_true(symfeed_dns_is_name(name));
    memcpy(name + 253, ".", 2);
    assert_true(symfeed_dns_is_name(name));
    memcpy(name + 253, "a", 2);
    assert_false(symfeed_dns_is_name(name));
    memset(name, 'a', 64);
    name[63] = '\0';
    assert_true(symfeed_dns_is_name(name));
    memcpy(name + 63, "a", 2);
    assert_false(symfeed_dns_is_name(name));
}

static void a_question(void **state)
{
    static const unsigned char expected[] = "\0\x1d\x12\x34\1\0\0\1\0\0\0\0\0\0"
                                            "\3bot\7example\0\0\x1c\0\1";
    static const unsigned char with_edns[] = "\0\x28\x12\x34\1\0\0\1\0\0\0\0\0\1"
                                             "\3bot\7example\0\0\x1c\0\1"
                                             "\0\0\x29\x04\xd0\0\0\0\0\0\0";
    struct symfeed_dns_question question = question_of(SYMFEED_DNS_AAAA);
    unsigned char out[SYMFEED_DNS_QUESTION_SIZE];

    (void)state;
    assert_int_equal(symfeed_dns_ask(&question, out), sizeof expected - 1);
    assert_memory_equal(out, expected, sizeof expected - 1);
    question.edns = true;
    assert_int_equal(symfeed_dns_ask(&question, out), sizeof with_edns - 1);
    assert_memory_equal(out, with_edns, sizeof with_edns - 1);
}

static void the_longest_question_fits(void **state)
{
    struct symfeed_dns_question question = question_of(SYMFEED_DNS_A);
    unsigned char out[SYMFEED_DNS_QUESTION_SIZE + 1];
    char name[254];

    (void)state;
    for (size_t i = 0; i < 253; i++) {
        name[i] = i % 64 == 63 ? '.' : 'n';
    }
    name[253] = '\0';
    question.name = name;
    question.edns = true;
    out[SYMFEED_DNS_QUESTION_SIZE] = 0x5a;
    assert_int_equal(symfeed_dns_ask(&question, out), SYMFEED_DNS_QUESTION_SIZE);
    assert_int_equal(out[SYMFEED_DNS_QUESTION_SIZE], 0x5a);
}

/* --- good answers ------------------------------------------------------------------------- */

static void addresses_of_ipv4(void **state)
{
    struct message message;

    (void)state;
    make_answer(&message, 2);
    assert_int_equal(read_all(&message, SYMFEED_DNS_A), 2);
    assert_memory_equal(found, "\12\0\0\1\12\0\0\2", 8);
    assert_int_equal(read_all(&message, SYMFEED_DNS_AAAA), WRONG);
}

static void addresses_of_ipv6(void **state)
{
    static const char address[] = "\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\1";
    struct message message;

    (void)state;
    begin(&message, 0x8180, 1, 1);
    put_question(&message, SYMFEED_DNS_AAAA);
    put_record(&message, POINTER, SYMFEED_DNS_AAAA, 1, address, 16);
    assert_int_equal(read_all(&message, SYMFEED_DNS_AAAA), 1);
    assert_memory_equal(found, address, 16);
}

static void upper_and_lower_case_are_the_same(void **state)
{
    struct message message;

    (void)state;
    make_answer(&message, 1);
    memcpy(message.bytes + 12, "\3BoT\7eXAMPLe", 12);
    assert_int_equal(read_all(&message, SYMFEED_DNS_A), 1);
}

static void what_stands_behind_the_addresses_is_not_read(void **state)
{
    struct message message;

    (void)state;
    make_answer(&message, 1);
    message.bytes[9] = 7;
    message.bytes[11] = 7;
    put(&message, "\xff\xff\xff", 3);
    assert_int_equal(read_all(&message, SYMFEED_DNS_A), 1);
}

static void put_aliases(struct message *message, unsigned count)
{
    begin(message, 0x8180, 1, count + 1);
    put_question(message, SYMFEED_DNS_A);
    for (unsigned i = 0; i < count; i++) {
        put_record(message, "\1a\xc0\x10", 4, 5, 1, "\1a\xc0\x10", 4);
    }
    put_record(message, "\1b\7example\0", 11, SYMFEED_DNS_A, 1, "\12\0\0\7", 4);
}

static void aliases_lead_to_the_addresses(void **state)
{
    struct message message;

    (void)state;
    for (unsigned count = 0; count <= SYMFEED_DNS_ALIASES + 2; count++) {
        put_aliases(&message, count);
        assert_int_equal(read_all(&message, SYMFEED_DNS_A),
                         count <= SYMFEED_DNS_ALIASES ? 1 : WRONG);
        assert_true(count > SYMFEED_DNS_ALIASES || memcmp(found, "\12\0\0\7", 4) == 0);
    }
}

static void records_of_another_kind_are_passed_over(void **state)
{
    struct message message;

    (void)state;
    begin(&message, 0x8180, 1, 7);
    put_question(&message, SYMFEED_DNS_A);
    put_record(&message, POINTER, 16, 1, "\3abc", 4);                  /* a text */
    put_record(&message, POINTER, SYMFEED_DNS_A, 3, "\12\0\0\1", 4);   /* of another class */
    put_record(&message, POINTER, SYMFEED_DNS_A, 1, "\12\0\0\2\0", 5); /* too long */
    put_record(&message, POINTER, SYMFEED_DNS_A, 1, "\12\0\0", 3);     /* too short */
    put_record(&message, POINTER, SYMFEED_DNS_A, 1, "", 0);            /* empty */
    put_record(&message, POINTER, SYMFEED_DNS_A, 1, "\12\0\0\6", 4);
    put_record(&message, POINTER, 46, 1, "", 0);
    assert_int_equal(read_all(&message, SYMFEED_DNS_A), 1);
    assert_memory_equal(found, "\12\0\0\6", 4);
}

/* --- no address --------------------------------------------------------------------------- */

static void what_the_server_says_instead(void **state)
{
    struct message message;

    (void)state;
    make_answer(&message, 0);
    assert_int_equal(read_all(&message, SYMFEED_DNS_A), 0);
    for (unsigned code = 1; code < 16; code++) {
        make_answer(&message, 1);
        message.bytes[3] = (unsigned char)(0x80 | code);
        assert_int_equal(read_all(&message, SYMFEED_DNS_A),
                         code == SYMFEED_DNS_NXDOMAIN ? NO_NAME : ERROR - (int)code);
    }
}

static void an_error_may_come_without_its_question(void **state)
{
    struct message message;

    (void)state;
    for (unsigned code = 0; code < 16; code++) {
        begin(&message, 0x8180 | code, 0, 0);
        assert_int_equal(
            read_all(&message, SYMFEED_DNS_A),
            code == SYMFEED_DNS_OK || code == SYMFEED_DNS_NXDOMAIN ? WRONG : ERROR - (int)code);
    }
}

/* Each bit of header and question but those that the server is free to set. */
static void each_bit_that_tells_whose_answer_it_is(void **state)
{
    static const unsigned char free_bits[] = {0,    0,    0x07, 0xff, 0,    0,
                                              0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    const size_t end = 12 + 17;
    struct message message;

    (void)state;
    for (size_t bit = 0; bit < end * 8; bit++) {
        const unsigned char mask = (unsigned char)(1u << bit % 8);
        const size_t at = bit / 8;

        make_answer(&message, 1);
        if ((at < sizeof free_bits && (free_bits[at] & mask) != 0) ||
            (mask == 0x20 && ((at > 12 && at < 16) || (at > 16 && at < 24)))) {
            continue; /* upper case */
        }
        message.bytes[at] ^= mask;
        assert_int_equal(read_all(&message, SYMFEED_DNS_A), WRONG);
    }
}

static void too_long_for_a_datagram(void **state)
{
    struct message message;

    (void)state;
    make_answer(&message, 3);
    message.bytes[2] |= 0x02;
    for (size_t size = 0; size <= message.size; size++) {
        assert_int_equal(read_some(message.bytes, size, SYMFEED_DNS_A, false),
                         size < 12 + 17 ? MORE : CUT);
    }
}

/* --- by TCP ------------------------------------------------------------------------------- */

static int read_stream(const struct message *message, unsigned size)
{
    static unsigned char bytes[70000];

    memset(bytes, 0, sizeof bytes);
    bytes[0] = (unsigned char)(size >> 8);
    bytes[1] = (unsigned char)size;
    memcpy(bytes + 2, message->bytes, message->size);
    return read_some(bytes, sizeof bytes, SYMFEED_DNS_A, true);
}

static void the_size_is_believed(void **state)
{
    struct message message;

    (void)state;
    make_answer(&message, 3);
    message.bytes[2] |= 0x02; /* means nothing here */
    for (unsigned size = 0; size < message.size; size++) {
        assert_int_equal(read_stream(&message, size), WRONG);
    }
    for (unsigned size = (unsigned)message.size; size <= UINT16_MAX; size += 509) {
        assert_int_equal(read_stream(&message, size), 3);
    }
}

/* 64 KB of records that are none. */
static void a_long_answer_ends_with_its_size(void **state)
{
    struct message message;

    (void)state;
    make_answer(&message, 1);
    message.bytes[6] = 0xff;
    message.bytes[7] = 0xff;
    assert_int_equal(read_stream(&message, UINT16_MAX), WRONG);
}

/* --- cut and hostile ones ----------------------------------------------------------------- */

static void cut_anywhere_it_is_not_whole(void **state)
{
    struct message message;

    (void)state;
    make_answer(&message, 3);
    for (size_t size = 0; size < message.size; size++) {
        assert_int_equal(read_some(message.bytes, size, SYMFEED_DNS_A, false), MORE);
    }
    assert_int_equal(read_all(&message, SYMFEED_DNS_A), 3);
}

static void counts_that_promise_too_much(void **state)
{
    struct message message;

    (void)state;
    make_answer(&message, 1);
    message.bytes[6] = 0xff; /* records */
    assert_int_equal(read_all(&message, SYMFEED_DNS_A), MORE);
    message.bytes[4] = 0xff; /* questions */
    assert_int_equal(read_all(&message, SYMFEED_DNS_A), WRONG);
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
        {"\x40", 1, WRONG},                    /* kinds of labels */
        {"\x80", 1, WRONG},                    /* that were never in use */
        {"\xbf", 1, WRONG},    {"\x3f", 1, 0}, /* swallows the address */
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
    begin(&message, 0x8180, 1, 1);
    put_question(&message, SYMFEED_DNS_A);
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
        assert_true(read_all(&message, SYMFEED_DNS_A) <= 4);
        assert_true(read_some(message.bytes, message.size, SYMFEED_DNS_AAAA, true) <= 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_that_can_be_asked_for),
        cmocka_unit_test(a_question),
        cmocka_unit_test(the_longest_question_fits),
        cmocka_unit_test(addresses_of_ipv4),
        cmocka_unit_test(addresses_of_ipv6),
        cmocka_unit_test(upper_and_lower_case_are_the_same),
        cmocka_unit_test(what_stands_behind_the_addresses_is_not_read),
        cmocka_unit_test(aliases_lead_to_the_addresses),
        cmocka_unit_test(records_of_another_kind_are_passed_over),
        cmocka_unit_test(what_the_server_says_instead),
        cmocka_unit_test(an_error_may_come_without_its_question),
        cmocka_unit_test(each_bit_that_tells_whose_answer_it_is),
        cmocka_unit_test(too_long_for_a_datagram),
        cmocka_unit_test(the_size_is_believed),
        cmocka_unit_test(a_long_answer_ends_with_its_size),
        cmocka_unit_test(cut_anywhere_it_is_not_whole),
        cmocka_unit_test(counts_that_promise_too_much),
        cmocka_unit_test(names_that_no_server_should_send),
        cmocka_unit_test(a_name_of_many_labels),
        cmocka_unit_test(any_bytes_at_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
