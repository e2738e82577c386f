/* SPDX-License-Identifier: Apache-2.0 */
/*
 * option_values.c - any string as the value of each kind of option: numbers are in the limits of
 * their kind, and none overflows on the way, signed or not. Up to 22 bytes.
 *
 * Of: examples/common/option.c port/system/format.c
 * Bounds: --unwind 24 --unsigned-overflow-check
 * Stubs: option_mistake:any_mistake
 * Mutant: examples/common/option.c
 *     if (pins->count == OPTION_PINS) {
 *     if (pins->count > OPTION_PINS) {
 */
#include "examples/common/option.c"
#include "port/system/format.c"

#include "proof.h"

/* Writes the mistake. */
bool any_mistake(const struct option_set *set, const char *name, const char *fix, ...)
{
    (void)set;
    (void)name;
    (void)fix;
    return false;
}

static bool is_in_limits(enum option_kind kind, size_t number)
{
    switch (kind) {
    case OPTION_COUNT: return number >= 1 && number <= UINT32_MAX;
    case OPTION_TIMEOUT: return number >= 1 && number <= 86400;
    case OPTION_WINDOW: return number >= SYMFEED_WINDOW_MIN && number <= SYMFEED_WINDOW_MAX;
    default: return number >= SYMFEED_JSON_TOKENS_MIN && number <= SYMFEED_JSON_TOKENS_MAX;
    }
}

void prove(void)
{
    ANY_STRING(value, 22);
    struct option_set set;
    const struct option option = {"name", NULL, 0,   OPTION_COUNT + (unsigned char)any_up_to(3),
                                  0,      0,    NULL};
    size_t number;
    uint32_t wait;
    struct option_pins pins;

    if (store_number(&set, &option, &number, value)) {
        claim(is_in_limits((enum option_kind)option.kind, number), "the number is in its limits");
    }
    if (store_wait(&set, &option, &wait, value)) {
        claim(wait >= 1 && wait <= 86400000, "the wait is in its limits");
    }
    (void)is_list(value);
    assume(pins.count <= OPTION_PINS);
    (void)store_pin(&set, &option, &pins, value);
    claim(pins.count <= OPTION_PINS, "the pins are inside their list");
}
