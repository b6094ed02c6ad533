"""Compares the data of the object that kubectl printed (on stdin) with the expected data."""

import json
import sys


def main(path):
    found = json.load(sys.stdin)["data"]
    with open(path, encoding="utf-8") as file:
        expected = json.load(file)
    keys = expected.keys() | found.keys()
    wrong = [key for key in sorted(keys) if expected.get(key) != found.get(key)]
    for key in wrong[:20]:
        print(f"{key}: expected {expected.get(key)!r:.300}, found {found.get(key)!r:.300}")
    print(f"kubectl: {len(expected)} strings, {len(wrong)} wrong")
    return 1 if wrong or not expected else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: kubectl_data.py EXPECTED")
    sys.exit(main(sys.argv[1]))
