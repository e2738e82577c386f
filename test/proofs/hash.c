/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hash.c - pieces of a text of any length go into its hash: the tail never outgrows its word.
 * Pieces up to 20 bytes.
 *
 * Of: core/util/hash.c core/util/bytes.c
 * Bounds: --unwind 12
 * Stubs: absorb:any_absorb
 * Mutant: core/util/hash.c
 *     } while (at < size && hash->length % WORD != 0);
 *     } while (hash->length % WORD != 0);
 */
#include "core/util/hash.c"
#include "core/util/bytes.c"

#include "proof.h"

/* Mixes whole words. */
void any_absorb(hash_word state[4], const unsigned char *data, size_t words)
{
    claim(__CPROVER_w_ok(state, 4 * sizeof(hash_word)), "the state is there");
    claim(__CPROVER_r_ok(data, words * WORD), "the words are there");
}

void prove(void)
{
    struct hash hash;
    ANY_BYTES(unsigned char, data, 20);
    const uint32_t before = hash.length;

    symfeed_hash_update(&hash, data, data_size);
    claim(hash.length == before + (uint32_t)data_size, "each byte is hashed once");
    (void)symfeed_hash_final(&hash);
}
