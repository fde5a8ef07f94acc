"""Homework: building the students' notebooks from the masters, and grading what comes
back.

It stands beside `course_utils`, not in it, because no lesson and no student needs it.

grader.py     the small grader that is embedded in every homework notebook (standard library only)
homework.py   master -> student's notebook and autograder files, with otter-grader's `assign`
child.py      runs one submission and its tests, in a process of its own
sandbox.py    starts that process with limits, and reads back plain JSON
classroom.py  a folder of submissions: in parallel, to one CSV and one picture
"""
