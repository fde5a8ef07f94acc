"""Downloads that never leave half a file, and that know within two seconds that there
is no network.

A class whose machines cannot reach the internet can be served by one of them:
COURSE_MIRROR=http://that-machine:8000 makes every file come from there, laid out as in
a Keras home (`python -m http.server` in the teacher's ~/.keras). Whatever the server, a
file counts only after its check.
"""

import http.client
import os
import re
import socket
import threading
import time
from urllib.parse import quote, urlsplit

import requests
from requests.utils import get_environ_proxies, select_proxy
from urllib3.exceptions import HTTPError, NewConnectionError, TimeoutError

from course_utils.checks import printable
from course_utils.progress import progress_bar
from course_utils.sources.errors import Unavailable

CONNECT_SECONDS = 1.5  # how long one host may take to accept a connection
PATIENCE_SECONDS = 1.8  # how long a process waits in all for hosts that do not answer
STALL_SECONDS = 10.0  # a download that brings nothing for so long is given up
# so is one that, after SLOW_SECONDS, has brought fewer bytes a second than this
SLOWEST = 1000.0
SLOW_SECONDS = 30.0
BLOCK = 1 << 16
LONGEST_REASON = 200  # characters; a server can put anything into its answer
# with the file, or the part of it that was not asked for but may be all of it
GOOD_ANSWERS = (200, 203, 206)

# url or (host, port) -> why it failed: nothing is waited for twice in one process
_failures = {}
_reached = set()
_waited = 0.0


def require_network(url):
    """Return if the host of `url` (or the proxy before it) accepts connections; takes
    under two seconds a process.

    Raises
    ------
    Unavailable : it does not, or did not when it was tried earlier in this process.
    """
    global _waited
    address = _first_address(url)
    if address in _reached:
        return
    if address not in _failures:
        patience = min(CONNECT_SECONDS, PATIENCE_SECONDS - _waited)
        answer = []
        # In a thread, because looking up a name cannot be given a time limit.
        attempt = threading.Thread(target=_connect, args=(address, answer), daemon=True)
        started = time.monotonic()
        attempt.start()
        attempt.join(max(patience, 0.0))
        if answer == ["open"]:
            _reached.add(address)
            return
        _waited += time.monotonic() - started
        why = answer[0] if answer else "no answer"
        remember_failure(address, f"no connection to {address[0]} ({why})")
    raise Unavailable(_failures[address])


def fetch(url, target, label, most):
    """Download `url`, at most `most` bytes, into the new file `target`, with a progress
    bar.

    Raises
    ------
    Unavailable : no network, a refusal, a stall, an end too early, more than `most`
        bytes, or an earlier failure of the same URL in this process.  `target` may then
        hold a part.
    """
    if url in _failures:
        raise Unavailable(_failures[url])
    require_network(url)
    try:
        _stream(url, target, label, most)
    # ValueError: a server that sends on to what is no address
    except (requests.RequestException, HTTPError, ConnectionError, ValueError) as error:
        reason = without_secrets(f"{host_of(url)}: {_reason(error)}")
        remember_failure(url, reason)
        raise Unavailable(reason) from None


def mirrored(url, place):
    """`url`, or `place` (the path inside a Keras home) on the server that COURSE_MIRROR
    names.

    Raises
    ------
    ValueError : COURSE_MIRROR is no web address.
    """
    mirror = os.environ.get("COURSE_MIRROR")
    if not mirror:
        return url
    if not re.fullmatch(r"https?://[^/\s]+(/\S*)?", mirror) or not _host_and_port(
        mirror
    ):
        raise ValueError(
            f"COURSE_MIRROR is {without_secrets(mirror)!r}; it must be an address that "
            "begins with http:// or https://, such as http://teacher.local:8000"
        )
    return f"{mirror.rstrip('/')}/{quote(place)}"


def host_of(url):
    """The host in `url`, for messages."""
    return (_host_and_port(url) or [without_secrets(url)])[0]


def without_secrets(text):
    """`text`, an address or a message with one, without user names, passwords, keys and
    whatever a terminal would not just show.
    """
    # up to the last @: a password may hold any of / ? # and @ itself
    text = re.sub(r"(?<=//)\S*@", "…@", text)
    text = re.sub(r"(?<=\w)\?[^\s'\"]*=[^\s'\"]*", "?…", text)
    return printable(text)


def remember_failure(what, reason):
    """Make the next attempt at `what` (a URL) in this process fail at once, for the
    same reason.
    """
    _failures[what] = without_secrets(reason)


def forget_failures():
    """Try again what failed; for a network that has come back while a notebook was
    open.
    """
    global _waited
    _failures.clear()
    _reached.clear()
    _waited = 0.0


def _stream(url, target, label, most):
    # "identity": the bytes as they lie on the server, which is what checks know
    headers = {"Accept-Encoding": "identity"}
    with requests.get(
        url, stream=True, timeout=STALL_SECONDS, headers=headers
    ) as response:
        if response.status_code not in GOOD_ANSWERS:
            raise ConnectionError(
                f"the server answered {response.status_code} {response.reason}"
            )
        length = response.headers.get("Content-Length", "")
        total = int(length) if re.fullmatch("[0-9]{1,15}", length) else None
        if total is not None and total > most:
            raise ConnectionError(
                f"it announces {total:,} bytes, where {most:,} are the most that "
                f"{label} can have"
            )
        response.raw.enforce_content_length = False  # said below, in plainer words
        started, received = time.monotonic(), 0
        with (
            open(target, "wb") as file,
            progress_bar(f"Downloading {label}", total, "B") as progress,
        ):
            # `read1` returns what has come; `iter_content` would wait for a full block
            # and so not notice that a server is slow
            while block := response.raw.read1(BLOCK, decode_content=False):
                file.write(block)
                received += len(block)
                progress.update(len(block))
                if received > most:
                    raise ConnectionError(
                        f"it sent more than the {most:,} bytes that {label} can have"
                    )
                seconds = time.monotonic() - started
                if seconds > SLOW_SECONDS and received < SLOWEST * seconds:
                    raise ConnectionError(
                        f"too slow ({received:,} bytes in {seconds:.0f} s)"
                    )
    if total is not None and received != total:
        raise ConnectionError(
            f"the connection closed after {received:,} of {total:,} bytes"
        )


def _reason(error):
    """The innermost of the errors that requests and urllib3 put around each other, in
    one line.
    """
    if isinstance(error, ValueError):
        said = f"it sends on to something that is no web address ({error})"
    else:
        said = _innermost(error)
    said = " ".join(said.split())
    return said if len(said) <= LONGEST_REASON else f"{said[:LONGEST_REASON]}…"


def _innermost(error):
    if isinstance(error, NewConnectionError):  # a TimeoutError too, by its class
        refused = getattr(error.__cause__ or error.__context__, "strerror", None)
        return f"no connection ({refused or 'no such host'})"
    if isinstance(error, http.client.IncompleteRead):
        return "the data broke off in the middle"
    if isinstance(error, (requests.Timeout, TimeoutError)):
        return f"no data for {STALL_SECONDS:.0f} s"
    inner = getattr(error, "reason", None) or (error.args or [None])[-1]
    if isinstance(inner, BaseException):
        return _innermost(inner)
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def _first_address(url):
    """Host and port that a download of `url` connects to first: its own, or those of
    the proxy in force.
    """
    proxy = select_proxy(url, get_environ_proxies(url))
    if proxy:
        url = proxy if "//" in proxy else f"http://{proxy}"
    address = _host_and_port(url)
    if address is None:
        raise Unavailable(f"{without_secrets(url)!r} is no address of a server")
    return address


def _host_and_port(url):
    """(host, port) of an address, or None where it has none."""
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:  # brackets that do not close, a port beyond 65535
        return None
    return (parts.hostname, port) if parts.hostname else None


def _connect(address, answer):
    try:
        # Half the time an IP address: one that is dead (often the IPv6 one) must not
        # use up all of it.
        with socket.create_connection(address, timeout=CONNECT_SECONDS / 2):
            answer.append("open")
    # a name can be none at all: UnicodeError
    except (OSError, ValueError, OverflowError) as error:
        why = getattr(error, "strerror", None) or str(error) or type(error).__name__
        answer.append(why)
