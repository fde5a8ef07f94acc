"""How a file says that a function of its own builds a network: `@network(...)`."""

from collections.abc import Callable
from dataclasses import dataclass

# Filled by `network`, as the files are imported; `registry` imports them all.
FOUND: dict[str, "Network"] = {}


@dataclass(frozen=True)
class Network:
    """A network's function, and what the network can take.

    Parameters
    ----------
    build : the function; it is called as the network is.
    minimum : the smallest height and width, in pixels; that of `keras.applications`
        where it has the network.
    any_size : whether height and width may be left open (None), as networks that end in
        global pooling allow.
    published : whether there is a paper about it, so that it stands in the catalogue.
    """

    build: Callable
    minimum: int
    any_size: bool = True
    published: bool = True

    @property
    def file(self) -> str:
        """The module of this package that holds the function."""
        return self.build.__module__.rpartition(".")[2]


def network(minimum: int, any_size: bool = True, published: bool = True) -> Callable:
    """A decorator that adds a function to the networks that `build` knows, and leaves
    the function as it is.

    The arguments are those of `Network`.
    """

    def add(function):
        FOUND[function.__name__] = Network(function, minimum, any_size, published)
        return function

    return add
