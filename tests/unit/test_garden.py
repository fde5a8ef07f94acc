"""The garden: names, boxes, masks, determinism, no cheap cues, and a good citizen among
TFDS data sets.
"""

import ast
import hashlib
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from course_utils.datasets.garden import CLASS_NAMES
from course_utils.drawing import curiosities
from course_utils.drawing import garden as photos
from course_utils.drawing.engine import backgrounds
from course_utils.drawing.engine.chance import Chance

FEW = 20  # photos a prepared test garden holds


@pytest.fixture(scope="module")
def some_photos():
    return [photos.photo(index) for index in range(30)]


@pytest.fixture(scope="module")
def some_scenes():
    return [photos.scene(index) for index in range(8)]


def run(code, **environment):
    """Start Python on some code; tests look at what it printed."""
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
    )


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """Two processes that draw the same small garden at the same moment, and what a
    third would find.
    """
    data_dir = tmp_path_factory.mktemp("tensorflow_datasets")
    code = f"""
        import sys
        import course_utils.datasets
        lazy = "tensorflow_datasets" not in sys.modules
        import course_utils.startup
        import tensorflow_datasets as tfds
        tfds.builder_cls("garden").COUNTS = {{"flowers": {FEW}, "scenes": 3}}
        (test, valid, train), info = tfds.load(
            "garden",
            split=["train[:10%]", "train[10%:25%]", "train[25%:]"],
            as_supervised=True,
            with_info=True,
            data_dir={str(data_dir)!r},
        )
        image, label = next(iter(train))
        print("lazy:", lazy)
        total = info.splits["train"].num_examples
        print("splits:", len(test), len(valid), len(train), total)
        print("names:", info.features["label"].names)
        kinds = image.dtype.name, label.dtype.name
        print("example:", kinds[0], image.shape.rank, image.shape[-1], kinds[1])
    """
    both = [run(code), run(code)]
    outputs = [process.communicate(timeout=240) for process in both]
    return data_dir, [process.returncode for process in both], outputs


def test_names_and_order_are_those_of_tf_flowers():
    import importlib.util

    package = importlib.util.find_spec(
        "tensorflow_datasets"
    ).submodule_search_locations[0]
    source = Path(
        package, "datasets", "tf_flowers", "tf_flowers_dataset_builder.py"
    ).read_text()
    lists = [
        [element.value for element in node.elts]
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.List)
        and node.elts
        and all(isinstance(e, ast.Constant) for e in node.elts)
    ]
    assert list(CLASS_NAMES) in lists


def test_every_five_photos_hold_each_class_once():
    labels = np.array([photos.label_of(index) for index in range(100)]).reshape(20, 5)
    assert (np.sort(labels, axis=1) == np.arange(5)).all()
    assert len({tuple(row) for row in labels}) > 10


def test_photos_have_different_sizes_between_180_and_320_pixels(some_photos):
    sides = np.array([photo.image.shape[:2] for photo in some_photos])
    assert sides.min() >= 180 and sides.max() <= 320
    assert len({tuple(side) for side in sides}) > 24
    assert all(
        photo.image.dtype == np.uint8 and photo.image.shape[2] == 3
        for photo in some_photos
    )


def test_the_box_is_the_bounds_of_the_mask(some_photos):
    for photo in some_photos:
        y_min, x_min, y_max, x_max = photo.box
        inside = photo.mask[y_min:y_max, x_min:x_max]
        assert photo.mask.shape == photo.image.shape[:2]
        assert inside.sum() == photo.mask.sum() > 0
        assert (
            inside[0].any()
            and inside[-1].any()
            and inside[:, 0].any()
            and inside[:, -1].any()
        )


def test_the_mask_is_where_the_flower_is_seen(some_photos):
    """Inside the mask colours differ from those just outside the box's own ring in most
    photos.
    """
    differs = []
    for photo in some_photos:
        outside = ~photo.mask
        inner = photo.image[photo.mask].astype(float)
        outer = photo.image[outside].astype(float)
        differs.append(np.abs(inner.mean(axis=0) - outer.mean(axis=0)).max() > 15)
    assert np.mean(differs) > 0.85


def test_labels_sizes_and_boxes_are_the_same_on_every_machine(some_photos):
    text = repr([(photo.label, photo.image.shape, photo.box) for photo in some_photos])
    assert hashlib.sha256(text.encode()).hexdigest()[:16] == "79e3abbae85c48e6"


def test_scenes_are_the_same_on_every_machine(some_scenes):
    text = repr(
        [
            (
                scene.labels,
                scene.image.shape,
                scene.boxes,
                [round(share, 6) for share in scene.hidden],
            )
            for scene in some_scenes
        ]
    )
    assert hashlib.sha256(text.encode()).hexdigest()[:16] == "d3d237258c80da01"
    pixels = b"".join(scene.flowers.tobytes() for scene in some_scenes)
    assert hashlib.sha256(pixels).hexdigest()[:16] == "48eaa60bdb16752e"


def test_pixels_stay_close_to_what_they_were(some_photos):
    """Means of a coarse grid, rounded: a new drawing style needs a new version, and new
    numbers here.
    """
    coarse = [
        int(photo.image[::8, ::8].astype(float).mean()) for photo in some_photos[:10]
    ]
    assert (
        np.abs(np.array(coarse) - [70, 94, 68, 89, 114, 70, 76, 65, 54, 113]).max() <= 2
    )


def test_the_same_index_gives_the_same_photo(some_photos):
    again = photos.photo(7)
    assert (again.image == some_photos[7].image).all() and (
        again.mask == some_photos[7].mask
    ).all()


def test_scenes_hold_one_to_six_flowers_each_with_its_own_box(some_scenes):
    counts = [len(scene.labels) for scene in some_scenes]
    assert min(counts) >= 1 and 3 < max(counts) <= 6
    for scene in some_scenes:
        for number, (label, box) in enumerate(
            zip(scene.labels, scene.boxes, strict=True), start=1
        ):
            own = scene.flowers == number
            assert photos.box_of(own) == box
            assert (scene.classes[own] == label + 1).all()
        assert ((scene.classes > 0) == (scene.flowers > 0)).all()


def test_what_is_hidden_of_a_flower_is_what_nearer_plants_cover(some_scenes):
    """The nearest is never hidden, none by more than half, and several are in part."""
    for scene in some_scenes:
        assert len(scene.hidden) == len(scene.labels) and scene.hidden[0] == 0
        assert max(scene.hidden) <= photos.MOST_HIDDEN
    shares = [share for scene in some_scenes for share in scene.hidden]
    assert max(shares) > 0.15


def test_flowers_of_scenes_hide_parts_of_others():
    overlaps, hidden = 0, []
    for scene in (photos.scene(index) for index in range(12, 18)):
        hidden += [share > 0.02 for share in scene.hidden]
        for i, a in enumerate(scene.boxes):
            for b in scene.boxes[i + 1 :]:
                overlaps += min(a[2], b[2]) > max(a[0], b[0]) and min(a[3], b[3]) > max(
                    a[1], b[1]
                )
    assert overlaps >= 2 and sum(hidden) >= 2


def test_neither_colour_nor_size_nor_place_gives_the_class_away():
    """Logistic regression, cross-validated, on mean colours, on sizes and on the box:
    chance is 20 %.

    The mean colour under the exact mask says more, and no photo comes with that: it
    is kept from saying much more.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import cross_val_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    labels, colours, box_colours, boxes, sizes = [], [], [], [], []
    masked = []
    for index in range(1000, 1220):
        photo = photos.photo(index)
        height, width = photo.mask.shape
        y_min, x_min, y_max, x_max = photo.box
        area = (y_max - y_min) * (x_max - x_min)
        labels.append(photo.label)
        colours.append(photo.image.mean(axis=(0, 1)))
        masked.append(photo.image[photo.mask].mean(axis=0))
        box_colours.append(photo.image[y_min:y_max, x_min:x_max].mean(axis=(0, 1)))
        boxes.append(
            (
                (y_min + y_max) / height,
                (x_min + x_max) / width,
                (y_max - y_min) / height,
                (x_max - x_min) / width,
            )
        )
        sizes.append((height, width, area, area / (height * width), photo.mask.mean()))
    classifier = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))

    def accuracy(cue):
        return cross_val_score(classifier, np.array(cue), labels, cv=5).mean()

    assert max(map(accuracy, (colours, box_colours, boxes, sizes))) < 0.5
    assert accuracy(masked) < 0.65


def test_chance_draws_the_numbers_it_always_drew():
    chance = Chance(1, 2, 3)
    drawn = [
        round(chance.uniform(), 6),
        chance.integer(1, 6),
        chance.choose("abc"),
        round(float(chance.around(0, 1)), 6),
    ]
    assert drawn == [0.670472, 1, "b", 0.026903]


def test_two_processes_may_draw_the_garden_at_once(prepared):
    _, codes, outputs = prepared
    assert codes == [0, 0], outputs


def test_tfds_knows_the_garden_and_slices_it(prepared):
    _, _, outputs = prepared
    for out, _ in outputs:
        assert f"splits: 2 3 15 {FEW}" in out
        assert f"names: {list(CLASS_NAMES)}" in out
        assert "example: uint8 3 3 int64" in out


def test_importing_the_data_sets_does_not_import_tfds(prepared):
    _, _, outputs = prepared
    assert all("lazy: True" in out for out, _ in outputs)


def test_what_tfds_returns_is_what_was_drawn(prepared):
    import course_utils.startup  # noqa: F401, I001  (first: TensorFlow starts quietly)
    import tensorflow_datasets as tfds

    examples = list(
        tfds.as_numpy(tfds.load("garden", split="train", data_dir=prepared[0]))
    )
    drawn = {}
    for index in range(FEW):
        photo = photos.photo(index)
        drawn[photo.image.shape, photo.label, photo.box] = photo
    assert len(examples) == FEW
    for example in examples:
        height, width = example["image"].shape[:2]
        box = tuple(
            int(v) for v in np.round(example["bbox"] * [height, width, height, width])
        )
        photo = drawn[example["image"].shape, int(example["label"]), box]
        assert (example["mask"][:, :, 0] == photo.mask * (photo.label + 1)).all()
        assert np.abs(example["image"].astype(int) - photo.image).mean() < 8  # JPEG


def test_an_interrupted_drawing_leaves_no_half_garden(tmp_path):
    code = f"""
        import course_utils.datasets
        import tensorflow_datasets as tfds
        from course_utils.datasets.garden import garden_dataset_builder as module
        write, count = module._for_tfds, iter(range(10**6))
        def interrupted(example):
            if isinstance(example, dict) and next(count) == 5:
                raise KeyboardInterrupt
            return write(example)
        module._for_tfds = interrupted
        tfds.load("garden", data_dir={str(tmp_path)!r})
    """
    process = run(code)
    _, errors = process.communicate(timeout=240)
    assert process.returncode != 0 and "KeyboardInterrupt" in errors
    assert not [path for path in tmp_path.glob("garden/flowers/*") if path.is_dir()]


def test_curiosities_are_none_of_the_five_flowers():
    words = {
        "dandelion",
        "daisy",
        "tulip",
        "tulips",
        "sunflower",
        "sunflowers",
        "rose",
        "roses",
        "flower",
    }
    assert len(set(curiosities.CLASS_NAMES)) == 20
    assert not words & {
        word for name in curiosities.CLASS_NAMES for word in name.split()
    }


def test_every_curiosity_can_be_drawn_at_two_sizes():
    for class_index in range(20):
        image, mask = curiosities.draw_with_mask(class_index, seed=3, size=96)
        assert (
            image.shape == (96, 96, 3)
            and image.dtype == np.uint8
            and 0.02 < mask.mean() < 0.95
        )
    assert curiosities.draw(4, seed=1, size=64).shape == (64, 64, 3)
    assert (curiosities.draw(4, seed=1) == curiosities.draw(4, seed=1)).all()
    assert (curiosities.draw(4, seed=1) != curiosities.draw(4, seed=2)).any()


def test_curiosities_indoors_are_the_same_things_elsewhere():
    """What the small backbone learns from: other backgrounds and brushes."""
    differ = []
    for seed in range(6):
        garden, mask = curiosities.draw_with_mask(9, seed, size=64)
        indoors, same = curiosities.draw_with_mask(9, seed, size=64, indoors=True)
        assert (mask == same).all()
        outside = np.abs(garden.astype(int) - indoors)[~mask].mean()
        differ.append(outside > 15)
    assert np.mean(differ) > 0.8


def test_no_background_of_the_garden_is_behind_the_things_indoors():
    assert not set(curiosities.interiors.KINDS) & set(backgrounds.KINDS)
    picture = np.zeros((40, 60, 3), dtype=np.uint8)
    for number, kind in enumerate(curiosities.interiors.KINDS):
        drawn = np.asarray(kind(Chance(number), 40, 60))
        assert drawn.shape == picture.shape and drawn.dtype == np.uint8
        assert drawn.std() > 2
    for number, kind in enumerate(curiosities.styles.KINDS):
        photo = photos.scene(number).image[:64, :64]
        painted = np.asarray(kind(Chance(number), Image.fromarray(photo)))
        assert painted.shape == photo.shape and painted.dtype == np.uint8


def test_an_unknown_curiosity_is_an_error():
    with pytest.raises(ValueError, match="20 classes"):
        curiosities.draw(20, seed=0)
