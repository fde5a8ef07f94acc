"""The grader that stands under the title of every homework notebook.  Standard
library only, one file.

`check("q1")` runs the tests of a question on your answers and says what is wrong, if
something is. `hint("q1")` says more, and the next time where to read.  The right
answers are not in here: numbers are compared by a salted hash, code by what it does.
Only answers that are wrong stand in plain text, with what they mean.
"""

import hashlib
import html
import inspect
import linecache
import os
import re
import sys
import traceback

# --------------------------------------------------------------------------------------
# What tests are written with.  They raise AssertionError, and its text is what a
# student reads.


def fail(message):
    """End the test with this message."""
    raise AssertionError(message)


def plain(value):
    """Whatever was answered as plain Python: arrays and tensors of any library as
    nested lists, tuples as lists.
    """
    # torch first
    steps = (
        ("detach", "cpu", "numpy", "tolist")
        if hasattr(value, "detach")
        else ("numpy", "tolist")
    )
    for step in steps:
        method = getattr(value, step, None)
        if callable(method) and not isinstance(value, type):
            value = method()
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def shape(value):
    """The shape of an array, a tensor or nested lists, as a tuple; () for a number."""
    found = getattr(value, "shape", None)
    if found is not None:
        return tuple(int(size) for size in found)
    return (
        (len(value), *shape(value[0]))
        if isinstance(value, (list, tuple)) and len(value)
        else ()
    )


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def rounded(value, digits=6):
    """A number to so many significant digits, as text; lists item by item; text without
    capitals and outer blanks.
    """
    if isinstance(value, list):
        return "[" + ", ".join(rounded(item, digits) for item in value) + "]"
    if isinstance(value, str):
        return value.strip().lower()
    if not is_number(value):
        return repr(value)
    if value != value or value in (float("inf"), float("-inf")):
        return repr(value)
    if not float(value).is_integer() or digits < 6:
        value = float(f"{float(value):.{digits - 1}e}")
    return str(int(value)) if float(value).is_integer() else f"{value:.{digits - 1}e}"


def digest(value, salt, digits=6):
    """The salted hash of an answer, "salt:hash": slow on purpose, so that guessing
    costs time.
    """
    text = rounded(plain(value), digits)
    slow = hashlib.pbkdf2_hmac("sha256", text.encode(), salt.encode(), 5000)
    return f"{salt}:{slow.hex()[:24]}"


def matches(value, right, digits=6):
    """Is this the answer behind the hash?  A number may be one unit off in the last of
    `digits` digits.
    """
    salt, value = right.split(":")[0], plain(value)
    near = [value]
    if is_number(value) and digits < 6 and value:
        unit = 10.0 ** (int(f"{abs(value):e}".split("e")[1]) - digits + 1)
        near += [value - unit, value + unit]
    return any(digest(item, salt, digits) == right for item in near)


def same(value, other, digits=6):
    """Are both the same number, text or list, up to so many digits?"""
    value, other = plain(value), plain(other)
    if isinstance(value, list) and isinstance(other, list):
        pairs = zip(value, other, strict=False)
        return len(value) == len(other) and all(same(a, b, digits) for a, b in pairs)
    if is_number(value) and is_number(other):
        return abs(value - other) <= 0.5 * 10.0 ** (1 - digits) * max(
            abs(value), abs(other)
        )
    return rounded(value) == rounded(other)


def answered(name, value):
    """Fail if the dots are still there, or if the answer holds no numbers that can be
    compared.
    """
    if value is None or value is ...:
        fail(
            f"`{name}` is still open: put your answer in place of the dots and run "
            f"the cell."
        )
    kept = _NumbersOf(value)
    if kept.missing:
        fail(
            f"`{name}` holds NaN, which is no number: look for 0 / 0, ∞ − ∞ or the "
            f"mean of nothing."
        )
    if kept.endless:
        fail(f"`{name}` holds a number that is infinite, or far too large.")


class _NumbersOf:
    """Whether there is a NaN (.missing) or an endless number (.endless) in an
    answer.
    """

    def __init__(self, value):
        self.missing = self.endless = False
        if not callable(value):
            self.look(plain(value))

    def look(self, value):
        if isinstance(value, list):
            for item in value:
                self.look(item)
        elif is_number(value):
            self.missing |= value != value
            self.endless |= not abs(value) < 1e300 and value == value


def answer(name, value, right, wrong=(), otherwise="", digits=6):
    """A number, a text or a tuple, compared with the hash of the right one.

    Parameters
    ----------
    wrong : pairs (a wrong answer, what it means), tried in order.
    otherwise : what to say when no wrong answer is known; the value is named before it.
    digits : significant digits that must agree; fewer than six allow one unit in the
        last.
    """
    answered(name, value)
    if callable(value):
        fail(
            f"`{name}` is a function or a class; the answer is what it gives back: "
            f"call it, with ()."
        )
    if matches(value, right, digits):
        return
    for mistake, meaning in wrong:
        if same(value, mistake, digits):
            fail(f"`{name}` = {written(value)}: {meaning}")
    if isinstance(value, str) and is_number(_number_in(value)):
        fail(f"`{name}` is text, {value!r}: write the number without quotes.")
    fail(f"`{name}` = {written(value)} is not right. {otherwise}".strip())


def number(name, value, right, wrong=(), otherwise="", digits=6):
    """As `answer`, for one number: says so when something else comes."""
    answered(name, value)
    found = plain(value)
    if isinstance(found, str) and is_number(_number_in(found)):
        fail(f"`{name}` is text, {found!r}: write the number without quotes.")
    while isinstance(found, list) and len(found) == 1:
        found = found[0]
    if not is_number(found) and not callable(value):
        fail(f"`{name}` should be one number, and it is {written(found)}.")
    answer(name, found if is_number(found) else value, right, wrong, otherwise, digits)


def sizes(
    name, value, right, wrong=(), otherwise="", of=("height", "width", "channels")
):
    """As `answer`, for a tuple of whole numbers such as (height, width, channels)."""
    answered(name, value)
    found = plain(value)
    what = f"({', '.join(of)})"
    if not isinstance(found, list) or not all(is_number(item) for item in found):
        fail(f"`{name}` should be a tuple {what}, and it is {written(value)}.")
    if len(found) == len(of) + 1 and matches(found[1:], right):
        fail(
            f"`{name}` = {written(value)} begins with a batch size: the question asks "
            f"for {what} only."
        )
    if len(found) != len(of):
        fail(
            f"`{name}` = {written(value)} has {len(found)} entries, and {what} has "
            f"{len(of)}."
        )
    if any(item != int(item) for item in found):
        fail(
            f"`{name}` = {written(value)}: a size is a whole number. Which way does "
            f"it have to be rounded?"
        )
    answer(name, tuple(int(item) for item in found), right, wrong, otherwise)


def choice(name, value, right, wrong=(), among="abcd"):
    """As `answer`, for one letter."""
    answered(name, value)
    if not isinstance(value, str) or value.strip().strip("().").lower() not in list(
        among
    ):
        fail(
            f"`{name}` should be one of {', '.join(map(repr, among))}, in quotes, and "
            f"it is {written(value)}."
        )
    answer(name, value.strip().strip("().").lower(), right, wrong)


def prose(name, value, words=40, numbers=0, mentions=()):
    """A written answer that can be read by a person: long enough, with numbers, on the
    subject.

    Parameters
    ----------
    mentions : pairs (words of which one must occur, what to say if none does).
    """
    answered(name, value)
    if not isinstance(value, str):
        fail(
            f"`{name}` should be text between triple quotes, and it is "
            f"{written(value)}."
        )
    count = len(re.findall(r"[^\W\d_]{2,}", value))
    if not count:
        fail(f"`{name}` is empty: write your answer between the triple quotes.")
    if count < words:
        fail(
            f"`{name}` has {count} words; {words} or more are needed to give a reason."
        )
    distinct = len(set(re.findall(r"[^\W\d_]{2,}", value.lower())))
    if distinct < words / 3:
        fail(f"`{name}` says the same {distinct} words again and again.")
    if len(re.findall(r"\d+", value)) < numbers:
        few = "a number" if numbers == 1 else f"{numbers} numbers"
        fail(
            f"`{name}` names no result: support what you say with {few} from this "
            f"notebook."
        )
    for some, message in mentions:
        if not any(word in value.lower() for word in some):
            fail(message)


def called(function, *arguments, name=None, **options):
    """What the student's function gives back; fails if there is no function, or it
    gives back nothing.
    """
    name = name or getattr(function, "__name__", "your function")
    answered(name, function)
    if not callable(function):
        fail(f"`{name}` should be a function, and it is {written(function)}.")
    _can_be_called(name, function, arguments, options)
    result = function(*arguments, **options)
    _LAST_CALL[:] = [name, result]
    if result is None or result is ...:
        fail(
            f"`{name}(...)` gives back nothing: write its body, and end it with "
            f"`return`."
        )
    return result


def _can_be_called(name, function, arguments, options):
    """Fail if the function's parameters are not the question's, and say which."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return  # written in C; it says itself what it cannot take
    try:
        signature.bind(*arguments, **options)
        return
    except TypeError:
        pass
    asked = _QUESTION.get("parameters", {}).get(name) or [*options]
    head = f"The question asks for `def {name}({', '.join(asked)})`"
    asked = [one.split("=")[0] for one in asked]
    own = signature.parameters
    missing = [f"`{one}`" for one in asked if one not in own]
    given = [*asked[: len(arguments)], *options]
    needed = [
        f"`{one}`"
        for one, about in own.items()
        if about.default is about.empty
        and about.kind is about.POSITIONAL_OR_KEYWORD
        and one not in given
    ]
    if missing:
        fail(f"`{name}` has no parameter {' and no '.join(missing)}. {head}.")
    if needed:
        fail(f"`{name}` cannot be called without {' and '.join(needed)}. {head}.")
    values = len(arguments) + len(options)
    fail(f"`{name}` cannot be called with {values} values. {head}.")


def described(value):
    """What an answer is, in a few words."""
    if value is None or value is ...:
        return "nothing"
    if isinstance(value, str):
        return f"the text {value[:40]!r}"
    if isinstance(value, type):
        return "a class"
    if callable(value):
        return "a function"
    size = shape(value) if hasattr(value, "shape") else ()
    if size:
        return f"an array of the shape {size}"
    for kind, word in ((list, "list"), (tuple, "tuple"), (dict, "dictionary")):
        if isinstance(value, kind):
            return f"a {word} of {len(value)}: {written(value)}"
    return written(value)


def written(value):
    """An answer as a student would write it, not too long."""
    value = tuple(plain(value)) if isinstance(value, tuple) else plain(value)
    text = (
        f"{value:,}"
        if isinstance(value, int) and not isinstance(value, bool)
        else repr(value)
    )
    return text if len(text) <= 60 else f"{text[:57]}..."


def _number_in(text):
    try:
        return float(text.replace(",", "").replace("_", ""))
    except ValueError:
        return None


# --------------------------------------------------------------------------------------
# Running tests.

# What is being checked, and what the student's function gave back last.
_QUESTION, _LAST_CALL = {}, []


def run_test(source, environment, question=None):
    """Run one test, given as the text of a function, on the variables it names.

    Parameters
    ----------
    question : {"answers": [names], "parameters": {function: ["stride=1"]}},
        as far as known.

    Returns
    -------
    None, or what went wrong.
    """
    tools = {
        name: value
        for name, value in globals().items()
        if not name.startswith("_") or name == "__builtins__"
    }
    exec(compile(source, "<test>", "exec"), tools)
    test = next(
        value
        for name, value in tools.items()
        if name.startswith("test") and callable(value)
    )
    _QUESTION.clear()
    _QUESTION.update(question or {})
    _LAST_CALL.clear()
    names = list(inspect.signature(test).parameters)
    for name in names:
        if name != "env" and name not in environment:
            return f"`{name}` does not exist: {_why_missing(name)}"
    given = {
        name: environment if name == "env" else environment[name] for name in names
    }
    try:
        test(**given)
    except AssertionError as error:
        inside = error.__traceback__
        while inside.tb_next:
            inside = inside.tb_next
        if inside.tb_frame.f_code.co_filename in ("<test>", _OWN):
            return str(error) or "Something is not right yet."
        return _stopped(error, given)
    except (Exception, SystemExit) as error:
        return _stopped(error, given)
    return None


_OWN, _LIBRARY = run_test.__code__.co_filename, os.path.dirname(os.__file__)


def _line_of(error):
    """The innermost line that the student wrote, where an error went through; None if
    it went through none.
    """
    own = None
    for frame in traceback.extract_tb(error.__traceback__):
        ours = frame.filename in ("<test>", "child", _OWN)
        if not (ours or frame.filename.startswith((_LIBRARY, "<frozen"))):
            own = own if "-packages" in frame.filename else frame
    if own is None:
        return None
    line = own.line or linecache.getline(own.filename, own.lineno).strip()
    return f"\n    in the line  {line}" if line else f" (line {own.lineno})"


def _said(error):
    """The kind and the text of an error, in one line, whatever its class does."""
    kind = type.__dict__["__name__"].__get__(type(error))
    try:
        text = str(error)
    except Exception:
        text = ""
    return f"{kind}: {text}".split("\n")[0].rstrip(": ")


def _stopped(error, given):
    """One line about an error, with the student's own line if it happened there."""
    line = _line_of(error)
    if line is not None:
        return f"Your code stops with {_said(error)}{line}"
    if isinstance(error, TimeoutError):
        return f"Your code stops with {_said(error)}"
    try:
        if _LAST_CALL:
            what = f"`{_LAST_CALL[0]}(...)` gives back {described(_LAST_CALL[1])}"
        else:
            names = [one for one in given if one in _QUESTION.get("answers", given)]
            what = " and ".join(f"`{one}` is {described(given[one])}" for one in names)
    except Exception:
        what = "Your answer is something that cannot be looked at"
    return f"{what}. Is that the kind of thing that the question asks for?"


def _why_missing(name):
    """What to do about a name that is not there; its cell may have stopped."""
    usual = "run the cell where it is defined (or all cells, from the top)."
    error = getattr(sys, "last_value", None)
    if not isinstance(error, BaseException):
        return usual
    frames = traceback.extract_tb(error.__traceback__)
    files = [frame.filename for frame in frames] + [getattr(error, "filename", None)]
    for file in files:
        cell = "".join(linecache.getlines(file)) if isinstance(file, str) else ""
        if re.search(rf"^(def |class )?{re.escape(name)}\b", cell, re.MULTILINE):
            line = _line_of(error) or ""
            if isinstance(error, SyntaxError) and error.text:
                line = f"\n    in the line  {error.text.strip()}"
            return f"its cell stopped with {_said(error)}{line}"
    return usual


_WRAPPED = (
    "white-space: pre-wrap; word-break: normal; overflow-wrap: anywhere; "
    "margin: 0; padding: 0; background: none; color: inherit"
)


def _say(text):
    """Print; in a notebook, show the same words so that no line ends within one.

    JupyterLab breaks what is printed at whatever letter stands at the edge.
    """
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if not hasattr(shell, "kernel"):
        print(text)
        return
    words = f'<pre style="{_WRAPPED}">{html.escape(text)}</pre>'
    from IPython.display import display

    display({"text/plain": text, "text/html": words}, raw=True)


class Result:
    """What came out of a check: .question, .passed (True or False), .messages (a list
    of texts).
    """

    def __init__(self, question, messages, tests):
        self.question, self.messages, self.passed = (
            question,
            messages,
            not messages and tests > 0,
        )
        self.tests = tests

    def __repr__(self):
        return (
            f"Result({self.question!r}, passed={self.passed}, messages={self.messages})"
        )

    def __str__(self):
        if self.passed:
            return f"{self.question}  ✓  right"
        lines = [f"{self.question}  ✗  not yet"]
        lines += [f"  • {message}" for message in dict.fromkeys(self.messages)]
        return "\n".join(lines + [f'  For a hint: grader.hint("{self.question}")'])

    def _ipython_display_(self):
        """Nothing: `check` has printed it."""


_QUESTIONS, _ENVIRONMENT, _HINTS_GIVEN = {}, {}, {}


def start(environment, questions):
    """Say whose variables are checked (a dict such as globals()) and what the questions
    are, and that all is ready.  Used by the notebook.

    Parameters
    ----------
    questions : {"q1": {"points": 2, "manual": False, "hints": [...], "see": "...",
        "answers": [name, ...], "parameters": {function: ["stride=1", ...]},
        "rubric": [what earns a point, ...], "tests": [source, ...]}}
    """
    global _QUESTIONS, _ENVIRONMENT
    _QUESTIONS, _ENVIRONMENT = questions, environment
    _HINTS_GIVEN.clear()
    first = next(iter(questions), "q1")
    _say(f'Grader ready: grader.check("{first}") checks, grader.hint("{first}") helps.')


def check(question):
    """Check your answer to a question, such as "q1"; prints what is right or wrong, and
    gives it back as a Result.
    """
    if question not in _QUESTIONS:
        result = Result(
            question,
            [f"There is no question {question!r}; there are {', '.join(_QUESTIONS)}."],
            0,
        )
    else:
        asked = _QUESTIONS[question]
        tests = asked["tests"]
        messages = [
            message
            for message in (run_test(test, _ENVIRONMENT, asked) for test in tests)
            if message
        ]
        result = Result(question, messages, len(tests))
    if result.passed and _QUESTIONS[question].get("manual"):
        looked_for = _QUESTIONS[question].get("rubric", [])
        _say(
            f"{question}  ✓  ready to be read by a person, who looks for this:"
            + "".join(f"\n  • {criterion}" for criterion in looked_for)
        )
    else:
        _say(str(result))
    return result


def check_all():
    """Check every question, one line each."""
    results = [
        (name, [run_test(test, _ENVIRONMENT, asked) for test in asked["tests"]])
        for name, asked in _QUESTIONS.items()
    ]
    lines = []
    for name, messages in results:
        wrong = sum(message is not None for message in messages)
        to_do = f"✗  {wrong} of {len(messages)} parts to do: grader.check({name!r})"
        lines.append(f"{name}  {to_do if wrong else '✓'}")
    _say("\n".join(lines))


def hint(question):
    """A hint; ask again for the next one, and at last for the place to read."""
    if question not in _QUESTIONS:
        _say(f"There is no question {question!r}; there are {', '.join(_QUESTIONS)}.")
        return
    tiers = [
        *_QUESTIONS[question]["hints"],
        f"Read again: {_QUESTIONS[question]['see']}",
    ]
    given = _HINTS_GIVEN.get(question, 0)
    _HINTS_GIVEN[question] = given + 1
    said = tiers[min(given, len(tiers) - 1)]
    if given + 1 < len(tiers):
        said += f'\n  (once more for the next: grader.hint("{question}"))'
    _say(said)
