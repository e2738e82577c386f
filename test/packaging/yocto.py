#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""yocto.py RECIPE BASE DL_DIR COMPILER [PACKAGECONFIG]: does with a recipe what BitBake would, as far as that shows.

Reads its variables, lays the sources out as SRC_URI says (what would come over the network is in DL_DIR
already), holds checksums against them, runs the tasks, and sorts what was installed into packages.
Something that no package takes is an error there, too. With PACKAGECONFIG it is configured with these
features, and the arguments of make and the settings are printed.
"""

import fnmatch
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys

# What bitbake.conf and the classes say, as far as a recipe like this one sees it.
DEFAULTS = {
    "BP": "${BPN}-${PV}", "BPN": "${PN}", "S": "${WORKDIR}/${BP}", "D": "${WORKDIR}/image",
    "prefix": "/usr", "bindir": "${prefix}/bin", "libdir": "${prefix}/lib", "sysconfdir": "/etc",
    "includedir": "${prefix}/include", "mandir": "${prefix}/share/man",
    "systemd_system_unitdir": "/usr/lib/systemd/system", "PTEST_ENABLED": "1",
    "PTEST_PATH": "${libdir}/${PN}/ptest", "STAGING_DATADIR": "/sysroot/usr/share",
    "PACKAGES": "${PN}-ptest ${PN}-staticdev ${PN}-dev ${PN}-doc ${PACKAGE_BEFORE_PN} ${PN} "
                "${PN}-bash-completion",
    "FILES:${PN}-ptest": "${PTEST_PATH}",
    "FILES:${PN}-bash-completion": "${prefix}/share/bash-completion",
    "FILES:${PN}-staticdev": "${libdir}/*.a",
    "FILES:${PN}-dev": "${includedir} ${libdir}/pkgconfig",
    "FILES:${PN}-doc": "${mandir}",
    "FILES:${PN}": "${bindir}/* ${libdir}/lib*.so.* ${sysconfdir}",
    "PACKAGE_BEFORE_PN": "",
}
REQUIRED = ["SUMMARY", "HOMEPAGE", "SECTION", "LICENSE", "LIC_FILES_CHKSUM", "SRC_URI"]
# What their classes need of a recipe that inherits them.
CLASSES = {
    "bash-completion": [], "ptest": [],
    "systemd": ["SYSTEMD_PACKAGES", "SYSTEMD_SERVICE:${PN}-alarm", "SYSTEMD_AUTO_ENABLE:${PN}-alarm"],
    "update-rc.d": ["INITSCRIPT_PACKAGES", "INITSCRIPT_NAME:${PN}-alarm"],
    "useradd": ["USERADD_PACKAGES", "USERADD_PARAM:${PN}-alarm"],
}
CONTAINS = re.compile(r"\$\{@bb\.utils\.contains\('(\w+)', '([\w-]+)', '([^']*)', '([^']*)', d\)\}")


def fail(text):
    sys.exit(f"packaging_check: Yocto: {text}")


class Recipe:
    """The assignments and functions of a .bb file that has no Python in it."""

    def __init__(self, path):
        self.values = dict(DEFAULTS)
        self.functions = {}
        self.inherited = []
        name = path.stem.split("_")
        self.values.update(PN=name[0], PV=name[1], THISDIR=str(path.parent.resolve()))
        text = path.read_text(encoding="utf-8").replace("\\\n", "\0")
        lines = iter(text.split("\n"))
        for line in lines:
            begin = re.match(r"(do_\w+)\(\) \{$", line)
            assign = re.match(r'([\w:${}.\[\]-]+) (=|\?=|\?\?=|\+=) "(.*)"$', line)
            inherits = re.match(r"inherit (.*)$", line)
            if begin:
                body = []
                for inner in lines:
                    if inner == "}":
                        break
                    body.append(inner.replace("\0", "\\\n"))
                self.functions[begin[1]] = "\n".join(body)
            elif assign:
                self.assign(assign[1], assign[2], assign[3].replace("\0", " "))
            elif inherits:
                self.inherited = inherits[1].split()
            elif line and not line.startswith("#"):
                fail(f"{path.name}: what does this mean: {line!r}")

    def assign(self, name, how, value):
        if how in ("?=", "??=") and name in self.values and name not in DEFAULTS:
            return
        self.values[name] = f"{self.values.get(name, '')} {value}" if how == "+=" else value

    def expand(self, text):
        while True:
            text = CONTAINS.sub(lambda one: one[3] if one[2] in self.get(one[1]).split() else one[4],
                                text)
            found = re.search(r"\$\{([\w:$.\[\]-]+)\}", text)
            if not found:
                return text
            if found[1] not in self.values:
                fail(f"nobody sets {found[1]}")
            text = text.replace(found[0], self.values[found[1]])

    def get(self, name):
        for key, value in self.values.items():
            if self.expand(key) == name:
                return self.expand(value)
        return fail(f"{name} is not set")


def choose_features(recipe):
    """What PACKAGECONFIG gives to PACKAGECONFIG_CONFARGS."""
    chosen = recipe.get("PACKAGECONFIG").split()
    words = []
    for name, value in recipe.values.items():
        flag = re.match(r"PACKAGECONFIG\[([\w-]+)\]$", name)
        if flag:
            words.append((value.split(",") + [""])[0 if flag[1] in chosen else 1])
            chosen = [one for one in chosen if one != flag[1]]
    if chosen:
        fail(f"PACKAGECONFIG: there is no {chosen}")
    recipe.values["PACKAGECONFIG_CONFARGS"] = " ".join(words)


def digest(kind, data):
    return hashlib.new(kind, data).hexdigest()


def unpack(recipe, downloads):
    """SRC_URI into WORKDIR; files from the network are checked as BitBake would."""
    work = pathlib.Path(recipe.get("WORKDIR"))
    for entry in recipe.get("SRC_URI").split():
        url, *parameters = entry.split(";")
        given = dict(parameter.split("=", 1) for parameter in parameters)
        local = url.startswith("file://")
        path = pathlib.Path(url[len("file://"):]) if local else \
            downloads / given.get("downloadfilename", os.path.basename(url))
        if local and not path.is_absolute():
            path = pathlib.Path(recipe.get("THISDIR")) / "files" / path
        if not path.is_file():
            fail(f"{url}: no {path}")
        if not local and digest("sha256", path.read_bytes()) != \
                recipe.get(f"SRC_URI[{given['name']}.sha256sum]"):
            fail(f"{url}: its sha256 is another one")
        target = work / given.get("subdir", "")
        target.mkdir(parents=True, exist_ok=True)
        if path.name.endswith(".tar.gz"):
            subprocess.run(["tar", "-xzf", str(path), "-C", str(target)], check=True)
        else:
            shutil.copy(path, target)


def check_licences(recipe):
    for entry in recipe.get("LIC_FILES_CHKSUM").split():
        name, *parameters = entry.replace("file://", "").split(";")
        given = dict(parameter.split("=", 1) for parameter in parameters)
        lines = (pathlib.Path(recipe.get("S")) / name).read_bytes().splitlines(keepends=True)
        part = b"".join(lines[int(given.get("beginline", 1)) - 1:int(given.get("endline", len(lines)))])
        if digest("md5", part) != given["md5"]:
            fail(f"LIC_FILES_CHKSUM: {name} has md5 {digest('md5', part)}")
        if not re.search(b"[Ll]icen[sc]e", part):
            fail(f"LIC_FILES_CHKSUM: {name} has no licence there")


def run(recipe, function, compiler):
    prelude = 'set -e\noe_runmake() { make $EXTRA_OEMAKE "$@"; }\n'
    # Nobody makes its group here.
    prelude += 'install() { for word; do shift; case $word in -g) skip=1 ;; *) ' \
               '[ -n "$skip" ] || set -- "$@" "$word"; skip= ;; esac; done; command install "$@"; }\nskip=\n'
    for group in re.findall(r"install .* -g (\S+)", recipe.functions[function]):
        if group not in recipe.get(f"USERADD_PARAM:{recipe.get('USERADD_PACKAGES')}").split():
            fail(f"{function}: nobody makes the group {group}")
    if function == "do_compile_ptest":  # one of the programs will do
        prelude += 'oe_runmake() { make $EXTRA_OEMAKE "$1"; first=$1; shift; ' \
                   'for one; do mkdir -p "${one%/*}" && cp "$first" "$one"; done; }\n'
    environment = {"PATH": os.environ["PATH"], "CC": compiler, "AR": "ar", "NM": "nm",
                   "CFLAGS": "-O2 -pipe -g", "CPPFLAGS": "", "LDFLAGS": "-Wl,-O1 -Wl,-z,relro",
                   "EXTRA_OEMAKE": recipe.get("EXTRA_OEMAKE")}
    done = subprocess.run(["sh", "-c", prelude + recipe.expand(recipe.functions[function])],
                          cwd=recipe.get("S"), env=environment, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        fail(f"{function}:\n{done.stdout[-3000:]}")


def split(recipe):
    """Each file into the first package that takes it."""
    image = pathlib.Path(recipe.get("D"))
    packages = {name: [] for name in recipe.get("PACKAGES").split()}
    for path in sorted(image.rglob("*")):
        if path.is_dir():
            continue
        name = "/" + str(path.relative_to(image))
        for package, files in packages.items():
            patterns = recipe.get(f"FILES:{package}").split()
            if any(fnmatch.fnmatchcase(name, one) or name.startswith(one + "/") for one in patterns):
                files.append(name)
                break
        else:
            fail(f"{name} is installed, but in no package")
        if recipe.get("WORKDIR").encode() in path.read_bytes():
            fail(f"{name} names the folder that it was built in")
    for package in packages:
        for name in recipe.get(f"CONFFILES:{package}").split() \
                if f"CONFFILES:{package}" in map(recipe.expand, recipe.values) else []:
            if name not in packages[package]:
                fail(f"{package} does not have {name}, which is in its CONFFILES")
    return packages


def check_ptest(recipe):
    """run-ptest is where ptest-runner looks, and says what it counts."""
    folder = pathlib.Path(recipe.get("D") + recipe.get("PTEST_PATH"))
    shutil.copy(pathlib.Path(recipe.get("WORKDIR")) / "run-ptest", folder)
    done = subprocess.run(["sh", str(folder / "run-ptest")], cwd="/", stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True, check=False)
    passed = re.findall(r"(?m)^PASS: ", done.stdout)
    sources = list(pathlib.Path(recipe.get("S")).glob("test/unit/**/test_*.c"))
    if done.returncode != 0 or not sources or len(passed) != len(sources):
        fail(f"run-ptest: {len(passed)} of {len(sources)} passed:\n{done.stdout[-2000:]}")


def main():
    path, base, downloads, compiler, *features = sys.argv[1:]
    recipe = Recipe(pathlib.Path(path))
    recipe.values["WORKDIR"] = str(pathlib.Path(base).resolve())
    if features:
        recipe.values["PACKAGECONFIG"] = features[0]
    for name in REQUIRED + [need for one in recipe.inherited for need in CLASSES[one]]:
        recipe.get(recipe.expand(name))
    choose_features(recipe)
    shutil.rmtree(base, ignore_errors=True)
    unpack(recipe, pathlib.Path(downloads))
    check_licences(recipe)
    run(recipe, "do_configure", compiler)
    if features:
        print(recipe.get("EXTRA_OEMAKE"))
        print((pathlib.Path(recipe.get("S")) / "build/config").read_text(encoding="utf-8"))
        return
    for task in ("do_compile", "do_compile_ptest", "do_install", "do_install_ptest"):
        run(recipe, task, compiler)
    check_ptest(recipe)
    for package, files in split(recipe).items():
        for name in files:
            print(f"{package} {name}")


if __name__ == "__main__":
    main()
