"""No committed notebook carries the explorers' script or style: the library has them, once."""

import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
NOTEBOOKS = sorted([*ROOT.glob("chapters/**/*.ipynb"), *ROOT.glob("coursework/source/*/*.ipynb")])
STATE = "application/vnd.jupyter.widget-state+json"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_the_script_is_not_saved(path):
    metadata = json.loads(path.read_text(encoding="utf-8"))["metadata"]
    saved = metadata.get("widgets", {}).get(STATE, {}).get("state", {})
    for model in saved.values():
        if model["model_name"] == "AnyModel":
            state = model["state"]
            assert len(state["_esm"]) < 200 and not state["_css"], f"{path.name} holds a script: run tools/normalise.py"
            assert state["_anywidget_id"] == "gdlib.explore.explorer.Picture"  # by which the site's build finds it
