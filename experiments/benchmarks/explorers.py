"""From key press to changed picture, in a real browser: each explorer, and the usual
way to make such a thing.
"""

import statistics
import tempfile
from pathlib import Path

import nbformat

from course_utils import widgets
from experiments.measurement import Measurement
from tools import browser

# The usual way: `interact` around a plot, here the one that the padding explorer
# replaced.
OPPONENT = """
import ipywidgets
from IPython.display import display
from course_utils import plots

def show(stride=2):
    display(plots.padding_diagram(11, 4, stride, ("valid", "same")))

ipywidgets.interact(show, stride=ipywidgets.IntSlider(2, 1, 4, description="Stride"));
"""


def measure(times=40, updates=500):
    """Median milliseconds a key press for each explorer and for the opponent, ratios,
    and what memory did.

    The page and its kernel live through `updates` key presses of one explorer; bytes
    are after minus before.
    """
    notebook = browser.gallery()
    notebook.cells.append(nbformat.v4.new_code_cell(OPPONENT))
    result = {"milliseconds": {}, "key_presses": times}
    with tempfile.TemporaryDirectory(
        prefix="course-bench-", ignore_cleanup_errors=True
    ) as folder:
        nbformat.write(notebook, Path(folder) / browser.GALLERY)
        with browser.Lab(folder) as lab:
            lab.open(browser.GALLERY)
            lab.run_all(300)
            for index, explorer in enumerate(widgets.EXPLORERS, start=1):
                (seen,) = browser.explorers_in(lab, index)
                result["milliseconds"][explorer.__name__] = _timed(
                    seen, browser.STEPS[explorer.__name__][0], times
                )
            result["milliseconds"]["interact"] = _opponent(
                lab, len(notebook.cells) - 1, times
            )
            (seen,) = browser.explorers_in(lab, 1)
            label, key, _ = browser.STEPS[widgets.EXPLORERS[0].__name__][0]
            seen.focus(label)
            seen.time_keys([key, browser.BACK[key]] * 25)
            page, kernel = lab.memory()
            seen.time_keys([key, browser.BACK[key]] * (updates // 2))
            page_after, kernel_after = lab.memory()
    result["updates"] = updates
    result["page_bytes_more"], result["kernel_bytes_more"] = (
        int(page_after - page),
        kernel_after - kernel,
    )
    padding, usual = (
        result["milliseconds"][name] for name in ("PaddingExplorer", "interact")
    )
    result["interact_to_explorer"] = round(usual / padding, 2)
    for name, milliseconds in result["milliseconds"].items():
        print(f"  {name:24s} {milliseconds:6.1f} ms from key press to picture")
    print(f"  the same diagram with interact takes {usual / padding:.1f} times as long")
    print(
        f"  after {updates} pictures: page {result['page_bytes_more'] / 1e6:+.1f} MB, ",
        end="",
    )
    print(f"kernel {result['kernel_bytes_more'] / 1e6:+.1f} MB")
    return result


def _timed(seen, step, times):
    label, key, _ = step
    seen.focus(label)
    return round(
        statistics.median(seen.time_keys([key, browser.BACK[key]] * (times // 2))), 1
    )


def _opponent(lab, index, times):
    lab.show_cell(index)
    cell = lab.page.locator(f'.jp-Cell[data-windowed-list-index="{index}"]')
    cell.locator(
        ".widget-output img, .jupyter-widgets-output-area img"
    ).first.wait_for()
    cell.locator("[role=slider]").focus()
    seen = browser.Seen(lab, cell)
    keys = ["ArrowRight", "ArrowLeft"] * (times // 2)
    return round(
        statistics.median(
            seen.time_keys(keys, ".widget-output, .jupyter-widgets-output-area")
        ),
        1,
    )


MEASUREMENTS = {"explorers": Measurement("bench_explorers", measure)}
