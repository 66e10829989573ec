"""Every committed notebook carries the explorers' present script and style, not last month's."""

import json
from pathlib import Path

import pytest

from gdlib.explore.explorer import Picture

ROOT = Path(__file__).parents[3]
NOTEBOOKS = sorted([*ROOT.glob("chapters/**/*.ipynb"), *ROOT.glob("coursework/source/*/*.ipynb")])
STATE = "application/vnd.jupyter.widget-state+json"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_the_saved_script_is_the_source(path):
    metadata = json.loads(path.read_text(encoding="utf-8"))["metadata"]
    saved = metadata.get("widgets", {}).get(STATE, {}).get("state", {})
    for model in saved.values():
        if model["model_name"] == "AnyModel":
            fresh = (model["state"]["_esm"], model["state"]["_css"]) == (Picture._esm, Picture._css)
            assert fresh, f"{path.name} holds an old script: run make notebooks"
