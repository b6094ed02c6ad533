"""Holds every crate that we build on to the licences and the sources that we allow.

A small part of what cargo-deny does, in a second: compiling cargo-deny takes minutes of each CI run, and the advisories
that would be worth them come from a Git host that not every runner reaches.
"""

import json
import re
import subprocess
import sys

# Permissive, and compatible with our Apache-2.0. Of "A OR B" one has to be here, of "A AND B" both.
LICENCES = {
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "CC0-1.0",
    "ISC",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
}
# Direct dependencies of each package, so that one more is a decision and not an accident.
DIRECT = {"Cargo.toml": 42, "application/lofi/Cargo.toml": 6}
# A crate that comes in two versions is compiled twice; each that does has its reason here.
TWICE = {
    "Cargo.toml": {
        "bit-set": "proptest is a version behind",
        "bit-vec": "proptest is a version behind",
        "getrandom": "proptest and tempfile differ; tests only",
        "r-efi": "comes with getrandom, for UEFI only",
        "similar": "insta is a version behind; tests only",
        "syn": "derive macros are moving to the next major version",
        "windows-sys": "notify is a version behind, rustls-native-certs one ahead; Windows only",
    },
    "application/lofi/Cargo.toml": {},
}


def allowed(expression):
    """Whether the licence expression can be met with LICENCES."""
    # Old manifests separate alternatives by a slash.
    tokens = re.findall(r"\(|\)|[^\s()]+", expression.replace("/", " OR "))

    def alternatives(at):
        met, at = conditions(at)
        while at < len(tokens) and tokens[at] == "OR":
            other, at = conditions(at + 1)
            met = met or other
        return met, at

    def conditions(at):
        met, at = licence(at)
        while at < len(tokens) and tokens[at] == "AND":
            other, at = licence(at + 1)
            met = met and other
        return met, at

    def licence(at):
        if tokens[at] == "(":
            met, at = alternatives(at + 1)
            return met, at + 1
        name, at = tokens[at], at + 1
        if tokens[at : at + 1] == ["WITH"]:
            name, at = f"{name} WITH {tokens[at + 1]}", at + 2
        return name in LICENCES, at

    return alternatives(0)[0]


def problems(metadata, most, known):
    """Everything that is wrong with a graph of dependencies: `most` direct ones, and crates `known` to come twice."""
    packages = metadata["packages"]
    ours = set(metadata["workspace_members"])
    others = [package for package in packages if package["id"] not in ours]
    # One registry, and no Git repository, folder or mirror beside it.
    registry = others[0]["source"]
    for package in others:
        name = f"{package['name']} {package['version']}"
        if package["source"] != registry or not (registry or "").startswith("registry+"):
            yield f"{name} comes from {package['source']}"
        if not package["license"]:
            yield f"{name} names no licence"
        elif not allowed(package["license"]):
            yield f"{name} has the licence {package['license']}"
    names = [package["name"] for package in others]
    twice = {name for name in names if names.count(name) > 1}
    for name in sorted(twice - known.keys()):
        yield f"{name} comes in several versions: cargo tree --invert {name}"
    for name in sorted(known.keys() - twice):
        yield f"{name} comes once now: take it out of TWICE"
    direct = sum(len(package["dependencies"]) for package in packages if package["id"] in ours)
    if direct > most:
        yield f"{direct} direct dependencies: is the new one worth it? Then raise DIRECT"


def main():
    assert allowed("(MIT OR GPL-3.0) AND Unicode-3.0") and not allowed("MIT AND GPL-3.0")
    crates = wrong = 0
    for manifest, most in DIRECT.items():
        command = ["cargo", "metadata", "--locked", "--format-version", "1", "--manifest-path", manifest]
        metadata = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
        crates += len(metadata["packages"]) - 1
        for problem in problems(metadata, most, TWICE[manifest]):
            wrong += 1
            print(f"{manifest}: {problem}")
    print(f"dependencies: {crates} crates of {len(DIRECT)} packages, {wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
