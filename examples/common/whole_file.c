/* SPDX-License-Identifier: Apache-2.0 */
/* whole_file.c - see whole_file.h. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "whole_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h> /* rename() alone */
#include <string.h>
#include <unistd.h>

#include "message.h"
#include "symfeed_posix.h"
#include "system/file.h"

/* The end of the new file's name. Always the same, so that there is never more than one. */
#define BESIDE ".new"

long whole_file_read(const char *file, char *text, size_t size)
{
    bool exposed;
    const int descriptor = symfeed_file_open(file, &exposed);
    long got;
    char more;

    text[0] = '\0';
    if (descriptor < 0) {
        return -1;
    }
    got = symfeed_file_read(descriptor, text, size);
    if (got >= 0 && symfeed_file_read(descriptor, &more, 1) != 0) {
        errno = EFBIG;
        got = -1;
    }
    text[got < 0 ? 0 : got] = '\0';
    symfeed_file_close(descriptor);
    return got;
}

int whole_file_write(int descriptor, const char *text, size_t size)
{
    int error = 0;
    ssize_t written;

    do {
        written = write(descriptor, text, size);
    } while (written < 0 && errno == EINTR);
    if (written >= 0 && (size_t)written < size) {
        error = ENOSPC;
        /* Devices, and with them /sys, have nothing to synchronize: EINVAL or EROFS. */
    } else if (written < 0 || (fsync(descriptor) != 0 && errno != EINVAL && errno != EROFS)) {
        error = errno;
    }
    if (close(descriptor) != 0 && error == 0) {
        error = errno;
    }
    return error;
}

/* Writes a folder to the disk, and with it the new name of a file in it. Cuts `file`, a name in
 * that folder, to the folder's. */
static int synchronize_folder(char *file)
{
    char *slash = strrchr(file, '/');
    int descriptor;
    int error;

    if (slash != NULL) {
        slash[1] = '\0';
    }
    descriptor = open(slash == NULL ? "." : file, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        return errno == EACCES ? 0 : errno; /* a folder that may be written to but not read */
    }
    error = fsync(descriptor) != 0 && errno != EINVAL ? errno : 0; /* not all file systems can */
    (void)close(descriptor);
    return error;
}

int whole_file_replace(const char *file, const char *text, size_t size)
{
    char beside[MESSAGE_FILE_MAX + sizeof BESIDE];
    int descriptor;
    int error;

    if (strlen(file) > MESSAGE_FILE_MAX) {
        return ENAMETOOLONG;
    }
    (void)symfeed_format(beside, sizeof beside, "%s" BESIDE, file);
    (void)unlink(beside); /* of a process that lost its power */
    descriptor = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor < 0) {
        return errno;
    }
    error = whole_file_write(descriptor, text, size);
    if (error == 0 && rename(beside, file) == 0) {
        return synchronize_folder(beside);
    }
    error = error == 0 ? errno : error;
    (void)unlink(beside);
    return error;
}
