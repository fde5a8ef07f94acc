"""Homework: building the students' notebooks from the masters, and grading what comes
back.

It stands beside `course_utils`, not in it, because no lesson and no student needs it.

grader.py      the small grader that is embedded in every homework notebook
homework.py    master -> student's notebook and autograder files, with otter-grader
variants.py    a sheet for each student: other numbers, drawn from a roster
sheets/        what other numbers change, a file a homework
child.py       runs one submission and its tests, in a process of its own
walls.py       what that process can see and reach; inside.py finishes them from within
workfolder.py  its own folder, and how it is removed
sandbox.py     starts the process with limits, and reads lines of plain JSON
submission.py  a notebook's bytes -> its code cells
marks.py       what came back -> rows
escaping.py    what students wrote, fit for terminals and tables
classroom.py   a folder of submissions: in parallel, to one table
picture.py     grades.png
"""
