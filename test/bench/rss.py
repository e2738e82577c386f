#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""rss.py: peak memory of `symfeed tail` for batches of 10, 1 000 and 10 000 events.

The peak is VmHWM of the process, read once the batch is acknowledged. It must not depend on the
batch: no figure may be more than a tenth above the first (page faults make that much noise).
"""

import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "simulator"))

import certificates  # noqa: E402
import events  # noqa: E402
from agent import Agent  # noqa: E402

SIZES = (10, 1000, 10000)


def peak(pid):
    """Peak resident memory of a process, in KB."""
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return int(re.search(r"VmHWM:\s+(\d+) kB", status.read())[1])


def measure(symfeed, folder, made, size):
    """Runs symfeed on one batch of `size` events and answers its peak in KB."""
    cert, key = made["good"]
    with Agent(certificate=cert, key=key, tokens_directory=folder) as agent:
        session, key_manager = agent.write_tokens()
        stream = events.stream_of(1)
        agent.push_to_new_feeds([next(stream) for _ in range(size)])
        child = subprocess.Popen(
            [symfeed, "tail", "--json", "-q", "--agent", agent.url, "--ca",
             certificates.ca_path(folder), "--session-token-file", session,
             "--km-token-file", key_manager], stdout=subprocess.DEVNULL)
        try:
            if not agent.wait_for(lambda a: len(a.acknowledged) >= size, timeout=120):
                sys.exit(f"rss.py: the batch of {size} events was not acknowledged")
            return peak(child.pid)
        finally:
            child.terminate()
            child.wait()


def main():
    symfeed = os.environ.get("SYMFEED", "build/symfeed")
    with tempfile.TemporaryDirectory() as folder:
        made = certificates.create(folder)
        peaks = [measure(symfeed, folder, made, size) for size in SIZES]
    for size, kilobytes in zip(SIZES, peaks):
        print(f"peak RSS, batch of {size:6} events   {kilobytes:6} KB")
    if max(peaks) > 1.1 * peaks[0]:
        sys.exit("rss.py: memory grows with the batch")


if __name__ == "__main__":
    main()
