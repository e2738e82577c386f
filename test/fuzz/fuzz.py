#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""fuzz.py [--seconds N] [--corpus] FOLDER PROGRAM...: runs programs of libFuzzer, as many at a time as
there are processors, and prints what they have done; a total comes last.

Each begins with its files of test/fuzz/corpus and with what grew in FOLDER/corpus when it ran before.
An input that breaks something is saved in FOLDER. `--corpus` instead makes the corpora of the tree
anew: the fewest files, of up to 1,024 bytes, that reach all that those of both places reach. A file
there that has a name of its own stays: it has what no new edge shows, such as a buffer that is full.
"""

import argparse
import concurrent.futures
import os
import re
import shutil
import subprocess
import sys

TREE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "corpus")


def name_of(program, folder):
    """plain/obj/test/fuzz/fuzz_feed below the folder is feed_plain: a build without SYMFEED_JSON."""
    name = os.path.basename(program).removeprefix("fuzz_")
    return f"{name}_plain" if os.path.relpath(program, folder).startswith("plain" + os.sep) else name


def files_of(folder):
    return [os.path.join(folder, name) for name in os.listdir(folder)] if os.path.isdir(folder) else []


def number(pattern, text):
    found = re.findall(pattern, text, re.M)
    return int(found[-1]) if found else 0


def run(program, folder, *arguments):
    """What the program printed; ends this one where it found something."""
    done = subprocess.run([program, f"-artifact_prefix={folder}/", *arguments], capture_output=True,
                          encoding="utf-8", errors="replace", check=False)
    if done.returncode != 0:
        print(f"{program} {' '.join(arguments)}\n{done.stderr[-6000:]}", file=sys.stderr)
        raise SystemExit(1)
    return done.stderr


def fuzz(program, folder, seconds):
    """(name, executions, executions a second, edges, files, bytes)"""
    name = name_of(program, folder)
    grown = os.path.join(folder, "corpus", name)
    tree = os.path.join(TREE, name)
    os.makedirs(grown, exist_ok=True)
    os.makedirs(tree, exist_ok=True)
    said = run(program, folder, f"-max_total_time={seconds}", "-max_len=4096", "-timeout=10",
               "-print_final_stats=1", grown, tree)
    files = files_of(grown) + files_of(tree)
    return (name, number(r"^stat::number_of_executed_units: *(\d+)", said),
            number(r"^stat::average_exec_per_sec: *(\d+)", said), number(r"\bcov: (\d+)", said),
            len(files), sum(map(os.path.getsize, files)))


def shrink(program, folder):
    """(name, files, bytes) of the tree's corpus after it has become the smallest."""
    name = name_of(program, folder)
    tree = os.path.join(TREE, name)
    small = os.path.join(folder, "small", name)
    shutil.rmtree(small, ignore_errors=True)
    os.makedirs(small)
    run(program, folder, "-set_cover_merge=1", "-use_counters=0", "-max_len=1024", small,
        *(path for path in (tree, os.path.join(folder, "corpus", name)) if os.path.isdir(path)))
    for path in files_of(tree):
        if re.fullmatch("[0-9a-f]{40}", os.path.basename(path)):
            os.remove(path)
    shutil.copytree(small, tree, dirs_exist_ok=True)
    return name, len(files_of(tree)), sum(map(os.path.getsize, files_of(tree)))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--corpus", action="store_true")
    parser.add_argument("folder")
    parser.add_argument("programs", nargs="+")
    args = parser.parse_args()
    total = [0] * 4
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        if args.corpus:
            for name, files, size in pool.map(lambda p: shrink(p, args.folder), args.programs):
                print(f"{name}: {files} files, {size:,} bytes", flush=True)
                total = [total[0], total[1], total[2] + files, total[3] + size]
            print(f"fuzz corpus: {len(args.programs)} programs, {total[2]} files, {total[3]:,} bytes")
            return
        for name, executions, speed, edges, files, size in pool.map(
                lambda p: fuzz(p, args.folder, args.seconds), args.programs):
            print(f"{name}: {executions:,} executions, {speed:,} a second, {edges:,} edges, corpus of "
                  f"{files:,} files and {size:,} bytes, nothing found", flush=True)
            total = [total[0] + executions, total[1] + edges, total[2] + files, total[3] + size]
    print(f"fuzz: {len(args.programs)} programs, {total[0]:,} executions, {total[1]:,} edges, corpora of "
          f"{total[2]:,} files and {total[3]:,} bytes, nothing found")


if __name__ == "__main__":
    main()
