/* SPDX-License-Identifier: Apache-2.0 */
/*
 * view.c - the functions of symfeed_events.h: views, the names of the types, and the entities of
 * EntityJSON.
 *
 * Depends on: symfeed.h, bytes, string.
 * Guarantees: changes nothing. Each table of names is used by its own functions only, so that a
 *   linker drops it together with them.
 */
#include "symfeed_config.h"

#if SYMFEED_TYPED_EVENTS

#include "symfeed_events.h"

#include "util/bytes.h"
#include "json/string.h"

static bool is_named(struct symfeed_value text, const char *name, size_t length)
{
    return symfeed_string_equal(text.text, text.size, name, length);
}

/* --- views -------------------------------------------------------------------------------- */

/* Members usually come in the order of the names, so the search for a name starts at the one that
 * was found last, and wraps around. */
void symfeed_view(const struct symfeed_event *event, struct symfeed_value object, const char *names,
                  void *view, size_t size)
{
    struct symfeed_value *values = (struct symfeed_value *)view;
    size_t count = size / sizeof *values;
    struct symfeed_iterator members = symfeed_members(event, object);
    struct symfeed_value name;
    struct symfeed_value member;
    const char *at = names;
    size_t slot = 0;

    memset(view, 0, size);
    while (members.object && symfeed_next_member(&members, &name, &member)) {
        bool found = false;

        for (size_t tries = 0; tries < count && !found; tries++) {
            size_t length = symfeed_bytes_length(at);

            found = is_named(name, at, length);
            if (found && values[slot].kind == SYMFEED_ABSENT) {
                values[slot] = member;
            }
            at += length + 1;
            slot++;
            if (slot == count) {
                at = names;
                slot = 0;
            }
        }
    }
}

/* --- types -------------------------------------------------------------------------------- */

/* Room for the name of any type, and more, so that a longer name that is cut matches none. */
#define MOST_NAME                 40

#define NAME(type, name, payload) name "\0"
static const char type_names[] = "unknown\0" SYMFEED_TYPE_LIST(NAME);
#undef NAME

const char *symfeed_type_name(enum symfeed_type type)
{
    return symfeed_bytes_nth(type_names, (unsigned)type < SYMFEED_TYPE_COUNT ? (unsigned)type : 0);
}

enum symfeed_type symfeed_type_of(const char *name, size_t size)
{
    unsigned type = symfeed_bytes_index(name, size, type_names);

    return type < SYMFEED_TYPE_COUNT ? (enum symfeed_type)type : SYMFEED_TYPE_UNKNOWN;
}

enum symfeed_type symfeed_event_type(const struct symfeed_event *event)
{
    char name[MOST_NAME];
    size_t size = symfeed_string(symfeed_event_find(event, "type"), name, sizeof name);

    return symfeed_type_of(name, size);
}

/* Every payload member has the name of its type in another case, which saves a list in flash. */
struct symfeed_value symfeed_payload(const struct symfeed_event *event)
{
    char type[MOST_NAME];
    char member[MOST_NAME];
    size_t size = symfeed_string(symfeed_event_find(event, "type"), type, sizeof type);
    struct symfeed_iterator members = symfeed_members(event, symfeed_event_find(event, "payload"));
    struct symfeed_value name;
    struct symfeed_value value;

    for (size_t i = 0; i < size; i++) {
        type[i] = (char)bytes_lower((unsigned char)type[i]);
    }
    while (size > 0 && symfeed_next_member(&members, &name, &value)) {
        size_t length = symfeed_string(name, member, sizeof member);

        if (length + 1 < sizeof member && symfeed_bytes_is_word(member, length, type)) {
            return value;
        }
    }
    memset(&value, 0, sizeof value);
    return value;
}

/* --- EntityJSON --------------------------------------------------------------------------- */

/* For each kind except OTHER, in their order: the entity's type, and the type of the id to use. */
static const char entity_types[] = "com.symphony.user.mention\0"
                                   "com.symphony.user.userId\0"
                                   "org.symphonyoss.taxonomy\0"
                                   "org.symphonyoss.taxonomy.hashtag\0"
                                   "org.symphonyoss.fin.security\0"
                                   "org.symphonyoss.fin.security.id.ticker\0";

/* Returns the kind of an entity of this type, and sets *id to the type of the id to use. */
static enum symfeed_entity_kind entity_kind(struct symfeed_value type, const char **id)
{
    const char *at = entity_types;

    for (unsigned kind = SYMFEED_ENTITY_MENTION; kind <= SYMFEED_ENTITY_CASHTAG; kind++) {
        size_t length = symfeed_bytes_length(at);

        *id = at + length + 1;
        if (is_named(type, at, length)) {
            return (enum symfeed_entity_kind)kind;
        }
        at = *id + symfeed_bytes_length(*id) + 1;
    }
    *id = "";
    return SYMFEED_ENTITY_OTHER;
}

bool symfeed_next_entity(struct symfeed_iterator *entities, struct symfeed_entity *entity)
{
    const struct symfeed_event *event = entities->event;
    struct symfeed_iterator ids;
    struct symfeed_value id;
    const char *wanted = NULL;
    bool found = false;

    if (!symfeed_next_member(entities, &entity->name, &entity->object)) {
        return false;
    }
    entity->type = symfeed_value_find(event, entity->object, "type");
    entity->kind = entity_kind(entity->type, &wanted);
    memset(&entity->id_type, 0, sizeof entity->id_type);
    memset(&entity->value, 0, sizeof entity->value);
    ids = symfeed_members(event, symfeed_value_find(event, entity->object, "id"));
    while (!found && symfeed_next_member(&ids, NULL, &id)) {
        struct symfeed_value type = symfeed_value_find(event, id, "type");

        found = type.kind == SYMFEED_STRING && is_named(type, wanted, symfeed_bytes_length(wanted));
        if (found || entity->value.kind == SYMFEED_ABSENT) {
            entity->id_type = type;
            entity->value = symfeed_value_find(event, id, "value");
        }
    }
    return true;
}

#endif
