"""Experiments: runs that survive an interruption, and the results the course
ships.
"""

import importlib
import json
import pkgutil
from contextlib import nullcontext

import numpy as np
import pytest

import experiments
from course_utils.architectures.fashion import fashion_cnn, fashion_fast
from course_utils.measured import measured, measured_histories
from course_utils.startup import keras
from experiments import benchmarks, fashion, results
from experiments.__main__ import main
from experiments.measurement import Measurement, find
from experiments.pretraining import DATA


def tiny_model(steps):
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            keras.layers.Flatten(),
            keras.layers.Dense(10, "softmax"),
        ]
    )
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


@pytest.fixture
def tiny(monkeypatch, tmp_path):
    """A recipe of a second, and folders of its own."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(results, "results_folder", lambda: tmp_path / "measured")
    recipe = fashion.Recipe(
        tiny_model, epochs=3, batch_size=16, seeds=(1, 2), says="tiny"
    )
    monkeypatch.setattr(
        fashion, "RECIPES", {"fashion_cnn": recipe, "fashion_fast": recipe}
    )
    random = np.random.default_rng(0)
    part = lambda count: (
        random.random((count, 28, 28, 1), dtype=np.float32),
        random.integers(0, 10, count),
    )
    return tmp_path, (part(128), part(32), part(50))


def test_an_interrupted_measurement_goes_on_and_stores_every_epoch_of_every_seed(
    tiny, monkeypatch, capsys
):
    folder, data = tiny
    fit, calls = fashion.fit, []

    def interrupted_fit(model, *args, epochs, **options):
        calls.append(epochs)
        if len(calls) == 2:  # the second seed, after its first epoch
            fit(model, *args, epochs=1, **options)
            raise KeyboardInterrupt
        return fit(model, *args, epochs=epochs, **options)

    monkeypatch.setattr(fashion, "fit", interrupted_fit)
    with pytest.raises(KeyboardInterrupt):
        fashion.run("fashion_fast", data)
    assert not results.complete("fashion_fast")
    fashion.run("fashion_fast", data)
    said = capsys.readouterr().out
    assert "seed 2, going on after epoch 1" in said and said.count("seed 1:") == 1
    assert len(calls) == 3  # the first seed was trained once
    stored = json.loads((folder / "measured" / "fashion_fast.json").read_text())
    assert [one["seed"] for one in stored["runs"]] == [1, 2]
    for one in stored["runs"]:
        assert {len(values) for values in one["history"].values()} == {3} and len(
            one["seconds"]
        ) == 3
    assert stored["mean_test_accuracy"] == pytest.approx(
        np.mean([one["test_accuracy"] for one in stored["runs"]])
    )
    assert stored["machine"]["cores"] and stored["date"]
    assert results.complete("fashion_fast")
    assert not any((folder / "home" / "course-measure").iterdir())


def test_steps_are_timed_in_turn_and_scaled_to_the_whole_run(tiny, monkeypatch):
    _, data = tiny
    stored = fashion.time_steps(rounds=2, burst=4, data=data)
    network = stored["networks"]["fashion_cnn"]
    assert network["steps"] == 3 * 3438 and network["step_seconds"] > 0
    assert network["seconds"] == pytest.approx(
        network["step_seconds"] * network["steps"], rel=0.05
    )
    assert stored["ratio"] == pytest.approx(
        stored["networks"]["fashion_fast"]["seconds"] / network["seconds"], rel=0.05
    )


def test_whatever_is_stored_is_found_where_it_is_measured():
    found = find(experiments) | find(benchmarks)
    stored = {file.stem for file in (DATA / "measured").glob("*.json")}
    assert stored < {measurement.stored_as for measurement in found.values()}
    assert all(found[name].stored_as == name for name in fashion.RECIPES)


def test_the_list_says_what_is_measured_and_measures_nothing(capsys, monkeypatch):
    monkeypatch.setattr(Measurement, "measure", lambda self: pytest.fail("measured"))
    main(["--list"])
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["steps", "fashion_steps.json", "measured"] in lines
    assert ["pretraining", "mini_xception.json", "measured"] in lines


def test_a_measurement_is_shared_by_a_cluster_or_says_why_not(capsys, monkeypatch):
    shared = {
        name
        for module in pkgutil.iter_modules(experiments.__path__)
        if "spread"
        in vars(one := importlib.import_module(f"experiments.{module.name}"))
        for name in getattr(one, "MEASUREMENTS", ())
    }
    found = find(experiments)
    assert {name for name, one in found.items() if not one.only_here} == shared
    main(["--list"])
    said = capsys.readouterr().out.splitlines()
    assert {line.split()[0] for line in said if "CLUSTER=" in line} == shared


def test_what_a_cluster_cannot_share_is_said_before_it_is_measured(
    tiny, capsys, monkeypatch
):
    monkeypatch.setattr(
        "experiments.__main__.cluster_backend", lambda address: nullcontext()
    )
    monkeypatch.setattr(Measurement, "measure", lambda self: print("measures"))
    main(["--cluster", "tcp://somewhere:8786", "steps"])
    first, second = capsys.readouterr().out.splitlines()
    assert "steps runs on this machine: it times" in first and second == "measures"


def test_what_is_there_is_not_measured_again_and_what_a_run_returns_is_stored(
    tiny, capsys
):
    folder, _ = tiny
    ran = []
    one = Measurement("a_result", lambda: ran.append(1) or {"answer": 42})
    assert not one.is_complete()
    one.measure()
    assert one.is_complete() and ran == [1]
    stored = json.loads((folder / "measured" / "a_result.json").read_text())
    assert stored["answer"] == 42 and stored["machine"]


def test_all_of_them_anew_is_refused(capsys):
    with pytest.raises(SystemExit):
        main(["--again"])
    assert "--again needs a name" in capsys.readouterr().err


def test_an_unknown_measurement_is_refused_by_name(capsys):
    with pytest.raises(SystemExit):
        main(["resnet"])
    assert "fashion_cnn" in capsys.readouterr().err


@pytest.mark.parametrize(
    "name, build",
    [
        ("fashion_cnn", fashion_cnn),
        ("fashion_fast", fashion_fast),
        ("fashion_fast_long", fashion_fast),
    ],
)
def test_stored_runs_are_of_the_networks_and_recipes_in_the_code(name, build):
    stored, recipe = measured(name), fashion.RECIPES[name]
    assert stored["parameters"] == build().count_params()
    assert (stored["epochs"], stored["batch_size"], stored["recipe"]) == (
        recipe.epochs,
        recipe.batch_size,
        recipe.says,
    )
    assert stored["steps_per_epoch"] == recipe.steps_per_epoch()
    assert [one["seed"] for one in stored["runs"]] == list(recipe.seeds)
    assert measured("fashion_steps")["networks"][name]["steps"] == recipe.steps()
    for history in measured_histories(name):
        assert history.epochs == recipe.epochs == len(history.seconds)


@pytest.mark.parametrize("name", fashion.RECIPES)
def test_every_recipe_makes_a_model_with_weights_so_that_a_cut_off_run_can_go_on(name):
    assert fashion.RECIPES[name].model(10).built


def test_the_small_network_matches_the_textbook_one_in_a_tenth_of_its_time():
    slow, fast, steps = (
        measured(name) for name in ("fashion_cnn", "fashion_fast", "fashion_steps")
    )
    assert fast["mean_test_accuracy"] >= slow["mean_test_accuracy"]
    assert (
        min(one["test_accuracy"] for one in fast["runs"]) >= slow["mean_test_accuracy"]
    )
    assert steps["ratio"] <= 0.1


def test_twice_as_long_it_reaches_93_percent_in_under_ten_minutes():
    assert measured("fashion_fast_long")["mean_test_accuracy"] >= 0.93
    assert measured("fashion_steps")["networks"]["fashion_fast_long"]["seconds"] < 600
