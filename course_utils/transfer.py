"""Transfer learning as lesson 06 does it: a new head on a trained network, frozen at
first, then partly freed.
"""

from course_utils.startup import keras  # noqa: I001  (first, so that Keras starts quietly)

from dataclasses import dataclass

from keras import layers


@dataclass(frozen=True)
class Plan:
    """The settings of lesson 06 in its quick form, for the same runs with more seeds.

    size : height and width of the photos.
    photos : how many to train on.
    batch_size : photos a step.
    head_epochs, head_rate : training the head on the frozen backbone; rates fall along
        a cosine to zero.
    tuning_epochs, tuning_rate : fine-tuning, likewise.
    scratch_peak : the highest learning rate from scratch.
    start : the first layer of mini_xception that is freed for fine-tuning.
    """

    size: int = 128
    photos: int = 200
    batch_size: int = 32
    head_epochs: int = 4
    head_rate: float = 0.1
    tuning_epochs: int = 5
    tuning_rate: float = 0.001
    scratch_peak: float = 3e-3
    start: str = "block4_sepconv1_relu"


def augmentation():
    """Random changes that leave a flower a flower; active in training only.

    Mirrored or not, turned by up to 0.05 of a full turn (18°), contrast raised by up to
    20 %.  It takes and gives pixels of 0-255: contrast clips to its `value_range`.
    """
    return keras.Sequential(
        [
            layers.RandomFlip("horizontal"),
            layers.RandomRotation(0.05),
            layers.RandomContrast(0.2, value_range=(0, 255)),
        ],
        name="augmentation",
    )


def classifier(backbone, size, classes):
    """A photo classifier: augmentation, a backbone, global average pooling, batch norm
    and a softmax.

    The batch norm in the head puts the features of any backbone on one scale, so one
    learning rate suits them all.

    Parameters
    ----------
    backbone : a model from pixels of 0-255 to feature maps, such as
        `load_backbone(...).model`.
    size : height and width of the photos.
    classes : how many classes the softmax tells apart.

    Returns a `keras.Model` from (batch, size, size, 3) uint8 to (batch, classes).
    """
    photo = keras.Input((size, size, 3), dtype="uint8", name="photo")
    x = augmentation()(photo)
    x = backbone(x)
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.BatchNormalization(momentum=0.9, name="same_scale")(x)
    outputs = layers.Dense(classes, activation="softmax", name="head")(x)
    return keras.Model(photo, outputs)


def unfreeze_from(model, start, batch_norm=False):
    """Free the layer called `start` and all after it, and freeze those before.

    batch_norm : False keeps all batch norms frozen.  A frozen one uses the averages it
        came with and leaves them alone, in `fit` too; writing `training=False` where
        the model is called would not do: `fit` overrules it in Keras 3.

    Raises
    ------
    ValueError : `model` has no such layer.
    """
    names = [layer.name for layer in model.layers]
    if start not in names:
        raise ValueError(
            f"{model.name} has no layer {start!r}; its last ones are "
            f"{', '.join(names[-3:])}"
        )
    model.trainable = True
    for number, layer in enumerate(model.layers):
        norm = isinstance(layer, layers.BatchNormalization)
        layer.trainable = number >= names.index(start) and (batch_norm or not norm)


def for_photos_of_any_size(model):
    """The same classifier with cropping and resizing in front: raw photo in, class
    probabilities out.

    model : a classifier of squares, such as `classifier` makes.

    Returns a `keras.Model` from (batch, height, width, 3) uint8, any height and width,
    to (batch, classes).
    """
    size = model.input_shape[1]
    photo = keras.Input((None, None, 3), dtype="uint8", name="photo")
    x = layers.Resizing(size, size, crop_to_aspect_ratio=True)(photo)
    return keras.Model(photo, model(x))


def climb(flowers, plan, seed):
    """Train every rung of the ladder once; yields (rung, test accuracy, history), one
    after the other.

    Parameters
    ----------
    flowers : what `load_flowers(size=plan.size)` gives.
    plan : a `Plan`.
    seed : of weights, augmentation and the order of the photos.
    """
    import tensorflow as tf

    from course_utils.backbones import load_backbone
    from course_utils.training import fit, one_cycle

    train = (
        flowers.train.take(plan.photos)
        .cache()
        .shuffle(96, seed=seed)
        .batch(plan.batch_size)
    )
    train = train.prefetch(tf.data.AUTOTUNE)
    valid, test = flowers.valid.batch(75), flowers.test.batch(75)
    classes, epochs = len(flowers.class_names), plan.head_epochs + plan.tuning_epochs
    batches = -(-plan.photos // plan.batch_size)

    def backbone(trained):
        keras.utils.set_random_seed(seed)
        return load_backbone(
            "mini_xception", input_shape=(plan.size, plan.size, 3), trained=trained
        ).model

    def run(model, optimizer, epochs):
        model.compile(
            optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"]
        )
        history = fit(model, train, valid, epochs=epochs, verbose=0)
        return model.evaluate(test, verbose=0)[1], history

    def momentum(rate, epochs):
        return keras.optimizers.SGD(
            keras.optimizers.schedules.CosineDecay(rate, epochs * batches), momentum=0.9
        )

    head = lambda: momentum(plan.head_rate, plan.head_epochs)

    for rung, longer in (
        ("from scratch", 1),
        ("from scratch,\nthree times as long", 3),
    ):
        model = classifier(backbone(False), plan.size, classes)
        rate = one_cycle(plan.scratch_peak, longer * epochs * batches)
        yield rung, *run(model, keras.optimizers.Adam(rate), longer * epochs)

    eyes = backbone(False)
    for photos, _ in train:
        eyes(
            photos, training=True
        )  # batch norms see the photos once, so that the features have a sensible size
    eyes.trainable = False
    yield (
        "random, frozen",
        *run(classifier(eyes, plan.size, classes), head(), plan.head_epochs),
    )

    for rung, batch_norm in (
        ("fine-tuned", False),
        ("fine-tuned,\nbatch norm too", True),
    ):
        eyes = backbone(True)
        eyes.trainable = False
        model = classifier(eyes, plan.size, classes)
        frozen = run(model, head(), plan.head_epochs)
        if not batch_norm:
            yield "frozen", *frozen
        unfreeze_from(eyes, plan.start, batch_norm)
        yield (
            rung,
            *run(
                model,
                momentum(plan.tuning_rate, plan.tuning_epochs),
                plan.tuning_epochs,
            ),
        )
