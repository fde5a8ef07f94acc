"""Explorers: one for each idea that is understood by moving something.

    from course_utils.widgets import ConvolutionExplorer
    ConvolutionExplorer()

Each has `.state`, `.set(**state)`, `.picture()` (PNG bytes) and `.describe()` (its
words); in its module stand the pure functions `render(state)` and `describe(state)`.
They need ipywidgets, 7.7 or 8, and nothing that must be installed into JupyterLab,
Jupyter Notebook 7 or Colab.

An explorer is a file in this folder that defines a subclass of `Explorer`. It is found
by its place: there is no list to add it to. `EXPLORERS` holds them all, sorted by the
names of their files.
"""

import importlib
import pkgutil

from course_utils.widgets.explorer import Explorer


def find_explorers():
    """The explorers of this folder: a tuple of classes, sorted by file and name.

    A class counts that stands in a file of its own here, derives from `Explorer`,
    draws a picture and has a name without a leading underscore.
    """
    files = sorted(entry.name for entry in pkgutil.iter_modules(__path__))
    modules = [importlib.import_module(f"{__name__}.{file}") for file in files]
    return tuple(
        thing
        for module in modules
        for name, thing in sorted(vars(module).items())
        if isinstance(thing, type)
        and issubclass(thing, Explorer)
        and thing.__module__ == module.__name__
        and thing.draw is not Explorer.draw
        and not name.startswith("_")
    )


def __getattr__(name):
    """`EXPLORERS` and each explorer by its name, found when first asked for."""
    if name.startswith("_"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    explorers = find_explorers()
    found = {"EXPLORERS": explorers, **{each.__name__: each for each in explorers}}
    if name not in found:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals().update(found)
    return found[name]


def __dir__():
    return sorted({*globals(), "EXPLORERS", *(e.__name__ for e in find_explorers())})
