"""What the course claims about speed, measured:

`make bench`.  Ratios only, interleaved, in one run, medians.  A benchmark is a module
here that has MEASUREMENTS.
"""
