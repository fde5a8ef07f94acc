"""From what a submission's process sent to rows of the table.

Nothing that arrives is believed: each line must be JSON of a form that it can have,
name the homework's own questions and tests, and carry the token once the tests are
there.
Points are not read back at all; they are counted here, from the tests that passed.
"""

import json
import re
from dataclasses import dataclass, field

from grading.escaping import one_line, visible

TOO_LONG, TOO_MUCH = "timeout", "memory"
# Kinds of errors that end a cell for a reason the table has a status for.
ENDED_CELL = {
    "TimeoutError": TOO_LONG,
    "MemoryError": TOO_MUCH,
    "SystemExit": "stopped",
    "OutputError": "output",
}
NO_RESULT = "its process sent something that is no result"


@dataclass(frozen=True)
class Row:
    """One line of grades.csv.  `points` is None where a person has to read."""

    submission: str
    question: str
    points: float | None
    max_points: float
    status: str
    comment: str
    seconds: float = 0.0
    text: str = ""
    mistakes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ended:
    """How a process came to its end.

    Parameters
    ----------
    status, comment : for the questions that had not been reached; "" if all were.
    blame : ("cell", number) or ("question", name), what ran when it was ended, if that
        is known and the rest may be tried without it.
    """

    status: str = ""
    comment: str = ""
    blame: tuple = ()


class Refused(ValueError):
    """What arrived cannot have been sent by an honest run; the text says why."""


@dataclass
class Arrived:
    """What one process, or several in turn, sent about one submission."""

    questions: dict
    cells: dict
    stops: list = field(default_factory=list)
    results: dict = field(default_factory=dict)
    left_out: list = field(default_factory=list)

    def begin(self, token):
        """A new process, with a token of its own: its cells run again."""
        self.token, self.stops, self.asked = token, list(self.left_out), {}
        self.ran, self.done, self.running, self.late, self.begun = (
            False,
            False,
            (),
            "",
            0,
        )

    def leave_out(self, ended):
        """Note a cell that ended its process; it does not run the next time."""
        what, number = ended.blame
        if what == "cell":
            [kind] = [
                kind for kind, status in ENDED_CELL.items() if status == ended.status
            ]
            message = "it did not stop" if kind == "TimeoutError" else ended.comment
            stop = {"cell": number, "line": self.late, "kind": kind, "message": message}
            self.left_out.append(stop)

    def take(self, line):
        """One line (bytes); Refused if it is not of the form that it must have."""
        try:
            message = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise Refused(NO_RESULT) from error
        if not isinstance(message, dict):
            raise Refused(NO_RESULT)
        if "token" in message:
            if not self.ran or message["token"] != self.token:
                raise Refused("its process sent a result before the tests had arrived")
            self._result(message)
        elif message.keys() == {"late"}:
            self.late = _text(message["late"])
        elif message == {"ran": True} and not self.ran:
            self.ran, self.running = True, ()
        elif not self.ran:
            self._cell(message)
        else:
            raise Refused(NO_RESULT)

    def _cell(self, message):
        number = message.get("cell")
        if type(number) is not int or number not in self.cells:
            raise Refused(NO_RESULT)
        if message.keys() == {"cell", "begins"}:
            self._begins("cell", number)
        elif len(self.stops) < len(self.cells):
            said = {name: _text(message.get(name)) for name in ("kind", "message")}
            line = _text(message.get("line")) or self.late
            self.stops.append({"cell": number, "line": line} | said)

    def _begins(self, what, name):
        self.running, self.late, self.begun = (what, name), "", self.begun + 1

    def _result(self, message):
        if message.keys() == {"token", "done"}:
            if not all(self.whole(name) for name in self.asked):
                raise Refused("its process left out questions that the homework has")
            self.done = True
            return
        name = message.get("question")
        if not isinstance(name, str) or name not in self.asked:
            raise Refused("its process sent other questions than the homework has")
        if "given" in message:
            self._given(name, message["given"])
            return
        test, tests = message.get("test"), self.results.get(name, {}).get("tests")
        names = [test["name"] for test in self.questions[name]["tests"]]
        if not isinstance(test, str) or test not in names or tests is None:
            raise Refused("its process sent other tests than the homework has")
        if message.keys() == {"token", "question", "test", "begins"}:
            self._begins("question", name)
        elif test in tests or "message" not in message:
            raise Refused(NO_RESULT)
        else:
            said = message["message"]
            tests[test] = None if said is None else _text(said)

    def _given(self, name, about):
        if name in self.results or not isinstance(about, dict):
            raise Refused(NO_RESULT)
        known = [about.get(key) for key in ("defined", "answered")]
        if any(type(flag) is not bool for flag in known):
            raise Refused(NO_RESULT)
        text = visible(_text(about.get("text", "")), 5000, lines=True)
        self.results[name] = {
            "defined": known[0],
            "answered": known[1],
            "text": text,
            "tests": {},
        }

    def whole(self, name):
        """Whether all tests of a question have arrived."""
        tests = self.results.get(name, {"tests": {}})["tests"]
        return len(tests) == len(self.questions[name]["tests"])


def _text(value):
    if not isinstance(value, str):
        raise Refused(NO_RESULT)
    return value


def all_rows(submission, questions, status, comment, seconds=0.0):
    """The same for every question: 0 points, and why."""
    said = one_line(comment)
    return [
        Row(submission, name, 0, question["points"], status, said, seconds, "", (said,))
        for name, question in questions.items()
    ]


def rows(submission, arrived, ended, seconds):
    """One row a question.

    Parameters
    ----------
    arrived : Arrived.
    ended : {question: Ended} for those that were not reached or not finished.
    """
    return [
        _row(submission, name, arrived, ended.get(name, Ended()), seconds)
        for name in arrived.questions
    ]


def _row(submission, name, arrived, ended, seconds):
    question, got = arrived.questions[name], arrived.results.get(name)
    worth = question["points"]
    if got is None:
        said = one_line(ended.comment)
        row = Row(submission, name, 0, worth, ended.status, said, seconds)
        return _with_mistakes(row, [ended.comment])
    tests = {test["name"]: test for test in question["tests"]}
    unfinished = [test for test in tests if test not in got["tests"]]
    failed = [said for said in got["tests"].values() if said is not None]
    passed = [test for test, said in got["tests"].items() if said is None]
    points = round(min(sum(tests[test]["points"] for test in passed), worth), 4)
    halted = next((s for s in arrived.stops if s["kind"] in ENDED_CELL), None)
    status, comment = "graded", " | ".join(dict.fromkeys(failed))
    mistakes = [said for said in dict.fromkeys(failed) if said != NOT_RUN]
    hidden = {name for name, test in tests.items() if test["hidden"]}
    if unfinished:
        points, status = 0 if question["manual"] else points, ended.status
        mistakes.append(ended.comment)
        comment = " | ".join(mistakes)  # the tests before it, and how it ended
    elif question["manual"] and not failed:
        points, status = None, "to read"
        comment = f"{len(got['text'].split())} words"
    elif not got["defined"]:
        points, status = 0, "missing"
        stop = _stop_of(name, arrived)
        comment = f"none of its answers exists: {_told(stop)}" if stop else NO_CELL
        mistakes = [_stop_alone(stop) if stop else NO_CELL]
    elif not got["answered"]:
        points, status, comment, mistakes = 0, "not answered", "", []
    elif any("TimeoutError" in said for said in failed):
        status = TOO_LONG
    elif failed and {t for t, said in got["tests"].items() if said} == hidden:
        comment = f"only the hidden tests fail: {comment}"
    if any("does not exist" in said for said in failed) and status == "graded":
        stop = _stop_of(name, arrived)
        comment = " | ".join(filter(None, [comment, stop and _told(stop)]))
    if halted and points is not None and points < worth:
        status = ENDED_CELL[halted["kind"]]
    if halted:
        mistakes = [*mistakes, _stop_alone(halted)]
        if _told(halted) not in comment:
            comment = " | ".join(filter(None, [comment, _told(halted)]))
    row = Row(
        submission,
        name,
        points,
        worth,
        status,
        one_line(comment),
        seconds,
        got["text"] if question["manual"] else "",
    )
    return _with_mistakes(row, mistakes)


NOT_RUN = "Not run: another test of this question took too long."
NO_CELL = "none of its answers exists: was the cell deleted?"


def _with_mistakes(row, mistakes):
    cleaned = tuple(
        dict.fromkeys(visible(said, lines=True) for said in mistakes if said)
    )
    return Row(**(vars(row) | {"mistakes": cleaned}))


def _stop_of(name, arrived):
    """The error that took this question's answers: in the cell that defines one."""
    names = "|".join(map(re.escape, arrived.questions[name]["answers"]))
    defines = re.compile(rf"\s*(def|class)\s+({names})\b|[^=]*\b({names})\b[^=]*=(?!=)")
    for stop in arrived.stops:
        # short lines only: a submission could make this search take for ever
        lines = arrived.cells[stop["cell"]].split("\n")[:2000]
        if names and any(defines.match(line[:300]) for line in lines):
            return stop
    return None


def _stop_alone(stop):
    where = f", in the line `{stop['line'].strip()}`" if stop["line"] else ""
    return f"its cell stopped with {stop['kind']}: {stop['message']}{where}"


def _told(stop):
    where = f", in the line `{stop['line'].strip()}`" if stop["line"] else ""
    said = f"{stop['kind']}: {stop['message']}".rstrip(": ")
    return f"code cell {stop['cell']} stopped with {said}{where}"
