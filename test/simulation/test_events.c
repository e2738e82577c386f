/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_events.c - events looked into while a feed is followed: JSON opened in the feed's own memory
 * harms neither the event, nor the next one, nor the acknowledgement.
 */
#include "common.h"

#if SYMFEED_TYPED_EVENTS

#include "symfeed_events.h"

static void until_event(struct world *world)
{
    for (unsigned steps = 0; world_step(world) != SYMFEED_EVENT; steps++) {
        assert_true(steps < 1000);
    }
}

static void expect(struct symfeed_value value, const char *expected)
{
    char text[80];

    (void)symfeed_string(value, text, sizeof text);
    assert_string_equal(text, expected);
}

/* Opens `data`, goes through its entities; answers how many are mentions of that user. */
static unsigned mentions_of(const struct symfeed_event *event, int64_t user)
{
    struct symfeed_iterator entities;
    struct symfeed_entity entity;
    struct symfeed_inner data;
    unsigned count = 0;

    assert_true(symfeed_open(event, symfeed_event_find(event, "data"), &data));
    assert_false(data.event.truncated);
    entities = symfeed_entities(&data);
    while (symfeed_next_entity(&entities, &entity)) {
        int64_t id = 0;

        if (entity.kind == SYMFEED_ENTITY_MENTION && symfeed_user_id(entity.value, &id)) {
            count += id == user ? 1u : 0u;
        }
    }
    return count;
}

static void data_is_opened_in_the_feeds_own_memory(void **state)
{
    struct world *world = following();
    size_t at = world->seen_count;
    struct reply reply = to(READ);

    (void)state;
    world->any_ack = true;
    reply.status = 200;
    reply.body = "{\"events\":[{\"id\":\"a\",\"data\":\"{\\\"0\\\":{\\\"type\\\":"
                 "\\\"com.symphony.user.mention\\\",\\\"id\\\":[{\\\"type\\\":"
                 "\\\"com.symphony.user.userId\\\",\\\"value\\\":\\\"77\\\"}]}}\",\"tail\":\"z\"},"
                 "{\"id\":\"b\",\"data\":\"{}\",\"type\":\"ROOMCREATED\"},"
                 "{\"id\":\"c\",\"data\":\"[\"}],\"ackId\":\"x\"}";
    world_reply(world, reply);
    until_event(world);
    expect(symfeed_event_find(&world->last, "id"), "a");
    assert_int_equal(mentions_of(&world->last, 77), 1);
    assert_int_equal(mentions_of(&world->last, 77), 1);
    expect(symfeed_event_find(&world->last, "tail"), "z");
    until_event(world);
    assert_int_equal(mentions_of(&world->last, 77), 0);
    assert_int_equal(symfeed_event_type(&world->last), SYMFEED_TYPE_ROOMCREATED);
    until_event(world);
    expect(symfeed_event_find(&world->last, "id"), "c");
    expect(symfeed_event_find(&world->last, "data"), "[");
    world_until_requests(world, at + 2);
    assert_string_equal(world->seen[at + 1].ack, "x");
    ends_well(world);
}

#else

static void a_feed_is_followed_without_it(void **state)
{
    (void)state;
    ends_well(following());
}

#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
#if SYMFEED_TYPED_EVENTS
        cmocka_unit_test(data_is_opened_in_the_feeds_own_memory),
#else
        cmocka_unit_test(a_feed_is_followed_without_it),
#endif
    };

    return cmocka_run_group_tests_name("events", tests, NULL, NULL);
}
