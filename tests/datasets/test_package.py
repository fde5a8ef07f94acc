"""Importing the data sets starts nothing heavy."""

from fakes import child


def test_importing_the_data_sets_starts_nothing_heavy():
    process = child("""
        import sys
        import course_utils.datasets
        heavy = "tensorflow tensorflow_datasets keras sklearn matplotlib requests tqdm"
        print([name for name in heavy.split() if name in sys.modules])
    """)
    output, errors = process.communicate(timeout=120)
    assert output.strip() == "[]", errors
