"""One version, in all the places that name it."""

import re
import tomllib

import yaml

from press import ROOT


def test_the_package_the_citation_and_the_changelog_name_one_version():
    package = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    released = re.findall(
        r"^## \[(\d[\w.]*)\] - (\d{4}-\d\d-\d\d)$", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE
    )
    assert released[0] == (package, citation["date-released"]) and citation["version"] == package
    assert released == sorted(released, key=lambda entry: entry[1], reverse=True)
