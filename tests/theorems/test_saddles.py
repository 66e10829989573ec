"""Chapter 9, Local minima and saddles: each of its theorems on many random instances that satisfy the hypotheses,
tight where it is tight, and failing where a hypothesis is dropped.

The numbers with ten or more digits are closed forms, or were computed apart from this library with 30 digits.
"""

import itertools
import re
from pathlib import Path

import nbformat
import numpy as np
import pytest

from gdlib import basins, gradient_descent, models, objectives, optimizers, trajectories

SEEDS = range(20)
CHAPTER = Path(__file__).parents[2] / "chapters" / "09-minima-and-saddles.ipynb"


def statement(label):
    """A theorem or an example as the chapter prints it."""
    text = "\n\n".join(cell.source for cell in nbformat.read(CHAPTER, as_version=4).cells)
    return re.search(rf"^:label: {label}\n(.*?)^````", text, re.DOTALL | re.MULTILINE)[1]


def walk(grad, starts, eta, n):
    """Where n steps lead, all starts at once."""
    w = np.asarray(starts, dtype=float)
    for _ in range(n):
        w = w - eta * grad(w)
    return w


def bisect(f, low, high):
    """The place between low and high where f, which is positive at one of them only, changes its sign."""
    left = f(low) > 0
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if (f(middle) > 0) == left else (low, middle)
    return (low + high) / 2


def waves(rng, d, n=3):
    """A random sum of plane waves in a shallow bowl: value, gradient and Hessian, for batches, and its L."""
    a, b, c = rng.uniform(0.5, 1.5, n), rng.normal(size=(n, d)), rng.uniform(0, 2 * np.pi, n)
    phase = lambda w: np.tensordot(b, w, 1) + c.reshape(-1, *[1] * (np.ndim(w) - 1))
    value = lambda w: 0.1 * (w**2).sum(0) + np.tensordot(a, np.cos(phase(w)), 1)
    grad = lambda w: 0.2 * w - np.tensordot(b.T * a, np.sin(phase(w)), 1)
    hess = lambda w: 0.2 * np.eye(d) - np.einsum("k,k...,ki,kj->...ij", a, np.cos(phase(w)), b, b)
    return value, grad, hess, 0.2 + a @ (b**2).sum(axis=1)


# --- one variable -----------------------------------------------------------------------------------------------


@pytest.mark.theorem("thm-timid-walker")
@pytest.mark.parametrize("seed", SEEDS)
def test_a_timid_walker_goes_to_the_next_flat_place_and_keeps_its_order(seed):
    rng = np.random.default_rng(seed)
    f, grad, _hess, L = waves(rng, 1)
    starts = np.sort(rng.uniform(-8, 8, 40))[np.newaxis]
    paths = trajectories(grad, starts, optimizers.gd(rng.choice([rng.uniform(0.3, 1), 1.0]) / L), 3000)[:, 0]
    assert np.all(np.diff(paths, axis=1) >= -1e-12)
    slope = lambda w: grad(np.array([w]))[0]
    grid = np.linspace(-40, 40, 80_001)
    change = np.flatnonzero(np.diff(np.sign(slope(grid))))
    flat = np.array([bisect(slope, *grid[i : i + 2]) for i in change])
    for path, side in zip(paths.T, -np.sign(grad(starts)[0])):
        s = min(flat[(flat - path[0]) * side > 0], key=lambda s: abs(s - path[0]))
        assert np.all(np.diff(path) * side >= -1e-12)  # never turns back
        assert np.all((s - path) * side >= -1e-9)  # never passes s
        assert path[-1] == pytest.approx(s, abs=1e-4)
        between = np.linspace(path[0], s, 200)[:-1]
        assert np.all(f(between[np.newaxis]) > f(np.array([s])))


@pytest.mark.theorem("thm-timid-walker")
@pytest.mark.parametrize("seed", SEEDS)
def test_where_one_basin_ends_there_is_a_stationary_point(seed):
    shift = np.random.default_rng(seed).uniform(0, 2 * np.pi)
    slope = lambda w: w / 5 + 3 * np.cos(3 * w + shift)  # L = 9.2
    starts = np.linspace(-8, 8, 1001)
    slopes, ends = slope(starts), walk(slope, starts, 1 / 9.2, 2000)
    assert np.all(np.diff(ends) > -1e-9)  # each basin is an interval
    border = np.diff(ends) > 1e-3
    assert np.all((slopes[:-1] * slopes[1:])[border] < 0)
    assert border.sum() > 3
    inside = (slopes[:-1] < 0) & (slopes[1:] > 0)  # a minimum is a stationary point, and no border
    assert inside.any() and not np.any(border & inside)


@pytest.mark.theorem("thm-timid-walker")
def test_with_no_flat_place_ahead_the_walker_leaves_for_infinity():
    path = trajectories(lambda w: 1 + np.cos(w) / 2, np.array([3.0]), optimizers.gd(2.0), 1000)[:, 0]  # L = 1/2
    assert np.all(np.diff(path) < 0) and path[-1] < -1000


@pytest.mark.theorem("thm-timid-walker")
def test_beyond_one_over_L_a_walker_can_pass_the_flat_place_and_overtake():
    for L in (0.5, 1.0, 7.0):
        f = objectives.parabola(L)
        for eta, passes in ((1 / L, False), (1.01 / L, True)):
            u, v = (gradient_descent(f, f.grad, w0, eta, gtol=0, max_iter=1).w[0] for w0 in (1.0, 2.0))
            assert (u < -1e-3) == passes and (u > v) == passes


@pytest.mark.theorem("thm-stripes")
@pytest.mark.parametrize("eta", [0.03, 0.1, 0.25, 0.4, 0.5])
def test_the_stripes_of_the_double_well(eta):
    f, wall = objectives.double_well(), np.sqrt(1 + 2 / eta)
    step = lambda w: w * (1 + eta - eta * w**2)
    z = [0.0, np.sqrt(1 + 1 / eta)]
    for _ in range(7):
        z.append(bisect(lambda w: step(w) + z[-1], z[1], wall))
    assert np.all(np.diff(z) > 0) and 0 < wall - z[-1] < 0.01 * wall
    assert (z[-1] - z[-2]) / (z[-2] - z[-3]) == pytest.approx(1 / (5 + 2 * eta), rel=1e-3)  # a sixth at eta = 1/2
    for n, (left, right) in enumerate(itertools.pairwise(z)):
        assert abs(walk(f.grad, z[n], eta, n)) < 1e-6  # on the hilltop after n steps
        inside = left + (right - left) * np.linspace(0.02, 0.98, 49)
        for side in (1, -1):
            assert walk(f.grad, side * inside, eta, 2000) == pytest.approx(side * (-1.0) ** n * np.ones(49), abs=1e-9)
    assert gradient_descent(f, f.grad, 1.0001 * wall, eta).status == "diverged"


@pytest.mark.theorem("thm-stripes")
def test_the_wall_and_the_hilltop_where_nothing_is_rounded():
    f = objectives.double_well()
    run = gradient_descent(f, f.grad, 3.0, 0.25, max_iter=500)  # 1 + 2/eta = 9
    np.testing.assert_array_equal(run.path[:, 0], 3.0 * (-1.0) ** np.arange(501))
    assert gradient_descent(f, f.grad, 0.0, 0.1, gtol=0, max_iter=1000).w[0] == 0
    assert gradient_descent(f, f.grad, 3.0, 0.125).w[0] == 0  # 1 + 1/eta = 9: one step to the maximum
    landed = gradient_descent(f, f.grad, np.sqrt(2) + 1e-12, 1.0, gtol=0, max_iter=100).path[:, 0]
    assert landed[1] == pytest.approx(-4e-12, rel=0.01) and abs(landed[60]) > 0.5  # beside the top, it leaves


@pytest.mark.theorem("thm-stripes")
def test_beyond_one_half_the_valleys_themselves_come_to_an_end():
    f = objectives.double_well()
    assert abs(walk(f.grad, 0.5, 0.9, 2000) - 1) < 1e-9 and abs(walk(f.grad, 0.5, 1.1, 2000) - 1) > 0.1


# --- what kind of flat place ------------------------------------------------------------------------------------


def perturbed_quadratic(rng, curvatures):
    """Half of e'He and a random cubic, as value and gradient, with H, and with c such that |grad - He| <= c |e|^2."""
    d = len(curvatures)
    V = np.linalg.qr(rng.normal(size=(d, d)))[0]
    H, a, b = V * curvatures @ V.T, rng.normal(size=4), rng.normal(size=(4, d))
    f = lambda e: ((H @ e) * e).sum(0) / 2 + a @ (b @ e) ** 3
    grad = lambda e: H @ e + 3 * (b.T * a) @ (b @ e) ** 2
    return f, grad, H, V, 3 * np.abs(a) @ np.linalg.norm(b, axis=1) ** 3


@pytest.mark.theorem("thm-second-derivative-test")
@pytest.mark.parametrize("seed", SEEDS)
def test_the_signs_of_the_eigenvalues_tell_the_kind(seed):
    rng = np.random.default_rng(seed)
    d = rng.integers(2, 6)
    size = rng.uniform(0.3, 3, d)
    mixed = size * np.where(np.arange(d) == 0, -1, rng.choice([-1, 1], d))
    mixed[-1] = size[-1]
    for curvatures in (size, -size, mixed):
        f, _, H, V, c = perturbed_quadratic(rng, curvatures)
        radius = 0.5 * size.min() / c  # the cubic is at most a third of c |e|^3
        sphere = rng.normal(size=(d, 3000))
        ball = np.hstack([sphere / np.linalg.norm(sphere, axis=0), V]) * radius * rng.uniform(0.01, 1, 3000 + d)
        low, high = np.linalg.eigvalsh(H)[[0, -1]]
        assert (low > 0) == np.all(f(ball) > 0)
        assert (high < 0) == np.all(f(ball) < 0)
        assert (low < 0 < high) == (np.any(f(ball) < 0) and np.any(f(ball) > 0))


@pytest.mark.theorem("thm-second-derivative-test")
def test_the_nine_flat_places_of_himmelblau():
    f = objectives.himmelblau()
    known = {
        (3.0, 2.0): "minimum",
        (-2.8051180870, 3.1313125183): "minimum",
        (-3.7793102534, -3.2831859913): "minimum",
        (3.5844283403, -1.8481265270): "minimum",
        (0.0866775046, 2.8842547012): "saddle",
        (3.3851541842, 0.0738518798): "saddle",
        (-3.0730257540, -0.0813530439): "saddle",
        (-0.1279613467, -1.9537149795): "saddle",
        (-0.2708445907, -0.9230385565): "maximum",
    }
    for w, kind in known.items():
        low, high = np.linalg.eigvalsh(f.hess(w))
        assert f.grad(w) == pytest.approx([0, 0], abs=1e-6)
        assert kind == ("minimum" if low > 0 else "maximum" if high < 0 else "saddle")


@pytest.mark.theorem("cex-silent-test")
def test_the_same_hessian_and_different_verdicts():
    t = 10.0 ** -np.arange(1, 6)
    assert np.all(t**4 > 0) and np.all((-t) ** 3 < 0) and np.all(t**3 > 0)
    circle = np.array([np.cos(np.arange(629) / 100), np.sin(np.arange(629) / 100)])
    ring = t[:, np.newaxis, np.newaxis] * np.hstack([circle, [[0, 0], [1, -1]]])  # with the y axis itself
    x, y = ring[:, 0], ring[:, 1]
    signs = lambda f: (np.all((f < 0).any(axis=1)), np.all((f > 0).any(axis=1)))
    assert signs(x**2 + y**4) == signs(x**4 + y**4) == (False, True)
    for lifted in (x**2 + y**4, x**2 - y**4, x**2 + y**3):  # along x, the eigenvalue 2 excludes a maximum
        assert np.all(lifted[:, 0] > 0)
    monkey = objectives.monkey_saddle()
    assert signs(x**2 - y**4) == signs(x**2 + y**3) == signs(monkey(np.array([x, y]))) == (True, True)
    assert not np.any(monkey.hess([0.0, 0.0]))


# --- near a saddle ----------------------------------------------------------------------------------------------


@pytest.mark.theorem("cex-saddle-line")
def test_the_line_leads_to_the_saddle_and_nothing_beside_it_does():
    f = objectives.saddle()
    assert walk(f.grad, [1.0, 0.0], 0.1, 200) == pytest.approx([7.055079108655332e-10, 0], rel=1e-10)
    path = gradient_descent(f, f.grad, [1, 1e-6], 0.1, gtol=0, max_iter=200).path
    k = np.argmax(np.abs(path[:, 1]) > 0.5)
    assert k == 139 and path[k, 1] == pytest.approx(0.5005420213298832, rel=1e-8)
    for eta in (0.05, 0.3, 0.5):
        y0 = np.array([-1, 1]) * np.geomspace(1e-12, 0.999 * np.sqrt(1 + 1 / eta), 50)[:, np.newaxis]
        x, y = walk(f.grad, [np.ones(100), y0.ravel()], eta, 3000)
        assert x == pytest.approx(np.zeros(100), abs=1e-9) and y == pytest.approx(np.sign(y0.ravel()), abs=1e-9)


@pytest.mark.theorem("cex-saddle-line")
def test_the_escape_takes_the_logarithm_of_the_distance():
    f = objectives.saddle()
    for y0, steps in ((1e-3, 67), (1e-6, 139), (1e-12, 284)):
        y = gradient_descent(f, f.grad, [1, y0], 0.1, gtol=0, max_iter=400).path[:, 1]
        assert np.argmax(np.abs(y) > 0.5) == steps == np.ceil(np.log(0.5 / y0) / np.log(1.1)) + 1


@pytest.mark.theorem("thm-linearisation")
@pytest.mark.parametrize("seed", SEEDS)
def test_near_a_flat_place_the_hessian_decides(seed):
    rng = np.random.default_rng(seed)
    d, eta = rng.integers(2, 6), 10 ** rng.uniform(-2, 0)
    attracts = rng.uniform(0.1, 1.9, d)
    _, grad, *_, c = perturbed_quadratic(rng, attracts / eta)
    margin = 1 - np.abs(1 - attracts).max()
    starts = rng.normal(size=(d, 50))
    starts *= 0.5 * margin / (eta * c) / np.linalg.norm(starts, axis=0)  # the delta of the proof
    assert np.linalg.norm(walk(grad, starts, eta, 1000), axis=0).max() < 1e-9 * margin / (eta * c)

    repels = attracts.copy()
    repels[0] = rng.choice([rng.uniform(-1, -0.1), rng.uniform(2.1, 3)])
    if d > 2:
        repels[1] = rng.choice([-0.5, 2.5, 0.0])
    factors = np.abs(1 - repels)
    _, grad, _, V, c = perturbed_quadratic(rng, repels / eta)
    q = factors[factors > 1].min()
    delta = (q - 1) / 4 / (eta * c)
    part = V[:, factors > 1]
    e = rng.normal(size=(d, 50))
    u, s = part @ (part.T @ e), e - part @ (part.T @ e)
    e = u / np.linalg.norm(u, axis=0) + rng.uniform(0, 1, 50) * s / np.linalg.norm(s, axis=0)
    e *= 1e-3 * delta
    for _ in range(10_000):
        inside = np.linalg.norm(e, axis=0) <= delta
        if not inside.any():
            break
        e = e[:, inside]
        before, e = np.linalg.norm(part.T @ e, axis=0), e - eta * grad(e)
        after = np.linalg.norm(part.T @ e, axis=0)
        assert np.all(after >= (1 + q) / 2 * before * (1 - 1e-9))
        assert np.all(after >= np.linalg.norm(e - part @ (part.T @ e), axis=0) * (1 - 1e-9))
    assert not inside.any()


@pytest.mark.theorem("thm-linearisation")
def test_the_plateau_of_the_network_is_as_long_as_the_curvature_of_its_saddle_says():
    X, y = models.load("breast_cancer")
    X, net, share = models.standardise(X), models.MLP((30, 2, 2)), y.mean()
    loss, direction = net.loss(X, y), net.init(seed=9)
    runs = [
        gradient_descent(loss, loss.grad, s * direction, 0.1, gtol=0, max_iter=150).values for s in (1e-3, 1e-6, 1e-9, 0)
    ]
    first = [int(np.argmax(values < 0.3)) for values in runs]
    assert first[3] == 0 and runs[3][-1] == pytest.approx(-share * np.log(share) - (1 - share) * np.log(1 - share), abs=1e-4)
    C = np.stack([y - share, share - y]) @ X / len(y)
    U, sigma, V = np.linalg.svd(C)
    each = np.log(1000) / np.log(1 + 0.1 * sigma[0])
    assert np.diff(first[:3]) == pytest.approx([each, each], abs=1) and each == pytest.approx(37.93, abs=0.01)
    saddle, out = np.zeros_like(direction), np.zeros_like(direction)
    saddle[-1] = np.log(share / (1 - share))
    (A, _), (B, _) = net.unpack(out)  # views: one hidden unit, along the first pair of singular vectors
    A[:, 0], B[0] = V[0] / np.sqrt(2), -U[:, 0] / np.sqrt(2)
    assert np.abs(loss.grad(saddle)).max() < 1e-12
    assert (loss.grad(saddle + 1e-5 * out) - loss.grad(saddle - 1e-5 * out)) / 2e-5 == pytest.approx(
        -sigma[0] * out, abs=1e-6
    )


@pytest.mark.theorem("thm-linearisation")
def test_the_sharpest_valley_of_himmelblau_is_lost_at_two_over_its_curvature():
    f = objectives.himmelblau()
    w = f.minima[2]
    sharpest = np.linalg.eigvalsh(f.hess(w))[-1]
    assert sharpest == pytest.approx(133.7856152, rel=1e-8)
    for eta, stays in ((0.0149, True), (0.0150, False)):
        assert (eta < 2 / sharpest) == stays
        end = walk(f.grad, w + 1e-3, eta, 10_000)
        assert (np.linalg.norm(end - w) < 1e-6) == stays


@pytest.mark.theorem("thm-linearisation")
def test_beyond_two_over_the_curvature_a_line_still_leads_to_the_minimum():
    """So "almost no run settles": on the bowl those with y = 0 do, without an exact hit, and all others leave."""
    f = objectives.quadratic(kappa=10)  # (x**2 + 10*y**2)/2, and eta = 0.3 is beyond 2/10
    (x, y), near = walk(f.grad, [1.0, 0.0], 0.3, 100), walk(f.grad, [1.0, 1e-9], 0.3, 100)
    assert 0 < abs(x) < 1e-12 and y == 0  # y is 0 from the start: nothing is rounded
    assert np.linalg.norm(near) > 1e6


@pytest.mark.theorem("thm-linearisation")
def test_the_map_of_basins_has_the_shares_that_the_chapter_prints():
    f, window = objectives.himmelblau(), ((-5, 5), (-5, 5))
    for eta, shares in ((0.004, (26, 26, 24, 25)), (0.0145, (27, 27, 23, 23)), (0.02, (29, 25, 0, 0))):
        reached = basins(f.grad, f.minima, window, optimizers.gd(eta), n=300, size=120)
        assert [100 * np.mean(reached == i) for i in range(4)] == pytest.approx(shares, abs=1)


# --- strict saddles ---------------------------------------------------------------------------------------------


@pytest.mark.theorem("cor-stable-subspace")
@pytest.mark.parametrize("seed", SEEDS)
def test_for_a_quadratic_the_starts_that_converge_form_a_subspace(seed):
    rng = np.random.default_rng(seed)
    d, eta = rng.integers(2, 7), 10 ** rng.uniform(-2, 1)
    falls = rng.permutation(d) < rng.integers(1, d)
    products = np.where(falls, rng.uniform(-0.5, -0.05, d), rng.uniform(0.2, 1.8, d) * rng.choice([0, 1, 1], d))
    grad = lambda w: products[:, np.newaxis] / eta * w
    starts = rng.normal(size=(d, 20))
    starts[falls, :10] = 0  # exactly: along the axes nothing is rounded into them
    ends, later = walk(grad, starts, eta, 200), walk(grad, starts, eta, 400)
    assert np.linalg.matrix_rank(starts[:, :10]) == d - falls.sum()
    assert later[:, :10] == pytest.approx(ends[:, :10], abs=1e-9)  # converges, as the others do not:
    assert np.all(np.linalg.norm(later[:, 10:], axis=0) > 1000 * np.linalg.norm(ends[:, 10:], axis=0))


@pytest.mark.theorem("cor-stable-subspace")
def test_beyond_two_over_L_even_the_subspace_is_lost():
    grad = lambda w: np.array([1.0, -0.1]) * w
    assert abs(walk(grad, [1.0, 0.0], 1.9, 500)[0]) < 1e-6 and abs(walk(grad, [1.0, 0.0], 2.1, 500)[0]) > 1e6


@pytest.mark.theorem("thm-strict-saddles")
@pytest.mark.parametrize("seed", SEEDS)
def test_no_random_start_ends_on_a_strict_saddle(seed):
    rng = np.random.default_rng(seed)
    d = rng.integers(1, 4)
    _, grad, hess, L = waves(rng, d)
    eta = 0.95 / L
    u, v = rng.normal(scale=4, size=(2, d, 500))
    before, after = np.linalg.norm(u - v, axis=0), np.linalg.norm(u - eta * grad(u) - v + eta * grad(v), axis=0)
    assert np.all(after >= (1 - eta * L) * before * (1 - 1e-9))  # a step merges no two points
    ends = walk(grad, u, eta, 4000)
    still = np.linalg.norm(grad(ends), axis=0) < 1e-8
    assert still.mean() > 0.95  # the rest are slow, near an almost flat place
    assert np.all(np.linalg.eigvalsh(hess(ends[:, still]))[:, 0] > -1e-3)


@pytest.mark.theorem("thm-strict-saddles")
def test_a_random_start_leaves_the_saddle_and_one_on_the_line_does_not():
    f, starts = objectives.saddle(), np.random.default_rng(9).uniform(-1, 1, size=(2, 10_000))
    eta = 0.49  # within the box the curvature is at most 2
    assert np.abs(walk(f.grad, starts, eta, 300)[1]) == pytest.approx(np.ones(10_000), abs=1e-9)
    starts[1] = 0  # no density
    assert np.abs(walk(f.grad, starts, eta, 300)).max() < 1e-9


@pytest.mark.theorem("cex-symmetric-start")
def test_a_symmetric_start_of_the_two_layer_network_ends_on_the_saddle():
    grad = lambda w: -(1 - w[0] * w[1]) * w[::-1]
    x0 = np.random.default_rng(9).uniform(-2, 2, 500)
    eta = 1.999 / (1 + np.abs(x0).max() ** 2)
    ends = walk(grad, np.array([x0, -x0]), eta, 20_000)
    np.testing.assert_array_equal(ends[0], -ends[1])  # the same operations on the same bits but for the sign
    assert np.abs(ends).max() < 1e-6
    assert np.linalg.eigvalsh([[0, -1], [-1, 0]]) == pytest.approx([-1, 1])
    x, y = walk(grad, np.array([x0, -x0 + 0.01]), 0.2, 3000)  # beside the line, to a minimum
    assert x * y == pytest.approx(np.ones(500), abs=1e-6)
    assert abs(walk(grad, [1.0, -1.0], 1.0, 1001)[0]) == 1  # eta (1 + x0²) = 2: hops for ever
    assert not np.any(walk(grad, [0.0, 0.0], 0.1, 100))


@pytest.mark.theorem("cex-maximum-catches")
@pytest.mark.parametrize("a", [1.05, 1.2, 1.5, 3.0])
def test_a_maximum_that_catches_half_of_all_starts(a):
    inside = lambda w: np.maximum(1 - w**2 / 4, 0)
    f = lambda w: w**2 / 2 + 2 * a / 3 * inside(w) ** 3
    slope = lambda w: w - a * w * inside(w) ** 2
    curvature = lambda w: 1 - a * inside(w) ** 2 + a * w**2 * inside(w)
    w, h, L = np.linspace(-3, 3, 6001), 1e-5, 1 + 0.8 * a
    assert slope(w) == pytest.approx((f(w + h) - f(w - h)) / (2 * h), abs=1e-8)
    assert curvature(w) == pytest.approx((slope(w + h) - slope(w - h)) / (2 * h), abs=1e-4)
    assert np.abs(curvature(w)).max() == pytest.approx(L, rel=1e-6) and curvature(0.0) == 1 - a < 0
    starts = np.random.default_rng(9).normal(scale=3, size=10_000)
    far = np.abs(starts) >= 2
    ends = walk(slope, starts, 1.0, 1)
    assert np.all(ends[far] == 0) and far.mean() == pytest.approx(0.505, abs=0.02)
    if a < 1.25:  # eta = 1 < 2/L: every step goes down, and yet
        assert L < 2 and np.all(f(ends) < f(starts))
    timid = walk(slope, starts[:500], 0.99 / L, 10_000)
    bottom = 2 * np.sqrt(1 - np.sqrt(1 / a))
    assert np.abs(timid) == pytest.approx(np.full(500, bottom), abs=1e-6)


@pytest.mark.theorem("cex-maximum-catches")
def test_the_bump_has_the_L_that_the_chapter_states_in_the_range_that_it_states():
    text = statement("cex-maximum-catches")
    low, high = re.search(r"^For \$(\d+) < a(?: \\le (\d+))?\$ let", text, re.MULTILINE).groups(default="1000")
    assert r"$L = 1 + \tfrac45a$" in text and int(low) == 1
    s = np.linspace(0, 1, 5001)  # 1 - w²/4 on the bump; 2/5 is among them
    largest = lambda a: np.abs(1 + 4 * a * s - 5 * a * s**2).max()
    for a in np.linspace(int(low), int(high), 100)[1:]:
        assert largest(a) == pytest.approx(1 + 0.8 * a, rel=1e-9)
    assert (
        largest(10.1) == pytest.approx(9.1) != pytest.approx(1 + 0.8 * 10.1)
    )  # beyond ten it is the maximum that bends most


@pytest.mark.theorem("cex-inflection-catches")
@pytest.mark.parametrize("eta", [0.01, 0.1, 1.0])
def test_an_inflection_catches_an_interval(eta):
    slope = lambda w: 3 * w**2
    starts = np.linspace(0, 1 / (3 * eta), 101)
    path = trajectories(slope, starts[np.newaxis], optimizers.gd(eta), 20_000)[:, 0]
    assert np.all(np.diff(path, axis=0) <= 0) and path.min() > -1e-12 and path[-1].max() < 1.1 / (3 * eta * 20_000)
    for w0 in (-0.01 / eta, 1.001 / (3 * eta)):
        assert gradient_descent(lambda w: w**3, slope, w0, eta, gtol=0, max_iter=100_000).status == "diverged"
    if eta == 0.1:
        assert walk(slope, 1.0, eta, 1000) == pytest.approx(0.003302808598439903, rel=1e-11)


# --- cycles and chaos -------------------------------------------------------------------------------------------


def cubic_step(eta):
    return np.polynomial.Polynomial([0, 1 + eta, -eta])


@pytest.mark.theorem("thm-period-doubling")
@pytest.mark.parametrize("eta", [0.5, 1.5, 1.9, 2.05, 2.2, 2.4, 2.44, 2.46, 2.5, 2.8, 3.0])
def test_the_first_doubling(eta):
    step = cubic_step(eta)
    twice = step(step)
    roots = (twice - np.polynomial.Polynomial([0, 1])).roots()
    real = np.sort(roots.real[np.abs(roots.imag) < 1e-9])
    if eta < 2:
        assert real == pytest.approx([0, 1], abs=1e-9)  # no pair at all
        assert walk(lambda w: w**2 - w, 0.3, eta, 2000) == pytest.approx(1, abs=1e-9)
        return
    a, b = np.sort(np.roots([eta**2, -eta * (eta + 2), eta + 2]))
    assert real == pytest.approx(sorted([0, 1, a, b]), abs=1e-7)  # and no other pair
    assert step(a) == pytest.approx(b) and step(b) == pytest.approx(a)
    assert twice.deriv()(a) == pytest.approx(5 - eta**2, abs=1e-9)
    assert abs(step.deriv()(1.0)) == pytest.approx(eta - 1) and eta - 1 > 1  # the minimum repels
    start = a + 1e-6
    end = walk(lambda w: w**2 - w, start, eta, 2000)
    assert (abs(end - a) < 1e-9) == (eta < np.sqrt(6))


@pytest.mark.theorem("thm-period-doubling")
def test_the_same_cycle_in_the_form_of_the_logistic_map():
    f = objectives.logistic_map(3.2)
    end = gradient_descent(f, f.grad, 0.3, 1.0, max_iter=1001).path[-2:, 0]
    assert end == pytest.approx([0.79945549046737, 0.51304450953263], rel=1e-10)
    eta = 2.2  # r = 1 + eta, and w = (1 + eta) / eta u
    cycle = np.sort(np.roots([eta**2, -eta * (eta + 2), eta + 2]))
    assert cycle * eta / (1 + eta) == pytest.approx(np.sort(end), rel=1e-10)


@pytest.mark.theorem("thm-doubling-angle")
def test_at_three_a_step_doubles_an_angle():
    theta = np.random.default_rng(9).uniform(0, np.pi / 2, 200)
    w = 4 / 3 * np.sin(theta) ** 2
    for k in range(1, 16):  # after that, rounding errors, doubled at every step, begin to show
        w = w - 3 * (w**2 - w)
        assert w == pytest.approx(4 / 3 * np.sin(2**k * theta) ** 2, abs=1e-7)
    slopes = cubic_step(3.0).deriv()
    assert (slopes(0.0), slopes(1.0)) == pytest.approx((4, -2))  # both flat places repel
    w = np.array([0.3, 0.3 + 1e-10])
    path = trajectories(lambda w: w**2 - w, w[np.newaxis], optimizers.gd(3.0), 40)[:, 0]
    assert np.argmax(np.abs(path[:, 0] - path[:, 1]) > 0.1) == 30


@pytest.mark.theorem("thm-doubling-angle")
def test_the_formula_is_for_three_only():
    theta = 0.7
    w = 4 / 3 * np.sin(theta) ** 2
    assert w - 2.9 * (w**2 - w) != pytest.approx(4 / 3 * np.sin(2 * theta) ** 2, abs=1e-3)


# --- what can be promised ---------------------------------------------------------------------------------------


@pytest.mark.theorem("thm-one-limit")
@pytest.mark.parametrize("seed", SEEDS)
def test_a_bounded_run_has_one_limit_and_it_is_stationary(seed):
    rng = np.random.default_rng(seed)
    d = rng.integers(1, 4)
    _f, grad, _, L = waves(rng, d)
    eta = rng.uniform(0.3, 1.95) / L
    starts = rng.normal(scale=4, size=(d, 100))
    w = walk(grad, starts, eta, 4000)
    later = walk(grad, w, eta, 1000)
    assert np.linalg.norm(grad(later), axis=0).max() < 1e-3 and np.abs(later - w).max() < 0.05
    settled = np.linalg.norm(grad(w), axis=0) < 1e-9
    assert settled.mean() > 0.9 and np.abs(later - w)[:, settled].max() < 1e-6


@pytest.mark.theorem("thm-one-limit")
def test_without_a_bound_or_with_too_long_a_step_there_is_no_limit():
    decay = objectives.exp_decay()
    run = gradient_descent(decay, decay.grad, 0.0, 1.0, gtol=0, max_iter=1000)
    assert run.w[0] == pytest.approx(6.912490377145434, rel=1e-11) and run.grad_norms[-1] < 1e-3
    assert walk(decay.grad, run.w, 1.0, 1000)[0] - run.w[0] > 0.6  # still going
    f = objectives.parabola(4.0)
    assert abs(walk(f.grad, 1.0, 0.5, 1000) - walk(f.grad, 1.0, 0.5, 1001)) == 2  # eta = 2/L


@pytest.mark.theorem("thm-true-sentence")
@pytest.mark.parametrize("seed", SEEDS)
def test_from_random_starts_every_run_ends_in_a_local_minimum(seed):
    rng = np.random.default_rng(100 + seed)
    f, grad, hess, L = waves(rng, 2)
    starts = rng.normal(scale=4, size=(2, 200))
    ends = walk(grad, starts, 0.95 / L, 4000)
    settled = np.linalg.norm(grad(ends), axis=0) < 1e-9
    assert settled.mean() > 0.95 and np.all(f(ends) < f(starts))
    assert np.all(np.linalg.eigvalsh(hess(ends[:, settled]))[:, 0] > 0)


@pytest.mark.theorem("thm-true-sentence")
def test_the_rippled_ground_of_the_chapter():
    def grad(w):
        a, b = np.cos(w[0] + w[1]), np.sin(w[0] - 2 * w[1])
        return np.array([w[0] / 5 + a - b, w[1] / 5 + a + 2 * b])

    ends = walk(grad, np.random.default_rng(9).normal(scale=4, size=(2, 10_000)), 1 / 8, 600)
    a, b = np.sin(ends[0] + ends[1]), np.cos(ends[0] - 2 * ends[1])
    H = np.array([[0.2 - a - b, 2 * b - a], [2 * b - a, 0.2 - a - 4 * b]])
    assert np.all(np.linalg.eigvalsh(np.moveaxis(H, -1, 0))[:, 0] > 0)
    assert np.unique(ends.round(3), axis=1).shape[1] == 29


@pytest.mark.theorem("thm-true-sentence")
def test_in_each_case_of_the_exercise_one_hypothesis_fails():
    w = np.linspace(-60, 60, 240_001)
    sigmoid = 1 / (1 + np.exp(-w))
    assert (sigmoid * (1 - sigmoid)).max() == pytest.approx(1 / 4) and 1 < 1 / (1 / 4)
    assert np.log1p(np.exp(-30.0)) < 1e-12  # 1: it falls to 0, (b)
    assert np.abs(2 * (1 - w**2) / (1 + w**2) ** 2).max() == pytest.approx(2) and 0.9 > 1 / 2  # 2: (d)
    bends = 1 - 4 * w / (1 + w**2) ** 2  # 3: the derivative of w (w - 1)² / (1 + w²) = w - 2w² / (1 + w²)
    assert np.abs(bends).max() < 3 and 0.1 < 1 / 3 and 1 - 4 / (1 + 1) ** 2 == 0  # at 1: (c)
    slope = lambda w: w * (w - 1) ** 2 / (1 + w**2)
    assert walk(slope, 2.0, 0.1, 5000) == pytest.approx(1, abs=0.02) and walk(slope, 2.0, 0.1, 5000) > 1
    ripple = lambda y: y / 5 - np.sin(y)  # 5: three flat places, of curvature 1/5 - cos y
    flat = [0.0, *(sign * bisect(ripple, 1.0, 3.0) for sign in (-1, 1))]
    assert np.count_nonzero(np.diff(np.sign(ripple(np.linspace(-9, 9, 10_000))))) == 3
    assert [0.2 - np.cos(y) for y in flat] == pytest.approx([-0.8, 1.054, 1.054], abs=1e-3)
    assert walk(lambda w: np.array([w[0], ripple(w[1])]), [1.0, 0.0], 0.1, 300) == pytest.approx([0, 0], abs=1e-9)  # (e)


@pytest.mark.theorem("thm-restarts")
@pytest.mark.parametrize("seed", SEEDS)
def test_how_many_restarts(seed):
    rng = np.random.default_rng(seed)
    p, missing = rng.uniform(0.01, 0.9), 10 ** rng.uniform(-4, -0.5)
    m = int(np.ceil(np.log(1 / missing) / np.log(1 / (1 - p))))
    assert (1 - p) ** m <= missing < (1 - p) ** (m - 1)
    assert (1 - p) ** np.ceil(np.log(1 / missing) / p) <= missing
    found = (rng.uniform(size=(20_000, m)) < p).any(axis=1).mean()
    assert found == pytest.approx(1 - (1 - p) ** m, abs=0.015)
    assert (1 - 3 / 1000) ** 1000 == pytest.approx(np.exp(-3), abs=1e-3)  # the rule of three


@pytest.mark.theorem("thm-restarts")
def test_the_share_of_the_deepest_valley_shrinks_with_the_dimension():
    top = bisect(lambda w: w**3 - w + 0.1, 0.0, 0.5)
    one = (2 + top) / 4
    assert one == pytest.approx(0.5252578145, abs=1e-10)
    for d in (1, 3, 5):
        starts = np.random.default_rng(d).uniform(-2, 2, size=(d, 20_000))
        ends = walk(lambda w: w**3 - w + 0.1, starts, 0.08, 300)
        assert np.mean((ends < 0).all(axis=0)) == pytest.approx(one**d, abs=0.012)


@pytest.mark.theorem("thm-restarts")
def test_restarts_that_are_not_independent_do_not_help():
    rng = np.random.default_rng(9)
    same = np.repeat(rng.uniform(size=(20_000, 1)) < 0.2, 10, axis=1)
    assert same.any(axis=1).mean() == pytest.approx(0.2, abs=0.015)
