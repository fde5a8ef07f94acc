"""Runs one submission, then its tests, in a process of its own.  Standard library and
IPython only.

`sandbox` hands over this text, sets limits from outside, and believes nothing but plain
JSON, one line each:

    in    {"cells": [[number, source], ...], "cell_seconds": 60, ...}
    out   {"cell": 3, "begins": true}          before each cell
          {"cell": 3, "kind": "ValueError", "message": ..., "line": ...}  if it stops
          {"late": line}                       when the time is up, from where it is
          {"ran": true}
    in    {"token": ..., "grader": source, "questions": {...}, "test_seconds": 20}
    out   {"token": ..., "question": "q1", "given": {"defined": true, ...}}
          {"token": ..., "question": "q1", "test": "test_a", "begins": true}
          {"token": ..., "question": "q1", "test": "test_a", "message": null}
          {"token": ..., "done": true}

What has arrived counts, so that a loop without end costs only what comes after it.

The tests and the token arrive after the submission's cells have run.  That stops the
lazy kind of cheating, not the determined one: the submission's code can have changed
anything in this process before.
"""

import functools
import json
import os
import resource
import signal
import sys
import time
import traceback

# Files whose lines are not the student's: this one, the grader's, the tests'.
OURS = ("child", "inside", "grader", "<test>", "<string>")


def limit(memory, reserve, file_size, seconds):
    """Limits that the kernel keeps: data memory, size of a file, CPU time (the sum over
    all threads).

    Parameters
    ----------
    reserve : memory for later, when a cell has used up what it may have.
    """
    for what, value, most in (
        (resource.RLIMIT_DATA, memory, memory + reserve),
        (resource.RLIMIT_FSIZE, file_size, file_size),
        (resource.RLIMIT_CPU, seconds, seconds),
        (resource.RLIMIT_CORE, 0, 0),
    ):
        try:
            resource.setrlimit(what, (value, most))
        except (ValueError, OSError):
            # macOS knows no limit of this kind; `sandbox` watches memory and time from
            # outside as well
            pass


def use_reserve():
    """What a cell filled stays full; the tests must be able to run all the same."""
    try:
        most = resource.getrlimit(resource.RLIMIT_DATA)[1]
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    except (ValueError, OSError):
        pass


class Line:
    """The two ends of the line to the grader, out of reach of an honest submission.

    One that puts something else in the place of `sys.stdin`, or reads from it, is not
    to lose its points for that.
    """

    def __init__(self, out):
        self.source = os.fdopen(os.dup(0), "rb")
        self.out = os.dup(out)
        os.close(out)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)

    def read(self):
        return json.loads(self.source.readline())

    def write(self, **message):
        rest = json.dumps(message).encode() + b"\n"
        while rest:
            rest = rest[os.write(self.out, rest) :]


class Watch:
    """Raises TimeoutError in what runs too long, after saying where it was.

    What swallows that is ended from outside.
    """

    def __init__(self, seconds, line):
        self.seconds, self.line = seconds, line

    def __enter__(self):
        signal.signal(signal.SIGALRM, self.ring)
        signal.setitimer(signal.ITIMER_REAL, self.seconds)

    def ring(self, _, frame):
        self.line.write(late=theirs(traceback.extract_stack(frame)))
        raise TimeoutError(f"not done after {self.seconds:g} seconds")

    def __exit__(self, *_):
        signal.setitimer(signal.ITIMER_REAL, 0)


def theirs(frames):
    """The innermost line that the student wrote; "" if there is none."""
    library = os.path.dirname(os.__file__)
    for frame in reversed(frames):
        ours = frame.filename in OURS or frame.filename.startswith(library)
        if not ours and "-packages" not in frame.filename:
            return str(frame.line or "")[:200]
    return ""


def kind_of(error):
    """The name of an exception's class, whatever the class says of itself."""
    return str(type.__dict__["__name__"].__get__(type(error)))[:100]


def said_by(error):
    """The first line of an exception's text; "" if it cannot be had."""
    try:
        return str.split(str(error), "\n")[0][:200]
    except BaseException:
        return ""


def stopped(number, error):
    """What to say about the error that ended a cell."""
    line = theirs(traceback.extract_tb(error.__traceback__))
    if isinstance(error, SyntaxError) and isinstance(error.text, str):
        line = error.text.strip()[:200]
    return {
        "cell": number,
        "kind": kind_of(error),
        "message": said_by(error),
        "line": line,
    }


def run_cells(cells, seconds, in_all, line):
    """Run cells as a notebook does, going on after an error; gives the variables.

    Parameters
    ----------
    in_all : seconds for all cells, so that some are left for the tests.
    """
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    shell = InteractiveShell.instance(config=config)
    # no repr of what a cell ends with: nobody looks at it
    shell.ast_node_interactivity = "none"
    shell.showtraceback = lambda *_, **__: None
    end = time.monotonic() + in_all
    for number, source in cells:
        left = end - time.monotonic()
        if left <= 0:
            message = "not run: the cells before it had used up the time"
            line.write(cell=number, kind="TimeoutError", message=message, line="")
            continue
        line.write(cell=number, begins=True)
        try:
            with Watch(min(seconds, left), line):
                done = shell.run_cell(source, store_history=False)
            error = done.error_before_exec or done.error_in_exec
        except BaseException as raised:
            error = raised
        if isinstance(error, MemoryError):
            use_reserve()
        if error is not None:
            line.write(**stopped(number, error))
    return shell.user_ns


def run_tests(environment, grader, questions, seconds, line, token):
    """Run the tests, and say after each what came out (None for passed)."""
    tools = {"__name__": "grader"}
    exec(compile(grader, "grader", "exec"), tools)
    for name, question in questions.items():
        line.write(token=token, question=name, given=given(environment, question))
        late = False
        for test in question["tests"]:
            if late:
                message = "Not run: another test of this question took too long."
            else:
                line.write(token=token, question=name, test=test["name"], begins=True)
                run = functools.partial(
                    tools["run_test"], test["source"], environment, question
                )
                message = run_one(run, seconds, line)
                late = message is not None and "TimeoutError" in message
            line.write(token=token, question=name, test=test["name"], message=message)


def run_one(run, seconds, line):
    """The message of one test, None for passed."""
    try:
        with Watch(seconds, line):
            message = run()
        return None if message is None else str.__str__(message)[:500]
    except BaseException as error:
        where = theirs(traceback.extract_tb(error.__traceback__))
        said = f"Your code stops with {kind_of(error)}: {said_by(error)}"
        return (f"{said}\n    in the line  {where}" if where else said)[:500]


def given(environment, question):
    """Which answers exist, and the text of one that a person reads."""
    found = [environment[one] for one in question["answers"] if one in environment]
    about = {
        "defined": bool(found),
        "answered": any(
            one is not None and one is not ... and has_text(one) for one in found
        ),
    }
    if question["manual"]:
        texts = [one for one in found if isinstance(one, str)]
        about["text"] = str.strip(texts[0])[:5000] if texts else ""
    return about


def has_text(value):
    return not isinstance(value, str) or bool(str.strip(value, ". \n"))


def main():
    line = Line(int(sys.argv[1]))
    job = line.read()
    limit(job["memory"], job["reserve"], job["file_size"], job["cpu_seconds"])
    sys.path += job["path"]
    environment = run_cells(
        job["cells"], job["cell_seconds"], job["cells_seconds"], line
    )
    line.write(ran=True)
    task = line.read()
    run_tests(
        environment,
        task["grader"],
        task["questions"],
        task["test_seconds"],
        line,
        task["token"],
    )
    line.write(token=task["token"], done=True)
    os._exit(0)  # threads and exit handlers that the submission left behind have no say


if __name__ == "child":
    main()
