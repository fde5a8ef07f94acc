"""`python -m course_utils.architectures` counts every network and rewrites the counted
columns of the catalogue.
"""

from course_utils.architectures.catalogue import write

write()
