"""Coursework: a small command in front of nbgrader. `python -m coursework --help` lists what it does."""

import sys

# jsonschema, which reads notebooks, would spend two seconds on making a checker for web addresses; notebooks need none
sys.modules.setdefault("rfc3987_syntax", None)
