"""Answers to homework 09: semantic segmentation."""

from tests.homework import Right, Wrong

POINTS = {"q1": 4, "q2": 4, "q3": 6, "q4": 3, "q5": 3}

IOU = """
def foreground_iou(matrix):
    matrix = np.array(matrix, float)
    found = []
    for label in range(1, len(matrix)):
        hits = matrix[label, label]
        union = matrix[label].sum() + matrix[:, label].sum() - hits
        if union:
            found.append(hits / union)
    return np.mean(found)
"""

UNET = """
def tiny_unet(size, classes):
    image = keras.Input((size, size, 3))
    fine = layers.Conv2D(8, 3, padding="same", activation="relu")(image)
    coarse = layers.MaxPooling2D()(fine)
    coarse = layers.Conv2D(16, 3, padding="same", activation="relu")(coarse)
    x = layers.Conv2DTranspose(8, 4, strides=2, padding="same")(coarse)
    x = layers.Concatenate()([x, fine])
    x = layers.Conv2D(8, 3, padding="same", activation="relu")(x)
    scores = layers.Conv2D(classes, 1, activation="softmax")(x)
    return keras.Model(image, scores)
"""


def changed(source, *changes):
    """The source with each first text replaced by the second; it must be there."""
    for old, new in changes:
        assert old in source, old
        source = source.replace(old, new)
    return source


WRONG = [
    # q1: sizes
    Wrong("q1", "valid_side = 18", "six"),
    Wrong("q1", "valid_side = 14", "padding 'same'"),
    Wrong("q1", "valid_side = 12", "reaches further"),
    Wrong("q1", "valid_side = 28", "would not overlap"),
    Wrong("q1", "same_side = 16", "padding 'valid'"),
    Wrong("q1", "same_side = 13", "whatever the kernel is"),
    Wrong("q1", "same_side = 4", "makes maps smaller"),
    Wrong("q1", "stamps = 2", "there are columns"),
    Wrong("q1", "stamps = 16", "stride 1"),
    Wrong("q1", "doublings = 32", "that is the factor"),
    Wrong("q1", "doublings = 4", "8 to 128"),
    Wrong("q1", "doublings = 6", "8 to 512"),
    # q2: one number
    Wrong("q2", "def foreground_iou(matrix):\n    ...", "gives back nothing"),
    Wrong("q2", changed(IOU, ("range(1, ", "range(0, ")), "background is counted"),
    Wrong("q2", changed(IOU, (".sum() - hits", ".sum()")), "holds the hits twice"),
    Wrong(
        "q2",
        changed(IOU, (".sum() - hits", ".sum()"), ("hits / union", "2 * hits / union")),
        "Dice",
    ),
    Wrong(
        "q2", changed(IOU, (" + matrix[:, label].sum() - hits", "")), "is the recall"
    ),
    Wrong(
        "q2", changed(IOU, ("matrix[label].sum() + ", ""), (" - hits", "")), "precision"
    ),
    Wrong(
        "q2",
        changed(
            IOU,
            ("np.array(matrix, float)", "np.array(matrix, float)[1:, 1:]"),
            ("range(1, ", "range(0, "),
        ),
        "cut row and column 0 away",
    ),
    Wrong("q2", changed(IOU, ("np.mean(found)", "found")), "one number is asked"),
    Wrong(
        "q2",
        changed(IOU, ("        if union:\n            found", "        found")),
        "leave it out",
    ),
    Wrong(
        "q2",
        changed(IOU, ("np.mean(found)", "np.sum(found) / (len(matrix) - 1)")),
        "counts as 0",
    ),
    Wrong("q2", changed(IOU, ("if union:", "if matrix[label].sum():")), "an IoU of 0"),
    Wrong(
        "q2",
        "def foreground_iou(matrix):\n    return np.trace(matrix) / np.sum(matrix)",
        "share of right pixels",
    ),
    # q3: three mistakes
    Wrong("q3", "def tiny_unet(size, classes):\n    ...", "gives back nothing"),
    Wrong("q3", changed(UNET, ("softmax", "sigmoid")), "exactly one is true"),
    Wrong("q3", changed(UNET, (', activation="softmax"', "")), "activation is missing"),
    Wrong(
        "q3",
        changed(UNET, ("x, fine", "x, layers.UpSampling2D()(coarse)")),
        "the wrong side",
    ),
    Wrong("q3", changed(UNET, ("x, fine", "x, image")), "the raw picture"),
    Wrong(
        "q3",
        changed(UNET, ("    x = layers.Concatenate()([x, fine])\n", "")),
        "nothing is put beside",
    ),
    Wrong("q3", changed(UNET, ("Transpose(8, 4", "Transpose(8, 3")), "a checkerboard"),
    Wrong("q3", changed(UNET, ("Conv2D(16, 3", "Conv2D(32, 3")), "numbers of filters"),
    # q4: which loss?
    Wrong("q4", "tumour = 'c'", "hardly any of it already"),
    Wrong("q4", "tumour = 'd'", "no price for a miss"),
    Wrong("q4", "border = 'a'", "is no class"),
    Wrong("q4", "border = 'd'", "count the rim"),
    Wrong("q4", "fields = 'a'", "no class is rare"),
    Wrong("q4", "fields = 'b'", "has a label"),
    # q5: in words
    Wrong("q5", "review = ' '", "is empty"),
    Wrong("q5", "review = 'Rotate the mask with nearest.'", "words; 50"),
    Wrong("q5", "import re\nreview = re.sub(r'[0-9]', '', review)", "names no result"),
    Wrong(
        "q5",
        "review = review.replace('nearest', 'care').replace('bilinear', 'bad')",
        "how the mask is rotated",
    ),
]

RIGHT = [
    Right(
        "q1", "valid_side, same_side, stamps, doublings = np.int64(16), 14.0, [4], 5"
    ),
    Right("q2", IOU),
    Right(
        "q2",
        """
def foreground_iou(matrix):
    matrix = keras.ops.cast(np.array(matrix), "float32")
    hits = keras.ops.diagonal(matrix)
    union = keras.ops.sum(matrix, 0) + keras.ops.sum(matrix, 1) - hits
    there = np.array(union)[1:] > 0
    return np.mean(np.array(hits)[1:][there] / np.array(union)[1:][there])
""",
    ),
    Right("q3", UNET),
    Right(
        "q3",
        changed(UNET, ("8, 4, strides", "8, 2, strides"), ("[x, fine]", "[fine, x]")),
    ),
    Right("q4", "tumour, border, fields = 'A', '(b)', 'c.'"),
    Right("q5", "review = review.upper()"),
]
