"""What a notebook's checks cost is measured with their kernel, and held against what
they may cost.
"""

import os
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.conftest import pytest_collection_modifyitems
from tools import _times, lessons, test

KERNEL = """
import subprocess, sys
subprocess.run([sys.executable, "-c", "for _ in range(3 * 10**7): pass"])
raise SystemExit(int(sys.argv[-1].endswith("09_bad.ipynb")))
"""


def test_the_budgets_are_those_of_the_course():
    wanted = {"00": 15, "01": 40, "01b": 30, "03b": 30, "05": 75, "08": 80, "10": 60}
    assert {n: _times.budget(Path(f"{n}_x.ipynb")) for n in wanted} == wanted


def test_a_process_of_a_process_counts(monkeypatch):
    """The kernel is a child of pytest, and does nearly all of the work."""
    run = _times.subprocess.run
    monkeypatch.setattr(
        _times.subprocess,
        "run",
        lambda command, cwd: run([sys.executable, "-c", KERNEL, command[-1]]),
    )
    passed, seconds = _times.check(Path("00_good.ipynb"), ())
    assert passed and seconds > 0.1
    assert not _times.check(Path("09_bad.ipynb"), ())[0]


@pytest.mark.parametrize(
    ("costs", "code", "says"),
    [
        ({"00": (True, 14.0), "01b": (True, 29.0)}, 0, "| all | 43 | 45 | |"),
        ({"00": (True, 16.0)}, 1, "| 00 | 16 | 15 | too much |"),
        ({"03": (False, 1.0)}, 1, "| 03 | 1 | 75 | failed |"),
    ],
)
def test_what_fails_or_costs_too_much_is_said(costs, code, says, monkeypatch, capsys):
    monkeypatch.setattr(_times, "check", lambda path, _: costs[_times.number(path)])
    paths = [Path(f"{number}_x.ipynb") for number in costs]
    assert _times.main(paths, ()) == code
    assert says in capsys.readouterr().out


def test_the_command_checks_the_chosen_notebooks_one_by_one(monkeypatch):
    chosen = []
    monkeypatch.setattr(test, "python", lambda *_: 0)
    monkeypatch.setattr(_times, "check", lambda path, _: chosen.append(path) or (1, 1))
    assert test.main(["--times", "02"]) == 0
    assert test.main(["--times"]) == 0
    assert chosen == lessons(["02"]) + lessons()


def test_packages_are_compiled_once_even_where_python_is_told_to_store_nothing(
    monkeypatch,
):
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setattr(test, "python", lambda *_: 0)
    test.main(["tests/unit/test_times.py"])
    assert "PYTHONDONTWRITEBYTECODE" not in os.environ


def test_notebooks_and_files_with_a_slow_test_come_first_and_stay_whole():
    def item(path, slow=False):
        return SimpleNamespace(path=Path(path), get_closest_marker=lambda _: slow)

    quick, long = [item("a.py")] * 2, [item("b.py"), item("b.py", slow=True)]
    notebook = [item("0.ipynb")] * 2
    items = [*quick, *long, *quick, *notebook]
    pytest_collection_modifyitems(items)
    assert items == [*long, *notebook, *quick, *quick]
