"""Downloads that never leave half a file, and that know within two seconds that there
is no network.

A class whose machines cannot reach the internet can be served by one of them:
COURSE_MIRROR=http://that-machine:8000 makes every file come from there, laid out as in
a Keras home (`python -m http.server` in the teacher's ~/.keras). Whatever the server, a
file counts only after its check.
"""

import http.client
import os
import socket
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

from course_utils.sources.errors import Unavailable
from course_utils.sources.progress import Progress

KNOCK_SECONDS = 1.5  # how long one host may take to accept a connection
PATIENCE_SECONDS = 1.8  # how long a process waits in all for hosts that do not answer
STALL_SECONDS = 10.0  # a download that brings nothing for so long is given up
# so is one that, after SLOW_SECONDS, has brought fewer bytes a second than this
SLOWEST = 1000.0
SLOW_SECONDS = 30.0
BLOCK = 1 << 16

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
    door = _door(url)
    if door in _reached:
        return
    if door not in _failures:
        patience = min(KNOCK_SECONDS, PATIENCE_SECONDS - _waited)
        answer = []
        # In a thread, because looking up a name cannot be given a time limit.
        knock = threading.Thread(target=_knock, args=(door, answer), daemon=True)
        started = time.monotonic()
        knock.start()
        knock.join(max(patience, 0.0))
        if answer == ["open"]:
            _reached.add(door)
            return
        _waited += time.monotonic() - started
        remember_failure(
            door, f"no connection to {door[0]} ({answer[0] if answer else 'no answer'})"
        )
    raise Unavailable(_failures[door])


def fetch(url, target, label):
    """Download `url` into the new file `target`, with a progress bar.

    Raises
    ------
    Unavailable : no network, a refusal, a stall, an end too early, or an earlier
        failure of the same URL in this process.  `target` may then hold a part.
    """
    if url in _failures:
        raise Unavailable(_failures[url])
    require_network(url)
    request = urllib.request.Request(url, headers={"User-Agent": "course-utils"})
    try:
        response = urllib.request.urlopen(request, timeout=STALL_SECONDS)
    except (OSError, http.client.HTTPException) as error:
        raise _failed(url, _reason(error)) from None
    with response, open(target, "wb") as file:
        length = response.headers.get("Content-Length", "")
        total = int(length) if length.isdigit() else None
        with Progress(f"Downloading {label}", total, unit="MB", scale=1e6) as progress:
            for block in _blocks(response, url):
                file.write(block)
                progress.advance(len(block))
            if total is not None and progress.done != total:
                raise _failed(
                    url,
                    f"the connection closed after {progress.done:,} of {total:,} bytes",
                )


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
    if urllib.parse.urlsplit(mirror).scheme not in ("http", "https"):
        raise ValueError(
            f"COURSE_MIRROR is {mirror!r}; it must begin with http:// or https://"
        )
    return f"{mirror.rstrip('/')}/{urllib.parse.quote(place)}"


def host_of(url):
    """The host in `url`, for messages."""
    return urllib.parse.urlsplit(url).hostname or url


def remember_failure(what, reason):
    """Make the next attempt at `what` (a URL) in this process fail at once, for the
    same reason.
    """
    _failures[what] = reason


def forget_failures():
    """Try again what failed; for a network that has come back while a notebook was
    open.
    """
    global _waited
    _failures.clear()
    _reached.clear()
    _waited = 0.0


def _failed(url, reason):
    reason = f"{host_of(url)}: {reason}"
    remember_failure(url, reason)
    return Unavailable(reason)


def _blocks(response, url):
    started, received = time.monotonic(), 0
    while True:
        try:
            block = response.read1(BLOCK)
        except (OSError, http.client.HTTPException) as error:
            raise _failed(url, _reason(error)) from None
        if not block:
            return
        received += len(block)
        seconds = time.monotonic() - started
        if seconds > SLOW_SECONDS and received < SLOWEST * seconds:
            raise _failed(url, f"too slow ({received:,} bytes in {seconds:.0f} s)")
        yield block


def _reason(error):
    if isinstance(error, urllib.error.HTTPError):
        return f"the server answered {error.code} {error.reason}"
    if isinstance(error, urllib.error.URLError):
        error = error.reason
    if isinstance(error, TimeoutError):
        return f"no data for {STALL_SECONDS:.0f} s"
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def _door(url):
    """Host and port that a download of `url` connects to first: its own, or those of
    the proxy in force.
    """
    parts = urllib.parse.urlsplit(url)
    proxy = urllib.request.getproxies().get(parts.scheme)
    if proxy and not urllib.request.proxy_bypass(parts.netloc):
        parts = urllib.parse.urlsplit(proxy if "//" in proxy else f"http://{proxy}")
    return parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)


def _knock(door, answer):
    try:
        # Half the time an address: one that is dead (often the IPv6 one) must not use
        # up all of it.
        with socket.create_connection(door, timeout=KNOCK_SECONDS / 2):
            answer.append("open")
    except OSError as error:
        answer.append(error.strerror or str(error) or type(error).__name__)
