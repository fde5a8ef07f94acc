"""The glossary has each term once, in order, and leads to the lesson that teaches it;
links to a term lead to one.
"""

import re

import nbformat
import pytest

from tools import ROOT, lessons, number

NOTEBOOKS = ROOT / "notebooks"
TERM = re.compile(r"(?ms)^### (.+?)\n\n(.+?)(?=\n\n##|\Z)")
TAUGHT = re.compile(r"\*Lesson (?:\[(\d\d[a-z]?)\]\((.+?)\)|(\d\d))\.\*$")
LINK = re.compile(r"\[([^\]]+)\]\(glossary\.ipynb#([^)]+)\)")
WITH_LINKS = ("00", "01", "01b")  # link each term that they teach where it first stands
PLANNED = ("09", "10")
LONGEST = 60  # words


def prose(path):
    cells = nbformat.read(path, as_version=4).cells
    return "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


GLOSSARY = prose(NOTEBOOKS / "glossary.ipynb")
TERMS = {name: " ".join(text.split()) for name, text in TERM.findall(GLOSSARY)}
LESSONS = {number(path): path for path in lessons()}


def anchor(term):
    """Where JupyterLab and nbconvert put a heading."""
    return term.replace(" ", "-")


def test_terms_are_in_order_and_each_stands_there_once():
    names = [name for name, _ in TERM.findall(GLOSSARY)]
    assert len(names) >= 80
    assert names == sorted(names, key=str.casefold)
    assert len({name.casefold() for name in names}) == len(names)


@pytest.mark.parametrize("term", TERMS)
def test_a_term_is_explained_in_few_words_and_names_its_lesson(term):
    text = TERMS[term]
    taught = TAUGHT.search(text)
    assert taught, f"{term!r} does not end with *Lesson [01](01_convolution.ipynb).*"
    assert 3 <= len(TAUGHT.sub("", text).split()) <= LONGEST
    named, file, planned = taught.groups()
    if planned:
        assert planned in PLANNED and planned not in LESSONS, (
            f"lesson {planned} is there: link it"
        )
        return
    assert LESSONS[named].name == file
    if named in WITH_LINKS:
        words = " ".join(prose(LESSONS[named]).split()).casefold()
        assert term.casefold() in words, f"{file} does not speak of {term!r}"


def test_links_inside_the_glossary_lead_to_a_term():
    inside = re.findall(r"\]\(#([^)]+)\)", GLOSSARY)
    assert inside and set(inside) <= set(map(anchor, TERMS))


@pytest.mark.parametrize("path", lessons(), ids=lambda path: path.stem)
def test_a_link_leads_to_a_term_and_stands_where_the_term_first_stands(path):
    words = prose(path)
    links = LINK.findall(words)
    wrong = {target for _, target in links} - set(map(anchor, TERMS))
    assert not wrong, f"no such term: {wrong}"
    twice = [target for _, target in links if words.count(f"#{target})") > 1]
    assert not twice, f"linked more than once: {twice}"


@pytest.mark.parametrize("lesson", WITH_LINKS)
def test_a_lesson_links_the_terms_that_it_teaches(lesson):
    if lesson not in LESSONS:
        pytest.skip(f"there is no lesson {lesson}")
    linked = {target for _, target in LINK.findall(prose(LESSONS[lesson]))}
    taught = {
        anchor(term)
        for term, text in TERMS.items()
        if TAUGHT.search(text).groups()[0] == lesson
    }
    assert taught <= linked, f"{sorted(taught - linked)} have no link"


def test_a_heading_that_two_front_ends_would_place_apart_is_avoided():
    odd = [term for term in TERMS if re.search(r"[^\w '-]", term)]
    assert not odd, f"only letters, digits, spaces, ' and -: {odd}"
