/* SPDX-License-Identifier: Apache-2.0 */
/* notify.c - see notify.h. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "notify.h"

#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define HOUR 3600000

void notify(const char *text)
{
    const char *name = getenv("NOTIFY_SOCKET");
    size_t size = name == NULL ? 0 : strlen(name);
    struct sockaddr_un address;
    int descriptor;

    if (size == 0 || size >= sizeof address.sun_path) {
        return;
    }
    memset(&address, 0, sizeof address);
    address.sun_family = AF_UNIX;
    memcpy(address.sun_path, name, size);
    if (*name == '@') {
        address.sun_path[0] = '\0'; /* Linux: a name that is in no file system */
    }
    descriptor = socket(AF_UNIX, SOCK_DGRAM, 0);
    if (descriptor < 0) {
        return;
    }
    /* The manager's queue may be full: then the next sign of life has to do. */
    (void)fcntl(descriptor, F_SETFL, O_NONBLOCK);
    (void)sendto(descriptor, text, strlen(text), 0, (const struct sockaddr *)&address,
                 (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size));
    (void)close(descriptor);
}

uint32_t notify_interval(void)
{
    const char *limit = getenv("WATCHDOG_USEC");
    const char *process = getenv("WATCHDOG_PID");
    long long milliseconds = limit == NULL ? 0 : strtoll(limit, NULL, 10) / 3000;

    if (milliseconds < 1 || (process != NULL && strtol(process, NULL, 10) != (long)getpid())) {
        return 0; /* nobody asks, or asks another process */
    }
    return milliseconds > HOUR ? HOUR : (uint32_t)milliseconds;
}
