/* SPDX-License-Identifier: Apache-2.0 */
/*
 * left_out.h - main() of a test program whose subject is not in this build. What there is to test
 * is that the rest stands without it.
 */
#ifndef SYMFEED_TEST_LEFT_OUT_H
#define SYMFEED_TEST_LEFT_OUT_H

#include "configuration.h"

static void the_rest_is_there_without_it(void **state)
{
    struct symfeed_config config = good_config();
    struct symfeed_port port = whole_port();

    (void)state;
    assert_int_equal(init_status(&config, &port), SYMFEED_OK);
    config.window = 0;
    assert_int_equal(init_status(&config, &port), SYMFEED_BAD_WINDOW);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_rest_is_there_without_it),
    };

    return cmocka_run_group_tests_name("left out", tests, NULL, NULL);
}

#endif
