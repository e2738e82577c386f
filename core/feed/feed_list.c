/* SPDX-License-Identifier: Apache-2.0 */
/* feed_list.c - see feed_list.h. */
#include "feed/feed_list.h"

#include "json/string.h"
#include "json/tokens.h"
#include "util/bytes.h"

/* --- ids ---------------------------------------------------------------------------------- */

static bool is_id_character(char c)
{
    return (unsigned char)c > ' ' && c != '_';
}

/* Returns the end of a run of id characters. */
static const char *skip_run(const char *at)
{
    while (is_id_character(*at)) {
        at++;
    }
    return at;
}

bool symfeed_feed_list_is_fanout(const char *id)
{
    const char *end = skip_run(id);

    if (end == id || end[0] != '_' || end[1] != 'f') {
        return false;
    }
    if (end[2] == '\0') {
        return true;
    }
    id = end + 3;
    end = skip_run(id);
    return id[-1] == '_' && end != id && *end == '\0';
}

bool symfeed_feed_list_is_datahose(const char *id)
{
    for (; *id != '\0'; id++) {
        if (id[0] == '_' && id[1] == 'p' && (id[2] == '_' || id[2] == '\0')) {
            return true;
        }
    }
    return false;
}

/* --- feeds -------------------------------------------------------------------------------- */

/* Returns how much of an id fits in the ackId's buffer. */
static size_t shown(size_t size)
{
    return SYMFEED_FEED_ID_SIZE <= SYMFEED_ACK_ID_SIZE || size < SYMFEED_ACK_ID_SIZE
               ? size
               : SYMFEED_ACK_ID_SIZE;
}

/* Keeps the id of a feed that is gone in the buffer of its ackId. */
void symfeed_feed_list_bury(struct symfeed *feed)
{
    feed->dead_size = (uint16_t)feed->connection.request.feed.size;
    memcpy(feed->ack, feed->feed_id, shown(feed->dead_size));
}

static bool is_dead(const struct symfeed *feed, const char *id, size_t size)
{
    return size == feed->dead_size && memcmp(id, feed->ack, shown(size)) == 0;
}

static bool is_known(const struct text *known, const char *id, size_t size)
{
    return size == known->size && memcmp(id, known->at, size) == 0;
}

/* May this listed feed be read? With a tag, the agent has selected it already. */
static bool may_use(const struct symfeed *feed, const char *id)
{
    return feed->agent.tag.size > 0 ? !symfeed_feed_list_is_datahose(id)
                                    : symfeed_feed_list_is_fanout(id);
}

/* Is this listed or created feed the one to use? */
static bool is_wanted(const struct symfeed *feed, const char *id, size_t size, int64_t created)
{
    switch (feed->state) {
    case FEED_FIND: return !feed->found && !is_dead(feed, id, size) && may_use(feed, id);
    case FEED_LOOK: return is_known(&feed->connection.request.feed, id, size);
#if SYMFEED_RECLAIM
    case FEED_RECLAIM_FIND:
        return !symfeed_feed_list_is_datahose(id) && (!feed->found || created < feed->created);
#endif
    default: (void)created; return true;
    }
}

static void take(struct symfeed *feed, const char *id, size_t size, int64_t created)
{
    struct text *known = &feed->connection.request.feed;

    if (is_wanted(feed, id, size, created)) {
        feed->found = true;
        known->at = feed->feed_id;
        known->size = size;
        memcpy(feed->feed_id, id, size);
#if SYMFEED_JSON
        feed->created = created;
#endif
    }
}

#if SYMFEED_JSON

uint32_t symfeed_feed_list_age(const struct symfeed *feed)
{
    const struct symfeed_port *port = feed->port;
    int64_t wall = port->wall_clock != NULL ? port->wall_clock(port->context) : 0;
    /* In units of 1,024 ms, to the end of this second: dividing 64 bits needs a library. */
    uint32_t age = (uint32_t)((((uint64_t)wall + 1u) * 1000u - (uint64_t)feed->created) >> 10);

    return wall != 0 && age < (uint32_t)1 << 30 ? age / 3516u : SYMFEED_AGE_UNKNOWN;
}

struct symfeed_value symfeed_feed_list_member(struct symfeed *feed, const char *path)
{
    symfeed_tokens_split(feed->connection.out, feed->batch.size, &feed->tokens);
    return symfeed_tokens_find(feed->connection.out, &feed->tokens, path);
}

void symfeed_feed_list_take_feed(struct symfeed *feed)
{
    char id[SYMFEED_FEED_ID_SIZE];
    struct symfeed_value value = symfeed_feed_list_member(feed, "id");
    size_t size = symfeed_string(value, id, sizeof id);
    int64_t created = 0;

    if (value.kind != SYMFEED_STRING || value.size >= sizeof id || size == 0) {
        return;
    }
    (void)symfeed_integer(symfeed_feed_list_member(feed, "createdAt"), &created);
    take(feed, id, size, created);
}

#else

uint32_t symfeed_feed_list_age(const struct symfeed *feed)
{
    (void)feed;
    return SYMFEED_AGE_UNKNOWN;
}

/* Without JSON: the feed's id is in the place of the ackId, and no caller asks for the oldest. */
void symfeed_feed_list_take_feed(struct symfeed *feed)
{
    const size_t room =
        SYMFEED_FEED_ID_SIZE < SYMFEED_ACK_ID_SIZE ? SYMFEED_FEED_ID_SIZE : SYMFEED_ACK_ID_SIZE;
    char *id = feed->next_ack;
    uint16_t size = feed->batch.ack_size;

    if (feed->batch.ack_state != BATCH_ACK_WHOLE || size >= room) {
        return;
    }
    id[size] = '\0';
    for (uint16_t i = 0; i < size; i++) {
        if (id[i] == '\\') {
            return; /* an id with an escape was never seen */
        }
    }
    take(feed, id, size, 0);
}

#endif

#if SYMFEED_DATAHOSE

void symfeed_feed_list_take_health(struct symfeed *feed)
{
    struct symfeed_value value = symfeed_feed_list_member(feed, "users.ceservice.status");

    /* The health of a service that was cut from the answer is unknown. */
    feed->found = value.kind == SYMFEED_STRING
                      ? symfeed_string_equal(value.text, value.size, "UP", 2)
                      : feed->batch.truncated && value.kind == SYMFEED_ABSENT;
}

#endif
