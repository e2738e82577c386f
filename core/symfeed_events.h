/* SPDX-License-Identifier: Apache-2.0 */
/*
 * symfeed_events.h - the events of the datafeed by their types, member by member.
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
 *
 * A view is one object with a struct symfeed_value for each of its members; an object or an array
 * among them is looked into by the next view, or by symfeed_members(). It is filled in one pass
 * over the object. Of members with the same name the first counts; members it does not know are
 * reached by symfeed_value_find(). It takes 12 bytes of the caller's stack for each member (on a
 * 32-bit processor), and is valid as long as the event.
 *
 * Any member may be absent (kind SYMFEED_ABSENT), an explicit null (SYMFEED_NULL), empty (a string
 * of size 0), or not of the type told here: symfeed_integer() and symfeed_boolean() refuse what is
 * not theirs, symfeed_string() gives the JSON text of what is no string. Where the object itself is
 * absent, null or no object, all its members are absent.
 *
 * What is not used costs no flash: views are `static inline` around symfeed_view() and bring their
 * names along; the linker leaves the functions out (-ffunction-sections, --gc-sections).
 */
#ifndef SYMFEED_EVENTS_H
#define SYMFEED_EVENTS_H

#include "symfeed.h"

#if !SYMFEED_JSON
#error "symfeed: symfeed_events.h needs SYMFEED_JSON=1, of library and application"
#elif !SYMFEED_TYPED_EVENTS
#error "symfeed: symfeed_events.h needs SYMFEED_TYPED_EVENTS=1, of library and application"
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* --- types -------------------------------------------------------------------------------- */

/* Every type of the Agent API 25.8: constant, its text in `type`, its member of `payload`. */
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

/* The event's type. Its text is symfeed_event_find(event, "type"), an unknown one's too. */
enum symfeed_type symfeed_event_type(const struct symfeed_event *event);

/* A type's text as in `type`; "unknown" of any other number. Static; never NULL. */
const char *symfeed_type_name(enum symfeed_type type);

/* The type with that text of `size` bytes, to check what a user gave; SYMFEED_TYPE_UNKNOWN where
 * there is none. Upper and lower case differ. */
enum symfeed_type symfeed_type_of(const char *name, size_t size);

/* The member of `payload` that belongs to the event's type, to be looked into by the view of that
 * type. Of an unknown type, too, where payload has a member named as the type but for upper and
 * lower case, as all known ones have. SYMFEED_ABSENT where there is none. */
struct symfeed_value symfeed_payload(const struct symfeed_event *event);

/* --- how views are made ------------------------------------------------------------------- */

/* Fills in a struct that is nothing but values, `size` bytes at `view`, from the members of
 * `object`, a value of that event. `names` are their names in the struct's order, each with a NUL.
 * For objects of your own, such as the values of a form:
 *
 *     struct { struct symfeed_value action, reason; } form;
 *
 *     symfeed_view(&event, elements.form_values, "action\0reason", &form, sizeof form); */
void symfeed_view(const struct symfeed_event *event, struct symfeed_value object, const char *names,
                  void *view, size_t size);

/* SYMFEED_VIEW_(user, SYMFEED_USER_MEMBERS) makes, from its list of members, struct symfeed_user
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

/* The event itself: give symfeed_root(event). */
#define SYMFEED_EVENT_MEMBERS(X)                                                                   \
    X(id, "id")                 /* string, opaque; two different events may have the same */       \
    X(message_id, "messageId")  /* string: id of a message it is about */                          \
    X(timestamp, "timestamp")   /* number, 64 bits: milliseconds since 1970 */                     \
    X(type, "type")             /* string, see symfeed_event_type() */                             \
    X(diagnostic, "diagnostic") /* string: why it could not be read by the agent */                \
    X(initiator, "initiator")   /* object: symfeed_as_initiator() */                               \
    X(payload, "payload")       /* object; symfeed_payload() gives the member that counts */
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
    X(username, "username")        /* string; of users of the same pod only */
SYMFEED_VIEW_(user, SYMFEED_USER_MEMBERS)

/* A conversation. */
#define SYMFEED_STREAM_MEMBERS(X)                                                                  \
    X(stream_id, "streamId")                      /* string, opaque */                             \
    X(stream_type, "streamType")                  /* string: IM, MIM, ROOM or POST */              \
    X(room_name, "roomName")                      /* string; of rooms */                           \
    X(members, "members")                         /* array of users; of INSTANTMESSAGECREATED */   \
    X(external, "external")                       /* boolean: people of other pods are in it */    \
    X(cross_pod, "crossPod")                      /* boolean */                                    \
    X(recipient_tenant_ids, "recipientTenantIds") /* array of numbers, 32 bits: the pods in it */
SYMFEED_VIEW_(stream, SYMFEED_STREAM_MEMBERS)

/* A message. */
#define SYMFEED_MESSAGE_MEMBERS(X)                                                                 \
    X(message_id, "messageId")                   /* string, opaque */                              \
    X(parent_message_id, "parentMessageId")      /* string: what it replies to or forwards */      \
    X(timestamp, "timestamp")                    /* number, 64 bits: milliseconds since 1970 */    \
    X(message, "message")                        /* string: PresentationML, see symfeed_text() */  \
    X(shared_message, "sharedMessage")           /* object: symfeed_as_message() */                \
    X(data, "data")                              /* string: EntityJSON, see symfeed_open() */      \
    X(attachments, "attachments")                /* array of objects: symfeed_as_attachment() */   \
    X(user, "user")                              /* object: symfeed_as_user(), who sent it */      \
    X(stream, "stream")                          /* object: symfeed_as_stream() */                 \
    X(external_recipients, "externalRecipients") /* boolean: people of other pods get it */        \
    X(diagnostic, "diagnostic")               /* string: why it could not be read by the agent */  \
    X(user_agent, "userAgent")                /* string: the client it was sent with */            \
    X(original_format, "originalFormat")      /* string: com.symphony.messageml.v2, ... */         \
    X(disclaimer, "disclaimer")               /* string: what the pod sends along */               \
    X(sid, "sid")                             /* string: session it was sent in */                 \
    X(replacing, "replacing")                 /* string: id of the message that it replaces */     \
    X(replaced_by, "replacedBy")              /* string: id of the message that replaces it */     \
    X(initial_timestamp, "initialTimestamp")  /* number, 64 bits: of the first version */          \
    X(initial_message_id, "initialMessageId") /* string: id of the first version */                \
    X(silent, "silent")                       /* boolean: an update that does not show as unread */
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

/* How a room is set up. */
#define SYMFEED_ROOM_PROPERTIES_MEMBERS(X)                                                         \
    X(name, "name")                           /* string */                                         \
    X(description, "description")             /* string */                                         \
    X(creator_user, "creatorUser")            /* object: symfeed_as_user() */                      \
    X(created_date, "createdDate")            /* number, 64 bits: milliseconds since 1970 */       \
    X(external, "external")                   /* boolean: people of other pods may be in it */     \
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
    X(to_user, "toUser") /* object: symfeed_as_user(), who is asked */
SYMFEED_VIEW_(connection_requested, SYMFEED_CONNECTION_REQUESTED_MEMBERS)

/* CONNECTIONACCEPTED. */
#define SYMFEED_CONNECTION_ACCEPTED_MEMBERS(X)                                                     \
    X(from_user, "fromUser") /* object: symfeed_as_user(), who had asked */
SYMFEED_VIEW_(connection_accepted, SYMFEED_CONNECTION_ACCEPTED_MEMBERS)

/* MESSAGESUPPRESSED: a message was taken back. */
#define SYMFEED_MESSAGE_SUPPRESSED_MEMBERS(X)                                                      \
    X(message_id, "messageId") /* string: id of that message */                                    \
    X(stream, "stream")        /* object: symfeed_as_stream() */
SYMFEED_VIEW_(message_suppressed, SYMFEED_MESSAGE_SUPPRESSED_MEMBERS)

/* SYMPHONYELEMENTSACTION: a form was sent off. Use symfeed_elements_stream() for its stream. */
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

/* The stream of a form that was sent off, whatever name its agent has for it. */
static inline struct symfeed_value
symfeed_elements_stream(const struct symfeed_symphony_elements_action *action)
{
    return action->stream.kind == SYMFEED_OBJECT          ? action->stream
           : action->action_stream.kind == SYMFEED_OBJECT ? action->action_stream
                                                          : action->form_stream;
}

/* Reads a user id: a number in a user, a string of digits in EntityJSON. false, and *id unchanged,
 * where it is neither or does not fit. */
static inline bool symfeed_user_id(struct symfeed_value value, int64_t *id)
{
    if (value.kind == SYMFEED_STRING) {
        value.kind = SYMFEED_NUMBER;
    }
    return symfeed_integer(value, id);
}

/* --- EntityJSON --------------------------------------------------------------------------- */

/*
 * What a message's `data` says of its mentions and tags, in a string of JSON:
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
    SYMFEED_ENTITY_OTHER,   /* any other type, or none: the object says what it is */
    SYMFEED_ENTITY_MENTION, /* of a user, by symfeed_user_id(entity.value, ...) */
    SYMFEED_ENTITY_HASHTAG, /* the value is its text without # */
    SYMFEED_ENTITY_CASHTAG  /* of a security: the value is its ticker, without $ */
};

/* One entity, as views into the event. */
struct symfeed_entity {
    enum symfeed_entity_kind kind; /* by `type` */
    struct symfeed_value name;     /* its name, as data-entity-id in the message has it */
    struct symfeed_value object;   /* all of it: what the members below do not tell is in there */
    struct symfeed_value type;     /* com.symphony.user.mention, ... */
    struct symfeed_value id_type;  /* what `value` is: com.symphony.user.userId,
                                    * org.symphonyoss.fin.security.id.isin, ... */
    struct symfeed_value value;    /* of the user id, the tag or the ticker among the entity's ids;
                                    * where there is none, of the first id that has a value */
};

/* Before the first entity of EntityJSON that was opened. */
static inline struct symfeed_iterator symfeed_entities(const struct symfeed_inner *data)
{
    return symfeed_members(&data->event, symfeed_root(&data->event));
}

/* Goes to the next entity. false: there is none left, and nothing is changed. */
bool symfeed_next_entity(struct symfeed_iterator *entities, struct symfeed_entity *entity);

#undef SYMFEED_VIEW_
#undef SYMFEED_NAME_
#undef SYMFEED_MEMBER_

#ifdef __cplusplus
}
#endif

#endif
