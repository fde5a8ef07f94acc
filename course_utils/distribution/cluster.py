"""joblib's own connection to a Dask cluster: what needs no all-reduce, such as many
submissions to grade or many seeds to train, is spread over machines so.
"""

import contextlib
import socket
from urllib.parse import urlsplit

__all__ = ["cluster_backend"]


@contextlib.contextmanager
def cluster_backend(address):
    """A context in which joblib's `Parallel` works on a Dask cluster; one that changes
    nothing for an empty address.

    Parameters
    ----------
    address : of the scheduler, such as "tcp://10.0.0.1:8786".

    Raises
    ------
    SystemExit : Dask is not installed, or nobody answers there; it says what to do.
    """
    if not address:
        yield
        return
    from joblib import parallel_config

    try:
        from distributed import Client
    except ImportError:
        raise SystemExit(
            f"{address} is a Dask cluster, and Dask is not here. It comes with the "
            f'extra `cluster`: pip install -e ".[cluster]"'
        ) from None
    try:
        _knock(address)
        client = Client(address, timeout=60)  # somebody listens, and may be busy
    except (ValueError, OSError) as error:
        raise SystemExit(f"No Dask cluster answers at {address} ({error}).") from None
    with client, parallel_config(backend="dask", client=client):
        yield


def _knock(address):
    """Fail at once where nobody listens; Dask itself would try again for a while."""
    parts = urlsplit(address)
    if not parts.hostname or not parts.port:
        raise ValueError("an address looks like tcp://10.0.0.1:8786")
    socket.create_connection((parts.hostname, parts.port), timeout=5).close()
