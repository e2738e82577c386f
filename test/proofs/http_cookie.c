/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_cookie.c - any Set-Cookie value and any room: the cookie stays as it is, is dropped, or is
 * replaced as a whole by the start of the value: a name that is an HTTP token, and visible ASCII
 * without a semicolon, which fit. Up to 16 bytes, in up to 14.
 *
 * Of: core/http/response.c core/util/bytes.c
 * Bounds: --unwind 20 --unwindset symfeed_response_is_token.1:20
 * Stubs: is_affinity:any_is_affinity
 * Mutant: core/http/response.c
 *     if (size <= cookie->room && symfeed_response_is_cookie(text, size)) {
 *     if (size <= cookie->room + 1u && symfeed_response_is_cookie(text, size)) {
 */
#include "core/http/response.c"
#include "core/util/bytes.c"

#include "proof.h"

#define VALUE 16
#define ROOM  14

/* Looks for known names; the text is only read. */
bool any_is_affinity(const char *name, size_t size)
{
    claim(__CPROVER_r_ok(name, size), "the name is in the value");
    return nondet_bool();
}

static bool is_token(char c)
{
    return c > ' ' && c <= '~' && strchr("()<>@,;:\\\"/[]?={}", c) == NULL;
}

void prove(void)
{
    struct response response;
    struct cookie cookie;
    ANY_BYTES(char, kept, ROOM);
    ANY_BYTES(char, value, VALUE);
    ANY_STRING(name, 6);
    char before[ROOM];
    const size_t at = any_up_to(ROOM - 1);
    size_t named = 0;
    uint16_t size;

    cookie.name = nondet_bool() ? name : NULL;
    cookie.at = kept;
    cookie.room = (uint16_t)kept_size;
    cookie.size = (uint16_t)any_up_to(kept_size);
    response.cookie = nondet_bool() ? &cookie : NULL;
    memcpy(before, kept_array, ROOM);
    size = cookie.size;
    set_cookie(&response, value, value_size);
    claim(cookie.size <= cookie.room, "the cookie is inside its room");
    if (cookie.size == 0 || (cookie.size == size && memcmp(before, kept_array, ROOM) == 0)) {
        return; /* dropped, or as it was */
    }
    claim(cookie.size <= value_size && memcmp(kept, value, cookie.size) == 0,
          "it is the start of the value");
    claim(cookie.size == value_size ? !response.line_cut : value[cookie.size] == ';',
          "it is a whole cookie");
    while (named < cookie.size && kept[named] != '=') {
        named++;
    }
    claim(named > 0 && named + 1 < cookie.size, "it has a name and a value");
    assume(at < cookie.size);
    claim(kept[at] > ' ' && kept[at] <= '~' && kept[at] != ';', "it is visible ASCII");
    claim(at >= named || is_token(kept[at]), "its name is a token");
}
