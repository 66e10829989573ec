"""The theorems and counterexamples of chapter 2, Functions of several variables."""

import numpy as np
import pytest
import sympy
from numpy.polynomial.polynomial import polyder, polyval2d

from gdlib import objectives
from gdlib.derivatives import central

CIRCLE = np.linspace(0, 2 * np.pi, 721)[:-1]


class Polynomial:
    """A random polynomial in x and y, of degree 3 in each, with its partials computed from the coefficients."""

    def __init__(self, rng):
        self.c = rng.uniform(-1, 1, size=(4, 4))

    def __call__(self, w):
        return polyval2d(*w, self.c)

    def partials(self, w):
        return np.array([polyval2d(*w, polyder(self.c, axis=axis)) for axis in (0, 1)])


def disc(centre, radius, rings=40):
    """Places of a disc, ring by ring: (2, rings, places on a ring)."""
    r = radius * np.arange(1, rings + 1)[:, np.newaxis] / rings
    return np.array([centre[0] + r * np.cos(CIRCLE), centre[1] + r * np.sin(CIRCLE)])


def remainder(f, w, partials, distance):
    """The largest remainder of the tangent plane on a circle around w, divided by the distance."""
    move = distance * np.array([np.cos(CIRCLE), np.sin(CIRCLE)])
    plane = f(w) + partials @ move
    return np.abs(f(np.reshape(w, (2, 1)) + move) - plane).max() / distance


def landscape(w):
    x, y = w
    return x**3 / 3 - x + y**3 / 3 - y


def torn(w):
    x, y = np.asarray(w, dtype=float)
    r2 = x * x + y * y
    return np.where(r2 > 0, x * y / np.where(r2 > 0, r2, 1), 0)


# ---- Reading a map ----


@pytest.mark.theorem("thm-ring")
def test_inside_a_ring_of_one_value_there_is_a_minimum_or_a_maximum():
    """Random ground of height c on an ellipse: its extreme place inside is found from heights alone, then looked at."""
    rng = np.random.default_rng(1)
    for _ in range(60):
        p, c, (a, b) = Polynomial(rng), rng.normal(), rng.uniform(0.4, 1.2, size=2)

        def f(w):
            return c + (1 - (w[0] / a) ** 2 - (w[1] / b) ** 2) * p(w)

        stretch = np.array([a, b]).reshape(2, 1, 1)
        assert f(stretch[:, 0] * [np.cos(CIRCLE), np.sin(CIRCLE)]) == pytest.approx(c)
        inside = stretch * disc((0, 0), 1, rings=60)[:, :-1]
        centre = inside.reshape(2, -1)[:, np.abs(f(inside) - c).argmax()]
        side = np.sign(f(centre) - c)
        for radius in (1e-1, 1e-2, 1e-3, 1e-4):
            near = disc(centre, radius)
            near = near[:, (near[0] / a) ** 2 + (near[1] / b) ** 2 < 1]
            centre = near[:, (side * f(near)).argmax()]
        assert (centre[0] / a) ** 2 + (centre[1] / b) ** 2 < 1
        assert (side * f(disc(centre, 1e-2)) <= side * f(centre) + 1e-9).all()
        assert central(f, centre) == pytest.approx([0, 0], abs=1e-2)


@pytest.mark.theorem("thm-ring")
def test_inside_the_oval_of_the_landscape_there_are_a_minimum_and_a_maximum():
    x, y = sympy.symbols("x y", real=True)
    f = x**3 / 3 - x + y**3 / 3 - y
    oval = x**2 - x * y + y**2 - 3
    assert sympy.expand(3 * f - (x + y) * oval) == 0
    flat = sympy.solve([f.diff(x), f.diff(y)], [x, y])
    assert sorted(flat) == [(-1, -1), (-1, 1), (1, -1), (1, 1)]
    where = {place: oval.subs({x: place[0], y: place[1]}) for place in flat}
    assert where == {(1, 1): -2, (-1, -1): -2, (1, -1): 0, (-1, 1): 0}  # two inside the oval, two on it


@pytest.mark.theorem("cex-broken-ring")
def test_without_continuity_there_may_be_neither():
    x, y = disc((0, 0), 1)
    f = x * (1 / np.hypot(x, y) - 1)
    assert f[-1] == pytest.approx(0, abs=1e-15)
    r, angle = sympy.symbols("r angle", positive=True)
    height = (1 - r) * sympy.cos(angle)
    slope2 = sympy.simplify(height.diff(r) ** 2 + (height.diff(angle) / (1 - r)) ** 2)
    assert slope2 == 1  # so no place with 0 < r < 1 is flat, and by cor-partials-vanish none is extreme
    near = disc((0, 0), 1e-6)
    near = near[0] * (1 / np.hypot(*near) - 1)
    assert near.max() > 0.999999 and near.min() < -0.999999  # around the origin, where f = 0


@pytest.mark.theorem("cex-both-slices")
def test_both_slices_have_a_minimum_and_the_function_has_none():
    x, y, t = sympy.symbols("x y t", real=True)
    f = x**2 + 3 * x * y + y**2
    assert f.subs(y, 0) == x**2 and f.subs(x, 0) == y**2
    assert sympy.expand(f.subs({x: t, y: -t}, simultaneous=True)) == -(t**2)


def test_no_straight_line_meets_the_region_between_two_parabolas_near_the_origin():
    """The hard exercise: along each line f > 0 close to the origin; along y = 2 x^2 it is -x^4."""
    for angle in CIRCLE:
        u, v = np.cos(angle), np.sin(angle)
        close = np.linspace(0, abs(v) / (4 * u * u) if abs(v) > 1e-9 else 1, 50)[1:]
        assert ((close * v - (close * u) ** 2) * (close * v - 3 * (close * u) ** 2) > 0).all()
    x = sympy.Symbol("x")
    assert sympy.expand((2 * x**2 - x**2) * (2 * x**2 - 3 * x**2)) == -(x**4)


# ---- Partial derivatives ----


@pytest.mark.theorem("cor-partials-vanish")
def test_partials_are_zero_at_every_interior_minimum_and_maximum():
    """Extremes are found from heights alone, by ever finer grids; only then are the partials looked at."""
    rng = np.random.default_rng(2)
    found = 0
    for _ in range(60):
        for sign in (1, -1):
            p = Polynomial(rng)
            p.c[2, 0] += 3 * sign  # a bowl, or a hill, under random ground
            p.c[0, 2] += 3 * sign
            centre, spread = np.zeros(2), 1.0
            for _ in range(9):
                grid = np.array(np.meshgrid(*(c + np.linspace(-spread, spread, 41) for c in centre)))
                centre = grid.reshape(2, -1)[:, (sign * p(grid)).argmin()]
                spread /= 5
            if np.abs(centre).max() < 0.99:
                found += 1
                assert p.partials(centre) == pytest.approx([0, 0], abs=1e-3)
    assert found > 60


@pytest.mark.theorem("cor-partials-vanish")
def test_on_the_edge_of_the_domain_they_need_not_be_zero():
    """Hypothesis dropped: on the disc of radius 1 the least of x is at its rim, where the partials are 1 and 0."""
    x, y = disc((0, 0), 1)
    lowest = x.argmin()
    assert (x.flat[lowest], y.flat[lowest]) == pytest.approx((-1, 0), abs=1e-12)
    assert central(lambda w: w[0], [-1, 0]) == pytest.approx([1, 0])


@pytest.mark.theorem("cex-saddle-partials")
def test_the_partials_of_a_saddle_are_zero_and_it_is_neither_a_minimum_nor_a_maximum():
    assert central(landscape, [1, -1]) == pytest.approx([0, 0], abs=1e-9)
    for s in (1e-1, 1e-3, 1e-5):
        for step in (s, -s):
            assert landscape((1 + step, -1)) > landscape((1, -1)) > landscape((1, -1 + step))


# ---- The tangent plane ----


@pytest.mark.theorem("cex-torn")
def test_partials_exist_and_the_function_is_not_continuous():
    assert central(torn, [0, 0]).tolist() == [0, 0]
    for t in (1, 1e-8, -1e-100):
        assert torn((t, t)) == 0.5 and torn((t, 0)) == torn((0, t)) == 0
    angle = np.linspace(0, 6, 50)
    assert torn(1e-6 * np.array([np.cos(angle), np.sin(angle)])) == pytest.approx(np.sin(2 * angle) / 2)


@pytest.mark.theorem("lem-tangent-plane")
def test_the_slopes_of_the_tangent_plane_are_the_partials():
    """Ground with a tangent plane by construction: a plane, and a remainder of the size of the distance to the power 3/2."""
    rng = np.random.default_rng(3)
    for p, q, c in rng.normal(size=(100, 3)):

        def f(w):
            distance = np.hypot(*w)
            return c + p * w[0] + q * w[1] + distance**1.5 * np.sin(7 * w[0] - w[1] + 1)

        for h in (1e-2, 1e-4, 1e-6, -1e-4):
            quotients = [(f((h, 0)) - f((0, 0))) / h, (f((0, h)) - f((0, 0))) / h]
            assert quotients == pytest.approx([p, q], abs=1.01 * np.sqrt(abs(h)))
            ring = f(abs(h) * np.array([np.cos(CIRCLE), np.sin(CIRCLE)]))
            assert np.abs(ring - f((0, 0))).max() < 7 * abs(h)


@pytest.mark.theorem("thm-continuous-partials")
def test_continuous_partials_make_a_tangent_plane():
    """The bound of the proof: the remainder is at most the distance times the change of the two partials on the way."""
    rng = np.random.default_rng(4)
    for _ in range(50):
        p, w = Polynomial(rng), rng.uniform(-1, 1, size=2)
        for distance in (1e-1, 1e-2, 1e-3):
            change = np.abs(p.partials(disc(w, distance)) - p.partials(w).reshape(2, 1, 1))
            bound = change[0].max() + change[1].max()
            assert remainder(p, w, p.partials(w), distance) <= bound * (1 + 1e-9) <= 100 * distance


@pytest.mark.theorem("thm-continuous-partials")
def test_no_more_than_continuity_is_needed():
    """The partials of |x|^(3/2) + |y|^(3/2) are continuous at 0 and have no derivative there."""

    def ground(w):
        return np.abs(w[0]) ** 1.5 + np.abs(w[1]) ** 1.5

    for distance in (1e-2, 1e-4, 1e-6):
        assert remainder(ground, np.zeros(2), np.zeros(2), distance) == pytest.approx(2**0.25 * distance**0.5, rel=1e-3)


@pytest.mark.theorem("thm-continuous-partials")
@pytest.mark.parametrize("distance", [1, 1e-3, 1e-6])
def test_partials_that_exist_everywhere_are_not_enough(distance):
    """Hypothesis dropped: all partials of the torn ground exist, but the remainder does not shrink with the distance."""
    assert remainder(torn, np.zeros(2), np.zeros(2), distance) == pytest.approx(0.5 / distance)


@pytest.mark.theorem("cex-wild-partials")
def test_a_tangent_plane_and_partials_that_are_not_continuous():
    def f(w):
        r = np.hypot(*w)
        return np.where(r > 0, r * r * np.sin(1 / np.where(r > 0, r, 1)), 0)

    for distance in (1e-1, 1e-3, 1e-5):
        assert remainder(f, np.zeros(2), np.zeros(2), distance) <= distance * (1 + 1e-9)
    x = sympy.Symbol("x", positive=True)
    slope = (x**2 * sympy.sin(1 / x)).diff(x)
    assert sympy.simplify(slope - (2 * x * sympy.sin(1 / x) - sympy.cos(1 / x))) == 0
    for k in (10, 1000, 100000):
        assert slope.subs(x, 1 / (2 * k * sympy.pi)) == -1 and slope.subs(x, 1 / ((2 * k + 1) * sympy.pi)) == 1
        place = 1 / (2 * k * np.pi)
        assert central(f, [place, 0], h=place**2 / 1000)[0] == pytest.approx(-1, abs=1e-3)


# ---- Second partials ----

# for a, b at random: the function, its partial by x, its partial by y
C2 = [
    (
        lambda x, y, a, b: np.sin(a * x + b * y * y),
        lambda x, y, a, b: a * np.cos(a * x + b * y * y),
        lambda x, y, a, b: 2 * b * y * np.cos(a * x + b * y * y),
    ),
    (
        lambda x, y, a, b: np.exp(a * x * y) + b * x,
        lambda x, y, a, b: a * y * np.exp(a * x * y) + b,
        lambda x, y, a, b: a * x * np.exp(a * x * y),
    ),
    (
        lambda x, y, a, b: np.log(2 + (x + a * y) ** 2),
        lambda x, y, a, b: 2 * (x + a * y) / (2 + (x + a * y) ** 2),
        lambda x, y, a, b: 2 * a * (x + a * y) / (2 + (x + a * y) ** 2),
    ),
    (  # twice continuously differentiable, and no more, where x + a y = 0
        lambda x, y, a, b: np.abs(x + a * y) ** 2.5,
        lambda x, y, a, b: 2.5 * np.abs(x + a * y) ** 1.5 * np.sign(x + a * y),
        lambda x, y, a, b: 2.5 * a * np.abs(x + a * y) ** 1.5 * np.sign(x + a * y),
    ),
]


@pytest.mark.theorem("thm-mixed-partials")
@pytest.mark.parametrize("f, by_x, by_y", C2)
def test_the_order_does_not_matter_and_the_corners_say_both(f, by_x, by_y):
    rng = np.random.default_rng(5)
    for x, y, a, b in rng.uniform(-1, 1, size=(100, 4)):
        x_then_y = central(lambda y: by_x(x, y, a, b), y, h=1e-5)
        y_then_x = central(lambda x: by_y(x, y, a, b), x, h=1e-5)
        assert x_then_y == pytest.approx(y_then_x, abs=1e-4)
        h = 1e-3
        corners = f(x + h, y + h, a, b) - f(x, y + h, a, b) - f(x + h, y, a, b) + f(x, y, a, b)
        assert corners / h**2 == pytest.approx(x_then_y, abs=0.2)


@pytest.mark.theorem("thm-mixed-partials")
def test_the_corners_take_a_value_of_the_mixed_partial_in_the_square():
    """The proof's exact step, for h that is not small."""
    rng = np.random.default_rng(6)
    for _ in range(100):
        p, (x, y), h = Polynomial(rng), rng.uniform(-1, 1, size=2), rng.uniform(0.1, 1)
        corners = p((x + h, y + h)) - p((x, y + h)) - p((x + h, y)) + p((x, y))
        square = np.meshgrid(np.linspace(x, x + h, 60), np.linspace(y, y + h, 60))
        mixed = polyval2d(*square, polyder(polyder(p.c, axis=0), axis=1))
        assert mixed.min() - 1e-9 <= corners / h**2 <= mixed.max() + 1e-9


@pytest.mark.theorem("cex-mixed-partials")
def test_the_order_matters_where_the_second_partials_are_not_continuous():
    x, y, h = sympy.symbols("x y h", real=True)
    f = x * y * (x**2 - y**2) / (x**2 + y**2)
    east = sympy.limit(f.subs(x, h) / h, h, 0)  # on the y axis, where f = 0, for y not 0
    north = sympy.limit(f.subs(y, h) / h, h, 0)
    assert sympy.simplify(east + y) == 0 and sympy.simplify(north - x) == 0
    assert f.subs(y, 0) == 0 and f.subs(x, 0) == 0  # so at the origin itself both partials are 0, as -y and x are
    assert (east.diff(y), north.diff(x)) == (-1, 1)
    assert sympy.simplify(f.diff(x, y) - f.diff(y, x)) == 0  # everywhere else the order does not matter
    turn = sympy.Symbol("turn")
    polar = {x: h * sympy.cos(turn), y: h * sympy.sin(turn)}
    slope = sympy.simplify(f.diff(x).subs(polar, simultaneous=True) / h)
    assert h not in slope.free_symbols  # the partial shrinks with the distance: it is continuous at the origin
    mixed = sympy.simplify(f.diff(x, y).subs(polar, simultaneous=True))
    assert mixed.subs(turn, 0) == 1 and mixed.subs(turn, sympy.pi / 2) == -1  # the second partial is not


# ---- Along a path ----


@pytest.mark.theorem("thm-chain-rule")
def test_each_coordinate_adds_its_slope_times_its_speed():
    rng = np.random.default_rng(7)
    for _ in range(200):
        p, (a, b, c, d) = Polynomial(rng), rng.uniform(-1, 1, size=4)

        def path(t):
            return np.array([np.sin(a * t) + b, c * t * t - np.cos(d * t)])

        t = rng.uniform(-1, 1)
        speed = np.array([a * np.cos(a * t), 2 * c * t + d * np.sin(d * t)])
        assert central(lambda t: p(path(t)), t) == pytest.approx(p.partials(path(t)) @ speed, rel=1e-6, abs=1e-7)


@pytest.mark.theorem("thm-chain-rule")
def test_on_straight_paths_in_many_variables():
    rng = np.random.default_rng(8)
    X, labels = rng.normal(size=(20, 6)), rng.integers(0, 2, size=20)
    for f in (objectives.least_squares(X, labels), objectives.logistic_regression(X, labels, penalty=0.1)):
        for w, v in rng.normal(size=(50, 2, 6)):
            climb = sum(slope * speed for slope, speed in zip(f.grad(w), v))
            assert central(lambda t: f(w + t * v), 0.0) == pytest.approx(climb, rel=1e-6, abs=1e-7)


@pytest.mark.theorem("cex-no-chain-rule")
def test_partials_alone_give_no_chain_rule():
    def f(w):
        x, y = np.asarray(w, dtype=float)
        r2 = x * x + y * y
        return np.where(r2 > 0, x * x * y / np.where(r2 > 0, r2, 1), 0)

    assert central(f, [0, 0]).tolist() == [0, 0]
    assert central(lambda t: f((t, t)), 0.0) == pytest.approx(0.5)
    x, y = disc((0, 0), 1)
    assert (np.abs(f((x, y))) <= np.abs(y) * (1 + 1e-12)).all()  # so f is continuous at the origin


@pytest.mark.theorem("cor-crossing")
def test_where_two_lines_of_one_value_cross_the_partials_are_zero():
    rng = np.random.default_rng(9)
    for _ in range(100):
        p, (a, b), (m, n), (c, d) = Polynomial(rng), *rng.uniform(-1, 1, size=(3, 2))

        def f(w):
            x, y = w[0] - a, w[1] - b
            return 7 + (y - m * x - c * x * x) * (y - n * x - d * x * x) * p(w)  # 7 on two curves of slopes m and n

        assert central(f, [a, b]) == pytest.approx([0, 0], abs=1e-8)


@pytest.mark.theorem("cor-crossing")
def test_two_paths_with_parallel_velocities_prove_nothing():
    """Hypothesis dropped: y - x^2 is 0 along (t, t^2) and along (2t, 4t^2), and its partials at the origin are 0 and 1."""

    def f(w):
        return w[1] - w[0] ** 2

    t = np.linspace(-1, 1, 21)
    np.testing.assert_allclose([f((t, t**2)), f((2 * t, 4 * t**2))], 0, atol=1e-12)
    assert central(f, [0, 0]) == pytest.approx([0, 1])


# ---- Numbers of the prose ----


def test_the_minimum_and_the_maximum_of_the_landscape():
    h, k = sympy.symbols("h k")
    claim = sympy.Rational(-4, 3) + h**2 * (1 + h / 3) + k**2 * (1 + k / 3)
    assert sympy.expand(landscape((1 + h, 1 + k)) - claim) == 0
    assert sympy.expand(landscape((-h, -k)) + landscape((h, k))) == 0


def test_the_loss_surface_by_hand():
    x, y = sympy.symbols("x y")
    data = list(zip((0, 1, 2, 3), (1, 3, 2, 5)))
    f = sum((x + y * t - z) ** 2 for t, z in data) / 8
    east, north = x + 3 * y / 2 - sympy.Rational(11, 4), 3 * x / 2 + 7 * y / 2 - sympy.Rational(11, 2)
    assert sympy.expand(f.diff(x) - east) == 0 and sympy.expand(f.diff(y) - north) == 0
    best = sympy.Rational(11, 10)
    assert sympy.solve([east, north]) == {x: best, y: best}
    square = sympy.Rational(27, 80) + (x - best + 3 * (y - best) / 2) ** 2 / 2 + 5 * (y - best) ** 2 / 8
    assert sympy.expand(f - square) == 0 and float(sympy.Rational(27, 80)) == 0.3375
    assert float(sympy.solve(north.subs(x, 2.1), y)[0]) == pytest.approx(0.67, abs=0.005)
    assert f.subs({x: 4, y: -1}) == sympy.Rational(25, 8)


def test_the_second_line_passes_through_two_of_the_four_points():
    assert [4 - t == z for t, z in zip((0, 1, 2, 3), (1, 3, 2, 5))] == [False, True, True, False]


def test_the_example_takes_each_value_below_one_half_on_four_rays():
    """sin(2 angle) / 2 = c: four directions for 0 < |c| < 1/2, two for |c| = 1/2; and on each ray the value is constant."""
    turns = np.linspace(0, 2 * np.pi, 100000, endpoint=False) + 1e-6
    for c in (-0.49, -0.2, 0.1, 0.4):
        gap = torn(np.array([np.cos(turns), np.sin(turns)])) - c
        assert np.count_nonzero(gap * np.roll(gap, 1) < 0) == 4


def test_the_numbers_of_the_exercises():
    x, y, t = sympy.symbols("x y t", real=True)
    f = x**2 * y
    move = {x: sympy.Rational(12, 10), y: sympy.Rational(17, 10)}
    slopes = [f.diff(v).subs({x: 1, y: 2}) for v in (x, y)]
    assert slopes == [4, 1] and 2 + slopes[0] * (move[x] - 1) + slopes[1] * (move[y] - 2) == sympy.Rational(5, 2)
    assert f.subs(move) == sympy.Rational(2448, 1000)
    rate = (x * y**2).subs({x: sympy.cos(t), y: sympy.sin(t)}).diff(t)
    assert [rate.subs(t, sympy.pi / n) for n in (2, 3)] == [-1, -sympy.sqrt(3) / 8]
    eta = sympy.Symbol("eta", positive=True)
    edge = 1 + 1 / eta
    assert sympy.simplify(edge - eta * (edge**2 - 1)) == -1  # the walk on the slice: from there the first step leads to -1


def test_the_walk_round_the_circle_is_level_six_times_and_passes_no_stationary_point():
    t = np.linspace(0, 2 * np.pi, 100001)
    x, y = 1.5 * np.cos(t), 1.5 * np.sin(t)
    rate = (x * x - 1) * -y + (y * y - 1) * x
    assert np.count_nonzero(rate[1:] * rate[:-1] < 0) == 6
    assert rate == pytest.approx((y - x) * (x * y + 1))
    assert 1.5**2 != 1 + 1  # the distance of all four flat places from the origin is the root of 2
