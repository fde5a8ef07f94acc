"""Answers to homework 06: transfer learning."""

from tests.homework import Right, Wrong

POINTS = {"q1": 3, "q2": 6, "q3": 4, "q4": 3, "q5": 4, "q6": 3, "q7": 3, "q8": 3}

ADD_HEAD = """
def add_head(backbone, classes):
    backbone.trainable = False
    model = keras.Sequential([
        keras.Input((16, 16, 3)),
        backbone,
        layers.GlobalAveragePooling2D(),
        layers.Dense(classes, activation="softmax"),
    ])
    optimizer = keras.optimizers.SGD(learning_rate=0.1, momentum=0.9)
    model.compile(optimizer=optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model
"""

FINE_TUNE = """
def fine_tune(model, backbone, start):
    backbone.trainable = True
    free = False
    for layer in backbone.layers:
        if layer.name == start:
            free = True
        layer.trainable = free
        if isinstance(layer, layers.BatchNormalization):
            layer.trainable = False
    optimizer = keras.optimizers.SGD(learning_rate=0.01, momentum=0.9)
    model.compile(optimizer=optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model
"""
COMPILE_HEAD = ADD_HEAD[ADD_HEAD.index("    optimizer") : ADD_HEAD.index("    return")]
COMPILE_TUNE = FINE_TUNE[
    FINE_TUNE.index("    optimizer") : FINE_TUNE.index("    return")
]

AUGMENT = (
    "augment = keras.Sequential([layers.RandomFlip('horizontal'), "
    "layers.RandomRotation(0.05), layers.RandomContrast(0.2, value_range=(-1, 1))])"
)

WEIGHTS = """
def class_weights(labels):
    labels = list(labels)
    classes = set(labels)
    total = len(labels)
    return {c: total / (len(classes) * labels.count(c)) for c in classes}
"""

HEAD = """
def test_accuracy(represent, train, test):
    head = LogisticRegression(max_iter=1000)
    head.fit(represent(train[0]), train[1])
    return head.score(represent(test[0]), test[1])
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
    # q1: splits and steps
    Wrong("q1", "n_train = 2414", "validation photographs only"),
    Wrong("q1", "n_train = 0.9 * 0.85 * 2840", "15 % of all"),
    Wrong("q1", "n_train = 2840", "two parts are put aside"),
    Wrong("q1", "steps = 66", "drops the last batch"),
    Wrong("q1", "steps = 2130 / 32", "no half step"),
    Wrong("q1", "steps = 89", "with all photographs"),
    Wrong("q1", "deal = 'a'", "would have a twin"),
    Wrong("q1", "deal = 'c'", "recognising the twin"),
    Wrong("q1", "judge = 'test'", "the luckiest of twelve"),
    Wrong("q1", "judge = 'training'", "by heart"),
    # q2: freeze and free
    Wrong("q2", "def add_head(backbone, classes):\n    ...", "gives back nothing"),
    Wrong(
        "q2",
        changed(ADD_HEAD, ("backbone.trainable = False", "pass")),
        "weights of the backbone would learn",
    ),
    Wrong(
        "q2",
        changed(
            ADD_HEAD,
            ("    return model", "    model.trainable = False\n    return model"),
        ),
        "the head is frozen",
    ),
    Wrong(
        "q2",
        changed(
            ADD_HEAD,
            ("    backbone.trainable = False\n", ""),
            ("    return model", "    backbone.trainable = False\n    return model"),
        ),
        "freezes afterwards",
    ),
    Wrong("q2", changed(ADD_HEAD, (COMPILE_HEAD, "")), "is not compiled"),
    Wrong(
        "q2", changed(ADD_HEAD, ("GlobalAveragePooling2D", "Flatten")), "not Flatten"
    ),
    Wrong("q2", changed(ADD_HEAD, (', activation="softmax"', "")), "needs a softmax"),
    Wrong(
        "q2",
        changed(ADD_HEAD, ("learning_rate=0.1", "learning_rate=0.01")),
        "it should be 0.1",
    ),
    Wrong(
        "q2",
        changed(ADD_HEAD, ("SGD(learning_rate=0.1, momentum=0.9)", "Adam(0.1)")),
        "keras.optimizers.SGD",
    ),
    Wrong(
        "q2",
        changed(
            ADD_HEAD, ("sparse_categorical_crossentropy", "categorical_crossentropy")
        ),
        "whole numbers",
    ),
    Wrong(
        "q2",
        changed(
            FINE_TUNE,
            ("    backbone.trainable = True\n", ""),
            ("layer.trainable = free", "pass"),
        ),
        "still only the head would learn",
    ),
    Wrong(
        "q2",
        changed(FINE_TUNE, ("free = False", "free = True")),
        "frees block1_conv too",
    ),
    Wrong(
        "q2",
        changed(
            FINE_TUNE,
            ("free = False", "free = True"),
            ("            free = True", "            free = False"),
        ),
        "the other way round",
    ),
    Wrong(
        "q2",
        changed(
            FINE_TUNE,
            (
                "        if layer.name == start:\n            free = True\n        "
                "layer.trainable = free\n",
                "        layer.trainable = free\n        if layer.name == start:\n    "
                "        free = True\n",
            ),
        ),
        "should be free too",
    ),
    Wrong("q2", changed(FINE_TUNE, (COMPILE_TUNE, "")), "does not compile again"),
    Wrong(
        "q2",
        changed(FINE_TUNE, (COMPILE_TUNE, "")).replace(
            "    backbone.trainable = True\n",
            COMPILE_TUNE + "    backbone.trainable = True\n",
        ),
        "compiling notes what is to learn",
    ),
    Wrong(
        "q2",
        changed(FINE_TUNE, ("learning_rate=0.01", "learning_rate=0.1")),
        "destroy what the backbone knows",
    ),
    Wrong(
        "q2",
        changed(FINE_TUNE, ("learning_rate=0.01", "learning_rate=0.001")),
        "it should be 0.01",
    ),
    Wrong(
        "q2",
        changed(FINE_TUNE, ("layer.trainable = False", "pass")),
        "a training step changes the stored averages",
    ),
    Wrong(
        "q2",
        changed(FINE_TUNE, ("layer.trainable = False", "pass"))
        + changed(
            ADD_HEAD,
            (
                "model = keras.Sequential([\n        keras.Input((16, 16, 3)),\n      "
                "  backbone,\n"
                "        layers.GlobalAveragePooling2D(),\n"
                '        layers.Dense(classes, activation="softmax"),\n    ])',
                "photos = keras.Input((16, 16, 3))\n"
                "    x = layers.GlobalAveragePooling2D()(backbone(photos, "
                "training=False))\n"
                "    model = keras.Model(photos, layers.Dense(classes, "
                'activation="softmax")(x))',
            ),
        ),
        "does not hold it",
    ),
    Wrong(
        "q2",
        changed(
            FINE_TUNE,
            (
                "    return model",
                "    return add_head(backbone, model.output.shape[-1])",
            ),
        ),
        "another head",
    ),
    Wrong(
        "q2",
        changed(FINE_TUNE, ("== start", '== "block2_conv"')),
        "it should be the third only",
    ),
    Wrong(
        "q2",
        changed(
            FINE_TUNE,
            (
                "    return model",
                "    for weight in backbone.weights:\n        weight.assign(0 * "
                "weight.value)\n    return model",
            ),
        ),
        "changed what the backbone knows",
    ),
    # q3: curves
    Wrong("q3", "run_1 = 'c'", "training is at 100 % already"),
    Wrong("q3", "run_1 = 'b'", "throws training down too"),
    Wrong("q3", "run_2 = 'a'", "What was switched on"),
    Wrong("q3", "run_2 = 'c'", "will not come back"),
    Wrong("q3", "run_3 = 'd'", "a harmless reason"),
    Wrong("q3", "run_4 = 'a'", "is validation to be trusted"),
    Wrong("q3", "run_4 = 'c'", "it was 71 %"),
    Wrong("q3", "best_epoch = 4", "counting from 0"),
    Wrong("q3", "best_epoch = 8", "by heart"),
    Wrong("q3", "best_epoch = 0.81", "that is the accuracy"),
    Wrong("q3", "unseen_is_easier = 'a'", "hardly lift it above"),
    Wrong("q3", "unseen_is_easier = 'c'", "less certain"),
    # q4: augmentation
    Wrong(
        "q4",
        changed(AUGMENT, (", value_range=(-1, 1)", "")),
        "everything dark is cut off",
    ),
    Wrong(
        "q4",
        changed(AUGMENT, (", value_range=(-1, 1)", ", value_range=(0, 1)")),
        "everything dark is cut off",
    ),
    Wrong(
        "q4",
        changed(AUGMENT, ("'horizontal'", "'horizontal_and_vertical'")),
        "upside down",
    ),
    Wrong("q4", changed(AUGMENT, ("'horizontal'", "'vertical'")), "upside down"),
    Wrong(
        "q4",
        changed(AUGMENT, ("layers.RandomFlip('horizontal'), ", "")),
        "mirrors none",
    ),
    Wrong(
        "q4",
        changed(AUGMENT, ("RandomRotation(0.05)", "RandomRotation(0.15)")),
        "too far; 0.05",
    ),
    Wrong("q4", changed(AUGMENT, (" layers.RandomRotation(0.05),", "")), "turns none"),
    Wrong(
        "q4",
        "augment = keras.Sequential([layers.RandomFlip('horizontal'), "
        "layers.RandomRotation(0.05)])",
        "changes the contrast of none",
    ),
    Wrong(
        "q4",
        "augment = [layers.RandomFlip('horizontal')]",
        "should be a keras.Sequential",
    ),
    Wrong(
        "q4",
        changed(AUGMENT, ("0.2, value", "0.9, value")),
        "changes contrast too much",
    ),
    Wrong(
        "q4",
        changed(AUGMENT, ("(-1, 1))", "(-1, 1)), layers.Rescaling(2)")),
        "outside of −1 to 1",
    ),
    # q5: rare birds
    Wrong("q5", "baseline = 0.25", "equally frequent"),
    Wrong("q5", "baseline = 375 / 426", "of the real network"),
    Wrong("q5", "baseline = 277 / 426", "*called* sparrows"),
    Wrong("q5", "found = 0.75", "their precision"),
    Wrong("q5", "found = 6 / 426", "divide by the kingfishers"),
    Wrong("q5", "balanced = 0.88", "the ordinary accuracy"),
    Wrong("q5", "balanced = 0.835815", "mean of the precisions"),
    Wrong("q5", "balanced = '73 %'", "should be one number"),
    Wrong("q5", "def class_weights(labels):\n    ...", "gives back nothing"),
    Wrong(
        "q5",
        changed(
            WEIGHTS, ("total / (len(classes) * labels.count(c))", "labels.count(c)")
        ),
        "gives the counts",
    ),
    Wrong(
        "q5",
        changed(
            WEIGHTS,
            (
                "total / (len(classes) * labels.count(c))",
                "len(classes) * labels.count(c) / total",
            ),
        ),
        "turn the fraction over",
    ),
    Wrong(
        "q5",
        changed(WEIGHTS, ("(len(classes) * labels.count(c))", "labels.count(c)")),
        "right proportions",
    ),
    Wrong(
        "q5",
        changed(
            WEIGHTS,
            ("total / (len(classes) * labels.count(c))", "1 - labels.count(c) / total"),
        ),
        "one minus the share",
    ),
    Wrong("q5", changed(WEIGHTS, ("total / (", "total // (")), "whole-number division"),
    Wrong(
        "q5",
        changed(WEIGHTS, ("labels.count(c))", "6)")),
        "gives every class the weight",
    ),
    Wrong(
        "q5",
        changed(
            WEIGHTS,
            ("return {c: total", "return [total"),
            ("for c in classes}", "for c in classes]"),
        ),
        "should give a dictionary",
    ),
    Wrong(
        "q5",
        changed(
            WEIGHTS,
            ("set(labels)", "range(int(max(labels)) + 1)"),
            ("labels.count(c))", "max(labels.count(c), 1))"),
        ),
        "only the classes 2, 5 and 9 occur",
    ),
    # q6: borrowed eyes
    Wrong(
        "q6",
        "def test_accuracy(represent, train, test):\n    ...",
        "gives back nothing",
    ),
    Wrong(
        "q6",
        changed(HEAD, ("represent(test[0]), test[1]", "represent(train[0]), train[1]")),
        "on the training photographs",
    ),
    Wrong(
        "q6",
        changed(HEAD, ("represent(train[0]), train[1]", "represent(test[0]), test[1]")),
        "learn from the test photographs",
    ),
    Wrong("q6", changed(HEAD, ("return", "return 1 -")), "of errors"),
    Wrong("q6", changed(HEAD, ("return", "return 100 *")), "between 0 and 1"),
    Wrong(
        "q6",
        HEAD.replace(
            "represent(train[0])", "train[0].reshape(len(train[0]), -1)"
        ).replace("represent(test[0])", "test[0].reshape(len(test[0]), -1)"),
        "never calls `represent`",
    ),
    Wrong(
        "q6",
        changed(
            HEAD,
            (
                "head.score(represent(test[0]), test[1])",
                "head.predict(represent(test[0]))",
            ),
        ),
        "one number",
    ),
    Wrong("q6", "borrowed, from_pixels = from_pixels, borrowed", "belongs to `eyes`"),
    Wrong("q6", "borrowed = 1.0", "run its cell again"),
    Wrong("q6", "borrowed = 100 * borrowed", "from 0 to 1"),
    Wrong("q6", "from_pixels = pixels", "should be one number"),
    Wrong("q6", "thirty = 'a'", "no flower was among"),
    Wrong("q6", "thirty = 'c'", "every one of them by heart"),
    Wrong("q6", "thirty = 'd'", "been made for"),
    # q7: the hunt
    Wrong("q7", "trick = {}", "as it was"),
    Wrong("q7", "trick = 'brighter'", "should be a dictionary"),
    Wrong("q7", "trick = {'blur': 3}", "there are background, tint"),
    Wrong("q7", "trick = {'tint': (2, 2, 2)}", "leaves its limits"),
    Wrong("q7", "trick = {'scale': 0.2}", "leaves its limits"),
    Wrong("q7", "trick = {'tint': 1.3}", "wants 3 numbers"),
    Wrong("q7", "trick = {'turn': (20, 20)}", "wants one number"),
    Wrong("q7", "trick = {'background': 'blue'}", "wants 3 numbers"),
    Wrong("q7", "trick = {'cover': (10, 10, 60)}", "24 is the most"),
    Wrong("q7", "trick = {'shift': (-20, 20)}", "hides the flower instead"),
    Wrong("q7", "trick = {'turn': 20}", "still says dandelion"),
    Wrong("q7", "trick = {'turn': float('nan')}", "leaves its limits"),
    # q8: in words
    Wrong("q8", "advice = ''", "is empty"),
    Wrong("q8", "advice = 'Use the validation part.'", "words; 50"),
    Wrong("q8", "advice = None", "still open"),
    Wrong("q8", "import re\nadvice = re.sub(r'[0-9]', '', advice)", "names no result"),
    Wrong(
        "q8",
        "advice = advice.replace('validation', 'third').replace('twelve', "
        "'many').replace('luck', 'fate')",
        "the choice among twelve",
    ),
]

RIGHT = [
    Right(
        "q1", "n_train, steps, deal, judge = np.int64(2130), 67.0, '(B)', ' Validation'"
    ),
    Right("q2", ADD_HEAD + FINE_TUNE),
    Right(
        "q2",
        """
class Still(layers.Layer):
    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def call(self, photos):
        return self.inner(photos, training=False)


def add_head(backbone, classes):
    for layer in backbone.layers:
        layer.trainable = False
    photos = keras.Input((16, 16, 3))
    x = layers.GlobalAveragePooling2D()(Still(backbone)(photos))
    model = keras.Model(photos, layers.Dense(classes, "softmax")(x))
    model.compile(keras.optimizers.SGD(0.1, 0.9), keras.losses.SparseCategoricalCrossentropy())
    return model


def fine_tune(model, backbone, start):
    names = [layer.name for layer in backbone.layers]
    for layer in backbone.layers[names.index(start):]:
        layer.trainable = True
    model.compile(keras.optimizers.SGD(0.01), model.loss)
    return model
""",
    ),
    Right(
        "q2",
        changed(
            FINE_TUNE,
            (
                COMPILE_TUNE,
                "    model.compile(keras.optimizers.Adam(0.01), "
                '"sparse_categorical_crossentropy")\n',
            ),
        ),
    ),
    Right("q2", changed(FINE_TUNE, ("    backbone.trainable = True\n", ""))),
    Right(
        "q3",
        "run_1, run_2, run_3, run_4, best_epoch, unseen_is_easier = 'A', '(b)', 'c', "
        "'D', np.int64(5), 'B'",
    ),
    Right(
        "q4",
        "augment = keras.Sequential([layers.RandomContrast(0.2, value_range=(-1, 1)), "
        "layers.RandomRotation((-0.05, 0.05)), layers.RandomFlip('horizontal')])",
    ),
    Right(
        "q4",
        "augment = keras.Sequential([layers.Rescaling(127.5, offset=127.5), "
        "layers.RandomFlip('horizontal'),"
        " layers.RandomRotation(0.05, fill_mode='nearest'), layers.RandomContrast(0.2),"
        " layers.Rescaling(1 / 127.5, offset=-1)])",
    ),
    Right(
        "q5", WEIGHTS + "\nbaseline, found, balanced = 0.62, 0.333, np.float32(0.7298)"
    ),
    Right(
        "q5",
        """
from sklearn.utils.class_weight import compute_class_weight
def class_weights(labels):
    classes = np.unique(labels)
    return dict(zip(classes, compute_class_weight("balanced", classes=classes, y=np.array(labels))))
""",
    ),
    Right(
        "q5",
        """
def class_weights(labels):
    from collections import Counter
    counts = Counter(int(label) for label in labels)
    return {c: np.float32(sum(counts.values()) / len(counts) / n) for c, n in counts.most_common()}
""",
    ),
    Right("q8", "advice = advice.upper()"),
    Right("q6", HEAD),
    Right(
        "q6",
        """
def test_accuracy(represent, train, test):
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    head = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    said = head.fit(represent(train[0]), train[1]).predict(represent(test[0]))
    return sum(a == b for a, b in zip(said, test[1])) / len(said)
borrowed, from_pixels = (test_accuracy(one, train, test) for one in (eyes, pixels))
""",
    ),
    Right("q7", "trick = {'tint': np.array([1.3, 1.3, 1.3])}"),
    Right("q7", "trick = {'tint': [1.3, 0.7, 1.3], 'scale': 0.7}"),
    Right("q7", "trick = dict(background=(0, 0, 0), tint=(1.3, 1.3, 1.3), turn=-20)"),
]
