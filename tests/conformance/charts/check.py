"""Fetching charts and judging values, compared with Helm.

    check.py RENDER TOOLS

* Charts that Helm packs and lists in an index, or pushes to a registry, arrive here with the bytes that `helm pull` gets.
* What is the newest version, Helm and we agree on, with and without pre-releases.
* A certificate of one's own is believed with --ca-file, and not without.
* Values that the schemas of a chart refuse are refused by both, and no others.
* The committed out/ stands what real charts say, where SUPERCARGO_CHARTS has them; and a planted key is found in each.
"""

import functools
import hashlib
import http.server
import json
import os
import pathlib
import shutil
import ssl
import subprocess
import sys
import tempfile
import threading

import yaml

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parent.parent.parent
VERSIONS = ["1.2.3", "1.10.0", "1.9.0", "2.0.0-rc.1"]

BASE = """\
platform:
  name: example
  email: platform@example.com
  domain: proof.example.com
  repository: {url: https://git.example.com/platform.git, revision: main}
  registry: registry.example.com/example
cluster: {region: fra1, version: "1.36", nodePools: {tools: {size: s-2vcpu-4gb, min: 1, max: 1}}}
identity: {provider: oidc, issuer: https://login.example.com/, groupsClaim: groups}
"""

ABOUT = """\
apiVersion: v2
name: podinfo
version: 0.0.0
dependencies:
- {name: database, version: 0.1.0, alias: store, condition: store.enabled, repository: ""}
"""

VALUES = """\
replicas: 1
mode: a
image:
  tag: x
  # pullPolicy: IfNotPresent
closed: {a: 1}
ports: []
labels: {app: x}
free: {}
"""

SCHEMA = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "object",
    "required": ["replicas"],
    "properties": {
        "replicas": {"type": "integer", "minimum": 1},
        "mode": {"enum": ["a", "b"]},
        "closed": {"additionalProperties": False, "properties": {"a": {"type": "integer"}}},
        "ports": {"items": {"$ref": "#/definitions/port"}},
        "global": {"properties": {"region": {"type": "string"}}},
    },
    "definitions": {"port": {"type": "integer"}},
}

SCHEMA_BELOW = {
    "properties": {
        "size": {"type": "integer", "maximum": 10},
        "global": {"type": "object", "properties": {"region": {"type": "string"}}},
    },
    "required": ["global"],
}

problems, counts = [], {}


def expect(condition, text, kind):
    counts[kind] = counts.get(kind, 0) + 1
    if not condition:
        problems.append(text)


def run(*command, **options):
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, **options)


class Tools:
    """The programs, in a world of their own: no proxy, no home."""

    def __init__(self, render, tools, folder):
        self.program, self.tools = render, tools
        homes = {f"HELM_{kind}_HOME": str(folder / f"helm-{kind}") for kind in ("CACHE", "CONFIG", "DATA")}
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "NO_COLOR": "1", **homes}

    def render(self, project, *arguments):
        return run(self.program, "--project", project, *arguments, env=self.environment)

    def helm(self, *arguments, fails=False):
        result = run(self.tools / "helm", *arguments, env=self.environment)
        if result.returncode and not fails:
            sys.exit(f"helm {arguments}: {result.stderr}")
        return result


def make_chart(folder):
    """A chart with a chart in it, both with schemas."""
    below = folder / "charts" / "database"
    (folder / "templates").mkdir(parents=True)
    below.mkdir(parents=True)
    (folder / "Chart.yaml").write_text(ABOUT)
    (folder / "values.yaml").write_text(VALUES)
    (folder / "values.schema.json").write_text(json.dumps(SCHEMA))
    (folder / "templates" / "a.yaml").write_text("{{ .Values | toYaml }}\n")
    (below / "Chart.yaml").write_text("{apiVersion: v2, name: database, version: 0.1.0}\n")
    (below / "values.yaml").write_text("size: 1\nenabled: true\n")
    (below / "values.schema.json").write_text(json.dumps(SCHEMA_BELOW))
    return folder


def project(folder, repository, version="1.2.3", values=None):
    """A project that pins the chart."""
    (folder / "values").mkdir(parents=True, exist_ok=True)
    chart = {"repository": repository, "chart": "podinfo", "version": version, "namespace": "x", "values": values or {}}
    (folder / "values" / "proof.yaml").write_text(BASE + yaml.safe_dump({"charts": {"podinfo": chart}}))
    return folder


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def serve(folder, context=None):
    """A web server for a folder; its port."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_port


def certificate(folder):
    """A context with a certificate that nobody knows; none where there is no openssl."""
    if not shutil.which("openssl"):
        return None
    names = "subjectAltName=DNS:localhost,IP:127.0.0.1"
    made = run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
               "-addext", names, "-addext", "basicConstraints=critical,CA:FALSE", "-keyout", folder / "tls.key", "-out", folder / "tls.pem")  # fmt: skip
    if made.returncode:
        sys.exit(f"openssl: {made.stderr}")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "tls.pem", folder / "tls.key")
    return context


def pulled(tools, place, *arguments):
    """What a pull kept: the digest of the lock, and that of the bytes."""
    result = tools.render(place, "charts", "pull", *arguments)
    if result.returncode:
        return result.stderr, None
    lock = yaml.safe_load((place / "charts.lock").read_text())["charts"][0]["digest"]
    (kept,) = (place / ".supercargo" / "charts").glob("podinfo-*.tgz")
    return lock, "sha256:" + hashlib.sha256(kept.read_bytes()).hexdigest()


def newest(tools, place, *arguments):
    result = tools.render(place, "charts", "outdated", "--plain-http", "--message-format", "json", *arguments)
    found = json.loads(result.stdout)["charts"]
    return found[0]["newest"] if found else None


def fetching(tools, folder, chart):
    """An index, encrypted and not, and a registry."""
    site = folder / "site"
    site.mkdir()
    for version in VERSIONS:
        tools.helm("package", chart, "--version", version, "--destination", site)
    tools.helm("repo", "index", site)
    port = serve(site)
    context = certificate(folder)
    registry = subprocess.Popen(
        [tools.tools / "registry", "-port", "0"], stderr=subprocess.PIPE, text=True, env=tools.environment
    )
    try:
        oci = f"localhost:{registry.stderr.readline().split()[-1]}/team"
        threading.Thread(target=registry.stderr.read, daemon=True).start()
        for archive in site.glob("*.tgz"):
            tools.helm("push", archive, f"oci://{oci}", "--plain-http")
        places = {"index": (f"127.0.0.1:{port}", "https"), "registry": (oci, "oci")}
        for kind, (host, scheme) in places.items():
            theirs = folder / f"helm-{kind}"
            theirs.mkdir()
            url = ["podinfo", "--repo", f"http://{host}"] if kind == "index" else [f"oci://{host}/podinfo", "--plain-http"]
            for version in ("1.2.3", "2.0.0-rc.1"):
                tools.helm("pull", *url, "--version", version, "--destination", theirs)
                digest = "sha256:" + hashlib.sha256((theirs / f"podinfo-{version}.tgz").read_bytes()).hexdigest()
                ours = project(folder / f"ours-{kind}-{version}", f"{scheme}://{host}", version)
                got = pulled(tools, ours, "--plain-http")
                expect(got == (digest, digest), f"{kind} {version}: Helm has {digest}, we have {got}", "archives")
            ours = folder / f"ours-{kind}-1.2.3"
            for ours_too, helms in (([], []), (["--pre-releases"], ["--devel"])):
                shown = yaml.safe_load(tools.helm("show", "chart", *url, *helms).stdout)["version"]
                found = newest(tools, ours, *ours_too)
                expect(found == shown, f"{kind}: the newest is {shown} for Helm and {found} for us", "newest versions")
        if context is None:
            print("charts: SKIPPED certificates, because openssl is missing")
            return
        ours = project(folder / "ours-tls", f"https://localhost:{serve(site, context)}")
        refused = tools.render(ours, "charts", "pull")
        expect(refused.returncode == 2 and "no secure connection" in refused.stderr, refused.stderr, "connections")
        lock, kept = pulled(tools, ours, "--ca-file", folder / "tls.pem")
        expect(kept == lock, f"with --ca-file: {lock}", "connections")
    finally:
        registry.terminate()
        registry.wait()


def findings(result):
    return [json.loads(line) for line in result.stderr.splitlines() if line.startswith("{")]


def of_charts(result):
    return [one for one in findings(result) if str(one.get("code", "")).startswith(("chart", "unknown-chart-key"))]


def judging(tools, folder, chart):
    """The same values for Helm and for us."""
    shelf = folder / "shelf"
    shelf.mkdir()
    tools.helm("package", chart, "--version", "1.2.3", "--destination", shelf)
    place = project(folder / "judged", "https://charts.example.com")
    if (pull := tools.render(place, "charts", "pull", "--from", shelf)).returncode:
        sys.exit(pull.stderr)
    for case in yaml.safe_load((HERE / "cases.yaml").read_text()):
        values = case["values"]
        given = folder / "given.yaml"
        given.write_text(yaml.safe_dump(values))
        helm = tools.helm("template", "x", shelf / "podinfo-1.2.3.tgz", "--values", given, fails=True)
        # The values of a chart go through ours, where null means another thing: so the rendered file is written as it is.
        project(place, "https://charts.example.com")
        template = place / "templates" / "charts" / "{chart}" / "values.yaml.j2"
        template.parent.mkdir(parents=True, exist_ok=True)
        template.write_text(yaml.safe_dump(values))
        if (rendered := tools.render(place, "--env", "proof")).returncode:
            sys.exit(rendered.stderr)
        result = tools.render(place, "check", "--env", "proof", "--message-format", "json")
        found = of_charts(result)
        refused = any(one["code"] == "chart-values" for one in found)
        keys = [one["message"].split("`")[1] for one in found if one["code"] == "unknown-chart-key"]
        wanted = case.get("refused", False)
        verdicts = {"Helm": helm.returncode != 0, "we": refused}
        expect(set(verdicts.values()) == {wanted}, f"{values}: refused should be {wanted}: {verdicts}: {found}", "values")
        expect(keys == case.get("keys", []), f"{values}: keys {keys}", "values")
        expect(result.returncode == int(refused), f"{values}: exit {result.returncode}", "values")


def real(tools, folder, charts):
    """The committed values against real charts."""
    place = folder / "real"
    for name in ("values", "templates", "out", "application"):
        shutil.copytree(ROOT / name, place / name)
    pull = tools.render(place, "charts", "pull", "--from", charts)
    expect(pull.returncode == 0, pull.stderr, "pulls of real charts")
    result = tools.render(place, "check", "--all", "--message-format", "json")
    for one in of_charts(result):
        problems.append(f"out/: {one['message']} ({one.get('file') or one.get('location')})")
    pinned = json.loads(tools.render(place, "charts", "list", "--message-format", "json").stdout)["charts"]
    # A key that no chart knows, planted beside what each service has.
    sections = {section.split(": ")[1] for one in pinned for section in one["sections"]}
    for section in sorted(one.removeprefix("services.") for one in sections if one.startswith("services.")):
        if "." in section:
            continue
        path = place / "values" / "base.yaml"
        before = path.read_text()
        data = yaml.safe_load(before)
        data["services"].setdefault(section, {}).setdefault("values", {})["plantedKey"] = 1
        path.write_text(yaml.safe_dump(data))
        found = of_charts(tools.render(place, "check", "--all", "--message-format", "json"))
        path.write_text(before)
        expect(any("`plantedKey`" in one["message"] for one in found), f"{section}: a planted key stays unseen", "planted keys")


def main():
    render, tools = (pathlib.Path(argument).resolve() for argument in sys.argv[1:3])
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        tools = Tools(render, tools, folder)
        chart = make_chart(folder / "podinfo")
        fetching(tools, folder, chart)
        judging(tools, folder, chart)
        if charts := os.environ.get("SUPERCARGO_CHARTS"):
            real(tools, folder, charts)
        else:
            print("charts: SKIPPED out/ against real charts, because SUPERCARGO_CHARTS is not set")
    for problem in problems:
        print(f"charts: {problem}", file=sys.stderr)
    counted = ", ".join(f"{number} {kind}" for kind, number in counts.items())
    print(f"charts: {counted}; {len(problems)} wrong")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
