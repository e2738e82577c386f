/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_build.c - an application that was compiled with another header or other sizes than the
 * library: symfeed_init() refuses it and touches nothing. `make install-check` compiles such a
 * program as a whole.
 */
#include "configuration.h"

/* What the library was built with. */
enum {
    VERSION = SYMFEED_VERSION_NUMBER,
    ACK_ID_SIZE = SYMFEED_ACK_ID_SIZE,
    FEED_ID_SIZE = SYMFEED_FEED_ID_SIZE,
    SESSION_TOKEN_SIZE = SYMFEED_SESSION_TOKEN_SIZE,
    MEMORY = SYMFEED_MEMORY(1024, 32)
};

/* What this header was: from here on symfeed_init() is that of another one. */
static uint32_t version;
static size_t ack_id_size;
static size_t feed_id_size;
static size_t session_token_size;
#undef SYMFEED_VERSION_NUMBER
#undef SYMFEED_ACK_ID_SIZE
#undef SYMFEED_FEED_ID_SIZE
#undef SYMFEED_SESSION_TOKEN_SIZE
#define SYMFEED_VERSION_NUMBER     version
#define SYMFEED_ACK_ID_SIZE        ack_id_size
#define SYMFEED_FEED_ID_SIZE       feed_id_size
#define SYMFEED_SESSION_TOKEN_SIZE session_token_size

/* Application and library are the same, until a test spoils it. */
static int same(void **state)
{
    (void)state;
    version = VERSION;
    ack_id_size = ACK_ID_SIZE;
    feed_id_size = FEED_ID_SIZE;
    session_token_size = SESSION_TOKEN_SIZE;
    return 0;
}

static enum symfeed_status init(void)
{
    static unsigned char memory[MEMORY];
    struct symfeed_config config = good_config();
    struct symfeed_port port = whole_port();
    struct symfeed *feed = (struct symfeed *)(void *)memory;
    enum symfeed_status status = symfeed_init(&feed, &config, &port, memory, sizeof memory);

    assert_int_equal(feed != NULL, status == SYMFEED_OK);
    return status;
}

static void the_same_header_is_taken(void **state)
{
    (void)state;
    assert_int_equal(init(), SYMFEED_OK);
}

static void another_version_is_refused(void **state)
{
    (void)state;
    version++;
    assert_int_equal(init(), SYMFEED_BAD_VERSION);
    version = 0;
    assert_int_equal(init(), SYMFEED_BAD_VERSION);
}

static void another_size_is_refused(void **state)
{
    (void)state;
    session_token_size += 64;
    assert_int_equal(init(), SYMFEED_BAD_BUILD);
}

static void other_sizes_of_the_same_sum_are_refused(void **state)
{
    (void)state;
    ack_id_size += 16; /* there are two of them */
    feed_id_size -= 32;
    assert_int_equal(SYMFEED_MEMORY(1024, 32), MEMORY);
    assert_int_equal(init(), SYMFEED_BAD_BUILD);
}

/* What it says of a header that differs comes before all else: the configuration may be laid out
 * otherwise. */
static void nothing_is_looked_at_before(void **state)
{
    struct symfeed *feed = NULL;

    (void)state;
    version++;
    assert_int_equal(symfeed_init(&feed, NULL, NULL, NULL, 0), SYMFEED_BAD_VERSION);
    version--;
    ack_id_size++;
    assert_int_equal(symfeed_init(&feed, NULL, NULL, NULL, 0), SYMFEED_BAD_BUILD);
}

/* Each struct of another size makes another number. */
static void each_struct_counts(void **state)
{
    static const size_t sizes[] = {sizeof(struct symfeed_config), sizeof(struct symfeed_port),
                                   sizeof(struct symfeed_event), sizeof(struct symfeed_json_tokens),
                                   sizeof(struct symfeed_counters)};
    uint32_t layouts[COUNT(sizes) + 1];

    (void)state;
    for (size_t grown = 0; grown <= COUNT(sizes); grown++) {
        uint32_t layout = VERSION;

        for (size_t i = 0; i < COUNT(sizes); i++) {
            layout = SYMFEED_AND_(layout, sizes[i] + (i == grown ? sizeof(void *) : 0));
        }
        layouts[grown] = layout;
        for (size_t i = 0; i < grown; i++) {
            assert_int_not_equal(layouts[i], layout);
        }
    }
    assert_int_equal(layouts[COUNT(sizes)], SYMFEED_LAYOUT);
}

static void the_number_is_the_version(void **state)
{
    unsigned major = 0;
    unsigned minor = 0;
    unsigned patch = 0;

    (void)state;
    assert_int_equal(sscanf(SYMFEED_VERSION, "%u.%u.%u", &major, &minor, &patch), 3);
    assert_int_equal(VERSION, major * 1000000 + minor * 1000 + patch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_same_header_is_taken, same),
        cmocka_unit_test_setup(another_version_is_refused, same),
        cmocka_unit_test_setup(another_size_is_refused, same),
        cmocka_unit_test_setup(other_sizes_of_the_same_sum_are_refused, same),
        cmocka_unit_test_setup(nothing_is_looked_at_before, same),
        cmocka_unit_test_setup(each_struct_counts, same),
        cmocka_unit_test_setup(the_number_is_the_version, same),
    };

    return cmocka_run_group_tests_name("build", tests, NULL, NULL);
}
