/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_hosts.c - any bytes as a hosts file: what comes out is within its bounds, and a line of ours
 * behind them is found, once, whatever they are.
 *
 * The input: a name of up to 31 bytes, a line end, the file.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "fuzz.h"

/* The port's, which need nothing of TLS. */
#include "../../port/net/address.c"
#include "../../port/system/descriptor.c"
#include "../../port/system/file.c"
#include "../../port/system/fnv.c"
#include "../../port/net/hosts.c"
#include "../../port/system/format.c"

/* What is written of an address is read as the same one. */
static void check_address(const struct symfeed_address *address)
{
    char text[SYMFEED_ADDRESS_TEXT_SIZE];
    char again[SYMFEED_ADDRESS_TEXT_SIZE];
    struct symfeed_address read;
    char *port;

    symfeed_address_text(address, text);
    port = strstr(text, " port 443");
    require(port != NULL && strcmp(port, " port 443") == 0);
    *port = '\0';
    require(symfeed_address_read(&read, text, 443));
    *port = ' ';
    symfeed_address_text(&read, again);
    require(strcmp(text, again) == 0);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    static const char ours[] = "\n192.0.2.77 symfeed.test symfeed.test\n";
    static struct memory_file file;
    const size_t name_size = size_before(data, size < 32 ? size : 32, '\n');
    const size_t skipped = name_size < size ? name_size + 1 : size;
    struct symfeed_address addresses[SYMFEED_ADDRESSES];
    char *name = copy_string(data, name_size);
    size_t count;
    size_t more;

    data += skipped;
    size -= skipped;
    fill_file(&file, data, size);
    require(symfeed_hosts_find(file.name, name, 443, addresses, SYMFEED_ADDRESSES, &count));
    require(count <= SYMFEED_ADDRESSES);
    for (size_t i = 0; i < count; i++) {
        check_address(&addresses[i]);
    }
    require(
        symfeed_hosts_find(file.name, "symfeed.test", 443, addresses, SYMFEED_ADDRESSES, &count));
    require(pwrite(file.descriptor, ours, sizeof ours - 1, (off_t)size) ==
            (ssize_t)(sizeof ours - 1));
    require(
        symfeed_hosts_find(file.name, "symfeed.test", 443, addresses, SYMFEED_ADDRESSES, &more));
    require(count == SYMFEED_ADDRESSES || more == count + 1);
    free(name);
    return 0;
}
