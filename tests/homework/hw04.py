"""Answers to homework 04: ResNet-34."""

from tests.homework import Right, Wrong

POINTS = {"q1": 3, "q2": 6, "q3": 4, "q4": 3, "q5": 4, "q6": 3}

BOTTLENECK = """
def bottleneck(x, narrow, strides=1):
    z = layers.Conv2D(narrow, 1, use_bias=False)(x)
    z = layers.BatchNormalization()(z)
    z = layers.ReLU()(z)
    z = layers.Conv2D(narrow, 3, strides, padding="same", use_bias=False)(z)
    z = layers.BatchNormalization()(z)
    z = layers.Activation("relu")(z)
    z = layers.Conv2D(4 * narrow, 1, use_bias=False)(z)
    z = layers.BatchNormalization()(z)
    skip = x
    if strides != 1 or x.shape[-1] != 4 * narrow:
        skip = layers.Conv2D(4 * narrow, 1, strides, use_bias=False)(x)
        skip = layers.BatchNormalization()(skip)
    z = layers.Add()([z, skip])
    return layers.ReLU()(z)
"""

BASIC = """
def bottleneck(x, narrow, strides=1):
    z = layers.Conv2D(4 * narrow, 3, strides, padding="same", use_bias=False)(x)
    z = layers.ReLU()(layers.BatchNormalization()(z))
    z = layers.BatchNormalization()(layers.Conv2D(4 * narrow, 3, padding="same", use_bias=False)(z))
    if strides != 1 or x.shape[-1] != 4 * narrow:
        x = layers.BatchNormalization()(layers.Conv2D(4 * narrow, 1, strides, use_bias=False)(x))
    return layers.ReLU()(layers.add([z, x]))
"""

REPAIRED = """
def residual_unit(x, filters, strides=1):
    skip = x
    x = layers.Conv2D(filters, 3, strides, padding="same", use_bias=False)(x)
    x = layers.ReLU()(layers.BatchNormalization()(x))
    x = layers.Conv2D(filters, 3, padding="same", use_bias=False)(x)
    x = layers.BatchNormalization()(x)
    if strides != 1 or skip.shape[-1] != filters:
        skip = layers.Conv2D(filters, 1, strides, use_bias=False)(skip)
        skip = layers.BatchNormalization()(skip)
    return layers.ReLU()(x + skip)
"""

SILENCE = """
def silence(model):
    for layer in model.layers:
        if layer.name.startswith("norm") and layer.name.endswith("b"):
            layer.gamma.assign(np.zeros(8))
"""

MOVED = """
def moved(model, images, labels):
    kept = [[w.numpy() for w in layer.trainable_weights] for layer in model.layers]
    model.train_on_batch(images, labels)
    names = set()
    for layer, old in zip(model.layers, kept):
        new = [w.numpy() for w in layer.trainable_weights]
        if any((a != b).any() for a, b in zip(old, new)):
            names.add(layer.name)
    return names
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
    # q1: sizes and parameters
    Wrong("q1", "weighted_layers = 14", "the stem and the dense layer"),
    Wrong("q1", "weighted_layers = 18", "on the skips"),
    Wrong("q1", "weighted_layers = 9", "you counted one"),
    Wrong("q1", "weighted_layers = '16 layers'", "should be one number"),
    Wrong("q1", "last_maps = (6, 10, 192)", "no pooling"),
    Wrong("q1", "last_maps = (24, 40, 192)", "one halving is missing"),
    Wrong("q1", "last_maps = (20, 12, 192)", "changed places"),
    Wrong("q1", "last_maps = (12, 20, 48 * 2 + 96 * 3 + 192 * 2)", "is not right"),
    Wrong("q1", "last_maps = (12, 20)", "2 entries"),
    Wrong("q1", "last_maps = (1, 12, 20, 192)", "batch size"),
    Wrong("q1", "widening_unit = 125184", "the skip is missing"),
    Wrong("q1", "widening_unit = 129792", "followed by a batch norm too"),
    Wrong("q1", "widening_unit = 88704", "what the first one made"),
    Wrong("q1", "widening_unit = 167040", "not 3 × 3"),
    Wrong("q1", "only_measured = 1152", "are learned"),
    Wrong("q1", "only_measured = 384", "three batch norms"),
    Wrong("q1", "only_measured = 0", "measures a mean"),
    # q2: a bottleneck unit
    Wrong("q2", "def bottleneck(x, narrow, strides=1):\n    ...", "gives back nothing"),
    Wrong(
        "q2",
        changed(
            BOTTLENECK,
            ("z = layers.Conv2D(4 * narrow, 1,", "z = layers.Conv2D(narrow, 1,"),
            ("layers.Add()([z, skip])", "z"),
        ),
        "last 1 × 1 convolution widens again",
    ),
    Wrong(
        "q2",
        changed(BOTTLENECK, ("layers.Add()", "layers.Concatenate()")),
        "not put beside it",
    ),
    Wrong(
        "q2",
        changed(
            BOTTLENECK,
            ('padding="same"', 'padding="valid"'),
            ("layers.Add()([z, skip])", "z"),
        ),
        "pads with",
    ),
    Wrong(
        "q2",
        changed(
            BOTTLENECK,
            ("narrow, 3, strides,", "narrow, 3,"),
            ("1, strides, use", "1, use"),
        ),
        "who takes the stride",
    ),
    Wrong(
        "q2",
        changed(
            BOTTLENECK,
            ("narrow, 3, strides,", "narrow, 3,"),
            ("z = layers.Conv2D(narrow, 1,", "z = layers.Conv2D(narrow, 1, strides,"),
        ),
        "three quarters of the places",
    ),
    Wrong("q2", BOTTLENECK.replace(", use_bias=False", ""), "has a bias"),
    Wrong(
        "q2",
        changed(
            BOTTLENECK,
            (
                "skip = layers.Conv2D(4 * narrow, 1, strides, use_bias=False)",
                "skip = layers.Conv2D(4 * narrow, 1, strides)",
            ),
        ),
        "on the skip has a bias",
    ),
    Wrong(
        "q2",
        BOTTLENECK.replace("narrow, 3, strides", "4 * narrow, 3, strides"),
        "which is the point",
    ),
    Wrong("q2", BASIC, "the unit of ResNet-34"),
    Wrong(
        "q2",
        changed(BOTTLENECK, ('z = layers.Activation("relu")(z)', "pass")),
        "there is no ReLU after it",
    ),
    Wrong(
        "q2",
        changed(BOTTLENECK, ("    z = layers.ReLU()(z)\n", "")),
        "the first batch norm gives",
    ),
    Wrong(
        "q2",
        changed(BOTTLENECK, ("[z, skip]", "[layers.ReLU()(z), skip]")),
        "ReLU before the addition",
    ),
    Wrong(
        "q2",
        changed(BOTTLENECK, ("return layers.ReLU()(z)", "return z")),
        "the last ReLU is missing",
    ),
    Wrong(
        "q2",
        changed(BOTTLENECK, ("layers.Add()([z, skip])", "z")),
        "nothing of the input comes out",
    ),
    Wrong(
        "q2",
        changed(
            BOTTLENECK,
            ("if strides != 1 or x.shape[-1] != 4 * narrow", "if strides != 1"),
        ),
        "whenever the shapes differ",
    ),
    Wrong(
        "q2",
        changed(
            BOTTLENECK,
            (
                "if strides != 1 or x.shape[-1] != 4 * narrow",
                "if x.shape[-1] != 4 * narrow",
            ),
        ),
        "Your code stops with",
    ),
    Wrong(
        "q2",
        changed(
            BOTTLENECK, ("if strides != 1 or x.shape[-1] != 4 * narrow", "if True")
        ),
        "and yet its skip has",
    ),
    Wrong(
        "q2",
        changed(BOTTLENECK, ("        skip = layers.BatchNormalization()(skip)\n", "")),
        "batch norm of its own",
    ),
    Wrong(
        "q2",
        changed(
            BOTTLENECK,
            (
                "skip = layers.BatchNormalization()(skip)",
                "skip = layers.ReLU()(layers.BatchNormalization()(skip))",
            ),
        ),
        "just before the addition",
    ),
    Wrong(
        "q2",
        changed(
            BOTTLENECK, ("1, strides, use_bias=False)(x)", "1, use_bias=False)(z)")
        ),
        "the unit's input",
    ),
    Wrong(
        "q2",
        BOTTLENECK.replace("    z = layers.BatchNormalization()(z)\n", "", 1),
        "and 2 batch norms",
    ),
    Wrong(
        "q2",
        "made = {}\ninner = bottleneck\ndef bottleneck(x, narrow, strides=1):\n    "
        "key = (x.shape, narrow, strides)\n"
        "    if key not in made:\n        made[key] = keras.Model(x, inner(x, narrow, "
        "strides))\n"
        "    return made[key](x)",
        "not twice the weights",
    ),
    # q3: four mistakes
    Wrong(
        "q3",
        changed(REPAIRED, ("filters, 3, padding", "filters, 3, strides, padding")),
        "what is added has different sizes",
    ),
    Wrong(
        "q3",
        changed(
            REPAIRED,
            ("filters, 3, padding", "filters, 3, strides, padding"),
            ("filters, 1, strides,", "filters, 1, strides * strides,"),
        ),
        "takes its stride twice",
    ),
    Wrong(
        "q3",
        changed(
            REPAIRED,
            (
                "    x = layers.BatchNormalization()(x)\n",
                "    x = layers.ReLU()(layers.BatchNormalization()(x))\n",
            ),
        ),
        "cannot take anything away",
    ),
    Wrong(
        "q3",
        changed(REPAIRED, (" or skip.shape[-1] != filters", "")),
        "4 channels cannot be added to 6",
    ),
    Wrong(
        "q3",
        changed(REPAIRED, ("if strides != 1 or skip.shape[-1] != filters", "if True")),
        "does not need",
    ),
    Wrong(
        "q3",
        changed(
            REPAIRED, ("1, strides, use_bias=False)(skip)", "1, use_bias=False)(x)")
        ),
        "around the main path",
    ),
    Wrong(
        "q3",
        changed(REPAIRED, ("return layers.ReLU()(x + skip)", "return x + skip")),
        "comes after the addition",
    ),
    Wrong(
        "q3",
        changed(
            REPAIRED,
            (
                "layers.ReLU()(layers.BatchNormalization()(x))",
                "layers.BatchNormalization()(x)",
            ),
        ),
        "that one was right",
    ),
    Wrong(
        "q3",
        changed(
            REPAIRED, ("filters, 3, strides,", "filters, 3,"), ("1, strides,", "1,")
        ),
        "must take the stride",
    ),
    Wrong(
        "q3",
        changed(
            REPAIRED,
            (
                'filters, 3, padding="same", use_bias=False',
                "filters, 3, padding='same'",
            ),
        ),
        "that was not wrong",
    ),
    # q4: gradients
    Wrong("q4", "plain, residual = 'a', 'e'", "had to pass all of them"),
    Wrong("q4", "plain = 'a'", "factor of four"),
    Wrong("q4", "plain = 'd'", "nothing is silenced"),
    Wrong("q4", "residual = 'c'", "one unit is silent"),
    Wrong("q4", "residual_hole = 'b'", "every unit is silent"),
    Wrong("q4", "residual_hole = 'd'", "walks around the hole"),
    Wrong("q4", "plain_hole = 'c'", "layers 1 to 11"),
    Wrong("q4", "plain_hole, zero_gamma = 'b', 'd'", "they do get a gradient"),
    Wrong("q4", "zero_gamma = 'a'", "multiplied by γ = 0"),
    Wrong("q4", "zero_gamma = 2", "one of 'a', 'b'"),
    # q5: silent units
    Wrong("q5", "def silence(model):\n    ...", "every weight is as it was"),
    Wrong(
        "q5",
        changed(SILENCE, (' and layer.name.endswith("b")', "")),
        "in every batch norm",
    ),
    Wrong("q5", changed(SILENCE, ('"b"', '"a"')), "the last is meant"),
    Wrong("q5", changed(SILENCE, ("np.zeros(8)", "np.ones(8) / 9")), "but not to 0"),
    Wrong("q5", changed(SILENCE, ("layer.gamma", "layer.beta")), "every weight is as"),
    Wrong(
        "q5",
        changed(SILENCE, ("layer.gamma", "layer.moving_mean"), ("np.zeros", "np.ones")),
        "more of a batch norm",
    ),
    Wrong(
        "q5",
        changed(SILENCE, ('startswith("norm")', 'startswith("norm1")')),
        "every unit is meant",
    ),
    Wrong(
        "q5",
        changed(MOVED, ("model.train_on_batch(images, labels)", "pass")),
        "takes no step",
    ),
    Wrong(
        "q5",
        changed(
            MOVED,
            (
                "model.train_on_batch(images, labels)",
                "model.fit(images, labels, verbose=0)",
            ),
        ),
        "one step",
    ),
    Wrong("q5", MOVED.replace("trainable_weights", "weights"), "the running averages"),
    Wrong(
        "q5",
        changed(
            MOVED,
            (
                "kept = [[w.numpy() for w in layer.trainable_weights]",
                "kept = [layer.trainable_weights",
            ),
            ("(a != b).any()", "(a.numpy() != b).any()"),
        ),
        "nothing has moved",
    ),
    Wrong("q5", changed(MOVED, ("!=", "==")), "have *not* moved"),
    Wrong(
        "q5", changed(MOVED, ("names.add(layer.name)", "names.add(layer)")), "as text"
    ),
    Wrong(
        "q5", changed(MOVED, ("return names", "return len(names)")), "a set of names"
    ),
    Wrong(
        "q5",
        changed(
            MOVED, ("return names", "return {w.path for w in model.trainable_weights}")
        ),
        "of their layers",
    ),
    Wrong(
        "q5",
        "first = moved(stack(3, skips=True), images, labels)",
        "was the network silenced",
    ),
    Wrong("q5", "first = without_skips", "without skips"),
    Wrong("q5", "second = first", "do not build it anew"),
    Wrong("q5", "second = second - first", "not only the new"),
    Wrong("q5", "without_skips = first", "build it with skips=False"),
    Wrong(
        "q5",
        "without_skips = moved(stack(3, skips=False), images, labels)",
        "was not silenced",
    ),
    Wrong("q5", "first = len(first)", "a set of names"),
    Wrong("q5", "why = 'a'", "at the same rate"),
    Wrong("q5", "why = 'b'", "both of its sides"),
    Wrong("q5", "why = 'd'", "a common factor"),
    # q6: in words
    Wrong("q6", "good_start = ' '", "is empty"),
    Wrong("q6", "good_start = 'Skips help, zero gamma does not.'", "words; 50"),
    Wrong("q6", "good_start = ['skips', 'help']", "should be text"),
    Wrong(
        "q6",
        "import re\ngood_start = re.sub(r'[0-9]', '', good_start)",
        "names no result",
    ),
    Wrong(
        "q6",
        "good_start = good_start.replace('ithout', 'ith').replace('plain', '')",
        "nothing about the network without",
    ),
    Wrong(
        "q6",
        "good_start = 'the skip learns without reason ' * 20 + '1 2'",
        "again and again",
    ),
]

RIGHT = [
    Right(
        "q1",
        "import numpy as np\nweighted_layers, last_maps = 16.0, "
        "np.array([12, 20, 192])",
    ),
    Right(
        "q1",
        "last_maps, widening_unit, only_measured = [12, 20, 192], 130176.0, "
        "'576'.__len__() * 192",
    ),
    Right("q2", BOTTLENECK),
    Right(
        "q2",
        changed(
            BOTTLENECK,
            ("layers.Add()([z, skip])", "keras.ops.add(skip, z)"),
            ("return layers.ReLU()(z)", "return keras.ops.relu(z)"),
        ),
    ),
    Right(
        "q2",
        """
class Unit(layers.Layer):
    def __init__(self, narrow, strides):
        super().__init__()
        conv = lambda *plan: layers.Conv2D(*plan, padding="same", use_bias=False)
        self.main = [conv(narrow, 1), layers.BatchNormalization(), layers.ReLU(), conv(narrow, 3, strides),
                     layers.BatchNormalization(), layers.ReLU(), conv(4 * narrow, 1), layers.BatchNormalization()]
        self.skip, self.narrow, self.strides = [], narrow, strides

    def build(self, shape):
        if self.strides > 1 or shape[-1] != 4 * self.narrow:
            self.skip = [layers.Conv2D(4 * self.narrow, 1, self.strides, use_bias=False), layers.BatchNormalization()]
        for path in (self.main, self.skip):
            now = shape
            for layer in path:
                layer.build(now)
                now = layer.compute_output_shape(now)

    def call(self, x):
        z = x
        for layer in self.main:
            z = layer(z)
        for layer in self.skip:
            x = layer(x)
        return keras.activations.relu(z + x)


def bottleneck(x, narrow, strides=1):
    return Unit(narrow, strides)(x)
""",
    ),
    Right("q3", REPAIRED),
    Right(
        "q3",
        changed(
            REPAIRED,
            (
                "return layers.ReLU()(x + skip)",
                "return keras.ops.relu(layers.add([skip, x]))",
            ),
        ),
    ),
    Right(
        "q3",
        changed(
            REPAIRED,
            (
                "if strides != 1 or skip.shape[-1] != filters",
                "if skip.shape != x.shape",
            ),
        ),
    ),
    Right(
        "q4",
        "plain, residual, residual_hole, plain_hole, zero_gamma = 'E', '(a)', 'C', ' "
        "d ', 'b'",
    ),
    Right("q6", "good_start = good_start.upper()"),
    Right("q5", SILENCE + MOVED),
    Right(
        "q5",
        """
def silence(model):
    names = [layer.name for layer in model.layers if layer.name[:4] == "norm"]
    for name in names[1::2]:
        model.get_layer(name).gamma.assign([0.0] * 8)
    return model
def moved(model, images, labels):
    before = {w.path: w.numpy() for w in model.trainable_weights}
    model.fit(images, labels, batch_size=len(images), verbose=0)
    return sorted({w.path.split("/")[-2] for w in model.trainable_weights if not np.array_equal(w, before[w.path])})
""",
    ),
    Right("q5", "first, second, why = sorted(first), tuple(second), 'C'"),
]
