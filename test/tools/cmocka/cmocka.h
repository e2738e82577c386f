/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmocka.h - the part of cmocka that the unit tests use, in one header and nothing to link with.
 *
 * For targets for which cmocka is not to be had, as 32-bit ARM on a Debian machine of another
 * architecture: `make qemu`. Prints what cmocka prints, so that the tests are counted the same way.
 * Everything else uses the real one. What is missing here does not compile; add it then.
 */
#ifndef SYMFEED_CMOCKA_H
#define SYMFEED_CMOCKA_H

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef int (*CMFixtureFunction)(void **state);

struct CMUnitTest {
    const char *name;
    void (*test_func)(void **state);
    CMFixtureFunction setup_func;
    CMFixtureFunction teardown_func;
    void *initial_state;
};

#define cmocka_unit_test(f)                                                                        \
    {                                                                                              \
#f, f, NULL, NULL, NULL                                                                    \
    }
#define cmocka_unit_test_setup(f, setup)                                                           \
    {                                                                                              \
#f, f, setup, NULL, NULL                                                                   \
    }
#define cmocka_unit_test_teardown(f, teardown)                                                     \
    {                                                                                              \
#f, f, NULL, teardown, NULL                                                                \
    }
#define cmocka_unit_test_setup_teardown(f, setup, down)                                            \
    {                                                                                              \
#f, f, setup, down, NULL                                                                   \
    }
#define cmocka_unit_test_prestate(f, state)                                                        \
    {                                                                                              \
#f, f, NULL, NULL, state                                                                   \
    }

static jmp_buf cmocka_end;
static int cmocka_skipped;

static inline void print_message(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
}

#define print_error print_message

static inline void cmocka_fail(const char *file, int line)
{
    print_message("[   LINE   ] --- %s:%d: error: Failure!\n", file, line);
    longjmp(cmocka_end, 1);
}

static inline void cmocka_skip(void)
{
    cmocka_skipped = 1;
    longjmp(cmocka_end, 1);
}

#define fail() cmocka_fail(__FILE__, __LINE__)
#define skip() cmocka_skip()
#define fail_msg(...)                                                                              \
    do {                                                                                           \
        print_message("[  ERROR   ] --- ");                                                        \
        print_message(__VA_ARGS__);                                                                \
        print_message("\n");                                                                       \
        fail();                                                                                    \
    } while (0)

static inline void cmocka_true(int holds, const char *text, const char *file, int line)
{
    if (!holds) {
        print_message("[  ERROR   ] --- %s\n", text);
        cmocka_fail(file, line);
    }
}

static inline void cmocka_equal(uintmax_t a, uintmax_t b, int same, const char *file, int line)
{
    if ((a == b) != same) {
        print_message("[  ERROR   ] --- %#" PRIxMAX " %s %#" PRIxMAX "\n", a,
                      same ? "!=" : "==", b);
        cmocka_fail(file, line);
    }
}

static inline void cmocka_memory(const void *a, const void *b, size_t size, int same,
                                 const char *file, int line)
{
    const unsigned char *one = a;
    const unsigned char *other = b;
    size_t at = 0;

    while (at < size && one[at] == other[at])
        at++;
    if ((at == size) != same) {
        print_message("[  ERROR   ] --- %lu bytes, the first difference at %lu\n",
                      (unsigned long)size, (unsigned long)at);
        cmocka_fail(file, line);
    }
}

static inline void cmocka_string(const char *a, const char *b, int same, const char *file, int line)
{
    if ((strcmp(a, b) == 0) != same) {
        print_message("[  ERROR   ] --- \"%s\" %s \"%s\"\n", a, same ? "!=" : "==", b);
        cmocka_fail(file, line);
    }
}

static inline void cmocka_range(uintmax_t value, uintmax_t low, uintmax_t high, int inside,
                                const char *file, int line)
{
    if ((value >= low && value <= high) != inside) {
        print_message("[  ERROR   ] --- %" PRIuMAX " and %" PRIuMAX " to %" PRIuMAX "\n", value,
                      low, high);
        cmocka_fail(file, line);
    }
}

#define assert_true(c)         cmocka_true((c) ? 1 : 0, #c, __FILE__, __LINE__)
#define assert_false(c)        cmocka_true((c) ? 0 : 1, "!(" #c ")", __FILE__, __LINE__)
#define assert_null(p)         cmocka_true((p) == NULL, #p " == NULL", __FILE__, __LINE__)
#define assert_non_null(p)     cmocka_true((p) != NULL, #p " != NULL", __FILE__, __LINE__)
#define assert_ptr_equal(a, b) cmocka_equal((uintptr_t)(a), (uintptr_t)(b), 1, __FILE__, __LINE__)
#define assert_ptr_not_equal(a, b)                                                                 \
    cmocka_equal((uintptr_t)(a), (uintptr_t)(b), 0, __FILE__, __LINE__)
#define assert_int_equal(a, b) cmocka_equal((uintmax_t)(a), (uintmax_t)(b), 1, __FILE__, __LINE__)
#define assert_int_not_equal(a, b)                                                                 \
    cmocka_equal((uintmax_t)(a), (uintmax_t)(b), 0, __FILE__, __LINE__)
#define assert_string_equal(a, b)        cmocka_string(a, b, 1, __FILE__, __LINE__)
#define assert_string_not_equal(a, b)    cmocka_string(a, b, 0, __FILE__, __LINE__)
#define assert_memory_equal(a, b, n)     cmocka_memory(a, b, n, 1, __FILE__, __LINE__)
#define assert_memory_not_equal(a, b, n) cmocka_memory(a, b, n, 0, __FILE__, __LINE__)
#define assert_in_range(v, low, high)                                                              \
    cmocka_range((uintmax_t)(v), (uintmax_t)(low), (uintmax_t)(high), 1, __FILE__, __LINE__)
#define assert_not_in_range(v, low, high)                                                          \
    cmocka_range((uintmax_t)(v), (uintmax_t)(low), (uintmax_t)(high), 0, __FILE__, __LINE__)

static inline int cmocka_run_one(const struct CMUnitTest *test, void **state)
{
    volatile int failed = 1;

    cmocka_skipped = 0;
    if (test->initial_state)
        *state = test->initial_state;
    if (setjmp(cmocka_end) == 0) {
        if (!test->setup_func || test->setup_func(state) == 0) {
            test->test_func(state);
            failed = 0;
        }
    }
    if (test->teardown_func && setjmp(cmocka_end) == 0 && test->teardown_func(state) != 0)
        failed = 1;
    return failed && !cmocka_skipped;
}

static inline int cmocka_run(const char *group, const struct CMUnitTest *tests, size_t count,
                             CMFixtureFunction setup, CMFixtureFunction teardown)
{
    void *group_state = NULL;
    int failures = 0;
    int skips = 0;
    size_t at;

    print_message("[==========] %s: Running %lu test(s).\n", group, (unsigned long)count);
    if (setup && setup(&group_state) != 0) {
        print_message("[  FAILED  ] 1 test(s), the group's setup\n");
        return 1;
    }
    for (at = 0; at < count; at++) {
        void *state = group_state;
        int failed;

        print_message("[ RUN      ] %s\n", tests[at].name);
        fflush(stdout);
        failed = cmocka_run_one(&tests[at], &state);
        print_message("[ %s ] %s\n",
                      failed           ? " FAILED "
                      : cmocka_skipped ? " SKIPPED"
                                       : "      OK",
                      tests[at].name);
        failures += failed;
        skips += !failed && cmocka_skipped;
    }
    if (teardown && teardown(&group_state) != 0)
        failures++;
    print_message("[  PASSED  ] %d test(s).\n", (int)count - failures - skips);
    if (failures > 0)
        print_message("[  FAILED  ] %d test(s), listed above\n", failures);
    fflush(stdout);
    return failures;
}

#define cmocka_run_group_tests_name(name, tests, setup, teardown)                                  \
    cmocka_run(name, tests, sizeof(tests) / sizeof((tests)[0]), setup, teardown)
#define cmocka_run_group_tests(tests, setup, teardown)                                             \
    cmocka_run_group_tests_name(#tests, tests, setup, teardown)

#endif
