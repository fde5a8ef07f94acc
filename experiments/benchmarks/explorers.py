"""From key press or pointer to changed picture, in a real browser: each explorer, what
of it is Python's part, and the usual way to make such a thing.
"""

import statistics
import tempfile
import time
from pathlib import Path

import nbformat

from course_utils.widgets import EXPLORERS, ConvolutionExplorer
from course_utils.widgets.board import drafts
from experiments.measurement import Measurement
from tests.browser import lab

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
SIZE = {"width": 1280, "height": 800}


def measure(times=40, updates=500):
    """Median milliseconds a key press and a movement of the pointer for each explorer,
    those that Python takes of them, those of the opponent, ratios, and what memory did.

    The page and its kernel live through `updates` key presses of one explorer; bytes
    are after minus before.

    Raises
    ------
    SystemExit : there is no Chromium.
    """
    from playwright.sync_api import sync_playwright

    chromium = lab.find_chromium()
    if chromium is None:
        raise SystemExit("The explorers are timed in Chromium, and there is none here.")
    notebook = lab.gallery()
    notebook.cells.append(nbformat.v4.new_code_cell(OPPONENT))
    with (
        tempfile.TemporaryDirectory(
            prefix="course-bench-", ignore_cleanup_errors=True
        ) as folder,
        sync_playwright() as driver,
    ):
        nbformat.write(notebook, Path(folder) / lab.GALLERY)
        with lab.LabServer(folder) as server:
            browser = driver.chromium.launch(
                executable_path=chromium, args=list(lab.CHROMIUM_OPTIONS)
            )
            page = lab.NotebookPage(browser.new_page(viewport=SIZE), server)
            page.open(lab.GALLERY)
            page.run_all(300)
            milliseconds = {
                explorer.__name__: _explorer_time(page, index, explorer, times)
                for index, explorer in enumerate(EXPLORERS, start=1)
            }
            dragged = {
                explorer.__name__: _pointer_time(page, index, explorer, times)
                for index, explorer in enumerate(EXPLORERS, start=1)
                if _dragged(explorer)
            }
            opponent = _opponent_time(page, len(notebook.cells) - 1, times)
            memory = _memory(page, updates)
            browser.close()
    result = {
        "milliseconds": {**milliseconds, "interact": opponent},
        "milliseconds_dragged": dragged,
        "milliseconds_of_python": {
            explorer.__name__: python_time(explorer, times) for explorer in EXPLORERS
        },
        "key_presses": times,
        "updates": updates,
        **memory,
        "interact_to_explorer": round(opponent / milliseconds["PaddingExplorer"], 2),
    }
    _report(result)
    return result


def _explorer_time(page, index, explorer, times):
    """Median milliseconds of one explorer's first step, there and back."""
    (shown,) = page.explorers_in(index)
    label, key, _ = explorer.browser_steps[0]
    shown.focus(label)
    return _median(shown.time_keys([key, lab.BACK[key]] * (times // 2)))


def _dragged(explorer):
    """The first of an explorer's touches that is a movement, or None."""
    return next(
        (touch for touch in explorer.browser_touches if len(touch[1]) > 1), None
    )


def _pointer_time(page, index, explorer, times):
    """Median milliseconds of one explorer's first movement, there and back."""
    page.run_cell(index)
    (shown,) = page.explorers_in(index)
    shown.feels_the_pointer()
    name, way, _ = _dragged(explorer)
    made = explorer()
    (place,) = [each for each in made.places(made.state) if each.name == name]
    return _median(shown.time_drags(place, way, times))


def python_time(explorer, times=40):
    """Median milliseconds that Python computes for the first step of an explorer, there
    and back: the new state, its picture (a draft, as it is while pictures follow each
    other) and its PNG.  Processor time, so that other programs do not count.
    """
    made, found = explorer(), []
    name, value = list(explorer.browser_steps[0][2].items())[-1]
    there, back = {name: value}, {name: made.state[name]}
    with drafts():
        for count in range(times + 2):
            begun = time.process_time()
            made.set(**(back if count % 2 else there))
            made.picture()
            found.append(1000 * (time.process_time() - begun))
    return _median(found[2:])  # the first of each kind is also the first of its words


def _opponent_time(page, index, times):
    page.show_cell(index)
    cell = page.cell(index)
    cell.locator(
        ".widget-output img, .jupyter-widgets-output-area img"
    ).first.wait_for()
    cell.locator("[role=slider]").focus()
    keys = ["ArrowRight", "ArrowLeft"] * (times // 2)
    return _median(
        lab.ExplorerOnPage(page.page, cell).time_keys(
            keys, ".widget-output, .jupyter-widgets-output-area"
        )
    )


def _memory(page, updates):
    """Bytes more after so many pictures, of the page and of its kernel."""
    (shown,) = page.explorers_in(1 + EXPLORERS.index(ConvolutionExplorer))
    label, key, _ = ConvolutionExplorer.browser_steps[0]
    shown.focus(label)
    shown.time_keys([key, lab.BACK[key]] * 25)
    page_before, kernel_before = page.memory()
    shown.time_keys([key, lab.BACK[key]] * (updates // 2))
    page_after, kernel_after = page.memory()
    return {
        "page_bytes_more": int(page_after - page_before),
        "kernel_bytes_more": kernel_after - kernel_before,
    }


def _median(milliseconds):
    return round(statistics.median(milliseconds), 1)


def _report(result):
    for name, milliseconds in result["milliseconds"].items():
        python = result["milliseconds_of_python"].get(name)
        part = f", of which Python {python:.1f}" if python else ""
        print(f"  {name:24s} {milliseconds:6.1f} ms from key press to picture{part}")
    for name, milliseconds in result["milliseconds_dragged"].items():
        print(f"  {name:24s} {milliseconds:6.1f} ms from pointer to picture")
    times = f"{result['interact_to_explorer']:.1f} times"
    print(f"  the same diagram with interact takes {times} as long")
    print(
        f"  after {result['updates']} pictures: "
        f"page {result['page_bytes_more'] / 1e6:+.1f} MB, "
        f"kernel {result['kernel_bytes_more'] / 1e6:+.1f} MB"
    )


MEASUREMENTS = {"explorers": Measurement("bench_explorers", measure)}
