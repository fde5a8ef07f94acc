"""Import Keras without the messages its backend prints while starting.

TensorFlow's C++ part writes about CUDA, oneDNN and CPU instructions straight to file
descriptor 2, where Python's `warnings` and `logging` cannot reach.  So the descriptor
points elsewhere for the length of the import; should the import fail, everything it
wrote is printed after all.

Modules that need Keras import it from here::

    from course_utils.startup import keras
"""

import contextlib
import os
import sys
import tempfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


@contextlib.contextmanager
def quiet_stderr():
    """Hold back what is written to file descriptor 2; show it if the block raises."""
    sys.stderr.flush()
    with tempfile.TemporaryFile() as held_back:
        descriptor = os.dup(2)
        os.dup2(held_back.fileno(), 2)
        try:
            yield
        except BaseException:
            os.dup2(descriptor, 2)
            held_back.seek(0)
            sys.stderr.write(held_back.read().decode(errors="replace"))
            raise
        finally:
            os.dup2(descriptor, 2)
            os.close(descriptor)


with quiet_stderr():
    import keras  # noqa: F401
