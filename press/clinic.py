"""What the instruments read in a healthy run and in one with each fault: `python tools/clinic.py` writes it for `gdlib.explore.clinic`.

It is written down once, since some of these runs are chaotic: their later digits are others on another processor.
"""

import json

import numpy as np

from gdlib import faults, models
from gdlib.autodiff import Tensor
from gdlib.explore.clinic import CURVES, FILE

SEED, BESIDE = 1, 0  # of the mystery runs, and of the healthy run that is drawn beside each
READINGS = 22  # of a curve: a little more than two in an epoch
RUNS = {"healthy": faults.healthy} | {name: fault.train for name, fault in faults.FAULTS.items()}


def digits():
    """All rows, the labels, and how many are trained on, as on the page The clinic."""
    X, held, y, held_y = models.split(*models.load("digits"), test=0.25, seed=0)
    return np.vstack([X, held]), np.concatenate([y, held_y]), len(X)


def measured(train, X, y, n, seed=SEED):
    """One run: its curves, each a text of numbers with three digits, and what two tests before it give."""
    steps = 10 * (n // len(next(train(X, y, n)).rows))
    seen = faults.record(train, X, y, n, every=steps // READINGS, seed=seed)
    with np.errstate(all="ignore"):
        *_, ten = train(X[:10], y[:10], 10, size=10, epochs=300, seed=seed)
    return {
        "apart": round(seen.epoch[1], 6),
        "curves": {name: " ".join(f"{v:.3g}" for v in getattr(seen, field)) for name, field in CURVES.items()},
        "check": float(f"{_error(next(train(X, y, n, seed=seed))):.2g}"),
        "ten": float(f"{ten.value:.3g}"),
    }


def _error(moment, h=1e-5):
    """By how much the first gradient misses a slope of the loss that is printed, relative to it."""
    v = np.random.default_rng(1).normal(size=moment.w.size)
    up, down = (moment.loss(Tensor(moment.w + way * v), moment.rows).data for way in (h, -h))
    slope = (up - down) / (2 * h)
    return abs(moment.g @ v - slope) / abs(slope)


def main():
    data = digits()
    made = {name: measured(train, *data) for name, train in RUNS.items()}
    made["beside"] = measured(faults.healthy, *data, seed=BESIDE)
    FILE.write_text(json.dumps(made, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
