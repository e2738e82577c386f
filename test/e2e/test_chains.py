# SPDX-License-Identifier: Apache-2.0
"""Chains of certificates as they are met in the field: which are accepted, and what is said of the rest.

The rule: a chain that holds is accepted, however it comes. Where one cannot be verified, the log names
the certificate, the cause, and the setting or what to change at the server. It holds for mbedTLS 2.28,
3.6 and 4.x, and for 3.6 and 4.x built from their source.
"""

import os
import subprocess
import unittest

from harness import SYMFEED, certificate_folder, features, made, run, tls_library
from test_trust import (OTHER_NAME, REFUSED, ROOT, SETTINGS, UNKNOWN, VERSIONS, OpensslServer,
                        TlsTest, certificates, in_folder, openssl, read)

NAMED = "subjectAltName=DNS:localhost\n"
UNVERIFIED = ("TLS handshake: the server's chain has something that this build cannot verify: "
            "certificate ")
WEAK = REFUSED + "its chain has a signature by SHA-1 or another weak hash"
PSS = ("-sha256", "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32")
READS = "GET /agent/v5/datafeeds"

HAS_RSA_PSS = "no RSA-PSS" not in features()
HAS_3_6 = tls_library() >= (3, 6)
HAS_4 = tls_library() >= (4,)
# The errors of mbedTLS: in 4.x that of the module below comes in place of the one above, where the
# others add both.
OF_EXTENSION = r"\(-0x0062\)" if HAS_4 else r"\(-0x2562\)"
OF_SIGNATURE = r"\(-0x2100\)" if HAS_4 else r"\(-0x262E\)"
FROM_SOURCE = "TLS records of" in run("version").stdout.decode()
INTERMEDIATES = 12 if FROM_SOURCE else 8
SYSTEM_BUNDLE = "/etc/ssl/certs/ca-certificates.crt"


class ChainTest(TlsTest):
    """Servers that show a chain of the test's making."""

    def server(self, *chain, options=()):
        """A server that shows these (certificate, key), the first of which is its own."""
        (first, key), *others = chain
        extra = ["-cert_chain", self.path("others.pem", "".join(read(pair[0]) for pair in others))]
        return OpensslServer(self, "-cert", first, "-key", key, *(extra if others else ()),
                             "-cipher", "DEFAULT:@SECLEVEL=0", *options)

    def client(self, server, ca=None):
        return self.start("tail", "--json", "--agent", f"https://localhost:{server.port}",
                          "--session-token-file", self.path("token", "a-session-token"),
                          "--ca", ca or certificates.ca_path(certificate_folder()))

    def accepted(self, *chain, ca=None, options=()):
        server = self.server(*chain, options=options)
        client = self.client(server, ca)
        self.assertTrue(server.wait_for(READS), f"{server.text}\n{client.err}")
        self.assertTrue(client.end())
        server.stop()

    def refused(self, says, *chain, ca=None, options=()):
        """In each version of TLS that there is. What the client says, the last time."""
        said = None
        for version in VERSIONS:
            with self.subTest(version=version):
                server = self.server(*chain, options=(f"-tls{version.replace('.', '_')}", *options))
                client = self.client(server, ca)
                said = self.wait_refused(client, "list: " + says)
                self.assertTrue(client.end())
                self.assertNotIn(READS, server.text)
                server.stop()
        return said and said.group()

    def by(self, authority="ec-root", name="by", subject="/CN=by", extensions=NAMED, **how):
        return self.issue(name, subject, extensions,
                          in_folder(f"{authority}.pem") if os.sep not in authority else authority,
                          **how)


class Weak(ChainTest):
    """Signatures by SHA-1: a root's own one is nobody's business, all others are refused."""

    def setUp(self):
        super().setUp()
        self.root, self.root_key = self.issue("old-root", "/O=symfeed/CN=old root", ROOT, kind="RSA",
                                              signed=("-sha1",))
        text = subprocess.run(("openssl", "x509", "-in", self.root, "-noout", "-text"), check=True,
                              capture_output=True, text=True).stdout
        self.assertIn("sha1WithRSAEncryption", text)

    def test_a_root_that_signed_itself_by_sha_1_is_an_authority(self):
        self.accepted(self.by(self.root), ca=self.root)

    def test_such_a_root_above_an_intermediate_and_in_the_chain(self):
        middle = self.issue("middle", "/CN=middle", ROOT, self.root)
        leaf = self.by(middle[0])
        self.accepted(leaf, middle, ca=self.root)
        self.accepted(leaf, middle, (self.root, self.root_key), ca=self.root)

    def test_such_a_root_that_is_not_in_the_file(self):
        self.refused(UNKNOWN, self.by(self.root), (self.root, self.root_key))

    def test_a_leaf_signed_by_sha_1(self):
        leaf = self.by(self.root, signed=("-sha1",))
        for chain in ([leaf], [leaf, (self.root, self.root_key)]):
            said = self.refused(WEAK, *chain, ca=self.root)
            for untrue in ("expired", "another name", "unknown"):
                self.assertNotIn(untrue, said)

    def test_an_intermediate_signed_by_sha_1(self):
        middle = self.issue("middle", "/CN=middle", ROOT, self.root, signed=("-sha1",))
        said = self.refused(WEAK, self.by(middle[0]), middle, ca=self.root)
        self.assertNotIn("unknown", said)

    def test_an_intermediate_signed_by_sha_1_that_is_in_the_file(self):
        """The file says whom to trust, and how that one was signed is not part of the chain."""
        middle = self.issue("middle", "/CN=middle", ROOT, self.root, signed=("-sha1",))
        self.accepted(self.by(middle[0]), middle, ca=middle[0])

    def test_a_leaf_signed_by_sha_1_with_an_elliptic_curve(self):
        self.refused(WEAK, self.by(signed=("-sha1",)))


class Bundle(ChainTest):
    """How many of a bundle's certificates each library can read."""

    def count(self, file):
        """What the program beside the client says: read, there."""
        program = os.path.join(os.path.dirname(SYMFEED), "obj/test/e2e/roots")
        if not os.path.exists(program):
            self.skipTest(f"there is no {program}")
        said = subprocess.run((program, file), capture_output=True, text=True, check=True).stdout
        return tuple(int(number) for number in said.split())

    def test_a_bundle_of_our_own(self):
        kinds = ([("RSA", ("-sha1",))] * 3 + [("EC", ("-sha1",))] + [("RSA", ("-sha256",))] * 2
                 + [("RSA", ("-sha384",)), ("RSA", ("-sha512",)), ("EC384", ("-sha384",))])
        text = "".join(read(self.issue(f"root-{number}", f"/CN=root {number}", ROOT, kind=kind,
                                       signed=signed)[0])
                       for number, (kind, signed) in enumerate(kinds))
        self.assertEqual(self.count(self.ca(text)), (9, 9))
        constrained, _ = self.issue("constrained", "/CN=constrained", ROOT
                                    + "nameConstraints=critical,permitted;DNS:.example\n")
        by_pss, _ = self.issue("by-pss", "/CN=by pss", ROOT, kind="RSA", signed=PSS)
        self.assertEqual(self.count(self.ca(text + read(constrained))), (9, 10))
        self.assertEqual(self.count(self.ca(text + read(by_pss))), (9 + HAS_RSA_PSS, 10))

    @unittest.skipUnless(os.path.exists(SYSTEM_BUNDLE), "this system has no bundle there")
    def test_the_bundle_of_the_system(self):
        """All that it has: of Debian 12's 144 there are 30 that signed themselves by SHA-1."""
        there = read(SYSTEM_BUNDLE).count("-----BEGIN CERTIFICATE-----")
        self.assertGreater(there, 0)
        self.assertEqual(self.count(SYSTEM_BUNDLE), (there, there))


class Unjudged(ChainTest):
    """What a library, or a build of it, does not know."""

    def test_a_chain_signed_by_rsa_pss(self):
        root = self.issue("pss-root", "/CN=pss root", ROOT, kind="RSA", signed=PSS)
        middle = self.issue("pss-middle", "/CN=pss middle", ROOT, root[0], kind="RSA", signed=PSS)
        leaf = self.by(middle[0], signed=PSS)
        ca = self.ca(read(root[0]) + read(in_folder("ec-root.pem")))
        if HAS_RSA_PSS:
            self.accepted(leaf, middle, ca=root[0])
        else:
            self.refused(UNVERIFIED + r"1 \(by\): RSA-PSS, which takes "
                         r"SYMFEED_TLS_RSA_PSS \(-0x2300\)", leaf, middle, ca=ca)
            plain = self.by(middle[0], name="plain", signed=("-sha256",))
            self.refused(UNVERIFIED + r"2 \(pss middle\): RSA-PSS, ", plain, middle,
                         ca=ca)
            self.refused(UNKNOWN + ", or one of the CA file that cannot be read: RSA-PSS, which "
                         "takes SYMFEED_TLS_RSA_PSS", self.by(root[0], name="below"), ca=ca)
            done = run("tail", "--agent", "https://localhost", "--session-token-file",
                       self.path("token", "x"), "--ca", root[0])
            self.assertEqual(done.returncode, 2)
            self.assertIn(b"no certificate in it can be read: RSA-PSS, which takes "
                          b"SYMFEED_TLS_RSA_PSS\n", done.stderr)

    def test_critical_name_constraints(self):
        middle = self.issue("bank", "/O=Bank/CN=Bank Sub CA 3", ROOT
                            + "nameConstraints=critical,permitted;DNS:localhost\n",
                            in_folder("ec-root.pem"))
        self.refused(UNVERIFIED + r"2 \(Bank Sub CA 3\): critical name or policy constraints "
                     + OF_EXTENSION,
                     self.by(middle[0]), middle)

    def test_name_constraints_that_are_not_critical(self):
        """As mbedTLS has it: it does not look at what is not critical."""
        middle = self.issue("bank", "/CN=Bank", ROOT + "nameConstraints=permitted;DNS:localhost\n",
                            in_folder("ec-root.pem"))
        self.accepted(self.by(middle[0]), middle)

    def test_critical_policy_constraints(self):
        middle = self.issue("bank", "/CN=Bank", ROOT
                            + "policyConstraints=critical,requireExplicitPolicy:0\n",
                            in_folder("ec-root.pem"))
        self.refused(UNVERIFIED + r"2 \(Bank\): critical name or policy constraints " + OF_EXTENSION,
                     self.by(middle[0]), middle)

    def test_other_extensions(self):
        says = r": an unknown or malformed extension \(-0x(2[0-9A-F]{3}|0062)\)"
        for what, extension in (("unknown and critical", "1.2.3.4=critical,DER:05:00\n"),
                                ("a policy that is critical",
                                 "certificatePolicies=critical,1.2.3.4\n")):
            with self.subTest(what):
                self.refused(UNVERIFIED + r"1 \(by\)" + says, self.by(extensions=NAMED + extension))
        middle = self.issue("middle", "/CN=middle", ROOT + "2.5.29.37=DER:05:00\n",
                            in_folder("ec-root.pem"))
        self.refused(UNVERIFIED + r"2 \(middle\)" + says, self.by(middle[0]), middle)

    def test_the_certificates_name(self):
        """The last part of its subject; none where it has none; and nothing that steers a terminal."""
        broken = NAMED + "1.2.3.4=critical,DER:05:00\n"
        for subject, shown in (("/", r"1 \(\): "), ("/C=DE/O=Firma", r"1 \(Firma\): "),
                               ("/CN=Gesellschaft für Tests", r"1 \(Gesellschaft für Tests\): "),
                               ("/CN=" + "x" * 64, rf"1 \({'x' * 40}\): "),
                               ("/CN=a\x1b[2Jb\u009bc", r"1 \(a \[2Jb c\): ")):
            with self.subTest(subject):
                self.refused(UNVERIFIED + shown, self.by(subject=subject, extensions=broken))

    def test_a_signature_of_an_unknown_kind(self):
        """mbedTLS passes over a certificate that is signed in a way it does not know, and would
        judge the next one in its place."""
        root, key = self.path("ed-root.pem"), self.path("ed-root.key")
        openssl("req", "-x509", "-newkey", "ed25519", "-nodes", "-keyout", key, "-out", root,
                "-subj", "/CN=ed root", "-days", "30",
                "-config", self.path("ed.cnf", SETTINGS + ROOT), "-extensions", "made")
        leaf = self.by(root, signed=())
        says = ": its algorithms or its form " + OF_SIGNATURE
        for chain in ([leaf], [leaf, (in_folder("ec-root.pem"), None)]):
            self.refused(UNVERIFIED + r"1 \(by\)" + says, *chain)
        middle = self.issue("middle", "/CN=middle", ROOT, root, signed=())
        self.refused(UNVERIFIED + r"2 \(middle\)" + says, self.by(middle[0]), middle)

    def test_a_key_of_an_unknown_kind(self):
        key = self.path("ed.key")
        openssl("genpkey", "-algorithm", "ED25519", "-out", key)
        middle, request = self.path("middle.pem"), self.path("request")
        openssl("req", "-new", "-key", key, "-subj", "/CN=middle", "-out", request, "-config",
                self.path("middle.cnf", SETTINGS + ROOT))
        openssl("x509", "-req", "-in", request, "-days", "30", "-CA", in_folder("ec-root.pem"),
                "-CAkey", in_folder("ec-root.key"), "-extfile", self.path("middle.cnf"),
                "-extensions", "made", "-out", middle)
        self.refused(UNVERIFIED + r"2 \(middle\): its algorithms or its form \(-0x", self.by(),
                     (middle, key))

    def test_an_authority_in_the_file_that_cannot_be_read(self):
        root = self.issue("bank", "/CN=Bank Root", ROOT
                          + "nameConstraints=critical,permitted;DNS:localhost\n")
        self.refused(UNKNOWN + ", or one of the CA file that cannot be read: critical name or "
                     "policy constraints",
                     self.by(root[0]), ca=self.ca(read(root[0])
                                                  + read(in_folder("ec-root.pem"))))


class Shapes(ChainTest):
    """Length and order of a chain."""

    def chain(self, intermediates):
        """A leaf with so many intermediates below ec-root, each followed by its issuer."""
        made, above = [], in_folder("ec-root.pem")
        for number in range(intermediates, 0, -1):
            made.insert(0, self.issue(f"middle-{number}", f"/CN=middle {number}", ROOT, above))
            above = made[0][0]
        return [self.by(above), *made]

    def test_chains_of_ten_and_longer(self):
        chain = self.chain(INTERMEDIATES + 1)
        for count in (INTERMEDIATES, INTERMEDIATES + 1):
            with self.subTest(count):
                leaf = self.by(chain[len(chain) - count][0], name=f"leaf-{count}")
                whole = [leaf, *chain[len(chain) - count:]]
                if count <= INTERMEDIATES:
                    self.accepted(*whole)
                else:
                    self.refused(f"TLS handshake: the server's chain has more than {INTERMEDIATES} "
                                 r"intermediate certificates \(-0x3000\)", *whole)

    def test_a_chain_out_of_order(self):
        leaf, first, second, third = self.chain(3)
        for version in VERSIONS:
            options = (f"-tls{version.replace('.', '_')}",)
            for sent in ((second, first, third), (third, second, first), (third, first, second),
                         (second, third, first)):
                with self.subTest(version=version, sent=[pair[0][-5] for pair in sent]):
                    self.accepted(leaf, *sent, options=options)

    def test_a_chain_out_of_order_with_strangers_and_twins(self):
        leaf, first, second = self.chain(2)
        twin = self.issue("twin", "/CN=middle 2", ROOT)
        stranger = self.issue("stranger", "/CN=stranger", ROOT)
        root = in_folder("ec-root.pem"), None
        self.accepted(leaf, stranger, second, root, first, stranger)
        self.refused(UNKNOWN, leaf, stranger, twin, first)

    def test_a_leaf_that_is_not_the_first(self):
        """The first one is whom the key belongs to: there is no other way to tell."""
        leaf, first = self.chain(1)
        server = self.server((first[0], first[1]), leaf)
        self.wait_refused(self.client(server), "list: " + OTHER_NAME)

    def test_a_chain_that_is_longer_than_a_record(self):
        middle = self.issue("middle", "/CN=middle", ROOT + "nsComment=" + "x" * 9000 + "\n",
                            in_folder("ec-root.pem"))
        leaf = self.by(middle[0], extensions=NAMED + "nsComment=" + "x" * 9000 + "\n")
        self.refused("TLS handshake: the server's certificates of 18[0-9]{3} bytes are too long: "
                     "have it send fewer than 16384", leaf, middle)

    def test_a_handshake_in_pieces(self):
        chain = (made("rsa")["good-rsa"],
                 (in_folder("rsa-intermediate.pem"), None))
        pieces = "-max_send_frag", "512"
        if not HAS_3_6:
            self.refused("TLS handshake: the server sends a message in pieces, which takes Mbed TLS "
                         r"3.6.3 or a server that sends longer records \(-0x7080\)",
                         *chain, options=pieces)
            return
        for version in VERSIONS:
            self.accepted(*chain, options=(f"-tls{version.replace('.', '_')}", *pieces))

    def test_many_roots_of_one_name(self):
        roots = [self.issue(f"twin-{n}", "/O=symfeed/CN=twin", ROOT)[0] for n in range(20)]
        strangers = read(in_folder("ec-root.pem"))
        for number in (0, 7, 8, 9, 15, 16, 19):
            with self.subTest(number):
                bundle = self.ca("".join(map(read, roots[:number + 1])) + strangers)
                self.accepted(self.by(roots[number], name=f"by-{number}"), ca=bundle)
        self.accepted(self.by(roots[8], name="by-8"), ca=self.ca("".join(map(read, roots)) * 2))
        other = self.issue("other", "/O=symfeed/CN=twin", ROOT)[0]
        self.refused(UNKNOWN, self.by(other), ca=self.ca("".join(map(read, roots))))


class Alerts(ChainTest):
    """What servers say, and what they mean by it."""

    def good(self):
        return in_folder("good.pem"), in_folder("good.key")

    def test_a_server_that_does_not_speak_http_1_1(self):
        self.refused(r"TLS handshake: the server refused http/1\.1 by ALPN \(alert 120\)", self.good(),
                     options=("-alpn", "h2"))

    def test_a_renegotiation_is_not_a_wish_for_a_client_certificate(self):
        server = self.server(self.good(), options=("-tls1_2",))
        client = self.client(server)
        self.assertTrue(server.wait_for(READS), server.text)
        server.command(b"r\n")
        self.wait_refused(client, "list: TLS read: the server wants to renegotiate: have it ask "
                          r"for a certificate at once \(alert 40\)")

    def test_a_server_that_wants_a_client_certificate_still_says_so(self):
        says = {"1.2": "TLS handshake: the server wants a client certificate, it seems",
                "1.3": "TLS read: the server wants a client certificate"}
        for version in VERSIONS:
            server = self.server(self.good(), options=(f"-tls{version.replace('.', '_')}",
                                                       "-Verify", "1"))
            client = self.client(server)
            self.wait_refused(client, "list: " + says[version])
            self.assertTrue(client.end())
            server.stop()


if __name__ == "__main__":
    unittest.main()
