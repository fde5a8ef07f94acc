"""What takes long, and what is compared: the runs behind `data/measured`.

`python -m experiments` makes what is missing; `course_utils.measured` reads it.  A run
that is cut off goes on after its last finished epoch or seed when it is started again.
"""
