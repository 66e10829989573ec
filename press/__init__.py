"""What the book is made and tested with: scripts, tests, benchmarks and Sphinx's extensions share it, and gdlib needs none of it."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
