# SPDX-License-Identifier: Apache-2.0
"""The example programs alarm, pollloop, datahose-count and queue, and the files that start alarm as a
service. The program `first` is in test_command_line.py."""

import configparser
import glob
import os
import random
import re
import resource
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest

from harness import (BOT, PATIENCE, ROOT, EndToEnd, certificate_folder, certificates, environment,
                     events, features, is_sanitized, made, preloaded, small)
from proxy import Proxy

EXAMPLES = os.path.join(ROOT, "examples")
ALARM = os.path.join(EXAMPLES, "alarm")

LONG = 3600  # seconds: longer than any test
PAST = 1700000000  # 2023: over


def program(name):
    build = os.environ.get("SYMFEED_BUILD", os.path.join(ROOT, "build"))
    path = os.path.join(build, "obj", "examples", name)
    if not os.path.exists(path):
        raise unittest.SkipTest("make examples has not built it")
    return path


def said(number, text, type="MESSAGESENT", **options):
    """The JSON text of a message with this text; user and stream as given."""
    return events.to_json(events.generate(type, random.Random(number), text=text, **options))


ROOM = {"streamId": "pLaNt/7+room==", "streamType": "ROOM", "roomName": "Plant 7 alarms"}
LEADER = {"userId": 9007199254740993, "username": "shift.leader", "email": "Lead@plant.example",
          "displayName": "Zoë"}
NOBODY = {"stream": {"streamId": "elsewhere"}, "user": {"userId": 1}}


class Example(EndToEnd):

    def check_promptness(self, agent):
        """Twenty events one after the other: a loop that only its own timer wakes, once a second,
        would take twice as long as is allowed here."""
        start = time.monotonic()
        for number in range(5000, 5020):
            agent.push(small(number))
            self.wait_acknowledged([small(number)], agent)
        self.assertLess(time.monotonic() - start, 10)


class AlarmCase(Example):
    """What the tests of alarm have in common: outputs are files of the test's folder."""

    def setUp(self):
        super().setUp()
        self.program = program("alarm/alarm")

    def connection(self, agent=None):
        agent = agent or self.agent
        trust = (f"ca = {certificates.ca_path(certificate_folder())}" if agent.tls
                 else "insecure-http = yes")
        return (f"agent = {agent.url}\nsession-token-file = {self.token_file(agent=agent)}\n"
                f"km-token-file = {self.token_file('km-token', agent)}\n{trust}\n")

    def output(self, name="siren", there=True):
        """A section of the configuration and its file, which is off."""
        path = self.path(f"{name}.value", "0") if there else self.path(f"{name}.value")
        return f"[output {name}]\nfile = {path}\n"

    def rule(self, output="siren", seconds=LONG, **conditions):
        lines = [f"{name} = {value}" for name, value in conditions.items()]
        return "\n".join(["[rule]", *lines, f"output = {output}", f"seconds = {seconds}", ""])

    def state(self, text=None):
        return f"state = {self.path('state', text)}\n"

    def value(self, name="siren"):
        with open(self.path(f"{name}.value"), encoding="ascii") as file:
            return file.read()

    def kept(self):
        with open(self.path("state"), encoding="ascii") as file:
            return file.read()

    def start_alarm(self, *sections, reading=True, **changes):
        """Starts alarm with a configuration of these parts, behind the connection."""
        path = self.path("alarm.conf", self.connection() + "".join(sections))
        client = self.start(path, program=self.program, **changes)
        if reading:
            self.wait_reading()
        return client

    def kill(self, client):
        client.signal(signal.SIGKILL)
        self.wait_end(client, -signal.SIGKILL)

    def terminate(self, client):
        client.signal(signal.SIGTERM)
        self.wait_end(client)

    def run_alarm(self, *arguments, **changes):
        return subprocess.run((self.program, *arguments), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=PATIENCE,
                              env=environment(**changes), check=False)


class Rules(AlarmCase):

    # name -> conditions; the order is that of the file
    RULES = {
        "room": {"room": "Plant 7 alarms"},
        "stream": {"room": "pLaNt/7+room=="},
        "user": {"sender": "SHIFT.leader"},
        "email": {"sender": "lead@PLANT.example"},
        "id": {"sender": "9007199254740993"},
        "word": {"keyword": "gas"},
        "words": {"keyword": "All Clear"},
        "umlaut": {"keyword": "Ölstand"},
        "sign": {"keyword": "!!"},
        "other-script": {"keyword": "火災"},
        "tag": {"hashtag": "evacuate"},
        "hash-tag": {"hashtag": "#shift-b"},
        "all": {"room": "Plant 7 alarms", "sender": "shift.leader", "keyword": "gas",
                "hashtag": "evacuate"},
        "end": {"keyword": "end-of-step"},
    }

    def begin(self):
        outputs = "".join(self.output(name) for name in self.RULES)
        rules = "".join(self.rule(name, 1, **conditions)
                        for name, conditions in self.RULES.items())
        self.start_agent()
        self.client, self.steps, self.lines_before = self.start_alarm(outputs, rules), 0, 0

    def rings(self, event):
        """Which outputs an event sets on."""
        self.steps += 1
        pushed = [event, said(900 + self.steps, "end-of-step", **NOBODY)]
        self.agent.push(pushed)
        self.wait_error(self.client, r": end for 1 s\n", self.steps)
        lines = re.findall(r"alarm\.conf:\d+: (\S+) for 1 s\n", self.client.err)
        found, self.lines_before = lines[self.lines_before:], len(lines)
        self.wait_acknowledged(pushed)
        return set(found) - {"end"}

    def test_what_matches_and_what_does_not(self):
        self.begin()
        elsewhere = {"streamId": "else", "streamType": "ROOM", "roomName": "plant 7 alarms"}
        somebody = {"userId": 5, "username": "leader", "email": "x@plant.example"}
        neither = {"stream": elsewhere, "user": somebody}
        for number, (text, options, expected) in enumerate((
                ("nothing of interest", neither, set()),
                ("hello", {"stream": ROOM, "user": somebody}, {"room", "stream"}),
                ("hello", {"stream": elsewhere, "user": LEADER}, {"user", "email", "id"}),
                ("hello", NOBODY, set()),
                ("Gas!", neither, {"word"}),
                ("GAS", neither, {"word"}),
                ("smell of gas, in hall 3", neither, {"word"}),
                ("gas\nand more", neither, {"word"}),
                ("gas-oil", neither, {"word"}),
                ("“gas”", neither, {"word"}),
                ("🔥gas🔥", neither, {"word"}),
                ("gasket", neither, set()),
                ("biogas", neither, set()),
                ("gas_1", neither, set()),
                ("gasé", neither, set()),
                ("ёgas", neither, set()),
                ("biogas and gas", neither, {"word"}),
                ("all clear", neither, {"words"}),
                ("all clearing", neither, set()),
                ("Ölstand 3", neither, {"umlaut"}),
                ("xÖlstand", neither, set()),
                ("run!!", neither, {"sign"}),
                ("三号棟で火災警報", neither, {"other-script"}),
                ("#EVACUATE", neither, {"tag"}),
                ("now:#evacuate.", neither, {"tag"}),
                ("evacuate", neither, set()),
                ("#evacuated", neither, set()),
                ("##evacuate", neither, {"tag"}),
                ("#shift-b", neither, {"hash-tag"}),
                ("#evacuate-not", neither, set()),
                ("#shift #shift-bc", neither, set()),
                ("gas #evacuate", neither, {"word", "tag"}),
                ("gas #evacuate", {"stream": ROOM, "user": LEADER},
                 {"room", "stream", "user", "email", "id", "word", "tag", "all"}),
                ("gas", {"stream": ROOM, "user": LEADER},
                 {"room", "stream", "user", "email", "id", "word"}))):
            with self.subTest(text=text, options=options):
                self.assertEqual(self.rings(said(number, text, **options)), expected)

    def test_hashtags_as_they_are_sent(self):
        """In PresentationML a hashtag is an element."""
        self.begin()
        event = events.generate("MESSAGESENT", random.Random(1), text="x")
        event["payload"]["messageSent"]["message"].update(
            stream={"streamId": "s"}, message='<div data-format="PresentationML">Tor 3 '
            '<span class="entity" data-entity-id="0">#evacuate</span></div>')
        self.assertEqual(self.rings(events.to_json(event)), {"tag"})

    def test_a_shared_post_has_two_messages(self):
        self.begin()
        event = events.generate("SHAREDPOST", random.Random(1), text="x")
        event["payload"]["sharedPost"]["message"]["stream"] = ROOM
        event["payload"]["sharedPost"]["sharedMessage"]["message"] = "<div>gas</div>"
        self.assertEqual(self.rings(events.to_json(event)), {"room", "stream", "word"})

    def test_every_type_of_event_passes(self):
        self.begin()
        for number, type in enumerate(events.TYPES):
            event = events.generate(type, random.Random(number), nulls=True, text="quiet")
            self.assertEqual(self.rings(events.to_json(event)), set())

    def test_events_that_are_not_sound(self):
        self.begin()
        self.assertEqual(self.rings('{"type":"MESSAGESENT","payload":tru}'), set())
        self.wait_error(self.client, "an event is not JSON and matches no rule")
        self.assertEqual(self.rings('"gas"'), set())
        self.assertEqual(self.rings(small(1)), set())

    def test_of_an_event_that_is_too_large_the_head_counts(self):
        self.begin()
        padding = " x" * 40_000
        self.assertEqual(self.rings(said(1, "gas" + padding, stream=ROOM, user=LEADER)),
                         {"room", "stream", "user", "email", "id", "word"})
        self.wait_error(self.client, r"of an event of \d{5,} bytes only the beginning is compared with the rules")
        self.assertEqual(self.rings(said(2, padding + "gas", **NOBODY)), set())


class Outputs(AlarmCase):

    def test_it_rings_and_stops_by_itself_even_when_nobody_is_there(self):
        agent = self.start_agent()
        client = self.start_alarm(self.output() + "on = 255\noff = 000\n",
                                  self.rule(keyword="gas", seconds=1))
        self.wait_error(client, "siren is off")
        self.assertEqual(self.value(), "000")
        agent.push(said(1, "gas"))
        self.wait_error(client, "siren is on")
        agent.fault(on="connect", refuse=-1)
        agent.fault(on="any", silent=True, times=-1)
        self.wait_error(client, "siren is off", 2)
        self.assertEqual(self.value(), "000")
        agent.clear_faults()

    def test_it_is_acknowledged_only_once_the_output_is_set(self):
        agent = self.start_agent()
        client = self.start_alarm(self.output(there=False), self.rule(keyword="gas"))
        self.wait_error(client, r"siren cannot be set off, .*siren\.value: No such file")
        agent.fault(on="read", status=503, times=-1)  # nothing comes again before we want it to
        event = said(1, "gas")
        agent.push([event, said(2, "hello")])
        self.wait_error(client, "Z warning: the event is not acknowledged and comes again")
        self.wait_agent(lambda a: len([r for r in a.requests_of("read") if r.fault]) >= 2,
                        "reads after the failure")
        self.assertEqual({r.ack_id for r in agent.requests_of("read")}, {""})
        self.assertEqual(agent.acknowledged, [])
        self.path("siren.value", "0")
        self.wait_error(client, "siren is on")  # by itself, before the event comes again
        self.assertEqual(self.value(), "1")
        self.assertEqual({r.ack_id for r in agent.requests_of("read")}, {""})
        agent.clear_faults()
        self.wait_acknowledged([event])
        self.assertNotIn("accepted all the same", client.err)

    def test_an_output_that_stays_broken_does_not_hold_up_others(self):
        agent = self.start_agent()
        client = self.start_alarm(
            self.output("broken", there=False), self.output(), self.rule("broken", keyword="gas"),
            self.rule("siren", keyword="fire"))
        pushed = [said(1, "gas"), said(2, "fire")]
        agent.push(pushed)
        self.wait_error(client, "the event is accepted all the same, so that others get through")
        self.wait_error(client, "siren is on")
        self.wait_acknowledged(pushed)
        self.path("broken.value", "0")
        self.wait_error(client, "broken is on")  # still wanted
        self.assertEqual(len(re.findall("broken cannot be set", client.err)), 1,
                         "said once, not each second")

    def test_seconds_0_set_it_off_and_a_longer_time_goes_on(self):
        agent = self.start_agent()
        client = self.start_alarm(
            self.state(), self.output(), self.rule(keyword="gas"),
            self.rule(keyword="test", seconds=1), self.rule(keyword="clear", seconds=0))
        pushed = [said(1, "gas"), said(2, "test")]
        agent.push(pushed)
        self.wait_acknowledged(pushed)
        self.assertRegex(self.kept(), rf"^siren \d+ {LONG}\n$")
        agent.push(said(3, "all clear"))
        self.wait_error(client, "siren is off", 2)
        self.wait_acknowledged([said(3, "all clear")])
        self.assertEqual((self.value(), self.kept()), ("0", ""))

    def test_events_wake_it(self):
        agent = self.start_agent()
        self.start_alarm(self.output(), self.rule(keyword="gas"))
        self.check_promptness(agent)

    def test_a_fifo_that_nobody_reads_holds_nothing_up(self):
        agent = self.start_agent()
        os.mkfifo(self.path("siren.value"))
        section = f"[output siren]\nfile = {self.path('siren.value')}\n"
        client = self.start_alarm(section, self.output("lamp"), self.rule(keyword="gas"),
                                  self.rule("lamp", keyword="gas"))
        agent.push(said(1, "gas"))
        self.wait_error(client, "lamp is on")


class Connection(AlarmCase):

    def test_by_key_at_three_hosts_through_a_proxy_with_a_tag(self):
        if not {"sign-in by key and by certificate", "proxy"} <= features():
            self.skipTest("a build without SYMFEED_SIGN_IN or SYMFEED_PROXY")
        agent = self.start_agent(separate_hosts=True, users={BOT: made("keys")["rsa2048-public"]})
        key = made("keys")["rsa2048-pkcs8"]
        self.note_key(key)
        proxy = Proxy(user="bot", password="hush").start()
        self.addCleanup(proxy.stop)
        path = self.path("alarm.conf", f"agent = {agent.url}\nuser = {BOT}\nrsa-key = {key}\n"
                         f"pod = {agent.pod_url}\nkey-manager = {agent.key_manager_url}\n"
                         f"ca = {certificates.ca_path(certificate_folder())}\ntag = plant-7\n"
                         f"proxy = http://bot:hush@127.0.0.1:{proxy.port}\n" +
                         self.output() + self.rule(keyword="gas"))
        client = self.start(path, program=self.program)
        self.wait_reading()
        self.assertEqual(agent.requests_of("create")[0].json, {"tag": "plant-7"})
        self.assertEqual({connect.target for connect in proxy.connects},
                         {f"localhost:{port}" for port in (agent.port, agent.pod_port,
                                                           agent.key_manager_port)})
        agent.push(said(1, "gas"))
        self.wait_error(client, "siren is on")
        self.assertNotIn("hush", client.err)


    def test_by_certificate_with_pins_and_waits(self):
        if "sign-in by key and by certificate" not in features():
            self.skipTest("a build without SYMFEED_CERTIFICATE_SIGN_IN")
        certificate, key = made("clients")["client-ec"]
        agent = self.start_agent(require_client_certificate=True,
                                 client_ca=certificates.client_ca_path(certificate_folder()))
        self.note_key(key)
        common = (f"agent = {agent.url}\nclient-cert = {certificate}\nclient-key = {key}\n"
                  f"ca = {certificates.ca_path(certificate_folder())}\nmax-wait = 0.5\nlog = json\n")
        rest = self.output() + self.rule(keyword="gas")
        wrong = self.start(self.path("wrong.conf", common + f"pin = {'A' * 43}=\n" + rest), program=self.program)
        self.wait_error(wrong, '"wait":[0-9]+.*pin')
        self.terminate(wrong)
        client = self.start(self.path("alarm.conf", common + rest), program=self.program)
        self.wait_reading()
        self.assertIn("session", [request.kind for request in agent.requests])
        agent.push(said(1, "gas"))
        self.wait_error(client, '"text":"siren is on"')


class Restarts(AlarmCase):
    """The state file has a line for each output that is on: its name, until when, for how long."""

    def ring(self, *sections):
        """An alarm that rings, with its state kept and the event acknowledged."""
        self.start_agent()
        sections = sections or (self.state(), self.output(), self.rule(keyword="gas"))
        client = self.start_alarm(*sections)
        event = said(1, "gas")
        self.agent.push(event)
        self.wait_acknowledged([event])
        self.assertEqual(self.value(), "1")
        return client, sections

    def test_after_a_power_cut_it_rings_on(self):
        before = int(time.time())
        client, sections = self.ring()
        until = int(re.match(rf"siren (\d+) {LONG}\n$", self.kept()).group(1))
        self.assertTrue(before + LONG <= until <= time.time() + LONG)
        self.kill(client)
        self.path("siren.value", "0")  # as the hardware wakes up
        client = self.start_alarm(*sections)
        seconds = self.wait_error(client, r"siren was on, and is to be for (\d+) s more").group(1)
        self.assertLessEqual(int(seconds), LONG)
        self.wait_error(client, "siren is on")
        self.assertEqual(self.value(), "1")
        self.assertEqual(self.kept(), f"siren {until} {LONG}\n")

    def test_what_had_run_out_meanwhile_is_set_off(self):
        self.start_agent()
        sections = (self.state(f"siren {PAST} 60\n"), self.output(), self.rule(keyword="gas"))
        self.path("siren.value", "1")
        client = self.start_alarm(*sections)
        self.wait_error(client, "siren is off")
        self.assertEqual((self.value(), self.kept()), ("0", ""))

    def test_the_time_that_is_left_is_not_begun_anew(self):
        self.start_agent()
        until = int(time.time()) + LONG // 2
        client = self.start_alarm(self.state(f"siren {until} {LONG}\n"), self.output(),
                                  self.rule(keyword="gas"))
        self.wait_error(client, "siren is on")
        kept = int(re.match(rf"siren (\d+) {LONG}\n$", self.kept()).group(1))
        self.assertLessEqual(kept, until)

    def test_a_time_too_far_away_is_cut_to_the_whole(self):
        """The clock has been set back."""
        self.start_agent()
        client = self.start_alarm(self.state(f"siren {int(time.time()) + 10 * LONG} 2\n"),
                                  self.output(), self.rule(keyword="gas"))
        self.wait_error(client, "siren was on, and is to be for 2 s more")
        self.wait_error(client, "siren is off")
        self.terminate(client)  # what follows on a line is done by then
        self.assertEqual(self.kept(), "")

    def test_where_the_clock_was_not_set_it_rings_for_the_full_time(self):
        self.start_agent()
        client = self.start_alarm(self.state(f"siren 0 {LONG}\n"), self.output(),
                                  self.rule(keyword="gas"))
        self.wait_error(client, f"siren was on, and is to be for {LONG} s more")
        self.assertEqual(self.value(), "1")
        self.assertRegex(self.kept(), rf"^siren [1-9]\d+ {LONG}\n$")

    def test_without_a_clock_at_boot_it_rings_for_the_full_time(self):
        library = next(iter(glob.glob("/usr/lib/*/faketime/libfaketime.so.1")), None)
        if is_sanitized() or library is None:
            self.skipTest("needs libfaketime, which sanitizers do not let in")
        self.start_agent(tls=False)
        clock = self.path("clock", "@1970-01-01 00:10:00")
        client = self.start_alarm(self.state(f"siren {PAST} {LONG}\n"), self.output(),
                                  self.rule(keyword="gas"), LD_PRELOAD=library,
                                  FAKETIME_TIMESTAMP_FILE=clock, FAKETIME_NO_CACHE="1",
                                  FAKETIME_DONT_FAKE_MONOTONIC="1")
        self.wait_error(client, f"siren was on, and is to be for {LONG} s more")
        self.assertEqual((self.value(), self.kept()), ("1", f"siren 0 {LONG}\n"))
        before = int(time.time())
        self.path("clock", "+0")
        event = said(1, "quiet")  # whatever it is, it sends the loop round
        self.agent.push(event)
        self.wait_acknowledged([event])
        until = int(re.match(rf"siren (\d+) {LONG}\n$", self.kept()).group(1))
        self.assertTrue(before < until <= time.time() + LONG, "from now on it counts down")

    def test_a_clock_that_is_set_forward_does_not_silence_it_at_the_next_start(self):
        """A device without a battery begins with the time of its last shutdown."""
        library = next(iter(glob.glob("/usr/lib/*/faketime/libfaketime.so.1")), None)
        if is_sanitized() or library is None:
            self.skipTest("needs libfaketime, which sanitizers do not let in")
        self.start_agent(tls=False)
        clock = self.path("clock", "+0")
        client = self.start_alarm(self.state(), self.output(), self.rule(keyword="gas"),
                                  LD_PRELOAD=library, FAKETIME_TIMESTAMP_FILE=clock,
                                  FAKETIME_NO_CACHE="1", FAKETIME_DONT_FAKE_MONOTONIC="1")
        event = said(1, "gas")
        self.agent.push(event)
        self.wait_acknowledged([event])
        for shift in ("+9d", "+0"):
            before = self.kept()
            self.path("clock", shift)
            event = said(len(shift), "quiet")  # sends the loop round
            self.agent.push(event)
            self.wait_acknowledged([event])
            until, then = (int(text.split()[1]) for text in (self.kept(), before))
            self.assertGreater(abs(until - then), 8 * 86400, shift)
        self.kill(client)

    def test_a_restart_silences_no_alarm(self):
        client, sections = self.ring()
        self.terminate(client)
        self.assertEqual(self.value(), "1")
        client = self.start_alarm(*sections)
        self.wait_error(client, "siren is on")
        self.assertEqual(self.value(), "1")

    def test_without_a_state_file_the_end_and_the_start_set_it_off(self):
        client, sections = self.ring(self.output(), self.rule(keyword="gas"))
        self.terminate(client)
        self.assertEqual(self.value(), "0")
        self.path("siren.value", "1")
        client = self.start_alarm(*sections)
        self.wait_error(client, "siren is off")
        self.assertEqual(self.value(), "0")

    def test_off_is_for_people(self):
        client, _ = self.ring()
        self.terminate(client)
        done = self.run_alarm("--off", self.path("alarm.conf"))
        self.assertEqual((done.returncode, self.value(), self.kept()), (0, "0", ""))
        os.unlink(self.path("siren.value"))
        self.assertEqual(self.run_alarm("--off", self.path("alarm.conf")).returncode, 1)

    def test_a_state_file_that_cannot_be_written_is_told_and_mended(self):
        self.start_agent()
        folder = self.path("missing")
        client = self.start_alarm(f"state = {folder}/state\n", self.output(),
                                  self.rule(keyword="gas"), reading=False)
        self.wait_error(client, "state cannot be kept, tried again each second: .*No such file")
        self.wait_reading()
        self.agent.fault(on="read", status=503, times=-1)
        event = said(1, "gas")
        self.agent.push(event)
        self.wait_error(client, "the event is not acknowledged")
        self.assertEqual(self.value(), "1", "it rings all the same")
        os.mkdir(folder)
        self.agent.clear_faults()
        self.wait_acknowledged([event])
        with open(os.path.join(folder, "state"), encoding="ascii") as file:
            self.assertRegex(file.read(), rf"^siren \d+ {LONG}\n$")

    @unittest.skipIf(is_sanitized(), "sanitizers let no library in before their own")
    def test_the_state_file_is_on_the_disk_before_it_counts(self):
        log = self.path("calls")
        self.start_agent()
        self.start_alarm(self.state(), self.output(), self.rule(keyword="gas"),
                         LD_PRELOAD=preloaded("sync"), SYMFEED_SYNC=log)
        state = self.path("state")
        with open(log, encoding="utf-8") as file:
            calls = [line for line in file.read().splitlines() if "siren" not in line]
        self.assertEqual(calls[:3], [f"fsync {state}.new", f"rename {state}.new {state}",
                                     f"fsync {self.folder}"])

    @unittest.skipIf(is_sanitized(), "sanitizers let no library in before their own")
    def test_a_folder_of_the_state_file_that_may_not_be_read(self):
        """It cannot be synchronized. The file is in its place all the same: no event is refused for
        that, and flash is not worn out by a new file each second."""
        log = self.path("calls")
        self.start_agent()
        client = self.start_alarm(self.state(), self.output(), self.rule(keyword="gas"),
                                  LD_PRELOAD=preloaded("sync"), SYMFEED_SYNC=log,
                                  SYMFEED_SYNC_CLOSED=self.folder + "/")
        event = said(1, "gas")
        self.agent.push(event)
        self.wait_acknowledged([event])
        self.assertNotIn("state cannot be kept", client.err)
        with open(log, encoding="utf-8") as file:
            self.assertEqual(file.read().count("rename"), 2)

    def test_closed_standard_descriptors_do_no_harm(self):
        """No socket and no file of an output gets their numbers."""
        self.start_agent()
        path = self.path("alarm.conf", self.connection() + self.state() + self.output() +
                         self.rule(keyword="gas"))
        client = self.start("-c", 'exec "$0" "$@" <&- >&- 2>&-', self.program, path,
                            program="/bin/sh")
        self.wait_reading()
        event = said(1, "gas")
        self.agent.push(event)
        self.wait_acknowledged([event])
        self.assertEqual(self.value(), "1")
        for number in range(3):
            self.assertEqual(os.readlink(f"/proc/{client.pid}/fd/{number}"), "/dev/null")

    def check_unknown(self, why, **changes):
        """A state file that cannot be read, from the start until an event sets an output."""
        self.start_agent()
        sections = (self.state(), self.output(), self.output("lamp"), self.rule(keyword="gas"),
                    self.rule("lamp", keyword="dark"))
        self.path("siren.value", "1")
        before = os.stat(self.path("state"))
        client = self.start_alarm(*sections, **changes)
        self.wait_error(client, f"warning: state is not known: .*: {why}")
        event = said(1, "quiet")  # sends the loop round
        self.agent.push(event)
        self.wait_acknowledged([event])
        self.assertEqual((self.value(), self.value("lamp")), ("1", "0"))
        self.assertEqual(os.stat(self.path("state")).st_ino, before.st_ino)
        self.assertNotIn("is off", client.err)
        event = said(2, "dark")
        self.agent.push(event)
        self.wait_acknowledged([event])
        self.assertEqual((self.value(), self.value("lamp")), ("1", "1"))
        self.assertRegex(self.kept(), rf"^lamp \d+ {LONG}\n$")

    def test_a_state_file_that_is_too_large_is_left_alone(self):
        self.path("state", "x" * 100_000)
        self.check_unknown("File too large")

    def test_a_state_file_that_is_a_pipe_is_left_alone_and_holds_nothing_up(self):
        os.mkfifo(self.path("state"))
        self.check_unknown("it is a pipe or a device")

    @unittest.skipIf(is_sanitized(), "sanitizers let no library in before their own")
    def test_a_state_file_that_may_not_be_read_is_left_alone(self):
        state = self.path("state", f"siren 0 {LONG}\n")
        self.check_unknown("Permission denied", LD_PRELOAD=preloaded("sync"),
                           SYMFEED_SYNC_CLOSED=state)

    def test_what_stands_beside_the_state_file_is_not_written_to(self):
        self.start_agent()
        precious, beside = self.path("precious", "as it was"), self.path("state") + ".new"
        for number, place in enumerate((lambda: os.symlink(precious, beside),
                                        lambda: os.mkfifo(beside))):
            place()
            client = self.start_alarm(self.state(""), self.output(), self.rule(keyword="gas"),
                                      reading=False)
            self.wait_requests("read", number + 1)
            self.assertTrue(client.end())
            self.assertEqual(self.kept(), "")
            self.assertFalse(os.path.lexists(beside))
            with open(precious, encoding="ascii") as file:
                self.assertEqual(file.read(), "as it was")

    def test_a_state_file_of_others_does_no_harm(self):
        self.start_agent()
        for number, text in enumerate((
                "siren\n", "siren 1\n", "\0\1\2", "siren x 60\n", "a b c d\n",
                "siren 1 99999999999999999999999\n", "other 99999999999 60\n", "siren -1 60\n")):
            with self.subTest(text=text[:40]):
                client = self.start_alarm(self.state(text), self.output(), self.rule(keyword="gas"),
                                          reading=False)
                self.wait_error(client, "siren is off")
                self.wait_requests("read", number + 1)
                self.assertTrue(client.end())
                self.assertEqual((self.value(), self.kept()), ("0", ""))


class FailedStarts(AlarmCase):
    """The feed cannot be opened, here since the file of CAs is empty: the outputs count all the same."""

    def start_wrongly(self, state, value, **changes):
        self.start_agent()
        sections = self.state(state) + self.output() + self.rule(keyword="gas")
        self.path("siren.value", value)
        text = re.sub("(?m)^ca = .*", f"ca = {self.path('ca.pem', '')}", self.connection())
        client = self.start(self.path("alarm.conf", text + sections), program=self.program, **changes)
        client.seen_to_end = True  # it ends by itself, or not
        return client

    def test_what_is_on_is_set_off_at_its_time_before_the_end(self):
        manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(manager.close)
        manager.bind(self.path("notify"))
        client = self.start_wrongly("siren 0 3\n", "0", NOTIFY_SOCKET=self.path("notify"))
        self.wait_error(client, r"siren is on(.|\n)*alarm.conf:\d: ca: .*ca.pem")
        self.assertEqual(self.value(), "1", "as before the power cut")
        self.wait_end(client, 2)
        self.assertEqual((self.value(), self.kept()), ("0", ""))
        self.assertEqual(client.err.count("ca.pem"), 1)
        with self.assertRaises(BlockingIOError, msg="it was never ready"):
            manager.recv(100, socket.MSG_DONTWAIT)

    def test_without_an_output_that_is_on_it_ends_at_once(self):
        client = self.start_wrongly(f"siren {PAST} 60\n", "1")
        self.wait_end(client, 2)
        self.assertEqual((self.value(), self.kept()), ("0", ""))

    def test_an_output_that_cannot_be_set_off_is_tried_again_before_the_end(self):
        client = self.start_wrongly("siren 0 4\n", "0")
        self.wait_error(client, "siren is on")
        os.unlink(self.path("siren.value"))
        self.wait_error(client, "siren cannot be set off, tried again each second")
        self.path("siren.value", "1")
        self.wait_end(client, 2)
        self.assertEqual(self.value(), "0")

    def test_a_signal_ends_it_and_silences_nothing(self):
        """With 0: a service manager that has waited too long starts it again, unless it says 2."""
        client = self.start_wrongly(f"siren 0 {LONG}\n", "0")
        self.wait_error(client, "siren is on(.|\n)*ca.pem")
        self.terminate(client)
        self.assertEqual(self.value(), "1")
        self.assertRegex(self.kept(), rf"^siren \d+ {LONG}\n$")

    def test_to_check_sets_nothing(self):
        client = self.start_wrongly("", "0")
        self.wait_end(client, 2)
        self.state(f"siren 0 {LONG}\n")
        done = self.run_alarm("--check", self.path("alarm.conf"))
        self.assertEqual((done.returncode, done.stderr.count(b"\n")), (2, 1))
        self.assertEqual((self.value(), self.kept()), ("0", f"siren 0 {LONG}\n"))

    def test_to_be_off_needs_no_feed(self):
        """The damaged file is why it is on for so long."""
        client = self.start_wrongly(f"siren 0 {LONG}\n", "0")
        self.wait_error(client, "siren is on(.|\n)*ca.pem")
        self.terminate(client)
        with open(self.path("alarm.conf"), encoding="ascii") as file:
            text = file.read()
        for text in (text, re.sub("(?m)^agent = .*", "", text)):
            self.path("siren.value", "1")
            self.state(f"siren 0 {LONG}\n")
            done = self.run_alarm("--off", self.path("alarm.conf", text))
            self.assertEqual((done.returncode, done.stderr), (0, b"alarm: siren is off\n"))
            self.assertEqual((self.value(), self.kept()), ("0", ""))

    def test_a_mistake_in_the_connection_counts_after_the_outputs(self):
        """As a damaged file does: it is found without one."""
        self.state("siren 0 2\n")
        text = self.state() + self.output() + self.rule(keyword="gas")
        client = self.start(self.path("alarm.conf", text), program=self.program)
        self.wait_error(client, "siren is on(.|\n)*alarm.conf: agent: is needed")
        self.wait_end(client, 2)
        self.assertEqual((self.value(), self.kept()), ("0", ""))

    @unittest.skipIf(is_sanitized(), "sanitizers let no library in before their own")
    def test_early_at_boot_the_outputs_do_not_wait_for_random_numbers(self):
        client = self.start_wrongly(f"siren 0 {LONG}\n", "0", LD_PRELOAD=preloaded("unseeded"))
        self.wait_error(client, "siren is on")
        self.assertEqual(self.value(), "1")
        client.signal(signal.SIGKILL)
        self.wait_end(client, -signal.SIGKILL)


class ServiceManager(AlarmCase):

    def listen(self, address):
        manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(manager.close)
        manager.settimeout(PATIENCE)
        manager.bind(address)
        return manager

    def check(self, address, name):
        agent, manager = self.start_agent(), self.listen(address)
        agent.fault(on="any", silent=True, times=-1)  # nothing but its own clock wakes it
        client = self.start_alarm(self.output(), self.rule(keyword="gas"), reading=False,
                                  NOTIFY_SOCKET=name, WATCHDOG_USEC="600000", WATCHDOG_PID=None)
        self.assertEqual([manager.recv(100) for _ in range(4)], [b"READY=1"] + 3 * [b"WATCHDOG=1"])
        self.terminate(client)
        last = b""
        while last != b"STOPPING=1":
            last = manager.recv(100)
            self.assertIn(last, (b"WATCHDOG=1", b"STOPPING=1"))

    def test_signs_of_life_to_a_path(self):
        self.check(self.path("notify"), self.path("notify"))

    def test_signs_of_life_to_an_abstract_name(self):
        name = f"symfeed-test-{os.getpid()}-{random.getrandbits(32):x}"
        self.check("\0" + name, "@" + name)

    def test_outputs_are_right_when_it_is_ready(self):
        self.start_agent()
        manager = self.listen(self.path("notify"))
        self.start_alarm(self.state(f"siren 0 {LONG}\n"), self.output(), self.rule(keyword="gas"),
                         reading=False, NOTIFY_SOCKET=self.path("notify"))
        self.assertEqual((manager.recv(100), self.value()), (b"READY=1", "1"))

    def test_a_watchdog_of_another_process_gets_nothing(self):
        agent, manager = self.start_agent(), self.listen(self.path("notify"))
        client = self.start_alarm(self.output(), self.rule(keyword="gas", seconds=1),
                                  NOTIFY_SOCKET=self.path("notify"), WATCHDOG_USEC="3000",
                                  WATCHDOG_PID="1")
        agent.push(said(1, "gas"))
        self.wait_error(client, "siren is off", 2)  # a second of signs of life would have come
        self.terminate(client)
        self.assertEqual([manager.recv(100), manager.recv(100)], [b"READY=1", b"STOPPING=1"])

    def test_a_manager_that_is_not_there_does_no_harm(self):
        agent = self.start_agent()
        client = self.start_alarm(self.output(), self.rule(keyword="gas"), WATCHDOG_USEC="nonsense",
                                  NOTIFY_SOCKET=self.path("x" * 200))
        agent.push(said(1, "gas"))
        self.wait_error(client, "siren is on")

    def test_hang_up_takes_new_tokens_at_once(self):
        agent = self.start_agent()
        client = self.start_alarm(self.output(), self.rule(keyword="gas"))
        agent.fault(on="read", status=429, headers=[["Retry-After", "3600"]])
        agent.push(said(1, "quiet"))
        self.wait_error(client, r"429.*next try in 3[56]\d\d")
        self.revoke_tokens()
        client.signal(signal.SIGHUP)  # else it would wait for an hour
        self.wait_reading()
        agent.push(said(2, "gas"))
        self.wait_error(client, "siren is on")


class Mistakes(AlarmCase):

    def setUp(self):
        super().setUp()
        certificates.create(certificate_folder())

    GOOD = ("agent = https://localhost\nsession-token-file = /dev/null\n"
            "[output siren]\nfile = /dev/null\n"
            "[rule]\nkeyword = gas\noutput = siren\nseconds = 60\n")

    def check(self, text, says):
        """A configuration that is wrong: one line, and 2."""
        path = text if os.path.isabs(text) else self.path("alarm.conf", text)
        done = self.run_alarm("--check", path)
        with self.subTest(text=text[-200:], says=says):
            self.assertEqual((done.returncode, done.stdout), (2, b""))
            self.assertRegex(done.stderr.decode(), f"^alarm: {re.escape(path)}:{says}\n$")

    def changed(self, old, new):
        self.assertIn(old, self.GOOD)
        return self.GOOD.replace(old, new, 1)

    def test_the_good_one_is_good(self):
        path = self.path("alarm.conf", f"ca = {certificates.ca_path(certificate_folder())}\n" +
                         self.GOOD.replace("\n", "\r\n"))
        done = self.run_alarm("--check", path)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, b"", b""))

    def test_pipes_and_devices_are_refused_at_once(self):
        pipe = self.path("pipe")
        os.mkfifo(pipe)
        for path in (pipe, "/dev/zero"):
            self.check(path, " it is a pipe or a device; give a regular file")
            for name in ("ca", "rsa-key"):
                text = f"{name} = {path}\n" + (
                    self.GOOD if name == "ca" else
                    self.changed("session-token-file = /dev/null\n", "user = bot\n"))
                conf = self.path("alarm.conf", text)
                done = self.run_alarm("--check", conf)
                self.assertEqual((done.returncode, done.stdout), (2, b""))
                self.assertRegex(done.stderr.decode(), f"^alarm: {re.escape(conf)}:1: {name}: [^\n]*"
                                 "it is a pipe or a device, give a regular file[^\n]*\n$")

    def test_a_state_file_in_the_place_of_a_device_or_a_folder_is_refused(self):
        """It would be put in its place, and /dev/null be a file for all other programs."""
        for path in ("/dev/null", "/dev/zero", self.folder):
            self.check(f"state = {path}\n" + self.GOOD,
                       r"1: state: name a file, not a folder or a device; .*")

    def test_lines(self):
        self.check("nonsense\n", r"1: no such option; give NAME = VALUE")
        self.check(self.GOOD + "colour = red\n", r"9: no such setting in this section; .*")
        self.check(self.GOOD + "agent = x\n", r"9: no such setting in this section; .*")
        self.check(self.GOOD + "room =\n", r"9: room: give a value")
        self.check(self.GOOD + "seconds = 5\n", r"9: seconds: given twice; keep one of them")
        self.check("# comment\n\n = x\n", r"3: no such option; .*")
        self.check("json\n" + self.GOOD, r"1: no such option; .*")
        self.check("agent =\n" + self.GOOD, r"1: agent: give a value")
        self.check("agent = https://localhost\n" + self.GOOD, r"2: agent: given twice; .*")
        self.check(self.GOOD + "room = a\x1b[31m\n", r"9: take the control characters out")
        self.check("agent = a\x7f\n", r"1: take the control characters out")

    def test_sections(self):
        self.check(self.GOOD + "[rules]\n", r"9: a section begins with \[output NAME\] or \[rule\]")
        self.check(self.GOOD + "[rule\n", r"9: a section begins with .*")
        self.check(self.GOOD + "[output]\n", r"9: a section begins with .*")
        self.check(self.GOOD + "[output ]\n", r"9: \[output NAME\]: the name must be .*")
        self.check(self.GOOD + "[output a b]\n", r"9: \[output NAME\]: the name must be .*")
        self.check(self.GOOD + f"[output {'a' * 32}]\n", r"9: \[output NAME\]: the name must be .*")
        self.check(self.GOOD + "[output siren]\n", r"9: \[output NAME\]: there is one of this .*")
        self.check(self.GOOD + "[output b]\n", r"9: \[output NAME\]: give its file = PATH")
        self.check("".join(f"[output o{number}]\n" for number in range(17)),
                   r"17: \[output NAME\]: too many; .*")
        self.check("[rule]\n" * 65, r"65: \[rule\]: too many; .*")

    def test_rules(self):
        self.check(self.changed("keyword = gas\n", ""), r"5: \[rule\]: give a room, sender, .*")
        self.check(self.changed("output = siren\n", ""), r"5: \[rule\]: give its output = NAME .*")
        self.check(self.changed("seconds = 60\n", ""), r"5: \[rule\]: give its output = NAME .*")
        self.check(self.changed("output = siren", "output = lamp"),
                   r"7: output: no such output; .*")
        for number in ("-1", "x", "1.5", "86401", "99999999999999999999999999", "0x10", "6 0"):
            self.check(self.changed("seconds = 60", f"seconds = {number}"),
                       r"8: seconds: give a whole number from 1 to 86400, .*")
        self.check(self.GOOD.partition("[rule]")[0], r" give at least one \[rule\]")

    def test_the_connection(self):
        self.check(self.changed("session-token-file = /dev/null\n", ""),
                   r" session-token-file: no way to sign in: give it, .*")
        self.check("rsa-key = /dev/null\n" + self.GOOD,
                   r"3: session-token-file: give it or [^ ]*:1: rsa-key: they are two ways to .*")
        self.check("insecure-http = perhaps\n" + self.GOOD, r"1: insecure-http: say yes or no")
        self.check("window = 8193\n" + self.GOOD, r" give at most 8192 as window and .*")
        self.check("first-wait = 2\nmax-wait = 1.5\n" + self.GOOD,
                   r"1: first-wait: the first wait is longer than the longest; .*")
        self.check("ca = /missing\n" + self.GOOD, r"1: ca: /missing.*")
        trust = f"ca = {certificates.ca_path(certificate_folder())}\n"
        self.check(trust + self.changed("https", "http"),
                   r"2: agent: the agent must be https://; .*")
        self.check(trust + self.changed("agent = https://localhost\n", ""), r" agent: is needed: .*")
        self.check(trust + "tag = " + "x" * 101 + "\n" + self.GOOD, r"2: tag: the tag must be .*")
        self.check(trust + "proxy = bot:secret@proxy\n" + self.GOOD, r"2: proxy: the proxy must .*")
        self.check(trust + self.changed("session-token-file", "user = bot\nrsa-key"),
                   r"4: rsa-key: .*")
        self.check(trust + "pin = short\n" + self.GOOD, r"\d?:? ?pin: .*")

    def test_files(self):
        missing = os.path.join(self.folder, "none")
        done = self.run_alarm(missing)
        self.assertEqual(done.returncode, 2)
        self.assertEqual(done.stderr.decode(), f"alarm: {missing}: No such file or directory\n")
        self.check("#" * 20_000, r" too large; raise CONFIG_SIZE")
        self.check("a\0b\n", r" this is no configuration file")

    def test_the_command_line(self):
        for arguments in ((), ("--check",), ("a", "b"), ("--on", "a"), ("--check", "a", "b")):
            done = self.run_alarm(*arguments)
            self.assertEqual((done.returncode, done.stdout, done.stderr),
                             (2, b"", b"alarm: usage: alarm [--check | --off] FILE\n"))

    def test_a_mistake_shows_no_secret(self):
        path = self.path("alarm.conf", "proxy = http://bot:hush%zz@proxy\n" + self.GOOD)
        self.assertNotIn(b"hush", self.run_alarm("--check", path).stderr)

    @unittest.skipIf(is_sanitized(), "AddressSanitizer forbids core files itself")
    @unittest.skipIf(resource.getrlimit(resource.RLIMIT_CORE)[1] == 0, "they are forbidden here anyway")
    def test_core_files_are_forbidden(self):
        """They would hold keys and tokens. 1 byte, for Linux pipes one in spite of the limit 0."""
        self.start_agent()
        path = self.path("alarm.conf", self.connection() + self.output() + self.rule(keyword="gas"))
        client = self.start("-c", 'ulimit -S -c 64 && exec "$0" "$@"', self.program, path,
                            program="/bin/sh")
        self.wait_reading()
        with open(f"/proc/{client.pid}/limits", encoding="ascii") as file:
            self.assertRegex(file.read(), r"(?m)^Max core file size +1 ")

    def test_the_sample_is_whole(self):
        """All its settings are known, and with another key and CA it is good."""
        with open(os.path.join(ALARM, "alarm.conf"), encoding="utf-8") as file:
            text = file.read()
        text = re.sub(r"(?m)^rsa-key = .*", "session-token-file = /dev/null", text)
        text = re.sub(r"(?m)^(user|pod|key-manager) = ", r"#\1 = ", text)
        text = re.sub(r"(?m)^#ca = .*", f"ca = {certificates.ca_path(certificate_folder())}", text)
        text = re.sub(r"(?m)^#(proxy|insecure-http|max-wait) =", r"\1 =", text)
        done = self.run_alarm("--check", self.path("alarm.conf", text))
        self.assertEqual((done.returncode, done.stderr), (0, b""))


class PollLoop(Example):

    def begin(self, first, second, **more):
        arguments = []
        for number, agent in enumerate((first, second)):
            arguments += [agent.url, self.path(f"token-{number}", agent.session_token + "\n")]
        return self.start(*arguments, certificates.ca_path(certificate_folder()),
                          program=program("pollloop"), **more)

    def wait_events(self, client, expected):
        """Waits until these lines have come."""
        self.wait_client(client, lambda c: set(expected) <= set(c.lines), f"{expected}")

    def timer(self, client, rounds):
        """Waits for so many more of the timer's rounds, a line for each feed."""
        def count(c):
            return len(re.findall(r"(?m)^1: due in -?\d+ ms$", c.out.decode()))

        before = count(client)
        self.wait_client(client, lambda c: count(c) >= before + rounds, f"{rounds} rounds")

    def test_two_feeds_and_a_timer(self):
        first, second = self.start_agent(), self.start_agent()
        client = self.begin(first, second)
        self.wait_reading(first)
        self.wait_reading(second)
        self.timer(client, 1)
        first.push([small(number) for number in range(500)])
        second.push([small(1000)])
        self.wait_events(client, [f"0: id-{number} ROOMCREATED" for number in range(500)] +
                         ["1: id-1000 ROOMCREATED"])
        self.timer(client, 2)
        self.wait_acknowledged([small(1000)], second)
        client.signal(signal.SIGTERM)
        self.wait_end(client)
        self.assertEqual(len(first.acknowledged), 500)
        self.assertEqual(second.acknowledged, [small(1000)])

    def test_each_of_them_wakes_the_loop(self):
        first, second = self.start_agent(), self.start_agent()
        self.begin(first, second)
        self.wait_reading(first)
        self.wait_reading(second)
        self.check_promptness(first)
        self.check_promptness(second)

    def test_one_agent_down_does_not_stop_the_other(self):
        first, second = self.start_agent(), self.start_agent()
        first.fault(on="connect", tls="silent", times=-1)
        client = self.begin(first, second)
        self.wait_reading(second)
        self.timer(client, 2)
        second.push([small(1)])
        self.wait_events(client, ["1: id-1 ROOMCREATED"])
        self.wait_acknowledged([small(1)], second)
        first.clear_faults()
        second.fault(on="any", status=503, times=-1)
        second.push([small(2)])
        self.wait_events(client, ["1: id-2 ROOMCREATED"])
        self.timer(client, 2)

    def test_an_agent_that_comes_late_is_found(self):
        first, second = self.start_agent(), self.start_agent()
        first.fault(on="connect", refuse=-1)
        client = self.begin(first, second)
        self.wait_reading(second)
        self.wait_error(client, "next try in")
        first.clear_faults()
        self.wait_reading(first)
        first.push([small(3)])
        self.wait_events(client, ["0: id-3 ROOMCREATED"])
        self.timer(client, 1)

    def test_standard_output_that_fails_is_one_line_and_1(self):
        """No event is acknowledged that was not printed; the lines of the timer count, too."""
        for pushed in ([small(1), small(2)], []):
            first, second = self.start_agent(), self.start_agent()
            for number, agent in enumerate((first, second)):
                agent.create_feed(tag=f"pollloop-{number}")
                agent.push(pushed)
            with open("/dev/full", "wb") as full:
                client = self.begin(first, second, stdout=full)
                self.wait_end(client, 1)
            self.assertEqual(client.err.count("pollloop: cannot write to standard output\n"), 1)
            self.assertEqual((first.acknowledged, second.acknowledged), ([], []))

    def test_wrong_use(self):
        for arguments, says in (((), b"usage: "), (("x", __file__, "x", __file__), b"pollloop: ")):
            done = subprocess.run((program("pollloop"), *arguments), stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, timeout=PATIENCE, check=False)
            self.assertEqual((done.returncode, done.stdout, done.stderr.count(b"\n")), (2, b"", 1))
            self.assertTrue(done.stderr.startswith(says), done.stderr)


class DatahoseCount(Example):

    def begin(self, types="MESSAGESENT,SHAREDPOST,ROOMCREATED", *more, **settings):
        agent = self.start_agent(**settings)
        client = self.start(agent.url, self.path("token", agent.session_token + "\n"), "tap", types,
                            certificates.ca_path(certificate_folder()), *more,
                            program=program("datahose-count"))
        self.wait_reading()
        return agent, client

    def counts(self, line):
        """What a line of output says, without its time."""
        self.assertRegex(line, r"^\d{4}-\d\d-\d\dT[\d:]{8}Z events=\d+ malformed=\d+( \w+=\d+)*$")
        return {name: int(number) for name, number in re.findall(r"(\w+)=(\d+)", line)}

    def end(self, client):
        client.signal(signal.SIGTERM)
        self.wait_end(client)
        return self.counts(client.lines[-1])

    def test_it_counts_by_type(self):
        agent, client = self.begin()
        pushed = [said(number, "x") for number in range(30)]
        pushed += [said(number, "x", "SHAREDPOST") for number in range(30, 34)]
        pushed += [small(number) for number in range(5)]
        agent.push(pushed)
        self.wait_acknowledged(pushed)
        self.assertEqual(self.end(client), {"events": 39, "malformed": 0, "MESSAGESENT": 30,
                                            "SHAREDPOST": 4, "ROOMCREATED": 5})
        self.assertEqual(client.line_count, 1)

    def test_events_wake_it(self):
        agent, _ = self.begin()
        self.check_promptness(agent)

    def test_what_it_asks_for(self):
        agent, client = self.begin("MESSAGESENT")
        read = agent.requests_of("datahose")[0].json
        self.assertEqual((read["type"], read["tag"], read["eventTypes"]),
                         ("datahose", "tap", ["MESSAGESENT"]))
        self.assertEqual(self.end(client), {"events": 0, "malformed": 0})

    def test_types_that_it_does_not_know_and_events_that_are_none(self):
        """The agent knows a type that came after this program was built."""
        known = set(events.TYPES) | {"ROOMPAINTED"}
        agent, client = self.begin("ROOMCREATED,ROOMPAINTED", event_types=known)
        pushed = [small(1), small(2, type="ROOMPAINTED"), small(3, type="ROOMPAINTED")]
        agent.push(pushed)
        self.wait_acknowledged(pushed)
        agent.fault(on="datahose", body='{"ackId":"","events":[{"type":ROOMCREATED}]}')
        agent.push(small(4))
        self.wait_acknowledged([small(4)])
        self.assertEqual(self.end(client),
                         {"events": 5, "malformed": 1, "unknown": 2, "ROOMCREATED": 2})

    def test_events_of_any_size_in_memory_that_does_not_grow(self):
        agent, client = self.begin()
        agent.push([said(1, "y " * 500_000), said(2, "x")])
        self.wait_acknowledged([said(2, "x")])
        before = client.peak_memory()
        pushed = [said(number, "z" * 2000) for number in range(3, 2000)]
        agent.push(pushed)
        self.wait_acknowledged(pushed)
        if not is_sanitized():
            self.assertLess(client.peak_memory(), before + 256)
        self.assertEqual(self.end(client), {"events": 1999, "malformed": 0, "MESSAGESENT": 1999})

    def test_a_line_each_interval(self):
        agent, client = self.begin("ROOMCREATED", "1")
        self.wait_lines(client, 1)
        agent.push(small(1))
        self.wait_client(client, lambda c: "ROOMCREATED=1" in c.out.decode(), "a line with it")
        self.assertEqual(self.end(client)["ROOMCREATED"], 1)

    def test_standard_output_that_fails_is_one_line_and_1(self):
        agent = self.start_agent()
        with open("/dev/full", "wb") as full:
            client = self.start(agent.url, self.path("token", agent.session_token + "\n"), "tap",
                                "ROOMCREATED", certificates.ca_path(certificate_folder()), "1",
                                program=program("datahose-count"), stdout=full)
            self.wait_end(client, 1)
        self.assertEqual(client.err.count("datahose-count: cannot write to standard output\n"), 1)

    def test_two_share_the_events(self):
        agent, first = self.begin("ROOMCREATED", batch_limit=10)
        second = self.start(agent.url, self.path("token"), "tap", "ROOMCREATED",
                            certificates.ca_path(certificate_folder()),
                            program=program("datahose-count"))
        self.wait_agent(lambda a: sum(feed.readers for feed in a.feeds.values()) == 2,
                        "two readers")
        pushed = [small(number) for number in range(200)]
        agent.push(pushed)
        self.wait_acknowledged(pushed)
        self.assertEqual(self.end(first)["events"] + self.end(second)["events"], 200)

    def test_wrong_use(self):
        url = "https://localhost"
        for arguments, says in (
                ((), b"usage: "), (("x", __file__, "tap", "A"), b"datahose-count: "),
                ((url, __file__, "tap", "A", "/missing"), b"datahose-count: /missing"),
                ((url, __file__, "tap", "A", "x", "0"), b"datahose-count: SECONDS")):
            done = subprocess.run((program("datahose-count"), *arguments), stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, timeout=PATIENCE, check=False)
            self.assertEqual((done.returncode, done.stdout, done.stderr.count(b"\n")), (2, b"", 1))
            self.assertTrue(done.stderr.startswith(says), done.stderr)


class Sources(unittest.TestCase):

    def test_they_are_made_of_public_calls_and_static_memory(self):
        for path in glob.glob(os.path.join(ALARM, "*.[ch]")) + [
                os.path.join(EXAMPLES, name) for name in ("pollloop.c", "datahose-count.c")]:
            with self.subTest(path=path), open(path, encoding="ascii") as file:
                text = file.read()
                for name in re.findall(r'#include "(.*)"', text):
                    self.assertRegex(name, r"^(symfeed(_events|_port|_posix)?|config|notify|outputs|"
                                           r"words|system/clock|\.\./common/\w+)\.h$")
                self.assertNotRegex(text, r"\b(malloc|calloc|realloc|strdup|fopen)\b")


class Queue(Example):
    """Events in a folder, each for a command: here a script that writes the event to a log."""

    def setUp(self):
        super().setUp()
        self.folder_of_events, self.log = self.path("events"), self.path("log", "")
        os.mkdir(self.folder_of_events)
        self.gate = self.path("gate")

    def command(self, text):
        """A script that does this and then logs the event in $1."""
        path = self.path("command", f"#!/bin/sh\n{text}\n{{ cat \"$1\"; echo; }} >>{self.log}\n")
        os.chmod(path, 0o700)
        return path

    def slow(self):
        """A command that is not through before the gate is there."""
        return self.command(f"while [ ! -e {self.gate} ]; do sleep 0.05; done")

    def begin(self, command):
        agent = self.agent if self.agents else self.start_agent()
        return self.start(agent.url, self.path("token", agent.session_token + "\n"),
                          self.folder_of_events, command,
                          certificates.ca_path(certificate_folder()), program=program("queue"))

    def handled(self):
        with open(self.log, encoding="utf-8") as file:
            return file.read().splitlines()

    def files(self):
        return sorted(name for name in os.listdir(self.folder_of_events)
                      if re.search(r"\.(json|part|bad)$", name))

    def wait(self, client, condition, what):
        """Looks at files again and again."""
        end = time.monotonic() + PATIENCE
        while not condition():
            self.assertIsNone(client.status, self.last_words())
            self.assertLess(time.monotonic(), end, f"{what}: {self.files()} {self.last_words()}")
            time.sleep(0.02)

    def terminate(self, client):
        client.signal(signal.SIGTERM)
        self.wait_end(client)

    def test_in_order_and_each_once(self):
        client, pushed = self.begin(self.command(":")), [small(number) for number in range(60)]
        self.wait_reading()
        self.agent.push(pushed)
        self.wait_acknowledged(pushed)
        self.wait(client, lambda: len(self.handled()) == 60, "all events handled")
        self.assertEqual(self.handled(), pushed)
        self.terminate(client)
        self.assertEqual(self.files(), [])

    def test_files_of_others_are_left_alone(self):
        """Only their names look like numbers of the queue."""
        strangers = [f"{number}.json" for number in ("-1", "+2", "03", " 4", str(2 ** 64 + 5), "")]
        for name in strangers:
            with open(f"{self.folder_of_events}/{name}", "w", encoding="utf-8"):
                pass
        client = self.begin(self.command(":"))
        self.wait_reading()
        self.agent.push(small(1))
        self.wait_acknowledged([small(1)])
        self.wait(client, lambda: self.handled() == [small(1)], "the event is handled")
        self.terminate(client)
        self.assertEqual(self.files(), sorted(strangers))

    def test_a_slow_worker_loses_nothing(self):
        """More refusals than an event may have would have happened meanwhile."""
        client, pushed = self.begin(self.slow()), [small(number) for number in range(40)]
        self.wait_reading()
        self.agent.push(pushed)
        self.wait(client, lambda: len(self.files()) == 16, "a full queue")
        time.sleep(3)
        self.assertEqual(len(self.files()), 16)
        self.assertEqual(self.agent.acknowledged, [])
        self.path("gate", "")
        self.wait_acknowledged(pushed)
        self.wait(client, lambda: len(self.handled()) == 40, "all events handled")
        self.assertEqual(self.handled(), pushed)
        self.assertNotIn("refused", client.err)

    def test_events_are_acknowledged_before_they_are_handled_and_survive(self):
        client, pushed = self.begin(self.slow()), [small(number) for number in range(10)]
        self.wait_reading()
        self.agent.push(pushed)
        self.wait_acknowledged(pushed)
        self.assertEqual(self.handled(), [])
        client.signal(signal.SIGKILL)
        self.path("gate", "")  # the worker goes on alone, and has the other end of standard error
        self.wait_end(client, -signal.SIGKILL)
        self.wait(self.begin(self.command(":")), lambda: not self.files(), "an empty queue")
        self.assertEqual(set(self.handled()), set(pushed))
        self.assertLessEqual(len(self.handled()), 11)

    def test_power_cuts_lose_nothing(self):
        chance, command = random.Random(7), self.command("sleep 0.01")
        pushed = [small(number) for number in range(60)]
        client = self.begin(command)
        self.wait_reading()
        self.agent.push(pushed)
        for _ in range(6):
            before = len(self.handled())
            self.wait(client, lambda: len(self.handled()) > before or set(self.handled()) >= set(pushed),
                      "an event handled, or all of them")
            time.sleep(chance.random() / 5)
            client.signal(signal.SIGKILL)
            self.wait_end(client, -signal.SIGKILL)
            client = self.begin(command)
        self.wait(client, lambda: set(self.handled()) >= set(pushed), "all events handled")
        self.wait_acknowledged(pushed)
        self.assertLessEqual(len(self.files()), 16)

    def test_what_has_no_room_at_the_end_comes_again(self):
        client, pushed = self.begin(self.slow()), [small(number) for number in range(20)]
        self.wait_reading()
        self.agent.push(pushed)
        self.wait(client, lambda: len(self.files()) == 16, "a full queue")
        client.signal(signal.SIGTERM)
        self.path("gate", "")
        self.wait_end(client)
        self.assertEqual(self.agent.acknowledged, [])
        self.wait(self.begin(self.command(":")), lambda: set(self.handled()) == set(pushed),
                  "all events handled")

    def test_a_command_that_fails_is_run_again(self):
        client = self.begin(self.command("[ -e \"$1.tried\" ] || { : >\"$1.tried\"; exit 1; }"))
        pushed = [small(1), small(2)]
        self.wait_reading()
        self.agent.push(pushed)
        self.wait(client, lambda: len(self.handled()) == 2, "all events handled")
        self.assertEqual(self.handled(), pushed)

    def test_the_name_of_a_file_says_what_is_no_whole_event(self):
        """Also to the next start, which finds the files."""
        client = self.begin(self.slow())
        self.wait_reading()
        self.agent.push(said(1, "y " * 50_000))
        self.wait(client, lambda: len(self.files()) == 1, "a file")
        self.agent.fault(on="read", body='{"ackId":"","events":[{"type":ROOMCREATED}]}')
        self.wait_reading()
        self.agent.drop_connections()
        self.wait(client, lambda: len(self.files()) == 2, "two files")
        self.agent.push(small(2))
        self.wait(client, lambda: len(self.files()) == 3, "three files")
        self.assertEqual(self.files(), ["0.part", "1.bad", "2.json"])
        self.wait_acknowledged([small(2)])  # else it would come again
        client.signal(signal.SIGKILL)
        self.path("gate", "")
        self.wait_end(client, -signal.SIGKILL)
        self.wait(self.begin(self.command('echo "$1" >>"$0.names"')), lambda: not self.files(), "an empty queue")
        with open(self.path("command.names"), encoding="utf-8") as file:
            names = [os.path.basename(name) for name in file.read().splitlines()]
        self.assertEqual(names[-2:], ["1.bad", "2.json"])
        self.assertEqual(self.handled()[-2:], ['{"type":ROOMCREATED}', small(2)])

    def test_log_lines_that_nobody_reads_any_more_end_nothing(self):
        """Neither this program nor the first one ignores SIGPIPE."""
        for name, status, *between in (("queue", 0, self.folder_of_events, self.command(":")),
                                       ("first", -signal.SIGTERM)):
            agent = self.start_agent()
            theirs, ours = os.pipe()
            client = self.start(agent.url, self.path("token", agent.session_token + "\n"), *between,
                                certificates.ca_path(certificate_folder()), program=program(name),
                                stderr=ours)
            os.close(ours)
            self.wait_reading()
            os.close(theirs)
            agent.fault(on="read", status=503)
            agent.push(small(1))
            self.wait_acknowledged([small(1)])
            self.assertEqual([read.status for read in agent.requests_of("read")].count(503), 1)
            client.signal(signal.SIGTERM)
            self.wait_end(client, status)

    def test_a_folder_that_takes_no_file_holds_the_event(self):
        client = self.begin(self.command(":"))
        self.wait_reading()
        os.mkdir(os.path.join(self.folder_of_events, "new"))
        self.agent.push(small(1))
        self.wait_error(client, "an event cannot be stored: Is a directory", 2)
        self.assertEqual(self.agent.acknowledged, [])
        os.rmdir(os.path.join(self.folder_of_events, "new"))
        self.wait_acknowledged([small(1)])
        self.wait(client, lambda: self.handled() == [small(1)], "the event handled")

    def test_wrong_use(self):
        for arguments, says in (((), b"usage: "), (("x", __file__, "/", "true"), b"queue: the agent")):
            done = subprocess.run((program("queue"), *arguments), stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, timeout=PATIENCE, check=False)
            self.assertEqual((done.returncode, done.stdout, done.stderr.count(b"\n")), (2, b"", 1))
            self.assertTrue(done.stderr.startswith(says), done.stderr)


class ServiceFiles(unittest.TestCase):

    KNOWN = {
        "Unit": {"Description", "After", "AssertPathExists", "StartLimitIntervalSec"},
        "Service": {
            "Type", "ExecStartPre", "ExecStart", "Restart", "RestartSec",
            "RestartPreventExitStatus", "WatchdogSec", "TimeoutStopSec", "LoadCredential",
            "SetCredential", "BindReadOnlyPaths", "StateDirectory", "StateDirectoryMode",
            "RuntimeDirectory", "RuntimeDirectoryPreserve", "User", "DynamicUser", "UMask",
            "LimitNOFILE", "MemoryMax", "TasksMax", "NoNewPrivileges", "ProtectSystem", "ProtectHome", "PrivateTmp",
            "PrivateMounts", "ProtectClock", "ProtectControlGroups", "ProtectHostname",
            "ProtectKernelLogs", "ProtectKernelModules", "ProtectProc", "ProcSubset",
            "CapabilityBoundingSet", "AmbientCapabilities", "LockPersonality",
            "MemoryDenyWriteExecute", "RemoveIPC", "RestrictAddressFamilies", "RestrictNamespaces",
            "RestrictRealtime", "RestrictSUIDSGID", "SystemCallArchitectures", "SystemCallFilter",
            "SystemCallErrorNumber"},
        "Install": {"WantedBy"},
    }

    def unit(self):
        parser = configparser.RawConfigParser(strict=False, delimiters=("=",),
                                              comment_prefixes=("#",))
        parser.optionxform = str
        parser.read(os.path.join(ALARM, "symfeed-alarm.service"), encoding="utf-8")
        return parser

    def test_the_units_directives_are_known(self):
        unit = self.unit()
        self.assertEqual(set(unit.sections()), set(self.KNOWN))
        for section, known in self.KNOWN.items():
            self.assertEqual(set(unit[section]) - known, set())

    def test_the_unit_is_what_the_program_needs(self):
        service = self.unit()["Service"]
        self.assertEqual(service["Type"], "notify")
        self.assertEqual(service["Restart"], "always")
        self.assertEqual(self.unit()["Unit"]["StartLimitIntervalSec"], "0")
        self.assertGreater(int(service["WatchdogSec"]), 60)
        self.assertNotIn("LimitCORE", service, "the program can only set a better one where it may")
        self.assertNotIn("ProtectKernelTunables", service, "outputs are in /sys")
        self.assertIn("AF_UNIX", service["RestrictAddressFamilies"].split(), "for NOTIFY_SOCKET")
        self.assertEqual(service["RestartPreventExitStatus"], "2", "a wrong configuration stays so")
        words = service["ExecStart"].split()
        self.assertEqual(words, ["/usr/bin/symfeed-alarm", "/etc/symfeed/alarm.conf"])

    def directives(self, name):
        with open(os.path.join(ALARM, "symfeed-alarm.service"), encoding="utf-8") as file:
            return re.findall(f"(?m)^{name}=(.*)$", file.read())

    def test_the_sample_configuration_is_where_the_unit_keeps_things(self):
        service = self.unit()["Service"]
        with open(os.path.join(ALARM, "alarm.conf"), encoding="utf-8") as file:
            sample = re.findall(r"(?m)^#?([a-z-]+) = (/.*)$", file.read())
        self.assertIn("rsa-key", dict(sample))
        for name, path in sample:
            if name == "state":
                self.assertEqual(os.path.dirname(path), f"/var/lib/{service['StateDirectory']}")
            elif name == "file":
                self.assertEqual(os.path.dirname(path), f"/run/{service['RuntimeDirectory']}")
                self.assertIn(path, service["ExecStartPre"].split(), "outputs have to be there")
            else:
                self.assertIn(f"{os.path.basename(path)}:{path}", self.directives("LoadCredential"))

    def test_the_program_can_read_what_belongs_to_root(self):
        """The files are installed with 0600, and the user that systemd makes up is not root."""
        service = self.unit()["Service"]
        self.assertEqual(service["BindReadOnlyPaths"],
                         "/run/credentials/symfeed-alarm.service:/etc/symfeed")
        optional = [line.split(":") for line in self.directives("SetCredential")]
        loaded = [line.split(":") for line in self.directives("LoadCredential")]
        self.assertEqual([name for name, _ in loaded],
                         ["alarm.conf"] + [name for name, _ in optional])
        self.assertTrue(all(text for _, text in optional), "systemd refuses an empty one")
        for name, path in loaded:
            self.assertEqual(path, f"/etc/symfeed/{name}")
        self.assertNotIn("SupplementaryGroups", service, "nobody makes the group")

    def test_systemd_finds_nothing_wrong(self):
        if shutil.which("systemd-analyze") is None:
            self.skipTest("no systemd-analyze here; the other tests look at the unit, too")
        done = subprocess.run(("systemd-analyze", "verify", "--man=no",
                               os.path.join(ALARM, "symfeed-alarm.service")),
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=PATIENCE,
                              check=False)
        lines = [line for line in done.stdout.decode().splitlines()
                 if "symfeed-alarm" in line and "is not executable: No such file" not in line]
        self.assertEqual(lines, [])

    # What procd would be told, and rc.common's part in it.
    STUBS = r"""
procd_open_instance() { echo open "$@"; }
procd_close_instance() { echo close "$@"; }
procd_set_param() { echo set "$@"; }
procd_add_jail() { echo jail "$@"; }
procd_add_jail_mount() { echo mount "$@"; }
procd_add_jail_mount_rw() { echo mount-rw "$@"; }
start() { echo started "$@"; start_service "$@"; }
stop() { echo stopped "$@"; }
config_load() { [ "$1" = symfeed ]; }
config_get_bool() { eval "$1=$ENABLED"; }
config_get() { eval "$1=\$4"; }
logger() { shift 5; echo "log $*"; }
mkdir() { :; }
chmod() { :; }
touch() { echo touch "$@"; }
. "$1"
PROGRAM=$3
$2 x
"""

    def init(self, function, program="true", enabled=1):
        """`program` takes the part of the alarm in --check."""
        return subprocess.run(
            ("sh", "-euc", self.STUBS, "sh", os.path.join(ALARM, "symfeed-alarm.init"), function,
             program), env={**os.environ, "ENABLED": str(enabled)}, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, timeout=PATIENCE, check=False)

    def test_the_init_scripts_are_for_any_shell(self):
        path = os.path.join(ALARM, "symfeed-alarm.init")
        for script in (path, os.path.join(ALARM, "S95symfeed-alarm")):
            for shell in ("sh", "dash", "busybox sh"):
                if shutil.which(shell.split()[0]):
                    done = subprocess.run((*shell.split(), "-n", script), stderr=subprocess.PIPE,
                                          timeout=PATIENCE, check=False)
                    self.assertEqual((done.returncode, done.stderr), (0, b""))
        with open(path, encoding="ascii") as file:
            self.assertEqual(file.readline(), "#!/bin/sh /etc/rc.common\n")

    def test_what_procd_is_told(self):
        done = self.init("start_service")
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        lines = done.stdout.decode().splitlines()
        self.assertEqual((lines[1], lines[-1]), ("open", "close"))
        outputs = "/var/run/symfeed-alarm"
        for line in (f"touch {outputs}/siren {outputs}/lamp",
                     "set command true /etc/symfeed/alarm.conf",
                     f"mount-rw /etc/symfeed/state {outputs} /sys",
                     "set file /etc/symfeed/alarm.conf"):
            self.assertIn(line, lines)
        self.assertNotIn("limits", done.stdout.decode(), "the program sets a better one")
        respawn = next(line for line in lines if line.startswith("set respawn ")).split()
        self.assertEqual(respawn[-1], "0", "without a limit")

    def test_procd_is_told_nothing_before_the_alarm_is_enabled(self):
        """One line says why."""
        done = self.init("start_service", enabled=0)
        self.assertEqual((done.returncode, done.stderr), (1, b""))
        self.assertRegex(done.stdout.decode(), r"^log not enabled[^\n]*\n$")

    def test_with_a_mistake_procd_starts_it_once(self):
        """It sets off what is on. Again and again would be no use. One line says why."""
        done = self.init("start_service", "false")
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        lines = done.stdout.decode().splitlines()
        self.assertEqual([line for line in lines if line.startswith("log")], ["log "])
        self.assertEqual(lines[-1], "close")
        self.assertNotIn("respawn", done.stdout.decode())

    def test_a_reload_and_a_restart_with_a_mistake_leave_it_alone(self):
        for function, begin in (("reload_service", b"started x\n"),
                                ("restart", b"stopped x\nstarted x\n")):
            done = self.init(function, "false")
            self.assertEqual((done.returncode, done.stdout), (1, b"log \n"))
            for enabled in (0, 1):
                done = self.init(function, enabled=enabled)
                self.assertEqual(done.returncode, 1 - enabled)
                self.assertTrue(done.stdout.startswith(begin), done.stdout)
                self.assertEqual(b"\nopen\n" in done.stdout, enabled == 1)

    def start_script(self, action, wrong):
        """What the script for System V does, in a folder of its own: its result, and the calls of
        start-stop-daemon, which here finds nothing running, and a mistake where `wrong`."""
        with tempfile.TemporaryDirectory(prefix="symfeed-sysv-") as folder:
            with open(os.path.join(ALARM, "S95symfeed-alarm"), encoding="ascii") as file:
                script = file.read().replace("/var/", f"{folder}/var/")
            files = {"script": script, "chown": "", "logger": "cat >/dev/null\n",
                     "start-stop-daemon": f'echo "$*" >>{folder}/calls\ncase "$*" in\n'
                                          f'*" -t "*) exit 1 ;;\n*--check*) exit {wrong} ;;\nesac\n'}
            for name, text in files.items():
                path = os.path.join(folder, name)
                with open(path, "w", encoding="ascii") as file:
                    file.write("#!/bin/sh\n" + text)
                os.chmod(path, 0o700)
            # The shell waits for what the script leaves running.
            done = subprocess.run(("sh", "-c", '. "$0"; status=$?; wait; exit $status',
                                   os.path.join(folder, "script"), action),
                                  env={**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"},
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, timeout=PATIENCE, check=False)
            with open(f"{folder}/calls", encoding="ascii") as file:
                calls = [line for line in file.read().splitlines() if "-t" not in line.split()]
        return done, calls

    def test_under_system_v_a_restart_with_a_mistake_leaves_it_alone(self):
        for action in ("restart", "reload"):
            done, calls = self.start_script(action, wrong=2)
            self.assertNotEqual(done.returncode, 0)
            self.assertEqual([call.split()[0] for call in calls], ["-S"], calls)
            self.assertIn("--check", calls[0])
            done, calls = self.start_script(action, wrong=0)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("--check", calls[0])
            self.assertEqual(calls[1].split()[0], "-K")

    def test_under_system_v_a_start_with_a_mistake_runs_it_once_all_the_same(self):
        """It sets off what is on."""
        for wrong in (0, 2):
            done, calls = self.start_script("start", wrong)
            self.assertEqual(done.returncode, 1 if wrong else 0, done.stderr)
            self.assertEqual(done.stdout, b"Starting symfeed-alarm: " + (b"FAIL\n" if wrong else b"OK\n"))
            self.assertEqual(len([call for call in calls if "--check" not in call]), 1, calls)


if __name__ == "__main__":
    unittest.main()
