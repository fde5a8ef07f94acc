"""Every number of lesson 07 that does not come from training, from the functions its
notebook calls.
"""

import numpy as np

from claims import Claim
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


def dropout_after_resizing(**told):
    """Whether two calls of a model differ that resizes first and has dropout in a model
    inside it.
    """
    inside = keras.Input((4, 4, 3))
    dropped = keras.Model(inside, layers.Dropout(0.5)(inside))
    outside = keras.Input((8, 8, 3))
    model = keras.Model(outside, dropped(layers.Resizing(4, 4)(outside, **told)))
    image = np.ones((1, 8, 8, 3), "float32")
    return bool(ops.any(model(image) != model(image)))


MOVE = {"fill_mode": "constant", "seed": 7}

CLAIMS = [
    Claim(
        "07",
        "two boxes of one size that overlap by a third have an IoU of 0.22",
        0.22,
        lambda: round(iou([0.2, 0.1, 0.7, 0.6], [0.4, 0.3, 0.9, 0.8]), 2),
    ),
    Claim(
        "07",
        "IoU is that of Keras",
        0.0,
        lambda: library_iou(FLOWER, PREDICTIONS[0]) - iou(FLOWER, PREDICTIONS[0]),
        tolerance=1e-5,
    ),
    Claim(
        "07",
        "three boxes have the same mean squared error, 0.01",
        [0.01] * 3,
        lambda: np.mean((np.array(PREDICTIONS) - FLOWER) ** 2, axis=1),
        tolerance=1e-12,
    ),
    Claim(
        "07",
        "and an IoU of 0.39, 0.44 and 0.25",
        [0.39, 0.44, 0.25],
        lambda: iou(FLOWER, PREDICTIONS).round(2).tolist(),
    ),
    Claim(
        "07",
        "with the same error a small box has an IoU of 0",
        0.0,
        lambda: round(iou([0.45, 0.45, 0.55, 0.55], [0.55, 0.55, 0.65, 0.65]), 12),
    ),
    Claim(
        "07",
        "1 − IoU is flat once boxes do not touch",
        0.0,
        lambda: of_a_sliding_box(paired_iou, 0.4) - of_a_sliding_box(paired_iou, 0.6),
    ),
    Claim(
        "07",
        "1 − GIoU is not",
        True,
        lambda: (
            of_a_sliding_box(paired_giou, 0.4)
            > of_a_sliding_box(paired_giou, 0.6) + 0.1
        ),
    ),
    Claim(
        "07",
        "half a box beside its neighbour: an IoU of a third",
        1 / 3,
        lambda: iou([0.0, 0.0, 0.5, 0.5], [0.0, 0.25, 0.5, 0.75]),
        tolerance=1e-12,
    ),
    Claim(
        "07",
        "COCO's (120, 80, 60, 40) ends at x = 180, y = 120",
        [120, 80, 180, 120],
        lambda: convert([120, 80, 60, 40], "coco", "xyxy").tolist(),
    ),
    Claim(
        "07",
        "RandomFlip moves boxes rightly",
        True,
        lambda: (
            moved_rightly(
                layers.RandomFlip("horizontal", bounding_box_format="xyxy", seed=7)
            )
            > 0.85
        ),
    ),
    Claim(
        "07",
        "RandomTranslation moves boxes rightly",
        True,
        lambda: (
            moved_rightly(
                layers.RandomTranslation(0.15, 0.15, bounding_box_format="xyxy", **MOVE)
            )
            > 0.85
        ),
    ),
    Claim(
        "07",
        "RandomZoom moves boxes rightly",
        True,
        lambda: (
            moved_rightly(
                layers.RandomZoom((-0.2, 0.2), bounding_box_format="xyxy", **MOVE)
            )
            > 0.85
        ),
    ),
    Claim(
        "07",
        "RandomRotation draws boxes that are too large",
        True,
        lambda: 0.4 < moved_rightly(rotation("xyxy")) < 0.85,
    ),
    Claim(
        "07",
        "and wrong ones in shares of the image",
        True,
        lambda: moved_rightly(rotation("rel_yxyx")) < 0.3,
    ),
    Claim(
        "07",
        "RandomCrop gets boxes wrong",
        True,
        lambda: (
            moved_rightly(layers.RandomCrop(72, 72, bounding_box_format="xyxy", seed=7))
            < 0.6
        ),
    ),
    Claim(
        "07",
        "Resizing switches on the dropout of a model that comes after it",
        True,
        dropout_after_resizing,
    ),
    Claim(
        "07",
        "unless it is told that nobody is training",
        False,
        lambda: dropout_after_resizing(training=False),
    ),
]
