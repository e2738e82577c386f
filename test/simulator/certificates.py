# SPDX-License-Identifier: Apache-2.0
"""A test authority, its certificates, good ones and bad ones, and keys, by the `openssl` command.

What it is for: a TLS client must accept the good certificates and refuse each of the bad ones for
its own reason; a bot signs in with a key or a certificate of its own. Everything is made afresh in
a directory of the caller's; nothing secret is kept. What few tests need, or what takes longer to
make, is made by `create_more`, group by group.

What it promises: works with OpenSSL 1.1.1, 3.0 and later (so it uses `openssl ca`, the one command
there that can set both ends of the validity in all of them); private keys have mode 0600; where
`openssl` is missing or fails, CertificateError says so in one line. Run by hand it is
`python3 certificates.py DIRECTORY`.
"""

import base64
import concurrent.futures
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


def many_names(count):
    """Names for a certificate that is long, and takes a piece of memory for each when it is read."""
    return ",".join(f"DNS:n{number}.example" for number in range(count))


# The same, made by `create_more` in a group. A chain is sent without its root. Trusted with ca.pem,
# but good-rsa4096 with rsa4096-root.pem.
MORE_SERVERS = {
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
[client]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = clientAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
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


def create_more(directory, group):
    """Makes what is missing of a group in `directory` (and what `create` makes); returns a dict.

    "chains" "rsa4096" "names" "long"  name -> (certificate chain, key), as in MORE_SERVERS
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
    done = _path(directory, f"group-{group}", "json")
    if not os.path.exists(done):
        with tempfile.TemporaryDirectory(dir=directory) as scratch:
            if group in makers:
                made = makers[group](directory, scratch)
            else:
                made = _create_servers(directory, scratch, group)
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


def _create_servers(directory, scratch, group):
    if group == "chains":
        _issue(directory, scratch, "ec-intermediate", "EC", "ec-root", "intermediate", "", ALWAYS)
    elif group == "rsa4096":
        _make_keys(directory, {name: "RSA4096" for name in (
            "rsa4096-root", "rsa4096-intermediate", *MORE_SERVERS[group])})
        _issue(directory, scratch, "rsa4096-root", None, "rsa4096-root", "root", "", ALWAYS)
        _issue(directory, scratch, "rsa4096-intermediate", None, "rsa4096-root", "intermediate",
               "", ALWAYS)
    for name, (kind, authority, names, validity) in MORE_SERVERS[group].items():
        kind = None if kind == "RSA4096" else kind
        _issue(directory, scratch, name, kind, authority, "server", names, validity)
        if authority.endswith("-intermediate"):
            _join(directory, name, name, authority)
    return {name: (f"{name}.pem", f"{name}.key") for name in MORE_SERVERS[group]}


def _create_clients(directory, scratch):
    for root in ("client-ca", "other-client-ca"):
        _issue(directory, scratch, root, "EC", root, "root", "", ALWAYS)
    _issue(directory, scratch, "client-intermediate", "EC", "client-ca", "intermediate", "", ALWAYS)
    for name, (kind, authority, common_name, validity) in CLIENTS.items():
        _issue(directory, scratch, name, kind, authority, "client", "", validity, common_name)
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
        file.write(CONFIGURATION.format(database="", directory="", names="DNS:unused.example"))
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        strangers = list(pool.map(stranger, range(BUNDLE_SIZE)))
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


def _issue(directory, scratch, name, kind, authority, role, names, validity, common_name=None):
    """A key and a certificate over it, signed by the authority (itself, for a root). Without a
    kind, the key is there."""
    key, certificate = _path(directory, name, "key"), _path(directory, name, "pem")
    if kind:
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
             "-subj", f"/CN={common_name or f'symfeed test {name}'}")
    signer = ["-selfsign", "-keyfile", key]
    if authority != name:
        signer = ["-keyfile", _path(directory, authority, "key"),
                  "-cert", _path(directory, authority, "pem")]
    _openssl("ca", "-batch", "-notext", "-config", settings, *signer, "-in", request,
             "-out", certificate, "-extensions", role,
             "-startdate", validity[0], "-enddate", validity[1])


def _make_key(path, kind):
    algorithm, option = KEY_KINDS[kind]
    _write_private(path, _openssl("genpkey", "-algorithm", algorithm, "-pkeyopt", option))


def _make_keys(directory, kinds):
    """Keys for a dict name -> kind, several at a time."""
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for done in [pool.submit(_make_key, _path(directory, name, "key"), kind)
                     for name, kind in kinds.items()]:
            done.result()


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
