"""A goal for the first run of an explorer, in words and as what the picture tests. Mirrors js/goal.js."""

import numpy as np

from .._validation import number, whole
from .sentence import coordinate, short

NEAR = 0.02  # of the window's width: an end as near as this is there


def goal(wanted, window, limits):
    """What is to be reached, as the picture takes it.

    Parameters
    ----------
    wanted : dict or None
        ``steps``: the run converges in at most so many. ``end``: it ends at that point. And any setting's name: its
        lowest and highest value, of which one may be None.
    window : list of (low, high)
    limits : dict
        What can be set: name -> [lowest, highest, grain].

    Examples
    --------
    >>> goal({"steps": 12, "eta": (0.4, None)}, [(-2, 2)], {"eta": [0.1, 1, 0]})["words"]
    'it converges in at most 12 steps, with eta at least 0.4'
    """
    if not wanted:
        return {"words": ""}
    wanted = dict(wanted)
    steps, end = wanted.pop("steps", None), wanted.pop("end", None)
    parts = []
    if steps is not None:
        parts.append(f"it converges in at most {whole('goal steps', steps, 1)} steps")
    if end is not None:
        end = [number("goal end", w) for w in np.atleast_1d(end)]
        if len(end) != len(window):
            raise ValueError(f"goal end must have {len(window)} coordinates, got {end}")
        parts.append(f"it ends at {', '.join(map(coordinate, end)) if len(end) == 1 else _point(end)}")
    settings = {name: _ends(name, ends, limits) for name, ends in wanted.items()}
    parts += [f"with {name} {_between(low, high)}" for name, (low, high) in settings.items()]
    near = NEAR * (window[0][1] - window[0][0])
    return {"words": ", ".join(parts), "steps": steps, "end": end, "near": near, "settings": settings}


def reached(goal, run, settings):
    """Whether a run, with the settings as they stand, is what the goal wants."""
    if goal["steps"] is not None and not (run.converged and run.n_iter <= goal["steps"]):
        return False
    if goal["end"] is not None and not np.linalg.norm(run.path[-1] - goal["end"]) <= goal["near"]:
        return False
    return all(
        (low is None or settings[name] >= low) and (high is None or settings[name] <= high)
        for name, (low, high) in goal["settings"].items()
    )


def _ends(name, ends, limits):
    if name not in limits:
        raise ValueError(f"a goal may name steps, end, {', '.join(limits)}; got {name!r}")
    if np.ndim(ends) != 1 or len(ends) != 2 or ends[0] is ends[1] is None:
        raise ValueError(f"goal {name} must be (low, high), of which one may be None; got {ends!r}")
    return [None if end is None else number(f"goal {name}", end) for end in ends]


def _between(low, high):
    if high is None:
        return f"at least {short(low)}"
    return f"at most {short(high)}" if low is None else f"from {short(low)} to {short(high)}"


def _point(w):
    return f"({', '.join(map(coordinate, w))})"
