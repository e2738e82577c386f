#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""unused_check.py PREFIX FOLDER OBJECT...: what a program does not use of symfeed_events.h and of
messages.c costs it nothing.

Small programs are linked with core's objects, --gc-sections and no library. In each there must be
what it uses and nothing else of the views, types, entities and words for people: neither a function
nor a name of a member. Each is also there once, in a program that uses all, or the rule is blind.
"""

import os
import subprocess
import sys

FLAGS = ["-mcpu=cortex-m4", "-mthumb", "-Os", "-std=c99", "-ffreestanding", "-ffunction-sections",
         "-fdata-sections", "-Icore"]
LINK = ["-nostdlib", "-Wl,--gc-sections", "-Wl,-e,start"]

# What a compiler calls on its own is empty: a linker may refuse calls of what is not there.
PROGRAM = """#include "symfeed_events.h"
void memcpy(void) {}
void memmove(void) {}
void memset(void) {}
void memcmp(void) {}
int64_t start(const struct symfeed_event *event);
int64_t start(const struct symfeed_event *event)
{
    int64_t number = 0;
    %s
    return number;
}
"""

# What is looked for: functions of the core, names of members and types.
PARTS = ("symfeed_event_find", "symfeed_view", "symfeed_event_type", "symfeed_payload",
         "symfeed_open", "symfeed_next_entity", "symfeed_text", "symfeed_message_text", "firstName", "recipientTenantIds",
         "initialMessageId", "membersCanInvite", "dimension", "eventSubtype", "formMessageId",
         "ROOMMEMBERDEMOTEDFROMOWNER", "org.symphonyoss.taxonomy", "symfeed_next",
         "symfeed_report_text", "symfeed_status_text", "timed out in the TLS handshake",
         "key manager sign-in", "NO_CONNECTION")

USER = """struct symfeed_user user = symfeed_as_user(event, symfeed_event_find(event, "initiator.user"));
    (void)symfeed_user_id(user.user_id, &number);"""
FEED = """static const struct symfeed_config config = {.agent = "https://agent.example", .window = 512,
                                                 .json_tokens = 128};
    static const struct symfeed_port port;
    static unsigned char memory[SYMFEED_MEMORY(512, 128)];
    struct symfeed *feed;
    struct symfeed_event next;
    number += symfeed_init(&feed, &config, &port, memory, sizeof memory);
    number += symfeed_next(feed, &next);"""
WORDS = """struct symfeed_report report = {0};
    char line[240];
    number += (int64_t)symfeed_report_text(&report, line, sizeof line);
    number += *symfeed_report_name(report.code) + *symfeed_status_text(SYMFEED_OK);"""
TYPE = "number = symfeed_event_type(event);"
OPEN = """struct symfeed_inner inner;
    number = symfeed_open(event, symfeed_event_find(event, "data"), &inner);"""
TEXT = """char text[64];
    number = (int64_t)symfeed_message_text(event, text, sizeof text);"""
VIEWS = """struct symfeed_value root = symfeed_payload(event);
    (void)symfeed_integer(symfeed_as_stream(event, root).stream_id, &number);
    (void)symfeed_integer(symfeed_as_message(event, root).message_id, &number);
    (void)symfeed_integer(symfeed_as_room_properties(event, root).name, &number);
    (void)symfeed_integer(symfeed_as_thumbnail(event, root).id, &number);
    (void)symfeed_integer(symfeed_as_generic_system_event(event, root).stream, &number);
    (void)symfeed_integer(symfeed_as_symphony_elements_action(event, root).stream, &number);
    struct symfeed_iterator entities = symfeed_entities(&inner);
    struct symfeed_entity entity;
    number += symfeed_next_entity(&entities, &entity);"""

PROGRAMS = {
    "nothing": ("(void)event;", set()),
    "a path": ('(void)symfeed_integer(symfeed_event_find(event, "timestamp"), &number);',
               {"symfeed_event_find"}),
    "a user": (USER, {"symfeed_event_find", "symfeed_view", "firstName"}),
    "the type": (TYPE, {"symfeed_event_find", "symfeed_event_type", "ROOMMEMBERDEMOTEDFROMOWNER"}),
    "JSON opened": (OPEN, {"symfeed_event_find", "symfeed_open"}),
    "a message's text": (TEXT, {"symfeed_event_find", "symfeed_text", "symfeed_message_text"}),
    "a feed": (FEED, {"symfeed_next"}),
    "all": ("\n    ".join((OPEN, TYPE, USER, TEXT, VIEWS, FEED, WORDS)), set(PARTS)),
}


def parts_of(path):
    """What of PARTS is in a linked program: its own symbols, the bytes of its sections."""
    with open(path, "rb") as file:
        content = file.read()
    return {part for part in PARTS if part.encode() + b"\0" in content}


def main():
    prefix, folder, *objects = sys.argv[1:]
    if not objects:
        sys.exit("unused_check: no objects given")
    os.makedirs(folder, exist_ok=True)
    complaints, sizes = [], []
    for number, (name, (body, wanted)) in enumerate(PROGRAMS.items()):
        source = os.path.join(folder, f"unused{number}.c")
        program = os.path.join(folder, f"unused{number}")
        with open(source, "w", encoding="ascii") as file:
            file.write(PROGRAM % body)
        subprocess.run([prefix + "gcc", *FLAGS, *LINK, source, *objects, "-o", program], check=True)
        found = parts_of(program)
        complaints += [f"a program that uses {name} has {part}" for part in sorted(found - wanted)]
        complaints += [f"a program that uses {name} lacks {part}" for part in sorted(wanted - found)]
        text = subprocess.run([prefix + "size", program], check=True, text=True,
                              capture_output=True).stdout.splitlines()[1].split()[0]
        sizes.append(f"{name} {text}")
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    if complaints:
        sys.exit(1)
    print("core: what is not used is not linked; flash of a program that uses " + ", ".join(sizes))


if __name__ == "__main__":
    main()
