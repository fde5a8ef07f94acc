"""What a saved notebook must be.

Each rule takes a notebook and its path, and yields what is wrong, in words.
"""

import ast
import json
import re
import statistics
import subprocess
import sys
import tempfile
from html.parser import HTMLParser
from pathlib import Path

import nbformat
from IPython.core.inputtransformer2 import TransformerManager

from course_utils.plots.lesson_06 import MEASURED
from tools import is_further, lessons, number

IGNORE = "nbval-ignore-output"
KNOWN_TAGS = {
    IGNORE,
    "colab-setup",
    "setup",
    "hide-input",
    "exercise",
    "solution",
    "explorer",
    "check",
    "band",
    "your-turn",
    "reply",
    "next",
}
LANGUAGE = {
    "codemirror_mode",
    "file_extension",
    "mimetype",
    "name",
    "nbconvert_exporter",
    "pygments_lexer",
    "version",
}
MOST_LINES, MEDIAN_LINES, MOST_BYTES = 30, 8, 1_000_000
LEAST_COMPARED = 0.75
FOLDERS = "root|home|Users|tmp|var|private|mnt|opt|usr|content|work"
ABSOLUTE_PATH = re.compile(rf"(?<![\w./~:-])/(?:{FOLDERS})/[\w.-]+|\b[A-Z]:\\\\?\w+")
WARNING = re.compile(r"\b\w*Warning\b|^WARNING|\bW0000\b|\bI0000\b", re.MULTILINE)
MATPLOTLIB_REPR = re.compile(r"^<.*>$", re.DOTALL)
BASE64 = re.compile(r"base64,[A-Za-z0-9+/=]+")
# Alone, or after a word and a space; not `use_bias=False,` in a listing of source, nor
# in an array, which ends in a bracket.
VERDICT = re.compile(r"(?m)^(?:.*\s)?\(?(?:True|False)[.)]*\s*$")


def code_cells(notebook):
    return [
        cell
        for cell in notebook.cells
        if cell.cell_type == "code" and cell.source.strip()
    ]


def tags(cell):
    return set(cell.metadata.get("tags", []))


def output_texts(output):
    """The texts of one output that nbval compares: streams, plain text, HTML; without
    the pictures in them.
    """
    if output.output_type == "stream":
        return [output.text]
    data = output.get("data", {})
    return [
        BASE64.sub("base64,", data[kind])
        for kind in ("text/plain", "text/html", "image/svg+xml")
        if kind in data
    ]


class _Pictures(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attributes):
        if tag == "img":
            self.found.append(dict(attributes))


def pictures(output):
    """The attributes of each <img> of an output."""
    parser = _Pictures()
    parser.feed(output.get("data", {}).get("text/html", ""))
    return parser.found


def was_run_in_order(notebook, path):
    """Every code cell was run, once, from top to bottom: nbval compares nothing where
    the count is missing.
    """
    counts = [cell.execution_count for cell in code_cells(notebook)]
    if counts != list(range(1, len(counts) + 1)):
        yield f"execution counts are {counts}; run `make notebooks NB={number(path)}`"


def has_no_error(notebook, path):
    for cell in code_cells(notebook):
        for output in cell.outputs:
            if output.output_type == "error":
                yield (
                    f"cell [{cell.execution_count}] ended in {output.ename}: "
                    f"{output.evalue}"
                )


def has_no_warning(notebook, path):
    """Nothing on stderr and no warning's text anywhere."""
    for cell in code_cells(notebook):
        for output in cell.outputs:
            if output.output_type == "stream" and output.name == "stderr":
                yield (
                    f"cell [{cell.execution_count}] wrote to stderr: "
                    f"{output.text[:80]!r}"
                )
            for text in output_texts(output):
                if found := WARNING.search(text):
                    yield f"cell [{cell.execution_count}] shows a warning: {found[0]!r}"


def has_no_absolute_path(notebook, path):
    for cell in notebook.cells:
        texts = [cell.source] + [
            text for output in cell.get("outputs", []) for text in output_texts(output)
        ]
        for text in texts:
            if found := ABSOLUTE_PATH.search(text):
                yield f"an absolute path, {found[0]!r}, in {cell.source[:40]!r}"


def has_small_cells(notebook, path):
    lengths = [len(cell.source.splitlines()) for cell in code_cells(notebook)]
    for cell, length in zip(code_cells(notebook), lengths, strict=True):
        if length > MOST_LINES:
            yield (
                f"cell [{cell.execution_count}] has {length} lines; the most is "
                f"{MOST_LINES}"
            )
    if lengths and statistics.median(lengths) > MEDIAN_LINES:
        yield (
            f"half of the cells have over {statistics.median(lengths)} lines; the "
            f"most is {MEDIAN_LINES}"
        )


def is_small(notebook, path):
    if path.stat().st_size > MOST_BYTES:
        yield f"{path.stat().st_size:,} bytes; the most is {MOST_BYTES:,}"


def describes_its_pictures(notebook, path):
    """Each picture is an <img> with alt text, so that the words reach every page; the
    same words stand beside it as plain text, and a caption in the next cell that is no
    check.
    """
    for index, cell in enumerate(notebook.cells):
        for output in cell.get("outputs", []):
            where, data = f"cell [{cell.execution_count}]", output.get("data", {})
            if any(kind.startswith("image/") for kind in data):
                yield (
                    f"{where} shows a picture that no page has words for; show it with "
                    f"`course_utils.plots`"
                )
                continue
            shown = pictures(output)
            if not shown:
                continue
            words = data.get("text/plain", "")
            for picture in shown:
                alt = picture.get("alt") or ""
                if len(alt) < 30 or MATPLOTLIB_REPR.match(alt):
                    yield f"{where} shows a picture with no alt text (only {alt!r})"
                if alt != words:
                    yield f"{where}: alt text and plain text differ ({words!r})"
                if "max-width: 100%" not in picture.get("style", ""):
                    yield f"{where} shows a picture that may be wider than the page"
            later = next(
                (
                    other
                    for other in notebook.cells[index + 1 :]
                    if "check" not in tags(other)
                ),
                None,
            )
            if (
                later is None
                or later.cell_type != "markdown"
                or "**Figure" not in later.source
            ):
                yield f"{where} shows a picture and no caption (**Figure N.** ...)"


def compares_most_outputs(notebook, path):
    """The share of cells with text output that nbval compares."""
    with_text = [
        cell
        for cell in code_cells(notebook)
        if any(output_texts(output) for output in cell.outputs)
    ]
    compared = [cell for cell in with_text if IGNORE not in tags(cell)]
    if with_text and len(compared) / len(with_text) < LEAST_COMPARED:
        share = f"{len(compared)} of {len(with_text)}"
        yield (
            f"only {share} cells with text outputs are compared; at least "
            f"{LEAST_COMPARED:.0%} must be"
        )


def checks_what_it_ignores(notebook, path):
    """After a cell whose output is not compared, or only up to what a training gave,
    the next compared one asserts what must hold all the same.
    """
    cells = code_cells(notebook)
    for index, cell in enumerate(cells):
        texts = sum(map(output_texts, cell.outputs), [])
        if IGNORE in tags(cell) or any(MEASURED in text for text in texts):
            checked = next(
                (later for later in cells[index + 1 :] if IGNORE not in tags(later)),
                None,
            )
            if checked is None or "assert" not in checked.source:
                yield (
                    f"cell [{cell.execution_count}] is not compared, and the next "
                    f"one that is asserts nothing"
                )


def leaves_words_to_the_plots(notebook, path):
    """No code cell writes alt text: the plot function makes it of what it draws, so it
    is true of every data source.
    """
    for cell in code_cells(notebook):
        for part in ast.walk(
            ast.parse(TransformerManager().transform_cell(cell.source))
        ):
            named = (
                getattr(part, "arg", None),  # alt=...
                getattr(part, "attr", None),  # figure.alt
                getattr(part, "value", None),  # {"alt": ...}
            )
            if "alt" in [name for name in named if isinstance(name, str)]:
                yield (
                    f"cell [{cell.execution_count}] writes alt text; let the function "
                    f"of `course_utils.plots` make it of what it draws"
                )
                break


def uses_known_tags(notebook, path):
    for cell in notebook.cells:
        for tag in tags(cell):
            if tag not in KNOWN_TAGS and not tag.startswith("defines-"):
                yield (
                    f"tag {tag!r} in {cell.source[:40]!r} is not one of ours "
                    f"(nbval's are in lower case)"
                )


def says_before_it_does(notebook, path):
    """Every code cell is led in by prose; only set-up cells, folded checks and replies
    may follow another.
    """
    for before, cell in zip(notebook.cells, notebook.cells[1:], strict=False):
        led_in = tags(before) & {"colab-setup", "setup"} or tags(cell) & {
            "check",
            "reply",
        }
        if cell.cell_type == before.cell_type == "code" and not led_in:
            yield f"no prose before the cell {cell.source[:40]!r}"


def folds_its_checks(notebook, path):
    """A check only asserts and is folded away; a reader sees the numbers instead."""
    for cell in code_cells(notebook):
        if "check" not in tags(cell):
            continue
        if "assert" not in cell.source or cell.outputs:
            yield (
                f"the check {cell.source[:40]!r} must assert, and show nothing: print "
                f"the numbers in a cell of their own"
            )
        if not cell.metadata.get("jupyter", {}).get("source_hidden"):
            yield (
                f"the check {cell.source[:40]!r} is not folded away; run "
                f"`make notebooks NB={number(path)}`"
            )


def prints_no_verdict(notebook, path):
    """No line of text is, or ends in, True or False: a reader sees the number that
    tells, and a folded check asserts what must be true.  A table may hold both, for
    there they are the data.
    """
    for cell in code_cells(notebook):
        for output in cell.outputs:
            data = output.get("data", {})
            if "text/html" in data:
                continue
            if found := VERDICT.search(output.get("text", data.get("text/plain", ""))):
                yield (
                    f"cell [{cell.execution_count}] prints the verdict "
                    f"{found[0].strip()!r}: show a number, and assert in a check"
                )


def answers_your_turn(notebook, path):
    """A "your turn" cell is asked for in bold, answered by the next cell, and its
    answer is folded into the Markdown after that.
    """
    for index, cell in enumerate(notebook.cells):
        if "your-turn" not in tags(cell):
            continue
        before = notebook.cells[index - 1].source
        later = [
            other
            for other in notebook.cells[index + 1 : index + 4]
            if "check" not in tags(other)
        ] + [None, None]
        if "**Your turn.**" not in before:
            yield f"{cell.source[:40]!r} is not asked for: **Your turn.** ..."
        if later[0] is None or "reply" not in tags(later[0]):
            yield f"no cell tagged reply answers {cell.source[:40]!r}"
        if later[1] is None or "<details>" not in later[1].source:
            yield f"no folded answer follows {cell.source[:40]!r}"


def sections(notebook):
    """The cells before the first heading, and those of each section after it."""
    parts = [[]]
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and re.search(r"(?m)^## ", cell.source):
            parts.append([])
        parts[-1].append(cell)
    return parts[0], parts[1:]


STUDY_TIME = re.compile(r"\*\*(?:Study time|Time to study):\*\*")
NUMBERS = r"\d+(?:, \d+)*(?: and \d+)?"
USES = re.compile(
    rf"[Ss]ections? ({NUMBERS}) (?:uses?|needs?|builds? on) [^.]*?sections? ({NUMBERS})"
)
ALL_ABOVE = "Run All Above Selected Cell"


def can_be_begun_in_the_middle(notebook, path):
    """A section uses only names that the cells before the first section, or its own,
    have made.  Where it needs more, the words beside the study time say so: which other
    sections ("Sections 3 and 4 use section 2"), or all that stands above it.
    """
    first, later = sections(notebook)
    said = " ".join(" ".join(cell.source.split()) for cell in first)
    if not STUDY_TIME.search(said) or ALL_ABOVE in said:
        return
    runnable = lambda cells: [
        cell.source
        for cell in code_cells(nbformat.v4.new_notebook(cells=cells))
        if "colab-setup" not in tags(cell)
    ]
    headings = [re.search(r"(?m)^## (.*)", section[0].source)[1] for section in later]
    numbers = [heading.split(" ")[0] for heading in headings]
    by_number = dict(zip(numbers, later, strict=True))
    uses = {
        number: re.findall(r"\d+", needed)
        for those, needed in USES.findall(said)
        for number in re.findall(r"\d+", those)
    }
    with tempfile.TemporaryDirectory() as folder:
        for index, section in enumerate(later):
            used = [by_number.get(one, []) for one in uses.get(numbers[index], [])]
            parts = [runnable(cells) for cells in (first, *used, section)]
            lines = "\n".join(sum(parts, []))
            Path(folder, f"section{index}.py").write_text(lines, encoding="utf-8")
        check = ("check", "--isolated", "--select=F821", "--output-format=json")
        found = subprocess.run(
            [sys.executable, "-m", "ruff", *check, folder],
            capture_output=True,
            text=True,
        )
    for problem in json.loads(found.stdout):
        heading = headings[int(re.search(r"section(\d+)", problem["filename"])[1])]
        yield (
            f"section {heading!r}: {problem['message']} if one begins there; make it "
            f"there, or write beside the study time which section it uses, or to "
            f"choose *{ALL_ABOVE}* first"
        )


def links_lead_somewhere(notebook, path):
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            for target in re.findall(
                r"\]\((?!https?:|#|mailto:)([^)#\s]+)", cell.source
            ):
                if not (path.parent / target).exists():
                    yield f"a link to {target!r}, which is not there"


def keeps_no_widget_state(notebook, path):
    if "widgets" in notebook.metadata:
        yield "metadata.widgets is saved: exports would show blanks"
    for cell in code_cells(notebook):
        if any(
            "application/vnd.jupyter.widget-view+json" in output.get("data", {})
            for output in cell.outputs
        ):
            yield (
                f"cell [{cell.execution_count}] keeps a widget of a kernel that is "
                f"gone: the picture would not show"
            )


def opens_unchanged(notebook, path):
    """JupyterLab finds all that it would write into a notebook just by opening it."""
    missing = LANGUAGE - set(notebook.metadata.get("language_info", {}))
    if missing or "kernelspec" not in notebook.metadata:
        yield (
            f"the metadata lacks {', '.join(sorted(missing)) or 'kernelspec'}: "
            f"JupyterLab would mark it as edited; run `make notebooks "
            f"NB={number(path)}`"
        )


def ends_with_what_comes_next(notebook, path):
    if "next" not in tags(notebook.cells[-1]):
        yield "does not end with homework and next lesson; run `make publish`"


def has_the_parts_of_a_lesson(notebook, path):
    prose = "\n".join(
        cell.source for cell in notebook.cells if cell.cell_type == "markdown"
    )
    wanted = ["You will be able to", "Before you start", "Running time"]
    if number(path) != "00":
        wanted += ["Check yourself", "<details>", "Summary", "References"]
    if number(path) != "00" and not is_further(path):
        wanted += ["Exercises"]
    for part in wanted:
        if part.lower() not in prose.lower():
            yield f"has no part {part!r}"


RULES = [
    was_run_in_order,
    has_no_error,
    has_no_warning,
    has_no_absolute_path,
    has_small_cells,
    is_small,
    describes_its_pictures,
    compares_most_outputs,
    checks_what_it_ignores,
    leaves_words_to_the_plots,
    uses_known_tags,
    says_before_it_does,
    folds_its_checks,
    prints_no_verdict,
    answers_your_turn,
    can_be_begun_in_the_middle,
    links_lead_somewhere,
    keeps_no_widget_state,
    opens_unchanged,
    ends_with_what_comes_next,
    has_the_parts_of_a_lesson,
]
NOTEBOOKS = lessons()
