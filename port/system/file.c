/* SPDX-License-Identifier: Apache-2.0 */
/* file.c - see file.h. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "system/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include "system/fnv.h"

void symfeed_file_wipe(void *data, size_t size)
{
    volatile unsigned char *next = data;

    while (size-- > 0) {
        *next++ = 0;
    }
}

void symfeed_file_wipe_written(void *data, size_t size)
{
    volatile unsigned char *next = data;

    for (; size > 0; size--, next++) {
        if (*next != 0) {
            *next = 0;
        }
    }
}

int symfeed_file_open(const char *file, bool *exposed)
{
    /* Without O_NONBLOCK, open() waits for the writer of a pipe. */
    int descriptor = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    struct stat status;

    *exposed = false;
    if (descriptor < 0) {
        return -1;
    }
    if (fstat(descriptor, &status) != 0) {
        symfeed_file_close(descriptor);
        return -1;
    }
    if (!S_ISREG(status.st_mode)) {
        (void)close(descriptor);
        errno = S_ISDIR(status.st_mode) ? EISDIR : ENXIO;
        return -1;
    }
    /* Of another user's file the group's right may be the one that this program needs: a copy made
     * by systemd's LoadCredential= has it, and so has a file of root for the group of a service. */
    *exposed = (status.st_mode & S_IROTH) != 0 ||
               ((status.st_mode & S_IRGRP) != 0 && status.st_uid == geteuid());
    return descriptor;
}

long symfeed_file_read(int descriptor, void *data, size_t size)
{
    unsigned char *bytes = data;
    size_t used = 0;
    ssize_t got;

    do {
        got = read(descriptor, bytes + used, size - used);
        used += got > 0 ? (size_t)got : 0;
    } while (got < 0 ? errno == EINTR : got > 0 && used < size);
    return got < 0 ? -1 : (long)used;
}

void symfeed_file_close(int descriptor)
{
    const int error = errno;

    (void)close(descriptor);
    errno = error;
}

enum symfeed_port_cause symfeed_file_cause(int error)
{
    switch (error) {
    case ENOENT: return SYMFEED_CAUSE_NO_FILE;
    case EACCES: return SYMFEED_CAUSE_FILE_RIGHTS;
    case EISDIR: return SYMFEED_CAUSE_FILE_IS_FOLDER;
    case ENXIO: return SYMFEED_CAUSE_FILE_IS_DEVICE;
    case ENOMEM: return SYMFEED_CAUSE_FILE_MEMORY;
    case EMFILE:
    case ENFILE: return SYMFEED_CAUSE_TOO_MANY_FILES;
    default: return SYMFEED_CAUSE_FILE_UNREADABLE;
    }
}

bool symfeed_file_has_changed(const char *file, uint64_t *stamp)
{
    const uint64_t before = *stamp;
    struct stat status;

    *stamp = 0;
    if (stat(file, &status) == 0) {
        const int64_t known[] = {(int64_t)status.st_mtim.tv_sec, (int64_t)status.st_mtim.tv_nsec,
                                 (int64_t)status.st_ctim.tv_sec, (int64_t)status.st_ctim.tv_nsec,
                                 (int64_t)status.st_size,        (int64_t)status.st_ino,
                                 (int64_t)status.st_dev};

        *stamp = symfeed_fnv(SYMFEED_FNV_EMPTY, known, sizeof known);
    }
    return *stamp != before;
}
