#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""sbom_check.py O [RUN...]: O/symfeed.cdx.json has the form of CycloneDX 1.5 and says what is so.

The schema is in none of Debian's packages. What is here of it: the members that an object may and must
have, and the form of their values, of those that sbom.sh writes. Any other member is an error.
"""

import hashlib
import json
import pathlib
import re
import subprocess
import sys

# Member: (required, check). A check is a pattern, a type, a set of words, an object's name or a list
# with one of these.
SPDX = r"(?:Apache-2\.0|GPL-2\.0-or-later|MIT)"
SCHEMA = {
    "bom": {
        "bomFormat": (True, {"CycloneDX"}), "specVersion": (True, {"1.5"}), "version": (True, int),
        "serialNumber": (False, r"urn:uuid:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
        "metadata": (False, "metadata"), "components": (False, ["component"]),
        "dependencies": (False, ["dependency"]),
    },
    "metadata": {
        "timestamp": (False, r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"), "lifecycles": (False, ["lifecycle"]),
        "component": (False, "component"),
    },
    "lifecycle": {
        "phase": (True, {"design", "pre-build", "build", "post-build", "operations", "discovery",
                         "decommission"}),
    },
    "component": {
        "type": (True, {"application", "framework", "library", "container", "platform",
                        "operating-system", "device", "device-driver", "firmware", "file",
                        "machine-learning-model", "data"}),
        "name": (True, r".+"), "version": (False, r".+"), "bom-ref": (False, r".+"),
        "licenses": (False, ["choice"]), "hashes": (False, ["hash"]),
        "purl": (False, r"pkg:(?:generic/[\w.-]+|github/[a-z0-9-]+/[\w.-]+)(?:@v?[\w.+-]+)?"),
        "cpe": (False, r"cpe:2\.3:a:\w+:\w+:[\w.]+(?::\*){7}"), "components": (False, ["component"]),
    },
    "choice": {"license": (False, "license"), "expression": (False, f"{SPDX}(?: (?:OR|AND) {SPDX})+")},
    "license": {"id": (True, SPDX)},
    "hash": {"alg": (True, {"SHA-256"}), "content": (True, r"[0-9a-f]{64}")},
    "dependency": {"ref": (True, r".+"), "dependsOn": (False, [r".+"])},
}


def look(value, check, where):
    """What is wrong, one line each."""
    if isinstance(check, list):
        if not isinstance(value, list):
            return [f"{where}: not an array"]
        return [line for i, item in enumerate(value) for line in look(item, check[0], f"{where}[{i}]")]
    if isinstance(check, set):
        return [] if value in check else [f"{where}: {value!r} is not allowed"]
    if check is int:
        return [] if isinstance(value, int) and value >= 1 else [f"{where}: not a number from 1 on"]
    if check not in SCHEMA:
        fits = isinstance(value, str) and re.fullmatch(check, value)
        return [] if fits else [f"{where}: {value!r} has not the form {check}"]
    if not isinstance(value, dict):
        return [f"{where}: not an object"]
    members = SCHEMA[check]
    bad = [f"{where}: no {name}" for name in members if members[name][0] and name not in value]
    bad += [f"{where}: unknown member {name}" for name in value if name not in members]
    if check == "choice" and len(value) != 1:
        bad.append(f"{where}: one of license and expression")
    for name in value.keys() & members.keys():
        bad += look(value[name], members[name][1], f"{where}.{name}")
    return bad


def references(bom):
    everything = [bom["metadata"]["component"], *bom["components"]]
    names = [component["bom-ref"] for component in everything]
    bad = [f"bom-ref {name}: twice" for name in set(names) if names.count(name) > 1]
    refs = [dependency["ref"] for dependency in bom["dependencies"]]
    if sorted(refs) != sorted(names):
        bad.append(f"dependencies: of {sorted(refs)}, components: {sorted(names)}")
    for dependency in bom["dependencies"]:
        bad += [f"dependencies: nothing is {name}" for name in dependency.get("dependsOn", [])
                if name not in names]
    for component in everything:
        for member in ("version", "licenses", "purl"):
            if member not in component:
                bad.append(f"{component['name']}: no {member}")
        pieces = component.get("components", [component])
        if not all(piece.get("hashes") for piece in pieces):
            bad.append(f"{component['name']}: no hash")
    return bad


def truth(bom, folder, run):
    """What it says against the files, and against what the program itself tells."""
    parts = {part["name"]: part for part in [bom["metadata"]["component"], *bom["components"]]}
    bad = []
    for name, path in (("symfeed", "symfeed"), ("libsymfeed", "libsymfeed.a"), ("jsmn", "include/jsmn.h")):
        digest = hashlib.sha256((folder / path).read_bytes()).hexdigest()
        if parts[name]["hashes"][0]["content"] != digest:
            bad.append(f"{name}: not the hash of {path}")
    said = subprocess.run([*run, folder / "symfeed", "version"], stdout=subprocess.PIPE, text=True,
                          check=True).stdout.split("\n")
    for name, line in (("symfeed", said[0]), ("mbedtls", said[1])):
        if parts[name]["version"] != line.split()[-1]:
            bad.append(f"{name}: {parts[name]['version']}, and the program says {line!r}")
    if str(folder) in json.dumps(bom):
        bad.append(f"it names {folder}")
    return bad


def main():
    folder = pathlib.Path(sys.argv[1]).resolve()
    bom = json.loads((folder / "symfeed.cdx.json").read_text(encoding="utf-8"))
    bad = look(bom, "bom", "bom") or references(bom) + truth(bom, folder, sys.argv[2:])
    for line in bad:
        print(f"sbom_check: {line}", file=sys.stderr)
    if bad:
        sys.exit(1)
    print(f"sbom: {1 + len(bom['components'])} components, as CycloneDX 1.5 has it")


if __name__ == "__main__":
    main()
