/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hosts_block.c - the bytes of hosts(5) and resolv.conf(5), read block by block, whatever read()
 * says.
 *
 * Of: port/net/hosts.c
 * Stubs: symfeed_file_read:any_file_read
 * Mutant: port/net/hosts.c
 *     if (words->at == words->size) {
 *     if (words->at > words->size) {
 */
#include "port/net/hosts.c"

#include "proof.h"

/* As symfeed_file_read(): at most `size` bytes, or -1. */
long any_file_read(int descriptor, void *data, size_t size)
{
    (void)descriptor;
    claim(__CPROVER_w_ok(data, size), "the block has room");
    return (long)any_up_to(size + 1) - 1;
}

void prove(void)
{
    struct words words;
    int byte;

    assume(words.size <= sizeof words.block && words.at <= words.size);
    byte = next_byte(&words);
    claim(byte >= -1 && byte <= 255, "a byte is a byte");
    claim(words.size <= sizeof words.block && words.at <= words.size, "the block is in order");
    claim(byte < 0 || words.at > 0, "the byte can be read again");
}
