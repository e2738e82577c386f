#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""out_of_memory.py PROGRAM [--times N]: the first allocation of each chain of calls in Mbed TLS fails.

With --times also the second, fourth, eighth and so on; the client has to go on. Runs
test/memory/out_of_memory.c, one for each of two processors, each with its share of the allocations
and an agent simulator of its own, which ends the connection after each read and wants a client certificate.

Depends on: test/simulator. Guarantees: fails where an event is lost or comes twice in a run, where a run
ends or hangs, where memory is not given back, and where another reason is told than a lack of memory.
"""

import argparse
import collections
import concurrent.futures
import os
import re
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "simulator"))

import certificates  # noqa: E402
from agent import Agent  # noqa: E402

JOBS = 2
EVENTS = 200000  # that wait in each feed
PATIENCE = 7200


def follow(program, folder, part, times):
    """(what the program has printed, breaches of the protocol): lists of lines."""
    made = certificates.create(folder)
    certificate, key = certificates.create_more(folder, "clients")["client-ec"]
    keys = certificates.create_more(folder, "keys")
    with Agent(certificate=made["good"][0], key=made["good"][1], users={"bot-42": keys["rsa2048-public"]},
               client_ca=certificates.client_ca_path(folder), require_client_certificate=True,
               batch_limit=1, keep=100) as agent:
        agent.create_feed()
        agent.push([b'{"id":"%d","type":"ROOMCREATED"}' % number for number in range(1, EVENTS)])
        agent.fault(on="read", times=-1, connection="close")
        done = subprocess.run([program, agent.url, certificates.ca_path(folder), keys["rsa2048-pkcs8"], certificate,
                               key, str(part), str(JOBS), str(times)], stdout=subprocess.PIPE, timeout=PATIENCE, text=True,
                              check=True)
        return done.stdout.splitlines(), [f"breach {breach}" for breach in agent.breaches]


def shares(program, times):
    """The lines of all jobs, and the sums over them."""
    lines, sums = [], collections.Counter()
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        for group in ("clients", "keys"):
            certificates.create_more(folder, group)
        jobs = [pool.submit(follow, program, folder, job, times) for job in range(JOBS)]
        for job in jobs:
            (*said, last), breaches = job.result()
            lines += said + breaches
            for name, value in re.findall(r"(\w+)=(\d+)", last):
                # Those of one good run are the same in each job, but for numbers that are drawn.
                sums[name] = max(sums[name], int(value)) if name in ("arena", "start", "all", "chains") else (
                    sums[name] + int(value))
    return lines, sums


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--times", type=int, default=1)
    wanted = parser.parse_args()
    begin = time.monotonic()
    lines, sums = shares(os.path.join(".", wanted.program), wanted.times)
    others = collections.Counter(re.sub(r"trace \w+|in \d\S* s|-?\d[\d.]*", "N", line.partition(" other ")[2])
                                 for line in lines if " other " in line)
    bad = [line for line in lines if " other " not in line]
    name = "arena" if sums["arena"] else "heap"
    for line in bad[:20]:
        print(f"{name}: {line}")
    for text, count in others.most_common():
        print(f"{name}: {count} times: {text}")
    recovered = sums["refused"] + sums["reported"] + sums["silent"] - sums["ended"]
    print(f"out of memory, {name}: {sums['tried']} allocations failed, of {sums['chains']} chains of calls, which make "
          f"{sums['all']} in a run; recovered {recovered}: refused at the start and started again "
          f"{sums['refused']}, reported and reading again {sums['reported']}, done without {sums['silent']}; told as "
          f"another reason {sums['other']}; events lost {sums['lost']}, repeated in a run {sums['repeated']}; "
          f"ended {sums['ended']}, leaked {sums['leaked']}; {time.monotonic() - begin:.0f} s")
    good = not bad and sums["tried"] and recovered == sums["tried"] and not (
        sums["lost"] or sums["repeated"] or sums["ended"] or sums["leaked"] or sums["other"])
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
