/* SPDX-License-Identifier: Apache-2.0 */
/* test_posix.c - what becomes of a report: a log line, or the application's own; on a port whose
 * network, TLS and files are put together here. */
#ifndef _DEFAULT_SOURCE
#define _DEFAULT_SOURCE /* inet_aton() */
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

#include <sys/types.h>

#include "../../../port/net/address.c"
#include "../../../port/cause.c"
#include "../../../port/system/characters.c"
#include "../../../port/system/descriptor.c"
#include "../../../port/system/file.c"
#include "../../../port/system/fnv.c"
#include "../../../port/posix.c"
#include "../../../port/system/format.c"
#include "../../../port/tls/refusal.c"

/* What the calls below answer, and what has been logged. */
static struct {
    int answer;
    enum symfeed_port_cause cause;
    bool exposed;
    char lines[4096];
    size_t used;
} world;

/* Standard error, for log.c: a file that keeps what is written. */
static int file_fstat(int descriptor, struct stat *about)
{
    (void)descriptor;
    memset(about, 0, sizeof *about);
    about->st_mode = S_IFREG;
    return 0;
}

static ssize_t file_write(int descriptor, const void *line, size_t size)
{
    assert_int_equal(descriptor, STDERR_FILENO);
    assert_true(world.used + size < sizeof world.lines);
    memcpy(world.lines + world.used, line, size);
    world.used += size;
    world.lines[world.used] = '\0';
    return (ssize_t)size;
}

#define fstat file_fstat
#define write file_write
#include "../../../port/system/log.c"
#undef fstat
#undef write

/* --- the rest of the port ----------------------------------------------------------------- */

void symfeed_mbedtls_text(int error, char *out, size_t size)
{
    (void)snprintf(out, size, "error %d", error);
}

uint32_t symfeed_clock_now(void)
{
    return 0;
}

int64_t symfeed_clock_wall(void)
{
    return 1;
}

int symfeed_random(void *data, size_t size)
{
    memset(data, 1, size);
    return 0;
}

int symfeed_arena_start(void *memory, size_t size, struct symfeed_failure *failure)
{
    (void)memory;
    (void)size;
    (void)failure;
    return 0;
}

void symfeed_arena_finish(void)
{
}

size_t symfeed_arena_peak(void)
{
    return 0;
}

void symfeed_pem_init(struct symfeed_pem *pem)
{
    (void)pem;
}

void symfeed_pem_close(struct symfeed_pem *pem)
{
    (void)pem;
}

void symfeed_socket_init(struct symfeed_socket *connection, uint32_t connect_time,
                         symfeed_resolver *resolve, void *resolve_context)
{
    (void)connect_time;
    (void)resolve;
    (void)resolve_context;
    memset(connection, 0, sizeof *connection);
}

/* Fails as the world has it: the host is cut and may have any byte. */
int symfeed_socket_connect(struct symfeed_socket *connection,
                           const struct symfeed_endpoint *endpoint, uint32_t now)
{
    (void)now;
    (void)symfeed_fail(&connection->failure, SYMFEED_SUBJECT_HOST, world.cause);
    (void)snprintf(connection->failure.name, sizeof connection->failure.name, "%.*s",
                   (int)endpoint->host_size, endpoint->host);
    return world.answer;
}

int symfeed_socket_send(struct symfeed_socket *connection, const void *data, size_t size)
{
    (void)connection;
    (void)data;
    return (int)size;
}

int symfeed_socket_recv(struct symfeed_socket *connection, void *data, size_t size)
{
    (void)connection;
    (void)data;
    (void)size;
    return 0;
}

void symfeed_socket_close(struct symfeed_socket *connection)
{
    (void)connection;
}

void symfeed_tls_init_unusable(struct symfeed_tls *tls, struct symfeed_socket *connection,
                               struct symfeed_pem *pem)
{
    (void)pem;
    memset(tls, 0, sizeof *tls);
    tls->connection = connection;
}

int symfeed_tls_init(struct symfeed_tls *tls, struct symfeed_socket *connection,
                     struct symfeed_pem *pem, const struct symfeed_tls_config *config)
{
    (void)tls;
    (void)pem;
    (void)symfeed_fail_file(&connection->failure, SYMFEED_SUBJECT_CA_FILE, world.cause,
                            config->ca_file);
    return world.answer;
}

int symfeed_tls_secure(struct symfeed_tls *tls, const struct symfeed_endpoint *endpoint)
{
    (void)endpoint;
    (void)symfeed_fail(&tls->connection->failure, SYMFEED_SUBJECT_TLS_CALL, world.cause);
    tls->identity.exposed = world.exposed;
    tls->identity.key_file = "/etc/client.key";
    return world.answer;
}

int symfeed_tls_send(struct symfeed_tls *tls, const void *data, size_t size)
{
    (void)tls;
    (void)data;
    return (int)size;
}

int symfeed_tls_recv(struct symfeed_tls *tls, void *data, size_t size)
{
    (void)tls;
    (void)data;
    (void)size;
    return 0;
}

void symfeed_tls_close(struct symfeed_tls *tls)
{
    (void)tls;
}

void symfeed_tls_free(struct symfeed_tls *tls)
{
    (void)tls;
}

void symfeed_tls_finish(void)
{
}

int symfeed_sign_check(struct symfeed_pem *pem, const char *file, struct symfeed_failure *failure)
{
    (void)pem;
    return symfeed_fail_file(failure, SYMFEED_SUBJECT_RSA_KEY_FILE, world.cause, file);
}

int symfeed_sign(struct symfeed_pem *pem, const char *file, const void *data, size_t size,
                 unsigned char *signature, size_t room, bool *exposed,
                 struct symfeed_failure *failure)
{
    (void)pem;
    (void)data;
    (void)size;
    (void)signature;
    (void)room;
    *exposed = world.exposed;
    return symfeed_fail_file(failure, SYMFEED_SUBJECT_RSA_KEY_FILE, world.cause, file);
}

int symfeed_credentials_read(const char *file, char *token, size_t size, bool *exposed,
                             struct symfeed_failure *failure)
{
    *exposed = world.exposed;
    (void)snprintf(token, size, "a token");
    return world.answer == 0
               ? 0
               : symfeed_fail_file(failure, SYMFEED_SUBJECT_TOKEN_FILE, world.cause, file);
}

/* --- a port ------------------------------------------------------------------------------- */

static struct symfeed_posix posix;
static unsigned char memory[SYMFEED_MEMORY(1024, 32)];

static struct symfeed_posix_config usual(void)
{
    struct symfeed_posix_config config;

    memset(&config, 0, sizeof config);
    config.session_token_file = "/etc/token";
    config.rsa_key_file = "/etc/rsa.key";
    config.feed.agent = "http://agent.example.com";
    config.feed.insecure_http = true;
    config.feed.window = 1024;
    config.feed.json_tokens = 32;
    config.memory = memory;
    config.memory_size = sizeof memory;
    return config;
}

static void open_port(struct symfeed_posix_config config)
{
    char error[256];

    memset(&world, 0, sizeof world);
    if (SYMFEED_KEY_SIGN_IN) {
        config.rsa_key_file = NULL; /* it is looked at here */
    }
    assert_int_equal(symfeed_posix_open(&posix, &config, error, sizeof error), SYMFEED_POSIX_OK);
    posix.rsa_key_file = "/etc/rsa.key";
}

static struct symfeed_report report_of(enum symfeed_report_code code, enum symfeed_level level,
                                       int answer)
{
    struct symfeed_report report;

    memset(&report, 0, sizeof report);
    report.code = code;
    report.level = level;
    report.cause = symfeed_cause(answer);
    return report;
}

static void do_report(enum symfeed_report_code code, enum symfeed_level level, int answer)
{
    struct symfeed_report report = report_of(code, level, answer);

    world.used = 0;
    world.lines[0] = '\0';
    posix.port.report(posix.port.context, &report);
}

/* The line without its date, which it begins with. */
static void expect_line(const char *expected)
{
    static const char date[] = "2026-11-29T21:43:20Z ";

    assert_true(world.used > sizeof date);
    assert_int_equal(world.lines[10], 'T');
    assert_int_equal(world.lines[19], 'Z');
    assert_string_equal(world.lines + strlen(date), expected);
}

/* Connects to a host and reports what became of it. */
static void fail_to_connect(const char *host, enum symfeed_port_cause cause)
{
    struct symfeed_endpoint endpoint;

    memset(&endpoint, 0, sizeof endpoint);
    endpoint.host = host;
    endpoint.host_size = strlen(host);
    world.cause = cause;
    world.answer = -(int)cause;
    assert_int_equal(posix.port.connect(posix.port.context, &endpoint), -(int)cause);
    do_report(SYMFEED_REPORT_NO_CONNECTION, SYMFEED_LOG_WARNING, world.answer);
}

/* A report is a line that begins so. */
static void expect_start(const char *text)
{
    do_report(SYMFEED_REPORT_STOPPED, SYMFEED_LOG_INFO, 0);
    assert_memory_equal(world.lines, text, strlen(text));
}

/* file_fstat() says that standard error has device and inode 0. */
static void lines_are_for_the_journal_or_as_the_log_of_the_application_says(void **state)
{
    struct symfeed_log json = {.format = SYMFEED_LOG_JSON};
    struct symfeed_log text = {.format = SYMFEED_LOG_TEXT};
    struct symfeed_posix_config config = usual();

    (void)state;
    assert_int_equal(setenv("JOURNAL_STREAM", "0:0", 1), 0);
    open_port(config);
    expect_start("<6>info: ");
    config.log = &json;
    open_port(config);
    expect_start("{\"time\":\"2");
    config.log = &text;
    open_port(config);
    expect_start("2");
    assert_int_equal(unsetenv("JOURNAL_STREAM"), 0);
    config.log = NULL;
    open_port(config);
    expect_start("2");
}

static void verbosity_chooses_the_lines(void **state)
{
    (void)state;
    for (int verbosity = -3; verbosity <= 1; verbosity++) {
        struct symfeed_posix_config config = usual();

        config.verbosity = verbosity;
        open_port(config);
        for (int level = SYMFEED_LOG_ERROR; level <= SYMFEED_LOG_DEBUG; level++) {
            do_report(SYMFEED_REPORT_STOPPED, (enum symfeed_level)level, 0);
            assert_int_equal(world.used > 0, level <= verbosity + 2);
        }
        symfeed_posix_close(&posix);
    }
}

static void each_level_has_its_name(void **state)
{
    struct symfeed_posix_config config = usual();

    (void)state;
    config.verbosity = 1;
    open_port(config);
#if SYMFEED_MESSAGES
    do_report(SYMFEED_REPORT_STOPPED, SYMFEED_LOG_ERROR, 0);
    expect_line("error: stopped\n");
    do_report(SYMFEED_REPORT_STOPPED, SYMFEED_LOG_WARNING, 0);
    expect_line("warning: stopped\n");
    do_report(SYMFEED_REPORT_STOPPED, SYMFEED_LOG_INFO, 0);
    expect_line("info: stopped\n");
    do_report(SYMFEED_REPORT_STOPPED, SYMFEED_LOG_DEBUG, 0);
    expect_line("debug: stopped\n");
#else
    char line[80];

    (void)snprintf(line, sizeof line, "debug: report %u, status 0, cause 0, wait 0\n",
                   (unsigned)SYMFEED_REPORT_STOPPED);
    do_report(SYMFEED_REPORT_STOPPED, SYMFEED_LOG_DEBUG, 0);
    expect_line(line);
#endif
    symfeed_posix_close(&posix);
}

/* The port's words take the place of the general ones. */
static void a_failure_has_the_words_of_its_cause(void **state)
{
    (void)state;
    open_port(usual());
    fail_to_connect("h.example", SYMFEED_CAUSE_NO_SUCH_HOST);
#if SYMFEED_MESSAGES
    expect_line("warning: h.example: no such host\n");
    fail_to_connect("z\xc3\xbcrich.example\x1b[2J\n", SYMFEED_CAUSE_NAME_LATER);
    expect_line("warning: z\xc3\xbcrich.example [2J : name resolution failed for now\n");
    world.cause = SYMFEED_CAUSE_NO_FILE;
    assert_int_equal(port_sign(&posix, "", 0, NULL, 0), -SYMFEED_CAUSE_NO_FILE);
    do_report(SYMFEED_REPORT_NO_SIGNATURE, SYMFEED_LOG_ERROR, -SYMFEED_CAUSE_NO_FILE);
    expect_line("error: RSA key file /etc/rsa.key: there is no such file\n");
    do_report(SYMFEED_REPORT_NO_ANSWER, SYMFEED_LOG_WARNING, 0);
    expect_line("warning: connection ended without an answer\n");
#else
    char line[80];

    (void)snprintf(line, sizeof line, "warning: report %u, status 0, cause %u, wait 0\n",
                   (unsigned)SYMFEED_REPORT_NO_CONNECTION, (unsigned)SYMFEED_CAUSE_NO_SUCH_HOST);
    expect_line(line);
#endif
    symfeed_posix_close(&posix);
}

/* --- the application's own ---------------------------------------------------------------- */

static struct symfeed_report taken;
static unsigned taken_count;
static char taken_line[512];

static void take(void *context, const struct symfeed_report *report)
{
    assert_ptr_equal(context, &taken);
    taken = *report;
    taken_count++;
    (void)symfeed_posix_report_text(&posix, report, taken_line, sizeof taken_line);
}

static struct symfeed_posix_config with_own_report(void)
{
    struct symfeed_posix_config config = usual();

    config.report = take;
    config.report_context = &taken;
    config.verbosity = -3; /* does not count then */
    taken_count = 0;
    return config;
}

static void an_application_takes_reports_itself(void **state)
{
    (void)state;
    open_port(with_own_report());
    fail_to_connect("h.example", SYMFEED_CAUSE_NO_SUCH_HOST);
    assert_int_equal(taken_count, 1);
    assert_int_equal(taken.code, SYMFEED_REPORT_NO_CONNECTION);
    assert_int_equal(taken.cause, SYMFEED_CAUSE_NO_SUCH_HOST);
    if (SYMFEED_MESSAGES) {
        assert_string_equal(taken_line, "h.example: no such host");
    }
    assert_int_equal(world.used, 0);
    symfeed_posix_close(&posix);
}

/* SYMFEED_IO_AGAIN is an answer and no cause: the second one is reported with the cause behind it.
 */
static void a_handshake_that_failed_again_has_its_cause(void **state)
{
    struct symfeed_endpoint endpoint;

    (void)state;
    memset(&endpoint, 0, sizeof endpoint);
    open_port(with_own_report());
    world.cause = SYMFEED_CAUSE_HUNG_UP;
    world.answer = SYMFEED_IO_AGAIN;
    assert_int_equal(posix.port.secure(posix.port.context, &endpoint), SYMFEED_IO_AGAIN);
    assert_true(posix.connection.again);
    do_report(SYMFEED_REPORT_NO_CONNECTION, SYMFEED_LOG_WARNING, SYMFEED_IO_AGAIN);
    assert_int_equal(taken.cause, SYMFEED_CAUSE_HUNG_UP);
    if (SYMFEED_MESSAGES) {
        assert_string_equal(taken_line, "TLS handshake: the server hung up");
    }
    symfeed_posix_close(&posix);
}

/* A file that others can read is reported once, and hides no failure. */
static void an_exposed_file_is_reported_once(void **state)
{
    struct symfeed_credentials credentials;
    struct symfeed_endpoint endpoint;
    char tokens[2][16];

    (void)state;
    memset(&credentials, 0, sizeof credentials);
    memset(&endpoint, 0, sizeof endpoint);
    credentials.session_token = tokens[0];
    credentials.session_token_size = sizeof tokens[0];
    credentials.key_manager_token = tokens[1];
    credentials.key_manager_token_size = sizeof tokens[1];
    open_port(with_own_report());
    world.exposed = true;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(posix.port.credentials(posix.port.context, &credentials), 0);
        assert_int_equal(taken_count, 1);
    }
    assert_int_equal(taken.code, SYMFEED_REPORT_EXPOSED_FILE);
    assert_int_equal(taken.level, SYMFEED_LOG_WARNING);
    assert_int_equal(taken.cause, SYMFEED_CAUSE_EXPOSED_FILE);
    if (SYMFEED_MESSAGES) {
        assert_string_equal(taken_line, "token file /etc/token can be read by other users: chmod "
                                        "600 would stop that");
    }
    world.cause = SYMFEED_CAUSE_HUNG_UP;
    world.answer = -SYMFEED_CAUSE_HUNG_UP;
    assert_int_equal(posix.port.secure(posix.port.context, &endpoint), -SYMFEED_CAUSE_HUNG_UP);
    assert_false(posix.connection.again);
    assert_int_equal(taken_count, 2);
    if (SYMFEED_MESSAGES) {
        assert_string_equal(taken_line, "key file /etc/client.key can be read by other users: "
                                        "chmod 600 would stop that");
    }
    do_report(SYMFEED_REPORT_NO_CONNECTION, SYMFEED_LOG_WARNING, world.answer);
    assert_int_equal(taken.cause, SYMFEED_CAUSE_HUNG_UP);
    symfeed_posix_close(&posix);
}

/* --- at the start ------------------------------------------------------------------------- */

static void what_is_wrong_at_the_start_is_one_line(void **state)
{
    struct symfeed_posix_config config = usual();
    char error[256];

    (void)state;
    memset(&world, 0, sizeof world);
    world.cause = SYMFEED_CAUSE_NO_FILE;
    world.answer = SYMFEED_TLS_BAD_CA;
    config.rsa_key_file = NULL;
    config.feed.agent = "https://agent.example.com";
    config.ca_file = "/etc/ca\n";
    assert_int_equal(symfeed_posix_open(&posix, &config, error, sizeof error),
                     SYMFEED_POSIX_BAD_CA);
#if SYMFEED_MESSAGES
    assert_string_equal(error, "/etc/ca  is not a PEM file of trusted CAs: there is no such file");
    assert_int_equal(symfeed_posix_open(&posix, &config, error, 8), SYMFEED_POSIX_BAD_CA);
    assert_string_equal(error, "/etc/ca");
#endif
    error[0] = 'x';
    assert_int_equal(symfeed_posix_open(&posix, &config, error, 0), SYMFEED_POSIX_BAD_CA);
    assert_int_equal(error[0], 'x');
    config.session_token_file = NULL;
    assert_int_equal(symfeed_posix_open(&posix, &config, error, sizeof error),
                     SYMFEED_POSIX_BAD_FILES);
    assert_int_equal(symfeed_posix_open_checked(&posix, &config, error, sizeof error, 1),
                     SYMFEED_POSIX_BAD_VERSION);
    if (SYMFEED_MESSAGES) {
        assert_non_null(strstr(error, "header and library differ: "));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_for_the_journal_or_as_the_log_of_the_application_says),
        cmocka_unit_test(verbosity_chooses_the_lines),
        cmocka_unit_test(each_level_has_its_name),
        cmocka_unit_test(a_failure_has_the_words_of_its_cause),
        cmocka_unit_test(an_application_takes_reports_itself),
        cmocka_unit_test(a_handshake_that_failed_again_has_its_cause),
        cmocka_unit_test(an_exposed_file_is_reported_once),
        cmocka_unit_test(what_is_wrong_at_the_start_is_one_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

#include "left_out.h"

#endif
