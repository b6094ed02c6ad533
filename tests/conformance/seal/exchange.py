"""Secrets from us to kubeseal and back, for every scope and every kind of plaintext."""

import base64
import json
import pathlib
import subprocess
import sys

render, kubeseal, work = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
certificate = work / "values/certs/dev.pem"
private_key = work / ".supercargo/keys/dev.pem"
sealed_file = work / "values/sealed/dev.yaml"
NAMESPACE = "external-dns"
LIMIT = 1024 * 1024

FEW = {
    "text": b"orange",
    "empty": b"",
    "binary.bin": bytes(range(256)) * 3,
    "not_ascii": "Größe ✓ \U0001f6a2\n".encode(),
    "lines": b"a: b\n---\nkind: Secret\n",
}
CONTENTS = {
    "one": {"password": b"orange"},
    "void": {"empty": b""},
    "many": FEW,
    "large": {"large": bytes(index * 7 % 251 for index in range(LIMIT))},
}
SCOPES = ["strict", "namespace-wide", "cluster-wide"]
compared = 0


def call(*command, stdin=b""):
    """The standard output of a command, which has to succeed."""
    done = subprocess.run([str(part) for part in command], input=stdin, capture_output=True)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stderr.decode()}")
    return done.stdout


def same(who, secret, expected):
    """Compares a Secret that `who` has opened. Go prints an empty value as null."""
    global compared
    found = {key: base64.b64decode(value or "") for key, value in (secret.get("data") or {}).items()}
    if found != expected:
        sys.exit(f"{who}: the Secret {secret['metadata']['name']} has {sorted(found)}, other plaintext, or both")
    compared += len(found)


def files(name, data):
    """Writes each value to a file and returns `key=path` of all."""
    folder = work / "plain" / name
    folder.mkdir(parents=True, exist_ok=True)
    for key, value in data.items():
        (folder / key).write_bytes(value)
    return [f"{key}={folder / key}" for key in data]


def seal(name, scope, data):
    """Seals with us."""
    sources = [part for source in files(name, data) for part in ("--from-file", source)]
    options = ["--scope", scope, "--allow-empty", "--label", "app=x", "--annotation", "note=a b"]
    call(render, "--project", work, "seal", "set", "--env", "dev", f"{NAMESPACE}/{name}", *sources, *options)


def unseal(*names):
    """Opens with us; Secrets by name."""
    ids = [f"{NAMESPACE}/{name}" for name in names]
    text = call(render, "--project", work, "seal", "unseal", "--env", "dev", "--key", private_key, *ids).decode()
    secrets = {}
    for document in text.split("---\n"):
        # Our own canonical form, which the YAML part judges; here it is enough to find `data`.
        head, _, data = document.partition("\ndata:\n")
        name = next(line.split(": ")[1] for line in head.split("\n") if line.startswith("  name: "))
        pairs = dict(line.strip().split(": ", 1) for line in data.rstrip("\n").split("\n") if line.strip())
        values = {key: value.strip('"') for key, value in pairs.items()}
        secrets[name] = {"metadata": {"name": name}, "data": values}
    return secrets


def ours_to_theirs():
    """We seal and render; kubeseal opens the SealedSecrets as they lie under out/."""
    expected = {}
    for scope in SCOPES:
        for kind, data in CONTENTS.items():
            seal(f"{kind}-{scope}", scope, data)
            expected[f"{kind}-{scope}"] = data
    call(render, "--project", work, "--env", "dev")
    text = (work / "out/dev/services/external-dns/manifests/sealed-secrets.yaml").read_text()
    for document in text.split("---\n"):
        secret = json.loads(call(kubeseal, "--recovery-unseal", "--recovery-private-key", private_key, stdin=document.encode()))
        same("kubeseal", secret, expected.pop(secret["metadata"]["name"]))
        assert secret["metadata"]["labels"] == {"app": "x"} and secret["metadata"]["annotations"]["note"] == "a b", secret
    assert not expected, f"not rendered: {sorted(expected)}"


def store(sealed, scope):
    """Writes what kubeseal made to our file, by name."""
    lines = ["sealed:"]
    for name, data in sealed.items():
        entry = {"scope": scope, "encryptedData": data}
        lines.append(f"  {NAMESPACE}/{name}: {json.dumps(entry)}")
    sealed_file.write_text("\n".join(lines) + "\n")


def theirs_to_ours():
    """kubeseal seals whole Secrets, single values, and into a file; we open them."""
    for scope in SCOPES:
        sealed, expected = {}, {}
        for kind, data in CONTENTS.items():
            manifest = {
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {"name": kind, "namespace": NAMESPACE},
                "data": {key: base64.b64encode(value).decode() for key, value in data.items()},
            }
            options = ["--cert", certificate, "--scope", scope]
            whole = json.loads(call(kubeseal, *options, "--format", "json", stdin=json.dumps(manifest).encode()))
            sealed[kind], expected[kind] = whole["spec"]["encryptedData"], data

            raw = {}
            for source in files(f"raw-{kind}", data):
                key, path = source.split("=", 1)
                place = {"strict": ["--name", f"raw-{kind}", "--namespace", NAMESPACE], "cluster-wide": []}
                place = place.get(scope, ["--namespace", NAMESPACE])
                raw[key] = call(kubeseal, *options, "--raw", *place, "--from-file", path).decode().strip()
            sealed[f"raw-{kind}"], expected[f"raw-{kind}"] = raw, data

            # One more key, into the file that kubeseal wrote before.
            target = work / f"merge-{scope}-{kind}.json"
            target.write_text(json.dumps(whole))
            added = {**manifest, "data": {"added": base64.b64encode(b"later").decode()}}
            call(kubeseal, *options, "--format", "json", "--merge-into", target, stdin=json.dumps(added).encode())
            merged = json.loads(target.read_text())["spec"]["encryptedData"]
            # The name is part of what a strict ciphertext is bound to: one of the two entries at a time.
            store({kind: merged}, scope)
            same("render", unseal(kind)[kind], {**data, "added": b"later"})
        store(sealed, scope)
        for name, secret in unseal(*sealed).items():
            same("render", secret, expected[name])


ours_to_theirs()
theirs_to_ours()
print(f"seal: {compared} values went through, {len(SCOPES)} scopes")
