"""Answers to homework 05: pretrained models."""

from tests.homework import Right, Wrong

POINTS = {"q1": 3, "q2": 5, "q3": 3, "q4": 4, "q5": 3, "q6": 3, "q7": 3}

PREPROCESS = """
def preprocess(images, mode):
    pixels = np.array(images, dtype="float64")
    if mode == "unit":
        pixels = pixels / 255
    elif mode == "symmetric":
        pixels = pixels / 127.5 - 1
    else:
        pixels = pixels[..., ::-1]
        pixels = pixels - [103.939, 116.779, 123.68]
    return pixels
"""

TOP_K = """
def top_k(probabilities, names, k=3):
    answers = []
    for row in probabilities:
        order = sorted(range(len(row)), key=lambda place: row[place], reverse=True)
        chosen = order[:k]
        answers.append([(names[place], row[place]) for place in chosen])
    return answers
"""

ERROR = """
def top_k_error(probabilities, labels, k=5):
    wrong = 0
    for row, label in zip(probabilities, labels):
        better = sum(row > row[label])
        wrong += better >= k
    return wrong / len(labels)
"""

CAM = """
def grad_cam(maps, gradients):
    weights = gradients.mean(axis=(0, 1))
    heat = (maps * weights).sum(axis=2)
    heat = np.maximum(heat, 0)
    if heat.max() == 0:
        return heat
    return heat / heat.max()
"""

COVERED = """
def covered(picture, row, column):
    result = picture.copy()
    top = min(max(0, 16 * (row - 1)), 48)
    left = min(max(0, 16 * (column - 1)), 48)
    result[top : top + 48, left : left + 48] = 128
    return result
"""

CUT_OFF = """
def covered(picture, row, column):
    result = picture.copy()
    rows = slice(max(0, 16 * (row - 1)), 16 * (row + 2))
    columns = slice(max(0, 16 * (column - 1)), 16 * (column + 2))
    result[rows, columns] = 128
    return result
"""


def changed(source, *pairs):
    """The code with some mistakes in it: pairs (old, new), each old one
    occurring once.
    """
    for old, new in pairs:
        assert source.count(old) == 1, old
        source = source.replace(old, new)
    return source


WRONG = [
    # q1: sizes
    Wrong("q1", "cropped = (900, 900)", "a square"),
    Wrong("q1", "cropped = (900, 675)", "which side is which"),
    Wrong("q1", "cropped = (240, 320)", "how large the piece is in the photograph"),
    Wrong("q1", "cropped = 675", "should be a tuple"),
    Wrong("q1", "inside = (427, 320)", "the larger scale"),
    Wrong("q1", "inside = (180, 240)", "height comes first"),
    Wrong("q1", "inside = (240, 320)", "the whole frame"),
    Wrong("q1", "ellipse = 0.5625", "turn the fraction over"),
    Wrong("q1", "ellipse = 320 / 240", "proportions of the frame"),
    Wrong("q1", "ellipse = (0.2, 0.3556)", "should be one number"),
    # q2: preprocessing
    Wrong("q2", "def preprocess(images, mode):\n    ...", "gives back nothing"),
    Wrong(
        "q2",
        changed(PREPROCESS, ("pixels / 255", "np.asarray(images, 'uint8') // 255")),
        "the fractions get lost",
    ),
    Wrong(
        "q2",
        changed(PREPROCESS, ("pixels / 255", "pixels / pixels.max()")),
        "the largest pixel of these images",
    ),
    Wrong(
        "q2", changed(PREPROCESS, ("pixels / 255", "pixels / 256")), "you divide by 256"
    ),
    Wrong("q2", changed(PREPROCESS, ("pixels / 255", "pixels")), "255 should become 1"),
    Wrong(
        "q2",
        changed(PREPROCESS, ("pixels / 127.5 - 1", "pixels / 127.5")),
        "gives 0 to 2",
    ),
    Wrong(
        "q2",
        changed(PREPROCESS, ("pixels / 127.5 - 1", "pixels / 255 - 0.5")),
        "half as strong",
    ),
    Wrong(
        "q2",
        changed(PREPROCESS, ("pixels / 127.5 - 1", "pixels / 255 / 127.5 - 1")),
        "−1 nearly everywhere",
    ),
    Wrong(
        "q2",
        changed(PREPROCESS, ("pixels / 127.5 - 1", "(images - np.uint8(127)) / 127.5")),
        "does not give −27",
    ),
    Wrong(
        "q2",
        changed(PREPROCESS, ("pixels[..., ::-1]", "pixels")),
        "red loses the mean of blue",
    ),
    Wrong(
        "q2",
        changed(
            PREPROCESS, ("[103.939, 116.779, 123.68]", "[123.68, 116.779, 103.939]")
        ),
        "blue loses the mean of red",
    ),
    Wrong(
        "q2",
        changed(
            PREPROCESS,
            ("pixels[..., ::-1]", "pixels"),
            ("[103.939, 116.779, 123.68]", "[123.68, 116.779, 103.939]"),
        ),
        "in the order red, green, blue",
    ),
    Wrong(
        "q2",
        changed(PREPROCESS, ("pixels[..., ::-1]", "pixels[:, :, ::-1]")),
        "mirrored the photographs",
    ),
    Wrong(
        "q2",
        changed(PREPROCESS, ("pixels - [103.939, 116.779, 123.68]", "pixels")),
        "still to be subtracted",
    ),
    Wrong(
        "q2",
        changed(
            PREPROCESS,
            (
                "[103.939, 116.779, 123.68]",
                "[103.939, 116.779, 123.68]\n        pixels = pixels / 255",
            ),
        ),
        "without any scaling",
    ),
    Wrong(
        "q2",
        changed(
            PREPROCESS,
            ('np.array(images, dtype="float64")', "images"),
            ("pixels = pixels / 255", "pixels /= 255"),
        ),
        "Your code stops with",
    ),
    Wrong(
        "q2",
        "from keras.applications import imagenet_utils\ndef preprocess(images, "
        "mode):\n    if mode == 'unit':\n"
        "        return images / 255\n    mode = {'symmetric': 'tf', 'bgr': "
        "'caffe'}[mode]\n"
        "    return imagenet_utils.preprocess_input(images, mode=mode)",
        "changes the images",
    ),
    # q3: accidents
    Wrong("q3", "forgotten = 'd'", "somebody has divided them"),
    Wrong("q3", "forgotten, halfway = 'b', 'c'", "no photograph looks like that"),
    Wrong("q3", "twice = 'a'", "What would be left"),
    Wrong("q3", "twice = 'c'", "not even been divided"),
    Wrong("q3", "halfway = 'a'", "nothing negative"),
    Wrong("q3", "swapped = 'd'", "does not change the range"),
    Wrong("q3", "swapped = 'red and blue'", "one of 'a', 'b'"),
    # q4: the best k
    Wrong("q4", "def top_k(probabilities, names, k=3):\n    ...", "gives back nothing"),
    Wrong("q4", changed(TOP_K, (", reverse=True", "")), "the wrong end"),
    Wrong(
        "q4",
        changed(TOP_K, (", reverse=True", ""), ("order[:k]", "order[-k:]")),
        "stands last",
    ),
    Wrong(
        "q4",
        changed(TOP_K, ("(names[place], row[place])", "names[place]")),
        "gives names only",
    ),
    Wrong(
        "q4",
        changed(TOP_K, ("(names[place], row[place])", "row[place]")),
        "gives numbers only",
    ),
    Wrong(
        "q4",
        changed(TOP_K, ("(names[place], row[place])", "(place, row[place])")),
        "look its name up",
    ),
    Wrong(
        "q4",
        changed(TOP_K, ("(names[place], row[place])", "(row[place], names[place])")),
        "turned round",
    ),
    Wrong(
        "q4",
        changed(TOP_K, ("row[place]) for", "100 * row[place]) for")),
        "as it is, between 0 and 1",
    ),
    Wrong(
        "q4", changed(TOP_K, ("order[:k]", "range(k)")), "whatever their probability"
    ),
    Wrong(
        "q4", changed(TOP_K, ("return answers", "return answers[0]")), "one photo only"
    ),
    Wrong("q4", changed(TOP_K, ("order[:k]", "order[:3]")), "with k=1"),
    Wrong("q4", changed(TOP_K, ("in chosen])", "in chosen][:2])")), "three pairs"),
    Wrong(
        "q4",
        changed(ERROR, ("wrong / len(labels)", "1 - wrong / len(labels)")),
        "share of photos that are right",
    ),
    Wrong("q4", changed(ERROR, ("wrong / len(labels)", "wrong")), "is it a count"),
    Wrong(
        "q4",
        changed(ERROR, ("wrong / len(labels)", "100 * wrong / len(labels)")),
        "is it per cent",
    ),
    Wrong("q4", changed(ERROR, (">= k", ">= 1")), "nobody can be wrong"),
    Wrong(
        "q4", changed(ERROR, ("better >= k", "better != k - 1")), "nobody can be wrong"
    ),
    Wrong(
        "q4",
        changed(ERROR, ("row > row[label]", "row < row[label]")),
        "from the wrong end",
    ),
    Wrong("q4", changed(ERROR, ("k=5", "k=3")), "forty photos"),
    # q5: Grad-CAM
    Wrong("q5", "def grad_cam(maps, gradients):\n    ...", "gives back nothing"),
    Wrong(
        "q5",
        changed(CAM, ("(maps * weights).sum(axis=2)", "maps * weights")),
        "add the maps up",
    ),
    Wrong(
        "q5",
        "def grad_cam(maps, gradients):\n    return gradients.mean(axis=(0, 1))",
        "those are the weights",
    ),
    Wrong(
        "q5", changed(CAM, ("heat = np.maximum(heat, 0)", "pass")), "negative numbers"
    ),
    Wrong(
        "q5",
        changed(CAM, ("return heat / heat.max()", "return heat")),
        "the hottest place is",
    ),
    Wrong(
        "q5",
        changed(CAM, ("maps * weights", "maps * gradients")),
        "average each map's gradients first",
    ),
    Wrong("q5", changed(CAM, ("maps * weights", "maps")), "the gradients are not used"),
    Wrong(
        "q5",
        changed(CAM, ("maps * weights", "maps * np.maximum(weights, 0)")),
        "negative weights have been set",
    ),
    Wrong(
        "q5",
        changed(CAM, ("maps * weights", "maps * abs(weights)")),
        "their sign is not",
    ),
    Wrong(
        "q5", changed(CAM, ("if heat.max() == 0:", "if False:")), "not divide by zero"
    ),
    Wrong("q5", "pixels_a_place = 7", "how many places"),
    Wrong("q5", "pixels_a_place = 32 * 32", "the area of a place"),
    Wrong("q5", "boats = 'a'", "right for a wrong reason"),
    Wrong("q5", "boats = 'c'", "did influence it"),
    Wrong("q5", "boats = 'd'", "and not causes"),
    # q6: the heat, tested
    Wrong("q6", "hottest = 20", "divmod"),
    Wrong("q6", "hottest = hottest[::-1]", "have changed places"),
    Wrong("q6", "hottest = (hottest[0] + 1, hottest[1] + 1)", "you count from 1"),
    Wrong("q6", "hottest = (16 * hottest[0] + 8, 16 * hottest[1] + 8)", "in pixels"),
    Wrong("q6", "hottest = (0, 0)", "less heat than somewhere else"),
    Wrong("q6", "hottest = heat", "should be (row, column)"),
    Wrong("q6", "def covered(picture, row, column):\n    ...", "gives back nothing"),
    Wrong("q6", changed(COVERED, ("picture.copy()", "picture")), "make a copy first"),
    Wrong("q6", COVERED.replace("max(0, ", "("), "begin at max(0, ...)"),
    Wrong("q6", CUT_OFF.replace("max(0, ", "("), "begin at max(0, ...)"),
    Wrong("q6", CUT_OFF, "the square of `covered` is cut off: 32 × 48"),
    Wrong("q6", COVERED.replace(", 48)", ", 80)"), "cut off: 32 × 48"),
    Wrong("q6", COVERED.replace(", 48)", ", 32)"), "lies in the wrong place"),
    Wrong("q6", COVERED.replace(" - 1)", ")"), "lies in the wrong place"),
    Wrong(
        "q6",
        changed(
            COVERED, ("    top =", "    row, column = row or 2, column\n    top =")
        ),
        "move it just so far",
    ),
    Wrong("q6", changed(COVERED, ("128", "0")), "is not grey"),
    Wrong(
        "q6",
        CUT_OFF.replace("16 * (row - 1)", "16 * row")
        .replace("row + 2", "row + 1")
        .replace("16 * (column - 1)", "16 * column")
        .replace("column + 2", "column + 1"),
        "hides the place alone",
    ),
    Wrong("q6", CUT_OFF.replace("16 * ", ""), "counts places as pixels"),
    Wrong(
        "q6",
        changed(COVERED, ("(picture, row, column)", "(picture, column, row)")),
        "mixes up row and column",
    ),
    Wrong(
        "q6",
        changed(COVERED, ("    top =", "    row, column = column, row\n    top =")),
        "mixes up row and column",
    ),
    Wrong(
        "q6", changed(COVERED, ("return result", "return result[None]")), "(96, 96, 3)"
    ),
    Wrong("q6", "without_hottest = said[winner]", "cover it first"),
    Wrong(
        "q6", "without_hottest = said[winner] - without_hottest", "by how much it falls"
    ),
    Wrong("q6", "without_corner = 95", "from 0 to 1"),
    Wrong("q6", "without_corner = without_hottest", "covered by your function"),
    Wrong("q6", "shows = 'a'", "is more than that"),
    Wrong("q6", "shows = 'b'", "has its own test"),
    Wrong("q6", "shows = 'd'", "what the comparison is for"),
    # q7: in words
    Wrong("q7", "dahlia = '\\n'", "is empty"),
    Wrong("q7", "dahlia = 'Softmax cannot say none of these.'", "words; 50"),
    Wrong("q7", "dahlia = 96.5", "should be text"),
    Wrong("q7", "import re\ndahlia = re.sub(r'[0-9]', '', dahlia)", "names no result"),
    Wrong(
        "q7",
        "dahlia = dahlia.replace('palace', 'house').replace('74', '70')",
        "nothing about the palace",
    ),
]

RIGHT = [
    Right("q1", "cropped, inside, ellipse = np.array([675, 900]), [240.0, 180], 1.78"),
    Right("q2", PREPROCESS),
    Right(
        "q2",
        """
import keras
def preprocess(images, mode):
    pixels = keras.ops.cast(images, "float32")
    if mode == "unit":
        return keras.layers.Rescaling(1 / 255)(pixels)
    if mode == "symmetric":
        return keras.layers.Rescaling(1 / 127.5, offset=-1)(pixels)
    return keras.ops.flip(pixels - keras.ops.array([123.68, 116.779, 103.939]), axis=-1)
""",
    ),
    Right(
        "q2",
        """
from keras.applications import mobilenet_v2, resnet50
def preprocess(images, mode):
    copied = images.astype("float32")
    if mode == "unit":
        return copied / 255
    return (resnet50 if mode == "bgr" else mobilenet_v2).preprocess_input(copied)
""",
    ),
    Right("q3", "forgotten, twice, halfway, swapped = 'C', '(b)', 'd ', 'A'"),
    Right("q4", TOP_K + ERROR),
    Right(
        "q4",
        """
import keras
def top_k(probabilities, names, k=3):
    values, places = keras.ops.top_k(keras.ops.convert_to_tensor(probabilities), k)
    return [[[names[int(p)], float(v)] for v, p in zip(*row)] for row in zip(values, places)]
def top_k_error(probabilities, labels, k=5):
    known = keras.metrics.sparse_top_k_categorical_accuracy(labels, probabilities, k)
    return 1 - keras.ops.mean(known)
""",
    ),
    Right(
        "q4",
        "ask = top_k\ndef top_k_error(probabilities, labels, k=5):\n    names = "
        "range(probabilities.shape[1])\n"
        "    best = [[name for name, _ in row] for row in ask(probabilities, names, "
        "k)]\n"
        "    return np.float32(sum(label not in row for label, row in zip(labels, "
        "best)) / len(labels))",
    ),
    Right("q5", CAM + "\npixels_a_place, boats = np.int64(32), 'B'"),
    Right(
        "q5",
        """
import keras
def grad_cam(maps, gradients):
    weights = keras.ops.mean(keras.ops.array(gradients, "float32"), axis=(0, 1))
    heat = keras.ops.relu(keras.ops.sum(keras.ops.array(maps, "float32") * weights, axis=-1))
    return heat / keras.ops.maximum(keras.ops.max(heat), 1e-9)
""",
    ),
    Right(
        "q5",
        "def grad_cam(maps, gradients):\n"
        "    heat = sum(maps[:, :, c] * gradients[:, :, c].mean() for c in "
        "range(maps.shape[2]))\n"
        "    heat[heat < 0] = 0\n    return (heat / (heat.max() or 1)).tolist()",
    ),
    Right("q7", "dahlia = dahlia.upper()"),
    Right("q6", COVERED),
    Right(
        "q6",
        """
def covered(picture, row, column):
    y, x = np.mgrid[:96, :96] // 16
    row, column = np.clip([row, column], 1, 4)  # the nearest place with room around it
    hidden = (abs(y - row) <= 1) & (abs(x - column) <= 1)
    return np.where(hidden[..., None], 128, picture).astype("float32")
hottest, without_corner = np.array(hottest), np.float32(without_corner)
""",
    ),
]
