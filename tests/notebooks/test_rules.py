"""Every saved notebook keeps every rule; and every rule refuses a notebook made to
break it.
"""

import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from course_utils.plots.figure import picture_bundle
from course_utils.plots.lesson_06 import MEASURED
from course_utils.session import MOST_COLUMNS

from . import rules

ROOT = Path(__file__).resolve().parents[2]
WORDS = "Two photographs side by side: a palace and a dahlia."


@pytest.mark.parametrize("path", rules.NOTEBOOKS, ids=lambda path: path.stem)
@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: rule.__name__)
def test_notebook(rule, path):
    assert list(rule(nbformat.read(path, as_version=4), path)) == []


def test_the_first_lesson_fits_a_narrow_window():
    """A newcomer's: its lines of code and of outputs, so that nothing is scrolled
    sideways or broken within a word.
    """
    for cell in rules.code_cells(nbformat.read(rules.NOTEBOOKS[0], as_version=4)):
        printed = [output.text for output in cell.outputs if "text" in output]
        for line in "\n".join([cell.source, *printed]).splitlines():
            assert len(line) <= MOST_COLUMNS, line


def code(source="1 + 1", count=1, outputs=(), tags=()):
    return new_code_cell(
        source,
        execution_count=count,
        outputs=list(outputs),
        metadata={"tags": list(tags)},
    )


def text(words, name="stdout"):
    return new_output("stream", name=name, text=words)


def picture(words=WORDS, png=b"one", size=(2, 1), **changes):
    data = {**picture_bundle(png, words, size), **changes}
    return new_output("display_data", data=data)


PARTS = (
    "You will be able to. Before you start. Running time. Check yourself <details> "
    "Summary Exercises References"
)
INTRODUCTION = new_markdown_cell(PARTS)
CAPTION = new_markdown_cell("**Figure 1.** See the palace.")
GOOD = [
    INTRODUCTION,
    code(outputs=[text("2")]),
    new_markdown_cell("Next"),
    code(count=2, outputs=[picture()]),
    CAPTION,
    new_markdown_cell("**Next:** lesson 02.", metadata={"tags": ["next"]}),
]
METADATA = {
    "kernelspec": {"name": "python3", "display_name": "Python 3"},
    "language_info": {**dict.fromkeys(rules.LANGUAGE, "x"), "codemirror_mode": {}},
}
BAD = {
    "was_run_in_order": [INTRODUCTION, code(count=None)],
    "has_no_error": [
        code(
            outputs=[new_output("error", ename="ValueError", evalue="no", traceback=[])]
        )
    ],
    "has_no_warning": [code(outputs=[text("UserWarning: old", name="stderr")])],
    "has_no_absolute_path": [code(outputs=[text("saved to /home/me/course/x.png")])],
    "has_small_cells": [code(source="\n".join(["x = 1"] * 31))],
    "describes_its_pictures": [
        code(outputs=[picture("<Figure size 640x480 with 1 Axes>")]),
        CAPTION,
    ],
    "compares_most_outputs": [
        code(outputs=[text("2")], tags=[rules.IGNORE]),
        code(outputs=[text("2")]),
    ],
    "checks_what_it_ignores": [
        code("model.fit(x)", outputs=[text("2")], tags=[rules.IGNORE])
    ],
    "leaves_words_to_the_plots": [code("plots.image_grid([x], alt='A palace.')")],
    "uses_known_tags": [code(tags=["NBVAL_IGNORE_OUTPUT"])],
    "says_before_it_does": [code(), code(count=2)],
    "folds_its_checks": [INTRODUCTION, code("assert 1", tags=["check"])],
    "prints_no_verdict": [code(outputs=[text("equal to six digits: True\n")])],
    "answers_your_turn": [
        new_markdown_cell("**Your turn.** Predict, then run."),
        code("guess = ...", tags=["your-turn"]),
        new_markdown_cell("The answer is 2."),
    ],
    "can_be_begun_in_the_middle": [
        new_markdown_cell("**Study time:** an hour."),
        code("import math"),
        new_markdown_cell("## 1 · First"),
        code("x = math.pi"),
        new_markdown_cell("## 2 · Second"),
        code("y = 2 * x"),
    ],
    "ends_with_what_comes_next": [new_markdown_cell("**Next:** lesson 02.")],
    "links_lead_somewhere": [new_markdown_cell("See [there](99_nowhere.ipynb).")],
    "has_the_parts_of_a_lesson": [new_markdown_cell(PARTS.replace("Summary", ""))],
}


@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: rule.__name__)
def test_rule_passes_a_good_notebook_and_refuses_a_bad_one(rule, tmp_path):
    path = tmp_path / "01_made_up.ipynb"
    path.write_text("{}", encoding="utf-8")
    assert list(rule(new_notebook(cells=GOOD, metadata=METADATA), path)) == []
    if rule is rules.is_small:
        path.write_bytes(b" " * (rules.MOST_BYTES + 1))
        assert list(rule(new_notebook(cells=GOOD), path))
    elif rule is rules.opens_unchanged:
        bare = {**METADATA, "language_info": {"name": "python"}}
        assert list(rule(new_notebook(cells=GOOD, metadata=bare), path))
    elif rule is rules.keeps_no_widget_state:
        assert list(rule(new_notebook(cells=GOOD, metadata={"widgets": {}}), path))
    else:
        assert list(rule(new_notebook(cells=BAD[rule.__name__]), path))


def test_a_view_of_a_widget_that_is_gone_is_refused(tmp_path):
    view = new_output(
        "display_data",
        data={"application/vnd.jupyter.widget-view+json": {"model_id": "4f"}},
    )
    notebook = new_notebook(cells=[code(outputs=[view])])
    assert list(rules.keeps_no_widget_state(notebook, tmp_path / "01_made_up.ipynb"))


@pytest.mark.parametrize(
    "words",
    [
        "True",
        "2 layers\nequal: False\n",
        "('uint8', True)",
        "one: True\ntwo: 1",
        "Is it so? True.",
    ],
)
def test_a_verdict_is_found_in_every_line(words, tmp_path):
    path = tmp_path / "01_made_up.ipynb"
    shown = new_output("execute_result", data={"text/plain": words})
    for output in (text(words), shown):
        notebook = new_notebook(cells=[code(outputs=[output])])
        assert list(rules.prints_no_verdict(notebook, path))


@pytest.mark.parametrize(
    "words",
    [
        "[ True False]",
        "[[ True]\n [False]]",
        "    use_bias=False,\n    skip=True",
        "True positives: 3",
        "largest difference: 0.000000",
    ],
)
def test_data_and_source_are_no_verdict(words, tmp_path):
    notebook = new_notebook(cells=[code(outputs=[text(words)])])
    assert list(rules.prints_no_verdict(notebook, tmp_path / "01_made_up.ipynb")) == []


def test_a_table_may_hold_true_and_false(tmp_path):
    both = {"text/plain": "padded\n  True", "text/html": "<td>True</td>"}
    table = new_output("execute_result", data=both)
    notebook = new_notebook(cells=[code(outputs=[table])])
    assert list(rules.prints_no_verdict(notebook, tmp_path / "01_made_up.ipynb")) == []


def test_words_that_hold_a_training_are_checked_too(tmp_path):
    """A comparison forgives what follows "In this run:", so a cell must assert it."""
    shown = code("draw()", outputs=[picture(f"{WORDS} {MEASURED} 83 % right.")])
    caption, check = CAPTION, code("assert right > 0.5", tags=["check"])
    path = tmp_path / "06_made_up.ipynb"
    rule = rules.checks_what_it_ignores
    assert list(rule(new_notebook(cells=[shown, caption, code()]), path))
    assert not list(rule(new_notebook(cells=[shown, caption, check]), path))


@pytest.mark.parametrize(
    ("source", "is_refused"),
    [
        ("plots.image_grid(\n    [x],\n    alt = words,\n)", True),
        ("figure.alt = 'A palace.'", True),
        ("plots.show(figure, alt='A palace.')", True),
        ("plots.image_grid([x], **{'alt': words})", True),
        ("salt = 1\nplots.season(x, salt=2)", False),
        ("# a function takes alt=words\nprint('alt=')", False),
    ],
)
def test_words_in_a_code_cell_are_found_wherever_they_stand(source, is_refused):
    notebook = new_notebook(cells=[code(source)])
    assert bool(list(rules.leaves_words_to_the_plots(notebook, Path()))) == is_refused


HTML = picture()["data"]["text/html"]
UNDESCRIBED = {
    "no caption": ([picture()], "no caption"),
    "a picture by itself": ([picture(**{"image/png": "AAAA"})], "no page has words"),
    "other plain text": ([picture(**{"text/plain": "A palace."})], "differ"),
    "no alt": (
        [picture(**{"text/html": HTML.replace("alt=", "title=")})],
        "no alt text",
    ),
    "one of two": (
        [picture(**{"text/html": f"{HTML}<br><img src='dahlia.png'>"})],
        "no alt text",
    ),
    "too wide": (
        [picture(**{"text/html": HTML.replace("max-width", "width")})],
        "wider than the page",
    ),
}


@pytest.mark.parametrize("outputs, why", UNDESCRIBED.values(), ids=UNDESCRIBED)
def test_a_picture_without_words_or_caption_is_refused(outputs, why, tmp_path):
    cells = [code(outputs=outputs)] + [CAPTION] * (why != "no caption")
    path = tmp_path / "01_made_up.ipynb"
    found = list(rules.describes_its_pictures(new_notebook(cells=cells), path))
    assert any(why in problem for problem in found), found


BANNER, NUMBER = "Machine: Python 3.11.1", "14"
ALT = f"A line that rises from 1 to 4. {MEASURED} 83 % right, 17 % wrong."
FALLS = ALT.replace("rises from 1 to 4", "falls from 4 to 1")
ANOTHER_TRAINING = ALT.replace("83 % right, 17", "85 % right, 15")
OTHER = {"png": b"another picture", "size": (30, 40)}
# a name: what the saved notebook says, and whether a run of the same code may differ
# from it
SAVED = {
    "unchanged": (BANNER, NUMBER, picture(ALT), True),
    "another_machine": ("Machine: another one altogether", NUMBER, picture(ALT), True),
    "drawn_in_another_way": (BANNER, NUMBER, picture(ALT, **OTHER), True),
    "trained_anew": (BANNER, NUMBER, picture(ANOTHER_TRAINING), True),
    "a_changed_number": (BANNER, "15", picture(ALT), False),
    "a_changed_alt_text": (BANNER, NUMBER, picture(FALLS, **OTHER), False),
    "changed_on_the_page": (
        BANNER,
        NUMBER,
        picture(FALLS, **{"text/plain": ALT}),
        False,
    ),
    "changed_beside_it": (BANNER, NUMBER, picture(ALT, **{"text/plain": FALLS}), False),
    "no_picture": (BANNER, NUMBER, picture(ALT, png=b""), False),
}


def test_nbval_compares_what_was_saved_with_what_a_cell_prints_and_shows(tmp_path):
    bundle = picture_bundle(b"one", ALT, (2, 1))
    show = f"from IPython.display import display\ndisplay({bundle!r}, raw=True)"
    for name, (banner, number, saved, _) in SAVED.items():
        cells = [
            code(
                f"print('{BANNER}')\nprint(2 * 7)",
                outputs=[text(f"{banner}\n{number}\n")],
            ),
            code(show, count=2, outputs=[saved]),
        ]
        kernel = {
            "kernelspec": {
                "name": "python3",
                "display_name": "Python 3",
                "language": "python",
            }
        }
        nbformat.write(
            new_notebook(cells=cells, metadata=kernel), tmp_path / f"{name}.ipynb"
        )
    run = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "--tb=no",
            "-p",
            "no:cacheprovider",
            "-c",
            str(ROOT / "pyproject.toml"),
            "--nbval",
            "--nbval-current-env",
            "--nbval-sanitize-with",
            str(ROOT / "tests" / "nbval.cfg"),
            str(tmp_path),
        ],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=240,
    )
    failed = {name for name in SAVED if f"{name}.ipynb::" in run.stdout}
    assert failed == {name for name, (*_, may_pass) in SAVED.items() if not may_pass}, (
        run.stdout[-3000:]
    )
    assert "5 failed, 13 passed" in run.stdout


@pytest.mark.parametrize("name", ["Study time", "Time to study"])
@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ("", {"2", "3"}),
        ("Section 3 uses what section 1 makes.", {"2"}),
        ("Sections 2 and 3 build on the\nnetwork of section 1.", set()),
        ("Section 2 needs nothing. Section 3 uses section 2.", {"2", "3"}),
        ("To begin in the middle, choose *Run All Above Selected Cell* first.", set()),
    ],
)
def test_what_a_section_needs_of_another_is_said_beside_the_study_time(
    name, said, wrong
):
    cells = [new_markdown_cell(f"**{name}:** an hour. {said}"), code("import math")]
    for heading, source in {
        "1 · One": "x = math.pi",
        "2 · Two": "y = 2 * x",
        "3 · Three": "z = 3 * x",
    }.items():
        cells += [new_markdown_cell(f"## {heading}"), code(source)]
    found = list(rules.can_be_begun_in_the_middle(new_notebook(cells=cells), Path()))
    assert {re.search(r"section '(\d)", one)[1] for one in found} == wrong
    assert all("Undefined name `x`" in one for one in found)
