"""Non-max suppression inside a model: with Keras operations, and as many boxes out as
were agreed, whatever comes in.
"""

from course_utils.checks import whole_number
from course_utils.detection.suppression import checked_share
from course_utils.startup import keras

ops = keras.ops
PADDING = -1  # the label of a box that is none


def suppress(boxes, scores, iou_threshold=0.5, score_threshold=0.0, max_boxes=100):
    """The best boxes of each image, class by class, in tensors of a fixed size.

    Each place counts for its best class only.  The `max_boxes` surest go in, as
    candidates; from the surest down, each that is still there removes the less sure of
    its class that overlap it by more than the threshold.

    Parameters
    ----------
    boxes : (batch, places, 4), (y_min, x_min, y_max, x_max).
    scores : (batch, places, classes), from 0 to 1.
    iou_threshold : from 0 to 1.
    score_threshold : what is less sure is left out.  For average precision leave it
        at 0.
    max_boxes : how many candidates, and how many boxes come out.

    Returns
    -------
    dict of tensors: "boxes" (batch, max_boxes, 4), "labels" (batch, max_boxes) int32
    and "scores" (batch, max_boxes), the surest first.  What is not needed is padded:
    label −1, score 0, a box of zeros.
    """
    # top_k, since LiteRT's converter does not take all that Keras's argmax does
    best, which = (each[..., 0] for each in ops.top_k(scores, 1))
    count = min(max_boxes, best.shape[1])
    score, places = ops.top_k(best, count)
    label = ops.take_along_axis(which, places, axis=1)
    box = ops.take_along_axis(boxes, places[..., None], axis=1)
    label = ops.cast(label, "int32")

    same = label[:, :, None] == label[:, None, :]
    order = ops.arange(count)
    less_sure = order[:, None] < order[None, :]
    removes = same & less_sure & (_overlaps(box) > iou_threshold)

    def step(place, kept):
        row = ops.take(removes, place, axis=1)
        alive = ops.take(kept, place, axis=1)
        return kept & ~(row & alive[:, None])

    kept = ops.fori_loop(0, count, step, score > score_threshold)
    # the kept ones to the front, in their order
    _, front = ops.top_k(ops.where(kept, count - order, -order), count)
    kept = ops.take_along_axis(kept, front, axis=1)
    box, label, score = (
        ops.take_along_axis(box, front[..., None], axis=1),
        ops.take_along_axis(label, front, axis=1),
        ops.take_along_axis(score, front, axis=1),
    )
    found = {
        "boxes": ops.where(kept[..., None], box, 0.0),
        "labels": ops.where(kept, label, PADDING),
        "scores": ops.where(kept, score, 0.0),
    }
    rest = max_boxes - count
    if rest:
        found["boxes"] = ops.pad(found["boxes"], ((0, 0), (0, rest), (0, 0)))
        found["labels"] = ops.pad(
            found["labels"], ((0, 0), (0, rest)), constant_values=PADDING
        )
        found["scores"] = ops.pad(found["scores"], ((0, 0), (0, rest)))
    return found


def _overlaps(boxes):
    """IoU of each box with each, (batch, N, N)."""
    low = ops.maximum(boxes[:, :, None, :2], boxes[:, None, :, :2])
    high = ops.minimum(boxes[:, :, None, 2:], boxes[:, None, :, 2:])
    shared = ops.prod(ops.maximum(high - low, 0), axis=-1)
    area = ops.prod(ops.maximum(boxes[..., 2:] - boxes[..., :2], 0), axis=-1)
    covered = area[:, :, None] + area[:, None, :] - shared
    return shared / ops.maximum(covered, keras.config.epsilon())


@keras.saving.register_keras_serializable(package="course_utils")
class Answers(keras.layers.Layer):
    """The end of a detector: maps in, boxes after non-max suppression out.

    Parameters
    ----------
    head : a `GridHead`, an `AnchorHead` or an `FCOSHead`.
    class_names : the name of each label, kept in the file with the weights.
    iou_threshold, score_threshold, max_boxes : as for `suppress`.

    Shapes
    ------
    (batch, rows, columns, channels) -> what `suppress` returns, boxes cut off at the
    image's edges.
    """

    def __init__(
        self,
        head,
        class_names=(),
        iou_threshold=0.5,
        score_threshold=0.0,
        max_boxes=100,
        **options,
    ):
        super().__init__(**options)
        self.head = head
        self.class_names = list(class_names)
        if class_names and len(class_names) != head.classes:
            raise ValueError(
                f"{len(class_names)} class names came for a head of {head.classes} "
                "classes"
            )
        self.iou_threshold = checked_share(iou_threshold, "iou_threshold")
        self.score_threshold = checked_share(score_threshold, "score_threshold")
        self.max_boxes = whole_number(max_boxes, "max_boxes")

    def build(self, input_shape):
        if not self.head.built:
            self.head.build(input_shape)
        super().build(input_shape)

    def call(self, maps):
        boxes, scores = self.head.decode(self.head(maps))
        return suppress(
            ops.clip(boxes, 0, 1),
            scores,
            self.iou_threshold,
            self.score_threshold,
            self.max_boxes,
        )

    def compute_output_spec(self, maps):
        shape = (maps.shape[0], self.max_boxes)
        return {
            "boxes": keras.KerasTensor((*shape, 4), "float32"),
            "labels": keras.KerasTensor(shape, "int32"),
            "scores": keras.KerasTensor(shape, "float32"),
        }

    def get_config(self):
        return {
            **super().get_config(),
            "head": keras.saving.serialize_keras_object(self.head),
            "class_names": self.class_names,
            "iou_threshold": self.iou_threshold,
            "score_threshold": self.score_threshold,
            "max_boxes": self.max_boxes,
        }

    @classmethod
    def from_config(cls, config):
        head = keras.saving.deserialize_keras_object(config.pop("head"))
        return cls(head, **config)
