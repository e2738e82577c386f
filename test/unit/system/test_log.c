/* SPDX-License-Identifier: Apache-2.0 */
/* test_log.c - lines on standard error: on a system that is put together here, call by call. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "helpers.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* The port's, which need nothing of TLS. */
#include "../../../port/system/format.c"

#define OWN 99 /* the descriptor that /proc/self/fd/2 is opened as */

/* What the system is, and what has been written to it. */
static struct {
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
    char text[4096];
    size_t used;
} machine;

static int fake_fstat(int descriptor, struct stat *about)
{
    assert_int_equal(descriptor, STDERR_FILENO);
    memset(about, 0, sizeof *about);
    about->st_mode = machine.kind;
    errno = EBADF;
    return machine.kind == 0 ? -1 : 0;
}

static int fake_open(const char *path, int flags)
{
    assert_string_equal(path, "/proc/self/fd/2");
    machine.open_flags = flags;
    errno = machine.own_error;
    return machine.own_error == 0 ? OWN : -1;
}

static int fake_poll(struct pollfd *ready, nfds_t count, int wait)
{
    assert_int_equal(ready->fd, STDERR_FILENO);
    assert_int_equal(count, 1);
    assert_int_equal(wait, 0);
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
    return take(descriptor, data, size, -1);
}

static ssize_t fake_send(int descriptor, const void *data, size_t size, int flags)
{
    return take(descriptor, data, size, flags);
}

static int fake_close(int descriptor)
{
    assert_int_equal(descriptor, OWN);
    machine.closed++;
    return 0;
}

#define fstat fake_fstat
#define open  fake_open
#define poll  fake_poll
#define write fake_write
#define send  fake_send
#define close fake_close
#include "../../../port/system/log.c"
#undef fstat
#undef open
#undef poll
#undef write
#undef send
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

static void say(const char *text)
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
        say("one\n");
        assert_text("one\n");
        assert_int_equal(machine.descriptor, OWN);
        assert_int_equal(machine.closed, 1);
        assert_int_equal(machine.open_flags & (O_ACCMODE | O_NONBLOCK | O_CLOEXEC | O_NOCTTY),
                         O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
        machine.takes = 0;
        say("two\n");
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
        say("one\n");
        assert_text("one\n");
        assert_int_equal(machine.descriptor, STDERR_FILENO);
        machine.room = 0;
        say("two\n");
        assert_int_equal(machine.writes, 1);
        assert_int_equal(lines.lost, 1);
    }
}

/* A write would raise SIGPIPE. */
static void a_pipe_that_nobody_reads_any_more_is_not_written_to(void **state)
{
    (void)state;
    begin(S_IFIFO);
    machine.own_error = ENXIO;
    machine.room = POLLOUT | POLLERR;
    say("one\n");
    assert_int_equal(machine.writes, 0);
    assert_int_equal(lines.lost, 1);
}

static void a_socket_is_sent_to_without_waiting_and_without_a_signal(void **state)
{
    (void)state;
    begin(S_IFSOCK);
    say("one\n");
    assert_text("one\n");
    assert_int_equal(machine.descriptor, STDERR_FILENO);
    assert_int_equal(machine.flags, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* Its position is the shell's, too: a file opened anew would begin at the start. */
static void a_file_is_written_to_as_it_is(void **state)
{
    (void)state;
    begin(S_IFREG);
    say("one\n");
    assert_text("one\n");
    assert_int_equal(machine.descriptor, STDERR_FILENO);
    assert_int_equal(machine.closed, 0);
}

static void a_descriptor_that_is_closed_loses_lines_and_does_no_harm(void **state)
{
    (void)state;
    begin(0);
    say("one\n");
    say("two\n");
    assert_int_equal(machine.writes, 0);
    assert_int_equal(lines.lost, 2);
}

/* --- what is lost ------------------------------------------------------------------------- */

static void what_was_lost_is_told_once_before_the_next_line(void **state)
{
    (void)state;
    begin(S_IFIFO);
    machine.takes = 0;
    say("one\n");
    say("two\n");
    assert_text("");
    machine.takes = SIZE_MAX;
    say("three\n");
    assert_told(2, "full\nthree\n");
    say("four\n");
    assert_told(2, "full\nthree\nfour\n");
    assert_int_equal(lines.lost, 2);
    machine.takes = 0;
    machine.used = 0;
    say("five\n");
    machine.takes = SIZE_MAX;
    say("six\n");
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
    say("one\n");
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
    say("one\n");
    assert_text("on");
    assert_int_equal(lines.lost, 1);
    machine.takes = 0;
    say("two\n");
    machine.takes = SIZE_MAX;
    say("three\n");
    assert_memory_equal(machine.text, "on\n", 3);
    assert_told(2, "full\nthree\n");
    assert_null(strstr(machine.text, "\n\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pipe_and_a_terminal_are_opened_anew),
        cmocka_unit_test(where_it_cannot_be_opened_anew_it_is_asked_for_room),
        cmocka_unit_test(a_pipe_that_nobody_reads_any_more_is_not_written_to),
        cmocka_unit_test(a_socket_is_sent_to_without_waiting_and_without_a_signal),
        cmocka_unit_test(a_file_is_written_to_as_it_is),
        cmocka_unit_test(a_descriptor_that_is_closed_loses_lines_and_does_no_harm),
        cmocka_unit_test(what_was_lost_is_told_once_before_the_next_line),
        cmocka_unit_test(it_is_told_without_a_line_too_and_nothing_where_nothing_was_lost),
        cmocka_unit_test(a_line_of_which_a_terminal_took_a_part_is_lost),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
