"""What the browser's tests need: Chromium, its driver, and one JupyterLab for all.

Nothing is installed here. Where Chromium or the driver is missing, the tests are
skipped and say how to get it; with COURSE_BROWSER=required, as in continuous
integration, they fail instead.
"""

import importlib.util
import os
import shutil

import nbformat
import pytest

from tests.browser.lab import (
    CHROMIUM_OPTIONS,
    GALLERY,
    ROOT,
    LabServer,
    NotebookPage,
    find_chromium,
    gallery,
)

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
SCREENSHOTS = ROOT / "build" / "browser"
SIZE = {"width": 1280, "height": 800}
NO_DRIVER = (
    "pytest-playwright, which drives the browser, is not installed here. It comes with "
    "the extra `browser`: pip install -e '.[browser]', or make browser."
)
NO_CHROMIUM = (
    "No Chromium was found. On Debian and Ubuntu: sudo apt-get install chromium; "
    "elsewhere any Chrome or Chromium will do. CHROMIUM=/path/to/chromium names one "
    "that is not on the path."
)


@pytest.hookimpl(optionalhook=True)  # it belongs to xdist
def pytest_xdist_make_scheduler(config, log):
    """Two processes share the tests: each notebook goes to the one that is free, and
    all explorers to one of them, which opens their gallery once.
    """
    from xdist.scheduler import LoadScopeScheduling

    class Scheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            file = nodeid.partition("::")[0]
            return file if file.endswith("test_explorers.py") else nodeid

    return Scheduling(config, log)


@pytest.fixture(scope="session", autouse=True)
def chromium():
    """The path of Chromium; without it, or without its driver, no test here runs."""
    path = find_chromium()
    if not importlib.util.find_spec("pytest_playwright"):
        _cannot_run(NO_DRIVER)
    if path is None:
        _cannot_run(NO_CHROMIUM)
    return path


def _cannot_run(why):
    if os.environ.get("COURSE_BROWSER") == "required":
        pytest.fail(why, pytrace=False)
    pytest.skip(why)


@pytest.fixture(scope="session")
def browser_type_launch_args(chromium):
    """How pytest-playwright starts the browser: the one of this machine."""
    return {"executable_path": chromium, "args": list(CHROMIUM_OPTIONS)}


@pytest.fixture(scope="session")
def browser_context_args():
    return {"viewport": SIZE}


@pytest.fixture(scope="session")
def server(chromium, tmp_path_factory):
    """JupyterLab on a folder with the gallery of explorers.

    The course's notebooks are put into it by `notebook`.
    """
    folder = tmp_path_factory.mktemp("lab")
    nbformat.write(gallery(), folder / GALLERY)
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    # ports of their own: two servers that start at once would choose the same one
    with LabServer(folder, 8930 + 20 * int(worker)) as server:
        yield server


@pytest.fixture
def notebook(page, server):
    """A fresh page, on which to open one of the notebooks as the course ships them. Its
    kernel ends with the test.
    """
    # anew for each test: JupyterLab saves by itself, every two minutes, also in the
    # middle of a run, when the outputs of all cells that still wait are gone
    for path in NOTEBOOKS:
        shutil.copy(path, server.folder)
    notebook = NotebookPage(page, server)
    yield notebook
    notebook.close()


@pytest.fixture(scope="session")
def screenshots():
    """The folder for pictures of what was seen."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    return SCREENSHOTS
