/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_jwt.c - the JWT to sign in with, character for character and never beyond its room; claims
 * of session tokens; versions of agents.
 */
#include "configuration.h"

#include "feed/jwt.h"
#include "util/base64.h"

#if SYMFEED_KEY_SIGN_IN

#define GUARD 0x5A
#define NOW   1700000000u

/* --- a signer ----------------------------------------------------------------------------- */

static struct {
    int says; /* what sign() answers; above 0: that many bytes are written */
    unsigned calls;
    char data[2048]; /* what was to be signed */
    size_t size;
    size_t room;
    const unsigned char *signature;
} signer;

/* Bytes that depend on where they stand, so that a shift shows. */
static unsigned char signature_byte(size_t at)
{
    return (unsigned char)(at * 167 + at / 251 + 13);
}

static int fake_sign(void *context, const void *data, size_t size, unsigned char *signature,
                     size_t room)
{
    assert_ptr_equal(context, &signer);
    assert_true(size < sizeof signer.data);
    signer.calls++;
    signer.size = size;
    signer.room = room;
    signer.signature = signature;
    memcpy(signer.data, data, size);
    signer.data[size] = '\0';
    for (size_t i = 0; (int)i < signer.says && i < room; i++) {
        signature[i] = signature_byte(i);
    }
    return signer.says;
}

/* What the port's random() gives. It makes the ids of JWTs. */
static unsigned char next_byte;

static void fake_random(void *context, void *data, size_t size)
{
    assert_ptr_equal(context, &signer);
    assert_int_equal(size, 6);
    memset(data, next_byte, size);
}

static struct symfeed_port port_of(int says)
{
    struct symfeed_port port;

    memset(&port, 0, sizeof port);
    memset(&signer, 0, sizeof signer);
    port.context = &signer;
    port.random = fake_random;
    port.sign = fake_sign;
    signer.says = says;
    return port;
}

/* A JWT for this user. */
static int write_jwt(const struct symfeed_port *port, const char *user, uint32_t now, char *out,
                     size_t room)
{
    struct agent agent;
    struct request request;

    memset(&agent, 0, sizeof agent);
    memset(&request, GUARD, sizeof request);
    agent.user.at = user;
    agent.user.size = strlen(user);
    request.agent = &agent;
    request.call = SYMFEED_CALL_SESSION;
    return symfeed_jwt_write(&request, port, now, out, room);
}

/* Decodes base64url up to a dot or the end; `out` gets a NUL. Answers where it ended. */
static const char *decoded(const char *text, char *out, size_t *size)
{
    struct base64 base64 = {true, 0, 0, NULL};

    *size = 0;
    for (; *text != '\0' && *text != '.'; text++) {
        int byte = symfeed_base64_get(&base64, *text);

        assert_int_not_equal(byte, SYMFEED_BASE64_BAD);
        if (byte != SYMFEED_BASE64_MORE) {
            out[(*size)++] = (char)byte;
        }
    }
    out[*size] = '\0';
    return text;
}

/* --- the JWT ------------------------------------------------------------------------------ */

static void the_jwt_is_header_claims_and_signature(void **state)
{
    struct symfeed_port port = port_of(3);
    char out[SYMFEED_JWT_ROOM];

    (void)state;
    next_byte = 35;
    assert_int_equal(write_jwt(&port, "bot", NOW, out, sizeof out), 0);
    /* {"alg":"RS512"} . {"sub":"bot","exp":1700000240,"jti":"999999"} . 0D B4 5B */
    assert_string_equal(out, "eyJhbGciOiJSUzUxMiJ9."
                             "eyJzdWIiOiJib3QiLCJleHAiOjE3MDAwMDAyNDAsImp0aSI6Ijk5OTk5OSJ9."
                             "DbRb");
    assert_string_equal(
        signer.data,
        "eyJhbGciOiJSUzUxMiJ9.eyJzdWIiOiJib3QiLCJleHAiOjE3MDAwMDAyNDAsImp0aSI6Ijk5OTk5OSJ9");
    assert_int_equal(signer.calls, 1);
    assert_int_equal(signer.room, 512);
}

/* Every JWT for this user, time and size of signature in a room of this size: taken apart again,
 * nothing beyond it, nothing behind it. */
static void expect_jwt(const char *user, const char *in_json, uint32_t now, int signature,
                       size_t room)
{
    struct symfeed_port port = port_of(signature);
    unsigned char *block = (unsigned char *)malloc(room);
    char *out = (char *)block;
    char part[1200];
    char expected[1200];
    size_t size = 0;
    const char *at = NULL;

    assert_non_null(block);
    memset(block, GUARD, room);
    assert_int_equal(write_jwt(&port, user, now, out, room), 0);
    assert_non_null(memchr(out, '\0', room));
    assert_true(signer.signature >= block && signer.signature + 512 <= block + room);
    at = decoded(out, part, &size);
    assert_string_equal(part, "{\"alg\":\"RS512\"}");
    assert_int_equal(*at, '.');
    at = decoded(at + 1, part, &size);
    (void)snprintf(expected, sizeof expected, "{\"sub\":\"%s\",\"exp\":%lu,\"jti\":\"%s\"}",
                   in_json, (unsigned long)(now + 240), next_byte == 0 ? "aaaaaa" : "dddddd");
    assert_string_equal(part, expected);
    assert_int_equal(size, strlen(expected));
    assert_int_equal(*at, '.');
    assert_int_equal(signer.size, at - out);
    assert_memory_equal(signer.data, out, signer.size);
    at = decoded(at + 1, part, &size);
    assert_int_equal(*at, '\0');
    assert_int_equal(size, signature);
    for (size_t i = 0; i < size; i++) {
        assert_int_equal((unsigned char)part[i], signature_byte(i));
    }
    for (size_t i = (size_t)(at - out); i < room; i++) {
        assert_int_equal(block[i], 0); /* of the signature's bytes none is left */
    }
    free(block);
}

static void any_user_fits_with_any_signature_in_any_room(void **state)
{
    static const int signatures[] = {1, 2, 3, 128, 256, 384, 511, 512};
    static const size_t rooms[] = {SYMFEED_JWT_ROOM, SYMFEED_JWT_ROOM + 1, 1536, 2560, 32768};
    static const uint32_t times[] = {1, NOW, 4294967055u};
    char quotes[SYMFEED_USER_MAX + 1];
    char quoted[2 * SYMFEED_USER_MAX + 1];
    char backslashes[SYMFEED_USER_MAX + 1];
    char backslashed[2 * SYMFEED_USER_MAX + 1];
    struct {
        const char *user;
        const char *in_json;
    } users[] = {
        {"b", "b"},
        {"bot", "bot"},
        {"bot@example.com", "bot@example.com"},
        {"a \"b\" c", "a \\\"b\\\" c"},
        {"a\\b", "a\\\\b"},
        {"\\\"", "\\\\\\\""},
        {"B\xC3\xB6t \xF0\x9F\xA4\x96", "B\xC3\xB6t \xF0\x9F\xA4\x96"},
        {"<&%s/+=>", "<&%s/+=>"},
        {quotes, quoted},
        {backslashes, backslashed},
    };

    (void)state;
    memset(quotes, '"', SYMFEED_USER_MAX);
    memset(backslashes, '\\', SYMFEED_USER_MAX);
    memset(backslashed, '\\', 2 * (size_t)SYMFEED_USER_MAX);
    for (size_t i = 0; i < SYMFEED_USER_MAX; i++) {
        quoted[2 * i] = '\\';
        quoted[2 * i + 1] = '"';
    }
    quotes[SYMFEED_USER_MAX] = backslashes[SYMFEED_USER_MAX] = '\0';
    quoted[2 * SYMFEED_USER_MAX] = backslashed[2 * SYMFEED_USER_MAX] = '\0';
    for (size_t u = 0; u < COUNT(users); u++) {
        for (size_t s = 0; s < COUNT(signatures); s++) {
            for (size_t r = 0; r < COUNT(rooms); r++) {
                for (size_t t = 0; t < COUNT(times); t++) {
                    next_byte = t == 0 ? 0 : UINT8_MAX;
                    expect_jwt(users[u].user, users[u].in_json, times[t], signatures[s], rooms[r]);
                }
            }
        }
    }
}

static void a_signer_that_fails_or_misbehaves_gives_no_jwt(void **state)
{
    static const int answers[] = {0,     SYMFEED_IO_FAILED, SYMFEED_IO_WANT_READ, INT32_MIN, 513,
                                  65536, INT32_MAX};

    (void)state;
    for (size_t i = 0; i < COUNT(answers); i++) {
        struct symfeed_port port = port_of(answers[i]);
        char out[SYMFEED_JWT_ROOM];

        assert_int_equal(write_jwt(&port, "bot", NOW, out, sizeof out),
                         answers[i] < 0 ? answers[i] : SYMFEED_IO_FAILED);
        assert_int_equal(signer.calls, 1);
    }
}

#endif

/* --- claims ------------------------------------------------------------------------------- */

#if SYMFEED_SIGN_IN

static bool is_simplified(const char *token, size_t window_size, size_t table)
{
    char *window = (char *)malloc(window_size);
    void *memory = malloc(table * SYMFEED_JSON_TOKEN_SIZE);
    struct symfeed_json_tokens tokens = {memory, table, 0, NULL, NULL};
    struct batch batch;
    bool simplified = false;

    assert_non_null(window);
    assert_non_null(memory);
    simplified = symfeed_jwt_is_simplified(token, &batch, window, window_size, &tokens);
    free(window);
    free(memory);
    return simplified;
}

/* The token with these claims. Six bits at a time, not by way of core/: not every build encodes. */
static void add_token(struct buffer *token, const char *claims, size_t size)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    add(token, "eyJhbGciOiJSUzUxMiJ9.");
    for (size_t at = 0; at < size * 8; at += 6) {
        unsigned value = 0;

        for (size_t bit = at; bit < at + 6; bit++) {
            unsigned byte = bit / 8 < size ? (unsigned char)claims[bit / 8] : 0;

            value = value << 1 | (byte >> (7 - bit % 8) & 1u);
        }
        add_bytes(token, alphabet + value, 1);
    }
}

static void expect_claims(const char *claims, bool simplified)
{
    static const char *const endings[] = {".c2lnbmF0dXJl", ".", "", "=.x", "==.x", ".a.b"};

    for (size_t i = 0; i < COUNT(endings); i++) {
        struct buffer token = {NULL, 0, 0};

        add_token(&token, claims, strlen(claims));
        add(&token, endings[i]);
        if (is_simplified(token.at, SYMFEED_WINDOW_MIN, SYMFEED_JSON_TOKENS_MIN) != simplified) {
            fail_msg("claims %s, ending %s", claims, endings[i]);
        }
        drop(&token);
    }
}

#define CLAIM "\"canUseSimplifiedKeyDelivery\""

static void only_true_at_the_top_is_simplified(void **state)
{
    static const struct {
        const char *claims;
        bool simplified;
    } rows[] = {
        {"{" CLAIM ":true}", true},
        {"{" CLAIM " : true }", true},
        {" \n{\"sub\":\"bot\"," CLAIM ":true,\"exp\":1}", true},
        {"{\"a\":{" CLAIM ":false}," CLAIM ":true}", true},
        {"{\"canUseSimplifiedKey\\u0044elivery\":true}", true},
        {"{" CLAIM ":false}", false},
        {"{" CLAIM ":\"true\"}", false},
        {"{" CLAIM ":\"t\"}", false},
        {"{" CLAIM ":1}", false},
        {"{" CLAIM ":null}", false},
        {"{" CLAIM ":[true]}", false},
        {"{" CLAIM ":{\"a\":true}}", false},
        {"{\"sub\":\"bot\",\"exp\":1}", false},
        {"{}", false},
        {"{\"a\":{" CLAIM ":true}}", false},
        {"{\"a\":[{" CLAIM ":true}]}", false},
        {"{\"a\":" CLAIM ",\"b\":true}", false},
        {"{\"canusesimplifiedkeydelivery\":true}", false},
        {"{\"canUseSimplifiedKeyDeliveryX\":true}", false},
        {"{" CLAIM ":false," CLAIM ":true}", false}, /* the first one counts */
        {"[{" CLAIM ":true}]", false},
        {"true", false},
        {"null", false},
        {"\"x\"", false},
        {"{" CLAIM ":true", false},
        {"{" CLAIM ":true,}", false},
        {"{" CLAIM ":tru}", false},
        {"{" CLAIM ":True}", false},
        {"{'a':1," CLAIM ":true}", false},
        {"]", false},
        {"", false},
        {"<html>", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        expect_claims(rows[i].claims, rows[i].simplified);
    }
}

static void what_is_no_jwt_is_not_simplified(void **state)
{
    static const char *const tokens[] = {
        "",
        ".",
        "..",
        "a",
        "0123456789abcdef0123456789abcdef",
        "eyJjYW5Vc2VTaW1wbGlmaWVkS2V5RGVsaXZlcnkiOnRydWV9",     /* the claims alone */
        "x.eyJjYW5Vc2VTaW1wbGlmaWVkS2V5RGVsaXZlcnkiOnRydWV",    /* the last character is missing */
        "x.eyJjYW5Vc2VTaW1wbGlmaWVk+2V5RGVsaXZlcnkiOnRydWV9.y", /* the other alphabet */
        "x. eyJjYW5Vc2VTaW1wbGlmaWVkS2V5RGVsaXZlcnkiOnRydWV9.y",
        "x.eyJjYW5Vc2VTaW1wbGlm.aWVkS2V5RGVsaXZlcnkiOnRydWV9",
        "x.eyJjYW5Vc2VTaW1wbGlm=aWVkS2V5RGVsaXZlcnkiOnRydWV9.y",
        "x..eyJjYW5Vc2VTaW1wbGlmaWVkS2V5RGVsaXZlcnkiOnRydWV9.y",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(tokens); i++) {
        if (is_simplified(tokens[i], SYMFEED_WINDOW_MIN, SYMFEED_JSON_TOKENS_MIN)) {
            fail_msg("%s", tokens[i]);
        }
    }
    assert_true(is_simplified("x.eyJjYW5Vc2VTaW1wbGlmaWVkS2V5RGVsaXZlcnkiOnRydWV9.y",
                              SYMFEED_WINDOW_MIN, SYMFEED_JSON_TOKENS_MIN));
}

/* Claims larger than the window, or with more members than the table has tokens: the member is
 * found where it is kept, and where it is not the long way is taken. */
static void claims_of_any_size_do_no_harm(void **state)
{
    (void)state;
    for (unsigned way = 0; way < 4; way++) {
        for (size_t size = 100; size < 6000; size += 371) {
            struct buffer claims = {NULL, 0, 0};
            struct buffer token = {NULL, 0, 0};
            bool simplified = false;

            add(&claims, "{");
            if (way % 2 == 0) {
                add(&claims, CLAIM ":true,");
            }
            if (way < 2) {
                add(&claims, "\"large\":\"");
                add_times(&claims, "x", size);
                add(&claims, "\"");
            } else {
                add(&claims, "\"masses\":[0");
                add_times(&claims, ",{\"a\":[1,2]}", size / 12);
                add(&claims, "]");
            }
            if (way % 2 == 1) {
                add(&claims, "," CLAIM ":true");
            }
            add(&claims, "}");
            add_token(&token, claims.at, claims.size);
            add(&token, ".c2ln");
            simplified = is_simplified(token.at, SYMFEED_WINDOW_MIN, SYMFEED_JSON_TOKENS_MIN);
            if (!simplified) {
                fail_msg("way %u, %u bytes", way, (unsigned)size);
            }
            drop(&claims);
            drop(&token);
        }
    }
}

/* --- versions ----------------------------------------------------------------------------- */

static void agents_from_24_12_on_are_recent(void **state)
{
    static const struct {
        const char *version;
        bool recent;
    } rows[] = {
        {"Agent-24.12.1", true},
        {"Agent-24.12", true},
        {"24.12", true},
        {"24.12.0-1234", true},
        {"Agent-25.8.1-67", true},
        {"Agent-25.1.1", true},
        {"25", true},
        {"Agent-24.13", true},
        {"Agent-100.1", true},
        {"Agent 24.12.1", true},
        {"AGENT_24.012", true},
        {"100000000000.1", true},
        {"99999999999999999999", true},
        {"24.99999999999999999999", true},
        {"4294967320.12", true}, /* 24 modulo 2^32 */
        {"Agent-24.11", false},
        {"24.11", false},
        {"Agent-24.11.99", false},
        {"Agent-24.9.12", false},
        {"Agent-24.1.12", false},
        {"Agent-24.2", false},
        {"Agent-20.14.2", false},
        {"Agent-23.12", false},
        {"2.58.1", false},
        {"24", false},
        {"24.", false},
        {"24.x12", false},
        {"24-12", false},
        {"24..12", false},
        {"Agent-", false},
        {"Agent", false},
        {"", false},
        {".", false},
        {"0.0", false},
        {"\xC3\xA9", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        if (symfeed_jwt_is_recent(rows[i].version) != rows[i].recent) {
            fail_msg("%s", rows[i].version);
        }
    }
}

#endif

/* Here, and not in test_init.c alone, since a build without signing in has nothing else to test. */
static void signing_in_is_in_the_build_or_refused(void **state)
{
    static const enum symfeed_sign_in ways[] = {SYMFEED_SIGN_IN_BY_KEY,
                                                SYMFEED_SIGN_IN_BY_CERTIFICATE};
    struct symfeed_config config = good_config();
    struct symfeed_port port = whole_port();

    (void)state;
    config.user = "bot";
    assert_int_equal(init_status(&config, &port), SYMFEED_OK);
    for (size_t i = 0; i < COUNT(ways); i++) {
        bool there =
            ways[i] == SYMFEED_SIGN_IN_BY_KEY ? SYMFEED_KEY_SIGN_IN : SYMFEED_CERTIFICATE_SIGN_IN;

        config.sign_in = ways[i];
        assert_int_equal(init_status(&config, &port), there ? SYMFEED_OK : SYMFEED_BAD_SIGN_IN);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signing_in_is_in_the_build_or_refused),
#if SYMFEED_KEY_SIGN_IN
        cmocka_unit_test(the_jwt_is_header_claims_and_signature),
        cmocka_unit_test(any_user_fits_with_any_signature_in_any_room),
        cmocka_unit_test(a_signer_that_fails_or_misbehaves_gives_no_jwt),
#endif
#if SYMFEED_SIGN_IN
        cmocka_unit_test(only_true_at_the_top_is_simplified),
        cmocka_unit_test(what_is_no_jwt_is_not_simplified),
        cmocka_unit_test(claims_of_any_size_do_no_harm),
        cmocka_unit_test(agents_from_24_12_on_are_recent),
#endif
    };

    return cmocka_run_group_tests_name("jwt", tests, NULL, NULL);
}
