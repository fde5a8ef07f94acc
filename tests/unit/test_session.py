"""`begin` and the quiet start."""

import os
import subprocess
import sys

import pytest

import course_utils
from course_utils import session
from course_utils.session import DATA_MODES, EFFORTS, Session, begin, data_mode


def run(code, **environment):
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, **environment},
    )


def test_begin_prints_three_lines_and_nothing_on_stderr():
    done = run(
        "from course_utils import begin; begin('01_convolution')",
        TF_CPP_MIN_LOG_LEVEL="",
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert [line.split(":")[0] for line in done.stdout.splitlines()] == [
        "Machine",
        "Effort",
        "Data",
    ]


@pytest.mark.parametrize("home", ["~/.keras", "$KERAS_HOME"])
@pytest.mark.parametrize("data", DATA_MODES)
@pytest.mark.parametrize("effort", EFFORTS)
def test_no_line_of_begin_is_broken_in_a_narrow_window(
    effort, data, home, monkeypatch, capsys
):
    """Versions as long as they come, and as many cores as a large machine has."""
    monkeypatch.setattr(session, "keras_home_for_display", lambda: home)
    monkeypatch.setattr(session.platform, "python_version", lambda: "3.11.11")
    monkeypatch.setattr(session.os, "cpu_count", lambda: 16)
    begin(effort=effort, data=data)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["Machine:", "Effort:", "Data:"]
    assert max(map(len, lines)) <= session.MOST_COLUMNS, lines


def test_the_package_imports_without_tensorflow():
    heavy = "('tensorflow', 'keras', 'matplotlib')"
    done = run(
        f"import sys, course_utils; print([name for name in {heavy} if name in "
        f"sys.modules])"
    )
    assert done.stdout.strip() == "[]"


def test_what_is_written_during_the_import_is_shown_when_the_import_fails():
    code = (
        "import os\nfrom course_utils.startup import quiet_stderr\n"
        "with quiet_stderr():\n    os.write(2, b'the real reason')\n    raise "
        "ImportError('no backend')"
    )
    done = run(code)
    assert "the real reason" in done.stderr and "ImportError: no backend" in done.stderr


def test_begin_seeds_keras_initialisers():
    import keras

    begin()
    first = keras.random.normal((3,)), keras.layers.Dense(2)
    first[1].build((None, 3))
    begin()
    second = keras.random.normal((3,)), keras.layers.Dense(2)
    second[1].build((None, 3))
    assert (
        keras.ops.convert_to_numpy(first[0]) == keras.ops.convert_to_numpy(second[0])
    ).all()
    assert (first[1].get_weights()[0] == second[1].get_weights()[0]).all()


def test_pick_follows_the_effort():
    settings = dict(name=None, data="auto", device="CPU")
    assert Session(effort="quick", **settings).pick(quick=2, full=10) == 2
    assert Session(effort="full", **settings).pick(quick=2, full=10) == 10


@pytest.mark.parametrize(
    ("variable", "effort"), [("full", "full"), ("quick", "quick"), ("", "quick")]
)
def test_the_environment_sets_the_effort(monkeypatch, variable, effort):
    monkeypatch.setenv("COURSE_EFFORT", variable)
    assert begin().effort == effort


def test_an_argument_beats_the_environment(monkeypatch):
    monkeypatch.setenv("COURSE_EFFORT", "quick")
    assert begin(effort="full").effort == "full"


@pytest.mark.parametrize(
    ("arguments", "environment", "words"),
    [
        (
            {"effort": "fast"},
            {},
            "begin(effort=...) says 'fast'; it must be one of 'quick', 'full'",
        ),
        (
            {},
            {"COURSE_EFFORT": "slow"},
            "the environment variable COURSE_EFFORT says 'slow'",
        ),
        ({"data": "offline"}, {}, "must be one of 'auto', 'cached', 'embedded'"),
        (
            {},
            {"COURSE_DATA": "none"},
            "the environment variable COURSE_DATA says 'none'",
        ),
    ],
)
def test_a_dial_that_does_not_exist_is_named(
    monkeypatch, arguments, environment, words
):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ValueError) as error:
        begin(**arguments)
    assert words in str(error.value)


def test_the_data_mode_a_notebook_chose_holds_for_what_it_loads_later(monkeypatch):
    monkeypatch.setenv("COURSE_DATA", "auto")
    begin(data="embedded")
    assert data_mode() == "embedded"


def test_the_banner_names_no_folder_of_this_machine(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    begin(data="auto")
    assert str(tmp_path) not in capsys.readouterr().out


def test_the_package_says_its_version():
    assert course_utils.__version__.count(".") == 2
