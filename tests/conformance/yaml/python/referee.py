"""Reads the YAML of each record with PyYAML, a reader of YAML 1.1, and compares it with the expected data."""

import json
import sys

import yaml


class Loader(yaml.SafeLoader):
    """PyYAML's safe loader, but with an error for a key that comes twice."""

    def construct_mapping(self, node, deep=False):
        mapping = super().construct_mapping(node, deep=deep)
        if len(mapping) != len(node.value):
            raise yaml.constructor.ConstructorError(None, None, "a key came twice", node.start_mark)
        return mapping


def same(expected, found):
    """Equality that tells 1 from 1.0 and from true, minds the order of keys, and keeps -0.0."""
    if type(expected) is not type(found):
        return False
    if isinstance(expected, dict):
        return list(expected) == list(found) and all(same(expected[key], found[key]) for key in expected)
    if isinstance(expected, list):
        return len(expected) == len(found) and all(map(same, expected, found))
    return repr(expected) == repr(found)


def judge(record):
    """What is wrong with the record, or None."""
    try:
        found = yaml.load(record["yaml"], Loader)
    except yaml.YAMLError as error:
        return f"unreadable: {error}"
    return None if same(record["expected"], found) else f"different: {found!r:.600}"


def main(path):
    read = wrong = 0
    with open(path, encoding="utf-8", newline="\n") as records:
        for line in records:
            record = json.loads(line)
            read += 1
            problem = judge(record)
            if problem:
                wrong += 1
                if wrong <= 20:
                    print(f"{problem}\n--- yaml\n{record['yaml']:.600}\n--- expected\n{record['expected']!r:.600}")
    print(f"PyYAML {yaml.__version__}: {read} records, {wrong} wrong")
    return 1 if wrong or not read else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: referee.py RECORDS")
    sys.exit(main(sys.argv[1]))
