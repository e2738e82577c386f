/* SPDX-License-Identifier: Apache-2.0 */
/*
 * feed_ids.c - any string as a feed's id or as an agent's version. Up to 9 bytes.
 *
 * Of: core/feed/feed_list.c core/feed/jwt.c core/util/bytes.c
 * Bounds: --unwind 12
 * Mutant: core/feed/feed_list.c
 *     if (end == id || end[0] != '_' || end[1] != 'f') {
 *     if (end == id || end[1] != 'f') {
 */
#include "core/feed/feed_list.c"
#include "core/util/bytes.c"
#define number jwt_number
#include "core/feed/jwt.c"

#include "proof.h"

void prove(void)
{
    ANY_STRING(id, 9);

    (void)symfeed_feed_list_is_fanout(id);
    (void)symfeed_feed_list_is_datahose(id);
    (void)symfeed_jwt_is_recent(id);
}
