#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""states.py: draws the lives of core/ and port/ from their code, each as an SVG beside its source; needs graphviz.

The graph, in the language of dot, stands in a comment at the head of the SVG. Versions of dot draw the
same graph differently, so that drift_check.py compares the graphs alone; it needs no graphviz.
"""

import os
import re
import subprocess
import sys
from collections import namedtuple

from c_source import DIRECTIVE, TRIVIA, read

# A life whose owner has a switch on its state, and one function that changes it:
#   enum       the states
#   member     of a struct, which has the state: switch (x->member), and x->member = STATE is a change
#   setter     enter(x, STATE) is a change
# An edge leads from A to B where a change to B can be reached from A's case. What changes the state
# outside of the switch is an edge from a point, with the name of the public function.
Switch = namedtuple("Switch", "source enum member setter")

# A life whose owner has a table, a row for each change:
#   table      the array
#   columns    what stands in a row, in its order: of state, outcome, next, pace; other names are passed over
#   wildcards  names in place of a state, an outcome or a next state, and what the picture has for each
#   unpaced    paces that the picture does not tell
Table = namedtuple("Table", "source table columns wildcards unpaced")

LIVES = (
    Switch("core/http/connection.c", enum="connection_state", member="state", setter="enter"),
    Switch("core/feed/session.c", enum="session_state", member="session", setter="enter"),
    Switch("core/event/batch.c", enum="batch_state", member="state", setter="enter"),
    Switch("core/feed/delivery.c", enum="delivery_state", member="delivery", setter="enter"),
    Switch("port/net/resolver.c", enum="question_state", member="state", setter="enter"),
    Table("core/feed/feed.c", table="rules", columns=("state", "outcome", "next", "pace"),
          wildcards={"FEED_ANY": "each", "FEED_SAME": "the same"}, unpaced=("AT_ONCE", "AS_REPORTED")),
)

ENDS = re.compile(r"\b(return\b[^;]*|break|continue|goto \w+);[\s}]*$")
# Words that a parenthesis follows without a call.
KEYWORDS = {"if", "for", "while", "switch", "return", "sizeof"}

HEAD = """digraph "%s" {
    graph [bgcolor=white, fontname="sans-serif", nodesep=0.35, pad=0.2, ranksep=0.45, size="9,12"];
    node [color="#444444", fillcolor="#eef3fa", fontname="sans-serif", fontsize=12, shape=box, style="rounded,filled"];
    edge [arrowsize=0.7, color="#444444", fontcolor="#444444", fontname="sans-serif", fontsize=10];
"""


class Unclear(Exception):
    """The code has a form that cannot be drawn."""


def stripped(text):
    """Without comments, texts and directives: both sides of an #if are there."""
    text = TRIVIA.sub(lambda match: '""' if match[0][0] == '"' else "0" if match[0][0] == "'" else " ", text)
    return DIRECTIVE.sub("", text)


def closing(text, at):
    """Behind the bracket that closes the one at `at`."""
    pairs, depth = {"(": ")", "{": "}"}, 0
    opens, closes = text[at], pairs[text[at]]
    for here in range(at, len(text)):
        depth += (text[here] == opens) - (text[here] == closes)
        if depth == 0:
            return here + 1
    raise Unclear("a bracket is not closed")


def pieces(text, separator):
    """Split where no bracket is open."""
    depth, found = 0, [""]
    for char in text:
        depth += (char in "({[") - (char in ")}]")
        if char == separator and depth == 0:
            found.append("")
        else:
            found[-1] += char
    return found


def functions(text):
    """{name: (body, whether it is public)}"""
    found, at = {}, 0
    for match in re.finditer(r"(\w+)\s*\(|[{;]", text):
        if match.start() < at:
            continue
        if match[1] is None:
            at = closing(text, match.start()) if match[0] == "{" else match.end()
            continue
        end = closing(text, match.end() - 1)
        body = re.compile(r"\s*\{").match(text, end)
        if body:
            head = text[max(text.rfind(mark, 0, match.start()) for mark in ";}") + 1:match.start()]
            at = closing(text, body.end() - 1)
            found[match[1]] = (text[body.end():at - 1], not re.search(r"\bstatic\b", head))
        else:
            at = end
    return found


def states_of(enum, texts):
    for text in texts:
        match = re.search(rf"\benum {enum}\s*\{{([^}}]*)\}}", text)
        if match:
            return re.findall(r"(\w+)\s*(?:=[^,]*)?(?:,|$)", match[1].strip())
    raise Unclear(f"there is no enum {enum}")


def outcomes(expression, states):
    """The states that an expression can have; what a ?: asks does not count."""
    expression = expression.strip()
    while expression.startswith("(") and closing(expression, 0) == len(expression):
        expression = expression[1:-1].strip()
    question = pieces(expression, "?")
    if len(question) > 1:
        rest = expression[len(question[0]) + 1:]
        depth = 0
        for at, char in enumerate(rest):
            depth += (char in "?({[") - (char in ")}]")
            if char == ":":
                if depth == 0:
                    return outcomes(rest[:at], states) + outcomes(rest[at + 1:], states)
                depth -= 1
    return [word for word in re.findall(r"\w+", expression) if word in states]


class Code:
    """What of a source counts for a life with a switch."""

    def __init__(self, life, text, states):
        self.life = life
        self.states = states
        self.functions = functions(text)
        if life.setter not in self.functions:
            raise Unclear(f"there is no function {life.setter}()")
        del self.functions[life.setter]
        self.switch = re.compile(rf"\bswitch\s*\([^{{}}]*(?:->|\.){life.member}\)\s*\{{")
        self.assignment = re.compile(rf"(?:->|\.){life.member}\s*=(?!=)([^;]*);")

    def without_switches(self, body):
        """(the body without its switches on the state, their bodies)"""
        inner = []
        while True:
            match = self.switch.search(body)
            if not match:
                return body, inner
            end = closing(body, match.end() - 1)
            inner.append(body[match.end():end - 1])
            body = body[:match.start()] + body[end:]

    def changes(self, text):
        """States that the text itself sets."""
        found = []
        for match in re.finditer(rf"\b{self.life.setter}\s*\(", text):
            argument = [*pieces(text[match.end():closing(text, match.end() - 1) - 1], ","), ""][1]
            states = outcomes(argument, self.states)
            if not states:
                raise Unclear(f"{self.life.setter}() is given {argument.strip()}, which is no state")
            found += states
        for match in self.assignment.finditer(text):
            found += outcomes(match[1], self.states)
        return found

    def reached(self, text):
        """States that can be set from here on, in the order of the enum; not by way of a switch."""
        seen, queue, found = set(), [text], set()
        for part in queue:
            found.update(self.changes(part))
            for name in re.findall(r"\b(\w+)\s*\(", part):
                if name in self.functions and name not in seen:
                    seen.add(name)
                    queue.append(self.without_switches(self.functions[name][0])[0])
        return [state for state in self.states if state in found]

    def cases(self):
        """{state: code of its cases}, of all switches"""
        found = {}
        for body, _ in self.functions.values():
            for inner in self.without_switches(body)[1]:
                labels = self.labels(inner)
                named = {state for names, _ in labels for state in names}
                for number, (names, _) in enumerate(labels):
                    code = ""
                    for _, part in labels[number:]:
                        code += part
                        if ENDS.search(part):
                            break
                    for state in names or [state for state in self.states if state not in named]:
                        found[state] = found.get(state, "") + code
        if not found:
            raise Unclear(f"there is no switch on {self.life.member}")
        return found

    def labels(self, inner):
        """[(states, code)] of a switch; no state: the default, but right below a case it is for no others"""
        marks, depth = [], 0
        for match in re.finditer(r"[{}]|\bcase\s+(\w+)\s*:|\bdefault\s*:", inner):
            if match[0] in "{}":
                depth += 1 if match[0] == "{" else -1
            elif depth == 0 and (match[1] or not marks or inner[marks[-1][0].end():match.start()].strip()):
                marks.append((match, [match[1]] if match[1] else []))
        ends = [match.start() for match, _ in marks[1:]] + [len(inner)]
        for _, names in marks:
            for name in names:
                if name not in self.states:
                    raise Unclear(f"case {name} is no state")
        return [(names, inner[match.end():end]) for (match, names), end in zip(marks, ends)]


def common(names):
    """The words, each with its '_', that all names begin with; at least a word is left of each."""
    prefix = os.path.commonprefix([name.rsplit("_", 1)[0] + "_" if "_" in name else "" for name in names])
    return prefix[:prefix.rfind("_") + 1] if len(set(names)) > 1 else ""


def plain(name, prefix):
    return name[len(prefix) if name.startswith(prefix) else 0:].lower().replace("_", " ")


def graph(name, nodes, edges):
    """The text for dot. nodes: [(id, attributes)]; edges: [(from, to, label)], merged where the ends are."""
    merged = {}
    for here, there, label in edges:
        labels = merged.setdefault((here, there), [])
        if label and label not in labels:
            labels.append(label)
    text = HEAD % name
    for node, attributes in nodes:
        text += f'    "{node}"{attributes};\n'
    for (here, there), labels in merged.items():
        joined = "\\n".join(labels)
        text += f'    "{here}" -> "{there}"' + (f' [label="{joined}"]' if labels else "") + ";\n"
    return text + "}\n"


def switch_graph(life, text, headers):
    states = states_of(life.enum, [text, *headers])
    code = Code(life, text, states)
    prefix = common(states)
    cases = code.cases()
    edges = [(plain(state, prefix), plain(target, prefix), "")
             for state in states if state in cases for target in code.reached(cases[state])]
    public = {name: code.reached(code.without_switches(body)[0])
              for name, (body, is_public) in code.functions.items() if is_public}
    inner = common(public)
    nodes = [(plain(state, prefix), "") for state in states]
    for name, targets in public.items():
        if targets:
            nodes.append((f"{name}()", ' [fixedsize=true, height=0.09, label="", shape=circle, '
                          'style=filled, fillcolor="#444444", width=0.09]'))
        edges += [(f"{name}()", plain(target, prefix), f"{name[len(inner):]}()") for target in targets]
    return graph(owner(life), nodes, edges)


def table_graph(life, text):
    match = re.search(rf"\b{life.table}\s*\[[^\]]*\]\s*=\s*\{{", text)
    if not match:
        raise Unclear(f"there is no table {life.table}")
    rows = []
    body = text[match.end():closing(text, match.end() - 1) - 1]
    for row in pieces(body, ","):
        if row.strip():
            if row.strip()[0] != "{":
                raise Unclear(f"a row of {life.table} is {row.strip()}")
            cells = [re.findall(r"\b[A-Za-z_]\w*\b(?!\s*\()", re.sub(r"\.\w+\s*=", "", cell))
                     for cell in pieces(row.strip()[1:-1], ",")]
            rows.append(dict(zip(life.columns, cells)))

    def names(*columns):
        return [name for row in rows for column in columns for name in row.get(column, [])
                if name not in life.wildcards]

    prefixes = {"state": common(names("state", "next")), "outcome": common(names("outcome")),
                "pace": common(names("pace"))}

    def words(name, column):
        return life.wildcards.get(name) or plain(name, prefixes[column])

    nodes, edges = [], []
    for number, row in enumerate(rows):
        if not all(row.get(column) for column in ("state", "outcome", "next")):
            raise Unclear(f"row {number + 1} of {life.table} lacks a state, an outcome or a next state")
        pace = [words(name, "pace") for name in row.get("pace", []) if name not in life.unpaced]
        for state in row["state"]:
            for target in row["next"]:
                ends = [words(state, "state"), words(target, "state")]
                nodes += [(end, ' [style="rounded,dashed"]' if name in life.wildcards else "")
                          for end, name in zip(ends, (state, target)) if end not in dict(nodes)]
                edges += [(*ends, words(outcome, "outcome") + (f" ({pace[0]})" if pace else ""))
                          for outcome in row["outcome"]]
    return graph(owner(life), nodes, edges)


def owner(life):
    return os.path.splitext(os.path.basename(life.source))[0]


def drawn(life, root="."):
    """The graph of a life, from its source and the headers below it."""
    source = os.path.join(root, life.source)
    try:
        text = read(source)
        if isinstance(life, Table):
            return table_graph(life, stripped(text))
        queue = [source]
        for path in queue:
            for name in re.findall(r'^#include "([^"]+)"', read(path), re.M):
                inner = [os.path.join(folder, name) for folder in (os.path.dirname(path), os.path.join(root, "core"))]
                queue += [found for found in inner if os.path.isfile(found) and found not in queue]
        headers = [stripped(read(path)) for path in queue[1:]]
        return switch_graph(life, stripped(text), headers)
    except (OSError, Unclear) as error:
        raise Unclear(f"{life.source}: {error}") from error


def picture(life):
    return os.path.splitext(life.source)[0] + ".svg"


def kept(svg):
    """The graph in the head of a picture."""
    match = re.search(r"^(digraph .*?^\})\n-->$", svg, re.M | re.S)
    return match[1] + "\n" if match else ""


def draw(life):
    text = drawn(life)
    svg = subprocess.run(["dot", "-Tsvg"], input=text, check=True, text=True, stdout=subprocess.PIPE).stdout
    svg = re.sub(r"<!--.*?-->\n?", "", svg[svg.index("<svg"):], flags=re.S)
    with open(picture(life), "w", encoding="utf-8") as file:
        file.write('<?xml version="1.0" encoding="UTF-8"?>\n<!-- SPDX-License-Identifier: Apache-2.0\n'
                   f"     Drawn from {life.source} by `make states`; the graph:\n{text}-->\n{svg}")


def drift(root="."):
    """A line for each picture that is not what its source says."""
    complaints = []
    for life in LIVES:
        try:
            path = os.path.join(root, picture(life))
            if not os.path.isfile(path) or kept(read(path)) != drawn(life, root):
                complaints.append(f"{picture(life)}: {life.source} says something else: run make states")
        except Unclear as error:
            complaints.append(f"{error}: test/tools/states.py cannot draw that")
    return complaints


def main():
    try:
        for life in LIVES:
            draw(life)
            print(picture(life))
    except FileNotFoundError:
        sys.exit("symfeed: no dot: install graphviz, or run 'make deps'")
    except Unclear as error:
        sys.exit(f"states: {error}")


if __name__ == "__main__":
    main()
