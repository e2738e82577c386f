# SPDX-License-Identifier: Apache-2.0
"""test/tools/states.py on small sources of both forms: the graph of each, and what drift-check says."""

import os
import sys
import tempfile
import unittest
from unittest import mock

sys.path.insert(0, "test/tools")
import states  # noqa: E402

DOOR = """/* enum door_state { OTHER }; is in a comment */
#include "door.h"

static void enter(struct door *door, enum door_state state)
{
    door->state = (uint8_t)state;
}

static bool is_locked(const struct door *door)
{
    return door->state == DOOR_LOCKED; /* a question is no change: enter(door, DOOR_GONE) */
}

static void shut(struct door *door)
{
    enter(door, DOOR_SHUT);
}

static int opening(struct door *door)
{
    if (door->key > 0) {
        enter(door, door->state == DOOR_LOCKED ? DOOR_SHUT : is_locked(door) ? DOOR_LOCKED : DOOR_WIDE_OPEN);
        return 1;
    }
    return 0;
}

#if DOOR_LOCKS
static int locked(struct door *door) { shut(door); return puts("enter(door, DOOR_GONE); {"); }
#endif

static int work(struct door *door)
{
    switch (door->state) {
    case DOOR_SHUT: return opening(door);
#if DOOR_LOCKS
    case DOOR_LOCKED: return locked(door);
#endif
    case DOOR_BROKEN:
        door->key = 0;
        /* falls through */
    case DOOR_WIDE_OPEN: {
        shut(door);
        break;
    }
    default: break;
    }
    return 0;
}

void symfeed_door_begin(struct door *door)
{
    door->state = DOOR_SHUT;
}

int symfeed_door_step(struct door *door)
{
    if (work(door) < 0) {
        enter(door, DOOR_GONE);
    }
    return is_locked(door);
}

bool symfeed_door_is_open(const struct door *door)
{
    return door->state == DOOR_WIDE_OPEN;
}
"""
DOOR_HEADER = """enum door_state {
    DOOR_SHUT = 1, /* with or without a key */
    DOOR_LOCKED,
    DOOR_WIDE_OPEN,
    DOOR_BROKEN,
    DOOR_GONE
};
"""
POINT = ' [fixedsize=true, height=0.09, label="", shape=circle, style=filled, fillcolor="#444444", width=0.09];'
DOOR_GRAPH = states.HEAD % "door" + f"""    "shut";
    "locked";
    "wide open";
    "broken";
    "gone";
    "symfeed_door_begin()"{POINT}
    "symfeed_door_step()"{POINT}
    "shut" -> "shut";
    "shut" -> "locked";
    "shut" -> "wide open";
    "locked" -> "shut";
    "wide open" -> "shut";
    "broken" -> "shut";
    "symfeed_door_begin()" -> "shut" [label="begin()"];
    "symfeed_door_step()" -> "gone" [label="step()"];
}}
"""

TABLE = """static const struct transition table[] = {
    /* state, outcome, next, pace, code */
    {STATE_LIST, OUTCOME_FOUND, STATE_READ, PACE_NONE, CODE_FOUND},
    {STATE_LIST, OUTCOME_NONE_FOUND, STATE_CREATE, PACE_NONE, 0},
    {STATE_CREATE, OUTCOME_GOOD, STATE_READ, PACE_NONE, 0},
    {STATE_READ, OUTCOME_GOOD, STATE_READ, PACE_NONE, 0},
    {STATE_READ, OUTCOME_BAD_GATEWAY, STATE_READ, PACE_SOON, 0}, /* {STATE_READ, OUTCOME_NEVER, ...} */
    {STATE_READ, OUTCOME_GONE, STATE_LIST, PACE_SLOWLY, CODE("a, b")},
    {ANY, OUTCOME_REFUSED, SAME, PACE_SLOWLY, 0},
    {ANY, ANY, STATE_LIST, PACE_NONE, 0},
};
"""
TABLE_GRAPH = states.HEAD % "feed" + """    "list";
    "read";
    "create";
    "any" [style="rounded,dashed"];
    "the same" [style="rounded,dashed"];
    "list" -> "read" [label="found"];
    "list" -> "create" [label="none found"];
    "create" -> "read" [label="good"];
    "read" -> "read" [label="good\\nbad gateway (soon)"];
    "read" -> "list" [label="gone (slowly)"];
    "any" -> "the same" [label="refused (slowly)"];
    "any" -> "list" [label="any"];
}
"""


class States(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.door = states.Switch("core/door.c", enum="door_state", member="state", setter="enter")
        self.feed = states.Table("core/feed.c", table="table", columns=("state", "outcome", "next", "pace"),
                                 wildcards={"ANY": "any", "SAME": "the same"}, unpaced=("PACE_NONE",))
        self.write("core/door.h", DOOR_HEADER)

    def write(self, path, text):
        path = os.path.join(self.folder, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def drawn(self, life, text):
        self.write(life.source, text)
        return states.drawn(life, self.folder)

    def unclear(self, want, life, text):
        with self.assertRaises(states.Unclear) as caught:
            self.drawn(life, text)
        self.assertEqual(str(caught.exception), f"{life.source}: {want}")

    def test_a_switch(self):
        self.assertEqual(self.drawn(self.door, DOOR), DOOR_GRAPH)

    def test_a_state_that_a_default_is_for(self):
        changed = DOOR.replace("default: break;", "default: enter(door, DOOR_SHUT);")
        self.assertEqual(self.drawn(self.door, changed), DOOR_GRAPH.replace(
            '    "symfeed_door_begin()" ->', '    "gone" -> "shut";\n    "symfeed_door_begin()" ->', 1))

    def test_a_table(self):
        self.assertEqual(self.drawn(self.feed, TABLE), TABLE_GRAPH)

    def test_rows_that_name_several(self):
        row = "{STATE_LIST, OUTCOME_FOUND, STATE_READ, PACE_NONE, CODE_FOUND}"
        for several in ("STATE_LIST | STATE_CREATE", "IN(STATE_LIST) | IN(STATE_CREATE)"):
            self.assertIn('"create" -> "read" [label="found\\ngood"];\n', self.drawn(
                self.feed, TABLE.replace(row, f"{{{several}, .outcome = OUTCOME_FOUND, STATE_READ}}")))
        self.unclear("row 1 of table lacks a state, an outcome or a next state", self.feed,
                     TABLE.replace(row, "{STATE_LIST, 7, STATE_READ, PACE_NONE, 0}"))

    def test_what_cannot_be_drawn_is_said(self):
        self.unclear("enter() is given next, which is no state", self.door,
                     DOOR.replace("enter(door, DOOR_SHUT)", "enter(door, next)"))
        self.unclear("there is no enum door_state", self.door, DOOR.replace('#include "door.h"', ""))
        self.unclear("there is no switch on state", self.door, DOOR.replace("switch (door->state)", "if (1)"))
        self.unclear("there is no function enter()", self.door, DOOR.replace("enter(", "go("))
        self.unclear("case DOOR_NEW is no state", self.door, DOOR.replace("case DOOR_BROKEN", "case DOOR_NEW"))
        self.unclear("there is no table table", self.feed, TABLE.replace("table[]", "rows[]"))

    def test_drift(self):
        svg = f"<?xml?>\n<!-- Drawn from it; the graph:\n{DOOR_GRAPH}-->\n<svg/>\n"
        said = ["core/door.svg: core/door.c says something else: run make states"]
        with mock.patch.object(states, "LIVES", (self.door,)):
            self.write("core/door.c", DOOR)
            self.assertEqual(states.drift(self.folder), said)  # no picture
            self.write("core/door.svg", svg)
            self.assertEqual(states.drift(self.folder), [])
            self.write("core/door.svg", svg.replace("</svg>", '<!-- version 9 -->'))
            self.assertEqual(states.drift(self.folder), [])
            self.write("core/door.svg", svg.replace('"broken" -> "shut";', '"broken" -> "gone";'))
            self.assertEqual(states.drift(self.folder), said)
            self.write("core/door.svg", svg)
            self.write("core/door.c", DOOR.replace("enter(door, DOOR_GONE)", "enter(door, DOOR_BROKEN)"))
            self.assertEqual(states.drift(self.folder), said)
            self.write("core/door.c", "int nothing;\n")
            self.assertEqual(states.drift(self.folder), ["core/door.c: there is no enum door_state: "
                                                         "test/tools/states.py cannot draw that"])


if __name__ == "__main__":
    unittest.main()
