"""List the commands."""

from tools import commands, parser

EXTRAS = None
NOTE = "`python -m tools test --help` says what a command can be told."


def main(arguments):
    """Print one line for each command."""
    options = parser("help", __doc__)
    options.add_argument("--prefix", default="python -m tools", help="how you call it")
    options.add_argument("--note", default=NOTE, help="what to say below the list")
    options = options.parse_args(arguments)
    for name, command in commands().items():
        says = command.says[0].lower() + command.says[1:]
        print(f"  {options.prefix} {name:10} {says}")
    print(f"\n{options.note}")
