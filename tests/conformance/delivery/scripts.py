"""Writes the scripts of tasks to files: `scripts.py FOLDER DELIVERIES...`.

Each sets the variables first that its step is given: ShellCheck then finds one that is used and not given.
"""

import pathlib
import sys

import yaml

folder = pathlib.Path(sys.argv[1])
folder.mkdir()
for delivery in map(pathlib.Path, sys.argv[2:]):
    for file in sorted(delivery.glob("tasks/*.yaml")):
        for task in yaml.safe_load_all(file.read_text()):
            for step in task["spec"]["steps"]:
                if "script" in step:
                    name = f"{delivery.parent.name}-{task['metadata']['name']}-{step['name']}.sh"
                    shell, _, script = step["script"].partition("\n")
                    given = "".join(f'export {one["name"]}="$1"\n' for one in step.get("env", []))
                    (folder / name).write_text(f"{shell}\n{given}{script}")
