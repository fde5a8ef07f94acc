"""Read the edited text back into the notebooks, keeping tags.

python -m tools untext 01    build/text/01_*.py  ->  notebooks/01_*.ipynb
"""

from tools import ROOT, parser
from tools.text import TEXT

EXTRAS = ("dev",)


def main(arguments):
    """Read what `text` has written, and you have changed."""
    import jupytext

    options = parser("untext", __doc__)
    options.add_argument("which", nargs="*", help="the beginning of a name: 01, 04_res")
    beginnings = tuple(options.parse_args(arguments).which) or ("",)
    texts = sorted(TEXT.glob("[0-9][0-9]_*.py"))
    texts = [text for text in texts if text.name.startswith(beginnings)]
    if not texts:
        raise SystemExit(f"No text of that name in {TEXT.relative_to(ROOT)}.")
    for text in texts:
        path = ROOT / "notebooks" / f"{text.stem}.ipynb"
        jupytext.write(jupytext.read(text), path)
        print(
            f"{text.relative_to(ROOT)} -> {path.relative_to(ROOT)}; "
            f"now: make notebooks NB={path.name[:2]}"
        )
