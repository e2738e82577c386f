/* SPDX-License-Identifier: Apache-2.0 */
/* test_dedup.c - the memory of events taken: the ring with the batch in progress inside. */
#include "symfeed_config.h"

#if SYMFEED_DEDUP > 0

#include "helpers.h"

#include "feed/dedup.h"

/* --- the ring ----------------------------------------------------------------------------- */

static void nothing_is_remembered_at_first(void **state)
{
    struct dedup dedup;

    (void)state;
    memset(&dedup, 0, sizeof dedup);
    memset(&dedup, 0, sizeof dedup);
    assert_false(symfeed_dedup_seen(&dedup, 0));
    assert_false(symfeed_dedup_seen(&dedup, 1));
}

static void what_was_taken_is_seen_until_it_is_pushed_out(void **state)
{
    struct dedup dedup;

    (void)state;
    memset(&dedup, 0, sizeof dedup);
    for (uint64_t event = 1; event <= 3 * SYMFEED_DEDUP; event++) {
        symfeed_dedup_add(&dedup, event << 32 | 7, false);
        symfeed_dedup_commit(&dedup);
        for (uint64_t other = 1; other <= 3 * SYMFEED_DEDUP; other += 5) {
            assert_int_equal(symfeed_dedup_seen(&dedup, other << 32 | 7),
                             other <= event && other + SYMFEED_DEDUP > event);
        }
    }
    assert_false(symfeed_dedup_seen(&dedup, 7));
}

static void the_first_events_of_a_long_batch_stay(void **state)
{
    struct dedup dedup;

    (void)state;
    memset(&dedup, 0, sizeof dedup);
    symfeed_dedup_add(&dedup, 1000000, false);
    symfeed_dedup_commit(&dedup);
    for (uint64_t event = 1; event <= 3 * SYMFEED_DEDUP; event++) {
        symfeed_dedup_add(&dedup, event, false);
    }
    assert_false(symfeed_dedup_seen(&dedup, 1000000));
    for (uint64_t event = 1; event <= 3 * SYMFEED_DEDUP; event++) {
        assert_int_equal(symfeed_dedup_seen(&dedup, event), event <= SYMFEED_DEDUP);
    }
}

static void an_event_that_must_be_remembered_is(void **state)
{
    struct dedup dedup;

    (void)state;
    memset(&dedup, 0, sizeof dedup);
    for (uint64_t event = 1; event <= SYMFEED_DEDUP; event++) {
        symfeed_dedup_add(&dedup, event, false);
    }
    symfeed_dedup_add(&dedup, 5000, true);
    assert_true(symfeed_dedup_seen(&dedup, 5000));
    assert_false(symfeed_dedup_seen(&dedup, 1));
    assert_true(symfeed_dedup_seen(&dedup, 2));
    symfeed_dedup_add(&dedup, 6000, false);
    assert_false(symfeed_dedup_seen(&dedup, 6000));
}

static void after_the_batch_its_events_may_go(void **state)
{
    struct dedup dedup;

    (void)state;
    memset(&dedup, 0, sizeof dedup);
    for (uint64_t event = 1; event <= SYMFEED_DEDUP; event++) {
        symfeed_dedup_add(&dedup, event, false);
    }
    symfeed_dedup_commit(&dedup);
    symfeed_dedup_add(&dedup, 5000, false);
    assert_true(symfeed_dedup_seen(&dedup, 5000));
    assert_false(symfeed_dedup_seen(&dedup, 1));
    assert_true(symfeed_dedup_seen(&dedup, 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_remembered_at_first),
        cmocka_unit_test(what_was_taken_is_seen_until_it_is_pushed_out),
        cmocka_unit_test(the_first_events_of_a_long_batch_stay),
        cmocka_unit_test(an_event_that_must_be_remembered_is),
        cmocka_unit_test(after_the_batch_its_events_may_go),
    };

    return cmocka_run_group_tests_name("dedup", tests, NULL, NULL);
}

#else

#include "left_out.h"

#endif
