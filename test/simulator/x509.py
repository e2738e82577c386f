# SPDX-License-Identifier: Apache-2.0
"""Keys on the curve P-256, and X.509 certificates over them and over RSA keys, in plain Python.

What it is for: certificates of a test authority, made in milliseconds, where a process of `openssl`
for each step takes seconds together.

Depends on: nothing but Python and rsa.py. Guarantees: DER as RFC 5280 and RFC 5915 want it; OpenSSL
and Mbed TLS take it. It is no library for real secrets: nothing here is constant in time.
"""

import base64
import hashlib
import ipaddress
import secrets

from rsa import der_items, RSA_ENCRYPTION

# P-256: FIPS 186-4, D.1.2.3.
P = 2**256 - 2**224 + 2**192 + 2**96 - 1
ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551
BASE = (0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296,
        0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5)

SEQUENCE, SET, INTEGER, BITS, OCTETS, NULL, UTF8, TIME = 48, 49, 2, 3, 4, b"\x05\x00", 12, 23

EC_PUBLIC_KEY, PRIME256V1 = "1.2.840.10045.2.1", "1.2.840.10045.3.1.7"
ECDSA_WITH_SHA256, SHA256_WITH_RSA = "1.2.840.10045.4.3.2", "1.2.840.113549.1.1.11"
SHA256_INFO = bytes.fromhex("3031300d060960864801650304020105000420")  # RFC 8017, section 9.2
COMMON_NAME, SUBJECT_KEY_ID, AUTHORITY_KEY_ID = "2.5.4.3", "2.5.29.14", "2.5.29.35"
BASIC_CONSTRAINTS, KEY_USAGE, EXTENDED_KEY_USAGE = "2.5.29.19", "2.5.29.15", "2.5.29.37"
SUBJECT_ALT_NAME = "2.5.29.17"

# -- DER -------------------------------------------------------------------------------------------


def der(tag, *parts):
    """One DER value of these contents."""
    content = b"".join(parts)
    size = len(content)
    if size < 128:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


def integer(number):
    return der(INTEGER, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def bits(content, unused=0):
    return der(BITS, bytes((unused,)), content)


def oid(text):
    first, second, *others = map(int, text.split("."))
    parts = []
    for number in (40 * first + second, *others):
        part = [number & 0x7F]
        while number > 0x7F:
            number >>= 7
            part.insert(0, 0x80 | number & 0x7F)
        parts.append(bytes(part))
    return der(6, *parts)


def pem(label, content):
    text = base64.b64encode(content).decode()
    lines = [text[at:at + 64] for at in range(0, len(text), 64)]
    return "\n".join((f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""))


# -- keys ------------------------------------------------------------------------------------------


def double(x, y, z):
    """Twice the point, in Jacobian coordinates."""
    square = y * y % P
    s = 4 * x * square % P
    zz = z * z % P
    m = 3 * (x - zz) * (x + zz) % P  # the curve's a is -3
    x3 = (m * m - 2 * s) % P
    return x3, (m * (s - x3) - 8 * square * square) % P, 2 * y * z % P


def add_base(x, y, z):
    """The point and BASE; not for BASE itself, nor for the point at infinity."""
    zz = z * z % P
    h = (BASE[0] * zz - x) % P
    r = (BASE[1] * zz * z - y) % P
    hh = h * h % P
    hhh, v = h * hh % P, x * hh % P
    x3 = (r * r - hhh - 2 * v) % P
    return x3, (r * (v - x3) - y * hhh) % P, z * h % P


def times_base(number):
    """BASE so many times, as (x, y)."""
    point = (*BASE, 1)
    for digit in bin(number)[3:]:
        point = double(*point)
        if digit == "1":
            point = add_base(*point)
    inverse = pow(point[2], -1, P)
    return point[0] * inverse * inverse % P, point[1] * inverse**3 % P


class EcKey:
    """A key on P-256, a new one without a number. `info`: its SubjectPublicKeyInfo; `bits`: the
    public key in it."""

    algorithm = der(SEQUENCE, oid(ECDSA_WITH_SHA256))

    def __init__(self, number=None, public=None):
        self._number = number or 2 + secrets.randbelow(ORDER - 3)
        self.bits = public or b"\x04" + b"".join(part.to_bytes(32, "big")
                                                 for part in times_base(self._number))
        self._curve = der(SEQUENCE, oid(EC_PUBLIC_KEY), oid(PRIME256V1))
        self.info = der(SEQUENCE, self._curve, bits(self.bits))

    def pem(self):
        """PKCS#8, as `openssl genpkey` writes it."""
        key = der(SEQUENCE, integer(1), der(OCTETS, self._number.to_bytes(32, "big")),
                  der(0xA1, bits(self.bits)))
        return pem("PRIVATE KEY", der(SEQUENCE, integer(0), self._curve, der(OCTETS, key)))

    def sign(self, text):
        """The ECDSA signature of the text, with SHA-256, as DER."""
        digest = int.from_bytes(hashlib.sha256(text).digest(), "big")
        once = 2 + secrets.randbelow(ORDER - 3)
        r = times_base(once)[0] % ORDER
        s = pow(once, -1, ORDER) * (digest + r * self._number) % ORDER
        return der(SEQUENCE, integer(r), integer(s)) if r and s else self.sign(text)


class RsaKey:
    """An RSA key of the numbers in PKCS#1's order: modulus, exponents, primes and the rest."""

    algorithm = der(SEQUENCE, oid(SHA256_WITH_RSA), NULL)

    def __init__(self, numbers):
        self._modulus, exponent, _, *self._primes = numbers
        self.bits = der(SEQUENCE, integer(self._modulus), integer(exponent))
        self.info = der(SEQUENCE, der(SEQUENCE, der(6, RSA_ENCRYPTION), NULL), bits(self.bits))

    def sign(self, text):
        """The signature of the text, PKCS#1 v1.5 with SHA-256."""
        size = (self._modulus.bit_length() + 7) // 8
        digest = SHA256_INFO + hashlib.sha256(text).digest()
        block = int.from_bytes(b"\x00\x01" + b"\xff" * (size - len(digest) - 3) + b"\x00" + digest,
                               "big")
        p, q, exponent_p, exponent_q, inverse = self._primes
        by_p, by_q = pow(block, exponent_p, p), pow(block, exponent_q, q)
        return (by_q + q * ((by_p - by_q) * inverse % p)).to_bytes(size, "big")


def read_key(path):
    """The key in a file of PKCS#8, PEM."""
    with open(path, encoding="ascii") as file:
        content = base64.b64decode("".join(file.read().split("-----")[2].split()))
    (_, algorithm), (_, key) = der_items(der_items(content)[0][1])[1:3]
    parts = der_items(der_items(key)[0][1])
    if der_items(algorithm)[0][1] == RSA_ENCRYPTION:
        return RsaKey([int.from_bytes(number, "big") for _, number in parts[1:9]])
    return EcKey(int.from_bytes(parts[1][1], "big"), der_items(parts[2][1])[0][1][1:])


# -- certificates ----------------------------------------------------------------------------------

# What a certificate is for: (basic constraints, bits of key usage, extended key usage or None).
AUTHORITY_BITS = bits(b"\x06", 1)  # keyCertSign, cRLSign
ROLES = {
    "root": (der(SEQUENCE, b"\x01\x01\xff"), AUTHORITY_BITS, None),
    "intermediate": (der(SEQUENCE, b"\x01\x01\xff", integer(0)), AUTHORITY_BITS, None),
    "server": (der(SEQUENCE), bits(b"\xa0", 5), "1.3.6.1.5.5.7.3.1"),  # + keyEncipherment
    "client": (der(SEQUENCE), bits(b"\x80", 7), "1.3.6.1.5.5.7.3.2"),  # digitalSignature
}


def key_id(key):
    return hashlib.sha1(key.bits).digest()


def common_name(text):
    """The Name that has only this."""
    return der(SEQUENCE, der(SET, der(SEQUENCE, oid(COMMON_NAME), der(UTF8, text.encode()))))


def extension(name, value, critical=False):
    return der(SEQUENCE, oid(name), b"\x01\x01\xff" if critical else b"", der(OCTETS, value))


def alternative_names(names):
    """The names of a server, such as "DNS:localhost,IP:::1"."""
    parts = []
    for name in names.split(","):
        kind, _, value = name.partition(":")
        parts.append(der(0x82, value.encode()) if kind == "DNS" else
                     der(0x87, ipaddress.ip_address(value).packed))
    return der(SEQUENCE, *parts)


def extensions(role, key, issuer_key, names):
    constraints, usage, purpose = ROLES[role]
    parts = [extension(BASIC_CONSTRAINTS, constraints, True), extension(KEY_USAGE, usage, True)]
    if purpose:
        parts.append(extension(EXTENDED_KEY_USAGE, der(SEQUENCE, oid(purpose))))
    parts.append(extension(SUBJECT_KEY_ID, der(OCTETS, key_id(key))))
    if role != "root":
        parts.append(extension(AUTHORITY_KEY_ID, der(SEQUENCE, der(0x80, key_id(issuer_key)))))
    if role == "server":
        parts.append(extension(SUBJECT_ALT_NAME, alternative_names(names)))
    return der(0xA3, der(SEQUENCE, *parts))


def certificate(role, subject, key, issuer, issuer_key, names, validity):
    """A certificate, PEM, for the key of `subject`, signed by `issuer`, both common names.

    names     of a server, see `alternative_names`
    validity  two times before 2050, such as "20200101000000Z"
    """
    body = der(SEQUENCE, der(0xA0, integer(2)), integer(secrets.randbits(120) | 1 << 120),
               issuer_key.algorithm, common_name(issuer),
               der(SEQUENCE, *(der(TIME, moment[2:].encode()) for moment in validity)),
               common_name(subject), key.info, extensions(role, key, issuer_key, names))
    return pem("CERTIFICATE", der(SEQUENCE, body, issuer_key.algorithm,
                                  bits(issuer_key.sign(body))))
