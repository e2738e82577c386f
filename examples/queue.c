/* SPDX-License-Identifier: Apache-2.0 */
/*
 * queue.c - queues events in a folder for a worker that may be slow, so that none is lost.
 *     queue AGENT-URL TOKEN-FILE FOLDER COMMAND [CA-FILE]
 * Stores each event's JSON as a file NUMBER.json in FOLDER, and runs COMMAND with each file's name,
 * one at a time and in order. NUMBER.part has only the beginning of an event that is too large
 * for the window, and NUMBER.bad has what is not JSON. A file is removed when COMMAND exits with 0;
 * otherwise COMMAND runs again a second later. An event is accepted when its file is on disk: after
 * a power cut COMMAND can get an event twice, but misses none. While MOST_FILES wait, the current
 * event is kept and no other is asked for; it is refused only at the end, so that it comes again:
 * three refusals would give it up.
 */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "symfeed.h"
#include "symfeed_posix.h"

#define MOST_FILES 16
#define NAME_SIZE  1024 /* of a file, with its folder */
#define PAUSE      1000 /* milliseconds until what has failed is tried again */

static struct symfeed_posix posix;
static volatile sig_atomic_t stop_wanted;

/* The ends of the names of files. */
static const char *const ends[] = {".json", ".part", ".bad"};
#define ENDS (sizeof ends / sizeof ends[0])

/* The files in the folder are numbered: `first` is the oldest one, `end` the next that is made. */
static const char *folder;
static int folder_file; /* its descriptor */
static unsigned long first;
static unsigned long end;
static pid_t worker;       /* the process of the command; 0: it is not running */
static uint32_t worker_at; /* port time from which on it may run again, after a failure */

static void on_signal(int number)
{
    if (number != SIGCHLD) {
        stop_wanted = 1;
    }
    symfeed_posix_wake(&posix);
}

static int fail(const char *text)
{
    fprintf(stderr, "queue: %s\n", text);
    return 2;
}

static void name_file(char *name, unsigned long number, size_t which)
{
    snprintf(name, NAME_SIZE, "%s/%lu%s", folder, number, ends[which]);
}

/* Names a file that is there. false: there is none of that number. */
static bool find_file(char *name, unsigned long number)
{
    size_t i;

    for (i = 0; i < ENDS; i++) {
        name_file(name, number, i);
        if (access(name, F_OK) == 0) {
            return true;
        }
    }
    return false;
}

/* Finds what an earlier run has left. */
static void read_folder(DIR *entries)
{
    const struct dirent *entry;

    while ((entry = readdir(entries)) != NULL) {
        unsigned long number = strtoul(entry->d_name, NULL, 10);
        size_t i;

        for (i = 0; i < ENDS; i++) {
            char name[NAME_SIZE];

            name_file(name, number, i); /* as it would be named: no sign, no leading zero */
            if (strcmp(name + strlen(folder) + 1, entry->d_name) == 0) {
                first = first == end || number < first ? number : first;
                end = number >= end ? number + 1 : end;
            }
        }
    }
}

/* Makes a file of the event. true: it is on the disk, whatever happens next. */
static bool store(const struct symfeed_event *event)
{
    char name[NAME_SIZE];
    char new_name[NAME_SIZE];
    size_t which = event->malformed ? 2 : event->truncated ? 1 : 0;
    bool good;
    int file;

    if (end - first >= MOST_FILES) {
        return false;
    }
    name_file(name, end, which);
    snprintf(new_name, sizeof new_name, "%s/new", folder);
    file = open(new_name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    good = file >= 0 && write(file, event->json, event->size) == (ssize_t)event->size &&
           fsync(file) == 0;
    good = (file < 0 || close(file) == 0) && good;
    if (!good || rename(new_name, name) != 0 || fsync(folder_file) != 0) {
        perror("queue: an event cannot be stored");
        return false;
    }
    end++;
    return true;
}

/* --- the worker --------------------------------------------------------------------------- */

/* Removes the oldest file where the command is done with it. */
static void end_work(int status, uint32_t now)
{
    char name[NAME_SIZE];

    worker = 0;
    if (status == 0 && find_file(name, first) && unlink(name) == 0) {
        first++;
    } else {
        worker_at = now + PAUSE;
    }
}

/* Gives the oldest file to the command, where it is not running. Files may be removed by hand. */
static void begin_work(const char *command, uint32_t now)
{
    char name[NAME_SIZE];

    if (worker != 0 || symfeed_time_left(worker_at, now) != 0) {
        return;
    }
    while (first != end && !find_file(name, first)) {
        first++;
    }
    if (first == end) {
        return;
    }
    worker = fork();
    if (worker == 0) {
        execlp(command, command, name, (char *)NULL);
        perror("queue: the command cannot be run");
        _exit(127);
    }
    if (worker < 0) {
        end_work(-1, now);
    }
}

static void work(const char *command)
{
    uint32_t now = posix.port.now(posix.port.context);
    int status = 0;

    if (worker > 0 && waitpid(worker, &status, WNOHANG) == worker) {
        end_work(status, now);
    }
    begin_work(command, now);
}

/* --- the feed ----------------------------------------------------------------------------- */

/* Waits for the feed, unless an event is kept; for the worker, and for what is to be tried again.
 */
static void wait_for_work(bool kept)
{
    struct pollfd ready = {.fd = -1, .events = 0};
    int most = kept ? PAUSE : symfeed_posix_pollfd(&posix, &ready);

    symfeed_posix_wait_for(&posix, ready.fd, ready.events, most < PAUSE ? most : PAUSE);
}

static void follow(const char *command)
{
    struct symfeed_event event; /* valid until symfeed_next() is called again */
    bool kept = false;          /* it has no file yet */

    worker_at = posix.port.now(posix.port.context);
    for (;;) {
        enum symfeed_status status = SYMFEED_WAIT;

        work(command);
        if (stop_wanted) {
            if (kept) {
                symfeed_refuse(posix.feed);
                kept = false;
            }
            symfeed_stop(posix.feed, SYMFEED_STOP_NOW);
        }
        if (!kept) {
            status = symfeed_next(posix.feed, &event);
        }
        if (status == SYMFEED_STOPPED) {
            return;
        }
        kept = (kept || status == SYMFEED_EVENT) && !store(&event);
        if (kept || status == SYMFEED_WAIT) {
            wait_for_work(kept);
        }
    }
}

static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal};

    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGCHLD, &action, NULL);
}

int main(int argc, char **argv)
{
    static unsigned char memory[SYMFEED_MEMORY(8192, 256)]; /* all the RAM the feed uses */
    static unsigned char arena[SYMFEED_ARENA_ROOM];         /* and all of mbedTLS's */
    struct symfeed_posix_config config = {
        SYMFEED_POSIX_MEMORY(memory, arena),
        .feed = {.tag = "queue", .window = 8192, .json_tokens = 256},
    };
    char error[256];
    DIR *entries;
    int status = 0;

    if (argc < 5) {
        fputs("usage: queue AGENT-URL TOKEN-FILE FOLDER COMMAND [CA-FILE]\n", stderr);
        return 2;
    }
    config.feed.agent = argv[1];
    config.session_token_file = argv[2];
    config.ca_file = argv[5]; /* NULL: the system's bundle */
    if (symfeed_posix_open(&posix, &config, error, sizeof error) != SYMFEED_POSIX_OK) {
        return fail(error);
    }
    catch_signals();
    folder = argv[3];
    entries = opendir(folder);
    if (entries == NULL || strlen(folder) + 32 > NAME_SIZE || access(folder, W_OK) != 0) {
        return fail("FOLDER must be a folder that may be written to");
    }
    folder_file = dirfd(entries);
    read_folder(entries);
    follow(argv[4]);
    if (worker > 0 && waitpid(worker, &status, 0) == worker) {
        end_work(status, 0);
    }
    closedir(entries);
    symfeed_posix_close(&posix);
    return 0;
}
