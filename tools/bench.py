"""Measure what the README claims about speed (ratios, interleaved, medians).

python -m tools bench           everything
python -m tools bench --list    what there is
"""

EXTRAS = ("dev", "grading", "browser")


def main(arguments):
    """As `python -m experiments.benchmarks`."""
    from experiments.benchmarks.__main__ import main

    return main(arguments)
