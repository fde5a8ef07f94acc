"""What lesson 10 can do without, and says so."""

import importlib.util

__all__ = ["is_installed"]


def is_installed(package):
    """Whether a package of the extra `cluster` is here; if not, a line says how to get
    it.
    """
    if importlib.util.find_spec(package):
        return True
    print(
        f"{package} is not installed here. It comes with the course's extra `cluster`: "
        f'pip install -e ".[cluster]"'
    )
    return False
