"""One model from a raw photograph of any size to a mask of that size."""

from course_utils.startup import keras  # noqa: I001  (first, so that Keras starts quietly)

from keras import layers, ops


@keras.saving.register_keras_serializable(package="course_utils")
class ResizeLike(layers.Layer):
    """Resize maps, bilinearly, to the height and width that other images have.

    Called with two tensors: maps (batch, h, w, channels), and images (batch, height,
    width, any).  Gives (batch, height, width, channels).  The sizes may differ from
    call to call.
    """

    def call(self, maps, images):
        height, width = ops.shape(images)[1:3]
        return _along(_along(maps, 1, height), 2, width)

    def compute_output_shape(self, maps_shape, images_shape):
        return (*images_shape[:3], maps_shape[-1])


def for_photos_of_any_size(model):
    """A model that takes raw photographs of any size, 0-255, and gives masks of that
    size; to be saved as one file.

    The photograph is resized to the model's size (its aspect ratio is not kept) and
    averaged where it shrinks, as the photographs are that `load_flower_masks` and
    `load_pets` give for training.  The probabilities, not the classes, are resized
    back: classes cannot be averaged.
    For a photograph much larger than the model's size `predict_tiles` sees more.

    Parameters
    ----------
    model : (batch, size, size, 3) → (batch, size, size, classes).

    Returns
    -------
    A `keras.Model` from (batch, height, width, 3) to (batch, height, width)
    int32.  `course_utils.segmentation` must be imported before it is loaded.
    """
    photo = keras.Input((None, None, 3), name="photo")
    # training=False: Resizing would count as a layer in training, and all after it
    resize = layers.Resizing(*model.input_shape[1:3], antialias=True)
    small = resize(photo, training=False)
    probabilities = ResizeLike(name="as_large_as_the_photo")(model(small), photo)
    return keras.Model(photo, ArgMax(name="mask")(probabilities), name=model.name)


@keras.saving.register_keras_serializable(package="course_utils")
class ArgMax(layers.Layer):
    """The most probable class: (batch, height, width, classes) → (batch, height,
    width) int32.
    """

    def call(self, probabilities):
        return ops.cast(ops.argmax(probabilities, axis=-1), "int32")

    def compute_output_shape(self, input_shape):
        return input_shape[:-1]


def _along(maps, axis, size):
    """Maps with another size along an axis, as `ops.image.resize` gives it; that one
    takes no size that is known only when a photograph comes.
    """
    known = maps.shape[axis]
    place = (
        (ops.arange(size, dtype="float32") + 0.5) * known / ops.cast(size, "float32")
    )
    place = ops.clip(place - 0.5, 0, known - 1)
    before = ops.floor(place)
    share = ops.reshape(place - before, [-1 if axis == n else 1 for n in range(4)])
    before = ops.cast(before, "int32")
    after = ops.minimum(before + 1, known - 1)
    mixed = [ops.take(maps, place, axis=axis) for place in (before, after)]
    return mixed[0] * (1 - share) + mixed[1] * share
