"""For pytest: where CI is set, a test or a file that is skipped has failed, unless its reason is listed here."""

import os

import pytest

# How the reason begins, and why nothing is lost.
SKIPPED_IN_CI = {
    "DOWNHILL_SITE names a ready site": "whoever built that site has seen its warnings",
    "not root, or the users may not read this Python": "a runner without root; run as root, it is not skipped",
}


def unlisted_skip(report):
    """Why a test or a file was skipped, if CI is set and the reason is not in the list; else an empty text."""
    if not (report.skipped and os.environ.get("CI")) or hasattr(report, "wasxfail"):
        return ""
    reason = report.longrepr[2].removeprefix("Skipped: ")
    return "" if reason.startswith(tuple(SKIPPED_IN_CI)) else reason


def refuse(report):
    if reason := unlisted_skip(report):
        report.outcome = "failed"
        report.longrepr = f"skipped in CI, and press/skips.py does not list it: {reason}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport():
    return refuse((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report():
    return refuse((yield))
