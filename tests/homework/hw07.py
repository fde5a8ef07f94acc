"""Answers to homework 07: localization."""

from tests.homework import Right, Wrong

POINTS = {"q1": 3, "q2": 4, "q3": 4, "q4": 4, "q5": 5, "q6": 3, "q7": 3}

IOU = """
def iou(a, b):
    a, b = np.array(a, "float64"), np.array(b, "float64")
    width = np.minimum(a[:, 2], b[:, 2]) - np.maximum(a[:, 0], b[:, 0])
    height = np.minimum(a[:, 3], b[:, 3]) - np.maximum(a[:, 1], b[:, 1])
    common = width.clip(0) * height.clip(0)
    area_a = (a[:, 2] - a[:, 0]) * (a[:, 3] - a[:, 1])
    area_b = (b[:, 2] - b[:, 0]) * (b[:, 3] - b[:, 1])
    together = area_a + area_b - common
    return np.divide(common, together, out=np.zeros(len(a)), where=together > 0)
"""

VOC = """
def iou(a, b):
    found = []
    for p, q in zip(np.array(a, float), np.array(b, float)):
        w = max(min(p[2], q[2]) - max(p[0], q[0]) + 1, 0)
        h = max(min(p[3], q[3]) - max(p[1], q[1]) + 1, 0)
        both = (p[2] - p[0] + 1) * (p[3] - p[1] + 1) + (q[2] - q[0] + 1) * (q[3] - q[1] + 1) - w * h
        found.append(w * h / both)
    return found
"""

FROM_COCO = """
def from_coco(boxes, height, width):
    boxes = np.array(boxes, dtype=float)
    x_min, y_min, w, h = boxes[:, 0], boxes[:, 1], boxes[:, 2], boxes[:, 3]
    x_max, y_max = x_min + w, y_min + h
    return np.stack([y_min / height, x_min / width, y_max / height, x_max / width], axis=-1)
"""

TO_YOLO = """
def to_yolo(boxes):
    y_min, x_min, y_max, x_max = np.array(boxes).T
    w, h = x_max - x_min, y_max - y_min
    x, y = x_min + w / 2, y_min + h / 2
    return np.stack([x, y, w, h], axis=-1)
"""

MIRROR = """
def mirror(image, box):
    y_min, x_min, y_max, x_max = box
    return image[:, ::-1], np.array([y_min, 1 - x_max, y_max, 1 - x_min])
"""

HEADS = """
def two_heads(shape, classes):
    maps = keras.Input(shape)
    pooled = layers.GlobalAveragePooling2D()(maps)
    flat = layers.Flatten()(maps)
    label = layers.Dense(classes, activation="softmax", name="label")(pooled)
    bbox = layers.Dense(4, activation="sigmoid", name="bbox")(flat)
    model = keras.Model(maps, {"label": label, "bbox": bbox})
    model.compile(
        optimizer="sgd",
        loss={"label": "sparse_categorical_crossentropy", "bbox": "mse"},
        loss_weights={"label": 0.8, "bbox": 0.2},
        metrics={"label": "accuracy", "bbox": "mae"},
    )
    return model
"""
WEIGHTS_LINE = '        loss_weights={"label": 0.8, "bbox": 0.2},\n'
LAST = (
    "    return np.divide(common, together, out=np.zeros(len(a)), where=together > 0)\n"
)

BOX = """
def box_of(heat, threshold):
    rows, columns = np.nonzero(heat >= threshold)
    height, width = heat.shape
    top, bottom = rows.min() / height, (rows.max() + 1) / height
    left, right = columns.min() / width, (columns.max() + 1) / width
    return top, left, bottom, right
"""


def judged(heats, true, at=0.3):
    """A mean IoU of these heats and boxes at a threshold."""
    return f"mean_iou = overlaps([box_of(h, {at}) for h in {heats}], {true}).mean()"


def changed(source, *pairs):
    """The code with some mistakes in it: pairs (old, new), each old one
    occurring once.
    """
    for old, new in pairs:
        assert source.count(old) == 1, old
        source = source.replace(old, new)
    return source


WRONG = [
    # q1: by hand
    Wrong("q1", "shared = 3500", "they are the second corner"),
    Wrong("q1", "shared = 30", "now times its width"),
    Wrong("q1", "shared = 8000", "around both"),
    Wrong("q1", "covered = 4800 + 3000", "counts the shared part twice"),
    Wrong("q1", "covered = 8000", "corners that neither covers"),
    Wrong("q1", "covered = 5400", "taken away twice"),
    Wrong("q1", "overlap = 2 / 13", "sum of both areas"),
    Wrong("q1", "overlap = 0.25", "of the true box alone"),
    Wrong("q1", "overlap = 5.5", "Which of the two areas"),
    Wrong("q1", "overlap = 4 / 13", "Dice"),
    Wrong("q1", "slack = 30", "an IoU of a third"),
    Wrong("q1", "slack = 15", "there is some room left"),
    Wrong("q1", "slack = 1 / 3", "asks for pixels"),
    # q2: IoU in code
    Wrong("q2", "def iou(a, b):\n    ...", "gives back nothing"),
    Wrong(
        "q2",
        changed(IOU, ("width.clip(0) * height.clip(0)", "width * height")),
        "two negative sides",
    ),
    Wrong(
        "q2",
        changed(IOU, ("area_b - common", "area_b")),
        "counts the shared part twice",
    ),
    Wrong(
        "q2",
        changed(IOU, ("area_a + area_b - common", "area_a")),
        "area of the first box",
    ),
    Wrong(
        "q2",
        changed(IOU, ("area_a + area_b - common", "area_b")),
        "area of the second box",
    ),
    Wrong(
        "q2",
        changed(IOU, ("area_a + area_b - common", "np.minimum(area_a, area_b)")),
        "the smaller of the two areas",
    ),
    Wrong(
        "q2",
        changed(IOU, (LAST, "    return common\n")),
        "divide it by what they cover",
    ),
    Wrong("q2", changed(IOU, (LAST, "    return 1 - common / together\n")), "a loss"),
    Wrong(
        "q2",
        changed(IOU, (LAST, "    return 2 * common / (area_a + area_b)\n")),
        "Dice",
    ),
    Wrong("q2", changed(IOU, (LAST, "    return common / together\n")), "0 / 0"),
    Wrong(
        "q2",
        changed(IOU, (LAST, "    return float(np.mean(common / together))\n")),
        "one number for five pairs",
    ),
    Wrong(
        "q2",
        changed(
            IOU,
            (
                "width.clip(0) * height.clip(0)",
                "(width + 1).clip(0) * (height + 1).clip(0)",
            ),
        ),
        "no IoU is over 1",
    ),
    Wrong("q2", VOC, "from 2 to 8 is 6 and not 7"),
    Wrong(
        "q2",
        changed(IOU, ('np.array(a, "float64"), np.array(b, "float64")', "a, b")),
        "larger than 255",
    ),
    Wrong(
        "q2",
        "import keras\ndef iou(a, b):\n"
        "    return keras.utils.bounding_boxes.compute_iou(np.float32(a), "
        "np.float32(b), 'xyxy')",
        "every box with every other",
    ),
    Wrong(
        "q2",
        "one = iou\ndef iou(a, b):\n    return one(np.array(a)[:1], np.array(b)[:1])",
        "gives the shape (1,)",
    ),
    Wrong(
        "q2",
        changed(IOU, ("    a, b = ", "    a[:] = a + 1\n    a, b = ")),
        "changes the boxes",
    ),
    # q3: formats
    Wrong("q3", "def from_coco(boxes, height, width):\n    ...", "gives back nothing"),
    Wrong(
        "q3",
        changed(
            FROM_COCO,
            (
                "y_min / height, x_min / width, y_max / height, x_max / width",
                "y_min, x_min, y_max, x_max",
            ),
        ),
        "still pixels",
    ),
    Wrong(
        "q3",
        changed(
            FROM_COCO,
            (
                "y_min / height, x_min / width, y_max / height, x_max / width",
                "y_min / width, x_min / height, y_max / width, x_max / height",
            ),
        ),
        "divided by its width",
    ),
    Wrong(
        "q3",
        changed(
            FROM_COCO,
            (
                "y_min / height, x_min / width, y_max / height, x_max / width",
                "x_min / width, y_min / height, x_max / width, y_max / height",
            ),
        ),
        "x still comes first",
    ),
    Wrong(
        "q3",
        changed(FROM_COCO, ("y_max / height, x_max / width", "h / height, w / width")),
        "should be the second corner",
    ),
    Wrong(
        "q3",
        changed(FROM_COCO, ("x_min + w, y_min + h", "x_min + h, y_min + w")),
        "y_max is y_min plus the *height*",
    ),
    Wrong(
        "q3",
        changed(
            FROM_COCO,
            (
                "x_max, y_max =",
                "x_min, y_min = x_min - w / 2, y_min - h / 2\n    x_max, y_max =",
            ),
        ),
        "taken for the centre",
    ),
    Wrong(
        "q3", FROM_COCO.replace("/ width", "/ height"), "divided by the image's height"
    ),
    Wrong("q3", FROM_COCO.replace(" / ", " // "), "only zeros and ones"),
    Wrong(
        "q3",
        changed(TO_YOLO, ("[x, y, w, h]", "[x_min, y_min, w, h]")),
        "YOLO wants the centre",
    ),
    Wrong(
        "q3", changed(TO_YOLO, ("[x, y, w, h]", "[y, x, h, w]")), "YOLO writes x first"
    ),
    Wrong(
        "q3", changed(TO_YOLO, ("[x, y, w, h]", "[x, y, h, w]")), "width comes first"
    ),
    Wrong(
        "q3",
        changed(TO_YOLO, ("x_min + w / 2, y_min + h / 2", "w / 2, h / 2")),
        "half the sum of the corners",
    ),
    Wrong(
        "q3",
        changed(TO_YOLO, ("[x, y, w, h]", "[x, y, x_max, y_max]")),
        "should be width and height",
    ),
    Wrong(
        "q3", changed(TO_YOLO, ("axis=-1", "axis=0")), "should give the shape (2, 4)"
    ),
    # q4: a mirror
    Wrong("q4", "def mirror(image, box):\n    ...", "gives back nothing"),
    Wrong(
        "q4",
        changed(MIRROR, ("[y_min, 1 - x_max, y_max, 1 - x_min]", "box")),
        "stays where it was",
    ),
    Wrong(
        "q4",
        changed(MIRROR, ("1 - x_max, y_max, 1 - x_min", "1 - x_min, y_max, 1 - x_max")),
        "inside out",
    ),
    Wrong(
        "q4",
        changed(
            MIRROR,
            (
                "[y_min, 1 - x_max, y_max, 1 - x_min]",
                "[1 - y_max, x_min, 1 - y_min, x_max]",
            ),
        ),
        "turned upside down",
    ),
    Wrong(
        "q4", MIRROR.replace("1 - x", "image.shape[1] - x"), "as if it were in pixels"
    ),
    Wrong("q4", MIRROR.replace("1 - x", "-x"), "mirrored at 0"),
    Wrong(
        "q4",
        changed(MIRROR, ("image[:, ::-1]", "image[::-1]")),
        "the image upside down",
    ),
    Wrong(
        "q4", changed(MIRROR, ("image[:, ::-1]", "image[..., ::-1]")), "colours round"
    ),
    Wrong("q4", changed(MIRROR, ("image[:, ::-1]", "image")), "only the box has moved"),
    Wrong(
        "q4",
        changed(MIRROR, ("return image[:, ::-1], ", "return ")),
        "should give a pair",
    ),
    Wrong(
        "q4",
        changed(
            MIRROR,
            ("    return", "    image[:] = image[:, ::-1].copy()\n    return"),
            ("image[:, ::-1], ", "image, "),
        ),
        "work on copies",
    ),
    # q5: two heads
    Wrong("q5", "def two_heads(shape, classes):\n    ...", "gives back nothing"),
    Wrong(
        "q5",
        changed(
            HEADS,
            ('{"label": label, "bbox": bbox})', "[label, bbox])"),
            ("    model.compile(", "    return model\n    model.compile("),
        ),
        "answers with a list",
    ),
    Wrong(
        "q5",
        changed(HEADS, ("classes, activation", "1, activation")),
        "as if for a yes or no",
    ),
    Wrong("q5", changed(HEADS, ('"softmax"', '"sigmoid"')), "exactly one is true"),
    Wrong("q5", changed(HEADS, ('activation="softmax", ', "")), "are no probabilities"),
    Wrong("q5", changed(HEADS, ('"sigmoid"', '"softmax"')), "no shares of one whole"),
    Wrong(
        "q5", changed(HEADS, ('activation="sigmoid", ', "")), "without an activation"
    ),
    Wrong("q5", changed(HEADS, ('"sigmoid"', '"relu"')), "not below 1"),
    Wrong("q5", changed(HEADS, ('"sigmoid"', '"tanh"')), "begin at 0"),
    Wrong("q5", changed(HEADS, ("(flat)", "(pooled)")), "forgets where"),
    Wrong("q5", changed(HEADS, ("Dense(4", "Dense(2")), "it should be (8, 4)"),
    Wrong("q5", changed(HEADS, (WEIGHTS_LINE, "")), "0.8 and 0.2 are missing"),
    Wrong(
        "q5",
        changed(HEADS, ('"label": 0.8, "bbox": 0.2', '"label": 0.2, "bbox": 0.8')),
        "the weights have changed places",
    ),
    Wrong(
        "q5",
        changed(HEADS, ('"bbox": "mse"', '"bbox": "mae"')),
        "the squared one is asked for",
    ),
    Wrong(
        "q5",
        changed(HEADS, ("sparse_categorical_crossentropy", "categorical_crossentropy")),
        "takes whole numbers",
    ),
    Wrong(
        "q5",
        changed(
            HEADS,
            ('metrics={"label": "accuracy", "bbox": "mae"}', 'metrics=["accuracy"]'),
        ),
        "one entry for each output",
    ),
    Wrong(
        "q5",
        changed(HEADS, ('"bbox": "mae"', '"bbox": "accuracy"')),
        "how often are four real numbers",
    ),
    Wrong(
        "q5",
        changed(HEADS, (', "bbox": "mae"', "")),
        "mean absolute error is not measured",
    ),
    Wrong(
        "q5",
        changed(HEADS, ("    model.compile(", "    return model\n    model.compile(")),
        "is not compiled",
    ),
    Wrong(
        "q5",
        changed(
            HEADS,
            ('{"label": label, "bbox": bbox})', '{"class": label, "bbox": bbox})'),
            ("    model.compile(", "    return model\n    model.compile("),
        ),
        "with the keys",
    ),
    # q6: where, although nobody told it
    Wrong("q6", "def box_of(heat, threshold):\n    ...", "gives back nothing"),
    Wrong(
        "q6", BOX.replace(" / height", "").replace(" / width", ""), "that is in pixels"
    ),
    Wrong("q6", BOX.replace(".max() + 1", ".max()"), "ends *behind* its last pixel"),
    Wrong(
        "q6",
        changed(BOX, ("top, left, bottom, right\n", "left, top, right, bottom\n")),
        "x comes first",
    ),
    Wrong(
        "q6",
        changed(
            BOX,
            ("top, left, bottom, right\n", "top, left, bottom - top, right - left\n"),
        ),
        "the second corner",
    ),
    Wrong("q6", changed(BOX, (">=", ">")), "those at it count too"),
    Wrong(
        "q6", changed(BOX, ("height, width =", "width, height =")), "height comes first"
    ),
    Wrong("q6", BOX.replace("/ width", "/ height"), "by the height"),
    Wrong("q6", changed(BOX, (">= threshold", ">= 0.3")), "a number fixed inside"),
    Wrong("q6", changed(BOX, (">= threshold", ">= 0")), "the whole picture"),
    Wrong("q6", changed(BOX, (">= threshold", ">= heat.max()")), "hottest pixel alone"),
    Wrong("q6", "mean_iou = overlaps(true_boxes, true_boxes)", "should be one number"),
    Wrong("q6", judged("new_heats", "new_boxes", at=0.5), "new twelve at a threshold"),
    Wrong("q6", judged("heats", "true_boxes", at=0.5), "first twelve at a threshold"),
    Wrong("q6", judged("new_heats", "new_boxes", at=0.4), "of 0.4; `best` is 0.3"),
    Wrong("q6", judged("heats", "true_boxes"), "have chosen the threshold, for being"),
    Wrong("q6", judged("heats", "new_boxes"), "compared with the new boxes"),
    Wrong("q6", judged("new_heats", "true_boxes"), "boxes of the first twelve"),
    Wrong(
        "q6",
        judged("heats + new_heats", "true_boxes + new_boxes"),
        "judge with the new ones alone",
    ),
    Wrong("q6", "mean_iou = 100 * mean_iou", "between 0 and 1"),
    Wrong("q6", "mean_iou = mean_iou / 2", "and the mean"),
    Wrong(
        "q6",
        "mean_iou = overlaps([box_of(new_heats[0], 0.3)], new_boxes[:1])[0]",
        "that is of one picture",
    ),
    Wrong("q6", "best = 0.8", "another of the nine is"),
    Wrong("q6", "best = 0.4", "has been chosen on the new pictures"),
    Wrong("q6", "best = 3", "is one of 0.1, 0.2"),
    Wrong("q6", "small = 'a'", "made of many places"),
    Wrong("q6", "small = 'c'", "between 0 and 0.8"),
    Wrong("q6", "small = 'd'", "lie anywhere"),
    # q7: in words
    Wrong("q7", "review = ' '", "is empty"),
    Wrong("q7", "review = 'The box has to be mirrored too.'", "words; 50"),
    Wrong("q7", "review = ('mirror', 'pooling')", "should be text"),
    Wrong("q7", "import re\nreview = re.sub(r'[0-9]', '', review)", "names no result"),
    Wrong(
        "q7",
        "review = review.replace('mirror', 'change')",
        "nothing about the mirrored",
    ),
]

RIGHT = [
    Right(
        "q1", "shared, covered, overlap, slack = np.int64(1200), 6600.0, 0.182, [20]"
    ),
    Right("q1", "overlap = 2 / 11"),
    Right("q2", IOU),
    Right(
        "q2",
        """
def iou(a, b):
    found = []
    for p, q in zip(np.asarray(a).tolist(), np.asarray(b).tolist()):
        w = max(0, min(p[2], q[2]) - max(p[0], q[0]))
        h = max(0, min(p[3], q[3]) - max(p[1], q[1]))
        both = (p[2] - p[0]) * (p[3] - p[1]) + (q[2] - q[0]) * (q[3] - q[1]) - w * h
        found.append(w * h / both if both else 0)
    return found
""",
    ),
    Right(
        "q2",
        """
def iou(a, b):
    a, b = keras.ops.cast(a, "float32"), keras.ops.cast(b, "float32")
    sides = keras.ops.relu(keras.ops.minimum(a[:, 2:], b[:, 2:]) - keras.ops.maximum(a[:, :2], b[:, :2]))
    common = keras.ops.prod(sides, axis=-1)
    areas = [keras.ops.prod(box[:, 2:] - box[:, :2], axis=-1) for box in (a, b)]
    return common / keras.ops.maximum(areas[0] + areas[1] - common, 1e-7)
""",
    ),
    Right(
        "q2",
        "def iou(a, b):\n    matrix = "
        "keras.utils.bounding_boxes.compute_iou(np.float32(a), np.float32(b), "
        "'xyxy')\n"
        "    return np.nan_to_num(np.diag(matrix))",
    ),
    Right("q3", FROM_COCO + TO_YOLO),
    Right(
        "q3",
        """
def from_coco(boxes, height, width):
    return [[y / height, x / width, (y + h) / height, (x + w) / width] for x, y, w, h in boxes]
def to_yolo(boxes):
    return [((l + r) / 2, (t + b) / 2, r - l, b - t) for t, l, b, r in boxes]
""",
    ),
    Right(
        "q3",
        """
def from_coco(boxes, height, width):
    boxes = keras.ops.cast(boxes, "float32")
    corners = keras.ops.concatenate([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], axis=1)
    corners = corners / keras.ops.array([width, height] * 2, "float32")
    return keras.ops.take(corners, [1, 0, 3, 2], axis=1)
""",
    ),
    Right("q4", MIRROR),
    Right(
        "q4",
        "def mirror(image, box):\n    box = list(box)\n"
        "    box[1], box[3] = 1 - box[3], 1 - box[1]\n    return [np.fliplr(image), "
        "box]",
    ),
    Right(
        "q4",
        "def mirror(image, box):\n    box = keras.ops.cast(np.array(box), 'float32')\n"
        "    return keras.ops.flip(image, axis=1), keras.ops.stack([box[0], 1 - "
        "box[3], box[2], 1 - box[1]])",
    ),
    Right("q5", HEADS),
    Right(
        "q5",
        changed(
            HEADS,
            (
                "layers.Flatten()(maps)",
                'layers.Flatten()(layers.Conv2D(8, 1, activation="relu")(maps))',
            ),
            ('"bbox": "mae"', '"bbox": [keras.metrics.MeanAbsoluteError(name="mae")]'),
            ('"mse"', "keras.losses.MeanSquaredError()"),
            ('"label": "accuracy"', '"label": ["sparse_categorical_accuracy"]'),
        ),
    ),
    Right(
        "q5",
        changed(
            HEADS,
            (
                "(pooled)\n    bbox",
                "(layers.Dense(16, activation='relu')(flat))\n    bbox",
            ),
            ('{"label": label, "bbox": bbox}', '{"bbox": bbox, "label": label}'),
        ),
    ),
    Right("q7", "review = review.upper()"),
    Right("q6", BOX),
    Right(
        "q6",
        """
def box_of(heat, threshold):
    places = np.argwhere(heat >= threshold)
    size = np.array(heat.shape)
    return np.concatenate([places.min(axis=0) / size, (places.max(axis=0) + 1) / size])
mean_iou, best, small = np.float32(mean_iou), np.float64(0.3), "(B)"
""",
    ),
]
