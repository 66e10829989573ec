"""How good the constants of the book's rates are: their exact worst cases, by semidefinite programming (PEPit).

    python tools/certificates.py

solves the problems, has gdlib run on the worst functions, and writes chapters/data/certificates.json, from which
`_ext/rates.py` makes the tables and the picture of the page "How good are our constants?". A few seconds.

Everywhere L = 1, and mu = 1/10 where f is strongly convex (1/25 for the heavy ball).
"""

import json
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain, combinations, product
from math import log2, sqrt
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from gdlib.descent import minimize
from gdlib.linesearch import armijo, exact
from gdlib.objectives import Objective, huber, parabola, quadratic
from gdlib.optimizers import Optimizer, gd, momentum, nesterov

RESULT = Path(__file__).parent.parent / "chapters" / "data" / "certificates.json"
ACCURATE = {"solver": "CLARABEL", "tol_gap_abs": 1e-10, "tol_gap_rel": 1e-10, "tol_feas": 1e-10}
AGREE = 1e-7  # the most by which what a solution reaches and what its certificate allows may differ
DIGITS = 9  # of what is written, after the point


# --- what is measured: PEPit's symbols for an unknown function, or the numbers of one run ---------------------------


class Run(NamedTuple):
    f: Callable
    grad: Callable
    path: Sequence[Any]  # w_0, ..., w_k
    goal: Any = 0.0  # a minimiser
    lowest: Any = 0.0  # a number below which f does not go

    @property
    def start(self):
        return self._replace(path=self.path[:1])


def squared(v):
    return v @ v if isinstance(v, np.ndarray) else v**2


def gap(run):
    return run.f(run.path[-1]) - run.lowest


def distance(run):
    return squared(run.path[-1] - run.goal)


def slope(run):
    return squared(run.grad(run.path[-1]))


def gap_and_distance(run):
    return gap(run) + MU / 2 * distance(run)


def rise(run):
    return gap(run) - gap(run.start)


def slopes(run):
    """At all points but the last. The least of them counts."""
    return [squared(run.grad(w)) for w in run.path[:-1]]


@dataclass(frozen=True)
class Rate:
    """A bound on what is left after k steps (`end`), per unit of what there was before the first (`start`)."""

    bound: Callable  # k -> what the theorem allows
    optimizer: Optimizer | Callable  # or, for a line search, f -> Optimizer
    start: Callable
    end: Callable
    worst: Callable | None = None  # k -> a worst function and its starting point; None: made from the solver's points
    mu: float | None = 0.0  # of the functions in question; None: they need not be convex
    steps: Sequence[int] = (1, 2, 3, 4, 5)
    problems: Callable | None = None  # (rate, k) -> PEPs, of which the worst counts; None: one, that follows the optimizer


# --- the worst case, as a semidefinite program ----------------------------------------------------------------------


def unknown(mu):
    """A new problem, an unknown 1-smooth function in it, a starting point, a minimiser, and a lowest value."""
    from PEPit import PEP, Expression
    from PEPit.functions import SmoothFunction, SmoothStronglyConvexFunction

    new = PEP()
    if mu is None:
        return new, new.declare_function(SmoothFunction, L=1), new.set_initial_point(), None, Expression()
    f = new.declare_function(SmoothStronglyConvexFunction, mu=mu, L=1)
    goal = f.stationary_point()
    return new, f, new.set_initial_point(), goal, f(goal)


def walk(optimizer, grad, w, k):
    """The points of k steps of the library's own update rule, on PEPit's symbols."""
    from PEPit.point import null_point

    state, path = optimizer.init(0.0), [w]
    if isinstance(state, tuple):  # the number of steps, and a velocity of 0
        state = (0, null_point)
    for _ in range(k):
        at = path[-1] if optimizer.lookahead is None else optimizer.lookahead(state, path[-1])
        step, state = optimizer.update(grad(at), state, path[-1])
        path.append(path[-1] + step)
    return path


def asked(new, rate, run):
    """The problem with its question: where the start measures 1, how much can the end measure?"""
    new.set_initial_condition(rate.start(run.start) == 1)
    end = rate.end(run)
    for measure in end if isinstance(end, list) else [end]:
        new.set_performance_metric(measure)
    return new


def fixed_steps(rate, k):
    new, f, w, goal, lowest = unknown(rate.mu)
    path = walk(rate.optimizer, f.gradient, w, k)
    for w in path if goal is None else ():  # a step of length 1 would come down by half the squared slope, and not below
        new.add_constraint(f(w) - f.gradient(w) ** 2 / 2 >= lowest)
    yield asked(new, rate, Run(f, f.gradient, path, goal, lowest))


def exact_search(rate, k):
    """The gradient is at a right angle to the step and to the gradient before it. No more is asked of the search."""
    from PEPit.primitive_steps import exact_linesearch_step

    new, f, w, goal, lowest = unknown(rate.mu)
    path = [w]
    for _ in range(k):
        path.append(exact_linesearch_step(path[-1], f, [f.gradient(path[-1])])[0])
    yield asked(new, rate, Run(f, f.gradient, path, goal, lowest))


def armijo_search(rate, k):
    """A problem for each sequence of accepted steps: each satisfies Armijo's condition, the one tried before it does not.

    The c of the problem is a little larger, so that rounding does not decide what gdlib accepts.
    """
    c = ARMIJO["c"] + 1e-7
    for steps in product((4.0, 2.0, 1.0), repeat=k):
        new, f, w, goal, lowest = unknown(rate.mu)
        path = [w]
        for t in steps:
            w, g = path[-1], f.gradient(path[-1])
            new.add_constraint(f(w - t * g) <= f(w) - c * t * g**2)
            if t < 4:
                new.add_constraint(f(w - 2 * t * g) >= f(w) - 2 * c * t * g**2)
            path.append(w - t * g)
        yield asked(new, rate, Run(f, f.gradient, path, goal, lowest))


def solve(rate, k):
    """The worst case, and the points, slopes and values of a function that has it (its minimiser first, then the start)."""
    worst, found = -np.inf, None
    for new in (rate.problems or fixed_steps)(rate, k):  # one after the other: PEPit holds one problem at a time
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # "may be inaccurate", by the last of the digits asked for: the next lines look
            allowed = new.solve(verbose=0, **ACCURATE)
        if not abs(allowed - new.objective.eval()) <= AGREE:
            raise ArithmeticError(f"after {k} steps a function reaches {new.objective.eval()}, and {allowed} is allowed")
        if allowed > worst:
            worst, found = allowed, [[part.eval() for part in point] for point in new.list_of_functions[0].list_of_points]
    return worst, found


# --- worst functions, and gdlib's runs on them ----------------------------------------------------------------------


def bent(delta, mu):
    """Curvature 1 for |w| < delta, and mu beyond: a bend in a parabola."""
    h = huber(delta)
    return Objective("bent", lambda w: mu / 2 * squared(w) + (1 - mu) * h(w), lambda w: mu * w + (1 - mu) * h.grad(w), None)


def corrugated():
    """A parabola for |w| < 1. Beyond, the slope falls from 1 to 1/2 and rises to 1 again on every unit of the way."""

    def value(w):
        (whole,), (part,) = np.divmod(np.abs(w), 1)
        near = min(part, 1 - part)
        arm = near - near**2 / 2
        return part**2 / 2 if whole < 1 else 0.75 * whole - 0.25 + (arm if part <= 0.5 else 0.75 - arm)

    def grad(w):
        size = np.abs(w)
        return np.where(size < 1, w, np.sign(w) * (1 - np.abs(size - np.round(size))))

    return Objective("corrugated", value, grad, None)


def interpolant(points, slopes, values, mu):
    r"""A 1-smooth mu-strongly convex function through these values with these slopes, arrays (n, d), (n, d), (n,).

    Less mu/2 |w|^2 it is the largest convex function below n parabolas of curvature 1 - mu, one for each point: the least of
    (1 - mu)/2 |w - a Z|^2 + a c over weights a >= 0 with the sum 1, where the rows of Z and c are the parabolas' lowest
    points and values. The least is found on one of the faces of the set of weights.
    """
    X, G, F = np.asarray(points), np.asarray(slopes) - mu * np.asarray(points), np.asarray(values)
    Z = X - G / (1 - mu)
    c = F - mu / 2 * (X**2).sum(axis=1) - (G**2).sum(axis=1) / (2 * (1 - mu))
    faces = [list(face) for face in chain.from_iterable(combinations(range(len(X)), m + 1) for m in range(len(X)))]

    def at(w):
        best, place = np.inf, None
        for face in faces:
            ones = np.ones((len(face), 1))
            system = np.block([[(1 - mu) * Z[face] @ Z[face].T, ones], [ones.T, np.zeros((1, 1))]])
            a = np.linalg.lstsq(system, np.r_[(1 - mu) * Z[face] @ w - c[face], 1], rcond=None)[0][:-1]
            if a.min() > -1e-12 and (value := (1 - mu) / 2 * squared(w - a @ Z[face]) + a @ c[face]) < best:
                best, place = value, a @ Z[face]
        return best, place

    return Objective(
        "interpolant", lambda w: at(w)[0] + mu / 2 * squared(w), lambda w: (1 - mu) * (w - at(w)[1]) + mu * w, None
    )


def shifted(found):
    """The solver's points, slopes and values for a minimiser 0 with value 0, in as many coordinates as they need."""
    points, slopes, values = (np.array(part, dtype=float) for part in zip(*found))
    points, values = points - points[0], values - values[0]
    used = np.abs(np.vstack([points, slopes])).max(axis=0) > 1e-6
    parts = {"points": points[:, used], "slopes": slopes[:, used], "values": values}
    return {name: part.round(DIGITS).tolist() for name, part in parts.items()}


def reached(rate, k, function):
    """What gdlib has at the end of k steps on the worst function, per unit of the start."""
    if rate.worst:
        f, w0 = rate.worst(k)
    else:
        f, w0 = interpolant(**function, mu=rate.mu), function["points"][1]
    optimizer = rate.optimizer if isinstance(rate.optimizer, Optimizer) else rate.optimizer(f)
    run = Run(f, f.grad, minimize(f, f.grad, w0, optimizer, gtol=0, max_iter=k).path)
    return float(np.min(rate.end(run)) / rate.start(run.start))


# --- the rates of the book ------------------------------------------------------------------------------------------

MU, KAPPA, Q = 0.1, 10, 9 / 11  # Q = (kappa - 1)/(kappa + 1)
ROOT = sqrt(MU)  # of 1/kappa
ARMIJO = {"first": 4.0, "factor": 0.5, "c": 0.1}  # so that 2q(1 - c)/L = 0.9
BENDS = (0.121209, 0.0532807, 0.0274518, 0.0149830, 0.00835648)  # found by trying; near the worst, digits matter little
RHO = 1 + sqrt(2)


def silver(k):
    """1 + rho^(m - 1), where 2^m is the largest power of two that divides k + 1."""
    return 1 + RHO ** (((k + 1) & -(k + 1)).bit_length() - 2)


# The pieces stand in the order of Rate: the bound, the rule, what is measured at the start and at the end, a worst function.
RATES = {
    "descent": Rate(lambda k: -1 / 2, gd(1.0), slope, rise, lambda k: (parabola(), 1.0), mu=None, steps=(1,)),
    "nonconvex": Rate(lambda k: 2 / k, gd(1.0), gap, slopes, lambda k: (corrugated(), float(k)), mu=None),
    "convex": Rate(lambda k: 1 / (2 * k), gd(1.0), distance, gap, lambda k: (huber(1 / (2 * k + 1)), 1.0)),
    "convex-sharp": Rate(lambda k: 1 / (4 * k + 2), gd(1.0), distance, gap, lambda k: (huber(1 / (2 * k + 1)), 1.0)),
    "pl": Rate(lambda k: (1 - MU) ** k, gd(1.0), gap, gap, lambda k: (parabola(MU), 1.0), mu=MU),
    "distance": Rate(lambda k: Q ** (2 * k), gd(2 / (1 + MU)), distance, distance, lambda k: (parabola(), 1.0), mu=MU),
    "distance-gap": Rate(lambda k: Q ** (2 * k) / 2, gd(2 / (1 + MU)), distance, gap, lambda k: (parabola(), 1.0), mu=MU),
    "exact-search": Rate(
        lambda k: Q ** (2 * k),
        lambda f: exact(f.hess([0.0, 0.0])),
        gap,
        gap,
        lambda k: (quadratic(KAPPA), [10.0, 1.0]),
        mu=MU,
        problems=exact_search,
    ),
    "armijo": Rate(
        lambda k: (1 - 2 * MU * ARMIJO["c"] * 0.9) ** k,
        lambda f: armijo(f, **ARMIJO),
        gap,
        gap,
        mu=MU,
        steps=(1, 2, 3),
        problems=armijo_search,
    ),
    "silver": Rate(
        lambda k: 1 / (1 + sqrt(4 * RHO ** (2 * log2(k + 1)) - 3)),
        gd(silver),
        distance,
        gap,
        lambda k: (huber(1 / (2 * RHO ** log2(k + 1) - 1)), 1.0),
        steps=(1, 3, 7),
    ),
    "nesterov": Rate(
        lambda k: 2 / (k + 1) ** 2,
        nesterov(1.0, beta=lambda k: max(0, k - 1) / (k + 2)),
        distance,
        gap,
        lambda k: (huber(4 / ((k + 2) * (k + 3))), 1.0),
    ),
    "nesterov-strong": Rate(
        lambda k: (1 - ROOT) ** k,
        nesterov(1.0, beta=(1 - ROOT) / (1 + ROOT)),
        gap_and_distance,
        gap,
        lambda k: (bent(BENDS[k - 1], MU), 1.0),
        mu=MU,
    ),
    # kappa = 25: on bowls the rate is 2/3 a step
    "heavy-ball": Rate(
        lambda k: ((1 + 5 / 3 * k) * (2 / 3) ** k) ** 2, momentum(4 / 1.2**2, beta=4 / 9), distance, distance, mu=1 / 25
    ),
}


def computed(rate, k):
    """One row of the result."""
    worst, found = solve(rate, k)
    function = None if rate.worst else shifted(found)
    numbers = {"bound": rate.bound(k), "worst": worst, "reached": reached(rate, k, function)}
    row = {"k": k} | {name: round(number, DIGITS) for name, number in numbers.items()}
    return row if function is None else row | {"function": function}


def load():
    return json.loads(RESULT.read_text(encoding="utf-8"))


def main():
    result = {name: [computed(rate, k) for k in rate.steps] for name, rate in RATES.items()}
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
