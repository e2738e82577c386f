/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_cookie.c - any Set-Cookie value and any room: what is kept fits, is visible ASCII without a
 * separator, and replaces the cookie as a whole.
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
    (void)name;
    (void)size;
    return nondet_bool();
}

void prove(void)
{
    struct response response;
    struct cookie cookie;
    ANY_BYTES(char, kept, ROOM);
    ANY_BYTES(char, value, VALUE);
    ANY_STRING(name, 6);

    cookie.name = nondet_bool() ? name : NULL;
    cookie.at = kept;
    cookie.room = (uint16_t)kept_size;
    cookie.size = (uint16_t)any_up_to(kept_size);
    response.cookie = nondet_bool() ? &cookie : NULL;
    set_cookie(&response, value, value_size);
    claim(cookie.size <= cookie.room, "the cookie is inside its room");
}
