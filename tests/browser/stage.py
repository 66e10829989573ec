"""Explorers on a page of their own, with the player, as the book does it: for tests and for benchmarks."""

import json
from pathlib import Path

import ipywidgets

from gdlib import explore, objectives

PLAYER = (Path(__file__).parents[2] / "_static" / "player.js").read_text(encoding="utf-8")


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
        f"<script>{before}</script><script>{PLAYER}</script></body></html>"
    )


def bowl(**options):
    return explore.two_d(objectives.quadratic(10), eta=1 / 8, w0=(1.2, 0.5), steps=30, **options)


def well():
    return explore.one_d(objectives.double_well(), eta=1 / 8, w0=1.7, window=(-1.8, 1.8))


def three():
    return explore.compare(
        objectives.himmelblau(),
        {
            "plain": 1 / 64,
            "heavy ball": ("momentum", {"eta": 1 / 128, "beta": 0.8}),
            "Adam": ("adam", {"eta": 1 / 8}),
        },
        w0=(0, -1),
    )


def cobweb():
    return explore.one_d(objectives.logistic_map(3.2), eta=1.0, w0=0.3, window=(-0.2, 1.2), beside="cobweb")


def sweep():
    return explore.sweep(objectives.quadratic(10), eta=1 / 8, w0=(1, 1))


def basins():
    return explore.basins(objectives.himmelblau(), eta=1 / 128, w0=(0, -1))


def bounded():
    return explore.one_d("log(1 + w**2)", eta=0.5, w0=1.5, bound=2, beside="f")


POINTS = [(0, 1), (1, 3), (2, 2), (3, 5), (4, 4.5)]
LABELS = [(-2, 0), (-1, 0), (0, 1), (0.5, 0), (1, 1), (2, 1)]


def line():
    return explore.fit("line", POINTS, eta=1 / 8, w0=(-1, -1), window=((-2, 4), (-3, 4)))


def logistic():
    return explore.fit("logistic", LABELS, eta=1.0, w0=(-1, 1))


def constant():
    return explore.fit("constant", POINTS, eta=1 / 4, w0=-1, window=(-2, 7), steps=10)


def noisy():
    return explore.sgd("line", POINTS, eta=1 / 16, w0=(-1, -1), window=((-2, 4), (-3, 4)))


def noisy_mean():
    return explore.sgd("constant", POINTS, eta=1 / 4, w0=-1, window=(-2, 7), beside="data")


MAKERS = [well, bowl, three, cobweb, sweep, basins, bounded, line, logistic, constant, noisy, noisy_mean]
