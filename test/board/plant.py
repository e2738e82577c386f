# SPDX-License-Identifier: Apache-2.0
"""All that is around the board: the agent simulator, the name server on the wire, the disk, and the power.

Depends on: test/simulator, machine.py, wire.py, disk.py, image.py.
"""

import os
import random
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "simulator"))

import agent as simulator  # noqa: E402
import certificates  # noqa: E402
import disk  # noqa: E402
import events  # noqa: E402
import image  # noqa: E402
import machine  # noqa: E402
import wire  # noqa: E402

NAME = "agent.plant.example"
USER = "plant-7-alarm"
GAS, EVACUATE, CLEAR = "gas in hall 2", "evacuate hall 2", "all clear"
SIREN, LAMP = 600, 3600  # seconds
PORT_OF_HOST = "10.0.2.2"  # where qemu's network has this machine

CONFIG = """\
agent = https://{name}:{port}
user = {user}
rsa-key = /etc/symfeed/rsa-key.pem
ca = /etc/symfeed/ca.pem
tag = board
state = /var/lib/symfeed-alarm/state
[output siren]
file = /var/run/symfeed-alarm/siren
[output lamp]
file = /var/run/symfeed-alarm/lamp
[rule]
keyword = gas
output = siren
seconds = {siren}
[rule]
keyword = evacuate
output = lamp
seconds = {lamp}
[rule]
keyword = all clear
output = siren
seconds = 0
[rule]
keyword = all clear
output = lamp
seconds = 0
"""


class Agent(simulator.Agent):
    """The simulator; its clock goes on with the board's."""

    ahead = 0.0

    def _now(self):
        return super()._now() + self.ahead

    def advance(self, seconds):
        with self._changed:
            self.ahead += seconds
            self.clock_offset += seconds
            self._wake_all()


class Plant:
    def __init__(self, folder, firmware, debian):
        self.folder, self._debian = folder, debian
        self._random, self.pushed = random.Random(13), 0
        made = certificates.create_more(folder, "board")
        key, public = certificates.user_key(folder, USER)
        self.agent = Agent(certificate=made["board"][0], key=made["board"][1], certificates=made, users={USER: public},
                           server_name=NAME)
        self.agent.start()
        self.wire = wire.Wire(folder, {NAME: {"A": [PORT_OF_HOST]}})
        self.disk = disk.Disk(folder)
        self._initramfs = os.path.join(folder, "initramfs")
        config = CONFIG.format(name=NAME, port=self.agent.port, user=USER, siren=SIREN, lamp=LAMP)
        files = {"rsa-key.pem": image.read(key), "ca.pem": image.read(certificates.ca_path(folder))}
        with open(self._initramfs, "wb") as file:
            file.write(image.initramfs(debian, firmware, config, files))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.agent.stop()

    # --- the board ---

    def board(self, **settings):
        """A board that has no power yet."""
        self.last_board = machine.Machine(
            self.folder, image.kernel(self._debian), self._initramfs, disk=self.disk.uri, wire=self.wire,
            **settings)
        return self.last_board

    def cut(self, board):
        board.cut()
        self.disk.cut()

    def leap(self, board, seconds):
        """The time of the board and then that of the agent goes on."""
        board.leap(seconds)
        self.agent.advance(seconds)

    # --- the agent ---

    def _event(self, text):
        return events.generate("MESSAGESENT", self._random, text=text, timestamp=int(time.time() * 1000))

    def push(self, *texts):
        """One batch of messages, for each feed there is."""
        made = [self._event(text) for text in texts]
        self.pushed += len(made) * self.agent.push(made)

    def push_early(self, text):
        """A message from before the board is there."""
        self.agent.push_to_new_feeds([self._event(text)])
        self.pushed += 1

    def ring(self, board, text=GAS, says=f"siren for {SIREN} s"):
        """A message, and the line that says that its rule has matched; until it is acknowledged."""
        self.push(text)
        board.log.wait(f"alarm.conf:.*{says}")
        self.settled()

    def wait(self, condition, what):
        if not self.agent.wait_for(condition, machine.PATIENCE):
            raise machine.Silent(f"agent: {what}; the last requests were {self.agent.requests[-5:]}")

    def reading(self):
        """Waits until the board has a read held."""
        self.wait(lambda agent: any(feed.readers for feed in agent.feeds.values()), "nobody reads")

    def settled(self):
        """Waits until all that was pushed is acknowledged and the next read is there."""
        self.wait(lambda agent: len(agent.acknowledged) == self.pushed and any(
            feed.readers for feed in agent.feeds.values()), f"not all of {self.pushed} events are acknowledged")
