/* SPDX-License-Identifier: Apache-2.0 */
/* feed.c - the memory of a feed by buffer: the terms of SYMFEED_MEMORY(). footprint fails where
 * they are not its sum any more. */
#include "figure.h"
#include "symfeed.h"

FIGURE(state, SYMFEED_STATE_SIZE);
FIGURE(repeats, 8 * SYMFEED_DEDUP);
FIGURE(ack_ids, 2 * SYMFEED_ACK_ID_SIZE);
FIGURE(feed_id, SYMFEED_FEED_ID_SIZE);
FIGURE(session_token, SYMFEED_SESSION_TOKEN_SIZE);
FIGURE(key_manager_token, SYMFEED_KEY_MANAGER_TOKEN_SIZE);
FIGURE(line, SYMFEED_LINE_SIZE);
FIGURE(receive, SYMFEED_RECEIVE_SIZE);
FIGURE(token, SYMFEED_JSON_TOKEN_SIZE);
FIGURE(window_min, SYMFEED_WINDOW_MIN);
FIGURE(tokens_min, SYMFEED_JSON_TOKENS_MIN);
FIGURE(memory_at_least, SYMFEED_MEMORY(0, 0));
FIGURE(memory_usual, SYMFEED_MEMORY(4096, 128));
FIGURE(memory_smallest, SYMFEED_MEMORY(SYMFEED_WINDOW_MIN, SYMFEED_JSON_TOKENS_MIN));
