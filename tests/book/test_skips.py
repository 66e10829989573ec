"""In CI a skipped test is a failed one, unless its reason is listed."""

import os
import subprocess
import sys

from press.skips import SKIPPED_IN_CI

FILE = f"""
import pytest

def test_runs(): pass

def test_skips(): pytest.skip("no such library here")

@pytest.mark.skip(reason="not now")
def test_is_marked(): pass

def test_is_listed(): pytest.skip({next(iter(SKIPPED_IN_CI))!r} + ": somewhere")

@pytest.mark.xfail
def test_is_expected_to_fail(): assert False
"""


def run(text, folder, **variables):
    (folder / "test_some.py").write_text(text)
    environment = {name: value for name, value in os.environ.items() if name not in ("CI", "PYTEST_ADDOPTS")} | variables
    command = [sys.executable, "-m", "pytest", "-p", "press.skips", "-p", "no:cacheprovider", "-q", "test_some.py"]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True).stdout


def test_a_skipped_test_is_a_failure_in_ci_and_nowhere_else(tmp_path):
    output = run(FILE, tmp_path, CI="true")
    assert "FAILED test_some.py::test_skips - skipped in CI" in output and "no such library here" in output
    assert "ERROR test_some.py::test_is_marked - skipped in CI" in output
    assert "1 failed, 1 passed, 1 skipped, 1 xfailed, 1 error" in output
    assert "1 passed, 3 skipped, 1 xfailed" in run(FILE, tmp_path)


def test_a_skipped_file_is_a_failure_in_ci_and_nowhere_else(tmp_path):
    text = "import pytest\npytest.importorskip('no_such_library')\n"
    assert "ERROR test_some.py - skipped in CI" in run(text, tmp_path, CI="true")
    assert "1 skipped" in run(text, tmp_path)
