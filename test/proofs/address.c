/* SPDX-License-Identifier: Apache-2.0 */
/*
 * address.c - any string as an address: IPv4 in each of its forms, IPv6 with a zone. Up to 12
 * bytes; the longest IPv6 address is shorter here.
 *
 * Of: port/net/address.c
 * Bounds: --unwind 14
 * Stubs: inet_pton:any_inet_pton symfeed_format:any_format symfeed_file_open:any_file_open
 * Stubs: symfeed_file_read:any_file_read
 * Mutant: port/net/address.c
 *     if (used == SYMFEED_IPV4_SIZE - 1 || number > UINT8_MAX) {
 *     if (used == SYMFEED_IPV4_SIZE + 1 || number > UINT8_MAX) {
 */
#include <arpa/inet.h>

#undef INET6_ADDRSTRLEN
#define INET6_ADDRSTRLEN 8

#include "port/net/address.c"

#include "proof.h"

/* The C library's: reads a string, writes 16 bytes. */
int any_inet_pton(int family, const char *text, void *out)
{
    (void)family;
    claim(strlen(text) < INET6_ADDRSTRLEN, "the address is a string");
    claim(__CPROVER_w_ok(out, 16), "there is room for the bytes");
    return nondet_bool();
}

/* The path of an interface, and its number. */
size_t any_format(char *out, size_t size, const char *format, ...)
{
    (void)format;
    claim(__CPROVER_w_ok(out, size), "there is room for the path");
    out[size - 1] = '\0';
    return size - 1;
}

int any_file_open(const char *file, bool *exposed)
{
    (void)file;
    *exposed = nondet_bool();
    return nondet_int();
}

long any_file_read(int descriptor, void *data, size_t size)
{
    char *bytes = data;

    (void)descriptor;
    claim(__CPROVER_w_ok(data, size), "there is room for the number");
    for (size_t i = 0; i < size; i++) {
        bytes[i] = (char)nondet_byte();
    }
    return (long)size;
}

void prove(void)
{
    ANY_STRING(text, 12);
    struct symfeed_address address;

    (void)symfeed_address_read(&address, text, nondet_uint16());
}
