/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_hosts.c - any bytes as a hosts file and as a resolv.conf: what comes out is within its
 * bounds, and a line of ours behind them is found whatever they are.
 *
 * The input: a name of up to 31 bytes, a line end, the file.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* memfd_create() */
#endif

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* The port's, which need nothing of TLS. */
#include "../../port/net/address.c"
#include "../../port/system/descriptor.c"
#include "../../port/system/file.c"
#include "../../port/system/fnv.c"
#include "../../port/net/hosts.c"
#include "../../port/system/format.c"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void require(bool good)
{
    if (!good) {
        abort();
    }
}

static void check_resolv_conf(const char *file)
{
    struct symfeed_resolv_conf conf;
    size_t used = 0;

    require(symfeed_resolv_conf_read(file, &conf));
    require(conf.dots <= 15 && conf.timeout >= 1 && conf.timeout <= 30);
    require(conf.attempts >= 1 && conf.attempts <= 5);
    require(conf.server_count >= 1 && conf.server_count <= SYMFEED_NAME_SERVERS);
    while (conf.domains[used] != '\0') {
        used += strnlen(conf.domains + used, sizeof conf.domains - used) + 1;
        require(used < sizeof conf.domains);
    }
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    static const char ours[] = "\n192.0.2.77 symfeed.test\n";
    const unsigned char *line = size > 0 ? memchr(data, '\n', size < 32 ? size : 32) : NULL;
    size_t name_size = line == NULL ? 0 : (size_t)(line - data);
    struct symfeed_address addresses[SYMFEED_ADDRESSES];
    char name[32] = "a";
    char file[32];
    int descriptor = memfd_create("hosts", MFD_CLOEXEC);
    size_t count;
    size_t more;

    require(descriptor >= 0);
    (void)snprintf(file, sizeof file, "/proc/self/fd/%d", descriptor);
    if (name_size > 0) {
        memcpy(name, data, name_size);
        name[name_size] = '\0';
        data += name_size + 1;
        size -= name_size + 1;
    }
    require(write(descriptor, data, size) == (ssize_t)size);
    require(symfeed_hosts_find(file, name, 443, addresses, SYMFEED_ADDRESSES, &count));
    require(count <= SYMFEED_ADDRESSES);
    for (size_t i = 0; i < count; i++) {
        char text[SYMFEED_ADDRESS_TEXT_SIZE];

        symfeed_address_text(&addresses[i], text);
        require(strcmp(text + strlen(text) - strlen(" port 443"), " port 443") == 0);
        text[strlen(text) - strlen(" port 443")] = '\0';
        require(symfeed_address_read(&addresses[i], text, 443));
    }
    check_resolv_conf(file);
    require(symfeed_hosts_find(file, "symfeed.test", 443, addresses, SYMFEED_ADDRESSES, &count));
    require(write(descriptor, ours, sizeof ours - 1) == (ssize_t)(sizeof ours - 1));
    require(symfeed_hosts_find(file, "symfeed.test", 443, addresses, SYMFEED_ADDRESSES, &more));
    require(count == SYMFEED_ADDRESSES || more == count + 1);
    require(close(descriptor) == 0);
    return 0;
}
