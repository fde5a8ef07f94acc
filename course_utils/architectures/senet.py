"""SENet (2017): every unit asks the whole image which of its feature maps matter.

Hu, Shen, Albanie, Sun and Wu, "Squeeze-and-Excitation Networks", 2017.  An ensemble of
such networks with the larger SENet-154 won ILSVRC 2017.

After the convolutions of a unit, each map is squeezed to its mean; two small dense
layers turn the means into one number between 0 and 1 a map, by which the map is
multiplied.  So a unit can turn down what does not fit the rest of the picture.  It
costs a tenth more parameters, almost no multiply-adds and some time, and fits into
almost any network.

Variant: SE-ResNet-50 with ratio 16, stride in the first 1×1 and no biases beside batch
normalization, 28,088,024 trainable parameters: as the authors' released model.
"""

from course_utils.architectures.network import network
from course_utils.architectures.resnet import bottleneck_resnet


@network(minimum=32)
def senet(input_shape=(224, 224, 3), classes=1000, include_top=True, ratio=16):
    """SE-ResNet-50; `ratio` is how narrow the dense layers are.

    Without the top it ends with 2,048 maps of 7×7.
    """
    return bottleneck_resnet(
        "senet",
        (3, 4, 6, 3),
        input_shape,
        classes,
        include_top,
        squeeze_ratio=ratio,
        epsilon=1e-5,
    )
