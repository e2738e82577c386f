/* SPDX-License-Identifier: Apache-2.0 */
/* test_resolve.c - the resolver without heap, on files and name servers that the test makes up. */
#ifndef _DEFAULT_SOURCE
#define _DEFAULT_SOURCE
#endif

#include "helpers.h"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/types.h>
#include <unistd.h>

#include <arpa/nameser.h>
#include <resolv.h>

#ifndef NETDB_INTERNAL
#define NETDB_INTERNAL (-1) /* in the C libraries that have a name for it */
#endif

/* What is tested is compiled into this program, with these instead of the system's. */
#undef SYMFEED_RESOLVER_DNS
#define SYMFEED_RESOLVER_DNS 1
#undef res_query
#define res_query                fake_query
#define SYMFEED_HOSTS_FILE       hosts_file
#define SYMFEED_RESOLV_CONF_FILE resolv_conf_file

static char hosts_file[] = "/tmp/symfeed-hosts-XXXXXX";
static char resolv_conf_file[] = "/tmp/symfeed-resolv-XXXXXX";

static int fake_query(const char *name, int class, int type, unsigned char *answer, int size);

#include "../../../port/net/address.c"
#include "../../../port/system/descriptor.c"
#include "../../../port/net/dns.c"
#include "../../../port/system/file.c"
#include "../../../port/net/hosts.c"
#include "../../../port/net/resolver.c"
#include "../../../port/system/format.c"
#include "addresses.h"

/* --- the name servers --------------------------------------------------------------------- */

/* What is said to a question. An answer is 4 or 16 bytes from a byte on, as often as `count` says.
 */
struct said {
    const char *name;
    int type;
    int error; /* h_errno; 0: an answer */
    unsigned count;
    unsigned char first;
    unsigned texts; /* so many records of another type in front of them */
};

static const struct said *script;
static size_t script_size;
static char asked[1024]; /* "A name, AAAA name" */

static size_t write_answer(const struct said *said, unsigned char *answer)
{
    size_t each = said->type == ns_t_a ? 4 : 16;
    size_t size = 12;

    memset(answer, 0, size);
    answer[2] = 0x80;
    answer[7] = (unsigned char)(said->texts + said->count);
    for (unsigned i = 0; i < said->texts; i++, size += 11) {
        memset(answer + size, 0, 11);
        answer[size + 2] = 16;
    }
    for (unsigned i = 0; i < said->count; i++) {
        static const unsigned char v4[] = {127, 0, 0};
        unsigned char *record = answer + size;

        memset(record, 0, 11 + each);
        record[2] = (unsigned char)said->type;
        record[4] = 1;
        record[10] = (unsigned char)each;
        memcpy(record + 11, v4, each == 4 ? 3 : 0);
        record[10 + each] = (unsigned char)(said->first + i);
        size += 11 + each;
    }
    return size;
}

static int fake_query(const char *name, int class, int type, unsigned char *answer, int size)
{
    unsigned char whole[2048];

    assert_int_equal(class, 1);
    (void)strcat(asked, asked[0] == '\0' ? "" : ", ");
    (void)strcat(strcat(asked, type == ns_t_a ? "A " : "AAAA "), name);
    for (size_t i = 0; i < script_size; i++) {
        size_t used;

        if (strcmp(script[i].name, name) != 0 || script[i].type != type) {
            continue;
        }
        if (script[i].error != 0) {
            h_errno = script[i].error;
            return -1;
        }
        used = write_answer(&script[i], whole);
        assert_true(used <= sizeof whole);
        memcpy(answer, whole, used < (size_t)size ? used : (size_t)size);
        return (int)used;
    }
    h_errno = HOST_NOT_FOUND;
    return -1;
}

/* --- asking ------------------------------------------------------------------------------- */

static void write_text(const char *file, const char *text)
{
    FILE *out = fopen(file, "wb");

    assert_non_null(out);
    assert_true(fputs(text, out) >= 0);
    assert_int_equal(fclose(out), 0);
}

static int make_files(void **state)
{
    int hosts = mkstemp(hosts_file);
    int resolv_conf = mkstemp(resolv_conf_file);

    (void)state;
    return hosts < 0 || resolv_conf < 0 || close(hosts) != 0 || close(resolv_conf) != 0;
}

static int remove_files(void **state)
{
    (void)state;
    return unlink(hosts_file) != 0 || unlink(resolv_conf_file) != 0;
}

static int begin(void **state)
{
    (void)state;
    write_text(hosts_file, "");
    write_text(resolv_conf_file, "");
    script_size = 0;
    return 0;
}

#define SAY(...)                                                                                   \
    static const struct said said_[] = {__VA_ARGS__};                                              \
    script = said_;                                                                                \
    script_size = COUNT(said_)

static const char *words_of(int cause)
{
    switch (cause) {
    case SYMFEED_CAUSE_NO_SUCH_HOST: return "no such host";
    case SYMFEED_CAUSE_NO_ADDRESS: return "the host has no address";
    case SYMFEED_CAUSE_NAME_LATER: return "name resolution failed for now";
    case SYMFEED_CAUSE_NAME_REFUSED: return "the name server has refused the name";
    case SYMFEED_CAUSE_NAME_SYSTEM: return "name resolution failed in the system";
    default: return "another cause";
    }
}

/* The addresses of a name, or the name and the cause. */
static const char *result_of(const char *name, size_t room)
{
    static char all[1024];
    struct symfeed_address addresses[SYMFEED_ADDRESSES + 1];
    int count;

    asked[0] = '\0';
    all[0] = '\0';
    memset(addresses, 0, sizeof addresses);
    count = symfeed_resolve(NULL, name, 443, addresses, room);
    if (count < 0) {
        (void)snprintf(all, sizeof all, "%s: %s", name, words_of(-count));
        return all;
    }
    assert_true(count > 0 && (size_t)count <= room && count <= SYMFEED_ADDRESSES);
    assert_int_equal(addresses[count].size, 0);
    return list(addresses, (size_t)count, all);
}

#define assert_resolved(name, expected) assert_string_equal(result_of(name, 8), expected)
#define assert_asked(name, expected, of)                                                           \
    assert_resolved(name, expected), assert_string_equal(asked, of)

/* --- tests -------------------------------------------------------------------------------- */

static void numbers_are_nobodys_to_know(void **state)
{
    (void)state;
    write_text(hosts_file, "10.0.0.9 127.0.0.1 ::1\n");
    assert_asked("127.0.0.1", "127.0.0.1", "");
    assert_asked("::1", "::1", "");
    assert_asked("fe80::1%3", "fe80::1%3", "");
    assert_asked("127.1", "127.0.0.1", "");
}

static void the_hosts_file_comes_first(void **state)
{
    SAY({"bot.example", ns_t_a, 0, 1, 7, 0});

    (void)state;
    assert_asked("bot.example", "127.0.0.7", "A bot.example, AAAA bot.example");
    write_text(hosts_file, "127.0.0.9 bot.example\n");
    assert_asked("bot.example", "127.0.0.9", "");
    assert_asked("BOT.example.", "127.0.0.9", "");
}

static void nobody_is_asked_for_localhost(void **state)
{
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        static const char *const names[] = {"localhost", "LocalHost.", "a.localhost",
                                            "a.b.localhost."};
        const char *result = result_of(names[i], 8);

        /* Which of them can be reached is this machine's affair. */
        assert_true(strcmp(result, "::1 127.0.0.1") == 0 || strcmp(result, "127.0.0.1 ::1") == 0);
        assert_string_equal(asked, "");
        assert_string_equal(result_of(names[i], 1), "127.0.0.1");
    }
    write_text(hosts_file, "127.0.0.3 localhost\n");
    assert_asked("localhost", "127.0.0.3", "");
    assert_asked("notlocalhost", "notlocalhost: no such host", "A notlocalhost");
    assert_asked("localhost.example", "localhost.example: no such host", "A localhost.example");
}

static void both_kinds_are_asked_for(void **state)
{
    SAY({"four.example", ns_t_a, 0, 2, 1, 0}, {"four.example", ns_t_aaaa, NO_DATA, 0, 0, 0},
        {"six.example", ns_t_a, NO_DATA, 0, 0, 0}, {"six.example", ns_t_aaaa, 0, 1, 1, 0},
        {"empty.example", ns_t_a, 0, 0, 0, 0}, {"empty.example", ns_t_aaaa, 0, 1, 1, 0});

    (void)state;
    assert_asked("four.example", "127.0.0.1 127.0.0.2", "A four.example, AAAA four.example");
    assert_asked("six.example", "::1", "A six.example, AAAA six.example");
    assert_resolved("empty.example", "::1");
}

static void room_for_both_kinds(void **state)
{
    static const struct {
        unsigned v4;
        unsigned v6;
        size_t room;
        unsigned v4_taken;
        unsigned v6_taken;
    } cases[] = {{8, 0, 8, 8, 0}, {20, 0, 8, 8, 0}, {0, 20, 8, 0, 8}, {20, 20, 8, 4, 4},
                 {8, 1, 8, 7, 1}, {8, 3, 8, 5, 3},  {8, 4, 8, 4, 4},  {8, 5, 8, 4, 4},
                 {3, 8, 8, 3, 5}, {1, 8, 8, 1, 7},  {4, 4, 8, 4, 4},  {2, 2, 1, 0, 1},
                 {2, 0, 1, 1, 0}, {2, 2, 3, 1, 2},  {2, 1, 3, 2, 1},  {9, 9, 99, 4, 4}};

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct said said[] = {{"h.example", ns_t_a, 0, cases[i].v4, 1, 0},
                                    {"h.example", ns_t_aaaa, 0, cases[i].v6, 1, 0}};
        const char *result;
        unsigned v4 = 0;
        unsigned v6 = 0;

        script = said;
        script_size = COUNT(said);
        result = result_of("h.example", cases[i].room);
        for (const char *at = result; at != NULL; at = strchr(at, ' ')) {
            at += *at == ' ' ? 1 : 0;
            v6 += *at == ':' ? 1 : 0;
            v4 += *at != ':' ? 1 : 0;
        }
        assert_int_equal(v4, cases[i].v4_taken);
        assert_int_equal(v6, cases[i].v6_taken);
    }
    assert_string_equal(result_of("h.example", 0), "h.example: the host has no address");
}

static void each_failure_has_its_cause(void **state)
{
    SAY({"none.example", ns_t_a, NO_DATA, 0, 0, 0}, {"none.example", ns_t_aaaa, NO_DATA, 0, 0, 0},
        {"down.example", ns_t_a, TRY_AGAIN, 0, 0, 0}, {"six.example", ns_t_a, NO_DATA, 0, 0, 0},
        {"six.example", ns_t_aaaa, TRY_AGAIN, 0, 0, 0}, {"half.example", ns_t_a, 0, 1, 1, 0},
        {"half.example", ns_t_aaaa, TRY_AGAIN, 0, 0, 0},
        {"no.example", ns_t_a, NO_RECOVERY, 0, 0, 0},
        {"files.example", ns_t_a, NETDB_INTERNAL, 0, 0, 0});

    (void)state;
    assert_asked("gone.example", "gone.example: no such host", "A gone.example");
    assert_resolved("none.example", "none.example: the host has no address");
    assert_asked("down.example", "down.example: name resolution failed for now", "A down.example");
    assert_resolved("six.example", "six.example: name resolution failed for now");
    assert_resolved("half.example", "127.0.0.1");
    assert_resolved("no.example", "no.example: the name server has refused the name");
    assert_resolved("files.example", "files.example: name resolution failed in the system");
}

/* An answer is larger than what is kept of it. */
static void an_answer_too_long(void **state)
{
    SAY({"long.example", ns_t_a, 0, 100, 1, 0}, {"far.example", ns_t_a, 0, 1, 1, 100});

    (void)state;
    assert_resolved("long.example", "127.0.0.1 127.0.0.2 127.0.0.3 127.0.0.4 127.0.0.5 127.0.0.6 "
                                    "127.0.0.7 127.0.0.8");
    assert_resolved("far.example", "far.example: name resolution failed for now");
}

static void names_that_nobody_can_have(void **state)
{
    static const char *const names[] = {"", ".", "..", ".a", "a..b", "a.."};
    char name[400];

    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        (void)strcat(strcpy(name, names[i]), ": no such host");
        assert_asked(names[i], name, "");
    }
    memset(name, 'a', sizeof name);
    name[64] = '\0'; /* a label of 64 bytes */
    assert_asked(name, strcat(strcpy(name + 100, name), ": no such host"), "");
    memset(name, 'a', sizeof name);
    for (size_t i = 50; i < sizeof name; i += 51) {
        name[i] = '.';
    }
    name[254] = '\0';
    assert_true(strstr(result_of(name, 8), "a: no such host") != NULL);
    assert_string_equal(asked, "");
    name[253] = '\0';
    assert_true(strstr(result_of(name, 8), "a: no such host") != NULL);
    assert_int_equal(strlen(asked), strlen("A ") + 253);
}

static void a_short_name_is_looked_for_in_the_list(void **state)
{
    SAY({"proxy.b.example", ns_t_a, 0, 1, 2, 0}, {"proxy", ns_t_a, 0, 1, 3, 0},
        {"one.two", ns_t_a, 0, 1, 4, 0}, {"one.two.a.example", ns_t_a, 0, 1, 5, 0},
        {"no.a.example", ns_t_a, NO_DATA, 0, 0, 0}, {"no.a.example", ns_t_aaaa, NO_DATA, 0, 0, 0},
        {"down.a.example", ns_t_a, TRY_AGAIN, 0, 0, 0}, {"down", ns_t_a, 0, 1, 6, 0});

    (void)state;
    assert_asked("proxy", "127.0.0.3", "A proxy, AAAA proxy");
    write_text(resolv_conf_file, "search a.example b.example\n");
    assert_asked("proxy", "127.0.0.2",
                 "A proxy.a.example, A proxy.b.example, AAAA proxy.b.example");
    assert_asked("proxy.", "proxy.: no such host", "A proxy.");
    assert_asked("one.two", "127.0.0.4", "A one.two, AAAA one.two");
    assert_asked("no", "no: no such host",
                 "A no.a.example, AAAA no.a.example, A no.b.example, A no");
    assert_asked("down", "down: name resolution failed for now", "A down.a.example");
    write_text(resolv_conf_file, "search a.example\noptions ndots:2\n");
    assert_asked("one.two", "127.0.0.5", "A one.two.a.example, AAAA one.two.a.example");
    assert_asked("one.", "one.: no such host", "A one.");
    assert_asked("one.two.three", "one.two.three: no such host", "A one.two.three");
    write_text(resolv_conf_file, "search . .. a..b\n");
    assert_asked("proxy", "127.0.0.3", "A proxy, AAAA proxy");
    write_text(hosts_file, "127.0.0.8 proxy\n");
    assert_asked("proxy", "127.0.0.8", "");
}

static void a_name_too_long_for_the_list(void **state)
{
    char line[300] = "search ";
    char name[64];

    (void)state;
    for (size_t i = 0; i < 200; i += 2) {
        memcpy(line + 7 + i, "d.", 3);
    }
    (void)strcat(line, "x\n"); /* 201 bytes */
    write_text(resolv_conf_file, line);
    memset(name, 'n', sizeof name);
    name[52] = '\0'; /* 52 + 1 + 201 bytes */
    (void)result_of(name, 8);
    assert_int_equal(strlen(asked), strlen("A ") + 52);
    name[51] = '\0';
    (void)result_of(name, 8);
    assert_int_equal(strlen(asked), strlen("A ") + 253 + strlen(", A ") + 51);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(numbers_are_nobodys_to_know, begin),
        cmocka_unit_test_setup(the_hosts_file_comes_first, begin),
        cmocka_unit_test_setup(nobody_is_asked_for_localhost, begin),
        cmocka_unit_test_setup(both_kinds_are_asked_for, begin),
        cmocka_unit_test_setup(room_for_both_kinds, begin),
        cmocka_unit_test_setup(each_failure_has_its_cause, begin),
        cmocka_unit_test_setup(an_answer_too_long, begin),
        cmocka_unit_test_setup(names_that_nobody_can_have, begin),
        cmocka_unit_test_setup(a_short_name_is_looked_for_in_the_list, begin),
        cmocka_unit_test_setup(a_name_too_long_for_the_list, begin),
    };

    return cmocka_run_group_tests(tests, make_files, remove_files);
}
