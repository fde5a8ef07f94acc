"""Oxford-IIIT Pet: from the folder of TFDS, whole or not at all, and never replaced."""

import ast
import json
import re
import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from course_utils import boxes, plots, sources
from course_utils.datasets import NoSource, load_pets, pets
from course_utils.datasets.photo_set import SPLITS
from course_utils.sources import network
from course_utils.startup import keras
from course_utils.training import one_cycle
from tools import _rehearsal

PHOTOS = 40
TRIMAP = np.array([[2, 2, 2, 2], [2, 3, 3, 2], [2, 3, 1, 1]], np.uint8)
BOX = (0.1, 0.2, 0.5, 0.8)


def trimap():
    """(12, 16, 1), as published: 2 background, 3 rim, 1 pet."""
    return np.kron(TRIMAP, np.ones((4, 4), np.uint8))[..., None]


def examples():
    """Photograph n has pixels n; every third has no box of the head."""
    for n in range(PHOTOS):
        yield {
            "image": np.full((12, 16, 3), n, np.uint8),
            "label": n % 37,
            "species": n % 2,
            "file_name": f"pet_{n}.jpg",
            "segmentation_mask": trimap(),
            "head_bbox": np.float32(BOX if n % 3 else (0, 0, 0, 0)),
        }


@pytest.fixture(scope="module")
def made_up(tmp_path_factory):
    """A TFDS folder with a data set of that name and form."""
    import tensorflow as tf
    import tensorflow_datasets as tfds

    published = tfds.builder_cls(pets.NAME)
    folder = tmp_path_factory.mktemp("pets")
    features = published(data_dir=folder).info.features
    specs = {
        "image": tf.TensorSpec((12, 16, 3), tf.uint8),
        "label": tf.TensorSpec((), tf.int64),
        "species": tf.TensorSpec((), tf.int64),
        "file_name": tf.TensorSpec((), tf.string),
        "segmentation_mask": tf.TensorSpec((12, 16, 1), tf.uint8),
        "head_bbox": tf.TensorSpec((4,), tf.float32),
    }
    assert set(specs) == set(features)  # TFDS still calls them so
    assert str(published.VERSION) == pets.VERSION
    tfds.dataset_builders.store_as_tfds_dataset(
        name=pets.NAME,
        version=pets.VERSION,
        data_dir=folder,
        features=tfds.features.FeaturesDict(
            {
                **{name: features[name] for name in specs},
                "image": tfds.features.Image(encoding_format="png"),  # exact
            }
        ),
        split_datasets={
            "train": tf.data.Dataset.from_generator(examples, output_signature=specs)
        },
    )
    return folder


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """An empty TFDS folder, data mode "auto", and no network."""
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path / "tfds"))
    monkeypatch.setenv("COURSE_DATA", "auto")
    monkeypatch.setattr(pets, "PHOTOS", PHOTOS)
    asked = []

    def no_network(url):
        asked.append(url)
        raise sources.Unavailable("no connection")

    monkeypatch.setattr(sources, "require_network", no_network)
    network.forget_failures()
    return SimpleNamespace(folder=tmp_path / "tfds", asked=asked)


@pytest.fixture
def filled(home, made_up):
    shutil.copytree(made_up / pets.NAME, home.folder / pets.NAME)
    return home.folder / pets.NAME / pets.VERSION


def test_masks_say_pet_background_and_what_nobody_could_say(filled, home):
    data = load_pets()
    assert (data.source, data.class_names) == ("cache", ("cat", "dog"))
    assert data.counts == {"train": 30, "valid": 6, "test": 4} and not home.asked
    seen = set()
    for element in data.train.as_numpy_iterator():
        n = int(element["image"][0, 0, 0])
        seen.add(n)
        assert element["image"].shape == (12, 16, 3)
        assert element["species"] == n % 2
        wanted = np.array([0, 1, 0, 255])[trimap()]
        assert element["mask"].dtype == np.uint8
        assert np.array_equal(element["mask"], wanted)
    assert len(seen) == 30


def test_a_head_has_a_box_and_a_label_where_somebody_drew_one(filled):
    for element in load_pets("cached").train.as_numpy_iterator():
        n = int(element["image"][0, 0, 0])
        if n % 3:
            assert np.allclose(element["boxes"], [BOX])
            assert element["labels"].tolist() == [n % 2]
        else:
            assert element["boxes"].shape == (0, 4) and element["labels"].shape == (0,)


def test_squares_keep_boxes_and_invent_no_class(filled):
    for element in load_pets(size=20).train.as_numpy_iterator():
        assert element["image"].shape == (20, 20, 3)
        assert element["mask"].shape == (20, 20, 1)
        assert set(np.unique(element["mask"])) == {0, 1, 255}
        assert len(element["boxes"]) in (0, 1)


def test_the_parts_share_no_photograph(filled):
    parts = load_pets()
    numbers = [
        {int(one["image"][0, 0, 0]) for one in getattr(parts, name).as_numpy_iterator()}
        for name in SPLITS
    ]
    assert set.union(*numbers) == set(range(PHOTOS))
    assert sum(map(len, numbers)) == PHOTOS


def test_nothing_stands_in_for_it(home, monkeypatch):
    with pytest.raises(NoSource, match="not in the folder of TensorFlow Datasets"):
        load_pets()
    assert home.asked == [pets.URL]
    with pytest.raises(NoSource, match="COURSE_DATA=auto to let it be downloaded"):
        load_pets("cached")
    with pytest.raises(NoSource, match="ships nothing in its place"):
        load_pets("embedded")
    assert home.asked == [pets.URL]


def test_half_a_copy_is_set_aside_and_never_used(filled):
    record = next(filled.glob("*tfrecord*"))
    record.write_bytes(record.read_bytes()[:-100])
    with pytest.raises(NoSource, match="bytes of photos where"):
        load_pets("cached")
    assert not filled.exists()


NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


def code_cells(lesson):
    """The source of each code cell of a lesson, by the cell's id."""
    path = NOTEBOOKS / f"{lesson}.ipynb"
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return {
        cell["id"]: "".join(cell["source"])
        for cell in cells
        if cell["cell_type"] == "code"
    }


def test_lesson_09_learns_from_the_pets_and_is_judged_on_them(
    filled, home, tmp_path, monkeypatch
):
    """The cells of its section on real photographs as they stand, `fit` cut to two
    steps: what loads, learns, judges, saves and shows.
    """
    monkeypatch.setattr(keras.Model, "fit", _rehearsal._fit(keras.Model.fit))
    monkeypatch.setattr(_rehearsal, "left_out", [])
    cells = code_cells("09_semantic_segmentation")
    session = SimpleNamespace(
        data="auto", effort="quick", seed=0, pick=lambda quick, full: quick
    )
    world = {"session": session, "size": 64, "my_folder": "", "folder": tmp_path}
    world |= {"mine": SimpleNamespace(class_names=("background", "rose"), problems=[0])}
    world |= {"model": None, "x": np.zeros((1, 64, 64, 3), np.uint8)}

    def run(*sources):
        for source in sources:
            exec(compile(source, "lesson 09", "exec"), world)

    judges = cells["09-094"].split("networks =")[0]
    assert "def masks_of" in judges
    run(cells["09-002"], cells["09-023"], judges)
    run("import contextlib, io\nfrom course_utils.datasets import NoSource, load_pets")
    run(cells["09-129"])
    assert world["real"] and world["own_names"] == ("background", "pet")
    run(cells["09-083"])
    assert world["own_x"].shape == (30, 160, 160, 3)
    assert set(np.unique(world["own_y"])) == {0, 1, 255}

    run(cells["09-108"])
    learned = [v.path for v in world["own_model"].trainable_variables]
    assert int(world["own_model"].optimizer.iterations) == 2
    assert {2, 4, 8, 16} <= set(world["feature_pyramid"](world["trunk"].model))
    assert learned and not any(v.trainable for v in world["trunk"].model.variables)
    counted = world["own_y_valid"] != 255
    assert world["judged"].sum() == counted.sum() and not counted.all()
    run(cells["09-084"], cells["09-131"], cells["09-133"])
    saved = keras.models.load_model(tmp_path / "mine.keras", safe_mode=True)
    assert saved.predict(np.zeros((1, 30, 50, 3)), verbose=0).shape == (1, 30, 50)
    assert not home.asked or all("pets" not in url for url in home.asked)


def from_lesson(lesson, *names, **world):
    """Functions that cells of a lesson define, in a world of these names."""
    for source in code_cells(lesson).values():
        if re.search(rf"def ({'|'.join(names)})\(", source):
            found = [
                part
                for part in ast.parse(source).body
                if isinstance(part, ast.FunctionDef) and part.name in names
            ]
            exec(compile(ast.Module(found, []), lesson, "exec"), world)
    return [world[name] for name in names]


def test_lesson_07_learns_from_the_pets_that_have_a_box(filled):
    """Squares with one class and one box each; who has no box is left out."""
    resize = keras.layers.Resizing(24, 24, antialias=True)
    [take] = from_lesson("07_localization", "with_largest_box", np=np, resize=resize)
    data = load_pets("cached")
    numbers = [int(one["image"][0, 0, 0]) for one in data.train.as_numpy_iterator()]
    kept = [n for n in numbers[:25] if n % 3]
    pictures, y = take(data.train, 25)
    assert pictures.shape == (len(kept), 24, 24, 3) and pictures.dtype == np.uint8
    assert pictures[:, 0, 0, 0].tolist() == kept
    assert y["label"].tolist() == [n % 2 for n in kept]
    assert np.allclose(y["bbox"], [BOX] * len(kept))


def test_lesson_07_takes_the_largest_of_several_boxes():
    import tensorflow as tf

    item = {
        "image": np.zeros((1, 9, 9, 3), np.uint8),
        "boxes": np.float32([[(0, 0, 0.9, 0.1), (0.2, 0.3, 0.8, 0.9), (0, 0, 0.2, 1)]]),
        "labels": np.int64([[3, 1, 2]]),
    }
    [take] = from_lesson(
        "07_localization", "with_largest_box", np=np, resize=lambda image: image
    )
    _, y = take(tf.data.Dataset.from_tensor_slices(item), 5)
    assert y["label"].tolist() == [1]
    assert np.allclose(y["bbox"], [(0.2, 0.3, 0.8, 0.9)])


def test_lesson_07_trains_its_two_heads_on_pets(filled, capsys):
    """With a small network in place of ImageNet's.  All heads lie in one place."""
    asked = []

    def small_network(source, effort, input_shape):
        asked.append((source, effort))
        some = [keras.layers.Rescaling(1 / 255), keras.layers.Conv2D(4, 3, strides=8)]
        return SimpleNamespace(
            model=keras.Sequential([keras.Input(input_shape), *some])
        )

    *_, located = from_lesson(
        "07_localization",
        "centre_and_size",
        "report",
        "report_of",
        "two_heads",
        "with_largest_box",
        "located",
        np=np,
        keras=keras,
        layers=keras.layers,
        ops=keras.ops,
        boxes=boxes,
        plots=plots,
        BoxOutput=boxes.BoxOutput,
        IoULoss=boxes.IoULoss,
        one_cycle=one_cycle,
        backbone_for=small_network,
        session=SimpleNamespace(effort="quick"),
        by_head={},
        size=24,
        resize=keras.layers.Resizing(24, 24, antialias=True),
        x=np.zeros((1, 1, 1, 1)),
        classes=1,
        mean_box=(0, 0, 1, 1),
    )
    figure = located(load_pets("cached"), 30)
    said = capsys.readouterr().out
    assert asked == [("cache", "quick")]
    assert figure.alt.startswith("4 photos with 4 true")
    of_mean_box, of_heads = re.findall(r"mean IoU (\d\.\d\d)", said)
    assert of_mean_box == "1.00" and float(of_heads) > 0.9


def test_what_tfds_promises_can_be_read(home, monkeypatch):
    """With TFDS's own mocked data: random pixels in the form of the real ones."""
    import tensorflow_datasets as tfds

    with tfds.testing.mock_data(num_examples=8):
        builder = tfds.builder(pets.NAME, version=pets.VERSION)
        monkeypatch.setattr(pets, "cached_builder", lambda *_: builder)
        data = load_pets(size=32)
        elements = list(data.train.take(4).as_numpy_iterator())
    assert elements
    for element in elements:
        assert element["image"].shape == (32, 32, 3)
        assert set(np.unique(element["mask"])) <= {0, 1, 255}
        assert element["boxes"].shape[1] == 4
        assert element["species"] in (0, 1)
