"""Every number of lesson 07 that does not come from training, from the functions its
notebook calls.
"""

import tempfile
from pathlib import Path

import numpy as np

from claims import claims_of
from course_utils.boxes import box_of_mask, convert, iou, paired_giou, paired_iou
from course_utils.startup import keras

layers, ops = keras.layers, keras.ops
FLOWER = [0.3, 0.3, 0.7, 0.7]
PREDICTIONS = [[0.4, 0.4, 0.8, 0.8], [0.2, 0.2, 0.8, 0.8], [0.4, 0.4, 0.6, 0.6]]
SIDE = 96


def library_iou(a, b):
    return float(
        keras.utils.bounding_boxes.compute_iou(
            np.float32([a]), np.float32([b]), "yxyx"
        )[0, 0]
    )


def of_a_sliding_box(measure, shift):
    true = np.array([[0.3, 0.0, 0.6, 0.3]])
    return float(measure(true, true + shift * np.array([0, 1, 0, 1]))[0])


def moved_rightly(layer):
    """The smallest IoU between the box that Keras gives and that of an augmented mask:
    ellipses here, 24 of them.
    """
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:SIDE, :SIDE] + 0.5
    centres, radii = (
        rng.uniform(0.35, 0.65, (24, 2)) * SIDE,
        rng.uniform(0.12, 0.25, (24, 2)) * SIDE,
    )
    masks = np.stack(
        [
            ((y - cy) / ry) ** 2 + ((x - cx) / rx) ** 2 <= 1
            for (cy, cx), (ry, rx) in zip(centres, radii, strict=True)
        ]
    )
    given = convert(
        np.stack([box_of_mask(mask) for mask in masks]),
        "tfds",
        layer.bounding_box_format,
        (SIDE, SIDE),
    )
    batch = {
        "images": ops.convert_to_tensor(
            np.repeat(masks[..., None], 3, axis=-1).astype("float32")
        ),
        "bounding_boxes": {
            "boxes": ops.convert_to_tensor(given[:, None].astype("float32")),
            "labels": ops.zeros((24, 1)),
        },
    }
    out = layer(batch, training=True)
    height, width = out["images"].shape[1:3]
    moved = keras.utils.bounding_boxes.convert_format(
        out["bounding_boxes"]["boxes"][:, 0],
        layer.bounding_box_format,
        "rel_yxyx",
        height,
        width,
    )
    images = ops.convert_to_numpy(out["images"])[..., 0] > 0.5
    left = [index for index, mask in enumerate(images) if mask.any()]
    true = np.stack([box_of_mask(images[index]) for index in left]).astype("float32")
    return float(ops.min(paired_iou(true, ops.convert_to_numpy(moved)[left])))


def rotation(form):
    return layers.RandomRotation(
        0.1, fill_mode="constant", bounding_box_format=form, seed=7
    )


def dropout_after_resizing(**call):
    """Whether two calls of a model differ that resizes first and has dropout in a model
    inside it.
    """
    inside = keras.Input((4, 4, 3))
    dropped = keras.Model(inside, layers.Dropout(0.5)(inside))
    outside = keras.Input((8, 8, 3))
    model = keras.Model(outside, dropped(layers.Resizing(4, 4)(outside, **call)))
    image = np.ones((1, 8, 8, 3), "float32")
    return bool(ops.any(model(image) != model(image)))


def boxes_of_the_explorer():
    from course_utils.widgets.boxes import BoxExplorer
    from course_utils.widgets.boxes import boxes as both

    return both(BoxExplorer().state)


def same_shift_of_a_small_and_a_large_box():
    small = iou([0.45, 0.45, 0.55, 0.55], [0.55, 0.55, 0.65, 0.65])
    return small, iou(FLOWER, PREDICTIONS[0])


def written_and_read_back():
    """How far boxes are apart, in pixels, in the three formats."""
    from course_utils.datasets import draw_scenes, load_boxes_folder, save_boxes_folder

    names, found = ["a", "b", "c", "d", "e"], []
    with tempfile.TemporaryDirectory() as folder:
        scenes = draw_scenes(10)
        for form in ("voc", "coco", "yolo"):
            place = save_boxes_folder(Path(folder, form), scenes, names, form)
            found.append(
                np.concatenate(
                    [
                        convert(item["boxes"], "tfds", "xyxy", item["image"].shape)
                        for item in load_boxes_folder(place).train.as_numpy_iterator()
                    ]
                )
            )
    return max(np.abs(other - found[0]).max() for other in found[1:])


BY_HAND = [0.2, 0.1, 0.7, 0.6], [0.4, 0.3, 0.9, 0.8]


def shared_and_covered(a, b):
    """The areas of two boxes that overlap: of both together, of at least one."""
    side = np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2])
    areas = [np.prod(np.subtract(box[2:], box[:2])) for box in (a, b)]
    return np.prod(side), sum(areas) - np.prod(side)


def two_small_heads(**settings):
    maps = keras.Input((3,))
    heads = {
        "label": layers.Dense(5, activation="softmax", name="label")(maps),
        "bbox": layers.Dense(4, name="bbox")(maps),
    }
    model = keras.Model(maps, heads)
    losses = {"label": "sparse_categorical_crossentropy", "bbox": "mse"}
    model.compile(loss=losses, **settings)
    return model


def of_a_bad_box_and_a_guess():
    """What each adds to the loss of the lesson's two heads, and how many times as much
    the guess is.
    """
    weights = {"label": 0.8, "bbox": 0.2}
    model, true = two_small_heads(loss_weights=weights), np.full((1, 4), 0.3)
    label, x = np.zeros(1, int), np.zeros((1, 3))
    guess = {"label": np.full((1, 5), 0.2), "bbox": true}
    known = {"label": np.eye(5)[:1], "bbox": true + 0.2}
    target = {"label": label, "bbox": true}
    losses = [float(model.compute_loss(x, target, said)) for said in (known, guess)]
    return [*losses, losses[1] / losses[0]]


def refuses_one_list_for_two_heads():
    model = two_small_heads(metrics=["accuracy"])
    target = {"label": np.zeros(2, int), "bbox": np.zeros((2, 4))}
    try:
        model.evaluate(np.zeros((2, 3)), target, verbose=0)
    except (ValueError, KeyError):
        return True
    return False


MOVE = {"fill_mode": "constant", "bounding_box_format": "xyxy", "seed": 7}

claim = claims_of("07_localization")

CLAIMS = [
    claim(
        "of the predicted box lies in the true one, and yet their IoU is {0.49}: not "
        "a hit.",
        lambda: iou(*boxes_of_the_explorer()),
    ),
    claim(
        "IoU by hand | equal to the course's and to Keras's",
        lambda: (
            abs(library_iou(FLOWER, PREDICTIONS[0]) - iou(FLOWER, PREDICTIONS[0]))
            < 1e-5
        ),
    ),
    claim(
        "three boxes with an MSE of {0.01} | IoU {0.39, 0.44} and {0.25}",
        lambda: [
            *set(np.mean((np.array(PREDICTIONS) - FLOWER) ** 2, axis=1).round(12)),
            iou(FLOWER, PREDICTIONS),
        ],
    ),
    claim(
        "It does not know how large the flower is, either.",
        lambda: (
            same_shift_of_a_small_and_a_large_box()[0] < 1e-12
            and same_shift_of_a_small_and_a_large_box()[1] > 0.3
        ),
    ),
    claim(
        "and GIoU says so: {−0.19} against {−0.57}.",
        lambda: [
            float(paired_giou(np.array([FLOWER]), np.array([box]))[0])
            for box in ([0.5, 0.72, 0.7, 0.92], [0.02, 0.78, 0.22, 0.98])
        ],
    ),
    claim(
        "boxes side by side in the same rows leave no corner for GIoU to subtract",
        lambda: all(
            abs(of_a_sliding_box(paired_iou, by) - of_a_sliding_box(paired_giou, by))
            < 1e-6
            for by in (0.1, 0.2, 0.3)
        ),
    ),
    claim(
        "In the grey part 1 − IoU is flat, and 1 − GIoU still knows the way back.",
        lambda: (
            of_a_sliding_box(paired_iou, 0.4) == of_a_sliding_box(paired_iou, 0.6)
            and of_a_sliding_box(paired_giou, 0.4)
            > of_a_sliding_box(paired_giou, 0.6) + 0.1
        ),
    ),
    claim(
        "{0.22}. They share 0.3 · 0.3 = {0.09}, and cover 0.25 + 0.25 − 0.09 = {0.41} "
        "together.",
        lambda: [iou(*BY_HAND), *shared_and_covered(*BY_HAND)],
    ),
    claim(
        "{−0.33}. The smallest box around both is 0.2 high and 0.6 wide",
        lambda: float(
            paired_giou(np.array([[0, 0, 0.2, 0.2]]), np.array([[0, 0.4, 0.2, 0.6]]))[0]
        ),
    ),
    claim(
        "({0.1, 0.25, 0.6, 0.75}). COCO means x, y, width, height in pixels.",
        lambda: convert([100.0, 20, 200, 100], "coco", "tfds", (200, 400)),
    ),
    claim(
        "({0.1, 0.4, 0.7, 0.6}). The centre is x = 0.5, y = 0.4",
        lambda: convert([0.5, 0.4, 0.2, 0.6], "yolo", "tfds"),
    ),
    claim(
        "0.2 · 0.2² = {0.008}. Guessing one flower of five adds 0.8 · ln 5 = {1.3}, "
        "{161} times as much.",
        lambda: of_a_bad_box_and_a_guess(),
    ),
    claim(
        'One list for both, such as `metrics=["accuracy"]`, means one entry per head, '
        "and is refused.",
        lambda: refuses_one_list_for_two_heads(),
    ),
    claim(
        "augmentation layers, checked with masks | flip, translation, zoom right",
        lambda: all(
            moved_rightly(layer) > 0.85
            for layer in (
                layers.RandomFlip("horizontal", bounding_box_format="xyxy", seed=7),
                layers.RandomTranslation(0.15, 0.15, **MOVE),
                layers.RandomZoom((-0.2, 0.2), **MOVE),
            )
        ),
    ),
    claim(
        "translation, zoom right; rotation loose",
        lambda: 0.4 < moved_rightly(rotation("xyxy")) < 0.85,
    ),
    claim(
        "Rotation is loose, and in shares of the image it is plainly wrong",
        lambda: moved_rightly(rotation("rel_yxyx")) < 0.3,
    ),
    claim(
        "rotation loose; crop wrong",
        lambda: (
            moved_rightly(layers.RandomCrop(72, 72, bounding_box_format="xyxy", seed=7))
            < 0.6
        ),
    ),
    claim(
        "counts as a layer in training, and switches on the dropout of every model "
        "that comes after it",
        lambda: dropout_after_resizing() and not dropout_after_resizing(training=False),
    ),
    claim(
        "forty scenes in three formats | read back, equal to half a pixel",
        lambda: written_and_read_back() <= 0.5,
    ),
]
