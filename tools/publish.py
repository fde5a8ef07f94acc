"""Write the repository's address into badges and set-up cells.

    python -m tools publish owner/name           on GitHub
    python -m tools publish https://host/path    any address git can fetch
    python -m tools publish                      no new address: the notebooks only
    python -m tools publish --check              change nothing; fail if it would

The address stands in pyproject.toml, under [tool.course]; without one there is no
badge, and the set-up cell says so when it is run in Colab.
"""

import re
import tomllib

import nbformat

from tools import ROOT, lessons, parser

EXTRAS = ("dev",)
TAG = "colab-setup"
BADGE = "[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]"


def repository():
    """The address in pyproject.toml, or ""."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return project["tool"]["course"]["repository"]


def write_repository(address):
    if re.fullmatch(r"[\w.-]+/[\w.-]+", address):
        address = f"https://github.com/{address}"
    if not re.fullmatch(r"[a-z+]+://\S+", address):
        raise SystemExit(
            f"{address!r} is neither owner/name nor an address such as "
            f"https://host/path."
        )
    path = ROOT / "pyproject.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        re.sub(r'(?m)^repository = ".*"', f'repository = "{address}"', text),
        encoding="utf-8",
    )
    return address


def setup_source(address):
    """The set-up cell: in Colab it fetches the package; elsewhere it does nothing."""
    only_in_colab = (
        'if "COLAB_RELEASE_TAG" in os.environ:  # in Colab only; elsewhere this cell '
        "does nothing"
    )
    lines = ["import os", "", only_in_colab]
    if address:
        lines += [
            f"    %pip install --quiet --no-deps git+{address}",
            "    from course_utils.colab import install_missing",
            "    install_missing()",
        ]
    else:
        lines += [
            "    raise RuntimeError(",
            '        "This copy of the course names no repository to install from. "',
            '        "Whoever published it can add one: make publish REPO=owner/name"',
            "    )",
        ]
    return "\n".join(lines)


def badge(address, name):
    """The badge's line, or "" for an address that Colab cannot open."""
    on_github = re.fullmatch(
        r"https://github\.com/([\w.-]+/[\w.-]+?)(?:\.git)?/?", address
    )
    if not on_github:
        return ""
    colab = f"https://colab.research.google.com/github/{on_github[1]}"
    return f"{BADGE}({colab}/blob/main/notebooks/{name})"


def align(notebook, address, name):
    """Badge and set-up cell as the address says.

    A notebook that has been run stays comparable: no cell moves.
    """
    title = notebook.cells[0]
    lines = [
        line
        for line in title.source.rstrip().splitlines()
        if not line.startswith(BADGE)
    ]
    wanted = badge(address, name)
    title.source = "\n".join(lines).rstrip() + (f"\n\n{wanted}" if wanted else "")
    setup = next(
        (cell for cell in notebook.cells if TAG in cell.metadata.get("tags", [])), None
    )
    if setup is None:
        place = next(
            i
            for i, cell in enumerate(notebook.cells)
            if "setup" in cell.metadata.get("tags", [])
        )
        setup = nbformat.v4.new_code_cell(metadata={"tags": [TAG, "hide-input"]})
        notebook.cells.insert(place, setup)
    setup.source = setup_source(address)
    return notebook


def main(arguments):
    """Bring every notebook in line with the address."""
    options = parser("publish", __doc__)
    options.add_argument("address", nargs="?", help="owner/name, or an address")
    options.add_argument("--check", action="store_true", help="change nothing")
    options = options.parse_args(arguments)
    check = options.check
    address = write_repository(options.address) if options.address else repository()
    out_of_line = []
    for path in lessons():
        before = nbformat.read(path, as_version=4)
        after = align(nbformat.from_dict(before), address, path.name)
        if nbformat.writes(after) != path.read_text(encoding="utf-8").rstrip("\n"):
            out_of_line.append(path.name)
            if not check:
                nbformat.write(after, path)
    if check and out_of_line:
        raise SystemExit(
            f"Out of line with pyproject.toml's address: {', '.join(out_of_line)}. "
            f"Run: make publish"
        )
    if check:
        print("In line.")
    else:
        where = address or "no address"
        print(f"{len(out_of_line)} notebook(s) brought in line with {where}.")
