"""Open every notebook in JupyterLab in a real browser and drive its explorers.

    python -m tools browser              every notebook, and all explorers
    python -m tools browser 01 07        those notebooks, and all explorers
    python -m tools browser --gallery    the explorers only (under a minute)

JupyterLab runs on 127.0.0.1 behind a token, on copies of the notebooks; Chromium is
Debian's or any other found here. What was seen is kept in build/browser/ as pictures.
Exit status 1: something is wrong with the notebooks or explorers; 2: something is
missing here (a browser, the driver), and the message says what.
"""

import base64
import contextlib
import io
import json
import os
import re
import secrets
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat
import psutil

from tools import ROOT, parser
from tools.lab import free_port, switch_off_announcements, wait_until_it_answers

EXTRAS = ("dev", "grading", "browser")
SHOTS = ROOT / "build" / "browser"
GALLERY = "gallery.ipynb"
SIZES = ((1280, 800), (900, 800))
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PER_NOTEBOOK = 300  # seconds for all cells of one notebook
ALTOGETHER = 1500  # seconds for everything
NOT_OURS = re.compile(  # what JupyterLab itself writes to the console as an error
    r"favicon|ResizeObserver loop|Failed to load "
    r"resource.*(workspaces|favicon|translations|lsp|terminals)"
    r"|api/(workspaces|lsp|contents/.*checkpoints)"
)


class Missing(Exception):
    """Something that this machine lacks."""


# What is needed -----------------------------------------------------------------------


def find_browser():
    """The path of a Chromium; installed from the system's package index where that is
    possible.

    Raises
    ------
    Missing : there is none, and it cannot be installed from here.
    """
    for name in (os.environ.get("CHROMIUM", ""), *BROWSERS):
        if name and shutil.which(name):
            return shutil.which(name)
    if shutil.which("apt-get") and os.geteuid() == 0:
        print("Installing Chromium (once) ...", flush=True)
        quiet = {
            "stdout": subprocess.DEVNULL,
            "stderr": subprocess.STDOUT,
            "timeout": 600,
        }
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        try:
            subprocess.run(["apt-get", "update", "-qq"], **quiet)
            subprocess.run(
                [
                    "apt-get",
                    "install",
                    "-y",
                    "-qq",
                    "--no-install-recommends",
                    "chromium",
                ],
                env=environment,
                **quiet,
            )
        except subprocess.TimeoutExpired:
            pass
        if found := shutil.which("chromium"):
            return found
        raise Missing(
            "Chromium is not here, and `apt-get install chromium` failed. Run it by "
            "hand to see why."
        )
    raise Missing(
        "No Chromium was found. Install it (on Debian and Ubuntu: sudo apt-get "
        "install chromium; elsewhere any Chrome "
        "or Chromium), or name one: CHROMIUM=/path/to/chromium make browser"
    )


def playwright():
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        raise Missing(
            "Playwright, which drives the browser, is not installed: `make browser` "
            "adds it."
        ) from None
    return sync_playwright()


# JupyterLab and the browser -----------------------------------------------------------


class Lab:
    """JupyterLab on a folder of its own, and one browser page; both end, whatever
    happens.

    Used as a context: `with Lab(folder) as lab: lab.open("01_convolution.ipynb")`.
    """

    def __init__(self, folder):
        self.folder = Path(folder)
        self.errors = []

    def __enter__(self):
        self._stack = contextlib.ExitStack()
        try:
            self._start_server()
            self._start_browser()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_):
        self._stack.close()

    def _start_server(self):
        switch_off_announcements()
        self.token = secrets.token_urlsafe(24)
        self.port = free_port(8930)
        home = Path(
            self._stack.enter_context(
                tempfile.TemporaryDirectory(
                    prefix="course-lab-", ignore_cleanup_errors=True
                )
            )
        )
        command = [
            sys.executable,
            "-m",
            "jupyterlab",
            "--no-browser",
            "--log-level=ERROR",
            "--ServerApp.ip=127.0.0.1",
            f"--ServerApp.port={self.port}",
            "--ServerApp.port_retries=0",
            f"--ServerApp.root_dir={self.folder}",
            "--LabApp.extension_manager=readonly",
            "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
            "--LabApp.expose_app_in_browser=True",
            "--allow-root",
        ]
        environment = {
            **os.environ,
            "JUPYTER_TOKEN": self.token,
            "PYTHONPATH": str(ROOT),
            "JUPYTER_CONFIG_DIR": str(home / "config"),
            "JUPYTER_DATA_DIR": str(home / "data"),
            "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
            "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
            "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
            "IPYTHONDIR": str(home / "ipython"),
            "JUPYTER_PLATFORM_DIRS": "1",
        }
        environment.setdefault("COURSE_DATA", "embedded")
        environment.setdefault("COURSE_EFFORT", "quick")
        log = self._stack.enter_context(open(self.folder / "jupyterlab.log", "wb"))
        self.server = subprocess.Popen(
            command, cwd=self.folder, env=environment, stdout=log, stderr=log
        )
        self._stack.callback(self._stop_server)
        wait_until_it_answers(self.server, self.port, self.token)

    def _stop_server(self):
        """End the server and its kernels, all of them."""
        with contextlib.suppress(psutil.NoSuchProcess):
            family = psutil.Process(self.server.pid).children(recursive=True)
            self.server.terminate()  # it ends its kernels
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.server.wait(10)
            self.server.kill()
            _, alive = psutil.wait_procs(family, timeout=5)
            for process in alive:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()

    def _start_browser(self):
        driver = self._stack.enter_context(playwright())
        browser = driver.chromium.launch(
            executable_path=find_browser(),
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
                "--disable-dev-shm-usage",
            ],
        )
        self._stack.callback(browser.close)
        context = browser.new_context(
            viewport={"width": SIZES[0][0], "height": SIZES[0][1]}
        )
        self.page = context.new_page()
        self.page.set_default_timeout(30_000)
        self.page.on(
            "console",
            lambda message: (
                self._heard(message.text, message.location)
                if message.type == "error"
                else None
            ),
        )
        # from now on the driver, and no dialog, answers
        self.page.on("filechooser", lambda chooser: None)
        self.page.on("pageerror", lambda error: self._heard(str(error), {}))

    def _heard(self, text, location):
        text = f"{text} {location.get('url', '')}".replace(self.token, "…")
        if not NOT_OURS.search(text):
            self.errors.append(text[:400])

    def kernels(self):
        """The kernels' processes."""
        return [
            child
            for child in psutil.Process(self.server.pid).children(recursive=True)
            if "ipykernel" in " ".join(child.cmdline())
        ]

    def memory(self):
        """Bytes in use, after a garbage collection: of the page's JavaScript, and of
        the kernels.
        """
        session = self.page.context.new_cdp_session(self.page)
        session.send("Performance.enable")
        session.send("HeapProfiler.collectGarbage")
        metrics = {
            entry["name"]: entry["value"]
            for entry in session.send("Performance.getMetrics")["metrics"]
        }
        session.detach()
        return metrics["JSHeapUsedSize"], sum(
            kernel.memory_info().rss for kernel in self.kernels()
        )

    # A notebook -----------------------------------------------------------------------

    def open(self, name):
        """Open a notebook and wait until its kernel is idle."""
        self.page.goto(
            f"http://127.0.0.1:{self.port}/lab/tree/{name}?token={self.token}&reset"
        )
        self.page.wait_for_function(
            "window.jupyterapp && document.querySelector('.jp-NotebookPanel')"
        )
        self.page.evaluate(
            "jupyterapp.commands.execute('application:toggle-left-area').catch(() => "
            "null)"
        )
        try:
            self.wait_for_idle(60)
        except Exception:  # Playwright's own time-out
            dialog = self.page.locator(".jp-Dialog")
            if not dialog.count():
                raise
            words = " ".join(dialog.first.inner_text().split())
            raise RuntimeError(
                f"JupyterLab asks {words!r}. Was it saved by `make notebooks`?"
            ) from None

    def wait_for_idle(self, seconds):
        """The status bar says that there is a kernel, and that it waits."""
        self.page.wait_for_function(
            "[...document.querySelectorAll('#jp-main-statusbar *')].some(part => /\\| "
            "Idle/.test(part.textContent)) && !/No "
            "Kernel/.test(document.querySelector('#jp-main-statusbar').textContent)",
            timeout=1000 * seconds,
        )

    def run_all(self, seconds=PER_NOTEBOOK):
        """Run all cells; returns how long that took."""
        started = time.monotonic()
        self.page.evaluate(
            "() => { window.courseRan = ''; "
            "jupyterapp.commands.execute('notebook:run-all-cells')"
            ".then(() => { window.courseRan = 'yes' }, error => { window.courseRan = "
            "'failed: ' + error }) }"
        )
        self.page.wait_for_function("window.courseRan", timeout=1000 * seconds)
        self.wait_for_idle(max(30, seconds - (time.monotonic() - started)))
        return time.monotonic() - started

    def cells(self):
        """The notebook as it now is: a list of cells with their outputs."""
        return self.page.evaluate(
            "jupyterapp.shell.currentWidget.content.model.sharedModel.toJSON()"
        )["cells"]

    def show_cell(self, index):
        """Bring one cell into view."""
        self.page.evaluate(
            "async index => { const content = jupyterapp.shell.currentWidget.content; "
            "content.activeCellIndex = index;"
            " await content.scrollToItem(index, 'start'); }",
            index,
        )

    def close(self):
        """Close the notebook without saving, and end its kernel."""
        self.page.evaluate(
            "async () => { const panel = jupyterapp.shell.currentWidget;"
            " await panel.sessionContext.shutdown(); panel.context.model.dirty = "
            "false; panel.dispose(); }"
        )


class Seen:
    """One explorer on the page."""

    def __init__(self, lab, root):
        self.lab, self.page, self.root = lab, lab.page, root

    def wait_until_ready(self):
        handle = self.root.element_handle()
        self.page.wait_for_function("root => root.dataset.ready", arg=handle)
        self.page.wait_for_function(
            "root => root.querySelector('.course-explorer-picture img')", arg=handle
        )

    @property
    def title(self):
        return self.root.get_attribute("aria-label")

    def alt(self):
        return self.root.locator(".course-explorer-picture img").get_attribute(
            "alt", timeout=5000
        )

    def picture(self):
        source = self.root.locator(".course-explorer-picture img").get_attribute(
            "src", timeout=5000
        )
        return base64.b64decode(source.partition("base64,")[2])

    def focus(self, label):
        """Tab to the control with this accessible name, as someone without a mouse
        would.

        Raises
        ------
        LookupError : no control of that name is reached.
        """
        self.root.evaluate("root => { root.tabIndex = -1; root.focus() }")
        met = []
        for _ in range(90):
            self.page.keyboard.press("Tab")
            name = self.root.evaluate(
                "root => { const at = document.activeElement; if (!root.contains(at)) "
                "return null; return at.getAttribute('aria-label') || (at.labels && "
                "at.labels.length ? at.labels[0].textContent.trim() : "
                "at.textContent.trim()) }"
            )
            if name is None:
                break
            if name == label or name.startswith(f"{label} ("):  # "Upload a photo (0)"
                return
            met.append(name)
        raise LookupError(
            f"{self.title}: Tab never reaches a control called {label!r}; it reaches "
            f"{met}"
        )

    def focus_is_visible(self):
        return self.root.evaluate(
            "() => { const style = getComputedStyle(document.activeElement); return "
            "style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2 }"
        )

    def unnamed(self):
        """Controls without an accessible name."""
        return self.root.evaluate(
            "root => [...root.querySelectorAll('select, input, button, "
            '[tabindex="0"], [contenteditable]\')].filter(part => part.offsetParent '
            "&& !part.getAttribute('aria-label') && !(part.labels && "
            "part.labels.length && part.labels[0].textContent.trim()) && "
            "!part.textContent.trim()).map(part => part.outerHTML.slice(0, 120))"
        )

    def wait_for_alt(self, words, seconds=10):
        self.page.wait_for_function(
            "([root, words]) => { const img = "
            "root.querySelector('.course-explorer-picture img');"
            " return img && img.alt === words }",
            arg=[self.root.element_handle(), words],
            timeout=1000 * seconds,
        )

    def time_keys(self, keys, watched=".course-explorer-picture"):
        """Milliseconds from each key press to the moment when the changed picture can
        be painted.
        """
        self.root.evaluate(
            "(root, watched) => { root.courseTimes = []; let pressed = null; "
            "root.addEventListener('keydown', () => { pressed = performance.now() }, "
            "true); new MutationObserver(() => { const img = "
            "root.querySelector(watched)?.querySelector('img');  if (pressed === null "
            "|| !img) return; const since = pressed; pressed = null;  "
            "img.decode().then(() => requestAnimationFrame(   () => "
            "root.courseTimes.push(performance.now() - since))) }) "
            ".observe(root.querySelector(watched), { childList: true, subtree: true "
            "}) }",
            watched,
        )
        handle = self.root.element_handle()
        for count, key in enumerate(keys, start=1):
            self.page.keyboard.press(key)
            self.page.wait_for_function(
                "([root, count]) => root.courseTimes.length >= count",
                arg=[handle, count],
                timeout=5000,
            )
            self.page.wait_for_timeout(30)
        return self.root.evaluate("root => root.courseTimes")


# What to do with each explorer --------------------------------------------------------

# Per explorer: how a cell makes it, and steps of (label, key, what that makes of the
# state).  The first label's control is also the one whose key presses are timed, there
# and back.
STEPS = {
    "ConvolutionExplorer": [
        ("Output column", "ArrowRight", lambda state: {"column": state["column"] + 1}),
        ("Kernel", "ArrowDown", lambda state: {"kernel": "horizontal edges"}),
        ("Kernel size", "ArrowRight", lambda state: {"size": state["size"] + 1}),
        ("Stride", "ArrowRight", lambda state: {"stride": state["stride"] + 1}),
        ("Padding", "ArrowDown", lambda state: {"padding": "same"}),
        ("Dilation", "ArrowRight", lambda state: {"dilation": state["dilation"] + 1}),
        ("Output row", "ArrowLeft", lambda state: {"row": state["row"] - 1}),
        (
            "Weights of the kernel, row 1, column 2",
            "ArrowUp",
            lambda state: {
                "weights": (
                    (
                        state["weights"][0][0],
                        state["weights"][0][1] + 1,
                        *state["weights"][0][2:],
                    ),
                    *state["weights"][1:],
                )
            },
        ),
        ("Photo", "ArrowDown", lambda state: {"photo": "dahlia"}),
    ],
    "PaddingExplorer": [
        ("Stride", "ArrowRight", lambda state: {"stride": state["stride"] + 1}),
        ("Input size", "ArrowRight", lambda state: {"size": state["size"] + 1}),
        ("Kernel", "ArrowLeft", lambda state: {"kernel": state["kernel"] - 1}),
        ("Show output", "ArrowRight", lambda state: {"output": 1}),
    ],
    "PoolingExplorer": [
        ("Shift (pixels)", "ArrowRight", lambda state: {"shift": state["shift"] + 1}),
        ("Pooling", "ArrowDown", lambda state: {"how": "mean"}),
        ("Window", "ArrowLeft", lambda state: {"window": state["window"] - 1}),
        ("Stride", "ArrowRight", lambda state: {"stride": state["stride"] + 1}),
        ("Photo", "ArrowDown", lambda state: {"photo": "palace"}),
    ],
    "ReceptiveFieldExplorer": [
        ("Layer 1", "ArrowDown", lambda state: {"layer_1": "conv 3 /2"}),
        ("Layer 3", "ArrowDown", lambda state: {"layer_3": "conv 1"}),
        ("Stack", "Home", lambda state: {"stack": "two 3×3"}),
        ("Stack", "ArrowDown", lambda state: {"stack": "one 5×5"}),
    ],
    "AugmentationExplorer": [
        (
            "Rotation",
            "ArrowRight",
            lambda state: {"rotation": state["rotation"] + 0.01},
        ),
        ("Flip", "ArrowDown", lambda state: {"flip": "vertical"}),
        ("Contrast", "ArrowLeft", lambda state: {"contrast": state["contrast"] - 0.05}),
        ("Draw again", "ArrowRight", lambda state: {"draw": state["draw"] + 1}),
        ("Photo", "ArrowDown", lambda state: {"photo": "palace"}),
    ],
    "FeatureMapExplorer": [
        ("Channel", "ArrowRight", lambda state: {"channel": state["channel"] + 1}),
        ("Grad-CAM", "Space", lambda state: {"heat": True}),
        ("Picture", "ArrowDown", lambda state: {"picture": "butterfly"}),
        ("Layer", "End", lambda state: {"layer": "block7_relu"}),
    ],
    "PhotoClassifier": [
        ("Answers", "ArrowRight", lambda state: {"top": state["top"] + 1}),
        ("Picture", "ArrowDown", lambda state: {"picture": "butterfly"}),
        ("Picture", "ArrowDown", lambda state: {"picture": "strawberry"}),
    ],
    "BoxExplorer": [
        (
            "Predicted, x, to",
            "ArrowRight",
            lambda state: {"predicted_x": _moved(state["predicted_x"], 1, 0.01)},
        ),
        (
            "True box, y, from",
            "ArrowRight",
            lambda state: {"true_y": _moved(state["true_y"], 0, 0.01)},
        ),
        (
            "True box, x, to",
            "ArrowLeft",
            lambda state: {"true_x": _moved(state["true_x"], 1, -0.01)},
        ),
        (
            "Predicted, y, from",
            "ArrowRight",
            lambda state: {"predicted_y": _moved(state["predicted_y"], 0, 0.01)},
        ),
    ],
}
# Many presses of one key, and where they end: that is what the last picture must show.
FLOODS = {
    "ConvolutionExplorer": ("Output column", "ArrowLeft", {"column": 0}),
    "PaddingExplorer": ("Input size", "ArrowRight", {"size": 16}),
    "PoolingExplorer": ("Shift (pixels)", "ArrowRight", {"shift": 16}),
    "ReceptiveFieldExplorer": ("Layer 1", "ArrowDown", {"layer_1": "pool 3 /2"}),
    "AugmentationExplorer": ("Draw again", "ArrowRight", {"draw": 50}),
    "FeatureMapExplorer": ("Channel", "ArrowLeft", {"channel": 0}),
    "PhotoClassifier": ("Answers", "ArrowRight", {"top": 10}),
    "BoxExplorer": ("Predicted, y, from", "ArrowLeft", {"predicted_y": (0.0, 0.94)}),
}
BACK = {
    "ArrowRight": "ArrowLeft",
    "ArrowLeft": "ArrowRight",
    "ArrowDown": "ArrowUp",
    "ArrowUp": "ArrowDown",
}


def _moved(pair, end, by):
    return tuple(
        round(number + by * (place == end), 4) for place, number in enumerate(pair)
    )


def drive(lab, seen, twin, steps):
    """Press keys; after each, words and picture must be those of `twin`, the same
    explorer without a browser.
    """
    problems = []
    unnamed = seen.unnamed()
    if unnamed:
        problems.append(f"{seen.title}: controls without a name: {unnamed}")
    if seen.alt() != twin.describe():
        problems.append(
            f"{seen.title}: starts with {seen.alt()!r} instead of {twin.describe()!r}"
        )
    for label, key, change in steps:
        try:
            seen.focus(label)
        except LookupError as error:
            problems.append(str(error))
            continue
        if not seen.focus_is_visible():
            problems.append(f"{seen.title}: the focus on {label!r} cannot be seen")
        before = len(lab.cells())
        seen.page.keyboard.press(key)
        twin.set(**change(twin.state))
        try:
            seen.wait_for_alt(twin.describe())
        except Exception:  # noqa: BLE001 - Playwright's own time-out
            problems.append(
                f"{seen.title}: {key} on {label!r} gives {seen.alt()!r} instead of "
                f"{twin.describe()!r}"
            )
            break  # from here on the two would differ anyway
        if seen.picture() != twin.picture():
            problems.append(
                f"{seen.title}: {key} on {label!r} gives another picture than the "
                f"state's"
            )
        if len(lab.cells()) != before:
            problems.append(
                f"{seen.title}: {key} on {label!r} changed the notebook's cells"
            )
    return problems


def latency(seen, step, times=20):
    """Median milliseconds from key press to changed picture, there and back."""
    label, key, _ = step
    seen.focus(label)
    return statistics.median(seen.time_keys([key, BACK[key]] * (times // 2)))


def answers_a_key(seen):
    """Press one key, whatever state the explorer starts in: words and picture must
    change.
    """
    kind = next(name for name in STEPS if title_of(name) == seen.title)
    label, key, _ = STEPS[kind][0]
    words, picture = seen.alt(), seen.picture()
    seen.focus(label)
    # a control that stands at its end moves the other way only
    for press in (key, BACK[key]):
        seen.page.keyboard.press(press)
        with contextlib.suppress(Exception):  # Playwright's own time-out
            seen.page.wait_for_function(
                "([root, words]) => root.querySelector('.course-explorer-picture "
                "img')?.alt !== words",
                arg=[seen.root.element_handle(), words],
                timeout=5_000,
            )
            break
    else:
        return [f"{seen.title}: {key} on {label!r} changes nothing"]
    if not seen.alt() or seen.picture() == picture:
        return [f"{seen.title}: {key} on {label!r} leaves the picture as it was"]
    return []


def title_of(name):
    from course_utils import widgets

    return getattr(widgets, name).title


def upload(seen, twin):
    """A file that is no image, then one that is."""
    from PIL import Image

    problems = []
    square = io.BytesIO()
    Image.new("RGB", (90, 60), "orange").save(square, "PNG")
    for name, content in (
        ("essay.docx", b"not an image"),
        ("orange.png", square.getvalue()),
    ):
        seen.focus("Upload a photo")
        with seen.page.expect_file_chooser() as chooser:
            seen.page.keyboard.press("Enter")
        chooser.value.set_files(
            {"name": name, "mimeType": "image/png", "buffer": content}
        )
        twin.open(content, name)
        try:
            seen.wait_for_alt(twin.describe())
        except Exception:  # noqa: BLE001
            problems.append(
                f"{seen.title}: uploading {name} gives {seen.alt()!r} instead of "
                f"{twin.describe()!r}"
            )
    return problems


def flood(seen, twin, flooded, times=60):
    """Press as fast as the browser takes it: seconds from the last key to the right
    picture, and pictures drawn.
    """
    label, key, end = flooded
    twin.set(**end)
    # the first time this may start TensorFlow: not while the clock runs
    words = twin.describe()
    seen.focus(label)
    seen.root.evaluate(
        "root => { root.courseCount = 0; new MutationObserver(() => { "
        "root.courseCount += 1 })"
        " .observe(root.querySelector('.course-explorer-picture'), { childList: true, "
        "subtree: true }) }"
    )
    for _ in range(times):
        seen.page.keyboard.press(key)
    pressed = time.monotonic()
    seen.wait_for_alt(words, 20)
    return time.monotonic() - pressed, seen.root.evaluate("root => root.courseCount")


# The two kinds of visit ---------------------------------------------------------------


def gallery():
    """A notebook with one cell for each explorer."""
    from course_utils import widgets

    cells = [nbformat.v4.new_markdown_cell("# Every explorer")]
    for explorer in widgets.EXPLORERS:
        source = (
            f"from course_utils.widgets import "
            f"{explorer.__name__}\n{explorer.__name__}()"
        )
        cells.append(nbformat.v4.new_code_cell(source, metadata={"tags": ["explorer"]}))
    return nbformat.v4.new_notebook(
        cells=cells,
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )


def explorers_in(lab, index):
    """The explorers in one cell, brought into view and ready."""
    lab.show_cell(index)
    lab.page.wait_for_timeout(200)
    roots = lab.page.locator(
        f'.jp-Cell[data-windowed-list-index="{index}"] .course-explorer'
    )
    roots.first.wait_for(state="attached")
    found = [Seen(lab, roots.nth(place)) for place in range(roots.count())]
    for seen in found:
        seen.wait_until_ready()
        seen.root.evaluate("root => root.scrollIntoView({ block: 'center' })")
    return found


def visit_gallery(lab):
    """Drive every explorer thoroughly; returns problems and, per explorer, median
    milliseconds.
    """
    from course_utils import widgets

    lab.open(GALLERY)
    lab.run_all(120)
    problems, times = errors_in(lab.cells(), GALLERY), {}
    for index, explorer in enumerate(widgets.EXPLORERS, start=1):
        name = explorer.__name__
        try:
            (seen,) = explorers_in(lab, index)
            twin = explorer()
            for width, height in SIZES:
                lab.page.set_viewport_size({"width": width, "height": height})
                lab.page.wait_for_timeout(200)
                seen.root.evaluate("root => root.scrollIntoView({ block: 'center' })")
                lab.page.wait_for_timeout(200)
                lab.page.screenshot(path=SHOTS / f"{name}-{width}.png")
            lab.page.set_viewport_size(
                dict(zip(("width", "height"), SIZES[0], strict=True))
            )
            lab.page.wait_for_timeout(200)
            times[name] = latency(seen, STEPS[name][0])
            problems += drive(lab, seen, twin, STEPS[name])
            if name == "PhotoClassifier":
                problems += upload(seen, twin)
            seconds, pictures = flood(seen, twin, FLOODS[name])
            if seconds > 3:
                problems.append(
                    f"{name}: after 60 fast key presses the last picture came "
                    f"{seconds:.1f} s late"
                )
            lab.page.screenshot(path=SHOTS / f"{name}-driven.png")
            print(
                f"  {name:24s} {times[name]:5.0f} ms a key press; 60 fast ones: "
                f"{pictures} pictures, the last {1000 * seconds:.0f} ms after",
                flush=True,
            )
        except Exception as error:  # noqa: BLE001 - one broken explorer must not hide the others
            problems.append(f"{name}: {type(error).__name__}: {error}")
            lab.page.screenshot(path=SHOTS / f"{name}-failed.png")
    lab.close()
    return problems, times


def visit_notebook(lab, name, seconds):
    """Run a notebook from top to bottom; its explorers must be there and answer
    a key.
    """
    lab.open(name)
    took = lab.run_all(seconds)
    cells = lab.cells()
    problems = errors_in(cells, name)
    found = 0
    for index, cell in enumerate(cells):
        if "explorer" not in cell.get("metadata", {}).get("tags", []) or not re.search(
            r"\w+(Explorer|Classifier)\(", source(cell)
        ):
            continue
        for seen in explorers_in(lab, index):
            found += 1
            lab.page.screenshot(
                path=SHOTS / f"{name[:2]}-{seen.title.replace(' ', '-').lower()}.png"
            )
            problems += [f"{name}: {words}" for words in answers_a_key(seen)]
    lab.show_cell(0)
    lab.page.screenshot(path=SHOTS / f"{Path(name).stem}.png")
    lab.close()
    print(
        f"  {name:32s} {len(cells)} cells in {took:.0f} s, {found} explorers",
        flush=True,
    )
    return problems


def source(cell):
    text = cell.get("source", "")
    return text if isinstance(text, str) else "".join(text)


def errors_in(cells, name):
    """Error outputs, in words."""
    return [
        f"{name}: a cell ends in {output['ename']}: {output['evalue'][:200]}  "
        f"({source(cell)[:60]!r})"
        for cell in cells
        for output in cell.get("outputs", [])
        if output["output_type"] == "error"
    ]


def main(arguments):
    try:
        return check(arguments)
    except Missing as what:
        print(what, file=sys.stderr)
        return 2


def check(arguments):
    options = parser("browser", __doc__)
    options.add_argument(
        "which", nargs="*", help="the beginning of a notebook's name: 01, 04_res ..."
    )
    options.add_argument(
        "--gallery",
        action="store_true",
        help="only the gallery of explorers, no notebook",
    )
    options = options.parse_args(arguments)
    os.environ.setdefault("COURSE_DATA", "embedded")
    os.environ.setdefault("COURSE_EFFORT", "quick")
    names = [
        path.name for path in sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))
    ]
    names = (
        []
        if options.gallery
        else [name for name in names if name.startswith(tuple(options.which) or "")]
    )
    shutil.rmtree(SHOTS, ignore_errors=True)
    SHOTS.mkdir(parents=True)
    deadline = time.monotonic() + ALTOGETHER
    # so that what was started is ended
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if hasattr(signal, "SIGALRM"):
        signal.signal(
            signal.SIGALRM,
            lambda *_: sys.exit(
                f"Still not done after {ALTOGETHER + 120} s: given up."
            ),
        )
        signal.alarm(ALTOGETHER + 120)
    problems = []
    with tempfile.TemporaryDirectory(
        prefix="course-browser-", ignore_cleanup_errors=True
    ) as folder:
        for name in names:
            shutil.copy(ROOT / "notebooks" / name, folder)
        nbformat.write(gallery(), Path(folder) / GALLERY)
        with Lab(folder) as lab:
            found, times = visit_gallery(lab)
            problems += found
            for name in names:
                left = deadline - time.monotonic()
                if left < 10:
                    problems.append(
                        f"{name}: no time was left for it ({ALTOGETHER} s altogether)"
                    )
                    continue
                try:
                    problems += visit_notebook(lab, name, min(PER_NOTEBOOK, left))
                except Exception as error:  # noqa: BLE001
                    problems.append(f"{name}: {type(error).__name__}: {error}")
                    lab.page.screenshot(path=SHOTS / f"{Path(name).stem}-failed.png")
            problems += [f"console: {text}" for text in dict.fromkeys(lab.errors)]
    (SHOTS / "latency.json").write_text(
        json.dumps({name: round(value, 1) for name, value in times.items()}, indent=2)
        + "\n"
    )
    for problem in problems:
        print(f"PROBLEM {problem}")
    print(f"{len(problems)} problem(s). Pictures: {SHOTS.relative_to(ROOT)}/")
    return 1 if problems else 0
