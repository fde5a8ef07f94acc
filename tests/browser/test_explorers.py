"""Every explorer in a real browser, moved by keyboard alone.

All stand in one notebook, a cell each. What the browser shows is compared with the
same explorer without a browser, set to the state that the keys lead to: its words and
every byte of its picture.
"""

import io
import json
import statistics
import time

import numpy as np
import pytest
from PIL import Image

from course_utils.plots.figure import CARD
from course_utils.widgets import EXPLORERS, ConvolutionExplorer, PhotoClassifier
from course_utils.widgets.explorer import Explorer
from tests.browser.conftest import SIZE
from tests.browser.lab import BACK, GALLERY, NotebookPage, errors_in

EACH = pytest.mark.parametrize(
    "shown", EXPLORERS, ids=lambda explorer: explorer.__name__, indirect=True
)
POINTED = pytest.mark.parametrize(
    "shown",
    [explorer for explorer in EXPLORERS if explorer.browser_touches],
    ids=lambda explorer: explorer.__name__,
    indirect=True,
)
NARROW = {"width": 900, "height": 800}
FLOOD = 60  # key presses, as fast as the browser takes them
AFTER_THE_FLOOD = 3  # seconds until the last picture is there
MOST_BETWEEN = 20  # pixels from one control to the next one below


@pytest.fixture(scope="module")
def page_of_all(browser, browser_context_args, server):
    """The gallery, all its cells run."""
    context = browser.new_context(**browser_context_args)
    gallery = NotebookPage(context.new_page(), server)
    gallery.open(GALLERY)
    gallery.run_all(300)
    yield gallery
    gallery.close()
    context.close()


@pytest.fixture(scope="module")
def latencies(screenshots):
    """Median milliseconds a key press, by explorer; written down at the end."""
    found = {}
    yield found
    (screenshots / "latency.json").write_text(json.dumps(found, indent=2) + "\n")


class Shown:
    """An explorer on the page, and beside it the same explorer without a browser.

    Both are as a cell has just made them, whatever other tests did before, and in
    whatever order and process they ran.
    """

    def __init__(self, gallery, kind):
        self.gallery, self.kind = gallery, kind
        cell = 1 + EXPLORERS.index(kind)
        gallery.run_cell(cell)
        (self.live,) = gallery.explorers_in(cell)
        self.expected = kind()


def away_from_the_picture(shown):
    """Where nothing rests on a place, so that the state is what is shown."""
    shown.gallery.page.mouse.move(5, 5)


@pytest.fixture
def shown(request, page_of_all):
    """One explorer, made anew for each test."""
    return Shown(page_of_all, request.param)


def test_no_cell_of_the_gallery_ends_in_an_error(page_of_all):
    assert not errors_in(page_of_all.cells())


@EACH
def test_it_can_be_seen_in_a_wide_and_in_a_narrow_window(shown, screenshots):
    page = shown.gallery.page
    for size in (NARROW, SIZE):
        page.set_viewport_size(size)
        page.wait_for_timeout(200)
        shown.live.scroll_into_view()
        page.wait_for_timeout(200)
        name = f"{shown.kind.__name__}-{size['width']}.png"
        page.screenshot(path=screenshots / name)
    assert shown.live.alt() == shown.expected.describe()
    assert shown.live.picture() == shown.expected.picture()


@EACH
def test_its_picture_has_round_corners_as_the_figures_have(shown):
    """On a dark page a figure is a white card; see `CARD`."""
    assert f"border-radius: {shown.live.round_corners()}" in CARD


@EACH
def test_no_gap_stands_between_controls(shown):
    """A table of numbers is as high as several controls beside it."""
    page = shown.gallery.page
    for size in (NARROW, SIZE):
        page.set_viewport_size(size)
        page.wait_for_timeout(200)
        assert shown.live.largest_gap() <= MOST_BETWEEN, size
        if shown.kind is ConvolutionExplorer:
            shown.live.focus("Kernel size")
            shown.live.press("End")  # the largest table
            shown.expected.set(size=7)
            assert shown.live.alt_becomes(shown.expected.describe())
            assert shown.live.largest_gap() <= MOST_BETWEEN, size


@EACH
def test_every_control_has_an_accessible_name(shown):
    assert not shown.live.unnamed_controls()


@EACH
def test_a_key_is_followed_by_a_picture(shown, latencies):
    """There and back, so that the state stays."""
    label, key, _ = shown.kind.browser_steps[0]
    shown.live.focus(label)
    milliseconds = statistics.median(shown.live.time_keys([key, BACK[key]] * 10))
    latencies[shown.kind.__name__] = round(milliseconds, 1)
    print(f"{shown.kind.__name__}: {milliseconds:.0f} ms from key press to picture")
    assert shown.live.alt_becomes(shown.expected.describe())


@EACH
def test_each_key_leads_to_the_state_it_should(shown):
    for label, key, values in shown.kind.browser_steps:
        shown.live.focus(label)
        assert shown.live.focus_is_visible(), f"no focus is seen on {label!r}"
        cells = len(shown.gallery.cells())
        shown.live.press(key)
        shown.expected.set(**values)
        words = shown.expected.describe()
        assert shown.live.alt_becomes(words), (
            f"{key} on {label!r} gives {shown.live.alt()!r} instead of {words!r}"
        )
        assert shown.live.picture() == shown.expected.picture(), (
            f"{key} on {label!r} gives another picture than the state's"
        )
        assert len(shown.gallery.cells()) == cells, (
            f"{key} on {label!r} changed the notebook's cells"
        )


@POINTED
def test_each_touch_leads_to_the_state_it_should(shown, screenshots):
    """Pressed, dragged and let go: what stands there then is that state's picture."""
    assert shown.live.feels_the_pointer()
    for name, way, values in shown.kind.browser_touches:
        places = {p.name: p for p in shown.expected.places(shown.expected.state)}
        shown.live.drag(places[name], way)
        shown.expected.set(**values)
        words = shown.expected.describe()
        away_from_the_picture(shown)
        assert shown.live.alt_becomes(words), (
            f"{name} gives {shown.live.alt()!r} instead of {words!r}"
        )
        assert shown.live.picture_becomes(shown.expected.picture())
    name = f"{shown.kind.__name__}-touched.png"
    shown.gallery.page.screenshot(path=screenshots / name)


@POINTED
def test_a_pointer_that_rests_shows_what_a_press_would_give(shown):
    expected = shown.expected
    hovered = [place for place in expected.places(expected.state) if place.hover]
    if not hovered:
        pytest.skip("nothing to rest on")
    assert shown.live.feels_the_pointer()
    words, place = expected.describe(), hovered[-1]
    shown.live.point_at(place, 0.3, 0.3)
    expected.drag(place.name, (0.3, 0.3))
    assert shown.live.alt_becomes(expected.describe())
    away_from_the_picture(shown)
    assert shown.live.alt_becomes(words), "it does not come back"


@POINTED
def test_a_picture_follows_the_pointer(shown, latencies):
    """Milliseconds from a movement of the pointer that is held down to the picture."""
    assert shown.live.feels_the_pointer()
    name, way, _ = shown.kind.browser_touches[0]
    places = {p.name: p for p in shown.expected.places(shown.expected.state)}
    if len(way) < 2:
        pytest.skip("pressed, not dragged")
    milliseconds = statistics.median(shown.live.time_drags(places[name], way))
    latencies[f"{shown.kind.__name__}, dragged"] = round(milliseconds, 1)
    print(f"{shown.kind.__name__}: {milliseconds:.0f} ms from pointer to picture")


@EACH
def test_reset_leads_back_to_the_start_by_keyboard(shown):
    label, key, values = shown.kind.browser_steps[0]
    words = shown.expected.describe()
    shown.live.focus(label)
    shown.live.press(key)
    shown.expected.set(**values)
    assert shown.live.alt_becomes(shown.expected.describe())
    shown.live.focus("Reset")
    shown.live.press("Enter")
    assert shown.live.alt_becomes(words)


@pytest.mark.parametrize(
    "shown",
    [explorer for explorer in EXPLORERS if explorer.step is not Explorer.step],
    ids=lambda explorer: explorer.__name__,
    indirect=True,
)
def test_play_steps_on_until_it_is_pressed_again_or_the_end_comes(shown):
    steps, made = 0, shown.kind()
    while (values := made.step(made.state)) is not None:
        made.set(**values)
        steps += 1
    shown.live.focus("Play")
    shown.live.count_pictures()
    shown.live.press("Enter")
    if steps < 50:
        assert shown.live.alt_becomes(made.describe(), seconds=30)
        return
    shown.gallery.page.wait_for_timeout(1500)
    assert shown.live.pictures_counted() >= 3
    shown.live.focus("Stop")
    shown.live.press("Enter")
    assert shown.live.alt_changes("")
    words = shown.live.alt()
    assert words != shown.expected.describe()
    shown.gallery.page.wait_for_timeout(1000)
    assert shown.live.alt() == words


@pytest.mark.parametrize(
    "shown", [ConvolutionExplorer], ids=["ConvolutionExplorer"], indirect=True
)
def test_the_weights_of_a_large_kernel_are_not_clipped(shown):
    for kernel in ("vertical edges", "blur"):
        shown.live.focus("Kernel size")
        shown.live.press("End")
        if kernel == "blur":
            shown.live.focus("Kernel")
            for _ in range(5):
                shown.live.press("ArrowDown")
        shown.expected.set(size=7, kernel=kernel)
        assert shown.live.alt_becomes(shown.expected.describe())
        assert not shown.live.clipped_fields()


@pytest.mark.parametrize(
    "shown", [PhotoClassifier], ids=["PhotoClassifier"], indirect=True
)
def test_a_photo_can_be_uploaded_and_a_text_is_refused(shown):
    square = io.BytesIO()
    Image.new("RGB", (90, 60), "orange").save(square, "PNG")
    files = {"essay.docx": b"not an image", "orange.png": square.getvalue()}
    for name, content in files.items():
        shown.live.focus("Upload a photo")
        with shown.gallery.page.expect_file_chooser() as chooser:
            shown.live.press("Enter")
        chooser.value.set_files(
            {"name": name, "mimeType": "image/png", "buffer": content}
        )
        shown.expected.open(content, name)
        words = shown.expected.describe()
        assert shown.live.alt_becomes(words), (
            f"uploading {name} gives {shown.live.alt()!r} instead of {words!r}"
        )


@pytest.mark.parametrize(
    "shown", [PhotoClassifier], ids=["PhotoClassifier"], indirect=True
)
def test_a_photo_larger_than_a_message_of_jupyter_is_shrunk_and_classified(shown):
    """Jupyter drops messages over 10 MB without a word: 10.7 MB, as a camera gives."""
    noise = np.random.default_rng(1).integers(0, 256, (1500, 2400, 3), "uint8")
    photo, content = io.BytesIO(), Image.fromarray(noise)
    content.save(photo, "PNG", compress_level=0)
    assert len(photo.getvalue()) > 10_700_000
    shown.live.focus("Upload a photo")
    with shown.gallery.page.expect_file_chooser() as chooser:
        shown.live.press("Enter")
    chooser.value.set_files(
        {"name": "large.png", "mimeType": "image/png", "buffer": photo.getvalue()}
    )
    words = "The picture large.png, and what"
    assert shown.live.alt_begins(words, seconds=30), shown.live.alt()


@EACH
def test_after_many_fast_keys_the_last_picture_is_the_right_one(shown, screenshots):
    label, key, values = shown.kind.browser_flood
    shown.expected.set(**values)
    # the first time this may start TensorFlow: not while the clock runs
    words, picture = shown.expected.describe(), shown.expected.picture()
    shown.live.focus(label)
    shown.live.count_pictures()
    for _ in range(FLOOD):
        shown.live.press(key)
    pressed = time.monotonic()
    assert shown.live.alt_becomes(words, seconds=20)
    late = time.monotonic() - pressed
    shown.gallery.page.screenshot(
        path=screenshots / f"{shown.kind.__name__}-driven.png"
    )
    print(
        f"{shown.kind.__name__}: {FLOOD} fast keys, {shown.live.pictures_counted()} "
        f"pictures, the last {1000 * late:.0f} ms after"
    )
    assert shown.live.picture() == picture
    assert late <= AFTER_THE_FLOOD, f"the last picture came {late:.1f} s late"


def test_the_console_holds_no_error(page_of_all):
    assert not page_of_all.console_errors
