"""The line under a "your turn" cell answers what was typed, and gives nothing away."""

import numpy as np
import pytest

from course_utils.your_turn import reply

MISTAKES = {(32, 57): "That is the size under 'valid' padding."}


def said(capsys, *arguments, **options):
    reply(*arguments, **options)
    return capsys.readouterr().out


@pytest.mark.parametrize("nothing", [..., None])
def test_a_cell_as_shipped_is_told_that_nothing_is_typed(capsys, nothing):
    words = said(capsys, nothing, (35, 60), MISTAKES)
    assert words.startswith("Nothing typed yet.")
    assert "35" not in words and "60" not in words


@pytest.mark.parametrize("typed", [(35, 60), [35, 60], np.array([35, 60]), (35.0, 60)])
def test_a_right_answer_is_right_in_whatever_way_it_is_written(capsys, typed):
    assert said(capsys, typed, (35, 60), MISTAKES).startswith("Yes: ")


def test_a_likely_mistake_is_named(capsys):
    words = said(capsys, (32, 57), (35, 60), MISTAKES)
    assert words == "Not (32, 57). That is the size under 'valid' padding.\n"


@pytest.mark.parametrize("typed", [(35, 61), (60, 35), "35", object])
def test_any_other_answer_is_wrong_and_does_not_show_the_right_one(capsys, typed):
    words = said(capsys, typed, (35, 60), MISTAKES)
    assert words.startswith("Not ") and "(35, 60)" not in words


@pytest.mark.parametrize("typed", [35, (1, 35, 60)])
def test_as_many_numbers_are_wanted_as_the_answer_has(capsys, typed):
    assert f"asks for 2, and you typed {np.size(typed)}" in said(
        capsys, typed, (35, 60)
    )


def test_a_guess_at_something_measured_may_be_near(capsys):
    assert said(capsys, 0.9, 0.87, within=0.05).startswith("Yes")
    assert said(capsys, 0.8, 0.87, within=0.05).startswith("Not")
    assert said(capsys, 0.8, 0.87).startswith("Not")


def test_words_are_compared_without_capitals(capsys):
    assert said(capsys, " Dense", "dense").startswith("Yes")
    assert said(capsys, "conv", "dense").startswith("Not")
    assert said(capsys, True, True).startswith("Yes")


def test_one_number_may_stand_in_a_tuple(capsys):
    assert said(capsys, (3,), 3).startswith("Yes")
    assert said(capsys, 3, (3,)).startswith("Yes")
