"""Runs one submission, then its tests, in a process of its own.  Standard library and
IPython only.

It is started by `sandbox`, which sets limits from outside and believes nothing but
plain JSON:

    in, line 1    {"cells": [source, ...], "cell_seconds": 60}
    out           one line: {"ran": true, "events": [...]}
    in, line 2    {"token": ..., "grader": source, "questions": {...}, "test_seconds": 20}
    out           one line: {"token": ..., "results": {"q1": {"answered": true, "tests": {"test_a": null, ...}}}}

The tests and the token arrive after the submission's cells have run.  That stops the
lazy kind of cheating, not the determined one: the submission's code can have changed
anything in this process before.
"""

import json
import os
import resource
import signal
import sys


def limit(memory, file_size, seconds):
    """Limits that the kernel keeps: data memory, size of a file, CPU time (the sum over
    all threads).
    """
    for what, value in (
        (resource.RLIMIT_DATA, memory),
        (resource.RLIMIT_FSIZE, file_size),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_CORE, 0),
    ):
        try:
            resource.setrlimit(what, (value, value))
        except (ValueError, OSError):
            # macOS knows no limit of this kind; `sandbox` watches memory and time from
            # outside as well
            pass


class Watch:
    """Raises TimeoutError in what runs too long; it may swallow it, and is then ended
    from outside.
    """

    def __init__(self, seconds):
        self.seconds = seconds

    def __enter__(self):
        signal.signal(signal.SIGALRM, self.ring)
        signal.setitimer(signal.ITIMER_REAL, self.seconds)

    def ring(self, *_):
        raise TimeoutError(f"not done after {self.seconds:g} seconds")

    def __exit__(self, *_):
        signal.setitimer(signal.ITIMER_REAL, 0)


def run_cells(cells, seconds):
    """Run cells as a notebook does, going on after an error; the variables, and what
    happened.
    """
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    shell = InteractiveShell.instance(config=config)
    shell.ast_node_interactivity = (
        "none"  # no repr of what a cell ends with: nobody looks at it
    )
    shell.showtraceback = lambda *_, **__: None
    events = []
    for number, source in enumerate(cells, start=1):
        try:
            with Watch(seconds):
                done = shell.run_cell(source, store_history=False)
            error = done.error_before_exec or done.error_in_exec
        except (Exception, SystemExit, KeyboardInterrupt) as raised:
            error = raised
        if error is not None:
            text = str(error).split("\n")[0][:200]
            events.append(
                {"cell": number, "kind": type(error).__name__, "message": text}
            )
    return shell.user_ns, events


def run_tests(environment, grader, questions, seconds):
    """The message of each test (None for passed), and whether the question was answered
    at all.
    """
    tools = {"__name__": "grader"}
    exec(compile(grader, "grader", "exec"), tools)
    results = {}
    for name, question in questions.items():
        messages = {}
        for test in question["tests"]:
            if any(
                message and "TimeoutError" in message for message in messages.values()
            ):
                messages[test["name"]] = (
                    "Not run, because another test of this question was not done in "
                    "time."
                )
                continue
            try:
                with Watch(seconds):
                    message = tools["run_test"](test["source"], environment)
            except (Exception, SystemExit, KeyboardInterrupt) as error:
                message = f"Your code stops with {type(error).__name__}: {error}"
            messages[test["name"]] = None if message is None else str(message)[:500]
        given = [
            environment[answer]
            for answer in question["answers"]
            if answer in environment
        ]
        results[name] = {
            "defined": bool(given),
            "answered": any(
                one is not None and one is not ... and _has_text(one) for one in given
            ),
            "tests": messages,
        }
        if question["manual"]:
            texts = [one for one in given if isinstance(one, str)]
            results[name]["text"] = texts[0].strip()[:5000] if texts else ""
    return results


def _has_text(value):
    return not isinstance(value, str) or bool(value.strip(". \n"))


def main():
    out = os.fdopen(int(sys.argv[1]), "w", encoding="utf-8")
    job = json.loads(sys.stdin.readline())
    limit(job["memory"], job["file_size"], job["cpu_seconds"])
    environment, events = run_cells(job["cells"], job["cell_seconds"])
    out.write(json.dumps({"ran": True, "events": events[:50]}) + "\n")
    out.flush()
    task = json.loads(sys.stdin.readline())
    results = run_tests(
        environment, task["grader"], task["questions"], task["test_seconds"]
    )
    out.write(json.dumps({"token": task["token"], "results": results}) + "\n")
    out.flush()
    sys.stdout.flush()
    os._exit(0)  # threads and exit handlers that the submission left behind have no say


if __name__ == "__main__":
    main()
