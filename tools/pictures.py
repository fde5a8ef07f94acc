"""Make the README's pictures: an explorer that is touched, homework that answers.

    python -m tools pictures

Writes docs/explorer.webp, which moves, and docs/homework_feedback.png.  Both are taken
from JupyterLab as `make lab` opens it.  Needs Chromium and the extra `browser`.
"""

import io
import shutil
import tempfile
from pathlib import Path

from tools import ROOT, parser

EXTRAS = ("dev", "grading", "browser")
SIZE = {"width": 1280, "height": 900}
EXPLORER = "explorer.ipynb"
HOMEWORK = "hw01_convolution.ipynb"
QUESTION = "q4"
# A likely answer: it is right until the kernel gets gaps.
ANSWER = """
def convolve(image, kernel, stride=1, dilation=1):
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    return (windows[::stride, ::stride, 0] * kernel).sum(axis=(-3, -2, -1))
"""
# What a hand does: over the photograph; then it paints a filter for slanted edges out
# of the one for vertical edges, weight by weight; then over the photograph again.
WAY = [("photo", 0.15 + 0.1 * step, 0.35 + 0.05 * step) for step in range(6)]
SLANTED = {
    0: "20 02",
    1: "12 21",
    -1: "01 10",
    2: "22",
    -2: "00",
}  # weight: row, column
PAINTED = [
    stroke
    for weight, places in SLANTED.items()
    for stroke in [
        (f"brush {weight}", 0.5, 0.5),
        *(
            ("kernel", (int(column) + 0.5) / 3, (int(row) + 0.5) / 3)
            for row, column in places.split()
        ),
    ]
]
LATER = [("photo", 0.72 - 0.15 * step, 0.65 - 0.06 * step) for step in range(4)]
MILLISECONDS = 550
POINTER = """() => {
  const ring = document.createElement('div');
  ring.style.cssText = 'position:fixed;width:22px;height:22px;border-radius:50%;'
    + 'border:3px solid #d55e00;background:#d55e0044;pointer-events:none;z-index:9999;'
    + 'transform:translate(-50%,-50%);left:-50px';
  document.body.append(ring);
  document.addEventListener('pointermove', event => {
    ring.style.left = event.clientX + 'px';
    ring.style.top = event.clientY + 'px';
  }, true);
}"""


def main(arguments):
    """0 when both pictures are written."""
    import nbformat
    from playwright.sync_api import sync_playwright

    from tests.browser import lab

    parser("pictures", __doc__).parse_args(arguments)
    chromium = lab.find_chromium()
    if chromium is None:
        raise SystemExit("The pictures are taken in Chromium, and there is none here.")
    with (
        tempfile.TemporaryDirectory(
            prefix="course-pictures-", ignore_cleanup_errors=True
        ) as folder,
        sync_playwright() as driver,
    ):
        code = "from course_utils.widgets import ConvolutionExplorer\n"
        cell = nbformat.v4.new_code_cell(f"{code}ConvolutionExplorer()")
        notebook = nbformat.v4.new_notebook(
            cells=[cell],
            metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        )
        nbformat.write(notebook, Path(folder) / EXPLORER)
        shutil.copy(ROOT / "notebooks" / "homework" / HOMEWORK, folder)
        number = _answered(Path(folder) / HOMEWORK)
        with lab.LabServer(folder) as server:
            browser = driver.chromium.launch(
                executable_path=chromium, args=list(lab.CHROMIUM_OPTIONS)
            )
            options = {"viewport": SIZE, "device_scale_factor": 1.25}
            page = lab.NotebookPage(browser.new_page(**options), server)
            _film(page, ROOT / "docs" / "explorer.webp")
            page.close()
            _feedback(page, number, ROOT / "docs" / "homework_feedback.png")
            page.close()
            browser.close()
    return 0


def _film(page, target):
    """The convolution explorer under a hand, as an animated picture."""
    from PIL import Image

    page.open(EXPLORER)
    page.run_all(120)
    (explorer,) = page.explorers_in(0)
    explorer.feels_the_pointer()
    page.page.evaluate(POINTER)
    places = {place.name: place for place in _places()}
    frames = []
    for name, across, down in [*WAY, *PAINTED, *LATER]:
        before = explorer.picture()
        explorer.point_at(places[name], across, down)
        page.page.mouse.down()
        page.page.mouse.up()
        _wait_for_another(explorer, before)
        png = explorer.root.screenshot()
        frames.append(Image.open(io.BytesIO(png), formats=("PNG",)).convert("RGB"))
    height = min(frame.height for frame in frames)
    frames = [frame.crop((0, 0, frame.width, height)) for frame in frames]
    frames[0].save(
        target,
        save_all=True,
        append_images=frames[1:],
        duration=MILLISECONDS,
        loop=0,
        quality=70,
        method=6,
    )
    _say(target)


def _places():
    from course_utils.widgets import ConvolutionExplorer

    explorer = ConvolutionExplorer()
    return explorer.places(explorer.state)


def _wait_for_another(explorer, before, tries=40):
    """Until the picture is another one and has come to rest, or two seconds."""
    for _ in range(tries):
        explorer.page.wait_for_timeout(50)
        if explorer.picture() != before:
            break
    explorer.page.wait_for_timeout(200)


def _answered(path):
    """Write the answer into its cell; the place of the cell that checks it."""
    import nbformat

    notebook = nbformat.read(path, as_version=4)
    check = f'grader.check("{QUESTION}")'
    [number] = [
        number for number, cell in enumerate(notebook.cells) if cell.source == check
    ]
    notebook.cells[number - 1].source = ANSWER.strip()
    notebook.cells[number].source = f'{check}\ngrader.hint("{QUESTION}")'
    nbformat.write(notebook, path)
    return number


def _feedback(page, number, target):
    """An answer, and what the grader says of it, as JupyterLab shows them."""
    from PIL import Image

    page.open(HOMEWORK)
    page.run_all(120)
    page.show_cell(number - 1)
    page.page.wait_for_timeout(500)
    boxes = [page.cell(index).bounding_box() for index in (number - 1, number)]
    clip = {
        "x": boxes[0]["x"],
        "y": boxes[0]["y"],
        "width": boxes[0]["width"],
        "height": boxes[1]["y"] + boxes[1]["height"] - boxes[0]["y"],
    }
    png = page.page.screenshot(clip=clip)
    picture = Image.open(io.BytesIO(png), formats=("PNG",)).convert("RGB")
    picture.quantize(128).save(target, optimize=True)
    _say(target)


def _say(target):
    print(f"{target.relative_to(ROOT)}: {target.stat().st_size // 1000} kB")
