/* SPDX-License-Identifier: Apache-2.0 */
/* rsa.c - see rsa.h. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "tls/rsa.h"

#include <stdint.h>
#include <string.h>

#include "system/file.h"

/* Limbs of a number: one more than a key of 4096 bits has. */
#define LIMBS      ((size_t)129)
#define BYTES_MOST ((LIMBS - 1) * 4)

/* Tags of DER (ITU-T X.690). */
#define INTEGER      0x02
#define OCTET_STRING 0x04
#define SEQUENCE     0x30

/* The numbers in the order of RFC 8017, A.1.2: D1 and D2 are D modulo P - 1 and Q - 1, INVERSE is
 * the inverse of Q modulo P. */
enum { N, E, D, P, Q, D1, D2, INVERSE, NUMBERS };

/* A part of the key's bytes. */
struct part {
    const unsigned char *data;
    size_t size;
};

/* A number, its lowest limb first. */
struct number {
    uint32_t limbs[LIMBS];
};

/* The numbers of the computation, all secret. */
struct scratch {
    struct number one, factor, modulus, result;
    size_t limbs; /* that are computed; the others are 0 */
};

/* --- DER ---------------------------------------------------------------------------------- */

/* Removes one value with this tag from the start of `from`. Returns false if there is none. */
static bool take(struct part *from, unsigned tag, struct part *value)
{
    size_t head = 2;
    size_t size;

    if (from->size < head || from->data[0] != tag) {
        return false;
    }
    size = from->data[1];
    if (size >= 0x80) {
        size_t more = size - 0x80;

        head += more;
        if (more == 0 || more > 2 || from->size < head) {
            return false;
        }
        size = more == 1 ? from->data[2] : (size_t)from->data[2] << 8 | from->data[3];
    }
    if (from->size - head < size) {
        return false;
    }
    value->data = from->data + head;
    value->size = size;
    from->data += head + size;
    from->size -= head + size;
    return true;
}

/* Removes a number from the start of `from`; `number` is without leading zeros. Returns false if
 * there is none or it is negative. */
static bool take_number(struct part *from, struct part *number)
{
    if (!take(from, INTEGER, number) || number->size == 0 || number->data[0] >= 0x80) {
        return false;
    }
    while (number->size > 0 && number->data[0] == 0) {
        number->data++;
        number->size--;
    }
    return true;
}

/* Finds the PKCS#1 form of an RSA private key, inside PKCS#8 if there is one. Sets `inside` to its
 * numbers, after the version. Returns false if it is not such a key. */
static bool find_pkcs1(const unsigned char *der, size_t size, struct part *pkcs1,
                       struct part *inside)
{
    struct part rest = {der, size};
    struct part version;
    struct part algorithm;

    *pkcs1 = rest;
    if (!take(&rest, SEQUENCE, inside) || !take_number(inside, &version) || version.size != 0) {
        return false;
    }
    if (!take(inside, SEQUENCE, &algorithm)) {
        return true;
    }
    if (!take(inside, OCTET_STRING, pkcs1)) {
        return false;
    }
    rest = *pkcs1;
    return take(&rest, SEQUENCE, inside) && take_number(inside, &version) && version.size == 0;
}

/* Finds the numbers of an RSA private key. Returns false if it is not one. */
static bool find_numbers(const unsigned char *der, size_t size, struct part *pkcs1,
                         struct part numbers[NUMBERS])
{
    struct part inside;
    unsigned i;

    if (!find_pkcs1(der, size, pkcs1, &inside)) {
        return false;
    }
    for (i = 0; i < NUMBERS; i++) {
        if (!take_number(&inside, &numbers[i])) {
            return false;
        }
    }
    return true;
}

void symfeed_rsa_unwrap(const unsigned char **der, size_t *size)
{
    struct part numbers[NUMBERS];
    struct part pkcs1;

    if (find_numbers(*der, *size, &pkcs1, numbers)) {
        *der = pkcs1.data;
        *size = pkcs1.size;
    }
}

/* --- arithmetic --------------------------------------------------------------------------- */

static void load(struct number *number, const struct part *from)
{
    size_t i;

    memset(number, 0, sizeof *number);
    for (i = 0; i < from->size; i++) {
        number->limbs[i / 4] |= (uint32_t)from->data[from->size - 1 - i] << i % 4 * 8;
    }
}

/* Adds `other` to `number` if `mask` is not 0. */
static void add_masked(struct number *number, const struct number *other, uint32_t mask,
                       size_t limbs)
{
    uint64_t sum = 0;
    size_t i;

    for (i = 0; i < limbs; i++) {
        sum += (uint64_t)number->limbs[i] + (other->limbs[i] & mask);
        number->limbs[i] = (uint32_t)sum;
        sum >>= 32;
    }
}

/* Subtracts `other` from `number`, but changes `number` only if `mask` is not 0. Returns the
 * borrow. */
static uint32_t subtract(struct number *number, const struct number *other, uint32_t mask,
                         size_t limbs)
{
    uint32_t borrow = 0;
    size_t i;

    for (i = 0; i < limbs; i++) {
        const uint64_t rest = (uint64_t)number->limbs[i] - other->limbs[i] - borrow;

        borrow = (uint32_t)(rest >> 63);
        number->limbs[i] ^= (number->limbs[i] ^ (uint32_t)rest) & mask;
    }
    return borrow;
}

/* Adds `other`, or 0 if `mask` is 0, to the result, modulo the modulus. Both are less than the
 * modulus, so there is room for the sum. */
static void add_modulo(struct scratch *s, const struct number *other, uint32_t mask)
{
    add_masked(&s->result, other, mask, s->limbs);
    (void)subtract(&s->result, &s->modulus, subtract(&s->result, &s->modulus, 0, s->limbs) - 1,
                   s->limbs);
}

/* Computes result = factor * other modulo the modulus, bit by bit of `other`. The factor is less
 * than the modulus. */
static void multiply(struct scratch *s, const struct part *other)
{
    size_t i;
    int bit;

    memset(&s->result, 0, sizeof s->result);
    for (i = 0; i < other->size; i++) {
        for (bit = 7; bit >= 0; bit--) {
            add_modulo(s, &s->result, UINT32_MAX);
            add_modulo(s, &s->factor, 0 - ((uint32_t)other->data[i] >> bit & 1));
        }
    }
}

static bool same(const struct number *one, const struct number *other)
{
    uint32_t difference = 0;
    size_t i;

    for (i = 0; i < LIMBS; i++) {
        difference |= one->limbs[i] ^ other->limbs[i];
    }
    return difference == 0;
}

/* Loads `part` as the factor. Returns whether it is less than the modulus. */
static bool load_factor(struct scratch *s, const struct part *part)
{
    load(&s->factor, part);
    return part->size <= s->limbs * 4 && subtract(&s->factor, &s->modulus, 0, s->limbs) != 0;
}

/* --- the key ------------------------------------------------------------------------------ */

/* Returns whether N = P * Q. Computes modulo a number that is larger than that product. */
static bool matches_modulus(struct scratch *s, const struct part *numbers)
{
    s->limbs = (numbers[P].size + numbers[Q].size) / 4 + 1;
    memset(&s->modulus, 0xff, s->limbs * 4);
    s->modulus.limbs[s->limbs - 1] >>= 1;
    load(&s->factor, &numbers[P]);
    multiply(s, &numbers[Q]);
    load(&s->factor, &numbers[N]);
    return same(&s->result, &s->factor);
}

/* Returns whether the exponents match a prime: D modulo prime - 1 is `reduced`, and E * reduced
 * modulo prime - 1 is 1. */
static bool matches_prime(struct scratch *s, const struct part *numbers, const struct part *prime,
                          const struct part *reduced)
{
    s->limbs = prime->size / 4 + 1;
    load(&s->modulus, prime);
    (void)subtract(&s->modulus, &s->one, UINT32_MAX, s->limbs);
    s->factor = s->one;
    multiply(s, &numbers[D]);
    if (!load_factor(s, reduced) || !same(&s->result, &s->factor)) {
        return false;
    }
    multiply(s, &numbers[E]);
    return same(&s->result, &s->one);
}

/* Returns whether INVERSE * Q is 1 modulo P. */
static bool matches_inverse(struct scratch *s, const struct part *numbers)
{
    s->limbs = numbers[P].size / 4 + 1;
    load(&s->modulus, &numbers[P]);
    if (!load_factor(s, &numbers[INVERSE])) {
        return false;
    }
    multiply(s, &numbers[Q]);
    return same(&s->result, &s->one);
}

/* Returns whether the functions above can be used: no number is longer than N, and both primes are
 * odd and longer than one byte. */
static bool sizes_are_valid(const struct part *numbers)
{
    unsigned i;

    for (i = 0; i < NUMBERS; i++) {
        if (numbers[i].size == 0 || numbers[i].size > numbers[N].size) {
            return false;
        }
    }
    for (i = P; i <= Q; i++) {
        if (numbers[i].size < 2 || numbers[i].data[numbers[i].size - 1] % 2 == 0) {
            return false;
        }
    }
    return numbers[P].size + numbers[Q].size <= BYTES_MOST + 1;
}

bool symfeed_rsa_is_broken(const unsigned char *der, size_t size)
{
    struct part numbers[NUMBERS];
    struct part pkcs1;
    struct scratch s;
    bool consistent;

    if (!find_numbers(der, size, &pkcs1, numbers) || numbers[N].size > BYTES_MOST) {
        return false;
    }
    memset(&s, 0, sizeof s);
    s.one.limbs[0] = 1;
    consistent = sizes_are_valid(numbers) && matches_modulus(&s, numbers) &&
                 matches_prime(&s, numbers, &numbers[P], &numbers[D1]) &&
                 matches_prime(&s, numbers, &numbers[Q], &numbers[D2]) &&
                 matches_inverse(&s, numbers);
    symfeed_file_wipe(&s, sizeof s);
    return !consistent;
}
