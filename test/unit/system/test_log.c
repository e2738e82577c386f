/* SPDX-License-Identifier: Apache-2.0 */
/* test_log.c - lines on standard error: on a system that is put together here, call by call. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "helpers.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* The port's, which need nothing of TLS. */
#include "../../../port/system/characters.c"
#include "../../../port/system/format.c"

#define OWN 99 /* the descriptor that /proc/self/fd/2 is opened as */

/* What the system is, and what has been written to it. */
static struct {
    bool real;       /* it is the system that the test runs on, and the rest does not count */
    mode_t kind;     /* of standard error; 0: it is closed */
    int own_error;   /* errno where it cannot be opened anew; 0: it can */
    short room;      /* what poll() tells of it */
    size_t takes;    /* bytes that a write takes at most */
    int error;       /* errno where it takes 0 */
    int descriptor;  /* of the last write */
    int flags;       /* of the last send(), -1: it was write() */
    int open_flags;  /* of the last open() */
    unsigned writes; /* how many */
    unsigned closed; /* how often OWN was */
    unsigned device; /* these two: of standard error */
    ino_t inode;
    char text[4096];
    size_t used;
} machine;

static int fake_fstat(int descriptor, struct stat *about)
{
    assert_int_equal(descriptor, STDERR_FILENO);
    if (machine.real) {
        return fstat(descriptor, about);
    }
    memset(about, 0, sizeof *about);
    about->st_mode = machine.kind;
    about->st_dev = machine.device;
    about->st_ino = machine.inode;
    errno = EBADF;
    return machine.kind == 0 ? -1 : 0;
}

static int fake_open(const char *path, int flags)
{
    assert_string_equal(path, "/proc/self/fd/2");
    if (machine.real) {
        return open(path, flags);
    }
    machine.open_flags = flags;
    errno = machine.own_error;
    return machine.own_error == 0 ? OWN : -1;
}

static int fake_poll(struct pollfd *ready, nfds_t count, int wait)
{
    assert_int_equal(ready->fd, STDERR_FILENO);
    assert_int_equal(count, 1);
    assert_int_equal(wait, 0);
    if (machine.real) {
        return poll(ready, count, wait);
    }
    ready->revents = machine.room;
    return machine.room != 0;
}

static ssize_t take(int descriptor, const void *data, size_t size, int flags)
{
    size = size < machine.takes ? size : machine.takes;
    machine.descriptor = descriptor;
    machine.flags = flags;
    machine.writes++;
    if (size == 0) {
        errno = machine.error;
        return -1;
    }
    assert_true(size <= sizeof machine.text - machine.used);
    memcpy(machine.text + machine.used, data, size);
    machine.used += size;
    return (ssize_t)size;
}

static ssize_t fake_write(int descriptor, const void *data, size_t size)
{
    if (machine.real) {
        return write(descriptor, data, size);
    }
    return take(descriptor, data, size, -1);
}

static ssize_t fake_send(int descriptor, const void *data, size_t size, int flags)
{
    return take(descriptor, data, size, flags);
}

static int fake_close(int descriptor)
{
    if (machine.real) {
        return close(descriptor);
    }
    assert_int_equal(descriptor, OWN);
    machine.closed++;
    return 0;
}

static time_t fake_time(time_t *where)
{
    assert_null(where);
    return 1738367999;
}

#define NOW   "2025-01-31T23:59:59Z"

#define fstat fake_fstat
#define open  fake_open
#define poll  fake_poll
#define write fake_write
#define send  fake_send
#define time  fake_time
#define close fake_close
#include "../../../port/system/log.c"
#undef fstat
#undef open
#undef poll
#undef write
#undef send
#undef time
#undef close

static struct symfeed_log lines;

/* Starts with a system that takes all, and with nothing lost. */
static void begin(mode_t kind)
{
    memset(&machine, 0, sizeof machine);
    memset(&lines, 0, sizeof lines);
    machine.kind = kind;
    machine.room = POLLOUT;
    machine.takes = SIZE_MAX;
    machine.error = EAGAIN;
}

static void put_raw(const char *text)
{
    errno = EDOM;
    symfeed_log_write(&lines, text, strlen(text));
    assert_int_equal(errno, EDOM);
}

static void assert_text(const char *wanted)
{
    assert_int_equal(machine.used, strlen(wanted));
    assert_memory_equal(machine.text, wanted, machine.used);
}

/* That what was written ends so, and tells of so many lost lines once before it. */
static void assert_told(unsigned count, const char *end)
{
    char wanted[64];
    const char *found;

    (void)symfeed_format(wanted, sizeof wanted, "Z warning: %u log lines were lost: ", count);
    machine.text[machine.used] = '\0';
    found = strstr(machine.text, wanted);
    assert_non_null(found);
    assert_null(strstr(found + strlen(wanted), "log lines were lost"));
    assert_true(machine.used >= strlen(end));
    assert_string_equal(machine.text + machine.used - strlen(end), end);
}

/* --- where it goes ------------------------------------------------------------------------ */

static void a_pipe_and_a_terminal_are_opened_anew(void **state)
{
    static const mode_t kinds[] = {S_IFIFO, S_IFCHR};
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(kinds); i++) {
        begin(kinds[i]);
        put_raw("one\n");
        assert_text("one\n");
        assert_int_equal(machine.descriptor, OWN);
        assert_int_equal(machine.closed, 1);
        assert_int_equal(machine.open_flags & (O_ACCMODE | O_NONBLOCK | O_CLOEXEC | O_NOCTTY),
                         O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
        machine.takes = 0;
        put_raw("two\n");
        assert_int_equal(machine.closed, 2);
        assert_int_equal(lines.lost, 1);
    }
}

static void where_it_cannot_be_opened_anew_it_is_asked_for_room(void **state)
{
    static const int errors[] = {ENOENT, EACCES, ENXIO};
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(errors); i++) {
        begin(S_IFIFO);
        machine.own_error = errors[i];
        put_raw("one\n");
        assert_text("one\n");
        assert_int_equal(machine.descriptor, STDERR_FILENO);
        machine.room = 0;
        put_raw("two\n");
        assert_int_equal(machine.writes, 1);
        assert_int_equal(lines.lost, 1);
    }
}

/* A write would raise SIGPIPE. Linux opens a FIFO without a reader with ENXIO, and a pipe without
 * one with success. */
static void a_pipe_that_nobody_reads_any_more_is_not_written_to(void **state)
{
    static const int errors[] = {0, ENXIO};
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(errors); i++) {
        begin(S_IFIFO);
        machine.own_error = errors[i];
        machine.room = POLLOUT | POLLERR;
        put_raw("one\n");
        assert_int_equal(machine.writes, 0);
        assert_int_equal(lines.lost, 1);
    }
}

static volatile sig_atomic_t broken; /* how often SIGPIPE came */

static void on_broken(int number)
{
    (void)number;
    broken++;
}

static void a_real_pipe_takes_lines_and_raises_nothing_once_its_reader_is_gone(void **state)
{
    struct sigaction action = {.sa_handler = on_broken};
    struct sigaction before;
    const int own = dup(STDERR_FILENO);
    char text[8] = "";
    int ends[2];

    (void)state;
    begin(0);
    machine.real = true;
    assert_int_equal(sigaction(SIGPIPE, &action, &before), 0);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
    (void)dup2(ends[1], STDERR_FILENO);
    (void)close(ends[1]);
    symfeed_log_write(&lines, "one\n", 4);
    (void)read(ends[0], text, sizeof text - 1);
    (void)close(ends[0]);
    symfeed_log_write(&lines, "two\n", 4);
    symfeed_log_write(&lines, "three\n", 6);
    (void)dup2(own, STDERR_FILENO); /* what the test itself has to say goes there */
    (void)close(own);
    (void)sigaction(SIGPIPE, &before, NULL);
    assert_string_equal(text, "one\n");
    assert_int_equal(lines.lost, 2);
    assert_int_equal(broken, 0);
}

/* Of a device it can mean something else: of /dev/kmsg, which has no POLLOUT either, that records
 * were lost. */
static void a_device_is_written_to_whatever_poll_says(void **state)
{
    (void)state;
    begin(S_IFCHR);
    machine.room = POLLERR;
    put_raw("one\n");
    assert_text("one\n");
}

static void a_socket_is_sent_to_without_waiting_and_without_a_signal(void **state)
{
    (void)state;
    begin(S_IFSOCK);
    put_raw("one\n");
    assert_text("one\n");
    assert_int_equal(machine.descriptor, STDERR_FILENO);
    assert_int_equal(machine.flags, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* Its position is the shell's, too: a file opened anew would begin at the start. */
static void a_file_is_written_to_as_it_is(void **state)
{
    (void)state;
    begin(S_IFREG);
    put_raw("one\n");
    assert_text("one\n");
    assert_int_equal(machine.descriptor, STDERR_FILENO);
    assert_int_equal(machine.closed, 0);
}

static void a_descriptor_that_is_closed_loses_lines_and_does_no_harm(void **state)
{
    (void)state;
    begin(0);
    put_raw("one\n");
    put_raw("two\n");
    assert_int_equal(machine.writes, 0);
    assert_int_equal(lines.lost, 2);
}

/* --- what is lost ------------------------------------------------------------------------- */

static void what_was_lost_is_told_once_before_the_next_line(void **state)
{
    (void)state;
    begin(S_IFIFO);
    machine.takes = 0;
    put_raw("one\n");
    put_raw("two\n");
    assert_text("");
    machine.takes = SIZE_MAX;
    put_raw("three\n");
    assert_told(2, "full\nthree\n");
    put_raw("four\n");
    assert_told(2, "full\nthree\nfour\n");
    assert_int_equal(lines.lost, 2);
    machine.takes = 0;
    machine.used = 0;
    put_raw("five\n");
    machine.takes = SIZE_MAX;
    put_raw("six\n");
    assert_told(1, "full\nsix\n");
    assert_int_equal(lines.lost, 3);
}

static void it_is_told_without_a_line_too_and_nothing_where_nothing_was_lost(void **state)
{
    (void)state;
    begin(S_IFIFO);
    symfeed_log_write(&lines, NULL, 0);
    assert_int_equal(machine.writes, 0);
    machine.takes = 0;
    put_raw("one\n");
    symfeed_log_write(&lines, NULL, 0);
    assert_int_equal(lines.lost, 1);
    machine.takes = SIZE_MAX;
    symfeed_log_write(&lines, NULL, 0);
    assert_told(1, "full\n");
    machine.writes = 0;
    symfeed_log_write(&lines, NULL, 0);
    assert_int_equal(machine.writes, 0);
}

/* A terminal may take the beginning of a line. What comes then begins a line of its own. */
static void a_line_of_which_a_terminal_took_a_part_is_lost(void **state)
{
    (void)state;
    begin(S_IFCHR);
    machine.takes = 2;
    put_raw("one\n");
    assert_text("on");
    assert_int_equal(lines.lost, 1);
    machine.takes = 0;
    put_raw("two\n");
    machine.takes = SIZE_MAX;
    put_raw("three\n");
    assert_memory_equal(machine.text, "on\n", 3);
    assert_told(2, "full\nthree\n");
    assert_null(strstr(machine.text, "\n\n"));
}

/* --- formats ------------------------------------------------------------------------------ */

/* All that a report can have. */
static const struct symfeed_report full = {.code = SYMFEED_REPORT_ANSWER_FAILED,
                                           .level = SYMFEED_LOG_WARNING,
                                           .call = SYMFEED_CALL_READ,
                                           .about_call = true,
                                           .status = 503,
                                           .wait = 1900,
                                           .trace = "ab3de9"};

/* Names of calls are words, which a build may be without. */
#if SYMFEED_MESSAGES
#define CALL "\"read\""
#else
#define CALL "null"
#endif

/* What every JSON line of `full` begins with. */
#define FULL                                                                                       \
    "{\"time\":\"" NOW "\",\"level\":\"warning\",\"code\":22,\"call\":" CALL ",\"status\":503,"    \
    "\"wait\":1900,\"trace\":\"ab3de9\",\"text\":\""

/* Makes a line of a report and these bytes, in a buffer of this size that was used before. */
static void put_report(enum symfeed_log_format format, const struct symfeed_report *report,
                       const char *text, size_t text_size, size_t line_size)
{
    char line[1024];
    size_t begin;

    assert_true(line_size <= sizeof line - 8);
    memset(line, 'Z', sizeof line);
    lines.format = format;
    begin = symfeed_log_begin(&lines, report, line, line_size);
    text_size = text_size < line_size - begin ? text_size : line_size - begin;
    memcpy(line + begin, text, text_size);
    symfeed_log_end(&lines, line, line_size, begin, begin + text_size);
    assert_memory_equal(line + line_size, "ZZZZZZZZ", 8); /* nothing behind the buffer */
}

static void a_line_has_the_form_of_its_format(void **state)
{
    static const struct {
        enum symfeed_log_format format;
        const char *line;
    } cases[] = {{SYMFEED_LOG_TEXT, NOW " warning: down\n"},
                 {SYMFEED_LOG_JOURNAL, "<4>warning: down\n"},
                 {SYMFEED_LOG_JSON, FULL "down\"}\n"}};
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(cases); i++) {
        begin(S_IFIFO);
        put_report(cases[i].format, &full, "down", 4, 512);
        assert_text(cases[i].line);
        assert_int_equal(machine.writes, 1);
    }
}

static void each_level_has_its_word_and_number(void **state)
{
    static const struct {
        const char *text;
        const char *journal;
    } levels[] = {{NOW " error: x\n", "<3>error: x\n"},
                  {NOW " warning: x\n", "<4>warning: x\n"},
                  {NOW " info: x\n", "<6>info: x\n"},
                  {NOW " debug: x\n", "<7>debug: x\n"}};
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(levels); i++) {
        const struct symfeed_report report = {.level = (enum symfeed_level)i};

        begin(S_IFIFO);
        put_report(SYMFEED_LOG_TEXT, &report, "x", 1, 256);
        assert_text(levels[i].text);
        begin(S_IFIFO);
        put_report(SYMFEED_LOG_JOURNAL, &report, "x", 1, 256);
        assert_text(levels[i].journal);
    }
}

static void members_that_do_not_apply_are_null(void **state)
{
    const struct symfeed_report report = {.level = SYMFEED_LOG_INFO};

    (void)state;
    begin(S_IFIFO);
    put_report(SYMFEED_LOG_JSON, &report, "", 0, 256);
    assert_text("{\"time\":\"" NOW "\",\"level\":\"info\",\"code\":null,\"call\":null,"
                "\"status\":null,\"wait\":null,\"trace\":null,\"text\":\"\"}\n");
}

static void quotes_are_escaped_in_json_alone(void **state)
{
    static const char text[] = "say \"hi\" to C:\\";

    (void)state;
    begin(S_IFIFO);
    put_report(SYMFEED_LOG_JSON, &full, text, sizeof text - 1, 512);
    assert_text(FULL "say \\\"hi\\\" to C:\\\\\"}\n");
    begin(S_IFIFO);
    put_report(SYMFEED_LOG_JOURNAL, &full, text, sizeof text - 1, 512);
    assert_text("<4>warning: say \"hi\" to C:\\\n");
}

static void no_text_controls_a_terminal_or_ends_the_line(void **state)
{
    static const char text[] = "a\033[2J\r\n\t\0b\xe2\x80\xae"
                               "c\xff\xc3\xa9\x7f.";
    static const char clean[] = "a [2J    bc?\xc3\xa9 .";
    char wanted[512];
    int format;

    (void)state;
    for (format = SYMFEED_LOG_TEXT; format <= SYMFEED_LOG_JSON; format++) {
        begin(S_IFIFO);
        put_report((enum symfeed_log_format)format, &full, text, sizeof text - 1, 512);
        (void)symfeed_format(wanted, sizeof wanted, "%s%s%s",
                             format == SYMFEED_LOG_JSON   ? FULL
                             : format == SYMFEED_LOG_TEXT ? NOW " warning: "
                                                          : "<4>warning: ",
                             clean, format == SYMFEED_LOG_JSON ? "\"}\n" : "\n");
        assert_text(wanted);
    }
}

/* Whether the text in the JSON line that was written is whole escapes and characters to its end. */
static void assert_json_is_whole(void)
{
    const char *text = machine.text + sizeof FULL - 1;
    const char *end = machine.text + machine.used - 3;

    assert_memory_equal(machine.text, FULL, sizeof FULL - 1);
    assert_memory_equal(end, "\"}\n", 3);
    while (text < end) {
        uint32_t character;

        assert_true(*text != '"');
        text +=
            *text == '\\' ? 2 : (int)symfeed_character_next(text, (size_t)(end - text), &character);
    }
    assert_ptr_equal(text, end);
}

/* Each place of the cut, in texts of quotes, of characters of two bytes, and of both. */
static void a_long_text_is_cut_without_breaking_the_line(void **state)
{
    static const char *const pieces[] = {"\"", "\\", "\xc3\xa9", "\"\xe2\x82\xac\\x", "x"};
    size_t i;
    size_t size;
    char text[1024];

    (void)state;
    for (i = 0; i < COUNT(pieces); i++) {
        const size_t piece = strlen(pieces[i]);

        for (size = 0; size + piece <= sizeof text; size += piece) {
            memcpy(text + size, pieces[i], piece);
        }
        for (size_t room = 256; room < 300; room++) {
            for (size_t part = room - 180; part < 200; part++) {
                begin(S_IFIFO);
                put_report(SYMFEED_LOG_JSON, &full, text, part, room);
                assert_true(machine.used < room);
                assert_int_equal(machine.writes, 1);
                assert_json_is_whole();
            }
            begin(S_IFIFO);
            put_report(SYMFEED_LOG_TEXT, &full, text, size, room);
            assert_true(machine.used < room && machine.used > room - 8);
            assert_int_equal(machine.text[machine.used - 1], '\n');
        }
    }
}

static void lost_lines_are_told_in_each_format(void **state)
{
    static const struct {
        enum symfeed_log_format format;
        const char *text;
    } cases[] = {
        {SYMFEED_LOG_TEXT, NOW " warning: 1 log lines were lost: standard error was full\n"},
        {SYMFEED_LOG_JOURNAL, "<4>warning: 1 log lines were lost: standard error was full\n"},
        {SYMFEED_LOG_JSON,
         "{\"time\":\"" NOW "\",\"level\":\"warning\",\"code\":null,\"call\":null,"
         "\"status\":null,\"wait\":null,\"trace\":null,\"text\":\"1 log lines were "
         "lost: standard error was full\"}\n"}};
    size_t i;
    size_t torn;

    (void)state;
    for (i = 0; i < COUNT(cases); i++) {
        for (torn = 0; torn < 2; torn++) {
            begin(S_IFCHR);
            lines.format = cases[i].format;
            machine.takes = torn;
            put_raw("one\n");
            machine.takes = SIZE_MAX;
            machine.used = 0;
            machine.writes = 0;
            symfeed_log_write(&lines, NULL, 0);
            assert_int_equal(machine.writes, 1);
            machine.text[machine.used] = '\0';
            assert_string_equal(machine.text + torn, cases[i].text);
            assert_true(torn == 0 || machine.text[0] == '\n');
        }
    }
}

static void the_journal_is_what_its_variable_names(void **state)
{
    static const struct {
        const char *variable;
        bool is_journal;
    } cases[] = {{"9:4294967310", true},   {"9:429496731", false}, {"9:42949673100", false},
                 {"10:4294967310", false}, {"9", false},           {"", false},
                 {"9:4294967310 ", false}, {NULL, false}};
    size_t i;

    (void)state;
    begin(S_IFSOCK);
    machine.device = 9;
    if (sizeof machine.inode < 8) {
        skip();
    }
    machine.inode = (ino_t)4294967310;
    for (i = 0; i < COUNT(cases); i++) {
        if (cases[i].variable == NULL) {
            assert_int_equal(unsetenv("JOURNAL_STREAM"), 0);
        } else {
            assert_int_equal(setenv("JOURNAL_STREAM", cases[i].variable, 1), 0);
        }
        assert_int_equal(symfeed_log_is_journal(), cases[i].is_journal);
    }
    begin(0); /* closed */
    assert_int_equal(setenv("JOURNAL_STREAM", "0:0", 1), 0);
    assert_false(symfeed_log_is_journal());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pipe_and_a_terminal_are_opened_anew),
        cmocka_unit_test(where_it_cannot_be_opened_anew_it_is_asked_for_room),
        cmocka_unit_test(a_pipe_that_nobody_reads_any_more_is_not_written_to),
        cmocka_unit_test(a_real_pipe_takes_lines_and_raises_nothing_once_its_reader_is_gone),
        cmocka_unit_test(a_device_is_written_to_whatever_poll_says),
        cmocka_unit_test(a_socket_is_sent_to_without_waiting_and_without_a_signal),
        cmocka_unit_test(a_file_is_written_to_as_it_is),
        cmocka_unit_test(a_descriptor_that_is_closed_loses_lines_and_does_no_harm),
        cmocka_unit_test(what_was_lost_is_told_once_before_the_next_line),
        cmocka_unit_test(it_is_told_without_a_line_too_and_nothing_where_nothing_was_lost),
        cmocka_unit_test(a_line_of_which_a_terminal_took_a_part_is_lost),
        cmocka_unit_test(a_line_has_the_form_of_its_format),
        cmocka_unit_test(each_level_has_its_word_and_number),
        cmocka_unit_test(members_that_do_not_apply_are_null),
        cmocka_unit_test(quotes_are_escaped_in_json_alone),
        cmocka_unit_test(no_text_controls_a_terminal_or_ends_the_line),
        cmocka_unit_test(a_long_text_is_cut_without_breaking_the_line),
        cmocka_unit_test(lost_lines_are_told_in_each_format),
        cmocka_unit_test(the_journal_is_what_its_variable_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
