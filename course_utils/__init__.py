"""What the notebooks of the course share.

Importing this package is cheap: TensorFlow starts with the first call of `begin`, or
with the first import of a module that needs it.  A notebook's first two lines are
always::

    from course_utils import begin
    session = begin("01_convolution")
"""

from course_utils.session import Session, begin

__version__ = "0.1.0"
__all__ = ["Session", "begin", "__version__"]
