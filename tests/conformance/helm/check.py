"""Holds the Helm values under out/ to their charts: readable, allowed by the schema, no unknown key, every pod placed.

    check.py HELM OUT

Helm passes over a key that a chart does not know without a word, and a workload whose placement nobody set runs
anywhere. What a chart's values.yaml knows, and where it has room for `nodeSelector` and `tolerations`, is read from
SUPERCARGO_CHARTS; what it does not say about itself stands in charts.yaml, with a reason for each line.
"""

import functools
import os
import pathlib
import subprocess
import sys
import tempfile

import yaml

from chart import LOADER, PLACEMENT, Chart, leaves, load, merged, unknown, unplaced, unseen

HERE = pathlib.Path(__file__).parent


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
