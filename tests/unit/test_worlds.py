"""What runs notebooks in other worlds notices what goes wrong there, and only that."""

import inspect

import nbformat
import numpy as np
import pytest

from course_utils.startup import keras
from course_utils.training import reestimate_batch_norm
from tools import ROOT, _rehearsal, _worlds, colab_check, lessons, rehearse

# Shows in full only, and in the cells of a lesson that has begun.
FAULT = "session.pick(quick=lambda: 0, full=lambda: 1 / 0)()"
EMPTY = "%reset -f\nfrom tools import _rehearsal"


def written(tmp_path, *cells):
    """A notebook of these (source, tags)."""
    notebook = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell(source, metadata={"tags": list(tags)})
            for source, tags in cells
        ]
    )
    path = tmp_path / "some.ipynb"
    nbformat.write(notebook, path)
    return path


def test_an_error_is_named_by_its_cell_and_later_cells_run_all_the_same(tmp_path):
    path = written(
        tmp_path,
        ("1 / 0", ()),
        ("import os; assert os.environ['COURSE_DATA'] == 'cached'", ()),
        ("print('rehearsal: here')", ()),
        ("assert False, 'out of band'", ("band",)),
    )
    run = _worlds.run(path, {"COURSE_DATA": "cached"}, bands=False)
    assert [number for number, _, _ in run.errors] == [1]
    assert "ZeroDivisionError" in run.errors[0][2]
    assert [number for number, _, _ in run.allowed] == [4]
    assert run.cells == 4 and run.said == ["rehearsal: here"]
    assert len(_worlds.run(path, {"COURSE_DATA": "cached"}).errors) == 2


def test_a_kernel_that_dies_is_told_with_the_cell_that_it_died_in(tmp_path):
    """Of too little memory, say: which cell wanted it?"""
    path = written(
        tmp_path, ("1 + 1", ()), ("import os\nos._exit(1)", ()), ("2 + 2", ())
    )
    run = _worlds.run(path, {})
    [(number, line, error)] = run.errors
    assert (number, line) == (2, "import os") and "died" in error.lower()


def until_it_has_begun(path):
    """A lesson's cells up to the one that calls `begin`, and a fault after it."""
    cells = nbformat.read(path, as_version=4).cells
    last = next(
        number
        for number, cell in enumerate(cells)
        if cell.cell_type == "code" and "= begin(" in cell.source
    )
    return [*cells[: last + 1], nbformat.v4.new_code_cell(f"# {path.stem}\n{FAULT}")]


@pytest.mark.slow
def test_a_fault_that_shows_in_full_only_is_caught_in_every_lesson():
    """One kernel for all, since its start is what costs; each lesson finds it empty."""
    cells = []
    for path in lessons():
        cells += [nbformat.v4.new_code_cell(EMPTY), *until_it_has_begun(path)]
    notebook = nbformat.v4.new_notebook(cells=cells)
    run = rehearse.rehearse(lessons()[0], notebook=notebook)
    assert [line for _, line, _ in run.errors] == [
        f"# {path.stem}" for path in lessons()
    ]
    assert all("ZeroDivisionError" in error for _, _, error in run.errors)
    assert rehearse.hours(run) >= 0


@pytest.fixture
def cut(monkeypatch):
    """Keras as a rehearsal has it, for one test."""
    for name in ("fit", "evaluate", "predict"):
        wrapped = getattr(_rehearsal, f"_{name}")(getattr(keras.Model, name))
        monkeypatch.setattr(keras.Model, name, wrapped)
    monkeypatch.setattr(_rehearsal, "left_out", [])


def small_model():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    model.compile("sgd", "mse")
    return model


class Steps(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.count = self.epochs = 0

    def on_train_batch_end(self, batch, logs=None):
        self.count += 1

    def on_epoch_end(self, epoch, logs=None):
        self.epochs += 1


@pytest.mark.parametrize("pipeline", [False, True])
def test_a_fit_is_two_steps_and_one_epoch_and_the_rest_is_estimated(cut, pipeline):
    import tensorflow as tf

    steps = Steps()
    x, y = np.zeros((100, 3)), np.zeros((100, 2))
    model = small_model()
    if pipeline:
        data = tf.data.Dataset.from_tensor_slices((x, y)).batch(10)
        model.fit(data, epochs=5, validation_data=data, callbacks=[steps], verbose=0)
    else:
        model.fit(
            x,
            y,
            batch_size=10,
            epochs=5,
            validation_data=(x, y),
            callbacks=[steps],
            verbose=0,
        )
    assert (steps.count, steps.epochs) == (2, 1)
    [seconds] = _rehearsal.left_out
    assert 48 * 1e-5 < seconds < 48 * 5  # 5 × 10 steps but for the two that were made


def test_a_batch_is_no_larger_than_in_full(cut):
    """Keras, told of two steps alone, would put half of all images into each."""
    sizes = []

    class Watched(keras.layers.Layer):
        def call(self, inputs):
            sizes.append(inputs.shape[0] or 0)  # None where Keras only traces
            return inputs

    model = keras.Sequential([keras.Input((3,)), Watched(), keras.layers.Dense(2)])
    model.compile("sgd", "mse", run_eagerly=True)
    x, y = np.zeros((1_000, 3)), np.zeros((1_000, 2))
    model.fit(x, y, validation_data=(x, y), verbose=0)
    model.evaluate(x, y, verbose=0)
    model.predict(x, verbose=0)
    assert len(sizes) >= 8 and max(sizes) == 32


def test_a_prediction_has_its_full_length_and_begins_with_the_real_one(cut):
    import tensorflow as tf

    model, x = small_model(), np.random.default_rng(0).normal(size=(100, 3))
    real = np.asarray(model(x[:20]))
    found = model.predict(x, batch_size=10, verbose=0)
    assert found.shape == (100, 2)
    np.testing.assert_allclose(found[:20], real, rtol=1e-5)
    batches = tf.data.Dataset.from_tensor_slices(x).batch(30)
    assert model.predict(batches, verbose=0).shape == (100, 2)
    assert model.predict(x[:5], verbose=0).shape == (5, 2)


def test_averages_are_taken_of_two_batches_of_the_usual_size(monkeypatch):
    """And of a batch as large as in full, so that the memory it needs shows."""
    seen = []
    cut = _rehearsal._reestimate(
        lambda model, images, size: seen.append((images, size))
    )
    monkeypatch.setattr(_rehearsal, "left_out", [])
    cut("a model", np.zeros((1_000, 3)))
    cut("a model", np.zeros((1_000, 3)), 32)
    assert [(len(images), size) for images, size in seen] == [(256, 128), (64, 32)]
    assert len(_rehearsal.left_out) == 2
    usual = inspect.signature(reestimate_batch_norm).parameters["batch_size"].default
    assert usual == _rehearsal.BATCH_OF_AVERAGES


def test_names_of_packages_are_read_whole_from_constraints(tmp_path):
    file = tmp_path / "colab.txt"
    file.write_text("# what Colab has\nh5py==3.16.0\nml_dtypes==0.6.0\n\nnumpy>=2\n")
    assert colab_check.packages(file) == ["h5py", "ml_dtypes", "numpy"]
    file.write_text("# nothing\n")
    with pytest.raises(SystemExit, match=r"such as numpy==2\.1\.3"):
        colab_check.packages(file)
    with pytest.raises(SystemExit, match="cannot be read"):
        colab_check.packages(tmp_path / "none.txt")


def test_a_mirror_hands_out_a_keras_home_on_this_machine(tmp_path):
    import urllib.request

    (tmp_path / "datasets").mkdir()
    (tmp_path / "datasets" / "a.txt").write_text("here")
    with colab_check.mirror(tmp_path) as address:
        assert "127.0.0.1" in address
        with urllib.request.urlopen(f"{address}/datasets/a.txt") as answer:
            assert answer.read() == b"here"


def test_lessons_and_homework_are_chosen_by_their_beginnings():
    chosen = colab_check.notebooks(ROOT, ["05", "hw06"])
    assert [path.name[:4] for path in chosen] == ["05_p", "hw06"]
    with pytest.raises(SystemExit, match="begins with 77"):
        colab_check.notebooks(ROOT, ["77"])
