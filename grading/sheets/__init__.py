"""The sheets of each homework: what other numbers change in it, a file each.

A file is called as its master is.  Its function `sheet(draw)` takes numbers out of
`draw.choice(...)` and gives the Sheet that follows from them.  What it draws, and in
which order, is for good: another order gives every student another sheet.
"""

import importlib
import pkgutil

SHEETS = {
    module.name: importlib.import_module(f"{__name__}.{module.name}").sheet
    for module in pkgutil.iter_modules(__path__)
    if module.name.startswith("hw")
}
