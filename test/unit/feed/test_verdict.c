/* SPDX-License-Identifier: Apache-2.0 */
/* test_verdict.c - what each status means for each call. */
#include "helpers.h"

#include "feed/verdict.h"

/* In the order of enum symfeed_call. */
static const enum symfeed_call calls[] = {
    SYMFEED_CALL_LIST,    SYMFEED_CALL_CREATE,        SYMFEED_CALL_READ,        SYMFEED_CALL_DELETE,
    SYMFEED_CALL_EVENTS,  SYMFEED_CALL_LEGACY_CREATE, SYMFEED_CALL_LEGACY_READ, SYMFEED_CALL_HEALTH,
    SYMFEED_CALL_VERSION, SYMFEED_CALL_SESSION,       SYMFEED_CALL_INFO,        SYMFEED_CALL_KEY};

static void every_2xx_is_good(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(calls); i++) {
        for (unsigned status = 200; status <= 299; status++) {
            assert_int_equal(symfeed_verdict(calls[i], status), VERDICT_GOOD);
        }
    }
}

/* Does this build make the call? */
static bool is_made(enum symfeed_call call)
{
    switch (call) {
    case SYMFEED_CALL_EVENTS: return SYMFEED_DATAHOSE;
    case SYMFEED_CALL_LEGACY_CREATE:
    case SYMFEED_CALL_LEGACY_READ: return SYMFEED_LEGACY;
    case SYMFEED_CALL_HEALTH:
    case SYMFEED_CALL_VERSION: return SYMFEED_ONE_SHOT || SYMFEED_DATAHOSE;
    case SYMFEED_CALL_SESSION:
    case SYMFEED_CALL_INFO:
    case SYMFEED_CALL_KEY: return SYMFEED_SIGN_IN;
    default: return true;
    }
}

static void each_failure_has_its_verdict(void **state)
{
    /* list, create, read, delete, datahose read, legacy create, legacy read, health, agent version,
     * sign-in, agent version, key manager sign-in: A again, F full, G gone, O good, S slow,
     * U unauthorized */
    static const char letters[] = "AFGOSU";
    static const enum verdict verdicts[] = {VERDICT_AGAIN, VERDICT_FULL, VERDICT_GONE,
                                            VERDICT_GOOD,  VERDICT_SLOW, VERDICT_UNAUTHORIZED};
    static const struct {
        unsigned status;
        const char *of;
    } rows[] = {
        {300, "SSSSSSSSSSSS"}, {302, "SSSSSSSSSSSS"}, {399, "SSSSSSSSSSSS"}, {400, "SSGSGSGSSSSS"},
        {401, "UUUUUUUUUUUU"}, {403, "SFSSSSSSSSSS"}, {404, "SSGSGSGSSSSS"}, {405, "SSSSSSSSSSSS"},
        {408, "AAAAAAAAAAAA"}, {410, "SSSSSSSSSSSS"}, {429, "AAAAAAAAAAAA"}, {499, "SSSSSSSSSSSS"},
        {500, "AAAAAAAAAAAA"}, {502, "AAAAAAAAAAAA"}, {503, "AAAAAAAOAAAA"}, {504, "AAAAAAAAAAAA"},
        {599, "AAAAAAAAAAAA"}, {199, "SSSSSSSSSSSS"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        for (size_t call = 0; call < COUNT(calls); call++) {
            enum verdict expected = VERDICT_GOOD;

            if (!is_made(calls[call])) {
                continue;
            }
            expected = verdicts[strchr(letters, rows[i].of[call]) - letters];

            assert_int_equal(symfeed_verdict(calls[call], rows[i].status), expected);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_2xx_is_good),
        cmocka_unit_test(each_failure_has_its_verdict),
    };

    return cmocka_run_group_tests_name("verdict", tests, NULL, NULL);
}
