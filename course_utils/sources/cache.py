"""Files in the standard cache: checked before they are used, set aside when broken,
written whole or not at all.

The cache is Keras's own folder (KERAS_HOME, else ~/.keras), so what Keras has
downloaded already is found, and what the course downloads is found by Keras.  Three
rules keep it good with several notebooks at work, Ctrl-C and kills:

- a file is used only after its check has passed, every time it is read;
- it is written beside its place under another name, checked, and then moved there in
  one step;
- whoever writes holds a lock; readers need none, so a folder that cannot be written
  still serves.
"""

import atexit
import contextlib
import gzip
import hashlib
import os
import secrets
import shutil
import stat
import sys
import tempfile
import textwrap
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from course_utils.checks import printable
from course_utils.progress import notice
from course_utils.session import keras_home, keras_home_for_display
from course_utils.sources.errors import BadFile, Broken, Missing, Unavailable

# seconds before a wait for another notebook is mentioned: a drawing takes less, a
# download more
QUIET_WAIT = 20.0
LONGEST_WAIT = 1800.0  # seconds after which the wait is given up


@dataclass(frozen=True)
class CachedFile:
    """One file of the cache.

    Parameters
    ----------
    folder : its folder inside the Keras home, such as "datasets/fashion-mnist" or
        "models".
    name : its file name.
    check : called with the path; raises `BadFile` when the content is wrong or
        incomplete.  What it returns is what `cached`, `download` and `create` return;
        when it returns None they return the path.
    url : where it can be downloaded.
    most : bytes it can have at most: a download that brings more is given up.
    """

    folder: str
    name: str
    check: Callable[[Path], object]
    url: str | None = None
    most: int = 1 << 30

    @property
    def path(self):
        """Its place in the cache (the file need not exist)."""
        return keras_home() / self.folder / self.name

    def cached(self):
        """What the cached file holds.

        Raises
        ------
        Missing : there is no such file.
        Broken : the check failed; the file was set aside, so it will not be met again.
        Unavailable : it cannot be read.
        """
        try:
            return self._checked(self.path)
        except BadFile:
            with locked(self.path):
                try:
                    # another notebook may have put a good one there meanwhile
                    return self._checked(self.path)
                except BadFile as fault:
                    raise Broken(set_aside(self.path, fault)) from None

    def download(self):
        """What the file holds, downloaded into the cache unless a good one is there.

        Raises
        ------
        Unavailable : it could not be downloaded, or what came failed the check (and was
            thrown away).
        """
        # only downloads pay for it
        from course_utils.sources import network

        url = network.mirrored(self.url, f"{self.folder}/{self.name}")
        try:
            return self._obtained(
                lambda temporary: network.fetch(url, temporary, self.name, self.most),
                LONGEST_WAIT,
            )
        except BadFile as fault:
            reason = f"what {network.host_of(url)} sent as {self.name} {fault}"
            network.remember_failure(url, reason)
            raise Unavailable(reason) from None

    def create(self, write, wait=LONGEST_WAIT):
        """What the file holds; unless a good one is there, `write(path)` writes it
        first.

        `write` gets a temporary path beside the file's own.  A broken file is announced
        and written again.

        Parameters
        ----------
        wait : how many seconds another process may take to write it.

        Raises
        ------
        BadFile : what `write` wrote fails the check (and was thrown away).
        Unavailable : it cannot be written anywhere, or the wait was in vain.
        """
        try:
            return self.cached()
        except Broken as fault:
            tell(str(fault))
        except Unavailable:
            pass
        return self._obtained(write, wait)

    def _obtained(self, write, wait):
        """A good file from the cache or from `write`; where the cache cannot be
        written, it lives in a temporary folder until the process ends.
        """
        place = (
            self.path
            if writable(self.path.parent)
            else scratch(self.folder) / self.name
        )
        with locked(place, wait) as alone:
            try:
                return self._checked(place)
            except BadFile as fault:
                tell(set_aside(place, fault))
            except Unavailable:
                pass
            with replacing(place, sweep=alone) as temporary:
                write(temporary)
                held = self.check(temporary)
            return place if held is None else held

    def _checked(self, path):
        try:
            # reading a pipe would wait for ever, and a device may never end
            kind = path.stat().st_mode
            if stat.S_ISDIR(kind):
                raise IsADirectoryError("it is a folder")
            if not stat.S_ISREG(kind):
                raise BadFile("is no file but a pipe or a device")
            held = self.check(path)
        except (FileNotFoundError, NotADirectoryError):
            raise Missing(f"{shown(path)} is not there") from None
        except OSError as error:
            raise Unavailable(
                f"{shown(path)} cannot be read ({error.strerror or error})"
            ) from None
        return path if held is None else held


def gzip_of(size, sha256):
    """A check: the file is gzip-compressed and holds exactly these bytes, which it
    returns.

    Parameters
    ----------
    size : bytes when decompressed.
    sha256 : SHA-256 of the decompressed bytes, so another compression of the same data
        is as good.
    """

    def check(path):
        try:
            with gzip.open(path) as file:
                content = file.read(size + 1)
        except EOFError:
            raise BadFile(
                "is truncated: it ends before the compressed data does"
            ) from None
        except (gzip.BadGzipFile, zlib.error) as error:
            raise BadFile(f"is damaged or no gzip file ({error})") from None
        if len(content) != size:
            found = (
                f"{len(content):,}" if len(content) < size else f"more than {size:,}"
            )
            raise BadFile(f"holds {found} bytes where {size:,} were expected")
        digest = hashlib.sha256(content).hexdigest()
        if digest != sha256:
            raise BadFile(
                f"holds other data than expected (SHA-256 {digest[:12]}... in place "
                f"of {sha256[:12]}...)"
            )
        return content

    return check


def one_of_sha256(*known):
    """A check: the file as it lies on disk has one of these SHA-256 sums.

    Returns
    -------
    Nothing: the path will do.
    """

    def check(path):
        with open(path, "rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        if digest not in known:
            raise BadFile(
                f"holds other data than expected, or only a part of it (SHA-256 "
                f"{digest[:12]}...)"
            )

    return check


def set_aside(path, fault):
    """Rename a bad file to name.broken-1 (or the next free number); return the sentence
    that says so.
    """
    number = 1
    # lexists: a link that leads nowhere is somebody's too
    while os.path.lexists(aside := path.with_name(f"{path.name}.broken-{number}")):
        number += 1
    try:
        os.rename(path, aside)
    except OSError as error:
        where = (
            f"It is not used; it could not be renamed ({error.strerror}), so delete "
            f"or replace it yourself."
        )
    else:
        where = f"It is not used and now called {aside.name}; delete it when you like."
    return f"{shown(path)} {fault}. {where}"


@contextlib.contextmanager
def locked(path, wait=LONGEST_WAIT, quiet=None):
    """Hold the lock that belongs to `path` (a file or folder of the cache); others wait
    their turn.

    Parameters
    ----------
    wait : seconds after which it is given up.
    quiet : seconds after which the wait is mentioned; QUIET_WAIT when left out.

    Yields
    ------
    True, or False where no lock can be made because the folder cannot be
    written.

    Raises
    ------
    Unavailable : somebody else has held it for `wait` seconds; the message names the
        process, if it can be found.
    """
    alone = False
    lock = FileLock(path.with_name(f".{path.name}.lock"))
    if writable(path.parent):
        try:
            lock.acquire(timeout=min(QUIET_WAIT if quiet is None else quiet, wait))
            alone = True
        except Timeout:
            try:
                with notice(
                    f"Another notebook is preparing {path.name}: waiting. "
                    f"{_holder(lock.lock_file)}"
                ):
                    lock.acquire(timeout=wait)
                alone = True
            except Timeout:
                raise Unavailable(
                    f"another process has been preparing {shown(path)} for too long. "
                    f"{_holder(lock.lock_file)}"
                ) from None
        except (OSError, NotImplementedError):
            # a file system without locks: the move in one step still leaves a good file
            # or none
            pass
    try:
        yield alone
    finally:
        if alone:
            lock.release()


def _holder(lock_file):
    """Which process holds a lock, and the way out if it never lets go."""
    import psutil

    for process in psutil.process_iter(["status"]):
        with contextlib.suppress(psutil.Error, OSError):
            files = {os.path.realpath(file.path) for file in process.open_files()}
            if process.pid != os.getpid() and os.path.realpath(lock_file) in files:
                if process.info["status"] == psutil.STATUS_STOPPED:
                    return (
                        f"Process {process.pid} holds the lock, and is suspended: let "
                        f"it go on (kill -CONT {process.pid}) or end it (kill -9 "
                        f"{process.pid}), and this goes on by itself."
                    )
                return f"It is process {process.pid}; when it ends, this goes on."
    return (
        "If there is none, a suspended process holds the lock: end that process, and "
        "this goes on by itself."
    )


@contextlib.contextmanager
def replacing(path, sweep=False):
    """Yield a temporary path beside `path`; move it there in one step, or remove it if
    the block raises.

    Parameters
    ----------
    sweep : first remove what killed processes left; only safe for the holder of the
        lock.

    Raises
    ------
    Unavailable : the disk is full, or the file cannot be moved into place.
    """
    if sweep:
        for left in path.parent.glob(f".{path.name}.*.part"):
            left.unlink(missing_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        yield temporary
        with open(temporary, "rb+") as file:
            os.fsync(
                file.fileno()
                # on the disk before it has its name, so that not even a power cut
                # halves it
            )
        os.replace(temporary, path)
    except OSError as error:
        raise Unavailable(
            f"{shown(path)} cannot be written ({error.strerror or error})"
        ) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def writable(folder):
    """Whether files can be made in `folder`, which is made first if need be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


_scratch = None


def scratch(folder):
    """A folder that lasts as long as the process, for those whose cache cannot be
    written.

    Raises
    ------
    Unavailable : there is no room for temporary files either.
    """
    global _scratch
    try:
        if _scratch is None:
            _scratch = Path(tempfile.mkdtemp(prefix="course-"))
            atexit.register(shutil.rmtree, _scratch, ignore_errors=True)
        place = _scratch / folder
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Unavailable(
            f"no temporary folder can be made ({error.strerror or error})"
        ) from error
    return place


def shown(path):
    """`path` as messages show it: from ~/.keras or $KERAS_HOME on, so that no output
    holds one machine's folders.
    """
    with contextlib.suppress(ValueError):
        return f"{keras_home_for_display()}/{path.relative_to(keras_home()).as_posix()}"
    return path.name


def tell(text):
    """Say something about the data that must not be missed, on stderr."""
    wrapped = textwrap.fill(
        f"Data warning: {printable(text)}",
        110,
        subsequent_indent="    ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    print(wrapped, file=sys.stderr, flush=True)
