"""What the book is made and tested with: scripts, tests, benchmarks and Sphinx's extensions share it, and gdlib needs none of it."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDED = {"hide-input", "hide-cell", "remove-input"}  # tags of cells whose code a page folds away
