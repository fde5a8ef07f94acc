"""Where data and weights come from: the cache, else a download, else what the course
draws or ships itself.

Every loader of the course asks `find`, so all of them obey the same dial (COURSE_DATA,
or `source=`), say which source they used, and fail or fall back in the same words.  A
data set made of files describes each by a `CachedFile`::

    FILE = sources.CachedFile("models", "small.h5", check=sources.one_of_sha256(KNOWN), url="https://...")

    found = sources.find(
        "The small network's weights", source,
        cached=FILE.cached, download=FILE.download,
        embedded=lambda: DATA / "mini.h5", stand_in="the course's own mini network",
    )
    found.value, found.source, found.line

Others (a TFDS data set, say) pass functions of their own, which raise `Unavailable`
when they cannot serve.
"""

from typing import Any, NamedTuple

from course_utils import session
from course_utils.sources.cache import shown, tell
from course_utils.sources.errors import Broken, Missing, NoSource, Unavailable


class Found(NamedTuple):
    """What `find` found.

    Parameters
    ----------
    value : what the source's function returned.
    source : "cache", "download" or "embedded".
    line : one line for the reader: what it is and where it came from.
    """

    value: Any
    source: str
    line: str


def mode(source="auto"):
    """The data mode in force: "cached" or "embedded" if `source` says so; "auto" means
    what the session says.

    Raises
    ------
    ValueError : a mode that does not exist.
    """
    if source not in session.DATA_MODES:
        wanted = ", ".join(repr(choice) for choice in session.DATA_MODES)
        raise ValueError(f"source is {source!r}; it must be one of {wanted}")
    return session.data_mode() if source == "auto" else source


def find(
    what, source="auto", *, cached=None, download=None, embedded=None, stand_in=None
):
    """The first source that can serve: cache, download, embedded, as far as the data
    mode allows.

    Parameters
    ----------
    what : the name of the thing at the beginning of a sentence, in the singular:
        "Fashion-MNIST".
    source : "auto" (what the session says), "cached" or "embedded".
    cached, download, embedded : functions of no arguments that return the thing or
        raise `Unavailable`.  Leave out those that there are not.
    stand_in : what `embedded` gives instead, for messages: "garments drawn by the
        course".  None means that it is the thing itself, shipped with the course: then
        every mode allows it, and nothing is announced.

    Returns
    -------
    Found : (value, source, line).

    A stand-in taken in mode "auto" is announced on stderr, every time.

    Raises
    ------
    NoSource : nothing that the mode allows could serve.
    """
    chosen = mode(source)
    reasons = []
    if chosen in ("auto", "cached") and cached is not None:
        try:
            return Found(cached(), "cache", f"{what}, from the cache.")
        except Unavailable as problem:
            if isinstance(problem, Broken) and chosen == "auto":
                tell(str(problem))  # before the download starts
                reasons.append("its copy in the cache is broken")
            else:
                reasons.append(str(problem).rstrip("."))
    if chosen == "auto" and download is not None:
        try:
            return Found(download(), "download", f"{what}, downloaded just now.")
        except Unavailable as problem:
            reasons.append(f"it cannot be downloaded: {str(problem).rstrip('.')}")
    if embedded is not None and (chosen != "cached" or stand_in is None):
        instead = (
            f"{stand_in} in place of {what}"
            if stand_in
            else f"{what}, shipped with the course"
        )
        try:
            value = embedded()
        except Unavailable as problem:
            reasons.append(str(problem).rstrip("."))
        else:
            if chosen == "auto" and stand_in:
                tell(
                    f"{what}: {'; '.join(reasons)}. Using "
                    f"{instead}.{_not_comparable(stand_in)}"
                )
            return Found(
                value,
                "embedded",
                f"{instead[0].upper()}{instead[1:]}.{_not_comparable(stand_in)}",
            )
    raise NoSource(_explain(what, chosen, reasons, download, embedded))


def all_cached(files):
    """What all of these `CachedFile`s of one folder hold, as a list; all are looked at
    before a problem is raised.

    Raises
    ------
    Missing, Broken, Unavailable : as `CachedFile.cached` does; the message names every
        file that is at fault.
    """
    held, missing, problems = [], [], []
    for file in files:
        try:
            held.append(file.cached())
        except Missing:
            missing.append(file)
        except Unavailable as problem:
            problems.append(problem)
    if len(missing) == len(files):
        raise Missing(f"it is not in {shown(files[0].path.parent)}")
    if missing:
        names = ", ".join(file.name for file in missing)
        problems.append(Missing(f"{shown(missing[0].path.parent)} lacks {names}."))
    if problems:
        kind = (
            Broken
            if any(isinstance(problem, Broken) for problem in problems)
            else Unavailable
        )
        raise kind(" ".join(str(problem) for problem in problems))
    return held


def all_downloaded(files):
    """What all of these `CachedFile`s hold, as a list; those that the cache lacks are
    downloaded.

    Raises
    ------
    Unavailable : one of them could not be had.
    """
    return [file.download() for file in files]


def require_network(url):
    """Return if the host of `url` answers; see
    `course_utils.sources.network.require_network`.

    Call it before handing the work to a library that waits long for a network that is
    not there.

    Raises
    ------
    Unavailable : it does not; known within two seconds, and at once the next time.
    """
    from course_utils.sources import network  # only downloads pay for it

    network.require_network(url)


def _not_comparable(stand_in):
    return " Results are not comparable with published ones." if stand_in else ""


def _explain(what, chosen, reasons, download, embedded):
    ways = []
    if chosen == "cached" and download is not None:
        ways.append("COURSE_DATA=auto to let it be downloaded")
    if chosen == "cached" and embedded is not None:
        ways.append("COURSE_DATA=embedded to do without it")
    if chosen == "embedded":
        reasons = reasons or ["the course ships nothing in its place"]
        ways.append("COURSE_DATA=auto to look in the cache and to download it")
    if chosen == "auto" and download is not None:
        ways.append("a network once, so that it can be downloaded into the cache")
    advice = f" What helps: {', or '.join(ways)}." if ways else ""
    return (
        f"{what} is not to be had (data mode {chosen!r}): {'; '.join(reasons)}.{advice}"
    )
