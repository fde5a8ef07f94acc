"""docs/classroom.md says what the trial of a hub found; the hub has the limits that it
names.
"""

from pathlib import Path

import pytest
from traitlets.config import Config

from course_utils.measured import measured
from experiments import classroom

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_the_page_has_the_tables_of_the_stored_trial():
    page = (DOCS / "classroom.md").read_text(encoding="utf-8")
    for lines in classroom.as_markdown(measured("classroom")):
        assert "\n".join(lines) in page
    plan = measured("classroom")["plan"]
    assert f"{plan['students']} students, {plan['at_once']} at a time" in page


def test_in_the_trial_every_cell_ran_and_no_work_was_lost():
    trial = measured("classroom")
    assert len(trial["students"]) == trial["plan"]["students"]
    assert {one["lesson"] for one in trial["students"]} == set(classroom.LESSONS)
    assert all(one["kept"] and one["news"] for one in trial["students"])
    assert all(one["errors"] == 0 for one in trial["students"])
    points = trial["graded"]["points"]
    some_left_out = {f"student{number}" for number in range(3, len(points), 4)}
    best = max(points.values())
    assert {name for name, own in points.items() if own < best} == some_left_out


def test_a_larger_class_needs_more_and_a_larger_kernel_shows():
    students = [
        {
            "lesson": lesson,
            "kernel_peak": 1e9,
            "server_memory": 0.2e9,
            "kernel_cpu": 40,
            "homework_peak": 0.4e9,
            "homework_cpu": 9,
            **{"server_seconds": 5, "pull_seconds": 1, "first_cell": 4},
        }
        for lesson in classroom.LESSONS
    ]
    trial = {"students": students, "hub_memory": 0.3e9}
    assert classroom.sizes(trial, (10,)) == [{"students": 10, "memory": 15, "cores": 1}]
    assert classroom.sizes(trial, (300,))[0]["cores"] == 10
    students[1] |= {"kernel_peak": 1.9e9}
    fits = {name: one["fits"] for name, one in classroom.per_lesson(trial).items()}
    assert list(fits.values()) == [True, False, True]
    assert classroom.sizes(trial, (10,))[0]["memory"] == 26


@pytest.fixture
def hub(monkeypatch):
    """docs/jupyterhub_config.py, as JupyterHub would run it."""
    monkeypatch.setenv("COURSE_FOLDER", "/somewhere/course")
    monkeypatch.setenv("COURSE_DATA_FOLDER", "/somewhere/data")
    config = Config()
    source = (DOCS / "jupyterhub_config.py").read_text(encoding="utf-8")
    exec(
        compile(source, "jupyterhub_config.py", "exec"), {"get_config": lambda: config}
    )
    return config


def test_the_hubs_students_share_data_and_have_limits(hub):
    assert hub.Spawner.environment["KERAS_HOME"] == "/somewhere/data/keras"
    assert hub.Spawner.environment["TFDS_DATA_DIR"] == "/somewhere/data/tfds"
    assert hub.Spawner.mem_limit and hub.Spawner.cpu_limit
    assert "127.0.0.1" in hub.JupyterHub.bind_url
    assert "repo=/somewhere/course" in hub.Spawner.default_url


def test_what_is_idle_is_culled_by_a_service_that_may_do_no_more(hub):
    [service] = hub.JupyterHub.services
    [role] = hub.JupyterHub.load_roles
    assert role["services"] == [service["name"]] and "admin" not in str(role)
    assert any("cull_idle_timeout" in argument for argument in hub.Spawner.args)
