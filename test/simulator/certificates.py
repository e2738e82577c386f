# SPDX-License-Identifier: Apache-2.0
"""A test authority, its certificates, good ones and bad ones, and keys.

What it is for: a TLS client must accept the good certificates and refuse each of the bad ones for
its own reason; a bot signs in with a key or a certificate of its own. Everything is made afresh in
a directory of the caller's; nothing secret is kept. What few tests need, or what takes longer to
make, is made by `create_more`, group by group.

Depends on: x509.py; the `openssl` command, 1.1.1 or later, for RSA keys and for all that is not
plain. Guarantees: `create` takes milliseconds and needs no command; private keys have mode 0600;
where `openssl` is missing or fails, CertificateError says so in one line. Run by hand it is
`python3 certificates.py DIRECTORY`.
"""

import base64
import hashlib
import json
import os
import subprocess
import sys
import tempfile

import x509

ALWAYS = ("20200101000000Z", "20491231235959Z")
PAST = ("20200101000000Z", "20210101000000Z")
FUTURE = ("20450101000000Z", "20491231235959Z")

HERE = "DNS:localhost,IP:127.0.0.1,IP:::1"
ELSEWHERE = "DNS:elsewhere.example,IP:192.0.2.1"
PLANT = "DNS:agent.plant.example"

# name: (kind of key, who signs, names in the certificate, validity)
SERVERS = {
    "good": ("EC", "ec-root", HERE, ALWAYS),
    "wrong-name": ("EC", "ec-root", ELSEWHERE, ALWAYS),
    "unknown-authority": ("EC", "other-root", HERE, ALWAYS),
    "expired": ("EC", "ec-root", HERE, PAST),
    "not-yet-valid": ("EC", "ec-root", HERE, FUTURE),
}


def many_names(count):
    """Names for a certificate that is long, and takes a piece of memory for each when it is read."""
    return ",".join(f"DNS:n{number}.example" for number in range(count))


# The same, made by `create_more` in a group. A chain is sent without its root. Trusted with ca.pem,
# but good-rsa4096 with rsa4096-root.pem.
MORE_SERVERS = {
    "rsa": {  # all keys of 2048 bits
        "good-rsa": ("RSA", "rsa-intermediate", HERE, ALWAYS),
    },
    "chains": {  # all keys P-256, all of 2048 bits
        "good-ec-chain": ("EC", "ec-intermediate", HERE, ALWAYS),
        "good-rsa2048": ("RSA", "rsa-intermediate", HERE, ALWAYS),
    },
    "rsa4096": {  # all keys of 4096 bits
        "good-rsa4096": ("RSA4096", "rsa4096-intermediate", HERE, ALWAYS),
    },
    "names": {
        "localhost-only": ("EC", "ec-root", "DNS:localhost", ALWAYS),
        "address-only": ("EC", "ec-root", "IP:127.0.0.1", ALWAYS),
    },
    "board": {
        "board": ("EC", "ec-root", PLANT, ALWAYS),
        "board-renewed": ("EC", "ec-root", PLANT, ALWAYS),
        "board-expired": ("EC", "ec-root", PLANT, PAST),
    },
    "long": {  # certificates of 6 KB and 13 KB, which take several times that when taken apart
        "names-300": ("EC", "ec-root", f"{HERE},{many_names(300)}", ALWAYS),
        "names-700": ("EC", "ec-root", f"{HERE},{many_names(700)}", ALWAYS),
    },
}
# name: (kind of key, who signs, common name, validity); for group "clients"
CLIENTS = {
    "client-ec": ("EC", "client-ca", "bot-ec", ALWAYS),
    "client-rsa": ("RSA", "client-ca", "bot-rsa", ALWAYS),
    "client-chain": ("EC", "client-intermediate", "bot-chain", ALWAYS),
    "client-expired": ("EC", "client-ca", "bot-expired", PAST),
    "client-unknown": ("EC", "other-client-ca", "bot-unknown", ALWAYS),
}
KEY_KINDS = {
    "EC": ("EC", "ec_paramgen_curve:P-256"), "EC384": ("EC", "ec_paramgen_curve:P-384"),
    "RSA": ("RSA", "rsa_keygen_bits:2048"), "RSA1024": ("RSA", "rsa_keygen_bits:1024"),
    "RSA3072": ("RSA", "rsa_keygen_bits:3072"), "RSA4096": ("RSA", "rsa_keygen_bits:4096"),
}
PASSWORD = "symfeed-test"  # of the encrypted keys
BUNDLE_SIZE = 140  # unrelated authorities in bundle.pem
COUNTRIES = ("BE", "BM", "CH", "CN", "DE", "ES", "FR", "GB", "HK", "HU", "IT", "JP", "PL", "US")

CONFIGURATION = """\
[req]
distinguished_name = empty
[empty]
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
"""


class CertificateError(Exception):
    """`openssl` is missing or refused; the text is one line to show to a person."""


def create(directory):
    """Makes what is missing in `directory`; returns a dict name -> (certificate chain, key).

    Besides the servers' files the directory holds `ca.pem` (what a client is to trust: an EC root,
    and an RSA root once group "rsa" is made) and `other-root.pem` (the authority that it must not
    trust).
    """
    os.makedirs(directory, exist_ok=True)
    found = {name: (_path(directory, name, "pem"), _path(directory, name, "key"))
             for name in SERVERS}
    wanted = [ca_path(directory), *(path for pair in found.values() for path in pair)]
    if not all(os.path.exists(path) for path in wanted):
        _create_all(directory)
    return found


def create_more(directory, group):
    """Makes what is missing of a group in `directory` (and what `create` makes); returns a dict.

    "rsa" "chains" "rsa4096" "names" "board" "long"  name -> (certificate chain, key), as in MORE_SERVERS
    "clients"   the same for CLIENTS; `client-ca.pem` is what a server is to trust
    "keys"      name -> path: rsa2048-pkcs1, rsa2048-pkcs8, rsa2048-public, rsa2048-public-pkcs1; as
                bad examples ec, rsa1024, rsa1024-public, and with PASSWORD: encrypted-pkcs1,
                encrypted-pkcs8
    "keys-large" the same with 3072 and 4096 for 2048
    "bundle"    "bundle" -> path of bundle.pem: about 200 KB of authorities, those of ca.pem amid;
                "strangers" -> the same without them
    """
    makers = {"clients": _create_clients, "keys": _create_keys, "keys-large": _create_large_keys,
              "bundle": _create_bundle}
    if group not in makers and group not in MORE_SERVERS:
        raise ValueError(f"no group {group!r} of certificates or keys")
    create(directory)
    if group in ("chains", "bundle"):
        create_more(directory, "rsa")
    done = _path(directory, f"made-{group}", "json")
    if not os.path.exists(done):
        with tempfile.TemporaryDirectory(dir=directory) as scratch:
            if group in makers:
                made = makers[group](directory, scratch)
            else:
                made = _create_servers(directory, group)
        with open(done, "w", encoding="utf-8") as file:  # last: its presence says that all is there
            json.dump(made, file)
    with open(done, encoding="utf-8") as file:
        return {name: tuple(_at(directory, part) for part in found) if isinstance(found, list)
                else _at(directory, found) for name, found in json.load(file).items()}


def ca_path(directory, server="good"):
    """The file of roots that a client is to trust, for that server."""
    return os.path.join(directory, "rsa4096-root.pem" if server == "good-rsa4096" else "ca.pem")


def client_ca_path(directory):
    """The file of roots that a server is to trust, made with group "clients"."""
    return os.path.join(directory, "client-ca.pem")


def pin(certificate):
    """Base64 of the SHA-256 of the key (SubjectPublicKeyInfo) of a PEM file's first certificate."""
    text = _openssl("x509", "-in", certificate, "-noout", "-pubkey")
    der = base64.b64decode("".join(text.split("-----")[2].split()))
    return base64.b64encode(hashlib.sha256(der).digest()).decode()


def user_key(directory, name):
    """The RSA key of a bot, made where it is not there: (file of it, file of the public key)."""
    key, public = _path(directory, name, "pem"), _path(directory, name, "pub")
    if not os.path.exists(public):
        _make_key(key, "RSA")
        with open(public, "w", encoding="ascii") as file:
            file.write(x509.pem("PUBLIC KEY", x509.read_key(key).info))
    return key, public


def _create_all(directory):
    for root in ("ec-root", "other-root"):
        _issue(directory, root, "EC", root, "root", "", ALWAYS)
    for name, (kind, authority, names, validity) in SERVERS.items():
        _issue(directory, name, kind, authority, "server", names, validity)
    _join_roots(directory)  # last: its presence says that all is there


def _join_roots(directory):
    """Writes ca.pem, at one stroke."""
    roots = [name for name in ("ec-root", "rsa-root")
             if os.path.exists(_path(directory, name, "pem"))]
    _join(directory, "ca.new", *roots)
    os.replace(_path(directory, "ca.new", "pem"), ca_path(directory))


def _create_servers(directory, group):
    """A server sends its chain without the root."""
    authorities = {"rsa": ("rsa-root", "rsa-intermediate"), "chains": ("ec-intermediate",),
                   "rsa4096": ("rsa4096-root", "rsa4096-intermediate")}.get(group, ())
    kinds = {name: "EC" if name.startswith("ec") else "RSA4096" if "4096" in name else "RSA"
             for name in authorities}
    kinds.update((name, kind) for name, (kind, *_) in MORE_SERVERS[group].items())
    _make_keys(directory, kinds)
    for name in authorities:
        is_root = name.endswith("-root")
        _issue(directory, name, None, name if is_root else name.replace("intermediate", "root"),
               "root" if is_root else "intermediate", "", ALWAYS)
    for name, (_, authority, names, validity) in MORE_SERVERS[group].items():
        _issue(directory, name, None, authority, "server", names, validity)
        if authority.endswith("-intermediate"):
            _join(directory, name, name, authority)
    if group == "rsa":
        _join_roots(directory)
    return {name: (f"{name}.pem", f"{name}.key") for name in MORE_SERVERS[group]}


def _create_clients(directory, _scratch):
    for root in ("client-ca", "other-client-ca"):
        _issue(directory, root, "EC", root, "root", "", ALWAYS)
    _issue(directory, "client-intermediate", "EC", "client-ca", "intermediate", "", ALWAYS)
    for name, (kind, authority, common_name, validity) in CLIENTS.items():
        _issue(directory, name, kind, authority, "client", "", validity, common_name)
    _join(directory, "client-chain", "client-chain", "client-intermediate")
    return {name: (f"{name}.pem", f"{name}.key") for name in CLIENTS}


def _create_keys(directory, _scratch):
    _make_keys(directory, {"bot-ec": "EC", "bot-rsa1024": "RSA1024"})
    made = {"ec": "bot-ec.key", "rsa1024": "bot-rsa1024.key", "rsa1024-public": "bot-rsa1024.pub"}
    made.update(_key_forms(directory, "2048"))
    _openssl("pkey", "-in", _path(directory, "bot-rsa1024", "key"), "-pubout",
             "-out", _path(directory, "bot-rsa1024", "pub"))
    for form, options in (("pkcs1", ("pkey", "-traditional", "-aes-256-cbc")),
                          ("pkcs8", ("pkcs8", "-topk8", "-v2", "aes-256-cbc"))):
        made[f"encrypted-{form}"] = f"bot-encrypted-{form}.key"
        _write_private(_at(directory, made[f"encrypted-{form}"]), _openssl(
            *options, "-in", _at(directory, made["rsa2048-pkcs8"]), "-passout",
            f"pass:{PASSWORD}"))
    return made


def _create_large_keys(directory, _scratch):
    return {**_key_forms(directory, "3072"), **_key_forms(directory, "4096")}


def _key_forms(directory, bits):
    """An RSA key in its forms."""
    name = f"rsa{bits}"
    made = {f"{name}-{form}": f"bot-{name}-{form}.{'pub' if 'public' in form else 'key'}"
            for form in ("pkcs1", "pkcs8", "public", "public-pkcs1")}
    key = _at(directory, made[f"{name}-pkcs8"])
    _make_key(key, "RSA" if bits == "2048" else f"RSA{bits}")
    _write_private(_at(directory, made[f"{name}-pkcs1"]),
                   _openssl("pkey", "-traditional", "-in", key))
    _openssl("pkey", "-in", key, "-pubout", "-out", _at(directory, made[f"{name}-public"]))
    _openssl("rsa", "-in", key, "-RSAPublicKey_out", "-out",
             _at(directory, made[f"{name}-public-pkcs1"]))
    return made


def _create_bundle(directory, scratch):
    """Many authorities that share a few keys, with comment lines as in the bundles of browsers."""
    kinds = ("RSA", "RSA4096", "RSA", "EC", "RSA", "RSA4096", "RSA", "RSA4096", "RSA", "EC384")
    for kind in set(kinds):
        _make_key(_path(scratch, kind, "key"), kind)

    def stranger(number):
        kind = kinds[number % len(kinds)]
        subject = (f"/C={COUNTRIES[number % len(COUNTRIES)]}/O=Stranger Trust Services {number}"
                   f"{' Ltd.' if number % 3 else ' Gesellschaft für Vertrauen mbH'}"
                   f"/OU=Certification Authorities/CN=Stranger Root CA - R{number}")
        return f"Stranger Root CA - R{number}", _openssl(
            "req", "-x509", "-new", "-utf8", "-config", settings, "-extensions", "root", "-key",
            _path(scratch, kind, "key"), "-subj", subject, "-days", str(3650 + 100 * number),
            "-set_serial", str(0x40000000 + number), "-sha384" if number % 4 == 1 else "-sha256")

    settings = os.path.join(scratch, "bundle.cnf")
    with open(settings, "w", encoding="utf-8") as file:
        file.write(CONFIGURATION)
    strangers = _in_parallel(stranger, range(BUNDLE_SIZE))
    with open(ca_path(directory), encoding="ascii") as file:
        parts = file.read().split("-----END CERTIFICATE-----\n")[:-1]
    ours = [(f"symfeed test root {number}", part + "-----END CERTIFICATE-----\n")
            for number, part in enumerate(parts)]
    middle = BUNDLE_SIZE // 2
    for name, entries in (("bundle", strangers[:middle] + ours + strangers[middle:]),
                          ("strangers", strangers)):
        with open(_path(directory, name, "pem"), "w", encoding="utf-8") as file:
            file.write("##\n## Bundle of CA Root Certificates (made for tests: trust none of it)\n"
                       "##\n")
            for title, text in entries:
                file.write(f"\n{title}\n{'=' * len(title)}\n{text}")
    return {"bundle": "bundle.pem", "strangers": "strangers.pem"}


def _issue(directory, name, kind, authority, role, names, validity, common_name=None):
    """A key and a certificate over it, signed by the authority (itself, for a root). Without a
    kind, the key is there."""
    if kind:
        _make_key(_path(directory, name, "key"), kind)
    text = x509.certificate(
        role, common_name or f"symfeed test {name}", x509.read_key(_path(directory, name, "key")),
        f"symfeed test {authority}", x509.read_key(_path(directory, authority, "key")), names,
        validity)
    with open(_path(directory, name, "pem"), "w", encoding="ascii") as file:
        file.write(text)


def _make_key(path, kind):
    if kind == "EC":
        _write_private(path, x509.EcKey().pem())
        return
    algorithm, option = KEY_KINDS[kind]
    _write_private(path, _openssl("genpkey", "-algorithm", algorithm, "-pkeyopt", option))


def _make_keys(directory, kinds):
    """Keys for a dict name -> kind, several at a time."""
    _in_parallel(lambda name: _make_key(_path(directory, name, "key"), kinds[name]), kinds)


def _in_parallel(function, values):
    """List of what the function returns, called in several threads."""
    from concurrent.futures import ThreadPoolExecutor  # slow to import, and `create` needs none of it

    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        return list(pool.map(function, values))


def _write_private(path, text):
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


def _at(directory, name):
    return os.path.join(directory, name)


def _path(directory, name, extension):
    return os.path.join(directory, f"{name}.{extension}")


def _openssl(*arguments):
    """Runs the command and returns what it prints."""
    try:
        done = subprocess.run(("openssl", *arguments), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              timeout=120, check=False)
    except FileNotFoundError:
        raise CertificateError("the `openssl` command is needed to make RSA keys and is not "
                               "installed") from None
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
