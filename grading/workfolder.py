"""A submission's own folder, and how it is removed whatever lies in it."""

import contextlib
import os
import secrets
import stat
import tempfile


@contextlib.contextmanager
def work_folder():
    """A new folder, removed afterwards; what cannot be removed stays, and is no
    error.
    """
    folder = tempfile.mkdtemp(prefix="grading-")
    try:
        yield folder
    finally:
        with contextlib.suppress(OSError):
            remove(folder)


def remove(folder):
    """Remove a folder and all in it, without going down into it.

    What lies in a folder's folders is moved up, next to them, until none is left: a
    submission may have nested thousands, deeper than a path can be long.
    """
    top = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        moved = 0
        while names := _names(top):
            before = moved
            for name in names:
                moved += _lift(name, top)
            if moved == before and _names(top):
                break  # nothing gives way any more
    finally:
        os.close(top)
    os.rmdir(folder)


def _names(descriptor):
    with os.scandir(descriptor) as entries:
        return [entry.name for entry in entries]


def _lift(name, top):
    """Remove one entry of `top`, its folders moved up into `top`; how many were."""
    moved = 0
    with contextlib.suppress(OSError):
        if not stat.S_ISDIR(os.lstat(name, dir_fd=top).st_mode):
            os.unlink(name, dir_fd=top)
            return 0
        os.chmod(name, 0o700, dir_fd=top)
        inner = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=top)
        try:
            for child in _names(inner):
                if stat.S_ISDIR(os.lstat(child, dir_fd=inner).st_mode):
                    os.chmod(child, 0o700, dir_fd=inner)
                    new = f"moved-{secrets.token_hex(8)}"
                    os.rename(child, new, src_dir_fd=inner, dst_dir_fd=top)
                    moved += 1
                else:
                    os.unlink(child, dir_fd=inner)
        finally:
            os.close(inner)
        os.rmdir(name, dir_fd=top)
    return moved
