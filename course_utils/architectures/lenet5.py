"""LeNet-5 (1998): the network that read cheques.

LeCun, Bottou, Bengio and Haffner, "Gradient-Based Learning Applied to Document
Recognition", 1998.

Two rounds of convolution and averaging shrink a 32×32 digit to 16 small maps; a last
convolution that covers a whole map turns them into 120 numbers, and two dense layers
decide.  Weights are shared across the image, so a stroke is recognised wherever it
stands.  All of it was learned from the pixels to the class, with no features designed
by hand: that was the news.

Variant: the layer sizes of the paper, in today's terms.  Each of the sixteen maps of C3
sees all six of S2 (in the paper fifteen of them see only three or four: 1,516
parameters instead of 2,416), the averages have no weights of their own, and a softmax
stands where the paper compares with drawn digits (RBF units).  With ten classes: 61,706
parameters.
"""

import keras
from keras import layers

from course_utils.architectures.network import network


@network(minimum=28, any_size=False)
def lenet5(input_shape=(32, 32, 1), classes=10, include_top=True, activation="tanh"):
    """LeNet-5; `activation="relu"` is what one would use today.  28×28 digits are
    framed to 32×32, as in the paper.

    Without the top it ends with S4: 16 maps of 5×5.
    """
    inputs = keras.Input(input_shape)
    x = inputs
    if min(input_shape[:2]) < 32:
        x = layers.ZeroPadding2D(2, name="frame")(x)
    x = layers.Conv2D(6, 5, activation=activation, name="C1")(x)
    x = layers.AveragePooling2D(2, name="S2")(x)
    x = layers.Conv2D(16, 5, activation=activation, name="C3")(x)
    x = layers.AveragePooling2D(2, name="S4")(x)
    if include_top:
        x = layers.Conv2D(120, 5, activation=activation, name="C5")(x)
        x = layers.Flatten()(x)
        x = layers.Dense(84, activation=activation, name="F6")(x)
        x = layers.Dense(classes, activation="softmax", name="predictions")(x)
    return keras.Model(inputs, x, name="lenet5")
