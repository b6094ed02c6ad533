"""A chart as far as its files are at hand, and what it has to say about values of ours."""

import copy
import fnmatch
import re
import types

import yaml

# Where pods are placed; some charts write scanJobNodeSelector and the like.
PLACEMENT = re.compile(r"(nodeSelector|[a-z]NodeSelector|tolerations|[a-z]Tolerations)$")
# The one in C is ten times as fast, where PyYAML has it.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def load(text):
    return yaml.load(text, LOADER)


# --- values as nested maps ---


def at(values, path):
    """The value at a path of keys; None where there is none."""
    for key in path:
        values = values.get(key) if isinstance(values, dict) else None
    return values


def merged(below, above):
    """Two layers of values as Helm merges them: maps deeply, null removes."""
    if not isinstance(below, dict) or not isinstance(above, dict):
        return above
    result = dict(below)
    for key, value in above.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merged(below.get(key), value)
    return result


def leaves(values, path=()):
    """Every path in values, with its value; lists are leaves."""
    for key, value in values.items():
        yield (*path, key), value
        if isinstance(value, dict):
            yield from leaves(value, (*path, key))


def dotted(path):
    return ".".join(map(str, path))


def matches(path, patterns):
    """Whether a path is one of the patterns, in which `*` stands for any text."""
    return any(fnmatch.fnmatchcase(dotted(path), pattern) for pattern in patterns)


# --- a chart, as far as its files are at hand ---


class Chart:
    """The defaults of a chart with those of its sub-charts in their places."""

    def __init__(self, folder, remarks, everywhere=types.MappingProxyType({})):
        self.folder = folder
        about = load((folder / "Chart.yaml").read_text())
        self.version = about["version"]
        self.text = (folder / "values.yaml").read_text()
        self.defaults = load(self.text) or {}
        self.conditions, self.missing, self.open = {}, {}, set()
        self.free = {**everywhere.get("free", {}), **remarks.get("free", {})}
        self.from_above = remarks.get("fromAbove", {})
        self.every_node = remarks.get("onEveryNode", {})
        self.unplaced = remarks.get("unplaced", {})
        for dependency in about.get("dependencies", []):
            name, key = dependency["name"], dependency.get("alias") or dependency["name"]
            conditions = (dependency.get("condition") or "").split(",")
            self.conditions[key] = [condition.strip().split(".") for condition in conditions if condition]
            if (folder / "charts" / name / "values.yaml").is_file():
                below = Chart(folder / "charts" / name, {})
                self.defaults[key] = merged(below.defaults, self.defaults.get(key) or {})
                self.text += below.text
            else:
                self.open.add(key)
                if name not in remarks.get("noPods", {}):
                    self.missing[key] = name
        # Every sub-chart reads it, and a chart that names nothing in it leaves it to them.
        if self.conditions and "global" not in self.defaults:
            self.open.add("global")

    def is_off(self, values, path):
        """Whether the values switch off what stands at the path, by a switch above or beside it."""
        for length in range(len(path)):
            scope = at(values, path[:length]) if length else values
            if length == 1 and path[0] in self.conditions:
                switches = [at(values, condition) for condition in self.conditions[path[0]]]
                if False in switches:
                    return True
            if length and isinstance(scope, dict):
                if any(scope.get(switch) is False for switch in ("enabled", "create", "install")):
                    return True
                if 0 in [scope[key] for key in ("replicas", "replicaCount") if type(scope.get(key)) is int]:
                    return True
        return False


def unknown(chart, ours):
    """Keys that the chart does not have. A map that is empty there is free, and so is a key that a comment shows."""

    def below(ours, theirs, path):
        for key, value in ours.items():
            here = (*path, key)
            if key not in theirs:
                shown = re.search(rf'(?m)^[ #-]*"?{re.escape(str(key))}"?:', chart.text)
                if not shown and not matches(here, chart.free):
                    yield dotted(here)
            elif isinstance(value, dict) and isinstance(theirs[key], dict) and theirs[key]:
                yield from below(value, theirs[key], here)

    closed = {key: value for key, value in ours.items() if key not in chart.open}
    return list(below(closed, chart.defaults, ()))


def unplaced(chart, ours, used):
    """Keys for the placement of a workload that is installed, and that we leave to the chart.

    Puts into `used` the lines of charts.yaml that made a difference.
    """
    values = merged(chart.defaults, ours)

    def remark(kind, path):
        lines = getattr(chart, kind)
        for pattern, line in lines.items():
            conditions = line.get("while", {}) if isinstance(line, dict) else {}
            if matches(path, [pattern]) and all(at(values, key.split(".")) == value for key, value in conditions.items()):
                used.add((kind, pattern))
                return line
        return None

    for path, default in leaves(chart.defaults):
        if not PLACEMENT.search(str(path[-1])) or isinstance(default, (bool, str)) or chart.is_off(values, path):
            continue
        workload, key = path[:-1], path[-1]
        set_by_us = at(ours, path) is not None
        is_selector = key.lower().endswith("nodeselector")
        if remark("every_node", workload) and is_selector:
            if set_by_us and at(ours, path):
                yield f"{dotted(path)} chooses nodes, and these pods run on every node"
        elif not set_by_us and not remark("unplaced", workload):
            above = remark("from_above", workload)
            if not above or at(ours, (*above["from"].split("."), key)) is None:
                yield f"{dotted(path)} is not set"


def without(values, path):
    """The values without what stands at the path."""
    values = copy.deepcopy(values)
    del (at(values, path[:-1]) if path[1:] else values)[path[-1]]
    return values


def unseen(chart, ours):
    """Keys of ours that could be taken away without a finding, although nothing explains that."""
    values, missing = merged(chart.defaults, ours), set(unplaced(chart, ours, set()))
    placed = [path for path, _ in leaves(ours) if PLACEMENT.search(str(path[-1])) and not chart.is_off(values, path)]
    for path in placed:
        remarks = {**chart.from_above, **chart.unplaced, **chart.every_node}
        explained = matches(path[:-1], remarks) or path not in dict(leaves(chart.defaults))
        if not explained and not set(unplaced(chart, without(ours, path), set())) - missing:
            yield dotted(path)
