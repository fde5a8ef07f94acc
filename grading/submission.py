"""A submission's bytes as the code cells that are run."""

import json

LARGEST = 20_000_000


class Unreadable(ValueError):
    """The file is no notebook; the text says why."""


def read(path):
    """A file's content; a link may lead anywhere, so links are not followed.

    Raises
    ------
    Unreadable : it cannot be read.
    """
    try:
        if path.is_symlink() or not path.is_file():
            raise Unreadable("it is a link or a folder, not a file")
        with path.open("rb") as file:
            return file.read(LARGEST + 1)
    except OSError as error:
        raise Unreadable(f"the file cannot be read ({error.strerror})") from error


def notebook_in(data):
    """The notebook in these bytes, as a dict with a list of cells.

    Raises
    ------
    Unreadable : what it is instead.
    """
    if len(data) > LARGEST:
        raise Unreadable(
            f"the file has {len(data) / 1e6:.0f} MB or more; the most is "
            f"{LARGEST / 1e6:.0f} MB"
        )
    try:
        # some editors of Windows put a mark of three bytes before the text
        notebook = json.loads(data.decode("utf-8-sig"))
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise Unreadable(
            f"the file is not JSON, so no notebook ({type(error).__name__})"
        ) from error
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list) or not all(isinstance(cell, dict) for cell in cells):
        raise Unreadable("the file is JSON, but no notebook: it has no list of cells")
    return notebook


def cells_of(data):
    """The code cells of a notebook given as bytes, without those that grading does not
    run: {place among all code cells: source}.

    Raises
    ------
    Unreadable : what is wrong with it.
    """
    sources, place = {}, 0
    for cell in notebook_in(data)["cells"]:
        source, metadata = cell.get("source", ""), cell.get("metadata")
        if isinstance(source, list) and all(isinstance(line, str) for line in source):
            source = "".join(source)
        if not isinstance(source, str):
            raise Unreadable("a cell's source is no text")
        tags = metadata.get("tags", []) if isinstance(metadata, dict) else []
        ignored = isinstance(tags, list) and "otter_ignore" in tags
        if cell.get("cell_type") == "code":
            place += 1
            if not ignored and not source.startswith("grader."):
                sources[place] = source
    return sources
