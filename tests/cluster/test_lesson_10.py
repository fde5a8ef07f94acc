"""Lesson 10's section on JAX, run for real: its own function, in its own process."""

import ast

import nbformat

from course_utils.distribution import run_workers
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
    (folder / "lesson_10_functions.py").write_text("\n\n".join(lines))
    monkeypatch.syspath_prepend(str(folder))
    import importlib

    return importlib.import_module("lesson_10_functions")


def test_four_devices_of_jax_equal_one(needs, tmp_path, monkeypatch):
    needs("jax")
    lesson = lesson_functions(tmp_path, monkeypatch, "on_jax")
    env = {
        "KERAS_BACKEND": "jax",
        "XLA_FLAGS": "--xla_force_host_platform_device_count=4",
    }
    [found] = run_workers(lesson.on_jax, 1, seconds=500, env=env).results
    assert found["devices"] == 4 and found["far"] <= 1e-6
