"""Holds the Helm values under out/ to their charts: readable, allowed by the schema, no unknown key, every pod placed.

    check.py HELM OUT

Helm passes over a key that a chart does not know without a word, and a workload whose placement nobody set runs
anywhere. What a chart's values.yaml knows, and where it has room for `nodeSelector` and `tolerations`, is read from
SUPERCARGO_CHARTS; what it does not say about itself stands in charts.yaml, with a reason for each line.
"""

import copy
import fnmatch
import functools
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import types

import yaml

HERE = pathlib.Path(__file__).parent
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


# --- what is rendered ---


class Release:
    """A chart with values of ours, as one source of an Application has it."""

    def __init__(self, environment, application, source, values, place):
        self.name = f"{environment}-{application}-{source['chart']}"
        self.chart, self.version = source["chart"], str(source["targetRevision"]).removeprefix("v")
        self.values, self.place = values, place


def releases(out):
    """Every chart that an Application under `out` installs."""
    for path in sorted(out.glob("*/apps/*.yaml")):
        environment = path.relative_to(out).parts[0]
        for document in yaml.load_all(path.read_text(), LOADER):
            if not document or document.get("kind") != "Application":
                continue
            for source in document["spec"].get("sources", []):
                if "chart" not in source:
                    continue
                helm = source.get("helm", {})
                place, values = str(path), helm.get("valuesObject", {})
                for name in helm.get("valueFiles", []):
                    # The repository itself, and so the folder above out/.
                    place = str(out.parent / name.removeprefix("$values/"))
                    values = load(pathlib.Path(place).read_text()) or {}
                yield Release(environment, document["metadata"]["name"], source, values, place)


def rendered_values(out):
    return {str(path) for kind in ("services", "charts") for path in out.glob(f"*/{kind}/*/values.yaml")}


# --- Helm ---


def helm_reads(helm, folder, release, chart):
    """What Helm says against the values: a chart of ours with the defaults and the schema of the real one."""
    stand_in = folder / release.name
    (stand_in / "templates").mkdir(parents=True)
    version = release.version
    (stand_in / "Chart.yaml").write_text(f"apiVersion: v2\nname: {release.chart}\nversion: {version}\n")
    (stand_in / "templates" / "values.yaml").write_text("{{ .Values | toYaml }}\n")
    for name in ("values.yaml", "values.schema.json"):
        if chart and (chart.folder / name).is_file():
            (stand_in / name).write_bytes((chart.folder / name).read_bytes())
    ours = folder / f"{release.name}.yaml"
    ours.write_text(yaml.safe_dump(release.values))
    values = release.place if release.place.endswith("/values.yaml") else ours
    homes = {f"HELM_{kind}_HOME": str(folder / kind) for kind in ("CACHE", "CONFIG", "DATA")}
    command = [helm, "template", "release", stand_in, "--values", values]
    run = subprocess.run(command, env={**os.environ, **homes}, capture_output=True, text=True)
    return run.stderr.strip() if run.returncode else ""


# --- the check itself ---


def referee(helm, folder):
    """A judge that lets everything pass is worth nothing: each fault has to be found in a chart made for it."""
    home = folder / "referee-data"
    (home / "charts" / "below").mkdir(parents=True)
    (home / "Chart.yaml").write_text(
        "version: 1.0.0\ndependencies:\n- {name: below, alias: under, condition: under.enabled}\n- {name: far, condition: far.enabled}\n"
    )
    (home / "values.yaml").write_text(
        "known: 1\nmap: {known: 1}\nfree: {}\n# shown: 1\n"
        "one: {nodeSelector: {}, tolerations: []}\nidle: {enabled: false, tolerations: []}\nnone: {replicas: 0, tolerations: []}\n"
        "agent: {nodeSelector: {}, tolerations: []}\nheir: {tolerations: []}\nscan: {jobTolerations: []}\nfar: {enabled: false}\n"
    )
    (home / "charts" / "below" / "Chart.yaml").write_text("version: 1.0.0\n")
    (home / "charts" / "below" / "values.yaml").write_text("deep: {tolerations: []}\n")
    chart = Chart(home, {"onEveryNode": {"agent": "each node"}, "fromAbove": {"heir": {"from": "one"}}})

    ours = {"known": 2, "map": {"typo": 2}, "free": {"any": 2}, "shown": 2, "far": {"any": 1}, "under": {"typo": 1}}
    assert unknown(chart, ours) == ["map.typo", "under.typo"], unknown(chart, ours)
    bare = {f"{path} is not set" for path in (
        "one.nodeSelector", "one.tolerations", "agent.tolerations", "heir.tolerations", "scan.jobTolerations",
        "under.deep.tolerations",
    )}
    assert set(unplaced(chart, {}, set())) == bare, set(unplaced(chart, {}, set()))
    place = {"nodeSelector": {"pool": "tools"}, "tolerations": []}
    placed = {
        "one": place, "agent": {"tolerations": []}, "scan": {"jobTolerations": []}, "under": {"deep": {"tolerations": []}},
    }
    assert not list(unplaced(chart, placed, set())) and not list(unseen(chart, placed))
    everywhere = merged(placed, {"agent": place, "idle": {"enabled": True}})
    assert len(list(unplaced(chart, everywhere, set()))) == 2

    release = Release("referee", "referee", {"chart": "referee", "targetRevision": "1.0.0"}, {"known": 2}, "")
    assert helm_reads(helm, folder, release, None) == ""
    (home / "values.schema.json").write_text('{"type": "object", "additionalProperties": false}')
    release.name += "-closed"
    assert helm_reads(helm, folder, release, chart) != "", "Helm does not hold values to a schema"


@functools.cache
def chart_at(folder):
    """The chart in a folder, with what charts.yaml says of it."""
    remarks = load((HERE / "charts.yaml").read_text())
    return Chart(folder, remarks.get(folder.name, {}), remarks["every chart"])


def find_chart(charts, release):
    """The chart at hand, or why there is none."""
    folder = pathlib.Path(charts or os.devnull) / release.chart
    if not (folder / "Chart.yaml").is_file() or not (folder / "values.yaml").is_file():
        return None, f"no chart {release.chart} in SUPERCARGO_CHARTS"
    chart = chart_at(folder)
    if str(chart.version).removeprefix("v") != release.version:
        return None, f"it is {chart.version} in SUPERCARGO_CHARTS, the Application wants {release.version}"
    return chart, ""


def main():
    helm, out = sys.argv[1], pathlib.Path(sys.argv[2])
    charts, remarks = os.environ.get("SUPERCARGO_CHARTS"), load((HERE / "charts.yaml").read_text())
    wrong, skipped, asked, held, keys = [], [], set(), 0, 0
    used, places = set(), rendered_values(out)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        referee(helm, folder)
        everything = list(releases(out))
        for release in everything:
            chart, why = find_chart(charts, release)
            where = f"{release.place} ({release.chart} {release.version})"
            if refusal := helm_reads(helm, folder, release, chart):
                wrong.append(f"{where}: {refusal}")
            if not chart:
                skipped.append(f"{where}: keys, schema and placement, because {why}")
                continue
            asked.add(release.chart)
            held += (chart.folder / "values.schema.json").is_file()
            keys += sum(bool(PLACEMENT.search(str(path[-1]))) for path, _ in leaves(release.values))
            lines = set()
            wrong += [f"{where}: no key {key}" for key in unknown(chart, release.values)]
            wrong += [f"{where}: {problem}" for problem in unplaced(chart, release.values, lines)]
            wrong += [f"{where}: {key} could go and nobody would notice" for key in unseen(chart, release.values)]
            used |= {(release.chart, *line) for line in lines}
            values = merged(chart.defaults, release.values)
            for key, name in chart.missing.items():
                if not chart.is_off(values, (key,)) and not chart.is_off(values, (key, "")):
                    skipped.append(f"{where}: the sub-chart {name}, because its values.yaml is not at hand")
    wrong += [f"{place} belongs to no Application" for place in sorted(places - {one.place for one in everything})]
    for chart in asked & remarks.keys():
        for kind, key in (("every_node", "onEveryNode"), ("from_above", "fromAbove"), ("unplaced", "unplaced")):
            lines = remarks[chart].get(key, {})
            wrong += [f"charts.yaml: {chart}, {key}: nothing needs {line}" for line in lines if (chart, kind, line) not in used]
    if not charts:
        skipped = ["all keys, schemas and placement, because SUPERCARGO_CHARTS is not set"]
    for line in skipped:
        print(f"helm: SKIPPED {line}")
    for line in wrong:
        print(f"helm: {line}", file=sys.stderr)
    version = subprocess.run([helm, "version", "--template", "{{.Version}}"], capture_output=True, text=True).stdout
    print(
        f"helm {version}: {len(everything)} releases, {len(wrong)} wrong; {len(asked)} charts asked for keys and placement,"
        f" {held} values files held to a schema, {keys} keys of placement, {len(skipped)} SKIPPED"
    )
    if not everything:
        sys.exit(f"helm: no Application below {out} installs a chart")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
