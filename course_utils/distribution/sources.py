"""A function as the text of a Python file, for a process that does not see this one's
memory.
"""

import ast
import builtins
import dis
import inspect
import textwrap
import types

__all__ = ["as_a_file", "imported_by"]

PLAIN = (bool, int, float, str, type(None), tuple, list, dict)


def as_a_file(work):
    """The text of a function and of what it uses: imports, plain values, and other
    functions, which stand above it.

    Raises
    ------
    ValueError : it uses something that no text can stand for.
    """
    parts, imports = {}, set()
    _collect(work, parts, imports)
    return "\n".join([*sorted(imports), "", *parts.values()])


def imported_by(text):
    """The modules that a file imports, without those that only its functions do."""
    modules = set()
    for node in ast.parse(text).body:
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            modules.add(node.module)
    return modules


def _collect(function, parts, imports):
    """Add what a function uses, then the function."""
    name = function.__name__
    if name == "<lambda>":
        raise ValueError("a lambda has no name to call it by: write def.")
    if function.__closure__:
        raise ValueError(
            f"{name} is defined inside another function and uses what is there; "
            f"define it by itself."
        )
    if name in parts:
        return
    parts[name] = ""  # a function may call itself
    for used in dict.fromkeys(_names_from_outside(function.__code__)):
        if used in function.__globals__:
            _add(used, function.__globals__[used], function, parts, imports)
        elif not hasattr(builtins, used):
            raise ValueError(f"{name} uses {used!r}, which is defined nowhere.")
    del parts[name]
    parts[name] = textwrap.dedent(inspect.getsource(function)) + "\n"


def _add(used, value, function, parts, imports):
    module = getattr(value, "__module__", None)
    if isinstance(value, types.ModuleType):
        imports.add(f"import {value.__name__} as {used}")
    elif isinstance(value, types.FunctionType) and module == function.__module__:
        _collect(value, parts, imports)
    elif isinstance(value, types.FunctionType | type) and module != "__main__":
        imports.add(f"from {module} import {value.__qualname__} as {used}")
    elif isinstance(value, PLAIN) and _can_be_read_back(value):
        parts.setdefault(used, f"{used} = {value!r}\n")
    else:
        raise ValueError(
            f"{function.__name__} uses {used!r} ({type(value).__name__}), which lives "
            f"in this process's memory; another process cannot see it. Make it inside "
            f"the function, or hand over plain numbers as arguments."
        )


def _can_be_read_back(value):
    try:
        return ast.literal_eval(repr(value)) == value
    except (ValueError, SyntaxError):
        return False


def _names_from_outside(code):
    """The names that a function takes from its module, and functions in it, too."""
    for instruction in dis.get_instructions(code):
        if instruction.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
            yield instruction.argval
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _names_from_outside(constant)
