# SPDX-License-Identifier: Apache-2.0
"""Sockets of the simulator: a connection that can be waited on, and a port that can be closed.

What it is for: the Agent and the proxy speak on bare sockets, one thread for each connection.

What it promises: a wait ends at once when another thread says so (`wake`, `shut`); a port that was
closed opens again under the same number.
"""

import os
import select
import socket
import ssl
import struct
import threading


class Connection:
    """One accepted connection. For tests, to be read only:

    number, opened, closed (seconds since the Agent started; None while open), requests (count),
    tls_version, cipher, alpn, server_name, resumed (None on a plain connection), error (why the
    handshake failed), peer_closed, clean_close (by a FIN; with TLS: after a close_notify)
    host            the listener's: "agent", "pod" or "key_manager"
    client_subject  the common name in the client's certificate; None without one
    bytes_received, bytes_sent  of TCP, as the kernel counts them (sent: acknowledged); None where
                    it does not tell
    """

    def __init__(self, sock, number, now, host="agent"):
        self.sock, self.number, self.opened, self.closed = sock, number, now, None
        self.requests = 0
        self.tls_version = self.cipher = self.alpn = self.server_name = self.resumed = None
        self.host, self.client_subject, self.error = host, None, None
        self._counts = (None, None)
        self.peer_closed = self.clean_close = self.dropped = False
        self.buffer = b""
        # Another thread ends our waiting by a byte in this pipe.
        self._wake_out, self._wake_in = os.pipe()
        os.set_blocking(self._wake_out, False)
        os.set_blocking(self._wake_in, False)
        self._pipe_lock = threading.Lock()

    def __repr__(self):
        return f"Connection({self.number}, requests={self.requests}, closed={self.closed})"

    @property
    def wake_end(self):
        """Readable after `wake` or `shut`; for those who wait by themselves."""
        return self._wake_out

    def wake(self):
        with self._pipe_lock:
            if self.closed is None:
                try:
                    os.write(self._wake_in, b"!")
                except BlockingIOError:
                    pass  # full of earlier calls: it will wake

    def wait(self, seconds):
        """Returns when the peer sent something or hung up, at `wake`, or after the time."""
        sources = [self._wake_out]
        if not self.peer_closed:
            sources.append(self.sock)
            if isinstance(self.sock, ssl.SSLSocket) and self.sock.pending():
                seconds = 0
        readable, _, _ = select.select(sources, [], [], max(seconds, 0))
        if self._wake_out in readable:
            os.read(self._wake_out, 4096)
        if not self.peer_closed and (self.sock in readable or seconds == 0):
            self._receive()

    def _receive(self):
        """Takes what has arrived, without waiting for more."""
        try:
            self.sock.settimeout(0)
            data = self.sock.recv(65536)
            self.clean_close = not data
        except (BlockingIOError, ssl.SSLWantReadError):
            return  # half a TLS record, or one without data
        except (OSError, ValueError):
            data = b""
        self.peer_closed = not data
        self.buffer += data

    def send(self, data, timeout):
        """Sends all; False when the peer is gone or takes nothing for too long."""
        try:
            self.sock.settimeout(timeout)
            self.sock.sendall(data)
            return True
        except (OSError, ValueError):
            self.peer_closed = True
            return False

    def hang_up(self, goodbye=True):
        """Ends our side in order, then gives the peer a moment to end its own.

        Closing at once could turn into a reset that destroys what we sent last.
        """
        if self.dropped:
            return  # by `shut`, which has said how it is to end
        if goodbye and isinstance(self.sock, ssl.SSLSocket):
            try:
                self.sock.settimeout(0)
                self.sock.unwrap()
            except (OSError, ValueError):
                pass  # sent; the peer's own close_notify is not waited for
        try:
            socket.socket.shutdown(self.sock, socket.SHUT_WR)
            socket.socket.settimeout(self.sock, 1)
            while socket.socket.recv(self.sock, 65536):
                pass
        except (OSError, ValueError):
            pass

    def reset(self):
        """Makes the coming `close` a TCP reset."""
        try:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        except OSError:
            pass

    def shut(self, reset=False):
        """From another thread: what the connection's own thread does next fails."""
        self.dropped = True
        if reset:
            self.reset()
        try:
            # Not SSLSocket.shutdown, which would drop the encryption under the other thread.
            socket.socket.shutdown(self.sock, socket.SHUT_RD if reset else socket.SHUT_RDWR)
        except OSError:
            pass
        self.wake()

    @property
    def bytes_received(self):
        return self._count()[0]

    @property
    def bytes_sent(self):
        return self._count()[1]

    def _count(self):
        with self._pipe_lock:
            return tcp_counts(self.sock) if self.closed is None else self._counts

    def close(self, now):
        with self._pipe_lock:
            self._counts = tcp_counts(self.sock)
            self.closed = now
            os.close(self._wake_in)
            os.close(self._wake_out)
        self.sock.close()


def tcp_counts(sock):
    """(bytes received, bytes sent and acknowledged), from Linux's tcp_info; else (None, None)."""
    try:
        info = socket.socket.getsockopt(sock, socket.IPPROTO_TCP, socket.TCP_INFO, 136)
        acknowledged, received = struct.unpack_from("QQ", info, 120)
        return received, acknowledged
    except (AttributeError, OSError, struct.error):
        return None, None


class Port:
    """A port that is listened on, or that refuses for a time. The owner holds the lock.

    refuse_until  with `listener` None: when it opens again (None: not by itself)
    """

    def __init__(self, host, number, role="agent", certificate=""):
        self.host, self.number, self.role, self.certificate = host, number, role, certificate
        self.listener = self.refuse_until = None

    def open(self):
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        listener = socket.socket(family, socket.SOCK_STREAM)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((self.host, self.number))
            listener.listen(128)
            listener.setblocking(False)
        except OSError:
            listener.close()
            raise
        self.listener, self.refuse_until = listener, None
        self.number = listener.getsockname()[1]

    def close(self, until=None):
        self.refuse_until = until
        if self.listener:
            self.listener.close()
            self.listener = None

    def accept(self):
        """A socket, or None where the peer is gone again before we came to it."""
        try:
            sock, _ = self.listener.accept()
        except (OSError, AttributeError):
            return None
        sock.setblocking(True)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return sock
