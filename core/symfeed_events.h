/* SPDX-License-Identifier: Apache-2.0 */
/*
 * symfeed_events.h - the events of the datafeed by type, each object as a struct of its members.
 *
 * Depends on: symfeed.h, built with SYMFEED_JSON and SYMFEED_TYPED_EVENTS.
 * Guarantees: a view is filled in one pass over its object. What is not used costs no flash: views
 *   are `static inline` around symfeed_view(), and the linker drops unused functions
 *   (-ffunction-sections, --gc-sections).
 */
#ifndef SYMFEED_EVENTS_H
#define SYMFEED_EVENTS_H

#include "symfeed.h"

/*
 * Usage
 *
 *     struct symfeed_message_sent sent;
 *     struct symfeed_message message;
 *     struct symfeed_user user;
 *     int64_t id = 0;
 *
 *     if (symfeed_event_type(&event) == SYMFEED_TYPE_MESSAGESENT) {
 *         sent = symfeed_as_message_sent(&event, symfeed_payload(&event));
 *         message = symfeed_as_message(&event, sent.message);
 *         user = symfeed_as_user(&event, message.user);
 *         if (symfeed_user_id(user.user_id, &id)) ...
 *     }
 */

/*
 * Conventions
 *  - A view is one object, with a struct symfeed_value for each member. To look into a member that
 *    is an object or an array, use another view or symfeed_members(). Find members that the view
 *    does not have with symfeed_value_find(). If several members have the same name, the first
 *    counts.
 *  - A view takes 12 bytes of the caller's stack for each member (on a 32-bit processor) and is
 *    valid as long as the event.
 *  - Any member can be absent (kind SYMFEED_ABSENT), null (SYMFEED_NULL), empty (a string of size
 *    0), or of another type than documented here. symfeed_integer() and symfeed_boolean() return
 *    false for a value of another type; symfeed_string() copies its JSON text. If the object itself
 *    is absent, null or not an object, all its members are absent.
 */

#if !SYMFEED_JSON
#error "symfeed: symfeed_events.h needs SYMFEED_JSON=1, of library and application"
#elif !SYMFEED_TYPED_EVENTS
#error "symfeed: symfeed_events.h needs SYMFEED_TYPED_EVENTS=1, of library and application"
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* --- types -------------------------------------------------------------------------------- */

/* Every type of the Agent API 25.8: constant, text of `type`, member of `payload`. */
#define SYMFEED_TYPE_LIST(X)                                                                       \
    X(SYMFEED_TYPE_MESSAGESENT, "MESSAGESENT", "messageSent")                                      \
    X(SYMFEED_TYPE_SHAREDPOST, "SHAREDPOST", "sharedPost")                                         \
    X(SYMFEED_TYPE_INSTANTMESSAGECREATED, "INSTANTMESSAGECREATED", "instantMessageCreated")        \
    X(SYMFEED_TYPE_ROOMCREATED, "ROOMCREATED", "roomCreated")                                      \
    X(SYMFEED_TYPE_ROOMUPDATED, "ROOMUPDATED", "roomUpdated")                                      \
    X(SYMFEED_TYPE_ROOMDEACTIVATED, "ROOMDEACTIVATED", "roomDeactivated")                          \
    X(SYMFEED_TYPE_ROOMREACTIVATED, "ROOMREACTIVATED", "roomReactivated")                          \
    X(SYMFEED_TYPE_USERJOINEDROOM, "USERJOINEDROOM", "userJoinedRoom")                             \
    X(SYMFEED_TYPE_USERLEFTROOM, "USERLEFTROOM", "userLeftRoom")                                   \
    X(SYMFEED_TYPE_ROOMMEMBERPROMOTEDTOOWNER, "ROOMMEMBERPROMOTEDTOOWNER",                         \
      "roomMemberPromotedToOwner")                                                                 \
    X(SYMFEED_TYPE_ROOMMEMBERDEMOTEDFROMOWNER, "ROOMMEMBERDEMOTEDFROMOWNER",                       \
      "roomMemberDemotedFromOwner")                                                                \
    X(SYMFEED_TYPE_CONNECTIONREQUESTED, "CONNECTIONREQUESTED", "connectionRequested")              \
    X(SYMFEED_TYPE_CONNECTIONACCEPTED, "CONNECTIONACCEPTED", "connectionAccepted")                 \
    X(SYMFEED_TYPE_MESSAGESUPPRESSED, "MESSAGESUPPRESSED", "messageSuppressed")                    \
    X(SYMFEED_TYPE_SYMPHONYELEMENTSACTION, "SYMPHONYELEMENTSACTION", "symphonyElementsAction")     \
    X(SYMFEED_TYPE_USERREQUESTEDTOJOINROOM, "USERREQUESTEDTOJOINROOM", "userRequestedToJoinRoom")  \
    X(SYMFEED_TYPE_GENERICSYSTEMEVENT, "GENERICSYSTEMEVENT", "genericSystemEvent")

#define SYMFEED_TYPE_CONSTANT_(type, name, payload) type,
enum symfeed_type {
    SYMFEED_TYPE_UNKNOWN, /* a type that is not listed, or none */
    SYMFEED_TYPE_LIST(SYMFEED_TYPE_CONSTANT_) SYMFEED_TYPE_COUNT
};
#undef SYMFEED_TYPE_CONSTANT_

/* Returns the event's type. symfeed_event_find(event, "type") has its text, also of an unknown
 * type. */
enum symfeed_type symfeed_event_type(const struct symfeed_event *event);

/* Returns a type's text as in `type`; "unknown" for any other number. Static; never NULL. */
const char *symfeed_type_name(enum symfeed_type type);

/* Returns the type whose text is `name` of `size` bytes, for example to check a user's input;
 * SYMFEED_TYPE_UNKNOWN if there is none. Case matters. */
enum symfeed_type symfeed_type_of(const char *name, size_t size);

/* Returns the member of `payload` that belongs to the event's type: give it to the view of that
 * type. For an unknown type it is the member whose name equals the type in any case, as with all
 * known types. Absent if there is none. */
struct symfeed_value symfeed_payload(const struct symfeed_event *event);

/* --- how views are made ------------------------------------------------------------------- */

/* Fills in a struct that consists of values only, `size` bytes at `view`, from the members of
 * `object`, a value of that event. `names` has their names in the struct's order, each with a NUL.
 * Use it for objects of your own, such as the values of a form:
 *
 *     struct { struct symfeed_value action, reason; } form;
 *
 *     symfeed_view(&event, elements.form_values, "action\0reason", &form, sizeof form); */
void symfeed_view(const struct symfeed_event *event, struct symfeed_value object, const char *names,
                  void *view, size_t size);

/* SYMFEED_VIEW_(user, SYMFEED_USER_MEMBERS) defines, from its list of members, struct symfeed_user
 * and
 *
 *     struct symfeed_user symfeed_as_user(const struct symfeed_event *event,
 *                                         struct symfeed_value object);
 */
#define SYMFEED_MEMBER_(member, name) struct symfeed_value member;
#define SYMFEED_NAME_(member, name)   name "\0"
#define SYMFEED_VIEW_(view_, LIST)                                                                 \
    struct symfeed_##view_ {                                                                       \
        LIST(SYMFEED_MEMBER_)                                                                      \
    };                                                                                             \
    static inline struct symfeed_##view_ symfeed_as_##view_(const struct symfeed_event *event,     \
                                                            struct symfeed_value object)           \
    {                                                                                              \
        struct symfeed_##view_ view;                                                               \
                                                                                                   \
        symfeed_view(event, object, LIST(SYMFEED_NAME_), &view, sizeof view);                      \
        return view;                                                                               \
    }

/* --- objects ------------------------------------------------------------------------------ */

/* The event itself; its object is symfeed_root(event). */
#define SYMFEED_EVENT_MEMBERS(X)                                                                   \
    X(id, "id")                 /* string, opaque; two different events may have the same */       \
    X(message_id, "messageId")  /* string: id of the message it is about */                        \
    X(timestamp, "timestamp")   /* number, 64 bits: milliseconds since 1970 */                     \
    X(type, "type")             /* string, see symfeed_event_type() */                             \
    X(diagnostic, "diagnostic") /* string: why the agent could not read it */                      \
    X(initiator, "initiator")   /* object: symfeed_as_initiator() */                               \
    X(payload, "payload")       /* object; symfeed_payload() returns the type's member */
SYMFEED_VIEW_(event_members, SYMFEED_EVENT_MEMBERS)

/* Who caused the event. */
#define SYMFEED_INITIATOR_MEMBERS(X) X(user, "user") /* object: symfeed_as_user() */
SYMFEED_VIEW_(initiator, SYMFEED_INITIATOR_MEMBERS)

/* A user. */
#define SYMFEED_USER_MEMBERS(X)                                                                    \
    X(user_id, "userId")           /* number, 64 bits: symfeed_user_id() */                        \
    X(first_name, "firstName")     /* string */                                                    \
    X(last_name, "lastName")       /* string */                                                    \
    X(display_name, "displayName") /* string */                                                    \
    X(email, "email")              /* string */                                                    \
    X(username, "username")        /* string; for users of the same pod only */
SYMFEED_VIEW_(user, SYMFEED_USER_MEMBERS)

/* A conversation. */
#define SYMFEED_STREAM_MEMBERS(X)                                                                  \
    X(stream_id, "streamId")                      /* string, opaque */                             \
    X(stream_type, "streamType")                  /* string: IM, MIM, ROOM or POST */              \
    X(room_name, "roomName")                      /* string; for rooms */                          \
    X(members, "members")                         /* array of users; for INSTANTMESSAGECREATED */  \
    X(external, "external")                       /* boolean: users of other pods are in it */     \
    X(cross_pod, "crossPod")                      /* boolean */                                    \
    X(recipient_tenant_ids, "recipientTenantIds") /* array of numbers, 32 bits: the pods in it */
SYMFEED_VIEW_(stream, SYMFEED_STREAM_MEMBERS)

/* A message. */
#define SYMFEED_MESSAGE_MEMBERS(X)                                                                 \
    X(message_id, "messageId")                   /* string, opaque */                              \
    X(parent_message_id, "parentMessageId")      /* string: message it replies to or forwards */   \
    X(timestamp, "timestamp")                    /* number, 64 bits: milliseconds since 1970 */    \
    X(message, "message")                        /* string: PresentationML, see symfeed_text() */  \
    X(shared_message, "sharedMessage")           /* object: symfeed_as_message() */                \
    X(data, "data")                              /* string: EntityJSON, see symfeed_open() */      \
    X(attachments, "attachments")                /* array of objects: symfeed_as_attachment() */   \
    X(user, "user")                              /* object: symfeed_as_user(), the sender */       \
    X(stream, "stream")                          /* object: symfeed_as_stream() */                 \
    X(external_recipients, "externalRecipients") /* boolean: users of other pods receive it */     \
    X(diagnostic, "diagnostic")                  /* string: why the agent could not read it */     \
    X(user_agent, "userAgent")                   /* string: the client that sent it */             \
    X(original_format, "originalFormat")         /* string: com.symphony.messageml.v2, ... */      \
    X(disclaimer, "disclaimer")                  /* string: added by the pod */                    \
    X(sid, "sid")                                /* string: session it was sent in */              \
    X(replacing, "replacing")                    /* string: id of the message that it replaces */  \
    X(replaced_by, "replacedBy")                 /* string: id of the message that replaces it */  \
    X(initial_timestamp, "initialTimestamp")     /* number, 64 bits: of the first version */       \
    X(initial_message_id, "initialMessageId")    /* string: id of the first version */             \
    X(silent, "silent") /* boolean: an update that is not shown as unread */
SYMFEED_VIEW_(message, SYMFEED_MESSAGE_MEMBERS)

/* An element of a message's attachments. */
#define SYMFEED_ATTACHMENT_MEMBERS(X)                                                              \
    X(id, "id")         /* string, opaque */                                                       \
    X(name, "name")     /* string: the file's name */                                              \
    X(size, "size")     /* number, 64 bits: bytes */                                               \
    X(images, "images") /* array of objects: symfeed_as_thumbnail() */
SYMFEED_VIEW_(attachment, SYMFEED_ATTACHMENT_MEMBERS)

/* An element of an attachment's images. */
#define SYMFEED_THUMBNAIL_MEMBERS(X)                                                               \
    X(id, "id")               /* string, opaque */                                                 \
    X(dimension, "dimension") /* string: its size in pixels */
SYMFEED_VIEW_(thumbnail, SYMFEED_THUMBNAIL_MEMBERS)

/* The settings of a room. */
#define SYMFEED_ROOM_PROPERTIES_MEMBERS(X)                                                         \
    X(name, "name")                           /* string */                                         \
    X(description, "description")             /* string */                                         \
    X(creator_user, "creatorUser")            /* object: symfeed_as_user() */                      \
    X(created_date, "createdDate")            /* number, 64 bits: milliseconds since 1970 */       \
    X(external, "external")                   /* boolean: users of other pods may be in it */      \
    X(cross_pod, "crossPod")                  /* boolean */                                        \
    X(is_public, "public")                    /* boolean */                                        \
    X(copy_protected, "copyProtected")        /* boolean */                                        \
    X(read_only, "readOnly")                  /* boolean */                                        \
    X(discoverable, "discoverable")           /* boolean */                                        \
    X(members_can_invite, "membersCanInvite") /* boolean */                                        \
    X(keywords, "keywords")                   /* array of objects: symfeed_as_keyword() */         \
    X(can_view_history, "canViewHistory")     /* boolean */
SYMFEED_VIEW_(room_properties, SYMFEED_ROOM_PROPERTIES_MEMBERS)

/* An element of a room's keywords. */
#define SYMFEED_KEYWORD_MEMBERS(X)                                                                 \
    X(key, "key")     /* string */                                                                 \
    X(value, "value") /* string */
SYMFEED_VIEW_(keyword, SYMFEED_KEYWORD_MEMBERS)

/* --- payloads ----------------------------------------------------------------------------- */

/* MESSAGESENT: a message was sent. */
#define SYMFEED_MESSAGE_SENT_MEMBERS(X) X(message, "message") /* object: symfeed_as_message() */
SYMFEED_VIEW_(message_sent, SYMFEED_MESSAGE_SENT_MEMBERS)

/* SHAREDPOST: a post of a wall was shared. */
#define SYMFEED_SHARED_POST_MEMBERS(X)                                                             \
    X(message, "message")              /* object: symfeed_as_message(), sent when sharing */       \
    X(shared_message, "sharedMessage") /* object: symfeed_as_message(), what was shared */
SYMFEED_VIEW_(shared_post, SYMFEED_SHARED_POST_MEMBERS)

/* INSTANTMESSAGECREATED: a chat of two or more people began. */
#define SYMFEED_INSTANT_MESSAGE_CREATED_MEMBERS(X)                                                 \
    X(stream, "stream") /* object: symfeed_as_stream() */
SYMFEED_VIEW_(instant_message_created, SYMFEED_INSTANT_MESSAGE_CREATED_MEMBERS)

/* ROOMCREATED. */
#define SYMFEED_ROOM_CREATED_MEMBERS(X)                                                            \
    X(stream, "stream")                  /* object: symfeed_as_stream() */                         \
    X(room_properties, "roomProperties") /* object: symfeed_as_room_properties() */
SYMFEED_VIEW_(room_created, SYMFEED_ROOM_CREATED_MEMBERS)

/* ROOMUPDATED. */
#define SYMFEED_ROOM_UPDATED_MEMBERS(X)                                                            \
    X(stream, "stream")                         /* object: symfeed_as_stream() */                  \
    X(new_room_properties, "newRoomProperties") /* object: symfeed_as_room_properties() */
SYMFEED_VIEW_(room_updated, SYMFEED_ROOM_UPDATED_MEMBERS)

/* ROOMDEACTIVATED. */
#define SYMFEED_ROOM_DEACTIVATED_MEMBERS(X) X(stream, "stream") /* object: symfeed_as_stream() */
SYMFEED_VIEW_(room_deactivated, SYMFEED_ROOM_DEACTIVATED_MEMBERS)

/* ROOMREACTIVATED. */
#define SYMFEED_ROOM_REACTIVATED_MEMBERS(X) X(stream, "stream") /* object: symfeed_as_stream() */
SYMFEED_VIEW_(room_reactivated, SYMFEED_ROOM_REACTIVATED_MEMBERS)

/* USERJOINEDROOM. */
#define SYMFEED_USER_JOINED_ROOM_MEMBERS(X)                                                        \
    X(stream, "stream")              /* object: symfeed_as_stream() */                             \
    X(affected_user, "affectedUser") /* object: symfeed_as_user() */
SYMFEED_VIEW_(user_joined_room, SYMFEED_USER_JOINED_ROOM_MEMBERS)

/* USERLEFTROOM. */
#define SYMFEED_USER_LEFT_ROOM_MEMBERS(X)                                                          \
    X(stream, "stream")              /* object: symfeed_as_stream() */                             \
    X(affected_user, "affectedUser") /* object: symfeed_as_user() */
SYMFEED_VIEW_(user_left_room, SYMFEED_USER_LEFT_ROOM_MEMBERS)

/* ROOMMEMBERPROMOTEDTOOWNER. */
#define SYMFEED_ROOM_MEMBER_PROMOTED_TO_OWNER_MEMBERS(X)                                           \
    X(stream, "stream")              /* object: symfeed_as_stream() */                             \
    X(affected_user, "affectedUser") /* object: symfeed_as_user() */
SYMFEED_VIEW_(room_member_promoted_to_owner, SYMFEED_ROOM_MEMBER_PROMOTED_TO_OWNER_MEMBERS)

/* ROOMMEMBERDEMOTEDFROMOWNER. */
#define SYMFEED_ROOM_MEMBER_DEMOTED_FROM_OWNER_MEMBERS(X)                                          \
    X(stream, "stream")              /* object: symfeed_as_stream() */                             \
    X(affected_user, "affectedUser") /* object: symfeed_as_user() */
SYMFEED_VIEW_(room_member_demoted_from_owner, SYMFEED_ROOM_MEMBER_DEMOTED_FROM_OWNER_MEMBERS)

/* CONNECTIONREQUESTED. */
#define SYMFEED_CONNECTION_REQUESTED_MEMBERS(X)                                                    \
    X(to_user, "toUser") /* object: symfeed_as_user(), the one who is asked */
SYMFEED_VIEW_(connection_requested, SYMFEED_CONNECTION_REQUESTED_MEMBERS)

/* CONNECTIONACCEPTED. */
#define SYMFEED_CONNECTION_ACCEPTED_MEMBERS(X)                                                     \
    X(from_user, "fromUser") /* object: symfeed_as_user(), the one who asked */
SYMFEED_VIEW_(connection_accepted, SYMFEED_CONNECTION_ACCEPTED_MEMBERS)

/* MESSAGESUPPRESSED: a message was removed. */
#define SYMFEED_MESSAGE_SUPPRESSED_MEMBERS(X)                                                      \
    X(message_id, "messageId") /* string: id of that message */                                    \
    X(stream, "stream")        /* object: symfeed_as_stream() */
SYMFEED_VIEW_(message_suppressed, SYMFEED_MESSAGE_SUPPRESSED_MEMBERS)

/* SYMPHONYELEMENTSACTION: a form was submitted. Get its stream by symfeed_elements_stream(). */
#define SYMFEED_SYMPHONY_ELEMENTS_ACTION_MEMBERS(X)                                                \
    X(stream, "stream")                 /* object: symfeed_as_stream() */                          \
    X(action_stream, "actionStream")    /* object: the same, before Agent 20.3.1 */                \
    X(form_stream, "formStream")        /* object: the same, before Agent 20.3.1 */                \
    X(form_message_id, "formMessageId") /* string: id of the message that has the form */          \
    X(form_id, "formId")                /* string */                                               \
    X(form_values, "formValues")        /* object: strings, numbers of 64 bits, arrays of them */
SYMFEED_VIEW_(symphony_elements_action, SYMFEED_SYMPHONY_ELEMENTS_ACTION_MEMBERS)

/* USERREQUESTEDTOJOINROOM. */
#define SYMFEED_USER_REQUESTED_TO_JOIN_ROOM_MEMBERS(X)                                             \
    X(stream, "stream")                /* object: symfeed_as_stream() */                           \
    X(affected_users, "affectedUsers") /* array of users: the room's owners */
SYMFEED_VIEW_(user_requested_to_join_room, SYMFEED_USER_REQUESTED_TO_JOIN_ROOM_MEMBERS)

/* GENERICSYSTEMEVENT: an event of another system. */
#define SYMFEED_GENERIC_SYSTEM_EVENT_MEMBERS(X)                                                    \
    X(stream, "stream")                  /* object: symfeed_as_stream() */                         \
    X(event_timestamp, "eventTimestamp") /* number, 64 bits: milliseconds since 1970 */            \
    X(source_system, "sourceSystem")     /* string */                                              \
    X(event_subtype, "eventSubtype")     /* string */                                              \
    X(parameters, "parameters")          /* object of any form: symfeed_members() */
SYMFEED_VIEW_(generic_system_event, SYMFEED_GENERIC_SYSTEM_EVENT_MEMBERS)

/* Returns the stream of a submitted form; its name depends on the agent's version. */
static inline struct symfeed_value
symfeed_elements_stream(const struct symfeed_symphony_elements_action *action)
{
    return action->stream.kind == SYMFEED_OBJECT          ? action->stream
           : action->action_stream.kind == SYMFEED_OBJECT ? action->action_stream
                                                          : action->form_stream;
}

/* Reads a user id: a number in a user, a string of digits in EntityJSON. Returns false, and leaves
 * *id unchanged, if it is neither or does not fit. */
static inline bool symfeed_user_id(struct symfeed_value value, int64_t *id)
{
    if (value.kind == SYMFEED_STRING) {
        value.kind = SYMFEED_NUMBER;
    }
    return symfeed_integer(value, id);
}

/* --- EntityJSON --------------------------------------------------------------------------- */

/*
 * A message's `data` is a string of JSON that describes its mentions and tags:
 *
 *     struct symfeed_inner data;
 *     struct symfeed_iterator entities;
 *     struct symfeed_entity entity;
 *
 *     if (symfeed_open(&event, message.data, &data)) {
 *         entities = symfeed_entities(&data);
 *         while (symfeed_next_entity(&entities, &entity)) {
 *             if (entity.kind == SYMFEED_ENTITY_MENTION && symfeed_user_id(entity.value, &id)) ...
 *         }
 *     }
 */
enum symfeed_entity_kind {
    SYMFEED_ENTITY_OTHER,   /* another type, or none: look into the object */
    SYMFEED_ENTITY_MENTION, /* a user: symfeed_user_id(entity.value, ...) */
    SYMFEED_ENTITY_HASHTAG, /* a tag: the value is its text without # */
    SYMFEED_ENTITY_CASHTAG  /* a security: the value is its ticker without $ */
};

/* One entity, as views into the event. */
struct symfeed_entity {
    enum symfeed_entity_kind kind; /* by `type` */
    struct symfeed_value name;     /* its name, the data-entity-id in the message */
    struct symfeed_value object;   /* the whole entity, for members that are not listed here */
    struct symfeed_value type;     /* com.symphony.user.mention, ... */
    struct symfeed_value id_type;  /* what `value` is: com.symphony.user.userId,
                                    * org.symphonyoss.fin.security.id.isin, ... */
    struct symfeed_value value;    /* the user id, tag or ticker among the entity's ids; without
                                    * one, the first id that has a value */
};

/* Starts at the first entity of EntityJSON that symfeed_open() has opened. */
static inline struct symfeed_iterator symfeed_entities(const struct symfeed_inner *data)
{
    return symfeed_members(&data->event, symfeed_root(&data->event));
}

/* Gets the next entity. Returns false, and changes nothing, after the last one. */
bool symfeed_next_entity(struct symfeed_iterator *entities, struct symfeed_entity *entity);

#undef SYMFEED_VIEW_
#undef SYMFEED_NAME_
#undef SYMFEED_MEMBER_

#ifdef __cplusplus
}
#endif

#endif
