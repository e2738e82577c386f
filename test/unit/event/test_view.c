/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_view.c - events by their types: each type told and looked up by name, its payload found;
 * each member of each view present, absent, null, empty, of another type, in any order, by an
 * escaped name, more than once; one event of each type read by its views, however its text is laid
 * out; and what is left of these events where window or token table cut them.
 */
#include "symfeed_config.h"

#if SYMFEED_TYPED_EVENTS

#include "look.h"

#include "event/batch.h"
#include "fixtures.h"

#define TOKENS 256

/* --- types -------------------------------------------------------------------------------- */

static enum symfeed_type type_of(const char *text)
{
    struct look look;
    enum symfeed_type type = SYMFEED_TYPE_COUNT;

    look_begin(&look, text, strlen(text), 16);
    type = symfeed_event_type(&look.event);
    look_end(&look);
    return type;
}

static void every_type_is_told(void **state)
{
    (void)state;
    assert_int_equal(COUNT(fixtures), SYMFEED_TYPE_COUNT - 1);
    for (size_t i = 0; i < COUNT(fixtures); i++) {
        struct look look;

        look_begin(&look, fixtures[i].text, strlen(fixtures[i].text), TOKENS);
        assert_int_equal(fixtures[i].type, i + 1);
        assert_int_equal(symfeed_event_type(&look.event), fixtures[i].type);
        assert_string_equal(symfeed_type_name(fixtures[i].type), fixtures[i].name);
        look_end(&look);
    }
}

/* The list's own third column, which the library has no other use for. */
static void the_list_has_the_members_of_payload(void **state)
{
#define PAYLOAD(type, name, payload) payload,
    static const char *const payloads[] = {SYMFEED_TYPE_LIST(PAYLOAD)};
#undef PAYLOAD

    (void)state;
    for (size_t i = 0; i < COUNT(fixtures); i++) {
        assert_string_equal(payloads[i], fixtures[i].payload);
    }
}

static void any_other_type_is_unknown_and_no_error(void **state)
{
    (void)state;
    assert_int_equal(type_of("{\"type\":\"MESSAGEREAD\"}"), SYMFEED_TYPE_UNKNOWN);
    assert_int_equal(type_of("{\"type\":\"unknown\"}"), SYMFEED_TYPE_UNKNOWN);
    assert_int_equal(type_of("{\"type\":\"MessageSent\"}"), SYMFEED_TYPE_UNKNOWN);
    assert_int_equal(type_of("{\"type\":\"messagesent\"}"), SYMFEED_TYPE_UNKNOWN);
    assert_int_equal(type_of("{\"type\":\"MESSAGESEN\"}"), SYMFEED_TYPE_UNKNOWN);
    assert_int_equal(type_of("{\"type\":\"MESSAGESENTX\"}"), SYMFEED_TYPE_UNKNOWN);
    assert_int_equal(type_of("{\"type\":\"MESSAGESENT \"}"), SYMFEED_TYPE_UNKNOWN);
    assert_int_equal(type_of("{\"type\":\"MESSAGESENT\\u0000\"}"), SYMFEED_TYPE_UNKNOWN);
    assert_int_equal(type_of("{\"type\":\"MESSAGESENT\\u0000SHAREDPOST\"}"), SYMFEED_TYPE_UNKNOWN);
    assert_int_equal(type_of("{\"type\":\"ROOMMEMBERDEMOTEDFROMOWNERROOMMEMBERDEMOTEDFROM\"}"),
                     SYMFEED_TYPE_UNKNOWN);
    assert_int_equal(type_of("{\"type\":\"\"}"), SYMFEED_TYPE_UNKNOWN);
    assert_int_equal(type_of("{\"type\":null}"), SYMFEED_TYPE_UNKNOWN);
    assert_int_equal(type_of("{\"type\":1}"), SYMFEED_TYPE_UNKNOWN);
    assert_int_equal(type_of("{\"type\":[\"MESSAGESENT\"]}"), SYMFEED_TYPE_UNKNOWN);
    assert_int_equal(type_of("{\"x\":{\"type\":\"MESSAGESENT\"}}"), SYMFEED_TYPE_UNKNOWN);
    assert_int_equal(type_of("{}"), SYMFEED_TYPE_UNKNOWN);
    assert_int_equal(type_of("{\"\\u0074ype\":\"MESSAGE\\u0053ENT\"}"), SYMFEED_TYPE_MESSAGESENT);
    assert_int_equal(type_of("{\"type\":\"SHAREDPOST\",\"type\":\"ROOMCREATED\"}"),
                     SYMFEED_TYPE_SHAREDPOST);
}

static void types_are_looked_up_by_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(fixtures); i++) {
        size_t size = strlen(fixtures[i].name);
        char *exact = (char *)malloc(size);

        assert_non_null(exact);
        memcpy(exact, fixtures[i].name, size);
        assert_int_equal(symfeed_type_of(exact, size), fixtures[i].type);
        for (size_t less = 0; less < size; less++) {
            assert_int_equal(symfeed_type_of(exact, less), SYMFEED_TYPE_UNKNOWN);
        }
        exact[size - 1] = (char)(exact[size - 1] | 0x20);
        assert_int_equal(symfeed_type_of(exact, size), SYMFEED_TYPE_UNKNOWN);
        free(exact);
    }
    assert_int_equal(symfeed_type_of("MESSAGE\\u0053ENT", 16), SYMFEED_TYPE_UNKNOWN);
    assert_int_equal(symfeed_type_of("unknown", 7), SYMFEED_TYPE_UNKNOWN);
}

static void a_number_that_is_no_type_is_unknown(void **state)
{
    (void)state;
    assert_string_equal(symfeed_type_name(SYMFEED_TYPE_UNKNOWN), "unknown");
    assert_string_equal(symfeed_type_name(SYMFEED_TYPE_COUNT), "unknown");
    assert_string_equal(symfeed_type_name((enum symfeed_type)200), "unknown");
}

/* --- payloads ----------------------------------------------------------------------------- */

static void expect_payload(const char *text, enum symfeed_kind kind, const char *expected)
{
    struct look look;
    struct symfeed_value payload;

    look_begin(&look, text, strlen(text), 32);
    payload = symfeed_payload(&look.event);
    if (kind == SYMFEED_ABSENT) {
        expect_absent_value(payload);
    } else {
        expect_json(payload, kind, expected);
    }
    look_end(&look);
}

static void the_payload_of_each_type_is_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(fixtures); i++) {
        struct look look;
        char path[60];

        look_begin(&look, fixtures[i].text, strlen(fixtures[i].text), TOKENS);
        (void)snprintf(path, sizeof path, "payload.%s", fixtures[i].payload);
        assert_int_equal(look_find(&look, path).kind, SYMFEED_OBJECT);
        assert_true(same_value(symfeed_payload(&look.event), look_find(&look, path)));
        look_end(&look);
    }
}

static void the_payload_is_that_of_the_type(void **state)
{
    (void)state;
    expect_payload("{\"payload\":{\"sharedPost\":1,\"messageSent\":{}},\"type\":\"MESSAGESENT\"}",
                   SYMFEED_OBJECT, "{}");
    expect_payload("{\"type\":\"MESSAGESENT\",\"payload\":{\"roomCreated\":null,"
                   "\"messageSent\":null}}",
                   SYMFEED_NULL, "null");
    expect_payload("{\"type\":\"MESSAGESENT\",\"payload\":{\"\\u006dessageSent\":2,"
                   "\"messageSent\":3}}",
                   SYMFEED_NUMBER, "2");
    /* A type of tomorrow. */
    expect_payload("{\"type\":\"MESSAGEREAD\",\"payload\":{\"messageRead\":[7]}}", SYMFEED_ARRAY,
                   "[7]");
    expect_payload("{\"type\":\"MESSAGESENT\",\"payload\":{\"sharedPost\":{}}}", SYMFEED_ABSENT,
                   NULL);
    expect_payload("{\"type\":\"MESSAGESENT\",\"payload\":{\"messageSen\":1,\"messageSentX\":2}}",
                   SYMFEED_ABSENT, NULL);
    expect_payload("{\"type\":\"MESSAGESENT\",\"payload\":null}", SYMFEED_ABSENT, NULL);
    expect_payload("{\"type\":\"MESSAGESENT\",\"payload\":[\"messageSent\",1]}", SYMFEED_ABSENT,
                   NULL);
    expect_payload("{\"type\":\"MESSAGESENT\",\"messageSent\":{}}", SYMFEED_ABSENT, NULL);
    expect_payload("{\"type\":null,\"payload\":{\"\":1,\"null\":2}}", SYMFEED_ABSENT, NULL);
    expect_payload("{\"payload\":{\"\":1,\"messageSent\":2}}", SYMFEED_ABSENT, NULL);
    expect_payload("{\"type\":\"ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOP\",\"payload\":{"
                   "\"abcdefghijklmnopqrstuvwxyzabcdefghijklmno\":1}}",
                   SYMFEED_ABSENT, NULL); /* too long to be told apart */
}

/* --- views -------------------------------------------------------------------------------- */

#define MOST_MEMBERS 24

/* Fills a view in and copies it out as a list of values; answers how many they are. */
typedef size_t (*fill_view)(const struct symfeed_event *event, struct symfeed_value object,
                            struct symfeed_value *values);

#define FILL(view_)                                                                                \
    static size_t fill_##view_(const struct symfeed_event *event, struct symfeed_value object,     \
                               struct symfeed_value *values)                                       \
    {                                                                                              \
        struct symfeed_##view_ view = symfeed_as_##view_(event, object);                           \
                                                                                                   \
        assert_true(sizeof view <= MOST_MEMBERS * sizeof *values);                                 \
        memcpy(values, &view, sizeof view);                                                        \
        return sizeof view / sizeof *values;                                                       \
    }

FILL(event_members)
FILL(initiator)
FILL(user)
FILL(stream)
FILL(message)
FILL(attachment)
FILL(thumbnail)
FILL(room_properties)
FILL(keyword)
FILL(message_sent)
FILL(shared_post)
FILL(instant_message_created)
FILL(room_created)
FILL(room_updated)
FILL(room_deactivated)
FILL(room_reactivated)
FILL(user_joined_room)
FILL(user_left_room)
FILL(room_member_promoted_to_owner)
FILL(room_member_demoted_from_owner)
FILL(connection_requested)
FILL(connection_accepted)
FILL(message_suppressed)
FILL(symphony_elements_action)
FILL(user_requested_to_join_room)
FILL(generic_system_event)

/* Each member as the Agent API names it. */
struct row {
    fill_view fill;
    size_t slot; /* its place in the view */
    const char *name;
    enum symfeed_kind kind;
};

#define ROW(view, member, name, kind)                                                              \
    {                                                                                              \
        fill_##view, offsetof(struct symfeed_##view, member) / sizeof(struct symfeed_value), name, \
            kind                                                                                   \
    }

static const struct row rows[] = {
    ROW(event_members, id, "id", SYMFEED_STRING),
    ROW(event_members, message_id, "messageId", SYMFEED_STRING),
    ROW(event_members, timestamp, "timestamp", SYMFEED_NUMBER),
    ROW(event_members, type, "type", SYMFEED_STRING),
    ROW(event_members, diagnostic, "diagnostic", SYMFEED_STRING),
    ROW(event_members, initiator, "initiator", SYMFEED_OBJECT),
    ROW(event_members, payload, "payload", SYMFEED_OBJECT),
    ROW(initiator, user, "user", SYMFEED_OBJECT),
    ROW(user, user_id, "userId", SYMFEED_NUMBER),
    ROW(user, first_name, "firstName", SYMFEED_STRING),
    ROW(user, last_name, "lastName", SYMFEED_STRING),
    ROW(user, display_name, "displayName", SYMFEED_STRING),
    ROW(user, email, "email", SYMFEED_STRING),
    ROW(user, username, "username", SYMFEED_STRING),
    ROW(stream, stream_id, "streamId", SYMFEED_STRING),
    ROW(stream, stream_type, "streamType", SYMFEED_STRING),
    ROW(stream, room_name, "roomName", SYMFEED_STRING),
    ROW(stream, members, "members", SYMFEED_ARRAY),
    ROW(stream, external, "external", SYMFEED_BOOLEAN),
    ROW(stream, cross_pod, "crossPod", SYMFEED_BOOLEAN),
    ROW(stream, recipient_tenant_ids, "recipientTenantIds", SYMFEED_ARRAY),
    ROW(message, message_id, "messageId", SYMFEED_STRING),
    ROW(message, parent_message_id, "parentMessageId", SYMFEED_STRING),
    ROW(message, timestamp, "timestamp", SYMFEED_NUMBER),
    ROW(message, message, "message", SYMFEED_STRING),
    ROW(message, shared_message, "sharedMessage", SYMFEED_OBJECT),
    ROW(message, data, "data", SYMFEED_STRING),
    ROW(message, attachments, "attachments", SYMFEED_ARRAY),
    ROW(message, user, "user", SYMFEED_OBJECT),
    ROW(message, stream, "stream", SYMFEED_OBJECT),
    ROW(message, external_recipients, "externalRecipients", SYMFEED_BOOLEAN),
    ROW(message, diagnostic, "diagnostic", SYMFEED_STRING),
    ROW(message, user_agent, "userAgent", SYMFEED_STRING),
    ROW(message, original_format, "originalFormat", SYMFEED_STRING),
    ROW(message, disclaimer, "disclaimer", SYMFEED_STRING),
    ROW(message, sid, "sid", SYMFEED_STRING),
    ROW(message, replacing, "replacing", SYMFEED_STRING),
    ROW(message, replaced_by, "replacedBy", SYMFEED_STRING),
    ROW(message, initial_timestamp, "initialTimestamp", SYMFEED_NUMBER),
    ROW(message, initial_message_id, "initialMessageId", SYMFEED_STRING),
    ROW(message, silent, "silent", SYMFEED_BOOLEAN),
    ROW(attachment, id, "id", SYMFEED_STRING),
    ROW(attachment, name, "name", SYMFEED_STRING),
    ROW(attachment, size, "size", SYMFEED_NUMBER),
    ROW(attachment, images, "images", SYMFEED_ARRAY),
    ROW(thumbnail, id, "id", SYMFEED_STRING),
    ROW(thumbnail, dimension, "dimension", SYMFEED_STRING),
    ROW(room_properties, name, "name", SYMFEED_STRING),
    ROW(room_properties, description, "description", SYMFEED_STRING),
    ROW(room_properties, creator_user, "creatorUser", SYMFEED_OBJECT),
    ROW(room_properties, created_date, "createdDate", SYMFEED_NUMBER),
    ROW(room_properties, external, "external", SYMFEED_BOOLEAN),
    ROW(room_properties, cross_pod, "crossPod", SYMFEED_BOOLEAN),
    ROW(room_properties, is_public, "public", SYMFEED_BOOLEAN),
    ROW(room_properties, copy_protected, "copyProtected", SYMFEED_BOOLEAN),
    ROW(room_properties, read_only, "readOnly", SYMFEED_BOOLEAN),
    ROW(room_properties, discoverable, "discoverable", SYMFEED_BOOLEAN),
    ROW(room_properties, members_can_invite, "membersCanInvite", SYMFEED_BOOLEAN),
    ROW(room_properties, keywords, "keywords", SYMFEED_ARRAY),
    ROW(room_properties, can_view_history, "canViewHistory", SYMFEED_BOOLEAN),
    ROW(keyword, key, "key", SYMFEED_STRING),
    ROW(keyword, value, "value", SYMFEED_STRING),
    ROW(message_sent, message, "message", SYMFEED_OBJECT),
    ROW(shared_post, message, "message", SYMFEED_OBJECT),
    ROW(shared_post, shared_message, "sharedMessage", SYMFEED_OBJECT),
    ROW(instant_message_created, stream, "stream", SYMFEED_OBJECT),
    ROW(room_created, stream, "stream", SYMFEED_OBJECT),
    ROW(room_created, room_properties, "roomProperties", SYMFEED_OBJECT),
    ROW(room_updated, stream, "stream", SYMFEED_OBJECT),
    ROW(room_updated, new_room_properties, "newRoomProperties", SYMFEED_OBJECT),
    ROW(room_deactivated, stream, "stream", SYMFEED_OBJECT),
    ROW(room_reactivated, stream, "stream", SYMFEED_OBJECT),
    ROW(user_joined_room, stream, "stream", SYMFEED_OBJECT),
    ROW(user_joined_room, affected_user, "affectedUser", SYMFEED_OBJECT),
    ROW(user_left_room, stream, "stream", SYMFEED_OBJECT),
    ROW(user_left_room, affected_user, "affectedUser", SYMFEED_OBJECT),
    ROW(room_member_promoted_to_owner, stream, "stream", SYMFEED_OBJECT),
    ROW(room_member_promoted_to_owner, affected_user, "affectedUser", SYMFEED_OBJECT),
    ROW(room_member_demoted_from_owner, stream, "stream", SYMFEED_OBJECT),
    ROW(room_member_demoted_from_owner, affected_user, "affectedUser", SYMFEED_OBJECT),
    ROW(connection_requested, to_user, "toUser", SYMFEED_OBJECT),
    ROW(connection_accepted, from_user, "fromUser", SYMFEED_OBJECT),
    ROW(message_suppressed, message_id, "messageId", SYMFEED_STRING),
    ROW(message_suppressed, stream, "stream", SYMFEED_OBJECT),
    ROW(symphony_elements_action, stream, "stream", SYMFEED_OBJECT),
    ROW(symphony_elements_action, action_stream, "actionStream", SYMFEED_OBJECT),
    ROW(symphony_elements_action, form_stream, "formStream", SYMFEED_OBJECT),
    ROW(symphony_elements_action, form_message_id, "formMessageId", SYMFEED_STRING),
    ROW(symphony_elements_action, form_id, "formId", SYMFEED_STRING),
    ROW(symphony_elements_action, form_values, "formValues", SYMFEED_OBJECT),
    ROW(user_requested_to_join_room, stream, "stream", SYMFEED_OBJECT),
    ROW(user_requested_to_join_room, affected_users, "affectedUsers", SYMFEED_ARRAY),
    ROW(generic_system_event, stream, "stream", SYMFEED_OBJECT),
    ROW(generic_system_event, event_timestamp, "eventTimestamp", SYMFEED_NUMBER),
    ROW(generic_system_event, source_system, "sourceSystem", SYMFEED_STRING),
    ROW(generic_system_event, event_subtype, "eventSubtype", SYMFEED_STRING),
    ROW(generic_system_event, parameters, "parameters", SYMFEED_OBJECT),
};

/* A value of each kind, as it stands in JSON and as a view has it. */
static const struct {
    enum symfeed_kind kind;
    const char *json;
    const char *text;
} samples[] = {{SYMFEED_NULL, "null", "null"},
               {SYMFEED_BOOLEAN, "true", "true"},
               {SYMFEED_BOOLEAN, "false", "false"},
               {SYMFEED_NUMBER, "9007199254740993", "9007199254740993"},
               {SYMFEED_NUMBER, "0", "0"},
               {SYMFEED_STRING, "\"text \\u00e9\"", "text \\u00e9"},
               {SYMFEED_STRING, "\"\"", ""},
               {SYMFEED_OBJECT, "{\"id\":1,\"type\":\"x\"}", "{\"id\":1,\"type\":\"x\"}"},
               {SYMFEED_OBJECT, "{}", "{}"},
               {SYMFEED_ARRAY, "[\"id\",1]", "[\"id\",1]"},
               {SYMFEED_ARRAY, "[]", "[]"}};

/* The view of {"o":`object`}; every value of it but one is expected absent. */
static struct symfeed_value view_of(struct look *look, const struct row *row, const char *object)
{
    struct symfeed_value values[MOST_MEMBERS];
    struct buffer text = {NULL, 0, 0};
    size_t count = 0;

    add(&text, "{\"o\":");
    add(&text, object);
    add(&text, "}");
    look_begin(look, text.at, text.size, TOKENS);
    drop(&text);
    memset(values, 0xFF, sizeof values);
    count = row->fill(&look->event, look_find(look, "o"), values);
    assert_true(row->slot < count);
    for (size_t i = 0; i < count; i++) {
        if (i != row->slot) {
            expect_absent_value(values[i]);
        }
    }
    return values[row->slot];
}

static void expect_member(const struct row *row, const char *object, enum symfeed_kind kind,
                          const char *text)
{
    struct look look;
    struct symfeed_value value = view_of(&look, row, object);
    int64_t number = 5;
    bool boolean = true;

    if (kind == SYMFEED_ABSENT) {
        expect_absent_value(value);
    } else {
        expect_json(value, kind, text);
    }
    assert_int_equal(symfeed_integer(value, &number), kind == SYMFEED_NUMBER);
    assert_true(kind == SYMFEED_NUMBER || number == 5);
    assert_int_equal(symfeed_boolean(value, &boolean), kind == SYMFEED_BOOLEAN);
    assert_int_equal(boolean, kind != SYMFEED_BOOLEAN || text[0] == 't');
    look_end(&look);
}

static void every_view_is_as_long_as_its_object(void **state)
{
    struct look look;
    struct symfeed_value values[MOST_MEMBERS];

    (void)state;
    look_begin(&look, "{}", 2, 4);
    for (size_t i = 0; i < COUNT(rows);) {
        size_t first = i;

        while (i < COUNT(rows) && rows[i].fill == rows[first].fill) {
            assert_int_equal(rows[i].slot, i - first);
            i++;
        }
        assert_int_equal(rows[first].fill(&look.event, symfeed_root(&look.event), values),
                         i - first);
    }
    look_end(&look);
}

static void every_member_is_told_in_every_kind(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        for (size_t j = 0; j < COUNT(samples); j++) {
            char object[120];

            (void)snprintf(object, sizeof object, "{\"%s\":%s}", rows[i].name, samples[j].json);
            expect_member(&rows[i], object, samples[j].kind, samples[j].text);
        }
    }
}

static void a_member_that_is_not_there_is_absent(void **state)
{
    static const char *const objects[] = {
        "{}",  "{\"\":1,\"x\":{\"id\":2}}", "[]", "[\"id\",{\"userId\":1}]", "null", "\"id\"", "12",
        "true"};

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct symfeed_value values[MOST_MEMBERS];
        struct look look;
        char other[60];

        for (size_t j = 0; j < COUNT(objects); j++) {
            expect_member(&rows[i], objects[j], SYMFEED_ABSENT, NULL);
        }
        (void)snprintf(other, sizeof other, "{\"%sX\":1,\"X%s\":2,\"%.*s\":3}", rows[i].name,
                       rows[i].name, (int)strlen(rows[i].name) - 1, rows[i].name);
        expect_member(&rows[i], other, SYMFEED_ABSENT, NULL);
        look_begin(&look, "{\"id\":1}", 8, 8);
        (void)rows[i].fill(&look.event, look_find(&look, "no.such"), values);
        expect_absent_value(values[rows[i].slot]);
        look_end(&look);
    }
}

static void the_first_of_equal_names_counts(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char object[120];

        (void)snprintf(object, sizeof object, "{\"%s\":null,\"%s\":2}", rows[i].name, rows[i].name);
        expect_member(&rows[i], object, SYMFEED_NULL, "null");
        (void)snprintf(object, sizeof object, "{\"\\u%04x%s\":1,\"%s\":2}",
                       (unsigned)rows[i].name[0], rows[i].name + 1, rows[i].name);
        expect_member(&rows[i], object, SYMFEED_NUMBER, "1");
    }
}

/* Every member of a view in an order turned by `turn`, forth or back, each with a value of its own,
 * with and without strangers between them. */
static void check_order(size_t first, size_t count, size_t turn, bool back, bool strangers)
{
    struct symfeed_value values[MOST_MEMBERS];
    struct buffer text = {NULL, 0, 0};
    struct look look;

    for (size_t i = 0; i < count; i++) {
        size_t row = (back ? count - i : i) + turn;
        char member[80];

        (void)snprintf(member, sizeof member, "%s%s\"%s\":%u", i == 0 ? "{" : ",",
                       strangers ? "\"x\":{\"id\":[]},\"y\":\"id\"," : "",
                       rows[first + row % count].name, (unsigned)(row % count + 10));
        add(&text, member);
    }
    add(&text, "}");
    look_begin(&look, text.at, text.size, TOKENS);
    assert_int_equal(rows[first].fill(&look.event, symfeed_root(&look.event), values), count);
    for (size_t i = 0; i < count; i++) {
        char number[12];

        (void)snprintf(number, sizeof number, "%u", (unsigned)(i + 10));
        expect_json(values[i], SYMFEED_NUMBER, number);
    }
    look_end(&look);
    drop(&text);
}

static void members_come_in_any_order(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows);) {
        size_t first = i;

        while (i < COUNT(rows) && rows[i].fill == rows[first].fill) {
            i++;
        }
        for (size_t turn = 0; turn < i - first; turn++) {
            check_order(first, i - first, turn, false, false);
            check_order(first, i - first, turn, true, false);
            check_order(first, i - first, turn, false, true);
        }
    }
}

static void a_view_of_ones_own(void **state)
{
    static const char text[] = "{\"reason\":\"leak\",\"b-1\":[2],\"action\":\"close\"}";
    struct {
        struct symfeed_value action;
        struct symfeed_value reason;
        struct symfeed_value hyphen;
    } form;
    struct look look;

    (void)state;
    look_begin(&look, text, sizeof text - 1, 16);
    symfeed_view(&look.event, symfeed_root(&look.event), "action\0reason\0b-1", &form, sizeof form);
    expect_text(form.action, "close");
    expect_text(form.reason, "leak");
    expect_json(form.hyphen, SYMFEED_ARRAY, "[2]");
    symfeed_view(&look.event, form.hyphen, "action\0reason\0b-1", &form, sizeof form);
    expect_absent_value(form.action);
    expect_absent_value(form.hyphen);
    symfeed_view(&look.event, look_find(&look, "b-1"), "", &form.action, sizeof form.action);
    expect_absent_value(form.action);
    look_end(&look);
}

static void a_malformed_event_has_nothing_in_it(void **state)
{
    struct symfeed_value values[MOST_MEMBERS];
    struct look look;

    (void)state;
    look_begin(&look, "{\"id\":\"1\",\"type\":\"MESSAGESENT\",}", 32, 16);
    look.event.malformed = true;
    assert_int_equal(symfeed_event_type(&look.event), SYMFEED_TYPE_UNKNOWN);
    expect_absent_value(symfeed_root(&look.event));
    expect_absent_value(symfeed_payload(&look.event));
    for (size_t i = 0; i < COUNT(rows); i++) {
        (void)rows[i].fill(&look.event, symfeed_root(&look.event), values);
        expect_absent_value(values[rows[i].slot]);
    }
    look_end(&look);
}

/* --- one event of each type --------------------------------------------------------------- */

static void expect_integer(struct symfeed_value value, int64_t expected)
{
    int64_t number = -77;

    assert_true(symfeed_integer(value, &number));
    assert_true(number == expected);
}

static void expect_boolean(struct symfeed_value value, bool expected)
{
    bool boolean = !expected;

    assert_true(symfeed_boolean(value, &boolean));
    assert_int_equal(boolean, expected);
}

static void expect_ada(const struct symfeed_event *event, struct symfeed_value value)
{
    struct symfeed_user user = symfeed_as_user(event, value);
    int64_t id = 0;

    assert_true(symfeed_user_id(user.user_id, &id));
    assert_true(id == INT64_C(344147139494001));
    expect_text(user.first_name, "Ada");
    expect_text(user.last_name, "Byron");
    expect_text(user.display_name, "Ada Byron (Boiler House)");
    expect_text(user.email, "ada@pumps.example");
    expect_text(user.username, "ada");
}

static void expect_grace(const struct symfeed_event *event, struct symfeed_value value)
{
    struct symfeed_user user = symfeed_as_user(event, value);

    expect_integer(user.user_id, INT64_C(9007199254740993));
    expect_text(user.username, "grace");
}

static void expect_room(const struct symfeed_event *event, struct symfeed_value value)
{
    struct symfeed_stream stream = symfeed_as_stream(event, value);

    expect_text(stream.stream_id, "wQ3-sT_room___pFXhN9OdA");
    expect_text(stream.stream_type, "ROOM");
    expect_text(stream.room_name, "Pumps");
    expect_boolean(stream.external, true);
    expect_boolean(stream.cross_pod, false);
    expect_integer(symfeed_value_find(event, stream.recipient_tenant_ids, "1"), 2147483647);
    expect_absent_value(stream.members);
}

static void expect_message(const struct symfeed_event *event, struct symfeed_value value,
                           const char *id, const char *text)
{
    struct symfeed_message message = symfeed_as_message(event, value);
    struct symfeed_iterator list = symfeed_members(event, message.attachments);
    struct symfeed_attachment attachment;
    struct symfeed_value element;
    char plain[80];
    size_t size = symfeed_string(message.message, plain, sizeof plain);

    expect_text(message.message_id, id);
#if SYMFEED_TEXT
    size = symfeed_text(plain, size, plain, sizeof plain);
    assert_int_equal(size, strlen(text));
    assert_string_equal(plain, text);
#else
    assert_int_equal(size, strlen(plain));
    assert_non_null(strstr(plain, text));
#endif
    expect_text(message.parent_message_id, "parent-1");
    expect_integer(message.timestamp, INT64_C(1763784000123));
    expect_ada(event, message.user);
    expect_room(event, message.stream);
    expect_boolean(message.external_recipients, true);
    expect_boolean(message.silent, false);
    expect_text(message.sid, "session-1");
    expect_absent_value(message.shared_message);
    assert_true(symfeed_next_member(&list, NULL, &element));
    attachment = symfeed_as_attachment(event, element);
    expect_text(attachment.name, "curve.png");
    expect_integer(attachment.size, INT64_C(5000000000));
    assert_false(symfeed_next_member(&list, NULL, &element));
    list = symfeed_members(event, attachment.images);
    assert_true(symfeed_next_member(&list, NULL, &element));
    expect_text(symfeed_as_thumbnail(event, element).dimension, "150");
    assert_true(symfeed_next_member(&list, NULL, &element));
    expect_text(symfeed_as_thumbnail(event, element).id, "image-2");
    assert_false(symfeed_next_member(&list, NULL, &element));
}

static void expect_properties(const struct symfeed_event *event, struct symfeed_value value)
{
    struct symfeed_room_properties room = symfeed_as_room_properties(event, value);
    struct symfeed_iterator keywords = symfeed_members(event, room.keywords);
    struct symfeed_value element;

    expect_text(room.name, "Pumps");
    expect_text(room.description, "All of them");
    expect_grace(event, room.creator_user);
    expect_integer(room.created_date, INT64_C(1763784000456));
    expect_boolean(room.is_public, true);
    expect_boolean(room.read_only, false);
    expect_boolean(room.can_view_history, true);
    assert_true(symfeed_next_member(&keywords, NULL, &element));
    expect_text(symfeed_as_keyword(event, element).value, "north");
    assert_true(symfeed_next_member(&keywords, NULL, &element));
    expect_text(symfeed_as_keyword(event, element).key, "floor");
    expect_text(symfeed_as_keyword(event, element).value, "");
    assert_false(symfeed_next_member(&keywords, NULL, &element));
}

static void check_messages(const struct symfeed_event *e, struct symfeed_value payload)
{
    if (symfeed_event_type(e) == SYMFEED_TYPE_MESSAGESENT) {
        expect_message(e, symfeed_as_message_sent(e, payload).message, "m-1", "hi");
    } else if (symfeed_event_type(e) == SYMFEED_TYPE_SHAREDPOST) {
        expect_message(e, symfeed_as_shared_post(e, payload).message, "m-2", "look");
        expect_message(e, symfeed_as_shared_post(e, payload).shared_message, "m-3", "news");
    } else if (symfeed_event_type(e) == SYMFEED_TYPE_MESSAGESUPPRESSED) {
        expect_text(symfeed_as_message_suppressed(e, payload).message_id, "gone-1");
        expect_room(e, symfeed_as_message_suppressed(e, payload).stream);
    }
}

static void check_rooms(const struct symfeed_event *e, struct symfeed_value payload)
{
    switch (symfeed_event_type(e)) {
    case SYMFEED_TYPE_ROOMCREATED:
        expect_room(e, symfeed_as_room_created(e, payload).stream);
        expect_properties(e, symfeed_as_room_created(e, payload).room_properties);
        break;
    case SYMFEED_TYPE_ROOMUPDATED:
        expect_room(e, symfeed_as_room_updated(e, payload).stream);
        expect_properties(e, symfeed_as_room_updated(e, payload).new_room_properties);
        break;
    case SYMFEED_TYPE_ROOMDEACTIVATED:
        expect_room(e, symfeed_as_room_deactivated(e, payload).stream);
        break;
    case SYMFEED_TYPE_ROOMREACTIVATED:
        expect_room(e, symfeed_as_room_reactivated(e, payload).stream);
        break;
    default: break;
    }
}

static void check_users(const struct symfeed_event *e, struct symfeed_value payload)
{
    switch (symfeed_event_type(e)) {
    case SYMFEED_TYPE_USERJOINEDROOM:
        expect_room(e, symfeed_as_user_joined_room(e, payload).stream);
        expect_grace(e, symfeed_as_user_joined_room(e, payload).affected_user);
        break;
    case SYMFEED_TYPE_USERLEFTROOM:
        expect_room(e, symfeed_as_user_left_room(e, payload).stream);
        expect_grace(e, symfeed_as_user_left_room(e, payload).affected_user);
        break;
    case SYMFEED_TYPE_ROOMMEMBERPROMOTEDTOOWNER:
        expect_room(e, symfeed_as_room_member_promoted_to_owner(e, payload).stream);
        expect_grace(e, symfeed_as_room_member_promoted_to_owner(e, payload).affected_user);
        break;
    case SYMFEED_TYPE_ROOMMEMBERDEMOTEDFROMOWNER:
        expect_room(e, symfeed_as_room_member_demoted_from_owner(e, payload).stream);
        expect_grace(e, symfeed_as_room_member_demoted_from_owner(e, payload).affected_user);
        break;
    case SYMFEED_TYPE_CONNECTIONREQUESTED:
        expect_grace(e, symfeed_as_connection_requested(e, payload).to_user);
        break;
    case SYMFEED_TYPE_CONNECTIONACCEPTED:
        expect_grace(e, symfeed_as_connection_accepted(e, payload).from_user);
        break;
    default: break;
    }
}

/* Two users, Ada and Grace. */
static void expect_both(const struct symfeed_event *e, struct symfeed_value users)
{
    expect_ada(e, symfeed_value_find(e, users, "0"));
    expect_grace(e, symfeed_value_find(e, users, "1"));
    expect_absent_value(symfeed_value_find(e, users, "2"));
}

static void check_others(const struct symfeed_event *e, struct symfeed_value payload)
{
    switch (symfeed_event_type(e)) {
    case SYMFEED_TYPE_INSTANTMESSAGECREATED: {
        struct symfeed_stream chat =
            symfeed_as_stream(e, symfeed_as_instant_message_created(e, payload).stream);

        expect_text(chat.stream_id, "im/+chat+idA==");
        expect_both(e, chat.members);
        break;
    }
    case SYMFEED_TYPE_SYMPHONYELEMENTSACTION: {
        struct symfeed_symphony_elements_action action =
            symfeed_as_symphony_elements_action(e, payload);

        expect_room(e, symfeed_elements_stream(&action));
        expect_text(action.form_message_id, "form/m+1==5454");
        expect_text(action.form_id, "valve-form");
        expect_text(symfeed_value_find(e, action.form_values, "valve-no"), "7");
        break;
    }
    case SYMFEED_TYPE_USERREQUESTEDTOJOINROOM:
        expect_room(e, symfeed_as_user_requested_to_join_room(e, payload).stream);
        expect_both(e, symfeed_as_user_requested_to_join_room(e, payload).affected_users);
        break;
    case SYMFEED_TYPE_GENERICSYSTEMEVENT: {
        struct symfeed_generic_system_event generic = symfeed_as_generic_system_event(e, payload);

        expect_room(e, generic.stream);
        expect_integer(generic.event_timestamp, INT64_C(1763784000777));
        expect_text(generic.source_system, "federation");
        expect_text(generic.event_subtype, "contact.added");
        expect_json(symfeed_value_find(e, generic.parameters, "n.deep.1.x"), SYMFEED_NULL, "null");
        break;
    }
    default: break;
    }
}

static void check_fixture(const struct fixture *fixture, const char *text, size_t size)
{
    struct look look;
    struct symfeed_event_members own;
    struct symfeed_value payload;

    look_begin(&look, text, size, 4096);
    own = symfeed_as_event_members(&look.event, symfeed_root(&look.event));
    payload = symfeed_payload(&look.event);
    assert_int_equal(symfeed_event_type(&look.event), fixture->type);
    assert_int_equal(own.id.size, strlen(fixture->name) + 3);
    assert_memory_equal(own.id.text + 3, fixture->name, own.id.size - 3);
    expect_text(own.message_id, "message-1");
    expect_integer(own.timestamp, INT64_C(1763784000999));
    expect_text(own.diagnostic, "fine");
    expect_ada(&look.event, symfeed_as_initiator(&look.event, own.initiator).user);
    assert_int_equal(payload.kind, SYMFEED_OBJECT);
    check_messages(&look.event, payload);
    check_rooms(&look.event, payload);
    check_users(&look.event, payload);
    check_others(&look.event, payload);
    look_end(&look);
}

static void one_event_of_each_type_is_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(fixtures); i++) {
        check_fixture(&fixtures[i], fixtures[i].text, strlen(fixtures[i].text));
    }
}

/* --- the same, laid out otherwise --------------------------------------------------------- */

enum layout { REVERSED, STRANGERS, SPACES };

static void lay_out(const struct symfeed_event *event, struct symfeed_value value,
                    enum layout layout, struct buffer *out);

static void lay_out_member(const struct symfeed_event *event, struct symfeed_value name,
                           struct symfeed_value value, enum layout layout, struct buffer *out)
{
    if (name.kind != SYMFEED_ABSENT) {
        add(out, "\"");
        add_bytes(out, name.text, name.size);
        add(out, layout == SPACES ? "\"\r: " : "\":");
    }
    lay_out(event, value, layout, out);
}

/* Puts a value into text again: objects with their members backwards, or with members that nobody
 * knows before, between and behind, or all with white space wherever it may stand. */
static void lay_out(const struct symfeed_event *event, struct symfeed_value value,
                    enum layout layout, struct buffer *out)
{
    static const char stranger[] = "\"x-new\":{\"stream\":null,\"userId\":[[\"message\"],{}]}";
    struct symfeed_value names[MOST_MEMBERS];
    struct symfeed_value values[MOST_MEMBERS];
    struct symfeed_iterator members = symfeed_members(event, value);
    bool object = value.kind == SYMFEED_OBJECT;
    size_t count = 0;

    if (!object && value.kind != SYMFEED_ARRAY) {
        add(out, value.kind == SYMFEED_STRING ? "\"" : "");
        add_bytes(out, value.text, value.size);
        add(out, value.kind == SYMFEED_STRING ? "\"" : "");
        return;
    }
    while (count < MOST_MEMBERS && symfeed_next_member(&members, &names[count], &values[count])) {
        count++;
    }
    add(out, object ? "{" : "[");
    for (size_t i = 0; i < count; i++) {
        size_t at = object && layout == REVERSED ? count - 1 - i : i;

        add(out, i > 0 ? "," : "");
        if (object && layout == STRANGERS) {
            add(out, stranger);
            add(out, ",");
        }
        add(out, layout == SPACES ? "\n\t " : "");
        lay_out_member(event, names[at], values[at], layout, out);
        add(out, layout == SPACES ? " \t" : "");
    }
    if (object && layout == STRANGERS) {
        add(out, count > 0 ? "," : "");
        add(out, stranger);
    }
    add(out, object ? "}" : "]");
}

static void the_layout_does_not_matter(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(fixtures); i++) {
        for (enum layout layout = REVERSED; layout <= SPACES; layout++) {
            struct buffer text = {NULL, 0, 0};
            struct checker checker;
            struct look look;

            look_begin(&look, fixtures[i].text, strlen(fixtures[i].text), TOKENS);
            lay_out(&look.event, symfeed_root(&look.event), layout, &text);
            assert_true(well_formed(text.at, text.size, &checker));
            assert_int_not_equal(text.size, 0);
            assert_true(text.size != look.event.size ||
                        memcmp(text.at, look.event.json, text.size) != 0);
            check_fixture(&fixtures[i], text.at, text.size);
            if (layout == STRANGERS) {
                struct look strange;

                look_begin(&strange, text.at, text.size, 4096);
                expect_json(look_find(&strange, "payload.x-new.userId.1"), SYMFEED_OBJECT, "{}");
                look_end(&strange);
            }
            look_end(&look);
            drop(&text);
        }
    }
}

/* The stream of a form that was sent off has had three names. */
static void the_stream_of_a_form_is_found_by_each_of_its_names(void **state)
{
    static const struct {
        const char *text;
        const char *stream; /* its JSON; NULL: absent */
    } cases[] = {{"{\"stream\":{\"a\":1}}", "{\"a\":1}"},
                 {"{\"actionStream\":{\"a\":1}}", "{\"a\":1}"},
                 {"{\"formStream\":{\"a\":1}}", "{\"a\":1}"},
                 {"{\"formStream\":{\"a\":1},\"actionStream\":null,\"stream\":null}", "{\"a\":1}"},
                 {"{\"formStream\":{\"a\":1},\"actionStream\":{\"b\":1}}", "{\"b\":1}"},
                 {"{\"actionStream\":{\"a\":1},\"stream\":{\"b\":1}}", "{\"b\":1}"},
                 {"{\"formId\":{\"a\":1}}", NULL}};

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct symfeed_symphony_elements_action action;
        struct look look;

        look_begin(&look, cases[i].text, strlen(cases[i].text), 16);
        action = symfeed_as_symphony_elements_action(&look.event, symfeed_root(&look.event));
        if (cases[i].stream != NULL) {
            expect_json(symfeed_elements_stream(&action), SYMFEED_OBJECT, cases[i].stream);
        } else {
            expect_absent_value(symfeed_elements_stream(&action));
        }
        look_end(&look);
    }
}

static void user_ids_are_numbers_or_digits(void **state)
{
    static const struct {
        struct symfeed_value value;
        bool good;
        int64_t id;
    } cases[] = {{{SYMFEED_NUMBER, "12345", 5}, true, 12345},
                 {{SYMFEED_STRING, "12345", 5}, true, 12345},
                 {{SYMFEED_STRING, "9223372036854775807", 19}, true, INT64_MAX},
                 {{SYMFEED_STRING, "9223372036854775808", 19}, false, 0},
                 {{SYMFEED_STRING, "", 0}, false, 0},
                 {{SYMFEED_STRING, "-", 1}, false, 0},
                 {{SYMFEED_STRING, "12a", 3}, false, 0},
                 {{SYMFEED_STRING, " 12", 3}, false, 0},
                 {{SYMFEED_STRING, "1\\u0032", 7}, false, 0},
                 {{SYMFEED_STRING, "1.5", 3}, false, 0},
                 {{SYMFEED_NULL, "null", 4}, false, 0},
                 {{SYMFEED_BOOLEAN, "true", 4}, false, 0},
                 {{SYMFEED_ARRAY, "[1]", 3}, false, 0},
                 {{SYMFEED_OBJECT, "{}", 2}, false, 0},
                 {{SYMFEED_ABSENT, NULL, 0}, false, 0}};

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        int64_t id = 99;

        assert_int_equal(symfeed_user_id(cases[i].value, &id), cases[i].good);
        assert_true(id == (cases[i].good ? cases[i].id : 99));
    }
}

/* --- cut ---------------------------------------------------------------------------------- */

/* What the cutter leaves of a text, as a feed would hand it out. */
static void cut(struct look *look, const char *text, size_t size, size_t window, size_t room)
{
    static const hash_word key[2] = {1, 2};
    struct batch batch;
    size_t taken = 0;

    look_begin(look, text, size < window ? window : size, room);
    free(look->tokens.text);
    look->tokens.text = (char *)malloc(window);
    assert_non_null(look->tokens.text);
    symfeed_batch_init(&batch, BATCH_OBJECT, look->tokens.text, window, room, NULL, 0, key);
    assert_int_equal(symfeed_batch_feed(&batch, (const unsigned char *)text, size, &taken),
                     BATCH_ELEMENT);
    look->event.json = look->tokens.text;
    look->event.size = batch.size;
    look->event.full_size = batch.bytes;
    look->event.truncated = batch.truncated;
    look->event.malformed = batch.malformed;
}

/* Is a value of the cut event one of the whole event, the head of a string, or what is left of an
 * object or array: members in the same order, each again part of one? */
static bool is_part(const struct look *part, struct symfeed_value of_part, const struct look *whole,
                    struct symfeed_value of_whole, unsigned depth)
{
    struct symfeed_iterator members = symfeed_members(&part->event, of_part);
    struct symfeed_iterator all = symfeed_members(&whole->event, of_whole);
    struct symfeed_value name;
    struct symfeed_value value;
    struct symfeed_value whole_name;
    struct symfeed_value whole_value;
    bool good = of_part.kind == of_whole.kind && depth < SYMFEED_DEPTH;

    if (good && of_part.kind != SYMFEED_OBJECT && of_part.kind != SYMFEED_ARRAY) {
        return of_part.size <= of_whole.size &&
               memcmp(of_part.text, of_whole.text, of_part.size) == 0 &&
               (of_part.size == of_whole.size ||
                (of_part.kind == SYMFEED_STRING && of_part.size > 48));
    }
    while (good && symfeed_next_member(&members, &name, &value)) {
        good = false;
        while (!good && symfeed_next_member(&all, &whole_name, &whole_value)) {
            good = name.size == whole_name.size &&
                   (name.size == 0 || memcmp(name.text, whole_name.text, name.size) == 0) &&
                   is_part(part, value, whole, whole_value, depth + 1);
        }
    }
    return good;
}

static void what_is_left_of_a_cut_event_is_right(void **state)
{
    static const char tail[] = ",\"x\":[[0,1,2,3,4,5,6,7,8,9],{\"a\":{\"b\":{}}}],\"y\":\"";
    unsigned cuts = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(fixtures); i++) {
        struct buffer text = {NULL, 0, 0};
        struct look whole;

        add_bytes(&text, fixtures[i].text, strlen(fixtures[i].text) - 1);
        add(&text, tail);
        add_times(&text, "0123456789abcdef", 200);
        add(&text, "\"}");
        look_begin(&whole, text.at, text.size, 400);
        for (size_t window = SYMFEED_WINDOW_MIN; window < text.size + 100;
             window += 97 * TEST_STRIDE) {
            for (size_t room = SYMFEED_JSON_TOKENS_MIN; room < 260; room += 13) {
                struct look part;
                struct checker checker;

                cut(&part, text.at, text.size, window, room);
                cuts += part.event.truncated ? 1u : 0u;
                assert_false(part.event.malformed);
                assert_true(well_formed(part.event.json, part.event.size, &checker));
                assert_int_equal(symfeed_event_type(&part.event), fixtures[i].type);
                assert_true(look_find(&part, "id").kind == SYMFEED_STRING);
                assert_true(is_part(&part, symfeed_root(&part.event), &whole,
                                    symfeed_root(&whole.event), 1));
                look_end(&part);
            }
        }
        look_end(&whole);
        drop(&text);
    }
    assert_true(cuts > 1000 / TEST_STRIDE);
}

/* A long text and the smallest window, with a table that the event's own tokens fit. */
static void id_type_and_stream_survive_a_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(fixtures); i++) {
        struct buffer text = {NULL, 0, 0};
        struct look whole;
        struct look part;
        struct symfeed_value found;
        struct symfeed_value expected;

        add_bytes(&text, fixtures[i].text, strlen(fixtures[i].text) - 1);
        add(&text, ",\"more\":\"");
        add_times(&text, "0123456789abcdef", 200);
        add(&text, "\"}");
        look_begin(&whole, text.at, text.size, TOKENS);
        cut(&part, text.at, text.size, 2048, 128);
        assert_true(part.event.truncated);
        expect_text(look_find(&part, "type"), fixtures[i].name);
        found = symfeed_as_event_members(&part.event, symfeed_root(&part.event)).id;
        expected = look_find(&whole, "id");
        assert_int_equal(found.size, expected.size);
        if (fixtures[i].stream != NULL) {
            found =
                symfeed_value_find(&part.event, symfeed_payload(&part.event), fixtures[i].stream);
            expected =
                symfeed_value_find(&whole.event, symfeed_payload(&whole.event), fixtures[i].stream);
            assert_int_equal(found.kind, SYMFEED_STRING);
            assert_int_equal(found.size, expected.size);
            assert_memory_equal(found.text, expected.text, found.size);
        }
        look_end(&whole);
        look_end(&part);
        drop(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_is_told),
        cmocka_unit_test(the_list_has_the_members_of_payload),
        cmocka_unit_test(any_other_type_is_unknown_and_no_error),
        cmocka_unit_test(types_are_looked_up_by_name),
        cmocka_unit_test(a_number_that_is_no_type_is_unknown),
        cmocka_unit_test(the_payload_of_each_type_is_found),
        cmocka_unit_test(the_payload_is_that_of_the_type),
        cmocka_unit_test(every_view_is_as_long_as_its_object),
        cmocka_unit_test(every_member_is_told_in_every_kind),
        cmocka_unit_test(a_member_that_is_not_there_is_absent),
        cmocka_unit_test(the_first_of_equal_names_counts),
        cmocka_unit_test(members_come_in_any_order),
        cmocka_unit_test(a_view_of_ones_own),
        cmocka_unit_test(a_malformed_event_has_nothing_in_it),
        cmocka_unit_test(one_event_of_each_type_is_read),
        cmocka_unit_test(the_layout_does_not_matter),
        cmocka_unit_test(the_stream_of_a_form_is_found_by_each_of_its_names),
        cmocka_unit_test(user_ids_are_numbers_or_digits),
        cmocka_unit_test(what_is_left_of_a_cut_event_is_right),
        cmocka_unit_test(id_type_and_stream_survive_a_cut),
    };

    return cmocka_run_group_tests_name("view", tests, NULL, NULL);
}

#else

#include "left_out.h"

#endif
