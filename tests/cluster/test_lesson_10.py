"""Lesson 10's section on JAX and Ray, run for real: its own functions, in processes of
their own.
"""

import ast
import importlib
from pathlib import Path

import nbformat
import numpy as np
import psutil
import pytest

from course_utils.distribution import WorkerError, run_workers
from course_utils.distribution.ray_cluster import ray_cluster
from course_utils.distribution.training import train_worker
from tools import ROOT


def lesson_functions(folder, monkeypatch, *names):
    """The functions of the notebook, with what they use, as a module on disk, so that
    their text can be read as a notebook's can.
    """
    notebook = nbformat.read(ROOT / "notebooks/10_scaling_out.ipynb", as_version=4)
    sources = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    wanted, lines = {"digits", "small_network", "as_one_list", *names}, []
    for source in sources:
        for node in ast.parse(source).body:
            plain_import = isinstance(node, ast.Import | ast.ImportFrom) and (
                "course_utils" not in ast.unparse(node)
            )
            if plain_import or getattr(node, "name", None) in wanted:
                lines.append(ast.unparse(node))
    module = "_".join(["lesson_10", *names])  # each test imports its own
    (folder / f"{module}.py").write_text("\n\n".join(lines))
    monkeypatch.syspath_prepend(str(folder))
    return importlib.import_module(module)


def test_four_devices_of_jax_equal_one(needs, tmp_path, monkeypatch):
    needs("jax")
    lesson = lesson_functions(tmp_path, monkeypatch, "on_jax")
    env = {
        "KERAS_BACKEND": "jax",
        "XLA_FLAGS": "--xla_force_host_platform_device_count=4",
    }
    [found] = run_workers(lesson.on_jax, 1, seconds=500, env=env).results
    assert found["devices"] == 4 and found["far"] <= 1e-6


def left_by_ray():
    """Processes and files that a cluster of Ray has, of all there are now."""
    parts = ("raylet", "gcs_server", "ray::", "/ray/")
    for process in psutil.process_iter(["cmdline"]):
        line = " ".join(process.info["cmdline"] or ())
        if any(part in line for part in parts) and process.pid != psutil.Process().pid:
            yield process.pid
    yield from Path("/tmp").glob("ray-*")
    yield from Path("/tmp").glob("workers-*/run-*/ray-*")
    yield from Path.home().glob(".ray/*")
    yield from Path.home().glob("ray_results/*")


def test_two_workers_of_ray_equal_one_process_and_leave_nothing(
    needs, tmp_path, monkeypatch
):
    needs("ray")
    before = set(left_by_ray())
    lesson = lesson_functions(tmp_path, monkeypatch, "on_ray")
    [weights] = run_workers(lesson.on_ray, 1, seconds=400).results
    [alone] = run_workers(train_worker, 1, seconds=150).results
    assert len(weights) == 1370
    assert np.abs(np.array(weights) - alone["weights"]).max() <= 1e-6
    assert set(left_by_ray()) <= before


def test_a_cluster_of_ray_that_does_not_start_says_why_and_leaves_nothing(needs):
    needs("ray")
    before = set(left_by_ray())
    with pytest.raises(WorkerError, match="ray start. has ended.*num.cpus"):
        with ray_cluster(cpus="none"):
            pass
    assert set(left_by_ray()) <= before
