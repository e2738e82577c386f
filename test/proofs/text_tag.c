/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text_tag.c - any bytes after < : a tag is read up to its end, an attribute that is found is
 * inside it, and no more is written than was read. Up to 12 bytes.
 *
 * Of: core/event/text.c core/json/string.c core/util/bytes.c
 * Bounds: --unwind 14
 * Stubs: symfeed_bytes_which:any_which put_value:any_value put_break:any_break
 * Mutant: core/event/text.c
 *     while (at < size && is_of_name(text[at])) {
 *     while (is_of_name(text[at])) {
 */
#include "core/event/text.c"
#include "core/json/string.c"
#include "core/util/bytes.c"

#include "text.h"

static const char *tag;
static size_t tag_size;

/* Compares a word of the tag with others, none of which is empty. */
unsigned any_which(const char *text, size_t size, const char *list)
{
    (void)list;
    claim(text >= tag && size <= tag_size - (size_t)(text - tag), "the word is in the tag");
    return size > 0 ? (unsigned)any_up_to(26) : 0;
}

/* Proven by text_value.c. */
void any_value(struct writer *writer, unsigned element, const char *value, size_t size)
{
    claim(element >= EMOJI && element <= IMG, "the element has such text");
    claim(value >= tag && size <= tag_size - (size_t)(value - tag), "the value is in the tag");
    if (size > 0) {
        write_any(writer, size + 2);
    }
}

/* Proven by text_run.c. */
void any_break(struct writer *writer, char c)
{
    claim(c == '\n' || c == '\t', "it is a break");
    write_any(writer, 1);
}

void prove(void)
{
    ANY_BYTES(char, text, 12);
    struct writer writer = any_writer();
    const size_t before = writer.size;
    size_t taken;

    assume(text_size >= 2 && text[0] == '<');
    tag = text;
    tag_size = text_size;
    taken = take_tag(&writer, text, text_size);
    claim(taken >= 1 && taken <= text_size, "one byte or more is read, and no more than is there");
    claim(WRITER_HOLDS(writer) && writer.size >= before && writer.size - before <= taken,
          "no more is written than is read");
}
