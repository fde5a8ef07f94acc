"""Homework 03 with other numbers."""

from grading.sheets.sheet import Answer, Sheet


def sheet(draw):
    """Question 1: another batch of other photographs."""
    side, f = draw.choice((160, 192, 224, 288, 320)), draw.choice((24, 40, 48, 56))
    batch = draw.choice((24, 40, 48, 56))
    half_, quarter = side // 2, side // 4
    layers = [side**2 * f, side**2 * f, half_**2 * f, half_**2 * 2 * f]
    layers += [quarter**2 * 2 * f, quarter**2 * 4 * f]
    one = 4 * sum(layers) / 1e6
    now, pools = batch * one, 4 * batch * (layers[2] + layers[4]) / 1e6
    photos = 4 * batch * 3 * side**2 / 1e6
    answers = (
        Answer(
            "now",
            now,
            (
                (one, f"that is one photograph; the batch has {batch}."),
                (8 * now, "that is in bits; 8 bits are a byte."),
                (2 * now, "that is with 8 bytes a number; 32 bits are 4."),
                (now - pools, "the outputs of the poolings are kept too."),
                (4 * batch * layers[0] / 1e6, "that is the largest layer alone."),
                (now / 1.048576, "here a MB has 1,000,000 bytes."),
                (now + photos, "you counted the photographs too."),
            ),
            f"Six layers, {batch} photographs, 4 bytes a number.",
            digits=3,
        ),
        Answer(
            "batch_of_8",
            8 * one,
            (
                (now / 2, "memory is proportional to the batch: what is 8 of it?"),
                (16 * one, "that is a batch of 16."),
                (4 * one, "that is a batch of 4."),
                (one, "that is one photograph; the batch has 8."),
            ),
            f"From {batch} to 8 photographs: by which factor does memory change?",
            digits=3,
        ),
        Answer(
            "stem_stride_2",
            now / 4,
            (
                (now / 2, "height and width are both halved: a quarter, not a half."),
                (now / 8, "the channels stay; only height and width are halved."),
                (
                    now - 3 * batch * layers[0] / 1e6,
                    "only conv1 has shrunk here; all after it shrinks too.",
                ),
            ),
            "Every layer from conv1 on has half the height and half the width.",
            digits=3,
        ),
    )
    text = (
        (
            "batches of 32 photographs of 256 × 256",
            f"batches of {batch} photographs of {side} × {side}",
        ),
        ("conv1 | (256, 256, 32)", f"conv1 | ({side}, {side}, {f})"),
        ("conv2 | (256, 256, 32)", f"conv2 | ({side}, {side}, {f})"),
        ("pool1 | (128, 128, 32)", f"pool1 | ({half_}, {half_}, {f})"),
        ("conv3 | (128, 128, 64)", f"conv3 | ({half_}, {half_}, {2 * f})"),
        ("pool2 | (64, 64, 64)", f"pool2 | ({quarter}, {quarter}, {2 * f})"),
        ("conv4 | (64, 64, 128)", f"conv4 | ({quarter}, {quarter}, {4 * f})"),
    )
    return Sheet(text, {"q1": answers})
