"""Everything the course draws.

Each function draws one thing, takes `alt=` and returns the `Figure`.

`figure` holds the look; `labels`, `images`, `grids`, `bars`, `curves` and `diagrams`
what several lessons draw; `lesson_01` and so on what one lesson draws alone.  Each file
lists in `__all__` what it offers, and all of that is found here: a new file needs no
entry anywhere.  What is drawn comes as arguments: nothing here trains, loads or
measures.
"""

import importlib
import pkgutil

__all__ = []
for _file in pkgutil.iter_modules(__path__):
    _module = importlib.import_module(f"{__name__}.{_file.name}")
    if _twice := set(_module.__all__) & set(__all__):
        raise ImportError(f"two files of {__name__} offer {', '.join(_twice)}")
    __all__ += _module.__all__
    # a function may bear its file's name, as `figure` does, and is what callers want
    globals().update({_name: getattr(_module, _name) for _name in _module.__all__})
