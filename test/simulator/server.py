# SPDX-License-Identifier: Apache-2.0
"""What the Agent and the proxy have in common: ports, threads, faults in a queue, a lock.

What it promises: a method may be called from any thread; `stop` (or leaving the `with` block) ends
every thread and socket. What follows from it says what a request is: it brings `_exchange`, and
`_greet`, `_settle` and `_accepted` where it needs them.
"""

import collections
import os
import select
import threading
import time

from connection import Connection


class Server:
    """One thread waits for connections, each of which has a thread of its own.

    ports  dict of the Ports to listen on;  log: called with one line for each breach, or None
    """

    def __init__(self, ports, log):
        self._ports, self.log = ports, log
        self._lock = threading.RLock()
        self._changed = threading.Condition(self._lock)
        self._started, self._stopping = time.monotonic(), False
        self._threads = set()
        self._acceptor = None
        self._live = {}  # number -> Connection that is open
        self._breaches, self._faults = [], []
        self.counters = collections.Counter()
        self._wake_out, self._wake_in = os.pipe()

    # -- starting and ending ---------------------------------------------------------------------

    def start(self):
        try:
            for port in self._ports.values():
                port.open()
        except OSError:
            self._close_ports()
            raise
        self._acceptor = self._spawn(self._accept_loop)
        return self

    def stop(self):
        """Ends all: threads, connections, ports. May be called twice."""
        with self._changed:
            if self._stopping:
                return
            self._stopping = True
            self._changed.notify_all()
        os.write(self._wake_in, b"!")
        if self._acceptor:
            self._acceptor.join(10)
        # The ports first: whoever comes back at once is refused, and not left in a queue.
        self._close_ports()
        self.drop_connections()
        self._join_all()
        os.close(self._wake_in)
        os.close(self._wake_out)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def _close_ports(self):
        for port in self._ports.values():
            port.close()

    def _join_all(self, seconds=10):
        """Waits for the end of all threads, and of those to come."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            with self._lock:
                others = self._threads - {threading.current_thread()}
            if not others:
                return
            for thread in others:
                thread.join(max(deadline - time.monotonic(), 0))

    # -- for tests -------------------------------------------------------------------------------

    def drop_connections(self, reset=False):
        """Closes every connection now, by a TCP reset if so wished."""
        with self._lock:
            connections = list(self._live.values())
        for connection in connections:
            connection.shut(reset)

    def wait_for(self, condition, timeout=10.0):
        """Waits until `condition(self)` holds; returns its last value, false after the timeout.

        It is asked again whenever something has happened.
        """
        with self._changed:
            return self._changed.wait_for(lambda: condition(self), timeout)

    @property
    def breaches(self):
        """What clients did against the rules, one line each; empty for a good client."""
        with self._lock:
            return list(self._breaches)

    @property
    def faults(self):
        """The faults that are still to come."""
        with self._lock:
            return list(self._faults)

    # -- small helpers ---------------------------------------------------------------------------

    def _now(self):
        return time.monotonic() - self._started

    def _spawn(self, function, *arguments):
        def run():
            try:
                function(*arguments)
            finally:
                self._threads.discard(threading.current_thread())

        thread = threading.Thread(target=run, daemon=True)
        with self._lock:  # `stop` must not find one that has not started
            self._threads.add(thread)
            thread.start()
        return thread

    def _note(self, request, text):
        line = f"{request.label}: {text}"
        with self._changed:
            self._breaches.append(line)
            self._changed.notify_all()
        if self.log:
            self.log(f"breach: {line}")

    def _hits(self, fault):
        """With the lock held: whether the fault, whose turn it is, does not let this one pass."""
        if fault.skip > 0:
            fault.skip -= 1
            return False
        self._use(fault)
        return True

    def _use(self, fault):
        fault.used += 1
        fault.times -= fault.times > 0
        if fault.times == 0:
            self._faults.remove(fault)
        self.counters["faults"] += 1
        self._changed.notify_all()

    # -- connections -----------------------------------------------------------------------------

    def _accept_loop(self):
        while not self._stopping:
            pauses = [self._settle(port) for port in self._ports.values()]
            pause = min((pause for pause in pauses if pause is not None), default=None)
            ports = {port.listener: port for port in self._ports.values() if port.listener}
            readable, _, _ = select.select([self._wake_out, *ports], [], [], pause)
            if self._wake_out in readable:
                os.read(self._wake_out, 4096)
            else:
                for listener in readable:
                    self._accept(ports[listener])

    def _settle(self, port):
        """Opens or closes the port; returns seconds until the next look (or None)."""

    def _accept(self, port):
        sock = port.accept()
        if sock is None:
            return
        with self._changed:
            self.counters["connections"] += 1
            connection = Connection(sock, self.counters["connections"], self._now(), port.role)
            self._live[connection.number] = connection
            arguments = self._accepted(connection, port)
            self._changed.notify_all()
        self._spawn(self._serve, connection, *arguments)

    def _accepted(self, connection, port):
        """With the lock held: a connection is there; returns further arguments of `_greet`."""
        return ()

    def _serve(self, connection, *arguments):
        try:
            if self._greet(connection, *arguments):
                while self._exchange(connection):
                    pass
        finally:
            with self._changed:
                self._live.pop(connection.number, None)
                connection.close(self._now())
                self._changed.notify_all()

    def _greet(self, connection):
        """Everything before the first request; whether there will be one."""
        return True

    def _exchange(self, connection):
        """Reads a request and answers it; whether the connection lives on."""
        raise NotImplementedError

    def _over(self, connection, deadline=None):
        """Whether there is no more sense in waiting on this connection."""
        return (self._stopping or connection.peer_closed
                or deadline is not None and self._now() >= deadline)

    def _pause(self, connection, seconds):
        """Waits that long, or until the client hangs up."""
        deadline = self._now() + seconds
        while seconds > 0 and not self._over(connection, deadline):
            connection.wait(deadline - self._now())
