"""The mutations that the checks must notice still fit the library, and their runner
tells what it saw.
"""

import re

import pytest

from tools import mutants

LISTED = mutants.read(mutants.LIST)


def test_there_are_twenty_mutations_at_least():
    assert len(LISTED) >= 20


@pytest.mark.parametrize("mutant", LISTED, ids=lambda mutant: mutant.text[:40])
def test_a_mutation_still_stands_in_its_file_and_names_a_test(mutant):
    source = (mutants.ROOT / mutant.file).read_text(encoding="utf-8")
    compile(mutants.mutated(mutant, source), mutant.file, "exec")
    file, _, name = mutant.test.partition("::")
    text = (mutants.ROOT / file).read_text(encoding="utf-8")
    assert not name or re.search(rf"^def {name}\(", text, re.MULTILINE)


@pytest.mark.parametrize(
    ("text", "instead", "test", "verdict"),
    [
        ("x = 1", "x = 2", "test_x.py", "noticed"),
        ("y = 1", "y = 2", "test_x.py", "SURVIVED"),
        ("z = 1", "z = 2", "test_x.py", "STALE"),
        ("= 1", "= 2", "test_x.py", "STALE"),
        ("x = 1", "x = 2", "no_such_test.py", "BROKEN"),
    ],
)
def test_the_runner_tells_what_was_noticed(
    text, instead, test, verdict, tmp_path, monkeypatch
):
    monkeypatch.setattr(mutants, "NBVAL", ["-p", "no:nbval"])
    library = tmp_path / "library.py"
    library.write_text("x = 1\ny = 1\n")
    (tmp_path / "test_x.py").write_text(
        "import library\n\ndef test_x():\n    assert library.x == 1\n"
    )
    mutant = mutants.Mutant("library.py", text, instead, test)
    assert mutants.tried(mutant, tmp_path) == verdict
    assert library.read_text() == "x = 1\ny = 1\n"


def test_a_line_without_four_parts_is_named(tmp_path):
    (tmp_path / "list.txt").write_text("# file | ...\n\na.py | x | y\n")
    with pytest.raises(ValueError, match="list.txt, line 3: 3 parts"):
        mutants.read(tmp_path / "list.txt")
