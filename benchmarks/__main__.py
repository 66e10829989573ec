"""How fast is gdlib, beside a bare NumPy loop and beside other libraries?   python -m benchmarks

All contestants of a table run in turn, round after round, in one process, and each keeps its best round. What is
counted is the processor's time, which other work on the machine disturbs less than the clock's. So the ratios hold,
though the microseconds belong to one machine. Libraries that are not installed are left out, and named.
"""

import importlib.util
import sys
from time import process_time

import numpy as np

from benchmarks import contestants

ROUNDS = 12


def best_times(entries):
    """The best time of each entry, in seconds; entries is a dict of name -> function without arguments."""
    best = dict.fromkeys(entries, np.inf)
    for entry in entries.values():
        entry()  # compile, fill caches
    for _ in range(ROUNDS):
        for name, entry in entries.items():
            start = process_time()
            entry()
            best[name] = min(best[name], process_time() - start)
    return best


def table(title, entries, unit, count, target=None):
    """Print the times of all entries over `count`, and their ratios to the first; say whether gdlib meets the target."""
    scale = {"µs": 1e6, "ns": 1e9}[unit.split()[0]]
    best = best_times(entries)
    first = next(iter(best.values()))
    print(f"\n{title}  ({unit})")
    for name, seconds in best.items():
        print(f"  {name:<40}{seconds / count * scale:10.2f}{seconds / first:9.2f}x")
    if target:
        says, holds = target({name: seconds / count * scale for name, seconds in best.items()})
        print(f"  {'reached' if holds else 'NOT REACHED'}: {says}")


def at_most(limit):
    def target(times):
        bare, ours = list(times.values())[:2]
        others = [t for name, t in times.items() if "torch" in name or "autograd" in name]
        ahead = all(ours < t for t in others)
        says = f"at most {limit}x the bare loop ({ours / bare:.2f}x)"
        return says + (", ahead of torch and autograd" if others else ""), ours <= limit * bare and ahead

    return target


def main():
    missing = [name for name in ("scipy", "autograd", "torch", "optax") if not importlib.util.find_spec(name)]
    print(f"Python {sys.version.split()[0]}, NumPy {np.__version__}, best of {ROUNDS} rounds")
    if missing:
        print(f"not installed, so left out: {', '.join(missing)}")
    for title, problem, steps, limit in (
        ("Quadratic in 2-D", contestants.quadratic(), 1000, 4.5),
        ("Rosenbrock", contestants.rosenbrock(), 1000, None),
        ("Logistic regression, 1000 x 20", contestants.logistic(), 100, 2.5),
    ):
        entries = contestants.descents(problem, steps)
        table(title, entries, "µs an iteration", steps, limit and at_most(limit))
    table(
        "1000 starts at once, in 2-D",
        contestants.batches(m=1000, steps=200),
        "ns a start and step",
        200 * 1000,
        lambda times: ("at most 15 ns", times["gdlib trajectories"] <= 15),
    )
    table(
        "Gradient of a 2-16-16-1 network on 100 points",
        contestants.networks(),
        "µs a gradient",
        1,
        lambda times: (
            "at most 3x by hand, no slower than torch",
            times["gdlib autodiff"] <= min(3 * times["by hand"], times.get("torch autograd", np.inf)),
        ),
    )


if __name__ == "__main__":
    main()
