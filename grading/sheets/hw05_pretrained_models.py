"""Homework 05 with other numbers."""

from grading.sheets.sheet import Answer, Sheet, mistakes

OF = ("height", "width")


def sheet(draw):
    """Question 1: another photograph, another frame.  Question 5: other maps."""
    # the frame's height to its width, and the photograph's width to its height
    a, b = draw.choice(((3, 4), (2, 3), (4, 5)))
    h = draw.choice((120, 180, 240, 300))
    c, d = draw.choice(((3, 4), (2, 3), (4, 5)))
    part = draw.choice(range(240, 601, 60))
    w, wide, high = h * b // a, c * part, d * part
    places, pixels = draw.choice((5, 6, 9, 10, 11, 12, 14)), draw.choice((16, 32, 64))
    text = (
        (
            "A photograph is 1,200 pixels high and 900 wide. A model wants 240 pixels "
            "in height and 320 in width.",
            f"A photograph is {high:,} pixels high and {wide:,} wide. A model wants "
            f"{h} pixels in height and {w} in width.",
        ),
        (
            "The maps are 7 × 7, and the photograph was 224 × 224.",
            f"The maps are {places} × {places}, and the photograph was "
            f"{places * pixels} × {places * pixels}.",
        ),
    )
    hints = (
        ("Proportions first: 320 / 240.", f"Proportions first: {w} / {h}."),
        ("240/1200 and 320/900", f"{h}/{high} and {w}/{wide}"),
    )
    fits = _cropped(h, w, high, wide), _inside(h, w, high, wide)
    fits = *fits, _ellipse(h, w, high, wide)
    return Sheet(text, {"q1": fits, "q5": (_place(places, pixels),)}, hints)


def _cropped(h, w, high, wide):
    right = (wide * h // w, wide)
    wrong = mistakes(
        right,
        (
            (h, w),
            "that is what the model gets; the question asks how large the piece is in "
            "the photograph.",
        ),
        ((wide, wide), "a square: but this model's frame is wider than it is high."),
        (
            (high, wide),
            "that is the whole photograph, and it does not have the model's "
            "proportions.",
        ),
        (
            right[::-1],
            "a piece that is higher than wide will not fill a frame that is wider than "
            "high: which side is which?",
        ),
        (
            (high, high * w // h),
            f"the photograph is {wide:,} pixels wide: a piece of {high * w // h:,} "
            "sticks out.",
        ),
        (
            (high, w),
            "both sides are cut in the same proportion as the frame: what is height "
            "over width there?",
        ),
    )
    otherwise = (
        "It should keep the whole width, and its width should be to its height as "
        f"{w} to {h}."
    )
    return Answer("cropped", right, wrong, otherwise, "sizes", of=OF)


def _inside(h, w, high, wide):
    right = (h, wide * h // high)
    too_large = f"that is the larger scale: its rows do not fit into {h}."
    wrong = mistakes(
        right,
        (
            (h, w),
            "that is the whole frame; the photograph does not fill it without being "
            "squeezed or cropped.",
        ),
        ((-(-high * w // wide), w), too_large),
        ((high * w // wide, w), too_large),
        (right[::-1], "height comes first, and the photograph is higher than wide."),
        ((h, h), "the photograph is not square, so it is not square inside the frame."),
        ((h, (w - right[1]) // 2), "that is the black bar on one side."),
        ((h, w - right[1]), "that is the black on both sides together."),
        ((w, h), f"the frame has {h} rows."),
    )
    otherwise = (
        f"Both sides get the same scale, the smaller of {h}/{high} and {w}/{wide}."
    )
    return Answer("inside", right, wrong, otherwise, "sizes", of=OF)


def _ellipse(h, w, high, wide):
    right = (w / wide) / (h / high)
    wrong = (
        (1 / right, "that is how high it is for its width: turn the fraction over."),
        (
            w / h,
            "those are the proportions of the frame; a ball in a photograph of another "
            "shape is squeezed more.",
        ),
        (
            wide / high,
            "those are the proportions of the photograph; compare the two scales.",
        ),
        (1, "it stays a circle only if both sides get the same scale."),
        (
            (w / high) / (h / wide),
            f"{w} columns come out of {wide:,}, and {h} rows out of {high:,}.",
        ),
        (
            w / wide,
            "that is the horizontal scale; now compare it with the vertical one.",
        ),
    )
    otherwise = "Horizontal scale over vertical scale."
    return Answer("ellipse", right, wrong, otherwise, digits=3)


def _place(places, pixels):
    whole = places * pixels
    wrong = (
        (places, "that is how many places there are in a row."),
        (pixels**2, "that is the area of a place; the question asks how wide it is."),
        (
            pixels / places,
            f"that is {pixels} / {places}: the division was made once too often.",
        ),
        (places**2, "that is the number of places."),
        (1 / pixels, "that is upside down."),
        (whole, "that is the whole photograph."),
        (
            whole / (places - 1),
            f"{places} places share {whole} pixels, and not {places - 1}.",
        ),
    )
    otherwise = f"{places} places share {whole} pixels."
    return Answer("pixels_a_place", pixels, wrong, otherwise)
