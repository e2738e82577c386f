/* SPDX-License-Identifier: Apache-2.0 */
/* test_cause.c - each cause of the port has a number and words, and never a secret. */
#ifndef _DEFAULT_SOURCE
#define _DEFAULT_SOURCE
#endif

/* Cross builds of the unit tests come without mbedTLS, whose headers cause.c and posix.c include.
 */
#ifdef __has_include
#if !__has_include(<mbedtls/ssl.h>)
#define WITHOUT_MBEDTLS 1
#endif
#endif

#ifndef WITHOUT_MBEDTLS

#include "helpers.h"

#include <ctype.h>
#include <unistd.h>

#include "../../../port/net/address.c"
#include "../../../port/cause.c"
#include "../../../port/system/credentials.c"
#include "../../../port/system/descriptor.c"
#include "../../../port/system/file.c"
#include "../../../port/system/fnv.c"
#include "../../../port/system/format.c"
#include "../../../port/tls/refusal.c"
#include "symfeed_port.h"

/* Of library.c, the rest of which needs mbedTLS. */
void symfeed_mbedtls_text(int error, char *out, size_t size)
{
    (void)snprintf(out, size, "mbedTLS error -0x%04X", (unsigned)-error);
}

static const char long_host[] = "h.example";
static const char pin[] = "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

/* A failure in which all is set that words may ask for. */
static struct symfeed_failure failure_of(unsigned subject, unsigned cause)
{
    static struct symfeed_address address;
    static const unsigned char bytes[] = {192, 0, 2, 1};
    struct symfeed_failure failure;

    symfeed_address_set(&address, bytes, sizeof bytes, 443);
    assert_int_equal(
        symfeed_fail(&failure, (enum symfeed_subject)subject, (enum symfeed_port_cause)cause),
        -(int)cause);
    assert_int_equal(symfeed_cause(-(int)cause), cause);
    failure.error = -0x2700;
    failure.numbers[0] = 40;
    failure.numbers[1] = 0;
    failure.numbers[2] = 4294967295u;
    failure.file = "/etc/symfeed/file";
    failure.pin = pin;
    failure.address = &address;
    (void)strcpy(failure.name, long_host);
    return failure;
}

static const char *text_of(const struct symfeed_failure *failure)
{
    static char text[512];
    size_t size = symfeed_failure_text(failure, text, sizeof text);

    assert_int_equal(size, strlen(text));
    return text;
}

static void expect(unsigned subject, unsigned cause, const char *expected)
{
    struct symfeed_failure failure = failure_of(subject, cause);

    assert_string_equal(text_of(&failure), expected);
}

static void no_number_is_an_answer_of_another_kind(void **state)
{
    (void)state;
    assert_true(-SYMFEED_CAUSE_FIRST < SYMFEED_IO_AGAIN);
    assert_true(-SYMFEED_CAUSE_FIRST < SYMFEED_IO_WANT_READ);
    assert_true(-SYMFEED_CAUSE_FIRST < SYMFEED_IO_WANT_WRITE);
    assert_int_equal(SYMFEED_CAUSE_CONNECTION_REFUSED, SYMFEED_CAUSE_FIRST);
    assert_true(SYMFEED_CAUSE_END <= UINT16_MAX);
}

#if SYMFEED_MESSAGES

/* Whatever it is about, a line is there, of visible ASCII, with nothing left open. */
static void every_cause_has_words(void **state)
{
    (void)state;
    for (unsigned cause = SYMFEED_CAUSE_FIRST; cause < SYMFEED_CAUSE_END; cause++) {
        for (unsigned subject = 0; subject < SYMFEED_SUBJECT_COUNT; subject++) {
            struct symfeed_failure failure = failure_of(subject, cause);
            const char *text = text_of(&failure);

            assert_true(strlen(text) > 8 && strlen(text) < 256);
            assert_null(strchr(text, '%'));
            assert_null(strstr(text, "  "));
            assert_true(isalnum((unsigned char)text[0]) || text[0] == '/');
            for (; *text != '\0'; text++) {
                assert_true(*text >= ' ' && *text <= '~');
            }
            assert_false(text[-1] == ' ' || text[-1] == '.' || text[-1] == ':');
        }
    }
}

static void causes_beyond_the_list_are_numbers(void **state)
{
    char next[64];

    (void)state;
    (void)snprintf(next, sizeof next, "h.example: cause %u", (unsigned)SYMFEED_CAUSE_END);
    expect(SYMFEED_SUBJECT_HOST, SYMFEED_CAUSE_END, next);
    expect(SYMFEED_SUBJECT_HOST, 65535, "h.example: cause 65535");
    expect(SYMFEED_SUBJECT_NONE, 1, "cause 1");
}

static void the_lines_are_these(void **state)
{
    (void)state;
    expect(SYMFEED_SUBJECT_ADDRESS, SYMFEED_CAUSE_CONNECTION_REFUSED,
           "192.0.2.1 port 443: connection refused");
    expect(SYMFEED_SUBJECT_ADDRESS, SYMFEED_CAUSE_SYSTEM_ERROR,
           "192.0.2.1 port 443: system error 40");
    expect(SYMFEED_SUBJECT_HOST, SYMFEED_CAUSE_NO_SUCH_HOST, "h.example: no such host");
    expect(SYMFEED_SUBJECT_TOKEN_FILE, SYMFEED_CAUSE_EMPTY_TOKEN,
           "token file /etc/symfeed/file: its first line is empty (1 to 40 bytes are accepted)");
    expect(SYMFEED_SUBJECT_RSA_KEY_FILE, SYMFEED_CAUSE_KEY_BITS,
           "RSA key file /etc/symfeed/file: its key has 40 bits, 0 to 4294967295 are needed");
    expect(SYMFEED_SUBJECT_SECRET_KEY, SYMFEED_CAUSE_EXPOSED_FILE,
           "key file /etc/symfeed/file can be read by other users: chmod 600 would stop that");
    expect(SYMFEED_SUBJECT_TLS_CALL, SYMFEED_CAUSE_TLS_ERROR,
           "TLS handshake: mbedTLS error -0x2700");
    expect(SYMFEED_SUBJECT_TLS_NUMBER, SYMFEED_CAUSE_NOTHING_IN_COMMON,
           "TLS handshake: no TLS version or cipher in common with the server (-0x2700)");
    expect(SYMFEED_SUBJECT_OUR_CERTIFICATE, SYMFEED_CAUSE_CERTIFICATE_EXPIRED,
           "TLS handshake: the server refused the client certificate: it has expired (alert 40)");
    expect(SYMFEED_SUBJECT_CHAIN, SYMFEED_CAUSE_HAS_OTHER,
           "TLS handshake: the server's chain has something that this build cannot verify: "
           "certificate 40 (h.example): its algorithms or its form (-0x2700)");
    expect(SYMFEED_SUBJECT_AUTHORITIES, SYMFEED_CAUSE_NO_FILE,
           "server's certificate refused: CA file /etc/symfeed/file cannot be read: there is no "
           "such file");
    expect(SYMFEED_SUBJECT_CA_FILE, SYMFEED_CAUSE_NO_AUTHORITY,
           "/etc/symfeed/file is not a PEM file of trusted CAs: there is no certificate in it");
}

static void what_is_being_done_is_said(void **state)
{
    struct symfeed_failure failure = failure_of(SYMFEED_SUBJECT_TLS_CALL, SYMFEED_CAUSE_HUNG_UP);

    (void)state;
    assert_string_equal(text_of(&failure), "TLS handshake: the server hung up");
    failure.doing = SYMFEED_TLS_WRITE;
    assert_string_equal(text_of(&failure), "TLS write: the server hung up");
    failure.doing = SYMFEED_TLS_READ;
    assert_string_equal(text_of(&failure), "TLS read: the server hung up");
}

/* All that is held against a certificate is said, dates first. */
static void a_refusal_has_all_its_causes(void **state)
{
    struct symfeed_failure failure =
        failure_of(SYMFEED_SUBJECT_CERTIFICATE, SYMFEED_CAUSE_NOT_ACCEPTED);

    (void)state;
    failure.flags = MBEDTLS_X509_BADCERT_OTHER;
    assert_string_equal(text_of(&failure),
                        "server's certificate refused: it was not accepted (0x100)");
    failure.flags = MBEDTLS_X509_BADCERT_NOT_TRUSTED | MBEDTLS_X509_BADCERT_EXPIRED;
    assert_string_equal(text_of(&failure), "server's certificate refused: it has expired, and it "
                                           "is signed by an unknown authority");
    failure.unreadable = SYMFEED_CAUSE_HAS_RSA_PSS;
    failure.flags = MBEDTLS_X509_BADCERT_NOT_TRUSTED | MBEDTLS_X509_BADCERT_CN_MISMATCH;
    assert_string_equal(text_of(&failure),
                        "server's certificate refused: it is issued for another name than "
                        "h.example, and it is signed by an unknown authority, or one of the CA "
                        "file that cannot be read: RSA-PSS, which takes SYMFEED_TLS_RSA_PSS");
    failure.flags = SYMFEED_REFUSED_CLOCK | SYMFEED_REFUSED_PIN;
    assert_string_equal(text_of(&failure),
                        "server's certificate refused: its dates cannot be checked, the clock is "
                        "not set, and pin mismatch: the server's key is "
                        "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
}

#else

static void without_messages_it_is_the_number(void **state)
{
    (void)state;
    expect(SYMFEED_SUBJECT_ADDRESS, SYMFEED_CAUSE_CONNECTION_REFUSED, "cause 16");
    expect(SYMFEED_SUBJECT_CERTIFICATE, 65535, "cause 65535");
}

#endif

static void the_first_that_is_held_against_a_certificate(void **state)
{
    uint32_t flags = MBEDTLS_X509_BADCERT_OTHER | MBEDTLS_X509_BADCERT_KEY_USAGE |
                     MBEDTLS_X509_BADCERT_EXT_KEY_USAGE | SYMFEED_REFUSED_PIN;

    (void)state;
    assert_int_equal(symfeed_refusal_next(&flags), SYMFEED_CAUSE_NOT_FOR_SERVER);
    assert_int_equal(symfeed_refusal_next(&flags), SYMFEED_CAUSE_OTHER_PIN);
    assert_int_equal(symfeed_refusal_next(&flags), SYMFEED_CAUSE_NONE);
    assert_int_equal(flags, MBEDTLS_X509_BADCERT_OTHER);
}

static void a_text_is_cut_to_its_room(void **state)
{
    char text[300];

    (void)state;
    for (unsigned subject = 0; subject < SYMFEED_SUBJECT_COUNT; subject++) {
        struct symfeed_failure failure = failure_of(subject, SYMFEED_CAUSE_UNKNOWN_AUTHORITY);
        char whole[300];
        size_t all;

        failure.flags = MBEDTLS_X509_BADCERT_NOT_TRUSTED;
        failure.unreadable = SYMFEED_CAUSE_HAS_OTHER;
        all = symfeed_failure_text(&failure, whole, sizeof whole);
        for (size_t size = 1; size <= all + 2; size++) {
            size_t used = all < size ? all : size - 1;

            memset(text, 0x5a, sizeof text);
            assert_int_equal(symfeed_failure_text(&failure, text, size), used);
            assert_memory_equal(text, whole, used);
            assert_int_equal(text[used], '\0');
            for (size_t i = size; i < sizeof text; i++) {
                assert_int_equal(text[i], 0x5a);
            }
        }
    }
}

static void long_names_are_cut(void **state)
{
    static char file[400];
    struct symfeed_failure failure = failure_of(SYMFEED_SUBJECT_RSA_KEY_FILE, SYMFEED_CAUSE_NO_KEY);

    (void)state;
    memset(file, 'f', sizeof file - 1);
    failure.file = file;
    if (SYMFEED_MESSAGES) {
        const char *text = text_of(&failure);

        assert_int_equal(strspn(strchr(text, 'f') + 5, "f"), SYMFEED_FILE_SHOWN);
        assert_non_null(strstr(text, "f: there is no private key in it (PEM)"));
    }
}

/* Files of tokens that are no good: not a byte of them is in the line. */
static void no_byte_of_a_token_is_in_a_text(void **state)
{
    static const char *const contents[] = {"", "\n", "ZQJX7 ZQJX7\n", "\x01ZQJX7\n",
                                           "ZQJX7ZQJX7ZQJX7ZQJX7ZQJX7ZQJX7ZQJX7ZQJX7\n"};
    char path[] = "/tmp/symfeed-cause-XXXXXX";
    int descriptor = mkstemp(path);

    (void)state;
    assert_true(descriptor >= 0);
    (void)close(descriptor);
    for (size_t i = 0; i < COUNT(contents); i++) {
        struct symfeed_failure failure;
        unsigned char *bytes = (unsigned char *)&failure;
        char token[32];
        bool exposed;
        int answer;
        FILE *file = fopen(path, "w");

        assert_non_null(file);
        (void)fputs(contents[i], file);
        assert_int_equal(fclose(file), 0);
        memset(&failure, 0, sizeof failure);
        answer = symfeed_credentials_read(path, token, sizeof token, &exposed, &failure);
        assert_int_equal(answer, -(int)failure.cause);
        assert_true(failure.cause >= SYMFEED_CAUSE_LONG_TOKEN &&
                    failure.cause <= SYMFEED_CAUSE_ODD_TOKEN);
        assert_null(strstr(text_of(&failure), "ZQ"));
        for (size_t at = 0; at + 1 < sizeof failure; at++) {
            assert_false(bytes[at] == 'Z' && bytes[at + 1] == 'Q');
        }
    }
    (void)unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_number_is_an_answer_of_another_kind),
#if SYMFEED_MESSAGES
        cmocka_unit_test(every_cause_has_words),
        cmocka_unit_test(causes_beyond_the_list_are_numbers),
        cmocka_unit_test(the_lines_are_these),
        cmocka_unit_test(what_is_being_done_is_said),
        cmocka_unit_test(a_refusal_has_all_its_causes),
#else
        cmocka_unit_test(without_messages_it_is_the_number),
#endif
        cmocka_unit_test(the_first_that_is_held_against_a_certificate),
        cmocka_unit_test(a_text_is_cut_to_its_room),
        cmocka_unit_test(long_names_are_cut),
        cmocka_unit_test(no_byte_of_a_token_is_in_a_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

#include "left_out.h"

#endif
