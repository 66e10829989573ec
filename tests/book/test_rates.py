"""The page on constants shows what tools/certificates.py computed, all of it and nothing else."""

import re
from pathlib import Path

import pytest
import rates

from press import certificates

ROOT = Path(__file__).parents[2]

PAGE = (ROOT / "chapters" / "constants.md").read_text(encoding="utf-8")


def row(bound, worst):
    return {"k": 1, "bound": bound, "worst": worst}


def test_every_rate_has_its_section_with_its_numbers_and_no_other_has():
    assert [name for name, _ in rates.SECTION.findall(PAGE)] == list(certificates.RATES)
    assert re.findall(r"```\{rate\} (\S+)", PAGE) == list(certificates.RATES)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([row(0.5, 0.5), row(0.25, 0.25 * (1 + 1e-8))], "tight"),
        ([row(-0.5, -0.5)], "tight"),
        ([row(0.5, 0.5), row(0.3, 0.25)], "1.00 to 1.20 times too large"),
        ([row(3.0, 3.0), row(3.0, 8.0)], "false for some of these functions"),
    ],
)
def test_the_verdict_follows_from_the_numbers(rows, words):
    assert rates.verdict(rows) == words


def test_the_page_shows_the_numbers(site):
    page = (site / "chapters" / "constants.html").read_text(encoding="utf-8")
    for rows in certificates.load().values():
        assert all(f"{abs(row[part]):.6f}" in page for row in rows for part in ("bound", "worst"))
        assert rates.verdict(rows) in page
    assert re.search(r'<img[^>]*alt="[^"]*k = 5: bound 0\.1000, worst case 0\.0455\."', page)
