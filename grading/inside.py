"""The last steps of the walls, taken inside them and before a submission's first line.

`walls` starts this in namespaces of its own; it sees to what the command line of
bubblewrap or unshare cannot say, and then gives up every right for good.  Standard
library only, and no import from the course: its text is handed to the process, which
sees no file of the grader.
"""

import ctypes
import os

RDONLY, NOSUID, NODEV, NOEXEC = 1, 2, 4, 8
REMOUNT, NOATIME, NODIRATIME, BIND, REC, PRIVATE, RELATIME = (
    32,
    1024,
    2048,
    4096,
    16384,
    1 << 18,
    1 << 21,
)
FLAGS = {
    "ro": RDONLY,
    "nosuid": NOSUID,
    "nodev": NODEV,
    "noexec": NOEXEC,
    "noatime": NOATIME,
    "nodiratime": NODIRATIME,
    "relatime": RELATIME,
}
NEW_MOUNTS, DETACH = 0x00020000, 2
NO_NEW_PRIVILEGES, DROP_BOUND, AMBIENT, CLEAR_AMBIENT = 38, 24, 47, 4
DEVICES = ("null", "zero", "full", "random", "urandom")
LINKS = {
    "/dev/fd": "/proc/self/fd",
    "/dev/stdin": "/proc/self/fd/0",
    "/dev/stdout": "/proc/self/fd/1",
    "/dev/stderr": "/proc/self/fd/2",
}
BOX = "/box"  # the one place where a submission can write

libc = ctypes.CDLL(None, use_errno=True)


def call(function, *arguments):
    """A function of the C library; OSError if it fails."""
    ready = [one.encode() if isinstance(one, str) else one for one in arguments]
    if getattr(libc, function)(*ready) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{function}: {os.strerror(number)}")


def mount(source, target, kind=None, flags=0, options=None):
    call("mount", source, target, kind, ctypes.c_ulong(flags), options)


def private_folder(target, plan):
    """An empty folder in memory, with a limit of bytes and one of files."""
    options = f"size={plan['disk']},nr_inodes={plan['files']},mode=700"
    mount("tmpfs", target, "tmpfs", NOSUID | NODEV, options)


def show(source, target):
    """Let a file or folder of the system be seen at its place in the new root."""
    if os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.close(os.open(target, os.O_CREAT, 0o600))
    mount(source, target, None, BIND | REC)


def close(root):
    """Make everything below the new root read-only, what is mounted inside it too.

    A flag that the system set for a mount must stay, or the kernel refuses.
    """
    with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as f:
        mounts = [line.split()[4:6] for line in f]
    for place, options in mounts:
        place = place.replace("\\040", " ").replace("\\011", "\t")
        if place == root or not place.startswith(root + "/"):
            continue
        kept = sum(FLAGS.get(option, 0) for option in options.split(","))
        mount(None, place, None, BIND | REMOUNT | kept | RDONLY | NOSUID)


def read_only_proc(place):
    """Whoever is root outside could change the whole system's settings through it."""
    flags = BIND | REMOUNT | RDONLY | NOSUID | NODEV | NOEXEC
    mount(None, place, None, flags)


def build(root, plan):
    """A root folder with what Python needs to run, read-only, and nothing else."""
    mount(None, "/", None, PRIVATE | REC)
    mount("tmpfs", root, "tmpfs", NOSUID | NODEV, "size=1m,nr_inodes=2000,mode=755")
    for path in plan["seen"]:
        show(path, root + path)
    for name in DEVICES:
        show(f"/dev/{name}", f"{root}/dev/{name}")
    close(root)
    for link, target in (LINKS | plan["links"]).items():
        os.makedirs(os.path.dirname(root + link), exist_ok=True)
        os.symlink(target, root + link)
    proc = f"{root}/proc"
    os.makedirs(proc, exist_ok=True)
    mount("proc", proc, "proc", NOSUID | NODEV | NOEXEC)
    if plan["own_user"]:
        # or a namespace inside this one would have the rights that are given up here
        with open(f"{proc}/sys/user/max_user_namespaces", "w") as file:
            file.write("0")
    read_only_proc(proc)
    os.makedirs(root + BOX, exist_ok=True)
    private_folder(root + BOX, plan)
    os.makedirs(f"{root}/.old", exist_ok=True)
    call("pivot_root", root, f"{root}/.old")
    os.chdir("/")
    call("umount2", "/.old", DETACH)
    os.rmdir("/.old")
    mount(None, "/", None, BIND | REMOUNT | RDONLY | NOSUID | NODEV)


def give_up_rights():
    """No capability, now or later, whatever is started."""
    call("prctl", NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    libc.prctl(AMBIENT, CLEAR_AMBIENT, 0, 0, 0)
    for capability in range(64):
        libc.prctl(DROP_BOUND, capability, 0, 0, 0)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    call("capset", header, (ctypes.c_uint32 * 6)())


def enter(plan):
    """Finish the walls of this kind; OSError if the system does not let them stand."""
    if plan["kind"] == "bubblewrap":
        call("unshare", NEW_MOUNTS)
        read_only_proc("/proc")
        private_folder(BOX, plan)
    elif plan["kind"] == "unshare":
        build(os.getcwd(), plan)
    if plan["kind"] != "none":
        give_up_rights()
    if plan["kind"] in ("bubblewrap", "unshare"):
        os.chdir(BOX)
        os.mkdir(f"{BOX}/shm")
