"""`python -m course_utils.backbones` counts every network of `keras.applications` for
`data/applications.csv`.
"""

import csv

from course_utils.backbones.networks import count
from course_utils.data_files import data_file
from course_utils.startup import keras

path = data_file("applications.csv")
with path.open(encoding="utf-8", newline="") as file:
    rows = list(csv.DictReader(file))
for row in rows:
    row |= count(row["name"])
    print(row["name"], row["parameters"], row["multiply_adds"], flush=True)
    keras.backend.clear_session()
with path.open("w", encoding="utf-8", newline="") as file:
    writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
