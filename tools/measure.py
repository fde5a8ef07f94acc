"""Make the long runs behind data/measured (hours; stop and start as you like).

python -m tools measure           what is not measured yet
python -m tools measure --list    what there is, and what a cluster can share
python -m tools measure --cluster tcp://host:8786    that there, on a Dask cluster
"""

EXTRAS = ("dev",)


def main(arguments):
    """As `python -m experiments`."""
    from experiments.__main__ import main

    return main(arguments)
