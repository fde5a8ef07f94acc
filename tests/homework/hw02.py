"""Answers to homework 02: pooling."""

from tests.homework import Right, Wrong

POINTS = {"q1": 3, "q2": 4, "q3": 5, "q4": 4, "q5": 3, "q6": 3, "q7": 3}

LOOP = """
def min_pool(maps, size=2, strides=None):
    maps = np.asarray(maps)
    strides = strides or size
    rows, columns = ((n - size) // strides + 1 for n in maps.shape[:2])
    result = np.zeros((rows, columns, maps.shape[2]))
    for i in range(rows):
        for j in range(columns):
            result[i, j] = maps[i * strides : i * strides + size, j * strides : j * strides + size].min(axis=(0, 1))
    return result
"""
SHARE = """
def unchanged(image, shift, window):
    def pooled(part):
        rows, columns = part.shape[0] // window, part.shape[1] // window
        part = part[: rows * window, : columns * window].reshape(rows, window, columns, window)
        return part.max(axis=(1, 3))
    return np.mean(pooled(piece(image)) == pooled(piece(image, shift)))
"""
MOVED = """
def share_changed(network, images, shift):
    moved = np.zeros_like(images)
    moved[:, :, shift:] = images[:, :, : images.shape[2] - shift]
    return np.mean(network(moved) != network(images))
"""


def moved_by(code):
    """`share_changed` with other code for the moved images."""
    return (
        "def share_changed(network, images, shift):\n"
        f"    moved = {code}\n"
        "    return np.mean(network(moved) != network(images))\n"
    )


def changed(source, old, new):
    """A right answer with one mistake in it."""
    assert source.count(old) == 1, old
    return source.replace(old, new)


WRONG = [
    # q1: by hand
    Wrong("q1", "small = [[7, 8, 6], [9, 5, 8], [5, 9, 4]]", "fills no whole window"),
    Wrong("q1", "small = average", "average of each window"),
    Wrong("q1", "small = [[1, 0, 0], [0, 2, 1]]", "minimum"),
    Wrong("q1", "small = np.transpose(small)", "changed places"),
    Wrong(
        "q1",
        "small = [[7, 8, 8, 3, 6], [9, 9, 8, 7, 7], [9, 9, 5, 7, 8], [6, 5, 9, 9, 8]]",
        "stride of 1",
    ),
    Wrong("q1", "small = [[7, 8, 6], [9, 5, 7]]", "another largest number"),
    Wrong("q1", "small = ...", "still open"),
    Wrong(
        "q1", "average = [[14, 11, 14], [18, 14, 18]]", "divide by the number of pixels"
    ),
    Wrong("q1", "average = np.array(average) * 2", "it has 4 pixels"),
    Wrong("q1", "average = np.floor(average)", "do not round"),
    Wrong("q1", "average = small", "maximum of each window"),
    Wrong("q1", "overlapping = [[9, 7]]", "stride of 3"),
    Wrong("q1", "overlapping = [[9, 9], [8, 9]]", "changed places"),
    Wrong("q1", "overlapping = np.ones((3, 4))", "stride of 1"),
    # q2: what is left
    Wrong("q2", "after_max = (27, 40, 32)", '"same" padding'),
    Wrong("q2", "after_max = (17, 26, 32)", "stride of 3"),
    Wrong("q2", "after_max = (26, 39, 16)", "each map by itself"),
    Wrong("q2", "after_max = (25, 38, 32)", "first place of the window"),
    Wrong("q2", "after_depth = (13, 20, 32)", "across the maps"),
    Wrong("q2", "after_depth = (53, 80, 4)", "How many groups"),
    Wrong("q2", "after_depth = (53, 80, 29)", "do not overlap"),
    Wrong("q2", "after_depth = (None, 53, 80, 8)", "tuple"),
    Wrong("q2", "flat_parameters = 26 * 39 * 32 * 5", "left out the biases"),
    Wrong("q2", "flat_parameters = (53 * 80 * 32 + 1) * 5", "pools first"),
    Wrong("q2", "flat_parameters = 26 * 39 * 32", "the number of inputs"),
    Wrong("q2", "average_parameters = 160", "left out the biases"),
    Wrong("q2", "average_parameters = 26 * 39 * 5 + 5", "not one for each place"),
    Wrong("q2", "average_parameters = 0", "the dense layer behind it"),
    # q3: min pooling
    Wrong(
        "q3",
        "def min_pool(maps, size=2, strides=None):\n    pass",
        "gives back nothing",
    ),
    Wrong("q3", changed(LOOP, ".min(", ".max("), "the maximum of each window"),
    Wrong("q3", changed(LOOP, ".min(", ".mean("), "an average"),
    Wrong("q3", changed(LOOP, "strides or size", "strides or 1"), "stride of 1"),
    Wrong("q3", changed(LOOP, "strides or size", "size"), "`strides` is not used"),
    Wrong(
        "q3",
        changed(
            LOOP, "strides = strides or size", "size = 2; strides = strides or size"
        ),
        "`size` is not used",
    ),
    Wrong(
        "q3",
        changed(LOOP, "    return result", "    return result.min(axis=2)"),
        "each channel is pooled by itself",
    ),
    Wrong(
        "q3",
        changed(LOOP, "= maps[", "= np.minimum(result[i, j], maps[").replace(
            "(0, 1))", "(0, 1)))"
        ),
        "did zeros come in",
    ),
    Wrong(
        "q3",
        "inner = min_pool\ndef min_pool(maps, size=2, strides=None):\n"
        "    return inner(np.pad(maps, ((0, 1), (0, 1), (0, 0)), constant_values=99), "
        "size, strides)",
        '"same" padding',
    ),
    Wrong(
        "q3",
        "def min_pool(maps, size=2, strides=None):\n    return np.min(maps, axis=(0, "
        "1))",
        "the whole map",
    ),
    Wrong(
        "q3",
        "def min_pool(maps, size=2, strides=None):\n"
        "    rows, columns = maps.shape[0] // size, maps.shape[1] // size\n"
        "    cut = maps[: rows * size, : columns * size]\n"
        "    return cut.reshape(rows, columns, size * size, -1).min(axis=2)",
        "mixes rows",
    ),
    Wrong(
        "q3", changed(LOOP, "maps = np.asarray(maps)", "maps -= 1"), "changes the maps"
    ),
    Wrong(
        "q3",
        changed(LOOP, "maps = np.asarray(maps)", "maps = np.maximum(maps, 0)"),
        "with which number does your search begin",
    ),
    Wrong(
        "q3",
        changed(LOOP, "maps = np.asarray(maps)", "maps = -maps")
        .replace(".min(", ".max(")
        .replace("return result", "return -result"),
        "wraps round at 256",
    ),
    Wrong(
        "q3",
        changed(LOOP, "return result", "return result[None]"),
        "take the batch away",
    ),
    # q4: a law
    Wrong("q4", changed(SHARE, ".max(axis", ".mean(axis"), "average pooling"),
    Wrong("q4", changed(SHARE, ".max(axis", ".min(axis"), "for the minimum"),
    Wrong(
        "q4",
        changed(
            SHARE,
            "np.mean(pooled(piece(image)) == ",
            "np.mean(pooled(piece(image)) != ",
        ),
        "count what changed",
    ),
    Wrong("q4", changed(SHARE, "np.mean(", "100 * np.mean("), "from 0 to 1"),
    Wrong("q4", changed(SHARE, "np.mean(", "np.sum("), "that is a count"),
    Wrong("q4", changed(SHARE, "piece(image, shift)", "piece(image)"), "still gives 1"),
    Wrong(
        "q4",
        changed(SHARE, "piece(image, shift)", "np.roll(piece(image), shift, axis=1)"),
        "np.roll",
    ),
    Wrong(
        "q4",
        changed(SHARE, "return np.mean(", "return (").replace("shift)))", "shift)))"),
        "one number",
    ),
    Wrong(
        "q4",
        "def unchanged(image, shift, window):\n    return np.mean(piece(image) == "
        "piece(image, shift))",
        "no pooling yet",
    ),
    Wrong(
        "q4",
        "def unchanged(image, shift, window):\n"
        "    pool = lambda x: np.lib.stride_tricks.sliding_window_view(x, (window, "
        "window)).max(axis=(2, 3))\n"
        "    return np.mean(pool(piece(image)) == pool(piece(image, shift)))",
        "overlap (stride 1)",
    ),
    Wrong("q4", "measured = 7 / 9", "that is the law"),
    Wrong("q4", "measured = unchanged(noise, 1, 4)", "not right"),
    Wrong("q4", "by_law = 7 / 8", "(w − d) / w"),
    Wrong("q4", "by_law = 2 / 9", "the share that changes"),
    Wrong("q4", "by_law = (7 / 9) ** 2", "do not square"),
    Wrong("q4", "window_needed = 10", "w + 1 below"),
    Wrong("q4", "window_needed = 18", "17 / 19"),
    Wrong("q4", "window_needed = 20", "not the smallest"),
    # q5: reading
    Wrong("q5", "poolings = 4", "doubles the step"),
    Wrong("q5", "poolings = 1", "at a shift of 2 already"),
    Wrong("q5", "poolings = 3", "step of 8"),
    Wrong("q5", "poolings = 'two'", "should be one number"),
    Wrong("q5", "next_stop = 4", "where it stops now"),
    Wrong("q5", "next_stop = 6", "do not add up"),
    Wrong("q5", "next_stop = 16", "two more"),
    Wrong("q5", "floor = 'a'", "what moved along"),
    Wrong("q5", "floor = 'b'", "4 pixels wide"),
    Wrong("q5", "floor = 'd'", "cannot undo"),
    # q6: trained networks and moved digits
    Wrong("q6", changed(MOVED, "!= network", "== network"), "do you count what stayed"),
    Wrong(
        "q6", changed(MOVED, "np.mean(", "np.sum("), "Divide by the number of images"
    ),
    Wrong("q6", changed(MOVED, "np.mean(", "("), "one number"),
    Wrong("q6", changed(MOVED, "network(moved)", "network(images)"), "nothing changes"),
    Wrong(
        "q6",
        changed(MOVED, "network(images))", "digits.target[: len(images)])"),
        "compare with labels",
    ),
    Wrong("q6", moved_by("np.roll(images, shift, axis=2)"), "np.roll"),
    Wrong("q6", moved_by("np.roll(images, -shift, axis=2)"), "moved to the left"),
    Wrong(
        "q6",
        moved_by("np.pad(images, ((0, 0), (0, 0), (0, shift)))[:, :, shift:]"),
        "moved to the left",
    ),
    Wrong("q6", moved_by("np.roll(images, shift, axis=1)"), "moved down"),
    Wrong(
        "q6",
        moved_by(
            "np.pad(images, ((0, 0), (0, 0), (shift, 0)), 'edge')[:, :, :-shift or None]"
        ),
        "what comes in on the left is not 0",
    ),
    Wrong(
        "q6", moved_by("np.roll(images, shift)"), "what comes in on the left is not 0"
    ),
    Wrong(
        "q6",
        changed(
            MOVED,
            "    moved = np.zeros",
            "    shift = min(shift, 1)\n    moved = np.zeros",
        ),
        "is `shift` used",
    ),
    Wrong(
        "q6",
        changed(
            MOVED,
            "    moved = np.zeros",
            "    images[:, :, :shift] = 0\n    moved = np.zeros",
        ),
        "changes the images",
    ),
    Wrong("q6", "worst = 'average'", "hardly another one"),
    Wrong("q6", "worst = 'maximum'", "still the largest"),
    Wrong("q6", "worst = 'a'", "should be one of"),
    Wrong("q6", "reason = 'a'", "fewer parameters"),
    Wrong("q6", "reason = 'c'", "move along"),
    Wrong("q6", "reason = 'd'", "no weights"),
    # q7: in words
    Wrong("q7", "advice = '   '", "is empty"),
    Wrong("q7", "advice = 'Do not pool in the second one.'", "words; 50 or more"),
    Wrong("q7", "advice = ['pooling', 'is', 'fine']", "should be text"),
    Wrong("q7", "import re\nadvice = re.sub('[0-9]', '', advice)", "names no result"),
    Wrong(
        "q7",
        "advice = advice.replace('second', 'other').replace('outline', 'drawing')",
        "nothing about the second network",
    ),
]

RIGHT = [
    Right(
        "q1",
        "small, average, overlapping = (np.array(x, 'float32') for x in (small, "
        "average, overlapping))",
    ),
    Right("q1", "small = np.array(small)[None, :, :, None]"),
    Right("q2", "after_max, after_depth = [26, 39, 32], np.array((53, 80, 8))"),
    Right(
        "q2",
        "flat_parameters, average_parameters = np.float64(162245), np.array([165])",
    ),
    Right("q3", LOOP),
    Right(
        "q3",
        """
def min_pool(maps, size=2, strides=None):
    from course_utils.startup import keras
    maps = -np.asarray(maps, "float32")[None]
    return -keras.layers.MaxPooling2D(size, strides=strides)(maps)[0]
""",
    ),
    Right(
        "q3",
        """
def min_pool(maps, size=2, strides=None):
    strides = strides or size
    height, width, channels = maps.shape
    return [[[int(min(maps[i + u][j + v][c] for u in range(size) for v in range(size))) for c in range(channels)]
             for j in range(0, width - size + 1, strides)] for i in range(0, height - size + 1, strides)]
""",
    ),
    Right("q4", SHARE),
    Right(
        "q4",
        """
def unchanged(image, shift, window):
    inside = image[16:-16]
    same = total = 0
    for i in range(0, inside.shape[0] - window + 1, window):
        for j in range(16, image.shape[1] - 16 - window + 1, window):
            a, b = inside[i : i + window, j : j + window], inside[i : i + window, j - shift : j - shift + window]
            same, total = same + (a.max() == b.max()), total + 1
    return np.float64(same / total)
""",
    ),
    Right("q4", "measured, by_law, window_needed = round(measured, 4), 0.778, 19.0"),
    Right("q5", "poolings, next_stop, floor = 2.0, np.int64(8), ' C '"),
    Right(
        "q6",
        moved_by(
            "np.pad(images, ((0, 0), (0, 0), (shift, 0)))[:, :, : images.shape[2]]"
        ),
    ),
    Right(
        "q6",
        """
def share_changed(network, images, shift):
    changed = 0
    for image in images:
        moved = np.hstack([np.zeros((image.shape[0], shift)), image])[:, : image.shape[1]]
        changed += network(moved[None])[0] != network(image[None])[0]
    return np.float32(changed / len(images))
""",
    ),
    Right("q6", "worst, reason = 'Flatten', '(B)'"),
    Right("q7", "advice = advice.upper() + ' 1 2 3'"),
]
