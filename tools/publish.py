"""Write the repository's address into badges, set-up cells and the README.

    python -m tools publish owner/name           on GitHub
    python -m tools publish https://host/path    any address git can fetch
    python -m tools publish                      no new address: the pages only
    python -m tools publish --check              change nothing; fail if it would

The address stands in pyproject.toml, under [tool.course].  Without one there is no
badge, no set-up cell and no line that says how to clone.  Each lesson's last cell,
homework and next lesson, is written here too, so that all end the same way.
"""

import json
import re
import tomllib

import nbformat

from grading import homework, master
from tools import ROOT, is_further, lessons, lessons_in, number, parser

EXTRAS = ("dev",)
TAG, LAST = homework.SETUP_TAG, "next"
HIDDEN = {"tags": [TAG, "hide-input"], "jupyter": {"source_hidden": True}}
MARKS = "<!-- make publish: begin -->", "<!-- make publish: end -->"
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
    lines = [
        "import os",
        "",
        'if "COLAB_RELEASE_TAG" in os.environ:  # in Colab only; elsewhere this cell '
        "does nothing",
        f"    %pip install --quiet --no-deps git+{address}",
        "    from course_utils.colab import install_missing",
        "    install_missing()",
    ]
    return "\n".join(lines)


def setup():
    """That cell for the address in pyproject.toml; "" without one."""
    return setup_source(repository()) if repository() else ""


def on_github(address):
    """owner/name, or "" for an address that Colab cannot open."""
    found = re.fullmatch(r"https://github\.com/([\w.-]+/[\w.-]+?)(?:\.git)?/?", address)
    return found[1] if found else ""


def in_colab(address, name):
    return (
        f"https://colab.research.google.com/github/{address}/blob/main/notebooks/{name}"
    )


def badge(address, name):
    """The badge's line, or "" for an address that Colab cannot open."""
    owner_and_name = on_github(address)
    return f"{BADGE}({in_colab(owner_and_name, name)})" if owner_and_name else ""


def what_is_next(path, address):
    """The words of a lesson's last cell: homework, next lesson, where to report.

    Parameters
    ----------
    path : the lesson's; what stands beside it is what can be named.
    """
    steps = []
    if (path.parent / "homework" / f"hw{path.name}").exists():
        steps.append(
            f"[homework {number(path)}](homework/hw{path.name}), which answers back"
        )
    beside = lessons_in(path.parent)
    later = [
        other for other in beside if other.name > path.name and not is_further(other)
    ]
    if later:
        steps.append(f"[lesson {_named(later[0])[1:]}")
    words = f"**Next:** {'; then '.join(steps)}." if steps else ""
    if not later:
        words += (
            " This is the last lesson so far; the [map](00_start_here.ipynb) has all."
        )
    further = [
        other
        for other in beside
        if is_further(other) and number(other)[:-1] == number(path)
    ]
    if further:
        words += f" If you want to know more: {'; '.join(map(_named, further))}."
    if owner_and_name := on_github(address):
        report = f"https://github.com/{owner_and_name}/issues/new?title={path.stem}"
        words += (
            f"\n\nA mistake, or a sentence that is hard to read? [Report it]({report})."
        )
    return words.strip()


def _named(path):
    """ "[01b, Two layers](01b_two_layers.ipynb)"."""
    return f"[{number(path)}, {_title(path)}]({path.name})"


def _title(path):
    """ "Pooling", of a lesson that begins with "# 02 · Pooling"."""
    first = nbformat.read(path, as_version=4).cells[0].source.partition("\n")[0]
    return re.split("[,:]", first.rpartition("· ")[2])[0].strip()


def align(notebook, address, path):
    """Badge, set-up cell and last cell as the address says, with the numbers of the
    cells that were run moved up or down where one comes or goes.
    """
    title = notebook.cells[0]
    lines = [
        line
        for line in title.source.rstrip().splitlines()
        if not line.startswith(BADGE)
    ]
    wanted = badge(address, path.name)
    title.source = "\n".join(lines).rstrip() + (f"\n\n{wanted}" if wanted else "")
    _align_setup(notebook, address, number(path))
    last = _tagged(notebook, LAST)
    if last:
        notebook.cells.remove(last)
    else:
        last = nbformat.v4.new_markdown_cell(metadata={"tags": [LAST]})
        last.id = f"{number(path)}-next"
    last.source = what_is_next(path, address)
    notebook.cells.append(last)
    return notebook


def _align_setup(notebook, address, number):
    setup = _tagged(notebook, TAG)
    if not address:
        if setup:
            notebook.cells.remove(setup)
            _move_counts(notebook, setup.execution_count, -1)
        return
    if setup is None:
        first = _tagged(notebook, "setup")
        setup = nbformat.v4.new_code_cell(execution_count=first.execution_count)
        setup.id = f"{number}-colab"
        _move_counts(notebook, first.execution_count, +1)
        notebook.cells.insert(notebook.cells.index(first), setup)
    setup.metadata = nbformat.from_dict(HIDDEN)
    setup.source = setup_source(address)


def _tagged(notebook, tag):
    return next(
        (cell for cell in notebook.cells if tag in cell.metadata.get("tags", [])), None
    )


def _move_counts(notebook, first, by):
    """Cells that were run as the `first` or later count one more, or one less."""
    for cell in notebook.cells:
        count = cell.get("execution_count")
        if first is None or count is None or count < first:
            continue
        cell.execution_count += by
        for output in cell.outputs:
            if output.get("execution_count") == count:
                output.execution_count += by


def readme_lines(address):
    """How to get the course, for the README; "" without an address."""
    if not address:
        return ""
    folder = address.rstrip("/").rpartition("/")[2].removesuffix(".git")
    lines = ["```", f"git clone {address}", f"cd {folder}", "```", ""]
    if owner_and_name := on_github(address):
        colab = in_colab(owner_and_name, "00_start_here.ipynb")
        lines += [
            f"Or look first, with nothing to install: [lesson 00 in Colab]({colab}).",
            "",
        ]
    return "\n" + "\n".join(lines)


def align_readme(text, address):
    """The README with these lines between its two marks."""
    begin, end = MARKS
    if text.count(begin) != 1 or text.count(end) != 1:
        raise SystemExit(f"README.md needs {begin} and {end}, once each.")
    before, _, rest = text.partition(begin)
    return f"{before}{begin}\n{readme_lines(address)}{end}{rest.partition(end)[2]}"


def main(arguments):
    """Bring every lesson and the README in line with the address."""
    options = parser("publish", __doc__)
    options.add_argument("address", nargs="?", help="owner/name, or an address")
    options.add_argument("--check", action="store_true", help="change nothing")
    options = options.parse_args(arguments)
    address = write_repository(options.address) if options.address else repository()
    out_of_line = []
    for path, wanted in pages(address):
        if wanted != path.read_text(encoding="utf-8"):
            out_of_line.append(path.name)
            if not options.check:
                path.write_text(wanted, encoding="utf-8")
    if options.check and out_of_line:
        raise SystemExit(
            f"Out of line with pyproject.toml's address: {', '.join(out_of_line)}. "
            f"Run: make publish"
        )
    if options.check:
        print("In line.")
    else:
        where = address or "no address"
        print(f"{len(out_of_line)} page(s) brought in line with {where}.")


def pages(address):
    """Each page that depends on the address, and the text that it should have."""
    readme = ROOT / "README.md"
    yield readme, align_readme(readme.read_text(encoding="utf-8"), address)
    for path in lessons():
        notebook = align(nbformat.read(path, as_version=4), address, path)
        yield path, nbformat.writes(notebook) + "\n"
    source = setup_source(address) if address else ""
    for path in sorted(master.HOMEWORK.glob("hw*.ipynb")):
        notebook = json.loads(path.read_text(encoding="utf-8"))
        yield path, homework.as_text(homework.with_setup(notebook, source))
