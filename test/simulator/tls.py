# SPDX-License-Identifier: Apache-2.0
"""The server's side of TLS: settings, and handshakes that go wrong in a given way.

What it promises: one SSLContext for each certificate and version, kept, so that a client may
resume; `forget` makes all that was given before unknown, as a restarted server does.

Resumption and client certificates: OpenSSL refuses to resume where client certificates are asked
for and no session id context is set. Python sets one ("Python", for every context), so resumption
works here in both versions, and the certificate's subject comes back with the session. A 1.2
session without tickets, by id, is forgotten where the server has not sent close_notify, which ours
does not do when the client goes without one.
"""

import ssl

VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}
OP_IGNORE_UNEXPECTED_EOF = getattr(ssl, "OP_IGNORE_UNEXPECTED_EOF", 1 << 7)
HANDSHAKE_FAILURE = b"\x15\x03\x03\x00\x02\x02\x28"  # a fatal alert, RFC 8446 section 6
GARBAGE = b"SSH-2.0-not_what_you_think\r\n" + bytes(range(256))
VERIFY = {False: ssl.CERT_NONE, "optional": ssl.CERT_OPTIONAL, True: ssl.CERT_REQUIRED}


class Settings:
    """What contexts are made of; see class Agent for the names."""

    def __init__(self, certificates, minimum, maximum, ciphers, alpn, tickets, client_ca):
        self.certificates = certificates
        self._versions, self._ciphers = (minimum, maximum), ciphers
        self._alpn, self._tickets, self._client_ca = alpn, tickets, client_ca
        self._contexts = {}

    def context(self, name, ask=False, version=None):
        """The context with the certificate of that name ("": the Agent's own).

        ask      whether a client certificate is asked for: False, "optional" or True
        version  "1.2" or "1.3", and no other
        """
        if name not in self.certificates or self.certificates[name][0] is None:
            raise ValueError(f"no certificate {name!r}, or no TLS")
        if ask not in VERIFY:
            raise ValueError(f"require_client_certificate {ask!r}: False, 'optional' or True")
        index = (name, ask, version)
        if index not in self._contexts:
            self._contexts[index] = self._make(*index)
        return self._contexts[index]

    def forget(self):
        """Sessions and tickets given so far are not known any more."""
        self._contexts = {}

    def _make(self, name, ask, version):
        minimum, maximum = (version, version) if version else self._versions
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version, context.maximum_version = VERSIONS[minimum], VERSIONS[maximum]
        context.load_cert_chain(*self.certificates[name])
        if ask:
            if not self._client_ca:
                raise ValueError("client certificates are asked for, but there is no client_ca")
            context.load_verify_locations(self._client_ca)
            context.verify_mode = VERIFY[ask]
        if self._ciphers:
            context.set_ciphers(self._ciphers)
        if self._alpn:
            context.set_alpn_protocols(list(self._alpn))
        if not self._tickets:
            context.options |= ssl.OP_NO_TICKET
            context.num_tickets = 0
        # Python 3.9 has this on: an end without close_notify would look like a clean one.
        context.options &= ~OP_IGNORE_UNEXPECTED_EOF
        context.sni_callback = _remember_server_name
        return context


def _remember_server_name(sock, name, _context):
    """The name that the client asked for (SNI); called by `ssl` within the handshake."""
    if hasattr(sock, "sni_of"):
        sock.sni_of.server_name = name


def subject_of(sock):
    """The common name in the certificate that the client has shown; None without one."""
    subject = (sock.getpeercert() or {}).get("subject", ())
    names = [value for part in subject for key, value in part if key == "commonName"]
    return names[0] if names else ("" if subject else None)


def first_flight(context, hello):
    """What a server sends after this ClientHello (nothing, where it is not whole or no good)."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    incoming.write(hello)
    try:
        context.wrap_bio(incoming, outgoing, server_side=True).do_handshake()
    except ssl.SSLWantReadError:
        return outgoing.read()
    except (OSError, ValueError):
        pass
    return b""
