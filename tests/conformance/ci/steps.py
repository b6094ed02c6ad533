"""Writes the steps of CI jobs to files, and holds the jobs to what may be asked of them: `steps.py FOLDER FILES...`.

Each file sets the variables first that its step is given: ShellCheck then finds one that is used and not given.
"""

import pathlib
import sys

import yaml

# What GitHub gives to each step, and a job to all of its steps.
RUNNER = ["GITHUB_PATH", "GITHUB_STEP_SUMMARY", "RUNNER_TEMP"]


def of_github(workflow):
    """Name, shell, variables and script of each step."""
    assert workflow["permissions"] == {"contents": "read", "pull-requests": "write"}, workflow["permissions"]
    # YAML 1.1 takes the key for a boolean.
    assert set(workflow[True]) == {"pull_request"}, "pull_request_target would hand out more rights"
    for job in workflow["jobs"].values():
        assert "permissions" not in job and job["timeout-minutes"]
        for step in job["steps"]:
            assert "uses" not in step, f"{step['name']}: an action would have to be pinned by its commit"
            assert "${{" not in step["run"], f"{step['name']}: text of a pull request could become part of a script"
            shell = step.get("shell", job["defaults"]["run"]["shell"])
            yield step["name"], shell, [*step.get("env", {}), *workflow["env"], *RUNNER], step["run"]


def of_tekton(task):
    """The same of a Task."""
    assert task["apiVersion"] == "tekton.dev/v1" and task["kind"] == "Task"
    for step in task["spec"]["steps"]:
        assert "$(" not in step["image"].removeprefix("$(params.")
        assert "$(params." not in step["script"], f"{step['name']}: a parameter could become part of a script"
        yield step["name"], "sh", [one["name"] for one in step.get("env", [])], step["script"]


def main(folder, files):
    folder.mkdir()
    comments = set()
    for file in map(pathlib.Path, files):
        document = yaml.safe_load(file.read_text())
        for name, shell, given, script in (of_tekton if "kind" in document else of_github)(document):
            variables = "".join(f'export {one}="$1"\n' for one in given if one not in ("HOME",))
            path = folder / f"{file.stem}-{name.lower().replace(' ', '-').replace('/', '')}.sh"
            path.write_text(f"#!/usr/bin/env {shell}\n{variables}{script}")
            if name.lower() == "comment":
                comments.add(script.replace('TOKEN=$(cat "$TOKEN_FILE")\n', ""))
    assert len(comments) == 1, "the jobs comment in different ways"


main(pathlib.Path(sys.argv[1]), sys.argv[2:])
