/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sync.c - preloaded into a program: tells what it does so that a file survives a power cut.
 *
 * SYMFEED_SYNC names a file that gets a line for each call: "fsync PATH" and "rename FROM TO".
 * SYMFEED_SYNC_CLOSED names a folder that may be written in and not be read, for root too.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static void tell(const char *call, const char *one, const char *other)
{
    const char *name = getenv("SYMFEED_SYNC");
    int file = name == NULL ? -1 : open(name, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);

    if (file >= 0) {
        (void)dprintf(file, "%s %s%s%s\n", call, one, *other != '\0' ? " " : "", other);
        (void)close(file);
    }
}

int fsync(int descriptor)
{
    int (*next)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    char link[40];
    char path[4096];
    ssize_t size;

    (void)snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    size = readlink(link, path, sizeof path - 1);
    path[size < 0 ? 0 : size] = '\0';
    tell("fsync", path, "");
    return next(descriptor);
}

int rename(const char *from, const char *to)
{
    int (*next)(const char *, const char *) =
        (int (*)(const char *, const char *))dlsym(RTLD_NEXT, "rename");

    tell("rename", from, to);
    return next(from, to);
}

int open(const char *path, int flags, ...)
{
    int (*next)(const char *, int, ...) = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open");
    const char *closed = getenv("SYMFEED_SYNC_CLOSED");
    mode_t mode;
    va_list more;

    va_start(more, flags);
    mode = (flags & O_CREAT) != 0 ? va_arg(more, mode_t) : 0;
    va_end(more);
    if (closed != NULL && strcmp(path, closed) == 0) {
        errno = EACCES;
        return -1;
    }
    return next(path, flags, mode);
}
