"""The promised speeds, measured: `make bench`, or `python -m benchmarks`.

Its one rule: a figure is a ratio of two things run turn about in one run, or an absolute one that was promised.
"""
