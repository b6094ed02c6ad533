"""Looks at what kustomize made of an application's base and overlay: standard input has the documents.

    overlay.py APPLICATION POOL [--digest]

What is wrong stands on a line each; the exit code is 1 then. `--digest`: the image has to be named by its digest.
"""

import sys

import yaml

application, pool, *options = sys.argv[1:]
documents = [one for one in yaml.safe_load_all(sys.stdin) if one]
wrong = []


def expect(holds, what):
    if not holds:
        wrong.append(what)


for one in documents:
    namespace = one["metadata"].get("namespace")
    expect(namespace == application, f"{one['kind']} {one['metadata']['name']} is in the namespace {namespace}")

deployments = [one for one in documents if one["kind"] == "Deployment"]
expect([one["metadata"]["name"] for one in deployments] == [application], "there is not one Deployment of that name")
for deployment in deployments:
    spec = deployment["spec"]
    pod = spec["template"]["spec"]
    labels = spec["template"]["metadata"]["labels"]
    expect(spec["selector"]["matchLabels"].items() <= labels.items(), "the selector does not choose the pods")
    expect(pod.get("nodeSelector") == {"pool": pool}, f"the pods do not go to the pool {pool}")
    tolerated = [one["key"] for one in pod.get("tolerations", []) if one["effect"] == "NoSchedule"]
    expect(tolerated == [pool], f"the pods do not tolerate the taint of the pool {pool}")
    # The level `restricted` of Kubernetes' Pod Security Standards, as far as a Deployment of ours can break it.
    security = pod.get("securityContext", {})
    expect(security.get("runAsNonRoot") is True, "pods may run as root")
    expect(security.get("seccompProfile", {}).get("type") == "RuntimeDefault", "pods have no seccomp profile")
    expect(all("hostPath" not in volume for volume in pod.get("volumes", [])), "a volume is a folder of the node")
    for container in pod["containers"] + pod.get("initContainers", []):
        name, security = container["name"], container.get("securityContext", {})
        expect(security.get("allowPrivilegeEscalation") is False, f"{name} may gain privileges")
        expect(security.get("capabilities", {}).get("drop") == ["ALL"], f"{name} keeps capabilities")
        expect(not security.get("privileged"), f"{name} is privileged")
        expect("requests" in container.get("resources", {}), f"{name} asks for nothing")
        if name == application:
            expect("readinessProbe" in container and "livenessProbe" in container, f"{name} is never asked how it is")
            expect("@sha256:" in container["image"] or "--digest" not in options, f"{container['image']} has no digest")

# Whoever names pods by labels has to mean those of the Deployment.
for one in documents:
    chosen = {"Service": ("selector",), "PodDisruptionBudget": ("selector", "matchLabels")}.get(one["kind"])
    if chosen:
        selector = one["spec"]
        for key in chosen:
            selector = selector[key]
        labels = deployments[0]["spec"]["template"]["metadata"]["labels"]
        expect(selector.items() <= labels.items(), f"the {one['kind']} chooses other pods")

for line in wrong:
    print(f"{application}: {line}", file=sys.stderr)
sys.exit(1 if wrong else 0)
