/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text_run.c - the words of eight bytes in which plain text is copied, and the breaks between
 * lines: no more is written than is read, a break is one byte at most. Room for any number of
 * bytes. Up to 24 bytes.
 *
 * Of: core/event/text.c core/json/string.c core/util/bytes.c
 * Contract: core/event/text.c
 *     while (count + sizeof(bytes_word) <= size)
 *     while (count + sizeof(bytes_word) <= size) WORDS
 * Mutant: core/event/text.c
 *     size_t room = writer->room - writer->size - 1;
 *     size_t room = writer->room - writer->size + 8;
 */
#define WORDS                                                                                      \
    __CPROVER_assigns(count) __CPROVER_loop_invariant(count <= size)                               \
        __CPROVER_decreases(size - count)

#include "core/event/text.c"
#include "core/json/string.c"
#include "core/util/bytes.c"

#include "text.h"

void prove(void)
{
    ANY_BYTES(char, text, 24);
    struct writer writer = any_writer();
    const size_t before = writer.size;
    size_t taken = put_run(&writer, text, text_size);

    claim(taken <= text_size && writer.size == before + taken, "all that is read is written");
    claim(WRITER_HOLDS(writer), "a byte stays for the NUL");
    put_break(&writer, nondet_bool() ? '\n' : '\t');
    claim(WRITER_HOLDS(writer) && writer.size >= before + taken &&
              writer.size <= before + taken + 1,
          "a break is one byte");
}
