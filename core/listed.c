/* SPDX-License-Identifier: Apache-2.0 */
/* listed.c - see listed.h. */
#include "listed.h"

#include "bytes.h"
#include "json.h"

uint64_t symfeed_listed_hash(const struct symfeed *feed, const char *id, size_t size)
{
    struct hash hash;

    symfeed_hash_init(&hash, feed->hash_key);
    symfeed_hash_update(&hash, (const unsigned char *)id, size);
    return symfeed_hash_final(&hash);
}

/* May this listed feed be read? With a tag the agent has chosen already. */
static bool may_use(const struct symfeed *feed, const char *id, size_t size)
{
    if (feed->dead != 0 && feed->dead == symfeed_listed_hash(feed, id, size)) {
        return false;
    }
    return feed->agent.tag.size > 0 ? !symfeed_agent_is_datahose(id) : symfeed_agent_is_fanout(id);
}

void symfeed_listed_take_feed(struct symfeed *feed)
{
    char id[SYMFEED_FEED_ID_SIZE];
    int64_t created_at = 0;
    struct symfeed_value value = {SYMFEED_ABSENT, NULL, 0};
    size_t size = 0;

    symfeed_json_split(feed->exchange.out, feed->batch.size, &feed->tokens);
    value = symfeed_json_find(feed->exchange.out, &feed->tokens, "id");
    size = symfeed_string(value, id, sizeof id);
    if (value.kind != SYMFEED_STRING || value.size >= sizeof id || size == 0) {
        return;
    }
    if (feed->goal == GOAL_RECLAIM_LIST) {
        value = symfeed_json_find(feed->exchange.out, &feed->tokens, "createdAt");
        (void)symfeed_integer(value, &created_at);
        if (symfeed_agent_is_datahose(id) || created_at >= feed->oldest) {
            return;
        }
        feed->oldest = created_at;
    } else if (feed->goal == GOAL_LIST && (feed->found || !may_use(feed, id, size))) {
        return;
    }
    feed->found = true;
    feed->feed_id_size = (uint16_t)size;
    memcpy(feed->feed_id, id, size);
}

#if SYMFEED_DATAHOSE

void symfeed_listed_take_health(struct symfeed *feed)
{
    struct symfeed_value value = {SYMFEED_ABSENT, NULL, 0};

    symfeed_json_split(feed->exchange.out, feed->batch.size, &feed->tokens);
    value = symfeed_json_find(feed->exchange.out, &feed->tokens, "users.ceservice.status");
    feed->found = symfeed_json_equal(value.text, value.size, "UP", 2);
}

#endif
