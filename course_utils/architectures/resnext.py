"""ResNeXt-50 (2016): a ResNet whose 3×3 convolutions work in 32 separate groups.

Xie, Girshick, Dollár, Tu and He, "Aggregated Residual Transformations for Deep Neural
Networks", 2016.

A convolution in groups lets each group of channels see only itself, which divides its
cost by the number of groups. ResNeXt spends what it saves on width: twice as many
channels inside, for the cost of ResNet-50.  The number of groups ("cardinality") turns
out to be worth more than further depth or width.

Variant: ResNeXt-50 (32×4d), 32 groups of 4 channels in the first stage, stride in the
3×3; as many trainable parameters as torchvision's resnext50_32x4d, 25,028,904.  Train
it on a GPU: on a processor TensorFlow's grouped convolutions are far slower than their
multiply-adds promise.
"""

from course_utils.architectures.network import network
from course_utils.architectures.resnet import bottleneck_resnet


@network(minimum=32)
def resnext50(input_shape=(224, 224, 3), classes=1000, include_top=True):
    """ResNeXt-50 (32×4d).  Without the top it ends with 2,048 maps of 7×7."""
    return bottleneck_resnet(
        "resnext50",
        (3, 4, 6, 3),
        input_shape,
        classes,
        include_top,
        filters=128,
        expansion=2,
        groups=32,
        stride_at="3x3",
        epsilon=1e-5,
    )
