"""For every test: no window opens, hypothesis repeats itself, and the numbers that must come out are at hand."""

import gc
import json
import os
from pathlib import Path

# Before NumPy is there, and for all that is started from here: the files of tests fill the cores, and a small product of
# matrices that is divided among them takes twice the time (chapter 12: 13.2 s of processor against 4.7 s).
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import matplotlib
import pytest
from hypothesis import settings

matplotlib.use("Agg")
pytest_plugins = ["press.skips"]  # nothing is skipped in CI
# what students get has no answers in it, its source is run instead; the jitter is for Python's start
collect_ignore = ["chapters/assignments", "tests/jitter"]
# the same examples on every machine: a red test is red for everyone
settings.register_profile("book", derandomize=True, deadline=None, database=None)
settings.load_profile("book")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers():
    """With `-n auto` one process more than there are cores: some tests wait, for a clock or for another program."""
    return 1 + len(os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1))


def pytest_collection_finish():
    """Eleven thousand tests live to the end: a search for unreachable objects need not go through them again and again."""
    gc.freeze()


@pytest.fixture(scope="session")
def oracle():
    """oracle("quadratic-decay") is the number computed elsewhere for that claim (tests/data/oracles.json)."""
    oracles = json.loads(Path(__file__).with_name("tests").joinpath("data", "oracles.json").read_text("utf-8"))
    return lambda name: oracles[name]["expected"]
