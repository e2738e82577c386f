# SPDX-License-Identifier: Apache-2.0
"""A test authority and server certificates, good ones and bad ones, by the `openssl` command.

What it is for: a TLS client must accept the good certificates and refuse each of the bad ones for
its own reason. Everything is made afresh in a directory of the caller's; nothing secret is kept.

What it promises: works with OpenSSL 1.1.1, 3.0 and later (so it uses `openssl ca`, the one command
there that can set both ends of the validity in all of them); private keys have mode 0600; where
`openssl` is missing or fails, CertificateError says so in one line. Run by hand it is
`python3 certificates.py DIRECTORY`.
"""

import base64
import hashlib
import json
import os
import subprocess
import sys
import tempfile

ALWAYS = ("20200101000000Z", "20491231235959Z")
PAST = ("20200101000000Z", "20210101000000Z")
FUTURE = ("20450101000000Z", "20491231235959Z")

HERE = "DNS:localhost,IP:127.0.0.1,IP:::1"
ELSEWHERE = "DNS:elsewhere.example,IP:192.0.2.1"

# name: (kind of key, who signs, names in the certificate, validity)
SERVERS = {
    "good": ("EC", "ec-root", HERE, ALWAYS),
    "good-rsa": ("RSA", "rsa-intermediate", HERE, ALWAYS),
    "wrong-name": ("EC", "ec-root", ELSEWHERE, ALWAYS),
    "unknown-authority": ("EC", "other-root", HERE, ALWAYS),
    "expired": ("EC", "ec-root", HERE, PAST),
    "not-yet-valid": ("EC", "ec-root", HERE, FUTURE),
}

CONFIGURATION = """
[req]
distinguished_name = empty
[empty]
[ca]
default_ca = authority
[authority]
database = {database}
serial = {database}.serial
new_certs_dir = {directory}
unique_subject = no
default_md = sha256
policy = any
[any]
commonName = supplied
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[intermediate]
basicConstraints = critical,CA:TRUE,pathlen:0
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[server]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature,keyEncipherment
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = {names}
"""


class CertificateError(Exception):
    """`openssl` is missing or refused; the text is one line to show to a person."""


def create(directory):
    """Makes what is missing in `directory`; returns a dict name -> (certificate chain, key).

    Besides the servers' files the directory holds `ca.pem` (what a client is to trust: an EC and
    an RSA root) and `other-root.pem` (the authority that it must not trust).
    """
    os.makedirs(directory, exist_ok=True)
    found = {name: (_path(directory, name, "pem"), _path(directory, name, "key"))
             for name in SERVERS}
    wanted = [ca_path(directory), *(path for pair in found.values() for path in pair)]
    if not all(os.path.exists(path) for path in wanted):
        _create_all(directory)
    return found


def ca_path(directory):
    """The file of trusted roots that `create` makes."""
    return os.path.join(directory, "ca.pem")


def pin(certificate):
    """Base64 of the SHA-256 of the key (SubjectPublicKeyInfo) of a PEM file's first certificate."""
    text = _openssl("x509", "-in", certificate, "-noout", "-pubkey")
    der = base64.b64decode("".join(text.split("-----")[2].split()))
    return base64.b64encode(hashlib.sha256(der).digest()).decode()


def _create_all(directory):
    with tempfile.TemporaryDirectory(dir=directory) as scratch:
        for root, kind in (("ec-root", "EC"), ("rsa-root", "RSA"), ("other-root", "EC")):
            _issue(directory, scratch, root, kind, root, "root", "", ALWAYS)
        _issue(directory, scratch, "rsa-intermediate", "RSA", "rsa-root", "intermediate", "",
               ALWAYS)
        for name, (kind, authority, names, validity) in SERVERS.items():
            _issue(directory, scratch, name, kind, authority, "server", names, validity)
    # A server sends its chain without the root.
    _join(directory, "good-rsa", "good-rsa", "rsa-intermediate")
    _join(directory, "ca", "ec-root", "rsa-root")  # last: its presence says that all is there


def _issue(directory, scratch, name, kind, authority, role, names, validity):
    """A key and a certificate over it, signed by the authority (itself, for a root)."""
    key, certificate = _path(directory, name, "key"), _path(directory, name, "pem")
    _make_key(key, kind)
    database = os.path.join(scratch, name)
    with open(database, "w", encoding="ascii"):
        pass
    with open(database + ".serial", "w", encoding="ascii") as serial:
        serial.write(os.urandom(15).hex().join(("4", "0")) + "\n")
    settings = database + ".cnf"
    with open(settings, "w", encoding="utf-8") as file:
        file.write(CONFIGURATION.format(database=database, directory=scratch,
                                        names=names or "DNS:unused.example"))
    request = database + ".csr"
    _openssl("req", "-new", "-config", settings, "-key", key, "-out", request,
             "-subj", f"/CN=symfeed test {name}")
    signer = ["-selfsign", "-keyfile", key]
    if authority != name:
        signer = ["-keyfile", _path(directory, authority, "key"),
                  "-cert", _path(directory, authority, "pem")]
    _openssl("ca", "-batch", "-notext", "-config", settings, *signer, "-in", request,
             "-out", certificate, "-extensions", role,
             "-startdate", validity[0], "-enddate", validity[1])


def _make_key(path, kind):
    option = {"EC": "ec_paramgen_curve:P-256", "RSA": "rsa_keygen_bits:2048"}[kind]
    text = _openssl("genpkey", "-algorithm", kind, "-pkeyopt", option)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text)


def _join(directory, target, *names):
    texts = []
    for name in names:
        with open(_path(directory, name, "pem"), encoding="ascii") as file:
            texts.append(file.read())
    with open(_path(directory, target, "pem"), "w", encoding="ascii") as file:
        file.write("".join(texts))


def _path(directory, name, extension):
    return os.path.join(directory, f"{name}.{extension}")


def _openssl(*arguments):
    """Runs the command and returns what it prints."""
    try:
        done = subprocess.run(("openssl", *arguments), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              timeout=120, check=False)
    except FileNotFoundError:
        raise CertificateError("the `openssl` command is needed to make test certificates and is "
                               "not installed (or use a plain agent)") from None
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines() or ["no reason given"]
        raise CertificateError(f"openssl {arguments[0]} failed: {lines[-1]}")
    return done.stdout


def main(arguments):
    if len(arguments) != 1:
        print("usage: certificates.py DIRECTORY", file=sys.stderr)
        return 2
    try:
        made = create(arguments[0])
    except (CertificateError, OSError) as error:
        print(f"certificates: {error}", file=sys.stderr)
        return 1
    print(json.dumps({"ca": ca_path(arguments[0]), "pin": pin(made["good"][0]), **made}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
