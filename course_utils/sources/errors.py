"""What can go wrong between the reader and the data, and what each case is called."""


class BadFile(ValueError):
    """A check found something wrong with a file; the message says what, and reads on
    from "the file ...".
    """


class Unavailable(Exception):
    """A source cannot give the data now; the message says why."""


class Missing(Unavailable):
    """The cache does not hold the file."""


class Broken(Unavailable):
    """The cache holds the file, but it is broken; the message names it and says where
    it was put.
    """


class NoSource(RuntimeError):
    """No source that the data mode allows could give the data; the message says what
    was tried and what to do.
    """
