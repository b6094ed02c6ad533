"""Compares our verdicts about objects of Kubernetes' own kinds with those of kubernetes-validate.

    referee.py VERDICTS DOCS

Where the two disagree, one of the reasons below has to hold. Each reason is explained in a table of DOCS by its name, and
one that never holds, or that is not explained, fails, too: what is written there stays true.
"""

import functools
import json
import re
import sys
from pathlib import Path

import jsonschema
from kubernetes_validate import utils
from referencing import Registry, Resource



def is_null(document, path):
    """Whether null stands in `document` where a message says that something is missing."""
    for index, key in re.findall(r"\[(\d+)\]|([^.\[]+)", path):
        document = document[int(index)] if index else document.get(key, "")
    return document is None


# Why we refuse what the other takes: each of our findings has to be one of these.
STRICTER = {
    "name": lambda found, _: found["message"] == "`metadata.name` is missing",
    "form": lambda found, _: found["label"] == "not of the form that is asked for",
    "choice": lambda found, _: found["label"] == "not one of the choices",
    "range": lambda found, _: found["label"] == "outside the limit",
    "item": lambda found, _: found["label"] == "repeats an item above",
    "null-item": lambda found, _: found["message"].endswith("found null") and found["path"].endswith("]"),
    "null-required": lambda found, document: found["message"].endswith("` is missing")
    and is_null(document, found["message"].split("`")[1]),
}
# Why we take what the other refuses: each of its errors has to be one of these.
LAXER = {
    "null-field": lambda error, _: error.instance is None and error.validator == "oneOf",
    "status": lambda error, _: error.path and error.path[0] == "status",
}


@functools.cache
def validator(minor, kind, api_version):
    """The other's strict schema of a kind; none where it has no such kind."""
    folder = f"kubernetes-json-schema/v1.{minor}.0-local-strict"
    # The file is named after the first label of the group.
    version = re.sub(r"^([^./]*)(?:\.[^/]*)?/", r"\1-", api_version)
    try:
        schema = utils.schema_contents(f"{folder}/{kind.lower()}-{version}.json", f"1.{minor}")
    except FileNotFoundError:
        return None
    definitions = utils.schema_contents(f"{folder}/_definitions.json", f"1.{minor}")
    registry = Resource.from_contents(definitions) @ (Resource.from_contents(schema) @ Registry())
    return jsonschema.validators.Draft202012Validator(schema, registry=registry)


def reasons(case, errors):
    """The reasons that explain a disagreement; nothing for one that is not explained."""
    table, faults = (LAXER, errors) if errors else (STRICTER, case["found"])
    explained = [next((name for name, holds in table.items() if holds(fault, case["document"])), None) for fault in faults]
    return set() if None in explained else set(explained)


def main():
    verdicts, docs = map(Path, sys.argv[1:])
    judged = refused = 0
    wrong, held = [], set()
    for line in verdicts.read_text().splitlines():
        case = json.loads(line)
        document = case["document"]
        judge = validator(case["minor"], document["kind"], document["apiVersion"])
        if judge is None:
            wrong.append(f"{case['case']}: the other does not know its kind")
            continue
        judged += 1
        errors = list(judge.iter_errors(document))
        refused += bool(errors)
        if bool(errors) == bool(case["found"]):
            continue
        explained = reasons(case, errors)
        held |= explained
        if not explained:
            said = errors[0].message if errors else case["found"][0]["message"]
            wrong.append(f"{case['case']}: only {'the other' if errors else 'we'}: {said}")
    known = STRICTER.keys() | LAXER.keys()
    written = set(re.findall(r"^\| `([a-z-]+)` \|", docs.read_text().split("## Where we differ")[1], re.MULTILINE))
    wrong += [f"{docs.name} does not explain `{name}`" for name in sorted(known - written)]
    wrong += [f"{docs.name} explains `{name}`, which is no reason" for name in sorted(written - known)]
    wrong += [f"`{name}` explains nothing any more" for name in sorted(known - held)]
    for problem in wrong[:50]:
        print(problem)
    print(f"schemas: {judged} objects judged, {refused} refused by the other, {len(wrong)} wrong")
    return 1 if wrong or not judged else 0


if __name__ == "__main__":
    sys.exit(main())
