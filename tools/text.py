"""Write notebooks as text into build/text, to edit and read back with `untext`.

python -m tools text 01      notebooks/01_*.ipynb  ->  build/text/01_*.py
python -m tools untext 01    and back; then `make notebooks NB=01` runs it
"""

from tools import ROOT, lessons, parser

EXTRAS = ("dev",)
TEXT = ROOT / "build" / "text"


def main(arguments):
    """Write the chosen notebooks."""
    import jupytext

    options = parser("text", __doc__)
    options.add_argument("which", nargs="*", help="the beginning of a name: 01, 04_res")
    TEXT.mkdir(parents=True, exist_ok=True)
    for path in lessons(options.parse_args(arguments).which):
        text = TEXT / f"{path.stem}.py"
        jupytext.write(jupytext.read(path), text, fmt="py:percent")
        print(f"{path.relative_to(ROOT)} -> {text.relative_to(ROOT)}")
