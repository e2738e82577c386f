# SPDX-License-Identifier: Apache-2.0
"""symphony-api-client-node, an official client, unmodified, follows the simulator.

What it is for: the simulator claims to serve anybody's bot, and not only symfeed. Here somebody
else's client signs in by key, reads its legacy feed over TLS, and gets over faults.

Depends on: node, npm, and the npm registry the first time; the package goes into the build folder
(SYMFEED_BUILD). What is missing is said, and is a failure.
"""

import json
import os
import queue
import random
import shutil
import subprocess
import tempfile
import threading
import unittest

from agent import Agent
import certificates
import events

PACKAGE = "symphony-api-client-node"
VERSION = "1.1.4"
HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.environ.get("SYMFEED_BUILD", os.path.join(HERE, "..", "..", "build"))
PATIENCE = float(os.environ.get("SYMFEED_PATIENCE", "30"))


def installed():
    """The folder of the package, installed where it is not there in this version."""
    for tool in ("node", "npm"):
        if not shutil.which(tool):
            raise AssertionError(f"no {tool}: install it, or run 'make deps'")
    top = os.path.abspath(os.path.join(BUILD, "checks", f"{PACKAGE}-{VERSION}"))
    folder = os.path.join(top, "node_modules", PACKAGE)
    if not os.path.exists(os.path.join(top, "complete")):
        os.makedirs(top, exist_ok=True)
        done = subprocess.run(
            ("npm", "install", "--prefix", top, "--no-audit", "--no-fund", "--no-save",
             "--ignore-scripts", "--omit=dev", "--fetch-retries=1", f"{PACKAGE}@{VERSION}"), cwd=top,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            timeout=10 * PATIENCE, check=False)
        if done.returncode != 0:
            raise AssertionError(f"cannot install {PACKAGE} {VERSION} from the npm registry:\n"
                                 f"{done.stdout[-2000:]}")
        with open(os.path.join(top, "complete"), "w", encoding="ascii"):
            pass
    return folder


def recipe():
    """The configuration in README.md."""
    with open(os.path.join(HERE, "README.md"), encoding="utf-8") as file:
        return json.loads(file.read().partition("```json\n")[2].partition("```")[0])


class NodeClient(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.package = installed()
        cls.folder = tempfile.TemporaryDirectory(prefix="symfeed-node-")
        cls.addClassCleanup(cls.folder.cleanup)
        cls.chain, cls.key = certificates.create(cls.folder.name)["good"]
        cls.keys = certificates.create_more(cls.folder.name, "keys")

    def setUp(self):
        self.agent = Agent(certificate=self.chain, key=self.key, strict=False,
                           separate_hosts=True, users={"bot": self.keys["rsa2048-public"]})
        self.agent.start()
        self.addCleanup(self.agent.stop)
        self.said, self.sent = queue.Queue(), 0
        folder, name = os.path.split(self.keys["rsa2048-pkcs1"])
        config = {**recipe(), "botUsername": "bot", "botPrivateKeyPath": folder + os.sep,
                  "botPrivateKeyName": name, "podPort": self.agent.pod_port,
                  "keyAuthPort": self.agent.key_manager_port, "agentPort": self.agent.port}
        environment = {**os.environ, "NODE_EXTRA_CA_CERTS": certificates.ca_path(self.folder.name)}
        self.log = tempfile.TemporaryFile()
        self.addCleanup(self.log.close)
        self.process = subprocess.Popen(
            ("node", os.path.join(HERE, "node_client.js"), self.package, json.dumps(config)),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self.log, text=True,
            env=environment)
        self.addCleanup(self.process.stdout.close)
        self.addCleanup(self.process.wait)
        self.addCleanup(self.process.kill)
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        for line in self.process.stdout:
            said = json.loads(line)
            self.said.put((said["what"], said["value"]))
        self.said.put(("end", None))

    def next(self):
        """What the client says next."""
        try:
            return self.said.get(timeout=PATIENCE)
        except queue.Empty:
            self.log.seek(0)
            return self.fail(f"the client says nothing; requests {self.agent.requests[-8:]}, refused "
                             f"{self.agent.sign_in_refusals}\n{self.log.read()[-2000:].decode()}")

    def follows(self):
        """The client signs in and makes its feed."""
        self.assertEqual(self.next(), ("user", "bot"))
        what, self.feed = self.next()
        self.assertEqual((what, [self.feed]), ("feed", list(self.agent.feeds)))
        self.assertTrue(self.agent.wait_for(
            lambda a: any(feed.readers for feed in a.feeds.values()), PATIENCE))

    def delivers(self, kind="MESSAGESENT"):
        """An event comes out of the client."""
        self.sent += 1
        event = events.generate(kind, random.Random(self.sent))
        self.assertEqual(self.agent.push(event), 1)
        expected = (("message", event["payload"]["messageSent"]["message"]["messageId"])
                    if kind == "MESSAGESENT" else
                    ("action", event["payload"]["symphonyElementsAction"]["formId"]))
        self.assertEqual(self.next(), expected)

    def gets_a_new_feed(self):
        old = self.feed
        what, self.feed = self.next()
        self.assertEqual(what, "feed")
        self.assertNotEqual(self.feed, old)
        self.agent.expire_feeds(old)  # an event that nobody takes any more
        self.delivers()

    def test_events(self):
        self.agent.hold = 2
        self.follows()
        for kind in ("MESSAGESENT", "SYMPHONYELEMENTSACTION", "MESSAGESENT"):
            self.delivers(kind)
        self.agent.wait_for(lambda a: any(r.status == 204 for r in a.requests), PATIENCE)
        self.delivers()  # after an empty answer
        self.assertEqual(self.agent.breaches, [])
        self.assertEqual([r.sign_in for r in self.agent.requests[:2]], ["rsa", "rsa"])

    def test_a_feed_that_is_gone(self):
        self.follows()
        self.delivers()
        self.agent.expire_feeds()
        self.gets_a_new_feed()

    def test_an_agent_that_is_busy(self):
        self.follows()
        self.agent.fault(on="legacy_read", status=503)
        self.delivers()  # ends the read in progress; the next one meets the fault
        self.gets_a_new_feed()

    def test_a_session_that_is_over(self):
        self.follows()
        self.agent.expire_tokens()
        self.delivers()  # ends the read in progress; the next one is refused
        self.agent.wait_for(lambda a: len(a.requests_of("session")) == 2, PATIENCE)
        self.delivers()
        self.assertEqual(self.agent.breaches, [])


if __name__ == "__main__":
    unittest.main()
