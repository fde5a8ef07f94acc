"""How far long work has come: redrawn in a terminal, gone when done in a notebook, one
line in a log.
"""

import sys
from types import SimpleNamespace

import pytest

from course_utils.progress import notice, progress_bar


class Terminal(list):
    def isatty(self):
        return True

    def write(self, text):
        self.append(text)

    def flush(self):
        pass


def test_progress_in_a_terminal_redraws_one_line_with_the_time_left(monkeypatch):
    terminal, clock = Terminal(), [100.0]
    monkeypatch.setattr(sys, "stderr", terminal)
    with progress_bar("Drawing", total=200, unit="photos") as bar:
        bar._time = lambda: clock[0]
        bar.start_t = bar.last_print_t = 100.0
        for _ in range(4):
            clock[0] += 5
            bar.update(50)
    text = "".join(terminal)
    assert text.count("\n") == 1 and text.endswith("\n")
    drawn = [part.strip() for part in text.split("\r") if part.strip()]
    quarter = next(line for line in drawn if "50/200" in line)
    assert quarter.startswith("Drawing:  25%|█") and "░|" in quarter
    assert "[00:05<00:15, 10.00 photos/s]" in quarter
    assert "200/200 [00:20<00:00" in drawn[-1]


def test_progress_in_a_log_is_one_line(capsys):
    with progress_bar("Downloading x", total=3_000_000, unit="B") as bar:
        bar.update(1_000_000)
        bar.update(2_000_000)
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1 and "\r" not in err
    assert err.startswith("Downloading x: 100%|█") and "3.00M/3.00M" in err


@pytest.fixture
def notebook(monkeypatch):
    """A kernel's display: the messages it would send, as (what, data)."""
    messages = []

    def display(data, raw, display_id):
        messages.append(("display_data", data))
        return SimpleNamespace(
            update=lambda data, raw: messages.append(("update_display_data", data))
        )

    monkeypatch.setattr("IPython.display.display", display)
    monkeypatch.setattr("course_utils.progress.style_here", lambda *_: "notebook")
    return messages


def test_progress_in_a_notebook_begins_and_ends_as_an_empty_output(notebook, capsys):
    with progress_bar("Drawing", total=2, unit="photos") as bar:
        bar.update()
        bar.refresh()
        bar.update()
    assert notebook[0] == ("display_data", {}), "a comparison would see the bar"
    assert notebook[-1] == ("update_display_data", {}), "the bar would be saved"
    assert any("1/2" in data.get("text/plain", "") for _, data in notebook)
    assert capsys.readouterr() == ("", "")


def test_a_notice_in_a_notebook_is_gone_when_the_wait_is_over(notebook, capsys):
    with notice("Waiting for another notebook."):
        assert notebook[-1][1] == {"text/plain": "Waiting for another notebook."}
    assert notebook[0][1] == notebook[-1][1] == {}
    assert capsys.readouterr() == ("", "")
