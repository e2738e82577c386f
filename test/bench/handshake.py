#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""handshake.py PROGRAM: what full and resumed TLS handshakes cost the client, by kind of chain.

Runs test/bench/handshake.c against the agent simulator with chains of EC and RSA keys, and with a
CA bundle as large as a system's.
"""

import os
import subprocess
import sys
import tempfile
import urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "simulator"))

import certificates  # noqa: E402
from agent import Agent  # noqa: E402

ROUNDS = "41"
CHAINS = (("EC P-256", "chains", "good-ec-chain"), ("RSA 2048", "chains", "good-rsa2048"),
          ("RSA 4096", "rsa4096", "good-rsa4096"))


def measure(program, name, certificate, ca_file):
    """Runs the program against an Agent with this certificate."""
    with Agent(certificate=certificate[0], key=certificate[1]) as agent:
        url = urllib.parse.urlsplit(agent.url)
        return subprocess.run([program, name, url.hostname, str(url.port), ca_file, ROUNDS],
                              timeout=300, check=False).returncode


def main():
    program = os.path.join(".", sys.argv[1])
    status = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, group, kind in CHAINS:
            made = certificates.create_more(folder, group)[kind]
            status |= measure(program, name, made, certificates.ca_path(folder, kind))
        bundle = certificates.create_more(folder, "bundle")["bundle"]
        made = certificates.create_more(folder, "chains")["good-ec-chain"]
        status |= measure(program, f"EC, {os.path.getsize(bundle) // 1000} KB CAs", made, bundle)
    sys.exit(1 if status else 0)


if __name__ == "__main__":
    main()
