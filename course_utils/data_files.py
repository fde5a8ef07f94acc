"""Where the small files stand that the course ships: tables with their sources,
measured results, trained weights.

In the repository they are in `data/` at the top; in an installed package they are
inside it, in `course_utils/data`.
"""

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path


def data_folder() -> Traversable:
    """The folder of shipped files: `course_utils/data` of an installed package, else
    the repository's `data`.

    Raises
    ------
    FileNotFoundError : when neither is there.
    """
    inside_the_package = files("course_utils") / "data"
    if inside_the_package.is_dir():
        return inside_the_package
    beside_the_package = Path(__file__).resolve().parent.parent / "data"
    if beside_the_package.is_dir():
        return beside_the_package
    raise FileNotFoundError(
        f"the course's data folder was looked for at {inside_the_package} and "
        f"{beside_the_package} and is in neither: is course_utils a copy of a single "
        "folder? Install the package, or use the whole repository."
    )


def data_file(name: str) -> Traversable:
    """The shipped file called `name`, for example "architectures.csv" or
    "measured/fashion.json".

    What comes back has `.open()`, `.read_text()` and `.read_bytes()`; code that needs a
    real path on disk can use `importlib.resources.as_file`.

    Raises
    ------
    FileNotFoundError : with the names that are there, when the course ships no
        such file.
    """
    folder = data_folder()
    wanted = folder.joinpath(*name.split("/"))
    if not wanted.is_file():
        present = (
            ", ".join(sorted(entry.name for entry in folder.iterdir())) or "nothing"
        )
        raise FileNotFoundError(
            f"the course ships no data file named {name!r}. Its data folder holds: "
            f"{present}."
        )
    return wanted
