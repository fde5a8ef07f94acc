"""Every table looks alike: numbers at the right, thousands separated, units, no colour,
and the same cells on a page and in plain text.
"""

import re
from html.parser import HTMLParser

import numpy as np
import pandas
import pytest
from IPython.core.interactiveshell import InteractiveShell

from course_utils.tables import Table, show_frames_as_tables

NETWORKS = pandas.DataFrame(
    {
        "name": ["lenet5", "vgg19"],
        "parameters": [61_706, 143_667_240],
        "multiply-adds": [416_520, 19_632_062_464],
        "top-1": [np.nan, 71.3],
        "residual": [False, True],
    }
)


class Page(HTMLParser):
    """The cells of a table and where each is set, row by row, as a browser reads it."""

    def __init__(self, page):
        super().__init__()
        self.rows, self.sides = [], []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
            self.sides.append(dict(attributes)["style"].removeprefix("text-align: "))

    def handle_data(self, words):
        if self.rows and self.rows[-1]:
            self.rows[-1][-1] += words.strip()


def test_a_table_in_plain_text():
    units = {"parameters": "million", "multiply-adds": "billion", "top-1": "%"}
    decimals = {"parameters": 2, "multiply-adds": 3}
    assert repr(Table(NETWORKS, units, decimals)) == (
        "name    parameters (million)  multiply-adds (billion)  top-1 (%)  residual\n"
        "lenet5                  0.06                    0.000          –  no\n"
        "vgg19                 143.67                   19.632       71.3  yes"
    )


def test_whole_numbers_have_their_thousands_separated():
    assert "143,667,240" in repr(Table(NETWORKS)) and "61,706" in repr(Table(NETWORKS))


def test_page_and_plain_text_hold_the_same():
    table = Table(NETWORKS, note="Counted by building each.")
    page = Page(table._repr_html_().partition("<p>")[0])
    text = repr(table).splitlines()
    assert [re.split(r"\s{2,}", line) for line in text[:-1]] == page.rows
    assert page.sides == ["left", "right", "right", "right", "left"] * 3
    assert text[-1] == "Counted by building each."
    assert "<p>Counted by building each.</p>" in table._repr_html_()


def test_it_has_no_colour_so_that_any_page_may_have_its_own():
    page = Table(NETWORKS)._repr_html_()
    assert not re.search(r"color|background|border|#[0-9a-f]{3}", page)


def test_words_are_escaped():
    page = Table({"<b>": ["a & b", "<i>"]}, note="x < y")._repr_html_()
    assert "<b>" not in page and "<i>" not in page
    assert "a &amp; b" in page and "x &lt; y" in page


@pytest.mark.parametrize(
    "values, written",
    [
        ([1.5, 2.25], ["1.50", "2.25"]),
        ([1 / 3, 2.0], ["0.333", "2.000"]),
        ([np.float32(0.1), 3], ["0.1", "3.0"]),
        ([np.int64(12_000), 3], ["12,000", "3"]),
        ([-0.0001, 1.2345], ["0.000", "1.234"]),
        ([-12.5, 1e6], ["-12.5", "1,000,000.0"]),
        ([None, 4], ["–", "4"]),
        ([pandas.NA, "known"], ["–", "known"]),
        ([np.True_, False], ["yes", "no"]),
        (["unknown", 5], ["unknown", "5"]),
        ([(28, 28)], ["(28, 28)"]),
    ],
)
def test_each_kind_of_value(values, written):
    assert [cell for (cell,) in Table({"x": values}).rows] == written


def test_a_mixed_column_of_numbers_is_set_at_the_right_and_others_on_demand():
    data = {"work": ["unknown", 5], "size": ["4 kB", "12 MB"], "name": ["a", "b"]}
    sides = [right for *_, right in Table(data, right=["size"]).columns]
    assert sides == [True, True, False]


def test_bytes_are_given_whole_and_shown_in_their_unit():
    assert Table({"memory": [1_500_000, 250_000]}, {"memory": "MB"}).rows == [
        ("1.50",),
        ("0.25",),
    ]


def test_an_index_that_only_counts_is_left_out_and_any_other_is_a_column():
    frame = pandas.DataFrame({"x": [1, 2]})
    assert Table(frame).rows == [("1",), ("2",)]
    named = frame.set_axis(["a", "b"])
    assert Table(named).rows == [("a", "1"), ("b", "2")]
    assert [row[0] for row in Table(frame.rename_axis("epoch")).rows] == ["0", "1"]
    levels = frame.set_axis(pandas.MultiIndex.from_tuples([("a", 1), ("b", 2)]))
    assert Table(levels).rows == [("a", "1", "1"), ("b", "2", "2")]


def test_rows_may_be_dicts():
    rows = [{"name": "a", "x": 1}, {"name": "b", "y": 2}]
    assert Table(rows).rows == [("a", "1", "–"), ("b", "–", "2")]


def test_a_long_table_is_cut_and_says_so():
    table = Table({"x": range(2000)}, most=10)
    assert len(table.rows) == 10 and "… and 1,990 more rows" in repr(table)
    assert "1,990 more rows" in table._repr_html_()


@pytest.mark.parametrize(
    "arguments", [{"units": {"y": "%"}}, {"decimals": {"y": 2}}, {"right": ["y"]}]
)
def test_a_column_that_is_not_there_is_named(arguments):
    with pytest.raises(ValueError, match="no column is called 'y'; there are x"):
        Table({"x": [1]}, **arguments)


def test_columns_of_different_lengths_are_refused():
    with pytest.raises(ValueError, match="differ in length: {'x': 1, 'y': 2}"):
        Table({"x": [1], "y": [1, 2]})


def test_a_notebook_shows_every_frame_so(monkeypatch):
    shell = InteractiveShell()
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)
    show_frames_as_tables()
    shown, _ = shell.display_formatter.format(NETWORKS)
    assert shown["text/plain"] == repr(Table(NETWORKS))
    assert shown["text/html"] == Table(NETWORKS)._repr_html_()


def test_without_a_notebook_nothing_happens(monkeypatch):
    monkeypatch.setattr("IPython.get_ipython", lambda: None)
    show_frames_as_tables()
