# SPDX-License-Identifier: Apache-2.0
"""The command line: each option by name, each mistake with its one line, signals, --exec, --count.
"""

import json
import os
import random
import re
import select
import signal
import subprocess
import unittest

from harness import (EndToEnd, ROOT, SYMFEED, certificate_folder, certificates, events, made, message,
                     messages, padded, run, small)

STATS = {"events", "duplicates", "truncated", "malformed", "refused", "batches", "bytes",
         "connects", "resumed", "retries", "signins", "feeds_created", "log_lines_lost",
         "heap_peak"}
FOLLOWING = ("tail", "datahose", "legacy")
CALLS = ("list", "create", "delete", "health", "info")
COMMANDS = (*FOLLOWING, *CALLS, "version", "help")
OPTIONS = ("--agent", "--session-token-file", "--km-token-file", "--ca", "--insecure-http", "--tag",
           "--reclaim", "--include-invisible", "--no-presence", "--types", "--scopes", "--fanout",
           "--state", "--cookie-name", "--json", "--count", "--exec", "--exec-timeout", "--window",
           "--tokens", "--stats", "-v, --verbose", "-q, --quiet", "-h, --help", "-V, --version",
           "--config", "--first-wait", "--max-wait", "--log")
TYPES = ("MESSAGESENT", "SHAREDPOST", "INSTANTMESSAGECREATED", "ROOMCREATED", "ROOMUPDATED",
         "ROOMDEACTIVATED", "ROOMREACTIVATED", "USERJOINEDROOM", "USERLEFTROOM",
         "ROOMMEMBERPROMOTEDTOOWNER", "ROOMMEMBERDEMOTEDFROMOWNER", "CONNECTIONREQUESTED",
         "CONNECTIONACCEPTED", "MESSAGESUPPRESSED", "SYMPHONYELEMENTSACTION",
         "USERREQUESTEDTOJOINROOM", "GENERICSYSTEMEVENT")
SECRET = "eyJhbGciOiJSUzUxMiJ9.bm90LWEtcmVhbC1vbmU.c2VjcmV0"


class WrongUse(EndToEnd):
    """Exit 2 and exactly one line on standard error, which names what is wrong."""

    def setUp(self):
        super().setUp()
        self.token = self.path("token", SECRET + "\n")
        self.good = ("--agent", "https://localhost:1", "--session-token-file", self.token)

    def wrong(self, arguments, *names):
        """Runs it; the one line must hold all of `names`."""
        with self.subTest(arguments=arguments):
            done = run(*arguments)
            error = done.stderr.decode()
            self.assertEqual((done.returncode, done.stdout), (2, b""), error)
            self.assertEqual(error.count("\n"), 1, error)
            self.assertTrue(error.startswith("symfeed: ") and error.endswith("\n"), error)
            for name in names:
                self.assertIn(name, error)
            self.assertNotIn(SECRET, error)
            self.assertNotRegex(error, r"SYMFEED_[A-Z]", "a setting of the build is nothing for a user")
            self.assertGreater(len(error), 25, "it says how to fix it")
            return error

    def test_commands(self):
        self.wrong((), "command", "tail")
        self.wrong(("",), "command")
        self.wrong(("nonsense",), "command", "tail")
        self.wrong(("tail", "tail", *self.good), "command")
        self.wrong(("tail", *self.good, "stray"), "command")
        self.wrong(("tail", *self.good, "--", "stray"), "command")
        self.wrong(("list", "health", *self.good), "command")
        self.wrong(("health", *self.good, "--", "stray"), "command")
        self.wrong(("version", "version"), "command")
        self.wrong(("help", "nonsense"), "command", "tail")
        self.wrong(("help", "tail", "list"), "command")

    def test_what_each_command_needs(self):
        for command in ("tail", "legacy", "list", "create"):
            self.wrong((command,), "--agent")
            self.wrong((command, *self.good[:2]), "--session-token-file")
            self.wrong((command, *self.good[2:]), "--agent", "https://")
        for command in ("health", "info"):
            self.wrong((command,), "--agent", "https://")
            self.wrong((command, *self.good[2:]), "--agent", "https://")

    def test_delete_takes_one_id(self):
        self.wrong(("delete", *self.good), "delete", "id")
        self.wrong(("delete", *self.good, "--"), "delete", "id")
        self.wrong(("delete", "one", "two", *self.good), "delete", "one feed id")
        self.wrong(("delete", "one", *self.good, "--", "two"), "delete", "one feed id")
        self.wrong(("delete", "one"), "--agent")
        self.wrong(("delete", "one", *self.good[:2]), "--session-token-file")
        self.wrong(("delete", "-one", *self.good), "-one")
        for feed_id in ("", "x" * 1025, "a\nb", "a\x7fb"):
            self.wrong(("delete", feed_id, *self.good), "delete", "id")

    def test_what_a_datahose_needs(self):
        tag, types = ("--tag", "a"), ("--types", "MESSAGESENT")
        self.wrong(("datahose", *tag, *types), "--agent")
        self.wrong(("datahose", *self.good, *tag), "--types", "--fanout")
        self.wrong(("datahose", *self.good, *types, "--user", "u" * 129), "--user")
        self.wrong(("datahose", *self.good, *types, "--tag", "t" * 81), "--tag", "80")
        self.wrong(("datahose", *self.good, *types, "--user", "bot", "--pod", "https://localhost"),
                   "--session-token-file", "--pod")
        self.wrong(("datahose", *self.good[:2], *types, "--user", "bot"), "--rsa-key", "--user")
        self.wrong(("datahose", *self.good[:2], *types, *tag), "--session-token-file")

    def test_lists_of_a_datahose(self):
        good = ("datahose", *self.good, "--tag", "a")
        for names in ("", ",", "A,", ",A", "A,,B", "A B", "A\n", "é", "A$", "A.B", '"A"'):
            self.wrong((*good, "--types", names), "--types")
            self.wrong((*good, "--fanout", "--types", names), "--types")
            self.wrong((*good, "--fanout", "--scopes", names), "--scopes")

    def test_options_that_belong_to_other_commands(self):
        belongs = {("--types", "A"): FOLLOWING, ("--count", "1"): FOLLOWING,
                   ("--exec", "true"): FOLLOWING, ("--reclaim",): ("tail", "create"),
                   ("--include-invisible",): ("tail", "create"),
                   ("--no-presence",): ("tail", "datahose"),
                   ("--scopes", "INTERNAL"): ("datahose",), ("--fanout",): ("datahose",),
                   ("--state", "file"): ("legacy",), ("--cookie-name", "a"): ("legacy",)}
        for option, commands in belongs.items():
            for command in (*FOLLOWING, *CALLS):
                words = (command, "id") if command == "delete" else (command,)
                if command not in commands:
                    self.wrong((*words, *self.good, *option), option[0], command, *commands)

    def test_what_cannot_be_a_state_file(self):
        for name in ("", self.folder, "/dev/null", "a\nb", "x" * 1024):
            self.wrong(("legacy", *self.good, "--state", name), "--state")

    def test_files_that_are_pipes_or_devices(self):
        """Whoever opened one might wait for ever: that is told at once."""
        pipe = self.path("pipe")
        os.mkfifo(pipe)
        by_key = ("--agent", "https://localhost:1", "--user", "bot", "--rsa-key")
        by_certificate = ("--agent", "https://localhost:1", "--client-cert")
        for name in (pipe, "/dev/zero", "/dev/null"):
            for option, words in (
                    ("--session-token-file", (*self.good[:2], "--session-token-file", name)),
                    ("--km-token-file", (*self.good, "--km-token-file", name)),
                    ("--ca", (*self.good, "--ca", name)),
                    ("--rsa-key", (*by_key, name)),
                    ("--client-cert", (*by_certificate, name)),
                    ("--client-key", (*by_certificate, self.token, "--client-key", name))):
                self.wrong(("tail", *words), option, "name a regular file", name)
        self.wrong(("legacy", *self.good, "--state", pipe), "--state")

    def test_what_cannot_be_the_url_of_a_proxy(self):
        for url in ("localhost:3128", "http://a b", "http://", "https://localhost:3128", "http://é", "http://a:0"):
            self.wrong(("tail", *self.good, "--proxy", url), "--proxy", "http://[user:password@]host[:port]")

    def test_what_cannot_be_the_name_of_a_cookie(self):
        for name in ("", "a b", "a=b", "a;b", "é"):
            self.wrong(("legacy", *self.good, "--cookie-name", name), "--cookie-name", " !#$%&'*+-.^_`|~\n")

    def test_unknown_options_and_beginnings_of_known_ones(self):
        for option in ("--nonsense", "--age", "--session-token", "--jso", "-x", "--JSON",
                       "---json"):
            self.wrong(("tail", *self.good, option), option[:4])
        self.wrong(("tail", *self.good, f"--session-token={SECRET}"), "--session-token")
        self.wrong(("tail", *self.good, f"--token={SECRET}"), "--token")

    def test_values_that_are_missing_or_too_many(self):
        for option in ("--agent", "--session-token-file", "--km-token-file", "--ca", "--tag",
                       "--types", "--scopes", "--state", "--cookie-name", "--count", "--exec",
                       "--window", "--tokens"):
            self.wrong(("tail", *self.good, option), option)
        for option in ("--json", "--reclaim", "--fanout", "--include-invisible", "--no-presence",
                       "--stats", "--insecure-http", "--help"):
            self.wrong(("tail", *self.good, option + "=yes"), option)

    def test_agents(self):
        for url in ("", "localhost", "https://", "https:///agent", "ftp://localhost", "https:",
                    "https://user:password@localhost", "https://localhost:", "https://localhost:0",
                    "https://localhost:65536", "https://localhost:99999999999",
                    "https://localhost:x", "https://localhost?a=b", "https://localhost/#part",
                    "https://local host",
                    "https://localhost/a b", "https://localhost\r\nX: y",
                    "https://localhost/\r\nX: y",
                    "https://[::1", "https://[::1]x", "https://[localhost]", "https://é.example",
                    "https://localhost/%zz?", "https://localhost:44:3"):
            error = self.wrong(("tail", "--agent", url, *self.good[2:]), "--agent")
            self.assertNotIn("password", error)
        self.wrong(("tail", "--agent", "http://localhost", *self.good[2:]), "--insecure-http")

    def test_tags(self):
        for tag in ("", "t" * 101, "é" * 101, "a\nb", "a\rb", "a\tb", "a\x7fb", "a\x1bb",
                    b"bad \xff utf-8", b"\xed\xa0\x80", b"cut \xe2\x82"):
            self.wrong(("tail", *self.good, "--tag", tag), "--tag")

    def test_numbers(self):
        for option, values in (
                ("--count", ("0", "-1", "+1", "1.5", "x", "", " 1", "1 ", "4294967296", "9" * 40,
                             "0x10", "1e3")),
                ("--window", ("0", "511", "1023", "1073741825", "16k", "9" * 40, "", "-4096")),
                ("--tokens", ("0", "31", "16777217", "many", "9" * 40, "", "-32"))):
            for value in values:
                self.wrong(("tail", *self.good, option, value), option)

    def test_lists_of_types(self):
        for types in ("", ",", "A,", ",A", "A,,B", "A B", "A, B", "A\n", "é"):
            self.wrong(("tail", *self.good, "--types", types), "--types")

    def test_an_empty_exec(self):
        self.wrong(("tail", *self.good, "--exec", ""), "--exec")

    def test_files_that_cannot_be_used(self):
        missing, junk = self.path("missing"), self.path("junk", "not PEM\n")
        self.wrong(("tail", *self.good[:2], "--session-token-file", missing),
                   "--session-token-file", missing)
        self.wrong(("tail", *self.good[:2], "--session-token-file", self.folder),
                   "--session-token-file", "irectory")
        self.wrong(("tail", *self.good, "--km-token-file", missing), "--km-token-file", missing)
        self.wrong(("tail", *self.good, "--ca", missing), "--ca", missing)
        self.wrong(("tail", *self.good, "--ca", self.folder), "--ca")
        self.wrong(("tail", *self.good, "--ca", junk), "--ca", junk)
        self.wrong(("tail", *self.good, "--ca", self.path("empty", "")), "--ca")
        self.wrong(("tail", *self.good, "--ca", os.path.join(certificate_folder(), "good.key")),
                   "--ca")

    @unittest.skipIf(os.geteuid() == 0, "root may read everything")
    def test_a_token_file_that_may_not_be_read(self):
        os.chmod(self.token, 0)
        self.wrong(("tail", *self.good), "--session-token-file", self.token)

    def test_memory_that_the_system_does_not_have(self):
        command = ["/bin/sh", "-c", 'ulimit -v 200000; exec "$0" "$@"', SYMFEED, "tail",
                   *self.good, "--window", "1073741824"]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
                              timeout=60)
        if b"Sanitizer" in done.stderr:
            self.skipTest("sanitizers need more address space themselves")
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertRegex(done.stderr, rb"\Asymfeed: --window.*\n\Z")


class Help(EndToEnd):

    def help(self, *arguments):
        """What is printed; no line is longer than a terminal."""
        done = run(*arguments)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        text = done.stdout.decode()
        self.assertLessEqual(max(map(len, text.split("\n"))), 80)
        self.assertNotRegex(text, r" \n")
        return text

    def named(self, text):
        """{option: its text}"""
        return {name: " ".join(words.split()) for name, words in
                re.findall(r"(?m)^  (?:-\w, )?(--[\w-]+)((?:.*\n)(?: {10}.*\n)*)", text)}

    def test_help_prints_every_option_on_standard_output(self):
        for arguments in (("--help",), ("help",), ("-h",), ("--help", "nonsense")):
            text = self.help(*arguments)
            for option in (*OPTIONS, *(f"\n  {command} " for command in COMMANDS)):
                self.assertIn(option, text)

    def test_every_option_has_a_text_and_belongs_to_a_command(self):
        everything = self.named(self.help("help"))
        self.assertGreater(len(everything), 35)
        of_commands = {}
        for command in COMMANDS:
            text = self.help("help", command)
            self.assertRegex(text, rf"\Asymfeed {command}\b")
            self.assertEqual(text, self.help(command, "--help"))
            self.assertEqual(text, self.help("--help", command))
            self.assertEqual(text, self.help(command, "-qh", "--nonsense"))
            for option, words in self.named(text).items():
                self.assertRegex(words, r"[a-z]{2}", f"{option} has a text")
                of_commands.setdefault(option, set()).add(command)
        self.assertEqual(set(of_commands), set(everything))
        for option, words in everything.items():
            only = re.search(r"\(([a-z, ]+)\)$", words)
            if of_commands[option] < {*FOLLOWING, *CALLS}:
                self.assertEqual(set(only[1].split(", ")), of_commands[option], option)

    def test_a_command_has_only_its_own_options(self):
        self.assertLessEqual({"--state", "--types", "--agent"}, set(self.named(self.help("help", "legacy"))))
        self.assertFalse({"--reclaim", "--scopes"} & set(self.named(self.help("help", "legacy"))))
        self.assertEqual(set(self.named(self.help("help", "version"))), {"--help", "--version"})

    def test_a_message_tells_the_limits_that_hold(self):
        for option in ("--window", "--tokens"):
            error = run("tail", "--agent", "https://localhost", option, "1").stderr.decode()
            least = int(re.search(rf"{option}: give a whole number from (\d+) to", error).group(1))
            agent = self.start_agent()
            agent.create_feed()
            agent.push(small(least))
            client = self.tail("--json", option, str(least))
            self.wait_client(client, lambda c: c.status is not None or c.line_count, "an event")
            self.assert_printed(client, [small(least)], f"{option} {least}: {client.err}")

    def test_version(self):
        done = run("version")
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        for arguments in (("--version",), ("-V",), ("tail", "--version"), ("tail", "-V", "--nonsense")):
            self.assertEqual(run(*arguments).stdout, done.stdout)
        self.assertRegex(done.stdout.decode(),
                         r"\Asymfeed \d+\.\d+\.\d+\n.*(?i:mbed ?TLS) \d+\.\d+")
        for feature in ("sign-in", "proxy", "datahose", "legacy feed", "single calls"):
            self.assertIn(feature, done.stdout.decode())

    def test_standard_output_that_is_full_is_an_error(self):
        with open("/dev/full", "wb") as full:
            for command in ("version", "--help"):
                client = self.start(command, stdout=full)
                self.wait_end(client, 1)


class Options(EndToEnd):

    def test_options_with_equals_signs_and_in_any_order(self):
        agent = self.start_agent()
        options = self.access()
        pairs = [f"{name}={value}" for name, value in zip(options[::2], options[1::2])]
        client = self.start("--json", *pairs, "--tag=a=b", "--window=4096", "--tokens=64",
                            "--count=1", "--types=ROOMCREATED", "--exec=cat >/dev/null", "tail")
        self.wait_reading()
        self.assertEqual(agent.requests_of("list")[0].query, {"tag": "a=b"})
        agent.push(small(1))
        self.wait_end(client)
        self.assert_printed(client, [small(1)])

    def test_nothing_but_events_on_standard_output_and_no_events_on_standard_error(self):
        agent, client = self.follow("-v", "-v", "--stats")
        self.deliver(client, *messages(5))
        agent.fault(on="read", status=503)
        agent.push(message(5))
        self.wait_error(client, "503")
        client.end()
        self.assert_printed(client, messages(6))
        self.assertNotIn('"type"', client.err)

    def test_v_says_more_and_q_says_less(self):
        sizes = []
        for options in (["-v"], [], ["-q"], ["-q", "-q"], ["-qqq"]):
            agent, client = self.follow(*options)
            fault = agent.fault(on="read", status=503)
            agent.push(message(1))
            self.assert_reads_again(fault)
            agent.fault(on="read", status=403)
            agent.push(message(2))
            self.wait_agent(lambda a: not a.faults, "the second fault")
            self.wait_lines(client, 2)
            client.end()
            sizes.append(len(client.err.splitlines()))
            levels = {line.split()[1] for line in client.err.splitlines()}
            self.assertEqual("warning:" in levels, options in (["-v"], [], ["-q"]), client.err)
        self.assertEqual(sizes, sorted(sizes, reverse=True))
        self.assertGreater(sizes[0], sizes[1])
        self.assertEqual(sizes[-1], 0, "-qqq is silent")

    def test_stats_at_the_end_and_at_sigusr1(self):
        agent, client = self.follow("--stats")
        self.deliver(client, message(1), message(2))
        now = self.stats(client)
        self.assertLessEqual(STATS, set(now))
        self.assertEqual((now["events"], now["feeds_created"], now["connects"], now["signins"]),
                         (2, 1, 1, 1))
        self.assertGreater(now["bytes"], len(message(1)) + len(message(2)))
        self.assertTrue(all(isinstance(value, int) for value in now.values()))
        client.end()
        self.assertEqual(json.loads(client.err.splitlines()[-1])["events"], 2)

    def test_without_stats_there_is_none_at_the_end(self):
        _, client = self.follow()
        client.end()
        self.assertNotIn("{", client.err)

    def test_sigusr1_while_waiting_for_a_retry(self):
        agent = self.start_agent()
        agent.fault(on="list", status=410, times=-1)
        client = self.tail()
        self.wait_error(client, "next try")
        self.assertEqual(self.stats(client)["retries"], 1)

    def test_a_token_file_that_becomes_a_pipe_holds_nothing_up(self):
        agent = self.start_agent()
        token = self.path("token", agent.session_token + "\n")
        client = self.start("tail", "--agent", agent.url, "--session-token-file", token, *self.trust(agent),
                            "--json")
        self.wait_reading()
        os.unlink(token)
        os.mkfifo(token)
        agent.revoke_tokens()
        agent.push(message(1))
        self.wait_error(client, "it is a pipe or a device, give a regular file")
        os.unlink(token)
        self.path("token", agent.session_token + "\n")
        client.signal(signal.SIGHUP)
        self.wait_acknowledged([message(1)])

    def test_closed_standard_descriptors_do_no_harm(self):
        agent = self.start_agent()
        agent.create_feed()
        agent.push(message(1))
        shell = 'exec "$0" "$@" <&- 2>&-'
        client = self.start("-c", shell, SYMFEED, "tail", *self.access(), "--json", "--count", "1",
            program="/bin/sh")
        self.wait_end(client)
        self.assert_printed(client, [message(1)])


class Waits(EndToEnd):
    """--first-wait and --max-wait."""

    def waits(self, *options, count=4):
        self.start_agent().fault(on="list", status=503, times=-1)
        client = self.tail(*options)
        self.wait_error(client, "next try in", count)
        client.end()
        return [float(wait) for wait in re.findall(r"next try in ([\d.]+) s", client.err)][:count]

    def test_they_bound_the_waits(self):
        waits = self.waits("--first-wait", "0.05", "--max-wait", "0.1", count=6)
        self.assertLessEqual(max(waits), 0.11)
        first, second = self.waits("--first-wait=1", "--max-wait=1", count=2)
        self.assertLessEqual(first, 1)  # a random part of it
        self.assertTrue(0.5 <= second <= 1, second)

    def test_fractions_and_limits(self):
        good = ("tail", "--agent", "https://localhost:1", "--session-token-file", self.path("t", "t"))
        for option in ("--first-wait", "--max-wait"):
            for value in ("0", "0.0", "0.0001", "-1", "86401", "86400.001", "1.", ".5", "1,5", "1s", "", "1.2345"):
                done = run(*good, option, value)
                self.assertEqual(done.returncode, 2, value)
                self.assertRegex(done.stderr.decode(), rf"\Asymfeed: {option}: give seconds from 0.001 to 86400")
        for options, says in ((("--first-wait", "2", "--max-wait", "1.999"), "--first-wait"),
                              (("--first-wait", "31"), "--first-wait")):
            done = run(*good, *options)
            self.assertEqual((done.returncode, done.stdout), (2, b""))
            self.assertRegex(done.stderr.decode(), rf"\Asymfeed: {says}: the first wait is longer than the longest[^\n]*\n\Z")


class Config(EndToEnd):
    """--config FILE."""

    def config(self, text, name="conf"):
        return self.path(name, text)

    def connection(self):
        """Lines that say how to reach the agent, with comments and white space."""
        options = iter(self.access())
        return "# the agent\n\n" + "".join(f"\t{name[2:]}  =  {next(options)} \r\n" for name in options)

    def test_a_byte_order_mark_is_no_part_of_the_first_line(self):
        self.start_agent().create_feed()
        self.start("--config", self.config("\ufeffjson\n" + self.connection()), "tail")
        self.wait_reading()

    def test_options_from_a_file(self):
        agent = self.start_agent()
        agent.create_feed("tagged")
        path = self.config(self.connection() + "tag = a # b = c\njson\ncount = 1\nverbose\nverbose\n"
                           "quiet\ninclude-invisible = yes\nno-presence = no\ntypes = ROOMCREATED\n")
        client = self.start("--config", path, "tail")
        self.wait_reading()
        self.assertEqual(agent.requests_of("create")[0].json, {"tag": "a # b = c", "includeInvisible": True})
        agent.push(small(1))
        self.wait_end(client)
        self.assert_printed(client, [small(1)])
        self.assertIn(" debug: ", client.err, "-vv -q")

    def test_the_command_line_wins(self):
        agent = self.start_agent()
        path = self.config("agent = https://localhost:1\nsession-token-file = /missing\ncount = 5\n"
                           "pin = AAAA\npin = BBBB\ntag = file\njson\n")
        client = self.tail("--tag", "argv", "--count", "1", f"--config={path}", "--pin",
                           certificates.pin(f"{certificate_folder()}/good.pem"))
        self.wait_reading()
        self.assertEqual(agent.requests_of("create")[0].json, {"tag": "argv"})
        agent.push(small(1))
        self.wait_end(client)
        self.assert_printed(client, [small(1)])

    def test_one_file_for_several_commands(self):
        agent = self.start_agent()
        path = self.config(self.connection() + "json\ncount = 1\nexec = false\nstate = /missing/state\n"
                           "reclaim\nscopes = INTERNAL\ncookie-name = a\n[output siren]\nfile = /dev/null\n[[\n")
        agent.create_feed()
        for command in ("list", "create", "health", "info"):
            client = self.start(command, "--config", path)
            self.wait_end(client)
            self.assertEqual(client.line_count, 1)
            self.assertNotRegex(client.err, "symfeed: |warning|error")

    def test_mistakes_name_file_and_line(self):
        for text, says in (
                ("\n# a\nnonsense = 1\n", "3: no such option"),
                ("secret-of-somebody\n", "1: no such option"),
                ("jso\n", "1: no such option"), ("--json\n", "1: no such option"), ("= 1\n", "1: no such option"),
                ("config = x\n", "1: no such option"), ("help\n", "1: no such option"),
                ("agent\n", "1: agent: give a value"), ("agent =\n", "1: agent: give a value"),
                ("json = perhaps\n", "1: json: say yes or no"), ("json =\n", "1: json: say yes or no"),
                ("json\njson\n", "2: json: given twice"), ("tag = a\ntag = a\n", "2: tag: given twice"),
                ("count = 0\n", "1: count: give a whole number"), ("log = xml\n", "1: log: give text, journal"),
                ("first-wait = 31\n", "1: first-wait: the first wait is longer than"), ("types = A,\n", "1: types: give names"),
                ("tag = a\x1b[31m\n", "1: take the control characters out"),
                ("json\na\0b", " this is no configuration file"), ("pin = a\n" * 9, "9: pin: give at most 8"),
                ("user = bot\n", "1: user: they are two ways to sign in"), ("exec-timeout = 5\n", "1: exec-timeout: give --exec, too")):
            with self.subTest(text=text):
                done = run("tail", "--agent", "https://localhost:1", "--session-token-file",
                           self.path("token", SECRET), "--config", self.config(text))
                self.assertEqual((done.returncode, done.stdout), (2, b""))
                error = done.stderr.decode()
                self.assertRegex(error, rf"\Asymfeed: [^\n]*conf:{says}[^\n]*\n\Z")
                self.assertNotIn("secret", error)

    def test_files_that_cannot_be_read(self):
        pipe = self.path("pipe")
        os.mkfifo(pipe)
        for path, says in ((self.path("missing"), "--config: .*No such file"), (self.folder, "--config: .*irectory"),
                           (pipe, "--config: name a regular file"), ("/dev/zero", "--config: name a regular file"),
                           ("a\nb", "--config: name a file"),
                           (self.config("#" * 40_000), "conf: too large; give at most")):
            done = run("tail", "--config", path)
            self.assertEqual((done.returncode, done.stdout), (2, b""))
            self.assertRegex(done.stderr.decode(), rf"\Asymfeed: [^\n]*{says}[^\n]*\n\Z")

    def test_a_mistake_that_the_library_finds(self):
        self.start_agent()
        path = self.config(self.connection() + f"tag = {'x' * 101}\n")
        client = self.start("tail", "--config", path)
        self.wait_end(client, 2)
        self.assertRegex(client.err, r"\Asymfeed: [^\n]*/conf:\d: tag: the tag must[^\n]*\n\Z")

    def test_the_same_lines_serve_alarm(self):
        """Up to the first section; what is alarm's own is left alone by a command that has it not."""
        with open(os.path.join(ROOT, "examples", "alarm", "alarm.conf"), encoding="utf-8") as file:
            text = file.read().replace("rsa-key = ", f"rsa-key = {made('keys')['rsa2048-pkcs8']} #").replace(" #/run", "\n#/run")
        text = re.sub(r"(?m)^rsa-key = .*", f"rsa-key = {made('keys')['rsa2048-pkcs8']}", text)
        client = self.start("tail", "--config", self.config(text), "--ca",
                            certificates.ca_path(certificate_folder()), "--max-wait", "60")
        self.wait_error(client, "next try in")
        client.end()


class Types(EndToEnd):

    def test_names_that_are_not_known_get_a_warning_everywhere(self):
        for command in ("tail", "legacy"):
            agent = self.start_agent()
            client = self.start(command, *self.access(), "--types", "ROOMCREATED,ROOMCREATE,roomcreated")
            self.wait_error(client, "Z warning: --types: (ROOMCREATE|roomcreated) is not known here.*\n", 2)
            self.assertEqual(client.err.count("warning"), 2)
            client.end()
            del agent


class Reader(EndToEnd):
    """Standard output that is closed at the other end."""

    def test_head_ends_it_without_a_word_about_refusals(self):
        agent = self.start_agent()
        agent.create_feed()
        agent.push(messages(3))
        errors = self.path("errors")
        for command in ("tail", "legacy"):
            if command == "legacy":
                agent = self.start_agent()
            client = self.start("-c", f'"$0" "$@" 2>{errors} | head -1', SYMFEED, command, *self.access(), "--json",
                                program="/bin/sh")
            if command == "legacy":
                self.wait_reading()
                agent.push(messages(3))
            self.wait_lines(client, 1)
            for number in range(4, 100):
                if client.status is None:
                    agent.push(message(number))
                    client.wait_for(lambda c: c.status is not None, 0.2)
            self.wait_end(client)
            with open(errors, encoding="utf-8") as file:
                text = file.read()
            self.assertRegex(text, "error: standard output: Broken pipe; the current event ")
            self.assertNotIn("refused", text)
            self.assertNotIn("warning", text)


class Completion(EndToEnd):
    """The completion for bash, as an interactive shell would call it."""

    def complete(self, line):
        script = os.path.join(ROOT, "examples", "symfeed", "symfeed.bash")
        words = [word for word in re.split(r"\s+|(=)", line) if word is not None]
        words = [word for number, word in enumerate(words) if word or number == len(words) - 1]
        done = subprocess.run(
            ("bash", "-c", 'cd "$1"; . "$2"; shift 2; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _symfeed; '
             'printf "%s\\n" "${COMPREPLY[@]}"', "bash", self.folder, script, *words),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=True, timeout=60)
        self.assertEqual(done.stderr, b"")
        return done.stdout.decode().split("\n")[:-1]

    def test_commands(self):
        self.assertEqual(self.complete("symfeed "), list(COMMANDS))
        self.assertEqual(self.complete("symfeed da"), ["datahose"])
        self.assertEqual(self.complete("symfeed --tag list l"), ["legacy", "list"])
        self.assertEqual(self.complete("symfeed help he"), ["health", "help"])
        self.assertEqual(self.complete("symfeed tail "), [""])

    def test_options_of_the_command(self):
        for command in COMMANDS:
            helped = re.findall(r"(?m)^  (?:-\w, )?(--[\w-]+)", run("help", command).stdout.decode())
            self.assertEqual(self.complete(f"symfeed {command} --"), helped)
        self.assertEqual(self.complete("symfeed --tag list legacy --sta"), ["--state", "--stats"])
        self.assertEqual(self.complete("symfeed --recl"), ["--reclaim"])
        self.assertEqual(self.complete("symfeed list --recl"), [""])

    def test_values(self):
        self.path("a file", "")
        self.assertEqual(self.complete("symfeed tail --ca a"), ["a file"])
        self.assertEqual(self.complete("symfeed tail --config=a"), ["a file"])
        self.assertEqual(self.complete("symfeed tail --log "), ["text", "journal", "json"])
        self.assertEqual(self.complete("symfeed tail --log=j"), ["journal", "json"])
        self.assertEqual(self.complete("symfeed tail --types "), list(TYPES))
        self.assertEqual(self.complete("symfeed tail --types MESSAGESENT,ROOMC"), ["MESSAGESENT,ROOMCREATED"])
        self.assertEqual(self.complete("symfeed datahose --scopes INTERNAL,E"), ["INTERNAL,EXTERNAL"])
        self.assertEqual(self.complete("symfeed tail --tag "), [""])


class Datahose(EndToEnd):
    """What the options of a datahose make."""

    def hose(self, *options):
        client = self.start("datahose", *self.access(), "--json", *options)
        self.wait_reading()
        return client

    def body(self):
        return self.agent.requests_of("datahose")[0].json

    def test_types_and_scopes_as_given(self):
        self.start_agent()
        client = self.hose("--types", ",".join(TYPES), "--scopes", "INTERNAL,EXTERNAL,FEDERATED",
                           "--tag", "t" * 80, "--no-presence")
        body = self.body()
        self.assertEqual((body["type"], body["eventTypes"], body["scopes"], body["tag"]),
                         ("datahose", list(TYPES), ["INTERNAL", "EXTERNAL", "FEDERATED"], "t" * 80))
        self.assertFalse(body["updatePresence"])
        self.assertNotIn("warning", client.err, "all of these are known")

    def test_the_agent_chooses_what_is_printed(self):
        agent = self.start_agent()
        agent.fault(on="datahose", events=[json.loads(message(1))])
        client = self.hose("--types", "ROOMCREATED")
        self.wait_lines(client, 1)
        self.assertEqual(json.loads(client.lines[0])["type"], "MESSAGESENT")

    def test_types_that_are_not_known_are_sent_with_a_warning(self):
        self.start_agent(event_types=(*TYPES, "MESSAGESEND", "messagesent"))
        client = self.hose("--types", "MESSAGESENT,MESSAGESEND,messagesent")
        self.assertEqual(self.body()["eventTypes"], ["MESSAGESENT", "MESSAGESEND", "messagesent"])
        self.wait_error(client, "Z warning: --.*\n", 2)
        warnings = [line for line in client.err.splitlines() if "Z warning: --" in line]
        self.assertEqual(len(warnings), 2)
        self.assertIn("--types: MESSAGESEND ", warnings[0])
        self.assertIn("--types: messagesent ", warnings[1])

    def test_scopes_that_are_not_known_get_a_warning(self):
        client = self.start("datahose", "--agent", "https://localhost:1", "--session-token-file",
                            self.path("token", SECRET), "--fanout", "--scopes", "INTERNAL,internal")
        self.wait_error(client, "next try")
        self.assertEqual(re.findall("Z warning: (--.*) is not known here", client.err),
                         ["--scopes: internal"])

    def test_qq_does_not_warn_of_names(self):
        self.start_agent(event_types=("NEWTYPE",))
        client = self.hose("-qq", "--types", "NEWTYPE")
        client.end()
        self.assertEqual(client.err, "")

    def test_the_tag_is_made_of_the_user_whichever_way_it_signs_in(self):
        self.start_agent()
        self.hose("--types", "MESSAGESENT", "--user", "bot é")
        self.assertEqual(self.body()["tag"], "datahose-bot é")

    def test_fanout_needs_no_types(self):
        self.start_agent()
        self.hose("--fanout")
        self.assertEqual(self.body()["type"], "fanout")
        self.assertFalse(self.body().get("eventTypes"))


class State(EndToEnd):
    """--state: the legacy feed's id across restarts."""

    def setUp(self):
        super().setUp()
        self.state = self.path("state")

    def legacy(self, *options, state=None):
        """A legacy feed that is being read, and what the file holds then."""
        client = self.start("legacy", *self.access(), "--json", "--state", state or self.state,
                            *options)
        self.wait_reading()
        return client

    def kept(self):
        with open(self.state, encoding="ascii") as file:
            return file.read()

    def feed_ids(self):
        return [request.feed_id for request in self.agent.requests_of("legacy_read")]

    def deliver_to(self, client, text):
        """When an event is out, the feed it came from has been written."""
        self.agent.push(text)
        self.wait_client(client, lambda c: text in c.lines, "an event")

    def test_the_next_process_goes_on_with_the_same_feed(self):
        agent = self.start_agent()
        client = self.legacy()
        self.deliver_to(client, small(1))
        self.assertEqual(self.kept(), self.feed_ids()[0] + "\n")
        self.assertEqual(os.stat(self.state).st_mode & 0o7777, 0o600)
        client.end()
        self.wait_left()
        agent.push(small(2))
        second = self.legacy()
        self.wait_lines(second, 1)
        self.assertEqual(second.lines, [small(2)], "it waited there")
        self.assertEqual(len(set(self.feed_ids())), 1)
        self.assertEqual(len(agent.requests_of("legacy_create")), 1)
        self.assertEqual(os.listdir(self.folder).count("state.new"), 0)
        self.assertNotIn("--state", second.err)

    def test_the_cookie_is_kept_in_the_second_line(self):
        self.start_agent(set_cookies=("AWSALB=first/+=; Path=/; Secure",))
        client = self.legacy()
        self.deliver_to(client, small(1))
        self.assertEqual(self.kept(), self.feed_ids()[0] + "\nAWSALB=first/+=\n")
        client.end()
        self.agent.set_cookies = ("AWSALB=second; Path=/",)
        second = self.legacy()
        self.assertIn("AWSALB=first/+=", str(self.agent.requests_of("legacy_read")[-1].headers))
        self.deliver_to(second, small(2))
        self.assertEqual(self.kept(), self.feed_ids()[0] + "\nAWSALB=second\n")

    def test_a_cookie_by_its_name(self):
        self.start_agent(set_cookies=("AWSALB=no; Path=/", "stay=here; Path=/"))
        client = self.legacy("--cookie-name", "stay")
        self.deliver_to(client, small(1))
        self.assertEqual(self.kept().splitlines()[1:], ["stay=here"])

    def test_a_feed_that_is_gone_is_replaced_there(self):
        agent = self.start_agent()
        client = self.legacy()
        self.deliver_to(client, small(1))
        agent.expire_feeds()
        self.wait_requests("legacy_create", 2)
        self.wait_reading()
        self.deliver_to(client, small(2))
        self.assertEqual(self.kept(), self.feed_ids()[-1] + "\n")
        self.assertNotEqual(self.feed_ids()[0], self.feed_ids()[-1])

    def test_what_cannot_be_read_is_told_and_begins_anew(self):
        for garbage in (b"\n", b"id\ncookie\nmore\n", b"a\x00b\n", b"a\x1bb\n", b"\xff\xfe\n",
                        b"x" * 5000, b"id\nno cookie\n", b"id\n\xe9=1\n"):
            with self.subTest(garbage=garbage[:20]):
                self.start_agent()
                with open(self.state, "wb") as file:
                    file.write(garbage)
                client = self.legacy()
                self.wait_error(client, r"warning: --state: .*new feed\n")
                self.deliver_to(client, small(1))
                self.assertEqual(len(re.findall(r"warning: --state: ", client.err)), 1)
                self.assertEqual(self.kept(), self.feed_ids()[0] + "\n")
                self.assertEqual(len(self.agent.requests_of("legacy_create")), 1)
                client.end()

    def test_an_empty_file_is_as_none(self):
        self.start_agent()
        client = self.legacy(state=self.path("state", ""))
        self.deliver_to(client, small(1))
        self.assertNotIn("--state", client.err)
        self.assertEqual(self.kept(), self.feed_ids()[0] + "\n")

    def test_what_cannot_be_written_is_told_once_and_the_feed_goes_on(self):
        agent = self.start_agent()
        client = self.legacy(state=self.path(os.path.join("missing", "state")))
        self.deliver_to(client, small(1))
        agent.expire_feeds()
        self.wait_requests("legacy_create", 2)
        self.wait_reading()
        self.deliver_to(client, small(2))
        client.end()
        self.assertEqual(len(re.findall("warning: --state: .*No such file", client.err)), 1)

    def test_sigterm_finishes_what_came_with_the_event_in_hand(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            agent = self.start_agent()
            client = self.legacy("--exec", f"trap '' TERM; kill -{int(number)} $PPID",
                                 state=self.path(f"state-{number}"))
            agent.push([small(count) for count in range(3)])
            self.wait_end(client)
            self.assert_printed(client, [small(count) for count in range(3)])
            self.wait_left()
            self.assertEqual(len(agent.requests_of("legacy_read")), 1)

    def test_sigterm_does_not_wait_long_for_the_rest_of_a_batch(self):
        agent = self.start_agent()
        agent.fault(on="legacy_read", skip=1, dribble=[2000, 3600])
        client = self.legacy()
        self.deliver_to(client, small(0))
        self.wait_reading()
        agent.push([small(1), padded(6000, 2)])
        self.wait_lines(client, 2)
        client.signal(signal.SIGTERM)
        self.wait_end(client)
        self.assert_printed(client, [small(0), small(1)])

    def test_types_are_chosen_from_what_came(self):
        agent = self.start_agent()
        client = self.legacy("--types", "ROOMCREATED", "--count", "1")
        agent.push([message(1), small(1)])
        self.wait_end(client)
        self.assert_printed(client, [small(1)])


class Calls(EndToEnd):
    """Commands that make one call: what they leave with."""

    def call(self, command, *options, status=0, **more):
        client = self.start(*command.split(), *self.access(), *options, **more)
        self.wait_end(client, status)
        return client

    def test_options_that_all_commands_take(self):
        agent = self.start_agent()
        for command in (*CALLS, "version"):
            words = f"delete {agent.create_feed().id}" if command == "delete" else command
            client = self.call(words, "--json", "--stats", "-v", "--window", "20000", "--tokens",
                               "600", "--tag", "t", "--proxy", "")
            self.assertNotRegex(client.err, "symfeed: |error|warning")
            self.assertEqual("heap_peak" in client.err, command != "version")

    def test_an_id_behind_two_dashes(self):
        agent = self.start_agent()
        agent.create_feed(feed_id="-v_f")
        client = self.start("delete", *self.access(), "--", "-v_f")
        self.wait_end(client)
        self.assertEqual(client.out, b"")
        self.assertEqual(agent.feeds, {})

    def test_a_call_that_is_stopped_was_not_answered(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            agent = self.start_agent()
            fault = agent.fault(on="list", silent=True)
            client = self.start("list", *self.access())
            self.struck_by(fault)
            client.signal(number)
            self.wait_end(client, 1)
            self.assertEqual(client.out, b"")
            self.wait_error(client, "Z error: list: stopped")

    def test_standard_output_that_is_full(self):
        agent = self.start_agent()
        agent.create_feed()
        with open("/dev/full", "wb") as full:
            for command in ("list", "create", "health", "info"):
                client = self.call(command, status=1, stdout=full)
                self.wait_error(client, r"standard output: [^;]*\n")

    def test_health_and_info_do_without_a_sign_in(self):
        agent = self.start_agent()
        for command in ("health", "info"):
            for options in ((), ("--session-token-file", self.path("missing")),
                            ("--user", "u" * 200, "--rsa-key", self.path("missing"))):
                client = self.start(command, "--agent", agent.url, *self.trust(), *options)
                self.wait_end(client)
                self.assertEqual(client.line_count, 1)

    def test_health_is_0_only_where_every_service_and_every_user_is_up(self):
        up, down = {"status": "UP"}, {"status": "DOWN"}
        good = {"services": {"pod": up, "datafeed": {"version": "1", **up}},
                "users": {"agentservice": up}}
        for health, status in (
                (good, 0),
                ({**good, "status": "UP"}, 0),
                ({**good, "status": "DOWN"}, 1),
                ({**good, "services": {"pod": up, "datafeed": down}}, 1),
                ({**good, "services": {"pod": down, "datafeed": up}}, 1),
                ({**good, "users": {"agentservice": up, "ceservice": down}}, 1),
                ({**good, "users": {"agentservice": up, "ceservice": {}}}, 1),
                ({**good, "users": {"agentservice": up, "ceservice": None}}, 1),
                ({**good, "users": {"agentservice": {"status": None}}}, 1),
                ({**good, "users": {"agentservice": {"status": "UPS"}}}, 1),
                ({**good, "users": {"agentservice": {"status": "up"}}}, 1),
                ({**good, "users": {"agentservice": {"status": {"UP": "UP"}}}}, 1),
                ({**good, "users": {"agentservice": "UP"}}, 1),
                ({**good, "users": [up]}, 1),
                ({**good, "users": {}}, 1),
                ({"services": good["services"]}, 1),
                ({"users": good["users"]}, 1),
                ({}, 1)):
            for code in (200, 503):
                with self.subTest(health=health, code=code):
                    agent = self.agent or self.start_agent()
                    agent.fault(on="health", status=code, body=json.dumps(health, indent=1))
                    client = self.call("health", status=status)
                    self.assertEqual(json.loads(client.out), health)
                    self.assertEqual(client.line_count, 1)

    def test_health_that_was_cut_is_not_up(self):
        agent = self.start_agent()
        agent.health["services"] = {"pod": {"status": "UP", "note": "x" * 3000}}
        client = self.call("health", "--window", "1024", status=1)
        self.assertTrue(json.loads(client.out)["symfeed"]["truncated"])


class Count(EndToEnd):

    def test_count_leaves_with_0_once_the_batch_is_acknowledged(self):
        agent, client = self.follow("--count", "3")
        agent.push(messages(2))
        self.wait_lines(client, 2)
        self.assertIsNone(client.status)
        agent.push(messages(3, 2))
        self.wait_end(client)
        self.wait_acknowledged(messages(5))
        self.assert_printed(client, messages(5), "at least 3: its batch is finished")

    def test_count_1(self):
        agent, client = self.follow("--count", "1")
        agent.push(message(1))
        self.wait_end(client)
        self.wait_acknowledged([message(1)])

    def test_count_does_not_wait_for_the_answer_to_the_last_read(self):
        """The agent may hold it for 30 s. What it has refused comes again."""
        for how in ({"status": 503}, {"reset": True}, {"close_before": True}):
            with self.subTest(how=how):
                agent = self.start_agent()
                agent.create_feed()
                agent.push(message(1))
                agent.fault(on="read", skip=1, **how)
                client = self.tail("--json", "--count", "1")
                self.wait_end(client)
                self.assert_printed(client, [message(1)])

    def test_count_with_a_batch_that_is_cut_waits_for_the_whole_one(self):
        agent = self.start_agent()
        agent.create_feed()
        agent.push(messages(3))
        agent.fault(on="read", cut_body=-30)
        client = self.tail("--json", "--count", "1")
        self.wait_end(client)
        self.wait_acknowledged(messages(3))
        self.assert_printed(client, messages(3))

    def test_count_counts_what_is_printed(self):
        agent = self.start_agent()
        client = self.tail("--json", "--count", "1", "--types", "ROOMCREATED")
        self.wait_reading()
        agent.push(message(1))
        self.wait_acknowledged([message(1)])
        self.assertIsNone(client.status)
        self.wait_reading()
        agent.push(small(1))
        self.wait_end(client)
        self.wait_acknowledged([small(1)])


class Signals(EndToEnd):

    def test_sigterm_and_sigint_end_a_long_poll_at_once_with_0(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            agent, client = self.follow()
            self.deliver(client, message(1))
            client.signal(number)
            self.wait_end(client)
            self.assert_printed(client, [message(1)])

    def test_the_event_in_hand_is_finished_and_a_complete_batch_acknowledged(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(signal=number):
                marker = self.path(f"go-{number}")
                agent, client = self.follow(
                    "--exec", f"trap '' TERM; echo begun >&2; while [ ! -e '{marker}' ]; do "
                              "sleep 0.05; done")
                agent.push(message(1))
                self.wait_error(client, "begun")
                client.signal(number)
                self.path(f"go-{number}", "")
                self.wait_end(client)
                self.wait_acknowledged([message(1)])
                self.assert_printed(client, [message(1)])

    def test_what_was_not_taken_comes_to_the_next_process(self):
        agent, client = self.follow("--exec", "trap '' TERM; kill -TERM $PPID")
        agent.push(messages(3))
        self.wait_end(client)
        self.assert_printed(client, [message(0)])
        self.assertEqual(agent.acknowledged, [])
        second = self.tail("--json")
        self.wait_lines(second, 3)
        self.wait_acknowledged(messages(3))
        self.assert_printed(second, messages(3))

    def test_no_read_is_sent_after_the_one_that_acknowledges(self):
        agent, client = self.follow("--exec", "trap '' TERM; kill -TERM $PPID")
        agent.push(message(1))
        self.wait_end(client)
        self.wait_acknowledged([message(1)])
        self.wait_left()
        self.assertEqual(len(agent.requests_of("read")), 2)

    def test_stdout_that_nobody_reads_any_more_ends_it_and_the_event_comes_again(self):
        theirs, ours = os.pipe()
        agent = self.start_agent()
        agent.create_feed()
        client = self.tail("--json", stdout=ours)
        os.close(ours)
        self.wait_reading()
        os.close(theirs)
        agent.push(messages(2))
        self.wait_end(client, 1)
        self.wait_error(client, "standard output: .*not acknowledged")
        self.assertEqual(agent.acknowledged, [])
        second = self.tail("--json")
        self.wait_lines(second, 2)
        self.wait_acknowledged(messages(2))

    def test_stdout_that_is_full_ends_it(self):
        agent = self.start_agent()
        agent.create_feed()
        agent.push(message(1))
        with open("/dev/full", "wb") as full:
            client = self.tail("--json", stdout=full)
        self.wait_end(client, 1)
        self.assertEqual(agent.acknowledged, [])

    def test_stdout_that_reaches_the_limit_of_a_file_ends_it(self):
        agent = self.start_agent()
        agent.create_feed()
        agent.push(message(1))
        with open(self.path("out"), "wb") as out:
            client = self.start("-c", 'ulimit -f 0 && exec "$0" "$@"', SYMFEED, "tail", *self.access(),
                                "--json", program="/bin/sh", stdout=out)
        self.wait_end(client, 1)
        self.wait_error(client, "standard output: File too large; .*not acknowledged")
        self.assertEqual(agent.acknowledged, [])

    def test_sigterm_ends_it_while_stdout_takes_no_more(self):
        theirs, ours = os.pipe()
        self.addCleanup(os.close, theirs)
        agent = self.start_agent()
        agent.create_feed()
        agent.push([events.to_json(events.sized(200_000))])
        client = self.tail("--json", "--window", "300000", stdout=ours)
        os.close(ours)
        self.wait_agent(lambda a: any(a.outstanding(f) for f in a.feeds), "a delivery")
        self.assertTrue(select.select([theirs], [], [], 30)[0])
        client.signal(signal.SIGTERM)
        self.wait_end(client)
        self.assertEqual(agent.acknowledged, [], "it was not printed whole")


class Exec(EndToEnd):
    """--exec: a command for each event."""

    def test_the_event_on_standard_input_and_its_pieces_in_the_environment(self):
        out = self.path("out")
        event = events.generate("MESSAGESENT", random.Random(3), quote='"')
        sent = event["payload"]["messageSent"]["message"]
        sent["message"] = '<div data-format="PresentationML">a &amp; b<br/>$(touch x) `y`</div>'
        text = events.to_json(event)
        agent, client = self.follow("--exec", f"cat >'{out}.in'; env >'{out}.env'; printf %s "
                                              f"\"$SYMFEED_TEXT\" >'{out}.text'")
        self.deliver(client, text)
        with open(out + ".in", encoding="utf-8") as file:
            self.assertEqual(file.read(), text + "\n")
        with open(out + ".env", encoding="utf-8") as file:
            variables = file.read().split("\n")
        self.assertIn("SYMFEED_TYPE=MESSAGESENT", variables)
        self.assertIn(f"SYMFEED_ID={event['id']}", variables)
        self.assertIn(f"SYMFEED_STREAM={sent['stream']['streamId']}", variables)
        with open(out + ".text", encoding="utf-8") as file:
            self.assertEqual(file.read().strip(), "a & b\n$(touch x) `y`")

    def test_nothing_in_the_environment_can_steer_a_terminal(self):
        """Of control characters tabs alone, and in the text line feeds; nothing hidden."""
        out = self.path("out")
        control = "".join(map(chr, (*range(1, 0x20), *range(0x7f, 0xa0))))
        hidden = "\u061c\u200e\u200f\u202a\u202e\u2066\u206f\U000e0001\U000e007f"
        evil = f"a{control}{hidden}\u2028b"
        event = events.generate("MESSAGESENT", random.Random(3))
        event["id"] = evil
        sent = event["payload"]["messageSent"]["message"]
        sent["stream"]["streamId"] = evil
        sent["message"] = f"<div>{'x' + control + hidden}\u2028y</div>"
        agent, client = self.follow("--exec", f"cat /proc/self/environ >>'{out}'")
        self.deliver(client, events.to_json(event), json.dumps({"type": evil}))
        with open(out, encoding="utf-8", newline="") as file:
            values = [value.partition("=") for value in file.read().split("\0")]
        names = ["SYMFEED_TYPE", "SYMFEED_ID", "SYMFEED_STREAM", "SYMFEED_TEXT"]
        values = [(name, value) for name, _, value in values if name in names]
        self.assertEqual(sorted(name for name, _ in values), sorted(names * 2))
        for name, value in values:
            allowed = "\t\n" if name == "SYMFEED_TEXT" else "\t"
            self.assertNotRegex(value, f"[{re.escape(control.translate(dict.fromkeys(map(ord, allowed))))}"
                                       f"{hidden}\u2028]", name)
        by_name = dict(values[:4])
        for name in ("SYMFEED_ID", "SYMFEED_STREAM"):
            self.assertRegex(by_name[name], r"^a *\t *b$", name)
        self.assertRegex(by_name["SYMFEED_TEXT"], r"x[ \t\n]+y")
        self.assertRegex(dict(values[4:])["SYMFEED_TYPE"], r"^a *\t *b?")

    def test_values_of_one_event_are_not_left_for_the_next(self):
        out = self.path("out")
        agent, client = self.follow(
            "--exec", f"echo \"$SYMFEED_TYPE,$SYMFEED_ID,$SYMFEED_STREAM,$SYMFEED_TEXT\" >>'{out}'")
        self.deliver(client, message(1, "text"), small(2), "{}", '{"type":"X","id":null}')
        with open(out, encoding="utf-8") as file:
            lines = file.read().split("\n")
        self.assertEqual(lines[-4:], ["ROOMCREATED,id-2,,", ",,,", "X,,,", ""])

    def test_commands_that_do_not_read_or_have_much_to_read(self):
        self.start_agent()
        texts = [events.to_json(events.sized(300_000, seed)) for seed in range(2)]
        client = self.tail("--json", "--window", "400000", "--exec", "true")
        self.wait_reading()
        self.deliver(client, *texts)
        out = self.path("size")
        second = self.start_agent()
        client = self.tail("--json", "--window", "400000", "--exec", f"wc -c >>'{out}'")
        self.wait_reading(second)
        self.deliver(client, *texts)
        with open(out, encoding="ascii") as file:
            self.assertEqual([int(size) for size in file], [300_001] * 2)

    def test_a_refused_event_comes_again_and_the_rest_of_its_batch_too(self):
        marker = self.path("marker")
        agent, client = self.follow("--exec", f"grep -qv id-1 || [ -e '{marker}' ] || "
                                              f"{{ touch '{marker}'; exit 1; }}")
        pushed = [small(number) for number in range(3)]
        agent.push(pushed)
        self.wait_acknowledged(pushed)
        self.assert_printed(client, pushed, "each once, in order")
        self.assertEqual(self.stats(client)["refused"], 1)
        reads = agent.requests_of("read")
        self.assertEqual(reads[1].ack_id, reads[0].ack_id)
        self.assertGreaterEqual(reads[1].time - reads[0].answered, 0.2)

    def test_poison_is_given_up_after_three_refusals(self):
        log = self.path("log")
        agent, client = self.follow("--exec", f"read -r text; echo \"$SYMFEED_ID\" >>'{log}'; "
                                              "[ \"$SYMFEED_ID\" != id-1 ]")
        pushed = [small(number) for number in range(3)]
        agent.push(pushed)
        self.wait_acknowledged(pushed)
        self.assert_printed(client, pushed, "the poison too, when it is given up")
        with open(log, encoding="ascii") as file:
            self.assertEqual(file.read().split(), ["id-0"] + ["id-1"] * 4 + ["id-2"])
        self.wait_error(client, "refused too often")
        stats = self.stats(client)
        self.assertEqual((stats["refused"], stats["given_up"]), (3, 1))
        self.wait_reading()
        self.deliver(client, small(9))

    def test_poison_that_cannot_be_printed_either_is_not_acknowledged(self):
        agent = self.start_agent()
        agent.requeue = 1
        agent.create_feed()
        agent.push(small(1))
        with open("/dev/full", "wb") as full:
            client = self.tail("--json", "--exec", "exit 1", stdout=full)
            self.wait_end(client, 1)
        self.wait_error(client, "refused too often")
        self.wait_error(client, "standard output: .*not acknowledged")
        self.assertEqual(agent.acknowledged, [])

    def test_a_command_that_is_missing_or_killed_refuses(self):
        for command in ("/nonexistent/command", "kill -KILL $$"):
            agent, client = self.follow("--exec", command)
            agent.push(small(1))
            self.wait_acknowledged([small(1)])
            self.assertEqual(self.stats(client)["refused"], 3)

    def test_commands_inherit_no_connection_and_no_token(self):
        out = self.path("out")
        agent, client = self.follow("--exec", f"ls -l /proc/self/fd >'{out}'; env >>'{out}'")
        self.deliver(client, small(1))
        with open(out, encoding="utf-8", errors="replace") as file:
            text = file.read()
        self.assertNotIn("socket:", text)
        self.assertNotIn(agent.session_token[:60], text)

    def test_text_too_long_for_the_environment_is_cut(self):
        self.start_agent()
        client = self.tail("--json", "--window", "1000000",
                           "--exec", "[ ${#SYMFEED_TEXT} -gt 1000 ]")
        self.wait_reading()
        self.deliver(client, message(1, "é word " * 40_000))

    def test_signals_and_pipes_work_in_commands(self):
        agent, client = self.follow("--exec", "yes | head -1 >/dev/null; test $(yes | head -2 | "
                                              "wc -l) -eq 2")
        self.deliver(client, small(1))


class First(EndToEnd):
    """examples/first.c, the program that people copy."""

    def setUp(self):
        super().setUp()
        build = os.environ.get("SYMFEED_BUILD", os.path.join(ROOT, "build"))
        self.program = os.path.join(build, "obj", "examples", "first")
        if not os.path.exists(self.program):
            self.skipTest("make examples has not built it")

    def test_wrong_use_is_one_line_and_2(self):
        for arguments, says in (((), b"first: give AGENT-URL "),
                                (("https://localhost",), b"first: give AGENT-URL "),
                                (("nonsense", __file__), b"first: the agent must be "),
                                (("https://localhost", __file__, "/missing"), b"first: /missing ")):
            done = subprocess.run((self.program, *arguments), stdout=subprocess.PIPE, timeout=60,
                                  stderr=subprocess.PIPE, check=False)
            self.assertEqual((done.returncode, done.stdout), (2, b""))
            self.assertEqual(done.stderr.count(b"\n"), 1)
            self.assertTrue(done.stderr.startswith(says), done.stderr)

    def test_no_socket_is_standard_input_output_or_error(self):
        """The library sees to that: this program does not."""
        agent = self.start_agent()
        token = self.path("token", agent.session_token + "\n")
        client = self.start("-c", 'exec "$0" "$@" <&- >&- 2>&-', self.program, agent.url, token,
                            certificates.ca_path(certificate_folder()), program="/bin/sh")
        self.wait_reading()
        folder = f"/proc/{client.pid}/fd"
        names = {name: os.readlink(os.path.join(folder, name)) for name in os.listdir(folder)}
        self.assertTrue(any(name.startswith("socket:") for name in names.values()), names)
        for number in "012":
            self.assertNotRegex(names.get(number, ""), "^(socket|pipe):")
        client.signal(signal.SIGKILL)
        self.wait_end(client, -signal.SIGKILL)

    def begin(self, **more):
        agent = self.start_agent()
        token = self.path("token", agent.session_token + "\n")
        client = self.start(agent.url, token, certificates.ca_path(certificate_folder()),
                            program=self.program, **more)
        self.wait_reading()
        return agent, client

    def end(self, client):
        client.signal(signal.SIGKILL)
        self.wait_end(client, -signal.SIGKILL)

    def test_what_is_said(self):
        agent, client = self.begin()
        pushed = [message(1, "caf\u00e9 & bar"), small(2), message(3, "bye")]
        agent.push(pushed)
        self.wait_acknowledged(pushed)
        self.assertEqual(self.wait_lines(client, 2), ["caf\u00e9 & bar", "bye"])
        self.end(client)

    def test_it_has_no_more_lines_than_it_promises(self):
        with open(os.path.join(ROOT, "examples", "first.c"), encoding="utf-8") as file:
            code = re.sub(r"/\*.*?\*/", "", file.read(), flags=re.S)
        self.assertLessEqual(len([line for line in code.splitlines() if line.strip()]), 25)

    def test_nothing_is_accepted_that_could_not_be_printed(self):
        with open("/dev/full", "wb") as full:
            agent, client = self.begin(stdout=full)
            agent.push(message(1, "hello"))
            self.wait_end(client, 1)
        self.assertEqual(agent.acknowledged, [])


if __name__ == "__main__":
    unittest.main()
