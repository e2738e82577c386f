/* SPDX-License-Identifier: Apache-2.0 */
/* test_resolver.c - the resolver on files and name servers that the test makes up, in virtual time:
 * which question is asked when and of whom, and that no call could wait. */
#ifndef _DEFAULT_SOURCE
#define _DEFAULT_SOURCE
#endif

#include "helpers.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

/* What is tested is compiled into this program, with these instead of the system's. */
#undef SYMFEED_RESOLVER_GETADDRINFO
#define SYMFEED_RESOLVER_GETADDRINFO 0
#define SYMFEED_HOSTS_FILE           hosts_file
#define SYMFEED_RESOLV_CONF_FILE     resolv_conf_file

static char hosts_file[] = "/tmp/symfeed-hosts-XXXXXX";
static char resolv_conf_file[] = "/tmp/symfeed-resolv-XXXXXX";

#include "../../../port/net/address.c"
#include "../../../port/net/dns.c"
#include "../../../port/system/descriptor.c"
#include "../../../port/system/file.c"
#include "../../../port/system/fnv.c"
#include "../../../port/system/format.c"
#include "../../../port/system/random.c"

static unsigned files_read;

static int counted_open(const char *file, bool *exposed)
{
    files_read++;
    return symfeed_file_open(file, exposed);
}
#define symfeed_file_open counted_open
#include "../../../port/net/hosts.c"

static int fake_socket(int family, int type);
static int fake_connect(int descriptor, const struct sockaddr *address, socklen_t size);
static ssize_t fake_send(int descriptor, const void *data, size_t size, int flags);
static ssize_t fake_recv(int descriptor, void *data, size_t size, int flags);
static int fake_close(int descriptor);
#define symfeed_descriptor_socket           fake_socket
#define connect(descriptor, address, size)  fake_connect(descriptor, address, size)
#define send(descriptor, data, size, flags) fake_send(descriptor, data, size, flags)
#define recv(descriptor, data, size, flags) fake_recv(descriptor, data, size, flags)
#define close(descriptor)                   fake_close(descriptor)
#include "../../../port/net/resolver.c"
#undef connect
#undef send
#undef recv
#undef close
#include "addresses.h"

/* --- the network -------------------------------------------------------------------------- */

/* What servers, 10.0.0.1 and on, say to a question. The first rule that fits counts; without one
 * there is no such name. */
struct rule {
    const char *name; /* NULL: any */
    unsigned type;    /* 0: any */
    unsigned server;  /* 0: any */
    unsigned code;
    unsigned count; /* addresses, 127.0.0.1 or ::1 and on */
    unsigned first;
    unsigned delay; /* milliseconds */
    enum { SAYS, SILENT, REFUSES, UNREACHABLE, CUTS, CLOSES } does;
};

#define FIRST_DESCRIPTOR 1000

static struct world {
    const struct rule *rules;
    size_t rule_count;
    uint32_t now;
    size_t chunk;    /* bytes that a call by TCP sends or receives at most */
    unsigned delays; /* calls of send() that come too early */
    int socket_error;
    char log[4096]; /* "TIME SERVER TYPE NAME, ..." */
    struct {
        bool open;
        bool stream;
        unsigned server;
        const struct rule *rule;
        unsigned char in[512]; /* the question */
        size_t in_size;
        unsigned char out[2048]; /* the answer */
        size_t out_size;
        size_t out_at;
        uint32_t due;
    } sockets[128];
    size_t socket_count;
} world;

static size_t open_sockets(void)
{
    size_t count = 0;

    for (size_t i = 0; i < world.socket_count; i++) {
        count += world.sockets[i].open ? 1 : 0;
    }
    return count;
}

/* As descriptor.h has it: it never waits. */
static int fake_socket(int family, int type)
{
    assert_int_equal(family, AF_INET);
    if (world.socket_error != 0) {
        errno = world.socket_error;
        return -1;
    }
    assert_true(world.socket_count < COUNT(world.sockets));
    assert_true(type == SOCK_DGRAM || type == SOCK_STREAM);
    memset(&world.sockets[world.socket_count], 0, sizeof world.sockets[0]);
    world.sockets[world.socket_count].open = true;
    world.sockets[world.socket_count].stream = type == SOCK_STREAM;
    return FIRST_DESCRIPTOR + (int)world.socket_count++;
}

static size_t number_of(int descriptor)
{
    assert_in_range(descriptor, FIRST_DESCRIPTOR, FIRST_DESCRIPTOR + (int)world.socket_count - 1);
    assert_true(world.sockets[descriptor - FIRST_DESCRIPTOR].open);
    return (size_t)(descriptor - FIRST_DESCRIPTOR);
}

static int fake_close(int descriptor)
{
    world.sockets[number_of(descriptor)].open = false;
    return 0;
}

static int fake_connect(int descriptor, const struct sockaddr *address, socklen_t size)
{
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)address;
    const size_t i = number_of(descriptor);

    assert_int_equal(size, sizeof *v4);
    assert_int_equal(v4->sin_port, htons(53));
    world.sockets[i].server = ntohl(v4->sin_addr.s_addr) & 0xff;
    for (size_t j = 0; j < world.rule_count; j++) {
        if (world.rules[j].does == UNREACHABLE &&
            world.rules[j].server == world.sockets[i].server) {
            errno = ENETUNREACH;
            return -1;
        }
    }
    errno = EINPROGRESS;
    return world.sockets[i].stream ? -1 : 0;
}

static const struct rule *rule_for(size_t i, const char *name, unsigned type)
{
    static const struct rule none = {.code = SYMFEED_DNS_NXDOMAIN};

    for (size_t j = 0; j < world.rule_count; j++) {
        const struct rule *rule = &world.rules[j];

        if ((rule->name == NULL || strcmp(rule->name, name) == 0) &&
            (rule->type == 0 || rule->type == type) &&
            (rule->server == 0 || rule->server == world.sockets[i].server)) {
            return rule;
        }
    }
    return &none;
}

static void append(size_t i, const void *bytes, size_t size)
{
    assert_true(size <= sizeof world.sockets[i].out - world.sockets[i].out_size);
    memcpy(world.sockets[i].out + world.sockets[i].out_size, bytes, size);
    world.sockets[i].out_size += size;
}

/* Makes the answer to a whole question, which has no prefix. */
static void make_answer(size_t i, const unsigned char *question, size_t size, const char *name,
                        unsigned type)
{
    const struct rule *rule = rule_for(i, name, type);
    const bool cut = rule->does == CUTS && !world.sockets[i].stream;
    const unsigned count = cut ? 1 : rule->count;
    unsigned char prefix[2];

    world.sockets[i].rule = rule;
    world.sockets[i].due = world.now + rule->delay;
    append(i, "\0", world.sockets[i].stream ? 2 : 0);
    append(i, question, 2);
    append(i, cut ? "\x83" : "\x81", 1);
    append(i, &(unsigned char){(unsigned char)(0x80 | rule->code)}, 1);
    append(i, "\0\1\0", 3);
    append(i, &(unsigned char){(unsigned char)count}, 1);
    append(i, "\0\0\0\0", 4);
    append(i, question + 12, strlen(name) + 2 + 4);
    (void)size;
    for (unsigned j = 0; j < count; j++) {
        unsigned char data[16] = {127};
        const size_t each = type == SYMFEED_DNS_A ? 4 : 16;

        data[0] = each == 4 ? 127 : 0;
        data[each - 1] = (unsigned char)(rule->first + j);
        append(i, "\xc0\x0c\0", 3);
        append(i, &(unsigned char){(unsigned char)type}, 1);
        append(i, "\0\1\0\0\0\0\0", 7);
        append(i, &(unsigned char){(unsigned char)each}, 1);
        append(i, data, each);
    }
    prefix[0] = (unsigned char)((world.sockets[i].out_size - 2) >> 8);
    prefix[1] = (unsigned char)(world.sockets[i].out_size - 2);
    memcpy(world.sockets[i].out, world.sockets[i].stream ? prefix : question, 2);
}

/* Reads a question that is whole, notes it, and makes the answer. */
static void take_question(size_t i)
{
    const size_t prefix = world.sockets[i].stream ? 2 : 0;
    const unsigned char *question = world.sockets[i].in + prefix;
    char name[256] = "";
    size_t used = 0;
    size_t at = 12;
    unsigned type;

    for (; question[at] != 0; at += question[at] + 1u) {
        used += (size_t)sprintf(name + used, "%s%.*s", used > 0 ? "." : "", question[at],
                                (const char *)question + at + 1);
    }
    type = question[at + 2];
    (void)sprintf(world.log + strlen(world.log), "%s%lu %s%u %s %s",
                  world.log[0] == '\0' ? "" : ", ", (unsigned long)world.now,
                  world.sockets[i].stream ? "tcp" : "udp", world.sockets[i].server,
                  type == SYMFEED_DNS_A ? "A" : "AAAA", name);
    make_answer(i, question, world.sockets[i].in_size - prefix, name, type);
}

static ssize_t fake_send(int descriptor, const void *data, size_t size, int flags)
{
    const size_t i = number_of(descriptor);
    size_t want = SIZE_MAX;

    (void)flags;
    if (world.delays > 0) {
        world.delays--;
        errno = world.delays % 2 == 0 ? EAGAIN : ENOTCONN;
        return -1;
    }
    if (world.sockets[i].stream && size > world.chunk) {
        size = world.chunk;
    }
    assert_true(world.sockets[i].in_size + size <= sizeof world.sockets[i].in);
    memcpy(world.sockets[i].in + world.sockets[i].in_size, data, size);
    world.sockets[i].in_size += size;
    if (!world.sockets[i].stream) {
        want = world.sockets[i].in_size;
    } else if (world.sockets[i].in_size >= 2) {
        want = 2u + (size_t)world.sockets[i].in[0] * 256 + world.sockets[i].in[1];
    }
    if (world.sockets[i].in_size == want) {
        take_question(i);
    }
    return (ssize_t)size;
}

static ssize_t fake_recv(int descriptor, void *data, size_t size, int flags)
{
    const size_t i = number_of(descriptor);
    const size_t left = world.sockets[i].out_size - world.sockets[i].out_at;

    (void)flags;
    assert_non_null(world.sockets[i].rule); /* all has been sent */
    if (world.sockets[i].rule->does == SILENT || (int32_t)(world.now - world.sockets[i].due) < 0) {
        errno = EAGAIN;
        return -1;
    }
    if (world.sockets[i].rule->does == REFUSES) {
        errno = ECONNREFUSED;
        return -1;
    }
    if (world.sockets[i].rule->does == CLOSES && world.sockets[i].stream &&
        world.sockets[i].out_at > 20) {
        return 0;
    }
    if (left == 0) {
        errno = EAGAIN;
        return -1;
    }
    size = size < left ? size : left;
    if (world.sockets[i].stream && size > world.chunk) {
        size = world.chunk;
    }
    memcpy(data, world.sockets[i].out + world.sockets[i].out_at, size);
    world.sockets[i].out_at += size;
    return (ssize_t)size;
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

#define CONNECT_TIME 15000u

static struct symfeed_lookup lookup;
static struct symfeed_address addresses[SYMFEED_ADDRESSES + 1];

static int begin_test(void **state)
{
    (void)state;
    write_text(hosts_file, "");
    write_text(resolv_conf_file, "nameserver 10.0.0.1\n");
    memset(&world, 0, sizeof world);
    world.chunk = 4096;
    symfeed_lookup_init(&lookup, CONNECT_TIME);
    return 0;
}

/* Nothing is left open. */
static int end_test(void **state)
{
    (void)state;
    return open_sockets() > 0;
}

#define SAY(...)                                                                                   \
    static const struct rule rules_[] = {__VA_ARGS__};                                             \
    world.rules = rules_;                                                                          \
    world.rule_count = COUNT(rules_)

static const char *words_of(int cause)
{
    switch (cause) {
    case SYMFEED_CAUSE_NO_SUCH_HOST: return "no such host";
    case SYMFEED_CAUSE_NO_ADDRESS: return "no address";
    case SYMFEED_CAUSE_NO_NAME_SERVER: return "no server answers";
    case SYMFEED_CAUSE_NAME_LATER: return "for now";
    case SYMFEED_CAUSE_NAME_REFUSED: return "refused";
    case SYMFEED_CAUSE_NAME_SYSTEM: return "in the system";
    default: return "another cause";
    }
}

/* Sleeps as poll() on the one descriptor would. */
static void sleep_until_ready(int answer)
{
    const int timeout = symfeed_lookup_timeout(&lookup, world.now);
    const size_t i = number_of(symfeed_lookup_descriptor(&lookup));
    uint32_t left = (uint32_t)timeout;

    assert_true(timeout >= 0);
    if (answer == SYMFEED_IO_WANT_WRITE) {
        world.now++;
        return;
    }
    if (world.sockets[i].rule->does != SILENT &&
        symfeed_time_left(world.sockets[i].due, world.now) < left) {
        left = symfeed_time_left(world.sockets[i].due, world.now);
    }
    world.now += left;
}

/* The addresses of a name, or the cause. */
static const char *result_of(const char *name)
{
    static char all[1024];
    int answer;

    world.log[0] = '\0';
    memset(&addresses[SYMFEED_ADDRESSES], 0, sizeof addresses[0]);
    for (unsigned calls = 0;; calls++) {
        assert_true(calls < 5000);
        answer = symfeed_lookup_find(&lookup, name, 443, world.now, addresses);
        if (answer != SYMFEED_IO_WANT_READ && answer != SYMFEED_IO_WANT_WRITE) {
            break;
        }
        sleep_until_ready(answer);
    }
    assert_int_equal(open_sockets(), 0);
    assert_int_equal(symfeed_lookup_descriptor(&lookup), -1);
    assert_int_equal(symfeed_lookup_timeout(&lookup, world.now), -1);
    assert_int_equal(addresses[SYMFEED_ADDRESSES].size, 0);
    if (answer < 0) {
        return strcpy(all, words_of(-answer));
    }
    assert_in_range(answer, 1, SYMFEED_ADDRESSES);
    return list(addresses, (size_t)answer, all);
}

#define assert_resolved(name, expected) assert_string_equal(result_of(name), expected)
#define assert_asked(name, expected, of)                                                           \
    assert_resolved(name, expected), assert_string_equal(world.log, of)

/* --- without a name server ---------------------------------------------------------------- */

static void numbers_are_nobodys_to_know(void **state)
{
    (void)state;
    write_text(hosts_file, "10.0.0.9 127.0.0.1 ::1\n");
    assert_asked("127.0.0.1", "127.0.0.1", "");
    assert_asked("::1", "::1", "");
    assert_asked("fe80::1%3", "fe80::1%3", "");
    assert_asked("fe80::1%no-such", "no such host", "");
    assert_asked("127.1", "127.0.0.1", "");
    assert_int_equal(files_read, 0);
}

static void nobody_is_asked_for_localhost(void **state)
{
    static const char *const names[] = {"localhost", "LocalHost.", "a.localhost", "a.b.localhost."};

    (void)state;
    write_text(hosts_file, "127.0.0.3 localhost\n");
    for (size_t i = 0; i < COUNT(names); i++) {
        assert_asked(names[i], "127.0.0.1 ::1", "");
    }
    assert_asked("notlocalhost", "no such host", "0 udp1 A notlocalhost, 0 udp1 AAAA notlocalhost");
}

static void names_that_nobody_can_have(void **state)
{
    static const char *const names[] = {"", ".", "..", ".a", "a..b", "a.."};

    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        assert_asked(names[i], "no such host", "");
    }
}

static void the_hosts_file_comes_first(void **state)
{
    SAY({.name = "bot.example", .type = SYMFEED_DNS_A, .count = 1, .first = 7});

    (void)state;
    write_text(hosts_file, "127.0.0.9 bot.example\n");
    assert_asked("bot.example", "127.0.0.9", "");
    assert_asked("BOT.example.", "127.0.0.9", "");
}

static void files_are_read_once(void **state)
{
    SAY({.name = "bot.example", .type = SYMFEED_DNS_A, .count = 1, .first = 7},
        {.name = "bot.example"});

    (void)state;
    files_read = 0;
    for (unsigned i = 0; i < 3; i++) {
        assert_resolved("bot.example", "127.0.0.7");
    }
    assert_int_equal(files_read, 2);
    assert_resolved("127.0.0.1", "127.0.0.1");
    assert_resolved("bot.example", "127.0.0.7");
    assert_int_equal(files_read, 3); /* another name was asked for in between */
    write_text(hosts_file, "127.0.0.9 bot.example\n127.0.0.8 bot.example\n");
    for (unsigned i = 0; i < 3; i++) {
        assert_asked("bot.example", "127.0.0.9 127.0.0.8", "");
    }
    assert_int_equal(files_read, 4);
    symfeed_lookup_forget(&lookup);
    memset(addresses, 0, sizeof addresses);
    assert_asked("bot.example", "127.0.0.9 127.0.0.8", "");
    write_text(hosts_file, "# nothing\n");
    write_text(resolv_conf_file, "nameserver 10.0.0.2\n");
    assert_asked("bot.example", "127.0.0.7", "0 udp2 A bot.example, 0 udp2 AAAA bot.example");
}

/* --- questions and answers ---------------------------------------------------------------- */

static void both_kinds_are_asked_for_at_once(void **state)
{
    SAY({.name = "four.example", .type = SYMFEED_DNS_A, .count = 2, .first = 1},
        {.name = "four.example"},
        {.name = "six.example", .type = SYMFEED_DNS_AAAA, .count = 1, .first = 1, .delay = 300},
        {.name = "six.example", .delay = 200});

    (void)state;
    assert_asked("four.example", "127.0.0.1 127.0.0.2",
                 "0 udp1 A four.example, 0 udp1 AAAA four.example");
    assert_asked("six.example", "::1", "0 udp1 A six.example, 0 udp1 AAAA six.example");
    assert_int_equal(world.now, 300);
}

static void room_for_both_kinds(void **state)
{
    static const struct {
        unsigned v4;
        unsigned v6;
        unsigned v4_taken;
        unsigned v6_taken;
    } cases[] = {{8, 0, 8, 0}, {20, 0, 8, 0}, {0, 20, 0, 8}, {20, 20, 4, 4},
                 {8, 1, 7, 1}, {8, 3, 5, 3},  {8, 4, 4, 4},  {8, 5, 4, 4},
                 {3, 8, 3, 5}, {1, 8, 1, 7},  {4, 4, 4, 4},  {9, 9, 4, 4}};

    (void)state;
    for (size_t i = 0; i < 2 * COUNT(cases); i++) {
        /* Whichever comes first. */
        const struct rule rules[] = {
            {.type = SYMFEED_DNS_A, .count = cases[i / 2].v4, .first = 1, .delay = i % 2 * 10},
            {.type = SYMFEED_DNS_AAAA, .count = cases[i / 2].v6, .first = 1, .delay = 5}};
        unsigned v4 = 0;
        unsigned v6 = 0;

        world.rules = rules;
        world.rule_count = COUNT(rules);
        world.socket_count = 0;
        for (const char *at = result_of("h.example"); at != NULL; at = strchr(at, ' ')) {
            at += *at == ' ' ? 1 : 0;
            v6 += *at == ':' ? 1 : 0;
            v4 += *at != ':' ? 1 : 0;
        }
        assert_int_equal(v4, cases[i / 2].v4_taken);
        assert_int_equal(v6, cases[i / 2].v6_taken);
    }
}

static void each_failure_has_its_cause(void **state)
{
    SAY({.name = "none.example"}, {.name = "down.example", .code = 2},
        {.name = "no.example", .code = SYMFEED_DNS_REFUSED},
        {.name = "six.example", .type = SYMFEED_DNS_A}, {.name = "six.example", .code = 2},
        {.name = "half.example", .type = SYMFEED_DNS_A, .count = 1, .first = 1},
        {.name = "half.example", .code = 2}, {.name = "silent.example", .does = SILENT},
        {.name = "closed.example", .does = REFUSES});

    (void)state;
    assert_resolved("gone.example", "no such host");
    assert_resolved("none.example", "no address");
    assert_resolved("down.example", "for now");
    assert_resolved("no.example", "refused");
    assert_resolved("six.example", "for now");
    assert_resolved("half.example", "127.0.0.1");
    assert_resolved("silent.example", "no server answers");
    assert_resolved("closed.example", "no server answers");
    for (size_t i = 0; i < 2; i++) {
        world.socket_error = i == 0 ? EMFILE : EAFNOSUPPORT;
        assert_asked("bot.example", "in the system", "");
    }
}

static void one_kind_without_an_answer_is_soon_done_without(void **state)
{
    SAY({.name = "half.example", .type = SYMFEED_DNS_A, .count = 1, .first = 1, .delay = 20},
        {.name = "half.example", .does = SILENT},
        {.name = "other.example", .type = SYMFEED_DNS_AAAA, .count = 1, .first = 1, .delay = 1},
        {.name = "other.example", .does = SILENT});

    (void)state;
    assert_resolved("half.example", "127.0.0.1");
    assert_int_equal(world.now, 520);
    /* The question for IPv4 is the one that is waited for; the answer is seen when its try ends. */
    assert_resolved("other.example", "::1");
    assert_int_equal(world.now, 520 + 5500);
}

/* --- tries -------------------------------------------------------------------------------- */

static void one_server_is_asked_twice(void **state)
{
    SAY({.name = "silent.example", .does = SILENT});

    (void)state;
    assert_asked("silent.example", "no server answers",
                 "0 udp1 A silent.example, 0 udp1 AAAA silent.example, "
                 "5000 udp1 A silent.example, 5000 udp1 AAAA silent.example");
    assert_int_equal(world.now, 10000);
}

static void three_servers_share_the_time(void **state)
{
    SAY({.name = "s", .type = SYMFEED_DNS_A, .does = SILENT}, {.name = "s"});

    (void)state;
    write_text(resolv_conf_file, "nameserver 10.0.0.1\nnameserver 10.0.0.2\nnameserver 10.0.0.3\n");
    assert_asked("s", "no server answers",
                 "0 udp1 A s, 0 udp1 AAAA s, 1666 udp2 A s, 3332 udp3 A s, 4998 udp1 A s, "
                 "6664 udp2 A s, 8330 udp3 A s");
    assert_int_equal(world.now, 8330 + 5000);
}

static void a_short_timeout_is_kept(void **state)
{
    SAY({.name = "s", .does = SILENT});

    (void)state;
    write_text(resolv_conf_file, "nameserver 10.0.0.1\noptions timeout:1 attempts:3\n");
    assert_resolved("s", "no server answers");
    assert_int_equal(world.now, 3000);
}

static void time_may_wrap(void **state)
{
    SAY({.name = "s", .does = SILENT});

    (void)state;
    world.now = UINT32_MAX - 6000;
    assert_resolved("s", "no server answers");
    assert_int_equal(world.now, 3999);
}

static void the_next_server_at_once_where_one_refuses(void **state)
{
    SAY({.server = 1, .does = REFUSES}, {.server = 2, .does = UNREACHABLE},
        {.server = 3, .type = SYMFEED_DNS_A, .count = 1, .first = 3}, {.server = 3});

    (void)state;
    write_text(resolv_conf_file, "nameserver 10.0.0.1\nnameserver 10.0.0.2\nnameserver 10.0.0.3\n");
    assert_resolved("bot.example", "127.0.0.3");
    assert_int_equal(world.now, 0);
    assert_asked("bot.example", "127.0.0.3", "0 udp3 A bot.example, 0 udp3 AAAA bot.example");
}

static void an_ended_lookup_begins_with_another_server(void **state)
{
    SAY({.server = 1, .does = SILENT}, {.type = SYMFEED_DNS_A, .count = 1, .first = 2},
        {.server = 2});

    (void)state;
    write_text(resolv_conf_file, "nameserver 10.0.0.1\nnameserver 10.0.0.2\n");
    assert_int_equal(symfeed_lookup_find(&lookup, "bot.example", 443, 0, addresses),
                     SYMFEED_IO_WANT_READ);
    assert_int_equal(open_sockets(), 2);
    symfeed_lookup_stop(&lookup);
    assert_int_equal(open_sockets(), 0);
    symfeed_lookup_stop(&lookup);
    assert_asked("bot.example", "127.0.0.2", "0 udp2 A bot.example, 0 udp2 AAAA bot.example");
}

static void servers_take_turns_with_rotate(void **state)
{
    SAY({.type = SYMFEED_DNS_A, .count = 1, .first = 1}, {.type = SYMFEED_DNS_AAAA});

    (void)state;
    write_text(resolv_conf_file, "nameserver 10.0.0.1\nnameserver 10.0.0.2\noptions rotate\n");
    assert_asked("b", "127.0.0.1", "0 udp2 A b, 0 udp2 AAAA b");
    assert_asked("b", "127.0.0.1", "0 udp1 A b, 0 udp1 AAAA b");
    assert_asked("b", "127.0.0.1", "0 udp2 A b, 0 udp2 AAAA b");
}

static void words_count_more_than_silence(void **state)
{
    SAY({.server = 1, .code = 2}, {.server = 2, .does = SILENT});

    (void)state;
    write_text(resolv_conf_file, "nameserver 10.0.0.1\nnameserver 10.0.0.2\n");
    assert_resolved("b", "for now");
}

static void without_edns_where_the_server_does_not_know_it(void **state)
{
    SAY({.name = "b", .code = SYMFEED_DNS_FORMERR});

    (void)state;
    write_text(resolv_conf_file, "nameserver 10.0.0.1\noptions edns0 attempts:1\n");
    assert_asked("b", "for now", "0 udp1 A b, 0 udp1 AAAA b, 0 udp1 A b, 0 udp1 AAAA b");
    assert_int_equal(world.sockets[0].in[11], 1);
    assert_int_equal(world.sockets[1].in[11], 1);
    assert_int_equal(world.sockets[2].in[11], 0);
}

/* --- by TCP ------------------------------------------------------------------------------- */

static void a_byte_at_a_time(void **state)
{
    SAY({.type = SYMFEED_DNS_A, .count = 5, .first = 1}, {.type = SYMFEED_DNS_AAAA});

    (void)state;
    write_text(resolv_conf_file, "nameserver 10.0.0.1\noptions use-vc\n");
    for (world.chunk = 1; world.chunk < 40; world.chunk++) {
        world.delays = (unsigned)world.chunk % 5;
        world.socket_count = 0;
        assert_resolved("b", "127.0.0.1 127.0.0.2 127.0.0.3 127.0.0.4 127.0.0.5");
        assert_non_null(strstr(world.log, "tcp1 A b"));
        assert_null(strstr(world.log, "udp"));
    }
}

static void what_is_cut_comes_by_tcp(void **state)
{
    SAY({.type = SYMFEED_DNS_A, .count = 5, .first = 1, .does = CUTS}, {.type = SYMFEED_DNS_AAAA});

    (void)state;
    assert_asked("b", "127.0.0.1 127.0.0.2 127.0.0.3 127.0.0.4 127.0.0.5",
                 "0 udp1 A b, 0 udp1 AAAA b, 1 tcp1 A b");
}

static void a_stream_that_ends_in_the_middle(void **state)
{
    SAY({.server = 1, .type = SYMFEED_DNS_A, .count = 5, .first = 1, .does = CLOSES}, {.server = 1},
        {.server = 2, .type = SYMFEED_DNS_A, .count = 1, .first = 9});

    (void)state;
    write_text(resolv_conf_file, "nameserver 10.0.0.1\nnameserver 10.0.0.2\noptions use-vc\n");
    for (world.chunk = 1; world.chunk < 110; world.chunk++) {
        symfeed_lookup_init(&lookup, CONNECT_TIME);
        world.socket_count = 0;
        assert_resolved("b", world.chunk < 101 ? "127.0.0.9"
                                               : "127.0.0.1 127.0.0.2 127.0.0.3 "
                                                 "127.0.0.4 127.0.0.5");
    }
}

static void a_stream_may_be_ended_at_any_moment(void **state)
{
    SAY({.type = SYMFEED_DNS_A, .count = 5, .first = 1, .does = CUTS},
        {.type = SYMFEED_DNS_AAAA, .count = 1, .delay = 1});

    (void)state;
    world.chunk = 3;
    for (unsigned calls = 0; calls < 60; calls++) {
        world.socket_count = 0;
        world.delays = 0;
        for (unsigned i = 0; i < calls; i++) {
            if (symfeed_lookup_find(&lookup, "b", 443, world.now, addresses) > 0) {
                break;
            }
        }
        symfeed_lookup_stop(&lookup);
        assert_int_equal(open_sockets(), 0);
    }
}

/* --- the search list ---------------------------------------------------------------------- */

static void a_short_name_is_looked_for_in_the_list(void **state)
{
    SAY({.name = "proxy.b.example", .type = SYMFEED_DNS_A, .count = 1, .first = 2, .delay = 1},
        {.name = "proxy.b.example"},
        {.name = "proxy", .type = SYMFEED_DNS_A, .count = 1, .first = 3}, {.name = "proxy"},
        {.name = "one.two", .type = SYMFEED_DNS_A, .count = 1, .first = 4}, {.name = "one.two"},
        {.name = "one.two.a.example", .type = SYMFEED_DNS_A, .count = 1, .first = 5},
        {.name = "one.two.a.example"}, {.name = "no.a.example"},
        {.name = "down.a.example", .code = 2});

    (void)state;
    assert_resolved("proxy", "127.0.0.3");
    write_text(resolv_conf_file, "nameserver 10.0.0.1\nsearch a.example b.example.\n");
    assert_resolved("proxy", "127.0.0.2");
    assert_null(strstr(world.log, "A proxy,"));
    assert_resolved("proxy.", "127.0.0.3");
    assert_resolved("one.two", "127.0.0.4");
    assert_resolved("no", "no such host");
    assert_non_null(strstr(world.log, "udp1 A no.a.example"));
    assert_non_null(strstr(world.log, "udp1 A no.b.example"));
    assert_resolved("down", "for now");
    assert_null(strstr(world.log, "down.b"));
    write_text(resolv_conf_file, "nameserver 10.0.0.1\nsearch a.example\noptions ndots:2\n");
    assert_resolved("one.two", "127.0.0.5");
    assert_resolved("one.two.", "127.0.0.4");
    write_text(resolv_conf_file, "nameserver 10.0.0.1\nsearch . .. a..b\n");
    assert_resolved("proxy", "127.0.0.3");
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
    (void)strcat(line, "x\nnameserver 10.0.0.1\n"); /* 201 bytes */
    write_text(resolv_conf_file, line);
    memset(name, 'n', sizeof name);
    name[52] = '\0'; /* 52 + 1 + 201 bytes */
    assert_resolved(name, "no such host");
    assert_null(strstr(world.log, ".d."));
    name[51] = '\0';
    assert_resolved(name, "no such host");
    assert_non_null(strstr(world.log, ".d."));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(numbers_are_nobodys_to_know, begin_test, end_test),
        cmocka_unit_test_setup_teardown(nobody_is_asked_for_localhost, begin_test, end_test),
        cmocka_unit_test_setup_teardown(names_that_nobody_can_have, begin_test, end_test),
        cmocka_unit_test_setup_teardown(the_hosts_file_comes_first, begin_test, end_test),
        cmocka_unit_test_setup_teardown(files_are_read_once, begin_test, end_test),
        cmocka_unit_test_setup_teardown(both_kinds_are_asked_for_at_once, begin_test, end_test),
        cmocka_unit_test_setup_teardown(room_for_both_kinds, begin_test, end_test),
        cmocka_unit_test_setup_teardown(each_failure_has_its_cause, begin_test, end_test),
        cmocka_unit_test_setup_teardown(one_kind_without_an_answer_is_soon_done_without, begin_test,
                                        end_test),
        cmocka_unit_test_setup_teardown(one_server_is_asked_twice, begin_test, end_test),
        cmocka_unit_test_setup_teardown(three_servers_share_the_time, begin_test, end_test),
        cmocka_unit_test_setup_teardown(a_short_timeout_is_kept, begin_test, end_test),
        cmocka_unit_test_setup_teardown(time_may_wrap, begin_test, end_test),
        cmocka_unit_test_setup_teardown(the_next_server_at_once_where_one_refuses, begin_test,
                                        end_test),
        cmocka_unit_test_setup_teardown(an_ended_lookup_begins_with_another_server, begin_test,
                                        end_test),
        cmocka_unit_test_setup_teardown(servers_take_turns_with_rotate, begin_test, end_test),
        cmocka_unit_test_setup_teardown(words_count_more_than_silence, begin_test, end_test),
        cmocka_unit_test_setup_teardown(without_edns_where_the_server_does_not_know_it, begin_test,
                                        end_test),
        cmocka_unit_test_setup_teardown(a_byte_at_a_time, begin_test, end_test),
        cmocka_unit_test_setup_teardown(what_is_cut_comes_by_tcp, begin_test, end_test),
        cmocka_unit_test_setup_teardown(a_stream_that_ends_in_the_middle, begin_test, end_test),
        cmocka_unit_test_setup_teardown(a_stream_may_be_ended_at_any_moment, begin_test, end_test),
        cmocka_unit_test_setup_teardown(a_short_name_is_looked_for_in_the_list, begin_test,
                                        end_test),
        cmocka_unit_test_setup_teardown(a_name_too_long_for_the_list, begin_test, end_test),
    };

    return cmocka_run_group_tests(tests, make_files, remove_files);
}
