"""The theorems and counterexamples of chapter 4, The algorithm."""

import numpy as np
import pytest

from gdlib import gradient_descent, models, objectives


def walk(f, grad, w0, eta, n):
    """n steps, with no other reason to stop."""
    return gradient_descent(f, grad, w0, eta, gtol=0, max_iter=n)


def sequential(grad, w, eta, order=None):
    """Every coordinate in turn, by its partial derivative at the point as it stands at that moment."""
    w = np.array(w, dtype=float)
    for i in range(len(w)) if order is None else order:
        w[i] -= eta * grad(w)[i]
    return w


def random_symmetric(rng, d):
    A = rng.normal(size=(d, d))
    return A + A.T


def random_orthogonal(rng, d):
    """Turned, and mirrored in half of the cases."""
    return np.linalg.qr(rng.normal(size=(d, d)))[0] * rng.choice([-1, 1], size=d)


def gully(w):
    x, y = w
    return ((1 + x**2) * y**2 + x**2 / 10) / 2


def gully_grad(w):
    x, y = w
    return np.array([x * y**2 + x / 10, (1 + x**2) * y])


def valleys(w):
    x, y = w
    return (x**2 - 1) ** 2 / 4 + y**2 / 2


def valleys_grad(w):
    x, y = w
    return np.array([x**3 - x, y])


bowl = objectives.quadratic(kappa=10)


# --- one step and its model


def model(v, height, w, g, eta):
    """The tangent plane at w, and a penalty for going far."""
    return height + g @ (v - w) + (v - w) @ (v - w) / (2 * eta)


@pytest.mark.theorem("thm-step-minimises-model")
def test_a_step_is_the_only_lowest_point_of_its_model():
    rng = np.random.default_rng(1)
    for _ in range(300):
        d, eta = rng.integers(1, 8), 10 ** rng.uniform(-3, 2)
        f = objectives.quadratic_form(random_symmetric(rng, d), b=rng.normal(size=d))
        w = rng.normal(size=d)
        height, g = f(w), f.grad(w)
        step = walk(f, f.grad, w, eta, 1).w
        bottom = model(step, height, w, g, eta)
        assert bottom == pytest.approx(height - eta / 2 * (g @ g), rel=1e-9, abs=1e-9)
        for size in (1e-3, 1, 1e3):
            away = size * rng.normal(size=d)
            rise = model(step + away, height, w, g, eta) - bottom
            assert rise > 0
            assert rise == pytest.approx(away @ away / (2 * eta), rel=1e-6, abs=1e-9 * (1 + abs(bottom)))


@pytest.mark.theorem("thm-step-minimises-model")
def test_without_a_positive_eta_the_model_has_no_lowest_point():
    """Hypothesis dropped: for eta < 0 the penalty is a reward, and the model falls for ever."""
    w, g = np.zeros(2), np.array([1.0, 2.0])
    heights = [model(r * g, 0.0, w, g, eta=-0.5) for r in (10, 100, 1000)]
    assert heights == sorted(heights, reverse=True) and heights[-1] < -1e6


@pytest.mark.theorem("cex-model-promise")
def test_the_ground_need_not_keep_the_promise():
    run = walk(bowl, bowl.grad, [1, 1], 0.5, 1)
    assert run.values[0] - 0.5 / 2 * run.grad_norms[0] ** 2 == pytest.approx(-19.75)
    assert run.w.tolist() == [0.5, -4]
    assert run.values.tolist() == [5.5, 80.125]


# --- the sequential update


@pytest.mark.theorem("thm-sequential-update")
def test_both_updates_rest_at_the_same_points():
    rng = np.random.default_rng(2)
    for _ in range(100):
        d, eta = rng.integers(2, 7), rng.uniform(0.01, 2)
        H, rest = random_symmetric(rng, d), rng.integers(-4, 5, size=d).astype(float)

        def grad(w):
            return H @ (w - rest)

        assert sequential(grad, rest, eta).tolist() == rest.tolist()  # H @ 0: nothing is rounded
        w = rest + rng.normal(size=d)
        assert not np.array_equal(sequential(grad, w, eta), w)
        # all partial derivatives are zero but one, the last: it has to move on its own
        w = rest + np.linalg.solve(H, np.eye(d)[-1])
        assert np.linalg.norm(sequential(grad, w, eta) - w) == pytest.approx(eta)
    for flat in [(1, 0), (-1, 0), (0, 0)]:
        assert sequential(valleys_grad, flat, 0.3).tolist() == list(flat)


@pytest.mark.theorem("thm-sequential-update")
def test_on_a_sum_of_functions_of_one_variable_it_is_the_gradient_step():
    def grad(w):
        return np.array([np.cos(w[0]), 4 * w[1] ** 3, np.sinh(w[2])])

    rng = np.random.default_rng(3)
    for w in rng.normal(size=(100, 3)):
        eta = rng.uniform(0, 2)
        # entry by entry the same operations on the same bits
        assert sequential(grad, w, eta).tolist() == (w - eta * grad(w)).tolist()
        assert sequential(valleys_grad, w[:2], eta).tolist() == (w[:2] - eta * valleys_grad(w[:2])).tolist()


@pytest.mark.theorem("thm-sequential-update")
def test_on_a_quadratic_it_solves_a_triangular_system():
    rng = np.random.default_rng(4)
    for _ in range(200):
        d, eta = rng.integers(2, 8), rng.uniform(0.01, 2)
        f = objectives.quadratic_form(H := random_symmetric(rng, d), b=rng.normal(size=d))
        w, S = rng.normal(size=d), np.tril(H, -1)
        moved = sequential(f.grad, w, eta) - w
        np.testing.assert_allclose(moved + eta * S @ moved, -eta * f.grad(w), rtol=1e-9, atol=1e-8)
        assert np.abs(moved + eta * f.grad(w)).max() > 1e-6  # not the gradient step
        # where S g = 0, it is: take g along the last coordinate, which S does not see
        w = np.linalg.solve(H, np.eye(d)[-1])
        g = H @ w
        np.testing.assert_allclose(sequential(lambda v: H @ v, w, eta), w - eta * g, atol=1e-9 * (1 + np.abs(w).max()))


@pytest.mark.theorem("cex-sequential-update")
def test_three_answers_from_one_point():
    f = objectives.quadratic_form([[1, 0.8], [0.8, 1]])
    assert walk(f, f.grad, [1, 0], 1, 1).w.tolist() == pytest.approx([0, -0.8])
    assert sequential(f.grad, [1, 0], 1).tolist() == [0, 0]
    assert sequential(f.grad, [1, 0], 1, order=(1, 0)).tolist() == pytest.approx([0.64, -0.8])
    path = walk(f, f.grad, [1, 1], 1.2, 60).path
    np.testing.assert_allclose(path, np.outer((-1.16) ** np.arange(61), [1, 1]), rtol=1e-9)
    w = np.array([1.0, 1.0])
    for _ in range(100):
        w = sequential(f.grad, w, 1.2)
    assert np.linalg.norm(w) < 1e-12


@pytest.mark.theorem("cex-sequential-update")
def test_the_sequential_update_does_see_how_the_map_is_turned():
    """Said in passing, under the theorem on turned maps, of which this is no exception: another method."""
    H, Q, w = np.diag([1.0, 10.0]), np.array([[0.6, -0.8], [0.8, 0.6]]), np.array([1.0, 1.0])
    here = Q @ sequential(lambda v: H @ v, w, 0.1)
    there = sequential(lambda v: Q @ H @ Q.T @ v, Q @ w, 0.1)
    assert np.linalg.norm(here - there) > 0.1


# --- the loss curve


def loss_curve(curvatures, w0, eta, n):
    f = objectives.quadratic_form(np.diag(curvatures))
    return walk(f, f.grad, w0, eta, n).values


@pytest.mark.theorem("thm-loss-curve-bends")
def test_on_a_bowl_the_factors_never_decrease():
    rng = np.random.default_rng(5)
    explosions = 0
    for _ in range(300):
        d = rng.integers(1, 7)
        curvatures, w0 = rng.uniform(0, 10, size=d) * (rng.random(d) < 0.8), rng.normal(size=d)
        eta = rng.uniform(0, 0.5)
        f = loss_curve(curvatures, w0, eta, 25)
        explosions += f[-1] > f[0]
        assert (f[1:-1] ** 2 <= f[:-2] * f[2:] * (1 + 1e-9)).all()
    assert 30 < explosions < 270


@pytest.mark.theorem("thm-loss-curve-bends")
def test_the_factors_tend_to_that_of_the_slowest_coordinate():
    """The largest |1 - eta lambda| with lambda > 0 whose coordinate is not zero at the start."""
    rng = np.random.default_rng(6)
    for _ in range(50):
        curvatures = np.append(rng.choice(np.arange(1, 10), size=4, replace=False), 0.0)
        w0, eta = rng.uniform(0.5, 1, size=5), rng.uniform(0.01, 0.15)
        w0[rng.integers(4)] = 0
        rates = np.abs(1 - eta * curvatures)[(curvatures > 0) & (w0 != 0)]
        if (gaps := np.sort(rates))[-2] > 0.95 * gaps[-1]:
            continue  # two rates so close that a short run does not tell them apart
        f = loss_curve(curvatures, w0, eta, 300)
        k = np.flatnonzero(f > 1e-200)[-1]
        assert f[k] / f[k - 1] == pytest.approx(rates.max() ** 2, rel=1e-6)


@pytest.mark.theorem("thm-loss-curve-bends")
def test_with_one_curvature_the_curve_is_a_straight_line():
    """Where the bound is tight."""
    f = loss_curve([3.0, 3.0], [1.0, -2.0], 0.1, 40)
    np.testing.assert_allclose(f[1:] / f[:-1], 0.49, rtol=1e-12)


@pytest.mark.theorem("thm-loss-curve-bends")
def test_off_the_bowl_the_curve_may_bend_downwards():
    """Hypothesis dropped: a negative curvature; a function that is not quadratic; a changing learning rate."""

    def bends_down(f):
        return (f[1:-1] ** 2 > f[:-2] * f[2:] * (1 + 1e-6)).any()

    f = objectives.quadratic_form(np.diag([1.0, -1.0]))
    saddle = walk(f, f.grad, [1, 0.1], 0.5, 2).values
    assert saddle[1] ** 2 == pytest.approx(0.0129390625) and saddle[0] * saddle[2] == pytest.approx(0.0029390625)
    assert bends_down(walk(valleys, valleys_grad, [0.001, 1], 0.1, 100).values)
    assert bends_down(walk(gully, gully_grad, [4, 0.05], 0.2, 40).values)
    assert bends_down(walk(bowl, bowl.grad, [1, 1], lambda k: 0.01 if k < 10 else 0.1, 20).values)


@pytest.mark.theorem("thm-loss-curve-bends")
def test_the_bump_in_the_gully():
    """The rise and the fall of the bold run, and where the three runs stand, as the chapter tells them."""
    calm, bold, rash = (walk(gully, gully_grad, [4, 0.05], eta, 40) for eta in (0.1, 0.2, 0.3))
    assert bold.values.argmax() == 5 and 9.5 < bold.values[5] < 10
    assert 0.8 < bold.values[0] < 0.85 and bold.values[6] < bold.values[0]
    assert bold.f < 0.1 * calm.f < calm.f < 1
    assert (np.diff(calm.values) < 0).all() and rash.status == "diverged"


@pytest.mark.theorem("cex-late-explosion")
def test_a_falling_curve_can_explode_later():
    run = walk(bowl, bowl.grad, [4, 1e-6], 0.21, 200)
    k = np.arange(201)
    np.testing.assert_allclose(run.values, 8 * 0.79 ** (2 * k) + 5e-12 * 1.1 ** (2 * k), rtol=1e-9)
    assert run.values.argmin() == 44
    assert (np.diff(run.values[:45]) < 0).all() and (np.diff(run.values[44:]) > 0).all()


@pytest.mark.theorem("cex-plateau")
def test_a_plateau_near_a_saddle_ends_unless_the_start_is_on_the_ridge():
    run = gradient_descent(valleys, valleys_grad, [0.001, 1], 0.1)
    flat = np.flatnonzero(abs(run.values - 0.25) <= 0.025)
    assert flat.tolist() == list(range(15, 58))
    assert run.f < 1e-12
    growth = run.path[1:58, 0] / run.path[:57, 0]
    assert (growth <= 1.1).all() and (growth > 1.08).all()
    ridge = gradient_descent(valleys, valleys_grad, [0, 1], 0.1)
    assert ridge.status == "gtol" and ridge.f == pytest.approx(0.25) and ridge.w[0] == 0


@pytest.mark.theorem("cex-plateau")
@pytest.mark.parametrize("x0, steps", [(1e-6, 139), (1e-3, 67)])
def test_the_plateau_is_as_long_as_the_logarithm_says(x0, steps):
    path = gradient_descent(valleys, valleys_grad, [x0, 1], 0.1).path
    assert np.argmax(path[:, 0] > 0.5) == steps
    assert 0 <= steps - np.log(0.5 / x0) / np.log(1.1) < 3


@pytest.mark.theorem("cex-plateau")
def test_a_start_five_times_nearer_to_the_ridge_adds_seventeen_steps():
    ends = [np.argmax(walk(valleys, valleys_grad, [x0, 1], 0.1, 200).path[:, 0] > 0.5) for x0 in (0.05, 0.01, 0.002)]
    assert np.diff(ends).tolist() == [17, 17]


def test_a_flat_training_loss_is_no_good_model():
    """The run of the chapter on 25 patients: its curve bends upwards, and the loss on the other 417 turns at step 5."""
    X, y = models.load("diabetes")
    X, y = X / X.std(axis=0), (y - y.mean()) / y.std()
    seen, unseen = models.linear(X[:25], y[:25]), models.linear(X[25:], y[25:])
    run = walk(seen, seen.grad, np.zeros(10), 0.2, 300)
    lowest = seen(np.linalg.lstsq(X[:25], y[:25], rcond=None)[0])
    gap, others = run.values - lowest, np.array([unseen(w) for w in run.path])
    assert (np.diff(run.values) < 0).all() and lowest == pytest.approx(0.0870, abs=1e-4)
    assert (gap[1:-1] ** 2 <= gap[:-2] * gap[2:] * (1 + 1e-9)).all()
    assert (np.diff(others[:6]) < 0).all() and (np.diff(others[5:]) > 0).all()


def test_on_a_flat_bowl_the_gradient_test_fires_far_from_the_minimum():
    run = gradient_descent(lambda w: 0.5e-8 * w**2, lambda w: 1e-8 * w, 10.0, 0.1)
    assert run.status == "gtol" and run.n_iter == 0 and run.w == 10


@pytest.mark.theorem("cex-false-floor")
def test_a_floor_that_is_not_there():
    run = walk(lambda w: 1 + bowl(w), bowl.grad, [-4, 0.5], 0.18, 40)
    gap = run.values - 1
    factors = gap[1:] / gap[:-1]
    assert (factors > 0.82**2 - 0.007).all() and (factors < 0.82**2 + 1e-6).all()
    assert run.values[31] / run.values[30] > 0.9999


# --- turning the map, and stretching it


def path_in(A, b, f, grad, w0, eta, n):
    """The run in the coordinates v = A w + b."""
    B = np.linalg.inv(A)
    return walk(lambda v: f(B @ (v - b)), lambda v: B.T @ grad(B @ (v - b)), A @ w0 + b, eta, n)


@pytest.mark.theorem("thm-equivariance")
@pytest.mark.parametrize(
    "f, grad, eta",
    [(gully, gully_grad, 0.1), (valleys, valleys_grad, 0.2), (bowl, bowl.grad, 0.21)],
    ids=["gully", "valleys", "bowl"],
)
def test_turned_mirrored_and_shifted_maps_show_the_same_path(f, grad, eta):
    rng = np.random.default_rng(7)
    mirrored = 0
    for _ in range(30):
        Q, b, w0 = random_orthogonal(rng, 2), rng.normal(size=2), rng.uniform(-1.5, 1.5, size=2)
        mirrored += np.linalg.det(Q) < 0
        old, new = walk(f, grad, w0, eta, 20), path_in(Q, b, f, grad, w0, eta, 20)
        np.testing.assert_allclose(new.path, old.path @ Q.T + b, atol=1e-8)
        np.testing.assert_allclose(new.values, old.values, atol=1e-8)
        np.testing.assert_allclose(new.grad_norms, old.grad_norms, atol=1e-8)
    assert 0 < mirrored < 30


@pytest.mark.theorem("thm-equivariance")
def test_in_many_variables_too():
    rng = np.random.default_rng(8)
    for d in (3, 5, 10):
        f = objectives.quadratic_form(random_symmetric(rng, d), b=rng.normal(size=d))
        Q, b, w0 = random_orthogonal(rng, d), rng.normal(size=d), rng.normal(size=d)
        old, new = walk(f, f.grad, w0, 0.02, 30), path_in(Q, b, f, f.grad, w0, 0.02, 30)
        np.testing.assert_allclose(new.path, old.path @ Q.T + b, atol=1e-8)


@pytest.mark.theorem("thm-equivariance")
def test_any_other_change_of_coordinates_shows_on_some_linear_function():
    rng = np.random.default_rng(9)
    for _ in range(100):
        d, eta = rng.integers(1, 6), rng.uniform(0.1, 1)
        A, b, w0 = rng.normal(size=(d, d)), rng.normal(size=d), rng.normal(size=d)
        B = np.linalg.inv(A)
        values, directions = np.linalg.eigh(B @ B.T)
        i = np.argmax(np.abs(values - 1))
        g = directions[:, i]  # B B' g is not g
        old = walk(lambda w: g @ w, lambda w: g, w0, eta, 1).w
        new = path_in(A, b, lambda w: g @ w, lambda w: g, w0, eta, 1).w
        read_back = B @ (new - b)
        np.testing.assert_allclose(read_back, w0 - eta * B @ B.T @ g, rtol=1e-6, atol=1e-6)
        assert np.linalg.norm(read_back - old) > 1e-6


@pytest.mark.theorem("cex-units")
@pytest.mark.parametrize("scale, factor", [(1, 0.5), (10, 0.995), (0.1, -49)])
def test_the_same_ground_in_other_units(scale, factor):
    round_bowl = objectives.quadratic(kappa=1)
    run = path_in(np.diag([1, scale]), np.zeros(2), round_bowl, round_bowl.grad, np.array([1.0, 1.0]), 0.5, 8)
    np.testing.assert_allclose(run.path[:, 0], 0.5 ** np.arange(9))
    np.testing.assert_allclose(run.path[:, 1], scale * float(factor) ** np.arange(9), rtol=1e-9)


@pytest.mark.theorem("cex-units")
def test_a_common_unit_is_a_learning_rate():
    """All coordinates in centimetres: the learning rate is 100 squared times as large."""
    w0 = np.array([1.0, 1.0])
    metres = walk(bowl, bowl.grad, w0, 0.1, 9)
    centimetres = path_in(100 * np.eye(2), np.zeros(2), bowl, bowl.grad, w0, 1000, 9)
    np.testing.assert_allclose(centimetres.path, 100 * metres.path, rtol=1e-9, atol=1e-12)
