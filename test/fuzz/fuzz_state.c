/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_state.c - any bytes as the file of --state: what is taken of it is an id and perhaps a
 * cookie, each of them in its bounds, and is read the same again once the client has written it.
 *
 * The input: the file.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "fuzz.h"

#include "client.h"

/* The port's and the client's, which need nothing of mbedTLS. */
#include "../../port/system/file.c"
#include "../../port/system/fnv.c"
#include "../../port/system/format.c"
#include "../../examples/common/whole_file.c"
#include "../../examples/symfeed/state.c"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    static struct memory_file file;
    static struct state_values none;
    struct state_values values;
    struct state_values again;
    struct state_values wanted = none;
    struct state state = {.wanted = &wanted};
    char error[MESSAGE_ERROR_SIZE];
    const char *mistake;

    fill_file(&file, data, size);
    mistake = state_read(&state, file.name, &values, error);
    if (mistake != NULL || values.id[0] == '\0') {
        require((mistake != NULL) == (size > 0));
        require(memcmp(&values, &none, sizeof values) == 0);
        return 0;
    }
    require(strnlen(values.id, sizeof values.id) < sizeof values.id);
    require(strnlen(values.cookie, sizeof values.cookie) < sizeof values.cookie);
    require(strchr(values.id, '\n') == NULL && strchr(values.cookie, '\n') == NULL);
    require(replace(&state) == 0);
    require(state_read(&state, sink.name, &again, error) == NULL);
    require(memcmp(&again, &values, sizeof again) == 0);
    return 0;
}
