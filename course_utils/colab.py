"""What a notebook does before its first line in Colab, where the package arrives
without its dependencies.

Colab has TensorFlow, Keras and the rest installed, in versions that fit its machines.
Upgrading any of them forces a restart and breaks others, so the set-up cell installs
this package with `--no-deps`, and `install_missing` adds only what is not there at all,
with every installed version held where it is.
"""

import importlib.metadata
import subprocess
import sys
import tempfile
from pathlib import Path

from packaging.requirements import Requirement

NOT_NEEDED_IN_COLAB = {"jupyterlab"}  # Colab is the front end


def missing_requirements(package="course-utils"):
    """The package's own requirements of which no version at all is installed: a list
    such as ["filelock>=3.13"].
    """
    missing = []
    for line in importlib.metadata.requires(package) or []:
        requirement = Requirement(line)
        # no extra is asked for, so what only an extra needs is not needed
        wanted = requirement.marker is None or requirement.marker.evaluate()
        if not wanted or requirement.name.lower() in NOT_NEEDED_IN_COLAB:
            continue
        try:
            importlib.metadata.distribution(requirement.name)
        except importlib.metadata.PackageNotFoundError:
            requirement.marker = None
            missing.append(str(requirement))
    return missing


def install_missing(package="course-utils"):
    """Install what is missing and change nothing that is there; print one line that
    says what was done.

    Raises
    ------
    RuntimeError : pip could not do it, with pip's own last lines.
    """
    missing = missing_requirements(package)
    if not missing:
        print("Everything the course needs is here.")
        return
    found = {
        dist.metadata["Name"]: dist.version
        for dist in importlib.metadata.distributions()
    }
    installed = sorted(
        f"{name}=={version}"
        for name, version in found.items()
        if name and name != package
    )
    with tempfile.TemporaryDirectory() as folder:
        held = Path(folder) / "installed.txt"
        held.write_text("\n".join(installed), encoding="utf-8")
        command = [
            sys.executable,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--constraint",
            str(held),
            *missing,
        ]
        done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(
            f"pip could not install {', '.join(missing)}:\n"
            + "\n".join(done.stderr.splitlines()[-5:])
        )
    print(f"Installed {', '.join(missing)}; nothing that was here was changed.")
