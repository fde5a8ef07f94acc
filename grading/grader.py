"""The grader that stands in the first cell of every homework notebook.  Standard
library only, one file.

`check("q1")` runs the tests of a question on your answers and says what is wrong, if
something is. `hint("q1")` says more, and the next time where to read.  The right
answers are not in here: numbers are compared by a salted hash, code by what it does.
Only answers that are wrong stand in plain text, with what they mean.
"""

import hashlib
import inspect
import linecache
import re
import traceback

# --------------------------------------------------------------------------------------
# What tests are written with.  They raise AssertionError, and its text is what a student reads.


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
    return f"{salt}:{hashlib.pbkdf2_hmac('sha256', text.encode(), salt.encode(), 5000).hex()[:24]}"


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
    """Fail if the dots are still there."""
    if value is None or value is ...:
        fail(
            f"`{name}` is still open: put your answer in place of the dots and run "
            f"the cell."
        )


def answer(name, value, right, wrong=(), otherwise="", digits=6):
    """A number, a text or a tuple, compared with the hash of the right one.

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
    result = function(*arguments, **options)
    if result is None or result is ...:
        fail(
            f"`{name}(...)` gives back nothing: write its body, and end it with "
            f"`return`."
        )
    return result


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


def run_test(source, environment):
    """Run one test, given as the text of a function, on the variables it names.

    Returns None, or what went wrong.
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
    names = list(inspect.signature(test).parameters)
    for name in names:
        if name != "env" and name not in environment:
            return (
                f"`{name}` does not exist: run the cell where it is defined (or all "
                f"cells, from the top)."
            )
    try:
        test(
            **{
                name: environment if name == "env" else environment[name]
                for name in names
            }
        )
    except AssertionError as error:
        inside = error.__traceback__
        while inside.tb_next:
            inside = inside.tb_next
        if inside.tb_frame.f_code.co_filename in (
            "<test>",
            run_test.__code__.co_filename,
        ):
            return str(error) or "Something is not right yet."
        return _stopped(error)
    except (Exception, SystemExit) as error:
        return _stopped(error)
    return None


def _stopped(error):
    """One line about an error, with the student's own line if it happened there."""
    what = f"{type(error).__name__}: {error}".splitlines()[0].rstrip(": ")
    own = None
    for frame in traceback.extract_tb(error.__traceback__):
        if (
            frame.filename not in ("<test>", run_test.__code__.co_filename)
            and "site-packages" not in frame.filename
        ):
            own = frame
    if own is None:
        return (
            f"This could not be checked ({what}). Is it the kind of thing that the "
            f"question asks for?"
        )
    line = own.line or linecache.getline(own.filename, own.lineno).strip()
    return f"Your code stops with {what}" + (
        f"\n    in the line  {line}" if line else f" (line {own.lineno})"
    )


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
    are.  Used by the notebook.

    questions : {"q1": {"points": 2, "manual": False, "hints": [...], "see": "...",
        "tests": [source, ...]}}
    """
    global _QUESTIONS, _ENVIRONMENT
    _QUESTIONS, _ENVIRONMENT = questions, environment
    _HINTS_GIVEN.clear()


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
        tests = _QUESTIONS[question]["tests"]
        messages = [
            message
            for message in (run_test(test, _ENVIRONMENT) for test in tests)
            if message
        ]
        result = Result(question, messages, len(tests))
    if result.passed and _QUESTIONS[question].get("manual"):
        print(f"{question}  ✓  ready to be read by a person")
    else:
        print(result)
    return result


def check_all():
    """Check every question, one line each."""
    results = [
        (name, [run_test(test, _ENVIRONMENT) for test in _QUESTIONS[name]["tests"]])
        for name in _QUESTIONS
    ]
    for name, messages in results:
        wrong = sum(message is not None for message in messages)
        to_do = f"✗  {wrong} of {len(messages)} parts to do: grader.check({name!r})"
        print(f"{name}  {to_do if wrong else '✓'}")


def hint(question):
    """A hint; ask again for the next one, and at last for the place to read."""
    if question not in _QUESTIONS:
        print(f"There is no question {question!r}; there are {', '.join(_QUESTIONS)}.")
        return
    tiers = [
        *_QUESTIONS[question]["hints"],
        f"Read again: {_QUESTIONS[question]['see']}",
    ]
    given = _HINTS_GIVEN.get(question, 0)
    _HINTS_GIVEN[question] = given + 1
    print(tiers[min(given, len(tiers) - 1)])
    if given + 1 < len(tiers):
        print(f'  (once more for the next: grader.hint("{question}"))')
