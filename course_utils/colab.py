"""What a notebook does before its first line in Colab, where the package arrives
without its dependencies.

Colab has TensorFlow, Keras and the rest installed, in versions that fit its machines.
Upgrading any of them forces a restart and breaks others, so the set-up cell installs
this package with `--no-deps`, and `install_missing` adds only what is not there at all,
with every installed version held where it is.  There is one exception: Colab's
tensorflow-metadata wants a newer protobuf than it has, which leaves TensorFlow Datasets
half imported; where that is found to be so, an older tensorflow-metadata takes its
place.
"""

import importlib.metadata
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

from packaging.requirements import Requirement

NOT_NEEDED_IN_COLAB = {"jupyterlab"}  # Colab is the front end
# A bare import is no test: TFDS writes its errors to stderr and goes on half imported.
USE_TFDS = "import tensorflow_datasets; tensorflow_datasets.load"
METADATA_THAT_FITS = "tensorflow-metadata<1.18"


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
    """Install what is missing, changing nothing that is there, then see to it that
    TensorFlow Datasets can be imported; print what was done.

    Raises
    ------
    RuntimeError : pip could not do it, with pip's own last lines.
    """
    missing = missing_requirements(package)
    if missing:
        _install_beside_what_is_there(missing, package)
        print(f"Installed {', '.join(missing)}; nothing that was here was changed.")
    fault = mend_tfds()
    if fault:
        print(
            f"TensorFlow Datasets cannot be imported here: {fault}. Lessons that need "
            "photographs of flowers will stop; the others do without it."
        )
    elif not missing:
        print("Everything the course needs is here.")


def mend_tfds():
    """Make `import tensorflow_datasets` work where tensorflow-metadata hinders it; one
    line says so.

    Returns
    -------
    None when the import works, else its real reason, in one line.

    tensorflow-metadata from 1.18 on wants a newer protobuf than TensorFlow brings
    along. TFDS then stays half imported, and what a notebook gets to read speaks of a
    circular import; so each try is made by a fresh Python, and its first error counts.
    """
    first = _run("-c", USE_TFDS)
    if not first.returncode:
        return None
    if "tensorflow_metadata" not in first.stderr:
        return _reason(first)
    done = _pip("--no-deps", METADATA_THAT_FITS)
    if done.returncode:
        why = f"{METADATA_THAT_FITS} could not be installed ({_reason(done)})"
        return f"{_reason(first)}; {why}"
    second = _run("-c", USE_TFDS)
    if second.returncode:
        return _reason(second)
    print(
        f"Installed {METADATA_THAT_FITS}, because TensorFlow Datasets cannot be "
        f"imported with the one that was here."
    )
    return None


def _install_beside_what_is_there(missing, package):
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
        done = _pip("--constraint", str(held), *missing)
    if done.returncode:
        raise RuntimeError(
            f"pip could not install {', '.join(missing)}:\n"
            + "\n".join(done.stderr.splitlines()[-5:])
        )


def _pip(*arguments):
    return _run("-m", "pip", "install", "--quiet", *arguments)


def _run(*arguments):
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True)


def _reason(done):
    """The first error that a failed Python wrote, which is what the later ones come
    from; the last line of anything else.
    """
    lines = done.stderr.strip().splitlines() or [f"it ended with {done.returncode}"]
    errors = []
    for number, line in enumerate(lines):
        if line.startswith("Traceback "):
            after = (text for text in lines[number + 1 :] if not text.startswith(" "))
            errors.append(next(after, lines[-1]))
    return textwrap.shorten((errors or lines[-1:])[0], 200, placeholder=" ...")
