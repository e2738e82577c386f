/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text_entity.c - an entity or a character at the start of any text: 1 to `size` bytes are read,
 * and no more are written than were read. The table of names stands for itself. Up to 11 bytes.
 *
 * Of: core/event/text.c core/json/string.c core/util/bytes.c
 * Bounds: --unwind 12
 * Stubs: named:any_named
 * Mutant: core/event/text.c
 *     while (length < size && length < 4 && ((unsigned char)text[length] & 0xC0) == 0x80) {
 *     while (length < 4 && ((unsigned char)text[length] & 0xC0) == 0x80) {
 */
#include "core/event/text.c"
#include "core/json/string.c"
#include "core/util/bytes.c"

#include "text.h"

/* A name of the table, which is at least as long as its character; unit tests go through them. */
size_t any_named(const char *name, size_t size, const char **character)
{
    static const char some[] = "\xE2\x82\xAC";

    claim(__CPROVER_r_ok(name, size), "the name is there");
    *character = some;
    return any_up_to(size + 2 < 3 ? size + 2 : 3);
}

void prove(void)
{
    ANY_BYTES(char, text, 11);
    struct writer writer = any_writer();
    const size_t before = writer.size;
    size_t taken;

    assume(text_size > 0);
    taken = take_character(&writer, text, text_size);
    claim(taken >= 1 && taken <= text_size, "one byte or more is read, and no more than is there");
    claim(WRITER_HOLDS(writer) && writer.size >= before && writer.size - before <= taken,
          "no more is written than is read");
}
