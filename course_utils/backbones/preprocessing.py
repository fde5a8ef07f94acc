"""What a network wants done to pixels of 0-255, as layers that can be saved and loaded
safely.

Three ways are in use, and they are called as `keras.applications` calls them, after
where they come from:

"tf"     all values to -1...1;
"torch"  to 0...1, then each channel less its ImageNet mean, divided by its ImageNet
         standard deviation;
"caffe"  red and blue exchanged, then each channel less its ImageNet mean; values stay
         as large as they were.

"inside" marks networks that have such layers of their own.  `Lambda(preprocess_input)`
would do as well, until the model is saved: Keras refuses to load it.
"""

import keras
from keras import layers, ops

# red, green, blue of ImageNet's training images, in 0...1
MEANS = (0.485, 0.456, 0.406)
DEVIATIONS = (0.229, 0.224, 0.225)
BGR_MEANS = (103.939, 116.779, 123.68)  # blue, green, red, in 0-255

IN_WORDS = {
    "tf": "values to −1…1",
    "torch": "each channel less its mean, by its deviation",
    "caffe": "BGR, each channel less its mean",
    "inside": "none: the network has it inside",
}


@keras.saving.register_keras_serializable(package="course_utils")
class ReverseChannels(layers.Layer):
    """Reverse the order of the channels: RGB becomes BGR, and BGR becomes RGB.

    (batch, height, width, channels) in, the same shape out.
    """

    def call(self, images):
        return ops.flip(images, axis=-1)

    def compute_output_shape(self, input_shape):
        return input_shape


def preprocessing_layers(way):
    """The layers that turn pixels of 0-255 into what a network wants.

    Parameters
    ----------
    way : "tf", "torch", "caffe" or "inside".

    Raises
    ------
    KeyError : for another one.
    """
    make = {
        "tf": lambda: [layers.Rescaling(1 / 127.5, offset=-1.0, name="preprocessing")],
        "torch": lambda: [
            layers.Rescaling(
                [1 / (255 * deviation) for deviation in DEVIATIONS],
                offset=[
                    -mean / deviation
                    for mean, deviation in zip(MEANS, DEVIATIONS, strict=True)
                ],
                name="preprocessing",
            )
        ],
        "caffe": lambda: [
            ReverseChannels(name="rgb_to_bgr"),
            layers.Rescaling(
                1.0, offset=[-mean for mean in BGR_MEANS], name="preprocessing"
            ),
        ],
        "inside": lambda: [],
    }
    return make[way]()
