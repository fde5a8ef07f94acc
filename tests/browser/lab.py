"""JupyterLab as a server, and what stands on its page: notebooks and explorers.

The browser's tests use it, and so does the benchmark of the explorers. Nothing here
asserts anything, and importing it needs neither Playwright nor a browser.
"""

import base64
import contextlib
import os
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat
import psutil

from tools.lab import environment, free_port, settings, wait_until_it_answers

ROOT = Path(__file__).resolve().parents[2]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM_OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-dev-shm-usage",
)
GALLERY = "gallery.ipynb"
PICTURE = ".course-explorer-picture"
BACK = {
    "ArrowRight": "ArrowLeft",
    "ArrowLeft": "ArrowRight",
    "ArrowDown": "ArrowUp",
    "ArrowUp": "ArrowDown",
}
NOT_OURS = re.compile(  # what JupyterLab itself writes to the console as an error
    r"favicon|ResizeObserver loop|Failed to load "
    r"resource.*(workspaces|favicon|translations|lsp|terminals)"
    r"|api/(workspaces|lsp|contents/.*checkpoints)"
)


def find_chromium():
    """The path of a Chromium on this machine, or None; CHROMIUM names another one."""
    names = (os.environ.get("CHROMIUM", ""), *BROWSERS)
    return next(
        (found for name in names if name and (found := shutil.which(name))), None
    )


def gallery():
    """A notebook with one cell for each explorer, in the order of `EXPLORERS`."""
    from course_utils.widgets import EXPLORERS

    cells = [nbformat.v4.new_markdown_cell("# Every explorer")]
    for explorer in EXPLORERS:
        name = explorer.__name__
        code = f"from course_utils.widgets import {name}\n{name}()"
        cells.append(nbformat.v4.new_code_cell(code, metadata={"tags": ["explorer"]}))
    return nbformat.v4.new_notebook(
        cells=cells,
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )


def source(cell):
    """A cell's text."""
    text = cell.get("source", "")
    return text if isinstance(text, str) else "".join(text)


def errors_in(cells):
    """The error outputs of these cells, in words."""
    return [
        f"a cell ends in {output['ename']}: {output['evalue'][:200]}  "
        f"({source(cell)[:60]!r})"
        for cell in cells
        for output in cell.get("outputs", [])
        if output["output_type"] == "error"
    ]


class LabServer:
    """JupyterLab on 127.0.0.1, behind a token, for the notebooks of one folder.

    A context: the server and all its kernels end with it, whatever happens. Its
    settings, workspaces and history lie in a folder of their own.

    Parameters
    ----------
    folder : where the notebooks lie.
    first_port : the first port to try.
    """

    def __init__(self, folder, first_port=8930):
        self.folder, self._first_port = Path(folder), first_port

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            self._start(stack)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_):
        self._stack.close()

    def _start(self, stack):
        self.token = secrets.token_urlsafe(24)
        self.port = free_port(self._first_port)
        home = Path(
            stack.enter_context(
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
            *settings(),
            "--LabApp.expose_app_in_browser=True",
            "--allow-root",
        ]
        variables = {
            **environment(self.token),
            "PYTHONPATH": str(ROOT),
            "JUPYTER_CONFIG_DIR": str(home / "config"),
            "JUPYTER_DATA_DIR": str(home / "data"),
            "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
            "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
            "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
            "IPYTHONDIR": str(home / "ipython"),
            "JUPYTER_PLATFORM_DIRS": "1",
        }
        variables.setdefault("COURSE_DATA", "embedded")
        variables.setdefault("COURSE_EFFORT", "quick")
        log = stack.enter_context(open(self.folder / "jupyterlab.log", "wb"))
        self._process = subprocess.Popen(
            command, cwd=self.folder, env=variables, stdout=log, stderr=log
        )
        stack.callback(self._stop)
        wait_until_it_answers(self._process, self.port, self.token)

    def _stop(self):
        """End the server and its kernels, all of them."""
        with contextlib.suppress(psutil.NoSuchProcess):
            family = psutil.Process(self._process.pid).children(recursive=True)
            self._process.terminate()  # it ends its kernels
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(10)
            self._process.kill()
            _, alive = psutil.wait_procs(family, timeout=5)
            for process in alive:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()

    def address(self, name):
        """Where the notebook of this name is open."""
        base = f"http://127.0.0.1:{self.port}/lab/tree/{name}"
        return f"{base}?token={self.token}&reset"

    def kernels(self):
        """The kernels' processes."""
        return [
            child
            for child in psutil.Process(self._process.pid).children(recursive=True)
            if "ipykernel" in " ".join(child.cmdline())
        ]


class NotebookPage:
    """One page of the browser, on which JupyterLab shows a notebook.

    Attributes
    ----------
    console_errors : what the page wrote to its console as errors, JupyterLab's own
        left out.
    """

    def __init__(self, page, server):
        self.page, self.server = page, server
        self.console_errors = []
        page.set_default_timeout(30_000)
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self._remember(str(error), ""))
        # from now on the driver, and no dialog of the system, is asked for a file
        page.on("filechooser", lambda chooser: None)

    def _on_console(self, message):
        if message.type == "error":
            self._remember(message.text, message.location.get("url", ""))

    def _remember(self, text, url):
        text = f"{text} {url}".replace(self.server.token, "…")
        if not NOT_OURS.search(text):
            self.console_errors.append(text[:400])

    def open(self, name):
        """Open a notebook and wait until its kernel is idle.

        Raises
        ------
        RuntimeError : JupyterLab shows a dialog instead.
        """
        from playwright.sync_api import TimeoutError as TooLate

        self.page.goto(self.server.address(name))
        self.page.wait_for_function(
            "window.jupyterapp && document.querySelector('.jp-NotebookPanel')"
        )
        self.page.evaluate(
            "jupyterapp.commands.execute('application:toggle-left-area')"
            ".catch(() => null)"
        )
        try:
            self.wait_for_idle(60)
        except TooLate:
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
            """() => {
              const bar = document.querySelector('#jp-main-statusbar');
              const parts = [...bar.querySelectorAll('*')];
              return parts.some(part => /\\| Idle/.test(part.textContent))
                && !/No Kernel/.test(bar.textContent);
            }""",
            timeout=1000 * seconds,
        )

    def run_all(self, seconds):
        """Run all cells; returns how many seconds that took.

        Raises
        ------
        TimeoutError : Playwright's own: not idle after so many seconds.
        """
        started = time.monotonic()
        self.page.evaluate(
            """() => {
              window.courseRan = '';
              jupyterapp.commands.execute('notebook:run-all-cells').then(
                () => { window.courseRan = 'yes' },
                error => { window.courseRan = 'failed: ' + error });
            }"""
        )
        self.page.wait_for_function("window.courseRan", timeout=1000 * seconds)
        self.wait_for_idle(max(30, seconds - (time.monotonic() - started)))
        return time.monotonic() - started

    def cells(self):
        """The notebook as it now is: a list of cells with their outputs."""
        return self.page.evaluate(
            "jupyterapp.shell.currentWidget.content.model.sharedModel.toJSON()"
        )["cells"]

    def run_cell(self, index):
        """Run one cell anew and wait until it is done; what it showed is gone then."""
        self.page.evaluate(
            """async index => {
              const panel = jupyterapp.shell.currentWidget;
              panel.content.activeCellIndex = index;
              panel.content.activeCell.model.clearExecution();
              await jupyterapp.commands.execute('notebook:run-cell');
            }""",
            index,
        )

    def show_cell(self, index, holding="*"):
        """Bring one cell into view, and wait until it holds what is looked for.

        Parameters
        ----------
        index : the cell's place in the notebook.
        holding : CSS selector of what must stand in the cell.

        Raises
        ------
        TimeoutError : it does not hold it within a minute.
        """
        self.look_in_cell(index, holding, "() => true")

    def look_in_cell(self, index, holding, look, count=1):
        """What a script sees in one cell, brought into view.

        JupyterLab draws only the cells near the window.  While pictures above still
        come in they push a cell out of it again.  So scrolling to the cell, looking
        and making sure that it is still there are one step, which is tried again until
        it succeeds.

        Parameters
        ----------
        index : the cell's place in the notebook.
        holding : CSS selector of what must stand in the cell.
        look : JavaScript function of a list of these elements, once their pictures are
            decoded; it returns something that is not null.
        count : at least so many of these elements.

        Raises
        ------
        TimeoutError : they do not stand there within a minute.
        """
        ends = time.monotonic() + 60
        while time.monotonic() < ends:
            # evaluate awaits a promise; wait_for_function would take it for "true"
            seen = self.page.evaluate(
                f"""async ([index, holding, count]) => {{
                  const content = jupyterapp.shell.currentWidget.content;
                  content.activeCellIndex = index;
                  await content.scrollToItem(index, 'start');
                  await new Promise(done => setTimeout(done, 100));
                  const {{ node }} = content.widgets[index];
                  const found = [...node.querySelectorAll(holding)];
                  await Promise.allSettled(
                    found.map(part => part.decode ? part.decode() : null));
                  const seen = ({look})(found);
                  const still = [...node.querySelectorAll(holding)];
                  const same = found.every((part, place) => part === still[place]);
                  return node.isConnected && same && found.length >= count
                    ? seen : null;
                }}""",
                [index, holding, count],
            )
            if seen is not None:
                return seen
        raise TimeoutError(f"cell {index} never holds {count} of {holding!r}")

    def cell(self, index):
        """The locator of a cell that is in view."""
        return self.page.locator(f'.jp-Cell[data-windowed-list-index="{index}"]')

    def explorers_in(self, index):
        """The explorers in one cell, brought into view and ready."""
        self.show_cell(index, holding=".course-explorer")
        self.page.wait_for_timeout(200)
        roots = self.cell(index).locator(".course-explorer")
        roots.first.wait_for(state="attached")
        found = [
            ExplorerOnPage(self.page, roots.nth(place))
            for place in range(roots.count())
        ]
        for explorer in found:
            explorer.wait_until_ready()
            explorer.scroll_into_view()
        return found

    def memory(self):
        """Bytes in use after a garbage collection: of the page's JavaScript, and of
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
        resident = sum(kernel.memory_info().rss for kernel in self.server.kernels())
        return metrics["JSHeapUsedSize"], resident

    def close(self):
        """Close the notebook, if one is open, without saving, and end its kernel."""
        self.page.evaluate(
            """async () => {
              const panel = window.jupyterapp?.shell.currentWidget;
              if (!panel?.sessionContext) return;
              await panel.sessionContext.shutdown();
              panel.context.model.dirty = false;
              panel.dispose();
            }"""
        )


class ExplorerOnPage:
    """One explorer as the browser shows it; `root` is the locator of its box."""

    def __init__(self, page, root):
        self.page, self.root = page, root

    def wait_until_ready(self):
        self.page.wait_for_function(
            f"root => root.dataset.ready && root.querySelector('{PICTURE} img')",
            arg=self.root.element_handle(),
        )

    def scroll_into_view(self):
        self.root.evaluate("root => root.scrollIntoView({ block: 'center' })")

    @property
    def title(self):
        return self.root.get_attribute("aria-label")

    def alt(self):
        """The alt text of the picture."""
        image = self.root.locator(f"{PICTURE} img")
        return image.get_attribute("alt", timeout=5000)

    def picture(self):
        """The picture as PNG bytes."""
        image = self.root.locator(f"{PICTURE} img")
        address = image.get_attribute("src", timeout=5000)
        return base64.b64decode(address.partition("base64,")[2])

    def press(self, key):
        self.page.keyboard.press(key)

    def focus(self, label):
        """Tab to the control with this accessible name, as someone without a mouse
        would.

        Raises
        ------
        LookupError : no control of that name is reached.
        """
        self.root.evaluate("root => { root.tabIndex = -1; root.focus() }")
        reached = []
        for _ in range(90):
            self.press("Tab")
            name = self.root.evaluate(
                """root => {
                  const at = document.activeElement;
                  if (!root.contains(at)) return null;
                  const label = at.labels && at.labels.length ? at.labels[0] : at;
                  return at.getAttribute('aria-label') || label.textContent.trim();
                }"""
            )
            if name is None:
                break
            if name == label or name.startswith(f"{label} ("):  # "Upload a photo (0)"
                return
            reached.append(name)
        raise LookupError(
            f"{self.title}: Tab never reaches a control called {label!r}; it reaches "
            f"{reached}"
        )

    def focus_is_visible(self):
        return self.root.evaluate(
            """() => {
              const style = getComputedStyle(document.activeElement);
              return style.outlineStyle !== 'none'
                && parseFloat(style.outlineWidth) >= 2;
            }"""
        )

    def unnamed_controls(self):
        """The HTML of controls without an accessible name."""
        return self.root.evaluate(
            """root => {
              const controls = root.querySelectorAll(
                'select, input, button, [tabindex="0"], [contenteditable]');
              const named = part => part.getAttribute('aria-label')
                || (part.labels && part.labels.length
                    && part.labels[0].textContent.trim())
                || part.textContent.trim();
              return [...controls].filter(part => part.offsetParent && !named(part))
                .map(part => part.outerHTML.slice(0, 120));
            }"""
        )

    def alt_becomes(self, words, seconds=10):
        """Whether the alt text is `words` within so many seconds."""
        return self._waits("img?.alt === words", words, seconds)

    def alt_begins(self, words, seconds=10):
        """Whether the alt text begins with `words` within so many seconds."""
        return self._waits("img?.alt.startsWith(words)", words, seconds)

    def alt_changes(self, words, seconds=5):
        """Whether the alt text is another than `words` within so many seconds."""
        return self._waits("img && img.alt !== words", words, seconds)

    def _waits(self, condition, words, seconds):
        from playwright.sync_api import TimeoutError as TooLate

        try:
            self.page.wait_for_function(
                f"""([root, words]) => {{
                  const img = root.querySelector('{PICTURE} img');
                  return {condition};
                }}""",
                arg=[self.root.element_handle(), words],
                timeout=1000 * seconds,
            )
        except TooLate:
            return False
        return True

    def time_keys(self, keys, watched=PICTURE):
        """Milliseconds from each key press to the moment when the changed picture can
        be painted.

        Parameters
        ----------
        keys : the keys, one after the other, for the control that has the focus.
        watched : CSS selector of what holds the picture.
        """
        self.root.evaluate(
            """(root, watched) => {
              root.courseTimes = [];
              let pressed = null;
              root.addEventListener(
                'keydown', () => { pressed = performance.now() }, true);
              new MutationObserver(() => {
                const img = root.querySelector(watched)?.querySelector('img');
                if (pressed === null || !img) return;
                const since = pressed;
                pressed = null;
                img.decode().then(() => requestAnimationFrame(
                  () => root.courseTimes.push(performance.now() - since)));
              }).observe(
                root.querySelector(watched), { childList: true, subtree: true });
            }""",
            watched,
        )
        handle = self.root.element_handle()
        for count, key in enumerate(keys, start=1):
            self.press(key)
            self.page.wait_for_function(
                "([root, count]) => root.courseTimes.length >= count",
                arg=[handle, count],
                timeout=5000,
            )
            self.page.wait_for_timeout(30)
        return self.root.evaluate("root => root.courseTimes")

    def count_pictures(self):
        """Count from now on how often the picture changes; `pictures_counted` says."""
        self.root.evaluate(
            f"""root => {{
              root.courseCount = 0;
              new MutationObserver(() => {{ root.courseCount += 1 }}).observe(
                root.querySelector('{PICTURE}'), {{ childList: true, subtree: true }});
            }}"""
        )

    def pictures_counted(self):
        return self.root.evaluate("root => root.courseCount")

    # The pointer ----------------------------------------------------------------------

    def feels_the_pointer(self, seconds=10):
        """Whether what feels the pointer is there within so many seconds."""
        return self._waits("root.dataset.touch === 'ready'", "", seconds)

    def point_at(self, place, across, down):
        """Move the pointer to a point of a `Place`, given as shares of it."""
        self.page.mouse.move(*self._on_the_page(place, across, down), steps=3)

    def drag(self, place, way):
        """Press at the first point of a way, move along the others, let go."""
        self.point_at(place, *way[0])
        self.point_at(place, *way[0])  # again: the page may have moved under it
        self.page.mouse.down()
        for across, down in way[1:]:
            self.point_at(place, across, down)
        self.page.mouse.up()

    def _on_the_page(self, place, across, down):
        """Where that point is, once the page has come to rest."""
        left, top, scale = self._picture_rests()
        return (
            left + scale * (place.x + across * place.width),
            top + scale * (place.y + down * place.height),
        )

    def _picture_rests(self):
        before, tries = None, 0
        while tries < 50:
            here = self.root.evaluate(
                f"""root => {{
                  const img = root.querySelector('{PICTURE} img');
                  if (!img) return null;
                  const box = img.getBoundingClientRect();
                  return [box.left, box.top, box.width / img.getAttribute('width')];
                }}"""
            )
            if here and here == before:
                return here
            before, tries = here, tries + 1
            self.page.wait_for_timeout(60)
        return before

    def picture_becomes(self, png, seconds=5):
        """Whether the picture is this one, byte for byte, within so many seconds."""
        source = base64.b64encode(png).decode("ascii")
        return self._waits("img?.src.endsWith(words)", source, seconds)

    def time_drags(self, place, way, times=20):
        """Milliseconds from each movement of a pointer that is held down on a `Place`
        to the moment when the changed picture can be painted; there and back.
        """
        self.point_at(place, *way[0])
        self.page.mouse.down()
        self._time_from("pointermove", PICTURE)
        handle, found = self.root.element_handle(), []
        for count in range(times):
            at = self._on_the_page(place, *way[(count + 1) % 2])
            self.root.evaluate("root => { root.courseTimes.length = 0 }")
            self.page.mouse.move(*at)
            self.page.wait_for_function(
                "root => root.courseTimes.length", arg=handle, timeout=5000
            )
            found.append(self.root.evaluate("root => root.courseTimes[0]"))
            self.page.wait_for_timeout(30)
        self.page.mouse.up()
        return found

    def _time_from(self, event, watched):
        self.root.evaluate(
            """(root, [event, watched]) => {
              root.courseTimes = [];
              let since = null;
              root.addEventListener(
                event, () => { since = performance.now() }, true);
              new MutationObserver(() => {
                const img = root.querySelector(watched)?.querySelector('img');
                if (since === null || !img) return;
                const started = since;
                since = null;
                img.decode().then(() => requestAnimationFrame(
                  () => root.courseTimes.push(performance.now() - started)));
              }).observe(
                root.querySelector(watched), { childList: true, subtree: true });
            }""",
            [event, watched],
        )

    def round_corners(self):
        """The radius of the picture's corners, as the browser takes it."""
        image = self.root.locator(f"{PICTURE} img")
        return image.evaluate("image => getComputedStyle(image).borderRadius")

    def largest_gap(self):
        """Pixels of the largest gap from a control to the one below it."""
        return self.root.evaluate(
            """root => {
              const grid = root.querySelector('.course-explorer-columns > *');
              const boxes = [...grid.children].map(it => it.getBoundingClientRect());
              const gaps = boxes.map(box => {
                const below = boxes.filter(
                  it => it.top >= box.bottom - 1 && it.left < box.right
                    && it.right > box.left);
                return Math.min(...below.map(it => it.top)) - box.bottom;
              });
              return Math.max(0, ...gaps.filter(Number.isFinite));
            }"""
        )

    def clipped_fields(self):
        """The numbers that their fields are too narrow to show."""
        return self.root.evaluate(
            """root => [...root.querySelectorAll('input[type=number]')]
              .filter(field => field.scrollWidth > field.clientWidth)
              .map(field => field.value)"""
        )
