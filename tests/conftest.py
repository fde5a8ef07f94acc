"""Every test runs as a machine with no network and no cache would: on the embedded
data, with the quick settings.
"""

import os

os.environ["COURSE_DATA"] = "embedded"
os.environ["COURSE_EFFORT"] = "quick"
os.environ.setdefault("MPLBACKEND", "agg")
