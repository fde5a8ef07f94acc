"""What several unit tests ask for."""

import pytest


@pytest.fixture
def eager():
    """A step is taken as it is written: to build its graph takes longer than the two or
    three steps that a test wants.
    """
    import tensorflow as tf

    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)
