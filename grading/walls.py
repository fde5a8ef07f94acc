"""Walls around a submission: what it can see, reach and fill.

Four kinds, the best that the system allows is taken:

bubblewrap   `bwrap` builds the walls and `inside` finishes them
unshare      the same walls with util-linux and the kernel alone
network      a process of its own without a network; files stay in sight
none         limits of time, memory and output only

Behind the first two a submission sees Python, the system's libraries and the course's
package, all read-only; it can write to one small folder in memory, reaches no network
and no socket, and sees no process but its own.
"""

import functools
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from grading import inside

ROOT = Path(__file__).resolve().parent.parent
# Read once, when grading starts: a submission that changes the files changes nothing.
INSIDE = Path(inside.__file__).read_text(encoding="utf-8")
KINDS = ("bubblewrap", "unshare", "network", "none")
SYSTEM = (
    "/usr /bin /sbin /lib /lib32 /lib64 /libx32 /nix/store /etc/alternatives "
    "/etc/fonts /etc/ld.so.cache /etc/ld.so.conf /etc/ld.so.conf.d /etc/localtime "
    "/etc/ssl /etc/passwd /etc/group /etc/nsswitch.conf /sys/devices/system"
).split()
SENTENCES = {
    "full": "each submission sees Python and the course's package only, read-only; it "
    "has no network, no other process in sight, and a small folder of its own",
    "network": "each submission has no network, and its processes end with it; it can "
    "read and change what you can (docs/instructors.md)",
    "none": "limits of time, memory and output only; a submission can read, change and "
    "send away what you can (docs/instructors.md)",
}
TRIAL = """
import os, socket
assert [name for _, name in socket.if_nameindex()] in ([], ["lo"])
assert not os.path.exists({hidden!r})
for path in {closed!r}:
    try:
        os.mkdir(path)
    except OSError:
        continue
    os.rmdir(path)
    raise SystemExit(path)
try:
    os.mkdir(os.getcwd() + "/try")
except OSError:
    raise SystemExit("its own folder")
print("it stands")
"""


@dataclass(frozen=True)
class Walls:
    """One way to start a submission.

    Parameters
    ----------
    kind : one of KINDS.
    command : what stands before Python on the command line.
    own_user : whether it runs in a user namespace of its own.
    """

    kind: str
    command: tuple[str, ...] = ()
    own_user: bool = True

    @property
    def full(self):
        """Whether files, processes and the network are all out of reach."""
        return self.kind in ("bubblewrap", "unshare")

    @property
    def end_their_processes(self):
        """Whether all that a submission started ends with its first process."""
        return self.kind != "none"

    def sentence(self):
        """What stands, for the first line of the grader's output."""
        what = SENTENCES["full" if self.full else self.kind]
        return f"Walls ({self.kind}): {what}."

    def start(self, program, arguments, disk, files):
        """The command line that runs a program, given as text, behind these walls.

        Parameters
        ----------
        disk, files : the most bytes and files in its folder.
        """
        plan = {
            "kind": self.kind,
            "own_user": self.own_user,
            "disk": disk,
            "files": files,
            "seen": list(seen()) if self.kind == "unshare" else [],
            "links": links() if self.kind == "unshare" else {},
        }
        text = (
            f"inside = {{'__name__': 'inside'}}\n"
            f"exec(compile({INSIDE!r}, 'inside', 'exec'), inside)\n"
            f"import json\ninside['enter'](json.loads({json.dumps(plan)!r}))\n"
            f"exec(compile({program!r}, 'child', 'exec'), {{'__name__': 'child'}})"
        )
        if self.kind == "none":
            text = (
                f"exec(compile({program!r}, 'child', 'exec'), {{'__name__': 'child'}})"
            )
        return [*self.command, sys.executable, "-I", "-c", text, *arguments]

    def folder(self, outside):
        """The submission's own folder, as it sees it."""
        return inside.BOX if self.full else str(outside)


@functools.cache
def seen():
    """What of the system's files a submission may see, all read-only: no file of the
    grader, no master, no other submission, no home folder.
    """
    python = Path(sys.executable).resolve()
    wanted = [*SYSTEM, sys.prefix, sys.base_prefix, str(python.parent.parent)]
    wanted += [str(ROOT / "course_utils"), str(ROOT / "data")]
    wanted += os.environ.get("LD_LIBRARY_PATH", "").split(":")
    found = []
    for path in sorted({os.path.normpath(path) for path in wanted if path}):
        inner = any(path.startswith(f"{outer}/") for outer in found)
        if path != "/" and os.path.exists(path) and not inner:
            found.append(path)
    return tuple(path for path in found if not os.path.islink(path))


def links():
    """Symbolic links of the system's root (/lib -> usr/lib), and /tmp where nothing
    that is to be seen lies below it.
    """
    found = {path: os.readlink(path) for path in SYSTEM if os.path.islink(path)}
    found["/dev/shm"] = f"{inside.BOX}/shm"
    if not any(path.startswith("/tmp/") for path in seen()):
        found["/tmp"] = inside.BOX
    return found


def _bubblewrap(program):
    command = [program, "--unshare-user", "--unshare-pid", "--unshare-net"]
    command += ["--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"]
    command += ["--disable-userns", "--die-with-parent", "--cap-add", "CAP_SYS_ADMIN"]
    for path in seen():
        command += ["--ro-bind", path, path]
    for name in inside.DEVICES:
        command += ["--dev-bind", f"/dev/{name}", f"/dev/{name}"]
    for link, target in (inside.LINKS | links()).items():
        command += ["--symlink", target, link]
    command += ["--proc", "/proc", "--dir", inside.BOX, "--remount-ro", "/"]
    return Walls("bubblewrap", (*command, "--chdir", inside.BOX))


def candidates():
    """The walls to try, the best first."""
    if program := shutil.which("bwrap"):
        yield _bubblewrap(program)
    if program := shutil.which("unshare"):
        own = ("--user", "--map-root-user")
        hidden = ("--mount", "--pid", "--net", "--ipc", "--uts", "--fork")
        yield Walls("unshare", (program, *own, *hidden, "--kill-child"))
        yield Walls("unshare", (program, *hidden, "--kill-child"), own_user=False)
        alone = ("--net", "--pid", "--fork", "--kill-child")
        yield Walls("network", (program, *own, *alone))


def stands(walls):
    """Whether these walls can be built here: they are, once, and tried from inside."""
    hidden = str(ROOT / "grading") if walls.full else "/nowhere"
    closed = ["/try", "/usr/try", f"{sys.prefix}/try"] if walls.full else []
    trial = TRIAL.format(hidden=hidden, closed=closed)
    try:
        with tempfile.TemporaryDirectory(prefix="walls-") as folder:
            done = subprocess.run(
                walls.start(trial, [], 1_000_000, 100),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                cwd=folder,
                timeout=20,
            )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0 and done.stdout.strip() == b"it stands"


@functools.cache
def available():
    """The kinds that this system lets stand, the best first; "none" always does."""
    found = {}
    for walls in candidates():
        if walls.kind not in found and stands(walls):
            found[walls.kind] = walls
    return found | {"none": Walls("none")}


def choose(kind="auto"):
    """The best walls, or those of one kind.

    Raises
    ------
    SystemExit : this kind cannot stand here.
    """
    found = available()
    if kind == "auto":
        return next(iter(found.values()))
    if kind not in found:
        raise SystemExit(
            f"The walls {kind!r} cannot stand on this system; there are "
            f"{', '.join(found)}."
        )
    return found[kind]
