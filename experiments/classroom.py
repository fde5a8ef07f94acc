"""A class on one JupyterHub, tried for real: a hub on this machine's loopback, students
who get their copies, run a lesson, answer a homework and hand it in.

    python -m experiments.classroom                     eight students, two at a time
    python -m experiments.classroom --students 1 --at-once 1 --store ""

JupyterHub, nbgitpuller, the idle culler and configurable-http-proxy must be installed;
docs/classroom.md says how, and holds the tables that `as_markdown` makes of the result.
"""

import argparse
import contextlib
import csv
import json
import math
import os
import secrets
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import requests

from course_utils.distribution.launcher import free_ports
from course_utils.distribution.processes import end_with_children
from experiments import results
from experiments.measurement import Measurement

ROOT = Path(__file__).resolve().parent.parent
LESSONS = {"01": "01_convolution", "06": "06_transfer_learning"}
HOMEWORK = "hw01_convolution"

# The trial's own settings come after those of docs/jupyterhub_config.py.
CONFIG = """
load_subconfig({shipped!r})
c.JupyterHub.bind_url = "http://127.0.0.1:{port}"
c.JupyterHub.hub_bind_url = "http://127.0.0.1:{hub_port}"
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{proxy_port}"
c.ConfigurableHTTPProxy.pid_file = {folder!r} + "/proxy.pid"
c.JupyterHub.db_url = "sqlite:///" + {folder!r} + "/hub.sqlite"
c.JupyterHub.cookie_secret_file = {folder!r} + "/cookie_secret"
c.JupyterHub.authenticator_class = "dummy"
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = {folder!r} + "/homes/{{username}}"
c.Spawner.args = [*c.Spawner.args, "--allow-root"]
alone = lambda spawner, name, shared: (
    {folder!r} + "/private/" + name if spawner.user.name == "alone" else shared
)
shared = dict(c.Spawner.environment)
for name in ("KERAS_HOME", "TFDS_DATA_DIR"):
    c.Spawner.environment[name] = (
        lambda spawner, name=name: alone(spawner, name, shared[name])
    )
c.Spawner.environment["COURSE_DATA"] = "embedded"
c.Spawner.environment["COURSE_EFFORT"] = "quick"
c.JupyterHub.services.append({{"name": "trial", "api_token": {token!r}}})
c.JupyterHub.load_roles.append(
    {{
        "name": "trial",
        "scopes": ["admin:users", "admin:servers", "tokens", "access:servers"],
        "services": ["trial"],
    }}
)
"""


class Hub:
    """A JupyterHub on the loopback; when the block is left, all of it is gone."""

    def __init__(self, folder):
        self.folder, self.token = folder, secrets.token_hex(24)
        self.data, self.repository = folder / "course-data", folder / "repository"

    def __enter__(self):
        for name in ("homes", "private", "handed_in"):
            (self.folder / name).mkdir()
        for name in ("keras", "tfds"):
            (self.data / name).mkdir(parents=True)
        self._make_repository()
        port, hub_port, proxy_port = free_ports(3)
        self.url = f"http://127.0.0.1:{port}"
        settings = self.folder / "trial_config.py"
        settings.write_text(
            CONFIG.format(
                shipped=str(ROOT / "docs" / "jupyterhub_config.py"),
                folder=str(self.folder),
                token=self.token,
                **{"port": port, "hub_port": hub_port, "proxy_port": proxy_port},
            )
        )
        env = {
            **os.environ,
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), _path()]),
            "COURSE_FOLDER": str(ROOT),
            "COURSE_DATA_FOLDER": str(self.data),
            "COURSE_REPOSITORY": str(self.repository),
        }
        with open(self.folder / "hub.log", "wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "jupyterhub", "-f", str(settings)],
                cwd=self.folder,
                env=env,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        _until(self._answers, 180, "the hub answers")
        return self

    def __exit__(self, *error):
        end_with_children(self.process.pid)
        self.process.wait()

    def _answers(self):
        if self.process.poll() is not None:
            raise SystemExit((self.folder / "hub.log").read_text()[-2000:])
        with contextlib.suppress(requests.ConnectionError):
            return requests.get(f"{self.url}/hub/api/", timeout=10).ok

    def _make_repository(self):
        """The notebooks, in a repository of their own, as an instructor hands out."""
        git = ["git", "-C", str(self.repository)]
        shutil.copytree(
            ROOT / "notebooks",
            self.repository / "notebooks",
            ignore=shutil.ignore_patterns(".ipynb_checkpoints", "solutions"),
        )
        subprocess.run([*git, "init", "-q", "-b", "main"], check=True)
        self.commit("The course")

    def commit(self, message):
        git = ["git", "-C", str(self.repository)]
        who = ["-c", "user.name=Instructor", "-c", "user.email=instructor@localhost"]
        subprocess.run([*git, "add", "-A"], check=True)
        subprocess.run([*git, *who, "commit", "-q", "-m", message], check=True)

    def api(self, method, path, **settings):
        headers = {"Authorization": f"token {self.token}"}
        url = f"{self.url}/hub/api/{path}"
        answer = requests.request(method, url, headers=headers, timeout=60, **settings)
        answer.raise_for_status()
        return answer.json() if answer.content else None


class Student:
    """One student with a server of their own, who does what the lesson asks."""

    def __init__(self, hub, name):
        self.hub, self.name = hub, name
        self.home = hub.folder / "homes" / name
        self.url = f"{hub.url}/user/{name}"

    def start(self):
        """Log in and wait for the server; the seconds it took."""
        started = time.monotonic()
        self.hub.api("POST", f"users/{self.name}")
        token = self.hub.api("POST", f"users/{self.name}/tokens")["token"]
        self.headers = {"Authorization": f"token {token}"}
        self.hub.api("POST", f"users/{self.name}/server")
        ready = lambda: self.hub.api("GET", f"users/{self.name}")["server"]
        _until(ready, 240, f"{self.name}'s server")
        return time.monotonic() - started

    def stop(self):
        self.hub.api("DELETE", f"users/{self.name}/server")

    def request(self, method, path, **settings):
        answer = requests.request(
            method, f"{self.url}/{path}", headers=self.headers, timeout=300, **settings
        )
        answer.raise_for_status()
        return answer

    def pull(self):
        """nbgitpuller makes or updates the student's copy."""
        where = {"repo": str(self.hub.repository), "branch": "main"}
        where["targetpath"] = "course"
        said = self.request("GET", "git-pull/api", params=where).text
        if '"finished"' not in said:
            raise RuntimeError(f"nbgitpuller: {said[-400:]}")

    def open(self, path):
        content = self.request("GET", f"api/contents/course/notebooks/{path}").json()
        return content["content"]

    def save(self, path, notebook):
        body = {"type": "notebook", "format": "json", "content": notebook}
        self.request("PUT", f"api/contents/course/notebooks/{path}", json=body)

    def run(self, path, notebook):
        """Run a notebook from top to bottom in a kernel of its own, as *Run All* does.

        Returns
        -------
        first_cell and all_cells (seconds), kernel_peak and kernel_private (bytes: all
        that was resident at once, and that without what processes share, such as
        TensorFlow's libraries), kernel_cpu (seconds), and errors (how many cells raised
        one).
        """
        name = Path(path).name
        where = {"path": f"course/notebooks/{path}", "name": name, "type": "notebook"}
        started = time.monotonic()
        session = self.request(
            "POST", "api/sessions", json={**where, "kernel": {"name": "python3"}}
        ).json()
        kernel = session["kernel"]["id"]
        process = _kernel_process(kernel)
        cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
        errors, first = 0, None
        with contextlib.closing(self._channels(kernel)) as channels, Peak(process) as p:
            for cell in cells:
                errors += _execute(channels, "".join(cell["source"])) == "error"
                first = first or time.monotonic() - started
        times = process.cpu_times()
        used = times.user + times.system + times.children_user + times.children_system
        result = {
            "first_cell": first,
            "all_cells": time.monotonic() - started,
            "kernel_peak": p.bytes,
            "kernel_private": p.private,
            "kernel_cpu": used,
            "errors": errors,
        }
        self.request("DELETE", f"api/sessions/{session['id']}")
        return result

    def _channels(self, kernel):
        import websocket

        address = self.url.replace("http", "ws", 1)
        return websocket.create_connection(
            f"{address}/api/kernels/{kernel}/channels",
            header=[f"Authorization: {self.headers['Authorization']}"],
            timeout=600,
        )

    def server_memory(self):
        """Bytes of the student's own server, without kernels."""
        for process in psutil.Process(self.hub.process.pid).children(recursive=True):
            with contextlib.suppress(psutil.Error):
                is_server = any("singleuser" in part for part in process.cmdline())
                mine = process.environ().get("JUPYTERHUB_USER") == self.name
                if is_server and mine:
                    return process.memory_info().rss
        return None


class Peak:
    """The most memory that a process and its children had at once: `bytes`, and
    `private`, without what they share with other processes.
    """

    def __init__(self, process):
        self.process, self.bytes, self.private = process, 0, 0
        self.done = threading.Event()
        self.thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *error):
        self.done.set()
        self.thread.join()
        self._look()

    def _watch(self):
        while not self.done.wait(0.5):
            self._look()

    def _look(self):
        with contextlib.suppress(psutil.Error):
            family = [self.process, *self.process.children(recursive=True)]
            self.bytes = max(self.bytes, sum(_resident(one) for one in family))
            self.bytes = max(self.bytes, _of_system(self.process.pid, "VmHWM"))
            self.private = max(
                self.private, sum(_of_system(one.pid, "RssAnon") for one in family)
            )


def _resident(process):
    with contextlib.suppress(psutil.Error):
        return process.memory_info().rss
    return 0


def _of_system(pid, name):
    """A line of Linux's record of a process, in bytes: VmHWM is its own highest mark of
    what was resident, RssAnon what is no file's.
    """
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith(name):
                return int(line.split()[1]) * 1024
    return 0


def _kernel_process(kernel):
    def find():
        for process in psutil.process_iter(["cmdline"]):
            if any(kernel in part for part in process.info["cmdline"] or ()):
                return process

    return _until(find, 60, "a kernel's process")


def _execute(channels, source):
    """Run one cell; "ok" or "error" when the kernel is idle again."""
    own = uuid.uuid4().hex
    header = {"msg_id": own, "msg_type": "execute_request", "username": ""}
    header |= {"session": own, "version": "5.3"}
    content = {"code": source, "silent": False, "store_history": True}
    content |= {"user_expressions": {}, "allow_stdin": False, "stop_on_error": False}
    message = {"header": header, "parent_header": {}, "metadata": {}}
    channels.send(json.dumps({**message, "content": content, "channel": "shell"}))
    status, idle = None, False
    while status is None or not idle:
        answer = json.loads(channels.recv())
        if answer["parent_header"].get("msg_id") != own:
            continue
        if answer["msg_type"] == "execute_reply":
            status = answer["content"]["status"]
        idle |= answer["content"].get("execution_state") == "idle"
    return status


def _until(condition, seconds, what):
    end = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > end:
            raise TimeoutError(f"{what}: not after {seconds} seconds")
        time.sleep(0.3)
    return found


def _path():
    return os.environ.get("PATH", "")


def a_lesson(hub, number, which):
    """What a student does in a week: get the copy, run a lesson, do a homework, hand
    it in; then the instructor changes something, and the student's work survives.
    """
    student = Student(hub, f"student{number}")
    record = {"student": student.name, "lesson": which}
    record["server_seconds"] = student.start()
    started = time.monotonic()
    student.pull()
    record["pull_seconds"] = time.monotonic() - started
    lesson = f"{LESSONS[which]}.ipynb"
    record |= student.run(lesson, student.open(lesson))
    answered = _with_answers(student.open(f"homework/{HOMEWORK}.ipynb"), number)
    done = student.run(f"homework/{HOMEWORK}.ipynb", answered)
    for name in ("peak", "private", "cpu"):
        record[f"homework_{name}"] = done[f"kernel_{name}"]
    student.save(f"homework/{HOMEWORK}.ipynb", answered)
    record["server_memory"] = student.server_memory()
    with hub.updating:
        news = hub.repository / "notebooks" / "news.md"
        news.write_text(f"News for {student.name}\n")
        hub.commit(f"News for {student.name}")
    student.pull()
    record["kept"] = _answers(student.open(f"homework/{HOMEWORK}.ipynb")) == _answers(
        answered
    )
    record["news"] = (student.home / "course/notebooks/news.md").exists()
    shutil.copy(  # the instructor collects
        student.home / f"course/notebooks/homework/{HOMEWORK}.ipynb",
        hub.folder / "handed_in" / f"{student.name}.ipynb",
    )
    student.stop()
    print(json.dumps(record), flush=True)
    return record


def _with_answers(notebook, number):
    """The master's answers; every fourth student leaves out the last, which is written
    and read by a person.
    """
    from tests.homework import submissions

    good = {cell["id"]: cell["source"] for cell in submissions.answered()["cells"]}
    changed = [
        cell
        for cell in notebook["cells"]
        if cell["cell_type"] == "code"
        and "".join(cell["source"]).strip() != "".join(good[cell["id"]]).strip()
    ]
    for cell in changed[: len(changed) - (number % 4 == 3)]:
        cell["source"] = good[cell["id"]]
    return notebook


def _answers(notebook):
    return ["".join(cell["source"]) for cell in notebook["cells"]]


def without_cache(hub):
    """Lesson 06 with an empty cache of one's own, which then becomes everybody's."""
    student = Student(hub, "alone")
    student.start()
    student.pull()
    lesson = f"{LESSONS['06']}.ipynb"
    record = student.run(lesson, student.open(lesson))
    student.stop()
    private = hub.folder / "private"
    files = [path for path in private.rglob("*") if path.is_file()]
    record["cache_bytes"] = sum(path.stat().st_size for path in files)
    for name, shared in (("KERAS_HOME", "keras"), ("TFDS_DATA_DIR", "tfds")):
        if (private / name).exists():
            shutil.copytree(private / name, hub.data / shared, dirs_exist_ok=True)
    for path in hub.data.rglob("*"):
        path.chmod(path.stat().st_mode & ~0o222)
    return record


def grade(hub):
    """Points of each student, as `make grade` writes them."""
    handed_in = hub.folder / "handed_in"
    started = time.monotonic()
    tools = [sys.executable, "-m", "tools", "--venv", ".venv"]  # the course's own
    command = [*tools, "grade", "--homework", HOMEWORK, str(handed_in)]
    subprocess.run(command, cwd=ROOT, check=True)
    points = {}
    with open(handed_in / "grades.csv", newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            with contextlib.suppress(ValueError):
                points.setdefault(row["submission"], []).append(float(row["points"]))
    return {
        "points": {name: sum(each) for name, each in sorted(points.items())},
        "seconds": time.monotonic() - started,
    }


def a_class(students, at_once):
    """The whole trial; what it found."""
    with tempfile.TemporaryDirectory(
        prefix="class-", ignore_cleanup_errors=True
    ) as folder:
        with Hub(Path(folder)) as hub:
            hub.updating = threading.Lock()
            alone = without_cache(hub)
            print(json.dumps(alone), flush=True)
            with ThreadPoolExecutor(at_once) as pool:
                tasks = [
                    pool.submit(a_lesson, hub, number, sorted(LESSONS)[number % 2])
                    for number in range(students)
                ]
                records = [task.result() for task in tasks]
            hub_memory = sum(
                _resident(one)
                for one in (
                    psutil.Process(hub.process.pid),
                    *psutil.Process(hub.process.pid).children(recursive=True),
                )
            )
            graded = grade(hub)
    return {
        "plan": {"students": students, "at_once": at_once, "data": "embedded"},
        "students": records,
        "alone": alone,
        "hub_memory": hub_memory,
        "graded": graded,
    }


def largest(result, what, **where):
    """The largest number of that name among the students, or those of one lesson."""
    return max(
        one[what]
        for one in result["students"]
        if all(one[key] == value for key, value in where.items())
    )


def sizes(result, classes=(30, 100, 300)):
    """What a class needs, from what was measured.

    Memory: each student has a server, and a kernel that is as large as the largest was;
    what kernels share is there once, the hub comes on top, and a fifth is left for the
    system.  Cores: all press *Run All* within ten minutes, and all are done ten minutes
    later.

    Returns
    -------
    One dict per class: students, memory (gigabytes), cores.
    """
    private = largest(result, "kernel_private")
    shared = largest(result, "kernel_peak") - private
    each = private + largest(result, "server_memory")
    work = max(largest(result, "kernel_cpu", lesson=lesson) for lesson in LESSONS)
    return [
        {
            "students": count,
            "memory": math.ceil(
                1.2 * (count * each + shared + result["hub_memory"]) / 1e9
            ),
            "cores": math.ceil(count * work / 1200),
        }
        for count in classes
    ]


def per_lesson(result, limit=2e9):
    """What each lesson and the homework took.

    Returns
    -------
    A dict from a name to a dict: kernel (bytes of the largest), alone (without what
    kernels share, and with the server), fits (whether that is under the limit), cpu
    (processor seconds) and first (seconds to the first cell; None for the homework),
    both medians.
    """
    students = result["students"]
    kinds = {
        f"lesson {lesson}": (
            "kernel",
            [one for one in students if one["lesson"] == lesson],
        )
        for lesson in LESSONS
    }
    found = {}
    for name, (of, runs) in {**kinds, "homework 01": ("homework", students)}.items():
        alone = max(one[f"{of}_private"] + one["server_memory"] for one in runs)
        first = [
            one["server_seconds"] + one["pull_seconds"] + one["first_cell"]
            for one in runs
        ]
        found[name] = {
            "kernel": max(one[f"{of}_peak"] for one in runs),
            "alone": alone,
            "fits": alone < limit,
            "cpu": statistics.median(one[f"{of}_cpu"] for one in runs),
            "first": statistics.median(first) if of == "kernel" else None,
        }
    return found


def cache(result):
    """What a shared cache saves each student in lesson 06: seconds of a processor, and
    bytes on the disk.
    """
    shared = per_lesson(result)["lesson 06"]["cpu"]
    alone = result["alone"]
    return {
        "alone": alone["kernel_cpu"],
        "shared": shared,
        "bytes": alone["cache_bytes"],
    }


def as_markdown(result):
    """The three tables of docs/classroom.md, as lines of it."""
    lessons = ["| what is open | kernel, at most | its own, with the server | "]
    lessons[0] += "under 2 GB | processor seconds | from login to the first cell |"
    lessons.append("|---|---|---|---|---|---|")
    for name, one in per_lesson(result).items():
        first = "" if one["first"] is None else f"{one['first']:.0f} s"
        lessons.append(
            f"| {name} | {one['kernel'] / 1e9:.2f} GB | {one['alone'] / 1e9:.2f} GB | "
            f"{'yes' if one['fits'] else 'no'} | {one['cpu']:.0f} | {first} |"
        )
    classes = ["| students | memory | cores |", "|---|---|---|"]
    for row in sizes(result):
        classes.append(f"| {row['students']} | {row['memory']} GB | {row['cores']} |")
    one = cache(result)
    saved = ["| lesson 06 with | processor seconds | on the disk, per student |"]
    saved += ["|---|---|---|"]
    saved += [f"| an empty cache of one's own | {one['alone']:.0f} | "]
    saved[-1] += f"{one['bytes'] / 1e6:.0f} MB |"
    saved += [f"| the shared one, read-only | {one['shared']:.0f} | 0 MB |"]
    return lessons, classes, saved


def main(arguments):
    line = argparse.ArgumentParser(
        prog="python -m experiments.classroom",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    line.add_argument("--students", type=int, default=8)
    line.add_argument("--at-once", type=int, default=2)
    line.add_argument("--store", default="classroom", help="the result's name, or none")
    options = line.parse_args(arguments)
    result = a_class(options.students, options.at_once)
    if options.store:
        results.store(options.store, result)
    for lines in as_markdown(result):
        print("\n".join(lines), end="\n\n")


MEASUREMENTS = {
    "classroom": Measurement(
        "classroom",
        lambda: a_class(students=8, at_once=2),
        only_here="its hub listens on this machine's loopback",
    )
}

if __name__ == "__main__":
    main(sys.argv[1:])
