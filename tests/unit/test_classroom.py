"""docs/classroom.md says what the trial of a hub found; the hub has the limits that it
names.
"""

import json
from pathlib import Path

import pytest
from traitlets.config import Config

from course_utils.measured import measured
from experiments import classroom
from tests.homework.submissions import FULL

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
    points = trial["graded"]["points"]  # without those for what a person reads
    assert len(points) == len(trial["students"])
    assert set(points.values()) == {sum(filter(None, FULL))}


def test_every_fourth_student_leaves_the_written_answer_out():
    handed_out = (
        classroom.ROOT / f"notebooks/homework/{classroom.HOMEWORK}.ipynb"
    ).read_text(encoding="utf-8")
    all_answers, others = (
        classroom._answers(classroom._with_answers(json.loads(handed_out), number))
        for number in (0, 3)
    )
    nothing = classroom._answers(json.loads(handed_out))
    changed = lambda cells: [
        number for number, cell in enumerate(cells) if cell != nothing[number]
    ]
    assert len(changed(all_answers)) == 7 and changed(all_answers)[:-1] == changed(
        others
    )
    assert "halving" in all_answers[changed(all_answers)[-1]]


def of_students(**others):
    """A trial as it would be stored, of a student per lesson."""
    numbers = {
        "kernel_peak": 1.5e9,
        "kernel_private": 1e9,
        "kernel_cpu": 40,
        "server_memory": 0.2e9,
        "homework_peak": 0.5e9,
        "homework_private": 0.4e9,
        "homework_cpu": 9,
        **{"server_seconds": 5, "pull_seconds": 1, "first_cell": 4},
    }
    students = [{"lesson": lesson, **numbers} for lesson in classroom.LESSONS]
    alone = {"kernel_cpu": 200, "cache_bytes": 21e6}
    trial = {"students": students, "hub_memory": 0.3e9, "alone": alone}
    students[1] |= others
    return trial


def test_a_class_needs_what_its_students_need_and_what_they_share_once():
    trial = of_students()
    assert classroom.sizes(trial, (10,)) == [{"students": 10, "memory": 16, "cores": 1}]
    assert classroom.sizes(trial, (300,))[0]["cores"] == 10
    larger = of_students(kernel_private=1.9e9, kernel_peak=2.4e9, kernel_cpu=400)
    [size] = classroom.sizes(larger, (10,))
    assert size == {"students": 10, "memory": 27, "cores": 4}


def test_what_does_not_fit_is_said():
    fits = lambda trial: [one["fits"] for one in classroom.per_lesson(trial).values()]
    assert fits(of_students()) == [True, True, True]
    assert fits(of_students(kernel_private=1.9e9)) == [True, False, True]
    found = classroom.per_lesson(of_students(first_cell=44))
    assert [one["first"] for one in found.values()] == [10, 50, None]


def test_a_cache_saves_what_the_first_student_spent():
    _, _, saved = classroom.as_markdown(of_students())
    assert saved[2:] == [
        "| an empty cache of one's own | 200 | 21 MB |",
        "| the shared one, read-only | 40 | 0 MB |",
    ]


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
