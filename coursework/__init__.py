"""Coursework: a small command in front of nbgrader. `python -m coursework --help` lists what it does."""
