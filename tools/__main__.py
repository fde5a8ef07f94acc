"""Every command of the course, with `make` or without it:

    python -m tools                  list the commands
    python -m tools lab              open the course
    python -m tools test --help      what a command can be told

A command that needs packages gets them first, in .venv (about a minute, once).  A
Python that has the course installed already, such as conda's, is used as it is.

Nothing but the standard library is imported here, and nothing newer than Python 3.8 is
written, so that an older Python is told what is wrong.
"""

import argparse
import importlib
import os
import subprocess
import sys
from pathlib import Path

from tools import commands, setup


def main(arguments):
    """Run one command; its exit status comes back."""
    known = commands()
    parser = argparse.ArgumentParser(
        prog="python -m tools",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--gpu", action="store_true", help="install TensorFlow with CUDA"
    )
    parser.add_argument(
        "--venv", help="the environment to use, whatever Python this is (else .venv)"
    )
    parser.add_argument("command", choices=known, metavar="command")
    parser.add_argument("arguments", nargs=argparse.REMAINDER)
    options = parser.parse_args(arguments or ["help"])
    command = known[options.command]
    if command.name == "setup":
        extras = setup.extras_from(options.arguments)
    else:
        extras = command.extras
    if extras is None:
        return run(command, options.arguments)
    if options.gpu:
        extras = (*extras, "gpu")
    python = setup.python_with(extras, options.venv)
    if Path(sys.prefix) == python.parent.parent or python == Path(sys.executable):
        return run(command, options.arguments)
    return hand_over([str(python), "-m", "tools", command.name, *options.arguments])


def run(command, arguments):
    """Run a command in this Python."""
    module = command.name.replace("-", "_")
    return importlib.import_module(f"tools.{module}").main(arguments)


def hand_over(command):
    """Go on in another Python, which gets every Ctrl-C itself."""
    sys.stdout.flush()
    if os.name == "posix":
        os.execv(command[0], command)
    process = subprocess.Popen(command)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            pass  # the command was told too, and says goodbye in its own way


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
