"""Explorers on a page of their own, with the player, as the book does it: for tests and for benchmarks."""

import json

import ipywidgets

from gdlib import explore
from press import ROOT

PLAYER = (ROOT / "_static" / "player.js").read_text(encoding="utf-8")
SHARE = (ROOT / "_ext" / "share.js").read_text(encoding="utf-8").replace("export default", "return")
# Every explorer that can be seen is come near to, as by a reader who reads it all; then the page stands where it stood.
AWAKE = """async () => {
  const y = scrollY, asleep = [...document.querySelectorAll(".dh-asleep")].filter((box) => box.checkVisibility());
  for (const box of asleep) {
    box.scrollIntoView();
    while (box.matches(".dh-asleep")) await new Promise(requestAnimationFrame);
  }
  if (asleep.length) scrollTo({ top: y, behavior: "instant" });
}"""
POINTS = [(0, 1), (1, 3), (2, 2), (3, 5), (4, 4.5)]  # a line fits these
LABELS = [(-2, 0), (-1, 0), (0, 1), (0.5, 0), (1, 1), (2, 1)]  # and logistic regression these


def _reference(value):
    return f"IPY_MODEL_{value.model_id}" if isinstance(value, ipywidgets.Widget) else str(value)


def _saved(widget, state):
    """The state of a widget and of all it refers to, as a notebook saves it."""
    if widget.model_id in state:
        return
    saved = widget.get_state()
    state[widget.model_id] = {"model_name": saved["_model_name"], "state": saved}
    for child in [*widget.children, *widget._links] if isinstance(widget, explore.Explorer) else []:
        _saved(child, state)


def page_of(*pictures, before=""):
    """The page's HTML; `before` is a script that runs before the player."""
    state = {}
    for picture in pictures:
        _saved(picture, state)
    views = "".join(
        f'<div class="dh-explorer"><script type="application/vnd.jupyter.widget-view+json">'
        f"{json.dumps({'model_id': picture.model_id})}</script></div>"
        for picture in pictures
    )
    saved = json.dumps({"state": state}, default=_reference).replace("</", r"<\/")
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>t</title></head><body><main><h1>t</h1>'
        f'{views}</main><script type="application/vnd.jupyter.widget-state+json">{saved}</script>'
        f'<script>{before}</script><script>window.widgetScripts = {{ "widgets/share.js"() {{ {SHARE} }} }}</script>'
        f"<script>{PLAYER}</script></body></html>"
    )
