# SPDX-License-Identifier: Apache-2.0
"""Checks RSA signatures (PKCS#1 v1.5 with SHA-512, the RS512 of a JWT) with nothing but Python.

What it is for: the simulator must tell a good JWT of a bot from a bad one, on any machine.

What it promises: takes public keys as PEM, SubjectPublicKeyInfo ("PUBLIC KEY") or PKCS#1 ("RSA
PUBLIC KEY"); the whole padded block is compared, so no forgery by sloppy padding passes. BadKey
says in one line what is wrong with a key. It is no library for real secrets: nothing here is
constant in time.
"""

import base64
import binascii
import hashlib
import os
import re

RSA_ENCRYPTION = bytes.fromhex("2a864886f70d010101")  # 1.2.840.113549.1.1.1
SHA512_INFO = bytes.fromhex("3051300d060960864801650304020305000440")  # RFC 8017, section 9.2
PEM = re.compile(r"-----BEGIN ((?:RSA )?PUBLIC KEY)-----\s+([A-Za-z0-9+/=\s]+)-----END \1-----")


class BadKey(ValueError):
    """The text is not a usable RSA public key."""


class PublicKey:
    """modulus, exponent; `size` is the length of a signature in bytes."""

    def __init__(self, modulus, exponent):
        self.modulus, self.exponent = modulus, exponent
        self.size = (modulus.bit_length() + 7) // 8

    def verify(self, message, signature):
        """Whether it is the RS512 signature of the message."""
        number = int.from_bytes(signature, "big")
        if len(signature) != self.size or number >= self.modulus:
            return False
        digest = SHA512_INFO + hashlib.sha512(message).digest()
        wanted = b"\x00\x01" + b"\xff" * (self.size - len(digest) - 3) + b"\x00" + digest
        return pow(number, self.exponent, self.modulus).to_bytes(self.size, "big") == wanted


def public_key(text):
    """A PublicKey from PEM text or from the path of a PEM file."""
    if "-----BEGIN" not in text:
        with open(os.fspath(text), encoding="ascii", errors="replace") as file:
            text = file.read()
    match = PEM.search(text)
    if not match:
        raise BadKey("not a PEM public key: -----BEGIN PUBLIC KEY----- is wanted")
    try:
        der = base64.b64decode("".join(match.group(2).split()), validate=True)
        if match.group(1) == "PUBLIC KEY":
            der = _key_of_info(der)
        modulus, exponent = _integers(_only(der, 0x30))
    except (binascii.Error, IndexError, ValueError) as error:
        raise BadKey(f"not an RSA public key: {error}") from None
    if modulus.bit_length() < 1024 or exponent < 3:
        raise BadKey(f"an RSA key of {modulus.bit_length()} bits, exponent {exponent}")
    return PublicKey(modulus, exponent)


def _key_of_info(der):
    """The PKCS#1 key in a SubjectPublicKeyInfo."""
    algorithm, bits = der_items(_only(der, 0x30))
    if der_items(algorithm[1])[0] != (0x06, RSA_ENCRYPTION):
        raise ValueError("another algorithm")
    if bits[0] != 0x03 or bits[1][0] != 0:
        raise ValueError("no bit string")
    return bits[1][1:]


def der_items(der):
    """List of (tag, content) of DER values in a row."""
    items, at = [], 0
    while at < len(der):
        tag, length, at = der[at], der[at + 1], at + 2
        if length & 0x80:
            count = length & 0x7F
            length, at = int.from_bytes(der[at:at + count], "big"), at + count
        if at + length > len(der):
            raise ValueError("a DER value is cut")
        items.append((tag, der[at:at + length]))
        at += length
    return items


def _only(der, tag):
    items = der_items(der)
    if len(items) != 1 or items[0][0] != tag:
        raise ValueError("an odd DER structure")
    return items[0][1]


def _integers(der):
    items = der_items(der)
    if len(items) != 2 or any(tag != 0x02 for tag, _ in items):
        raise ValueError("not a modulus and an exponent")
    return [int.from_bytes(content, "big", signed=True) for _, content in items]
