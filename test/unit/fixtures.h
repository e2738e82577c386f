/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fixtures.h - one event of each type, of the forms that the Agent API has, every member there.
 */
#ifndef SYMFEED_TEST_FIXTURES_H
#define SYMFEED_TEST_FIXTURES_H

#include "symfeed_events.h"

#define USER_ADA                                                                                   \
    "{\"userId\":344147139494001,\"firstName\":\"Ada\",\"lastName\":\"Byron\","                    \
    "\"displayName\":\"Ada Byron (Boiler House)\",\"email\":\"ada@pumps.example\","                \
    "\"username\":\"ada\"}"
#define USER_GRACE                                                                                 \
    "{\"userId\":9007199254740993,\"firstName\":\"Grace\",\"lastName\":\"Murray\","                \
    "\"displayName\":\"Grace Murray\",\"email\":\"grace@valves.example\",\"username\":\"grace\"}"
#define ROOM                                                                                       \
    "{\"streamId\":\"wQ3-sT_room___pFXhN9OdA\",\"streamType\":\"ROOM\",\"roomName\":\"Pumps\","    \
    "\"external\":true,\"crossPod\":false,\"recipientTenantIds\":[189,2147483647]}"
#define CHAT                                                                                       \
    "{\"streamId\":\"im/+chat+idA==\",\"streamType\":\"IM\",\"members\":[" USER_ADA "," USER_GRACE \
    "],\"external\":false,\"crossPod\":false}"
#define ENTITIES                                                                                   \
    "{\\\"0\\\":{\\\"type\\\":\\\"com.symphony.user.mention\\\",\\\"version\\\":\\\"1.0\\\","      \
    "\\\"id\\\":[{\\\"type\\\":\\\"com.symphony.user.userId\\\",\\\"value\\\":"                    \
    "\\\"9007199254740993\\\"}]}}"
#define MESSAGE(id, text)                                                                          \
    "{\"messageId\":\"" id "\",\"parentMessageId\":\"parent-1\",\"timestamp\":1763784000123,"      \
    "\"message\":\"<div data-format=\\\"PresentationML\\\" data-version=\\\"2.0\\\">" text         \
    "</div>\",\"data\":\"" ENTITIES                                                                \
    "\",\"attachments\":[{\"id\":\"file-1\",\"name\":\"curve.png\","                               \
    "\"size\":5000000000,\"images\":[{\"id\":\"image-1\",\"dimension\":\"150\"},"                  \
    "{\"id\":\"image-2\",\"dimension\":\"600\"}]}],\"user\":" USER_ADA ",\"stream\":" ROOM ","     \
    "\"externalRecipients\":true,\"diagnostic\":\"none\",\"userAgent\":\"Agent-25.8.1-Linux\","    \
    "\"originalFormat\":\"com.symphony.messageml.v2\",\"disclaimer\":\"Be kind\","                 \
    "\"sid\":\"session-1\",\"replacing\":\"old-1\",\"replacedBy\":\"new-1\","                      \
    "\"initialTimestamp\":1763784000001,\"initialMessageId\":\"first-1\",\"silent\":false}"
#define PROPERTIES                                                                                 \
    "{\"name\":\"Pumps\",\"description\":\"All of them\",\"creatorUser\":" USER_GRACE ","          \
    "\"createdDate\":1763784000456,\"external\":true,\"crossPod\":false,\"public\":true,"          \
    "\"copyProtected\":false,\"readOnly\":false,\"discoverable\":true,\"membersCanInvite\":true,"  \
    "\"keywords\":[{\"key\":\"site\",\"value\":\"north\"},{\"key\":\"floor\",\"value\":\"\"}],"    \
    "\"canViewHistory\":true}"

#define EVENT(type, payload)                                                                       \
    "{\"id\":\"id-" type "\",\"messageId\":\"message-1\",\"timestamp\":1763784000999,"             \
    "\"type\":\"" type "\",\"diagnostic\":\"fine\",\"initiator\":{\"user\":" USER_ADA "},"         \
    "\"payload\":{" payload "}}"

struct fixture {
    enum symfeed_type type;
    const char *name;
    const char *payload; /* its member */
    const char *stream;  /* its stream's id by path from the payload on; NULL: it has none */
    const char *text;
};

static const struct fixture fixtures[] = {
    {SYMFEED_TYPE_MESSAGESENT, "MESSAGESENT", "messageSent", "message.stream.streamId",
     EVENT("MESSAGESENT", "\"messageSent\":{\"message\":" MESSAGE("m-1", "hi") "}")},
    {SYMFEED_TYPE_SHAREDPOST, "SHAREDPOST", "sharedPost", "message.stream.streamId",
     EVENT("SHAREDPOST", "\"sharedPost\":{\"message\":" MESSAGE(
                             "m-2", "look") ",\"sharedMessage\":" MESSAGE("m-3", "news") "}")},
    {SYMFEED_TYPE_INSTANTMESSAGECREATED, "INSTANTMESSAGECREATED", "instantMessageCreated",
     "stream.streamId",
     EVENT("INSTANTMESSAGECREATED", "\"instantMessageCreated\":{\"stream\":" CHAT "}")},
    {SYMFEED_TYPE_ROOMCREATED, "ROOMCREATED", "roomCreated", "stream.streamId",
     EVENT("ROOMCREATED",
           "\"roomCreated\":{\"stream\":" ROOM ",\"roomProperties\":" PROPERTIES "}")},
    {SYMFEED_TYPE_ROOMUPDATED, "ROOMUPDATED", "roomUpdated", "stream.streamId",
     EVENT("ROOMUPDATED",
           "\"roomUpdated\":{\"stream\":" ROOM ",\"newRoomProperties\":" PROPERTIES "}")},
    {SYMFEED_TYPE_ROOMDEACTIVATED, "ROOMDEACTIVATED", "roomDeactivated", "stream.streamId",
     EVENT("ROOMDEACTIVATED", "\"roomDeactivated\":{\"stream\":" ROOM "}")},
    {SYMFEED_TYPE_ROOMREACTIVATED, "ROOMREACTIVATED", "roomReactivated", "stream.streamId",
     EVENT("ROOMREACTIVATED", "\"roomReactivated\":{\"stream\":" ROOM "}")},
    {SYMFEED_TYPE_USERJOINEDROOM, "USERJOINEDROOM", "userJoinedRoom", "stream.streamId",
     EVENT("USERJOINEDROOM",
           "\"userJoinedRoom\":{\"stream\":" ROOM ",\"affectedUser\":" USER_GRACE "}")},
    {SYMFEED_TYPE_USERLEFTROOM, "USERLEFTROOM", "userLeftRoom", "stream.streamId",
     EVENT("USERLEFTROOM",
           "\"userLeftRoom\":{\"stream\":" ROOM ",\"affectedUser\":" USER_GRACE "}")},
    {SYMFEED_TYPE_ROOMMEMBERPROMOTEDTOOWNER, "ROOMMEMBERPROMOTEDTOOWNER",
     "roomMemberPromotedToOwner", "stream.streamId",
     EVENT("ROOMMEMBERPROMOTEDTOOWNER",
           "\"roomMemberPromotedToOwner\":{\"stream\":" ROOM ",\"affectedUser\":" USER_GRACE "}")},
    {SYMFEED_TYPE_ROOMMEMBERDEMOTEDFROMOWNER, "ROOMMEMBERDEMOTEDFROMOWNER",
     "roomMemberDemotedFromOwner", "stream.streamId",
     EVENT("ROOMMEMBERDEMOTEDFROMOWNER",
           "\"roomMemberDemotedFromOwner\":{\"stream\":" ROOM ",\"affectedUser\":" USER_GRACE "}")},
    {SYMFEED_TYPE_CONNECTIONREQUESTED, "CONNECTIONREQUESTED", "connectionRequested", NULL,
     EVENT("CONNECTIONREQUESTED", "\"connectionRequested\":{\"toUser\":" USER_GRACE "}")},
    {SYMFEED_TYPE_CONNECTIONACCEPTED, "CONNECTIONACCEPTED", "connectionAccepted", NULL,
     EVENT("CONNECTIONACCEPTED", "\"connectionAccepted\":{\"fromUser\":" USER_GRACE "}")},
    {SYMFEED_TYPE_MESSAGESUPPRESSED, "MESSAGESUPPRESSED", "messageSuppressed", "stream.streamId",
     EVENT("MESSAGESUPPRESSED",
           "\"messageSuppressed\":{\"messageId\":\"gone-1\",\"stream\":" ROOM "}")},
    {SYMFEED_TYPE_SYMPHONYELEMENTSACTION, "SYMPHONYELEMENTSACTION", "symphonyElementsAction",
     "stream.streamId",
     EVENT("SYMPHONYELEMENTSACTION",
           "\"symphonyElementsAction\":{\"stream\":" ROOM ",\"formMessageId\":\"form/m+1==5454\","
           "\"formId\":\"valve-form\",\"formValues\":{\"action\":\"close\",\"valve-no\":\"7\","
           "\"people\":[9007199254740993,344147139494001,-1],\"sites\":[\"north\",\"south\"],"
           "\"comment\":\"\",\"nobody\":[],\"gone\":null,\"count\":1234567890123}}")},
    {SYMFEED_TYPE_USERREQUESTEDTOJOINROOM, "USERREQUESTEDTOJOINROOM", "userRequestedToJoinRoom",
     "stream.streamId",
     EVENT("USERREQUESTEDTOJOINROOM", "\"userRequestedToJoinRoom\":{\"stream\":" ROOM
                                      ",\"affectedUsers\":[" USER_ADA "," USER_GRACE "]}")},
    {SYMFEED_TYPE_GENERICSYSTEMEVENT, "GENERICSYSTEMEVENT", "genericSystemEvent", "stream.streamId",
     EVENT("GENERICSYSTEMEVENT",
           "\"genericSystemEvent\":{\"stream\":" ROOM ",\"eventTimestamp\":1763784000777,"
           "\"sourceSystem\":\"federation\",\"eventSubtype\":\"contact.added\","
           "\"parameters\":{\"a.b\":true,\"n\":{\"deep\":[1,{\"x\":null}]},\"-\":-0.5e3}}")}};

#endif
