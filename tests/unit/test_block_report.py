"""What lesson 03 prints about a block: its price, and what was measured with it."""

import pytest

from course_utils import measured
from course_utils.architectures import blocks


def stored(*accuracies):
    """A result of the first two blocks, with a pair of accuracies for each seed."""
    return {
        "blocks": {
            name: {
                "changes": changes,
                "runs": [
                    {"seed": seed, "test_accuracy": pair[place], "cpu_seconds": 1.0}
                    for seed, pair in enumerate(accuracies)
                ],
            }
            for place, (name, changes) in enumerate(
                (("plain", None), ("batch_norm", "plain"))
            )
        }
    }


@pytest.fixture
def report(monkeypatch, capsys):
    """Print the report of a block, as if that had been measured."""

    def printed(block, result):
        if result is None:
            monkeypatch.setattr(measured, "measured", missing)
        else:
            monkeypatch.setattr(measured, "measured", lambda name: result)
        measured.block_report(block)
        return capsys.readouterr().out

    return printed


def missing(name):
    raise FileNotFoundError(name)


def test_a_block_is_counted_in_its_network(report):
    words = report(blocks.plain, None)
    cost = "12 and 24 maps: 27,610 parameters, 2.11 million multiply-adds"
    assert words == f"{cost}\nnot measured yet: make measure\n"


def test_a_changed_block_is_counted_as_it_is_and_not_as_the_librarys(report):
    def plain(x, filters):
        return blocks.plain(blocks.plain(x, filters), filters)

    assert "27,610" not in report(plain, None)


def test_before_any_seed_is_done_nothing_is_claimed(report):
    assert "not measured yet" in report(blocks.batch_norm, stored())


def test_one_seed_has_no_interval(report):
    words = report(blocks.batch_norm, stored((0.80, 0.85)))
    assert "test accuracy in percent: 85.0, one seed, so no interval" in words
    assert "compared with plain, in points: +5.0, one seed, so no interval" in words


def test_several_seeds_give_an_interval_of_their_paired_differences(report):
    words = report(blocks.batch_norm, stored((0.80, 0.84), (0.70, 0.76)))
    assert "test accuracy in percent: 80.0 (29.2 to 130.8), 2 seeds" in words
    assert "in points: +5.0 (-7.7 to +17.7), 2 seeds" in words


def test_the_first_block_is_compared_with_nothing(report):
    assert "compared" not in report(blocks.plain, stored((0.8, 0.9), (0.8, 0.9)))


def test_where_nothing_is_stored_the_table_has_no_rows(monkeypatch):
    monkeypatch.setattr(measured, "measured", missing)
    table = measured.measured_blocks()
    assert not len(table) and "accuracy" in table and "gains" in table
