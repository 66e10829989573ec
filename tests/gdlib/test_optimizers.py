"""Every update rule against numbers computed elsewhere, against its formula, and against other libraries."""

import inspect
import re
from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gdlib import minimize, objectives, optimizers, schedules, trajectories
from gdlib.optimizers import adagrad, adam, adamw, clipped, gd, momentum, nesterov, rmsprop

BOWL, STEEP = objectives.quadratic(kappa=10), objectives.quadratic(kappa=100)
ALL = dict(gtol=0, xtol=0, ftol=0)
RULES = {
    "gd": gd(0.05),
    "momentum": momentum(0.02, beta=0.8),
    "nesterov": nesterov(0.02, beta=0.8),
    "nesterov with a schedule": nesterov(0.02, beta=lambda k: k / (k + 3)),
    "adagrad": adagrad(0.3),
    "rmsprop": rmsprop(0.05),
    "adam": adam(0.1),
    "amsgrad": adam(0.1, beta2=0.9, amsgrad=True),
    "adamw": adamw(0.1, decay=0.05),
    "clipped": clipped(momentum(0.02), norm=0.5),
    "gd with a schedule": gd(schedules.inverse(0.1, rate=0.1)),
}
COORDINATEWISE = ["adagrad", "rmsprop", "adam", "amsgrad"]
rules = pytest.mark.parametrize("rule", RULES.values(), ids=RULES.keys())


def test_no_rule_goes_untested():
    public = inspect.getmembers(optimizers, inspect.isfunction)
    own = {name: make for name, make in public if make.__module__ == optimizers.__name__ and not name.startswith("_")}
    made = {name for name, make in own.items() if make.__annotations__.get("return") == "Optimizer"} - {"as_optimizer"}
    assert {"gd", "clipped"} <= made  # the search finds them
    assert made <= RULES.keys(), f"a new rule needs a line in RULES: {sorted(made - RULES.keys())}"
    for name in made - {"clipped"}:
        with pytest.raises(ValueError, match=f"write optimizers.{name}"):  # else: name it in _meant of gdlib/optimizers.py
            optimizers.as_optimizer(own[name])


def end(f, w0, rule, n):
    return minimize(f, f.grad, w0, rule, max_iter=n, **ALL).w


def line(slope):
    """The gradient of slope * w, the same everywhere."""
    return lambda w: np.full(np.shape(w), float(slope))


@pytest.mark.parametrize(
    ("name", "f", "rule", "w0", "n", "rtol", "atol"),
    [
        ("heavy-ball-tuned", STEEP, momentum(4 / 121, beta=81 / 121), [1, 1], 50, 1e-9, 0),
        ("nesterov-constant", STEEP, nesterov(0.01, beta=9 / 11), [1, 1], 50, 1e-9, 1e-14),
        ("adam-first-step", BOWL, adam(0.1), [1, -2], 1, 1e-13, 0),
        ("rmsprop-first-step", BOWL, rmsprop(0.01), [1, -2], 1, 1e-13, 0),
        ("rmsprop-100", BOWL, rmsprop(0.01), [1, -2], 100, 1e-9, 0),
        ("adagrad-100", BOWL, adagrad(0.1), [1, -2], 100, 1e-9, 0),
    ],
)
def test_numbers_that_must_come_out(oracle, name, f, rule, w0, n, rtol, atol):
    np.testing.assert_allclose(end(f, w0, rule, n), oracle(name), rtol=rtol, atol=atol)


def test_constant_gradients(oracle):
    adams = trajectories(line(7), [0.0], adam(0.01), 250)
    np.testing.assert_allclose(adams[-1], oracle("adam-constant-gradient"), rtol=1e-11)
    np.testing.assert_allclose(np.diff(adams[:, 0]), -0.01 * 7 / (7 + 1e-8), rtol=1e-9)
    adagrads = trajectories(line(1), [0.0], adagrad(0.1, eps=0), 100)
    np.testing.assert_allclose(adagrads[-1], oracle("adagrad-constant-gradient"), rtol=1e-12)
    np.testing.assert_allclose(adagrads[-1], [-0.1 * sum(1 / sqrt(j) for j in range(1, 101))], rtol=1e-13)
    # the velocity of the heavy ball tends to g / (1 - beta)
    balls = trajectories(line(1), [0.0], momentum(0.1, beta=0.5), 60)
    np.testing.assert_allclose(np.diff(balls[:, 0]), -0.1 * 2 * (1 - 0.5 ** np.arange(1, 61)), rtol=1e-12)


def test_heavy_ball_tuned_for_quadratics_can_cycle_for_ever(oracle):
    def grad(w):
        return np.where(w < 1, 25 * w, np.where(w < 2, w + 24, 25 * w - 24))

    path = trajectories(grad, [3.3], momentum(1 / 9, beta=4 / 9), 600)[:, 0]
    np.testing.assert_allclose(np.sort(path[-3:]), oracle("heavy-ball-cycle")["cycle_sorted"], atol=1e-9)


def test_adam_without_memory_of_the_gradient_returns_to_the_worst_point(oracle):
    # slopes 4, -1, -1 in turn on [-1, 1]: with beta1 = 0 and no correction, Adam's update is RMSprop's
    o, rule = oracle("adam-nonconvergence"), rmsprop(lambda k: 0.5 / sqrt(k + 1), decay=1 / 17, eps=0)
    x, state, regret = np.array([1.0]), rule.init(np.array([1.0])), 0.0
    for k in range(3000):
        slope = 4.0 if k % 3 == 0 else -1.0
        regret += slope * (x[0] - o["optimum"])
        step, state = rule.update(np.array([slope]), state, x)
        x = np.clip(x + step, -1, 1)
        if k % 3 == 2:
            assert x[0] == o["x_after_every_third_step"]
    assert regret == pytest.approx(o["regret_3000"], rel=1e-9)


def test_heavy_ball_is_the_recurrence_in_w():
    path = minimize(BOWL, BOWL.grad, [1, -2], momentum(0.03, beta=0.7), max_iter=12, **ALL).path
    previous = np.vstack([path[:1], path[:-1]])  # w_{-1} = w_0
    for k in range(12):
        expected = path[k] - 0.03 * BOWL.grad(path[k]) + 0.7 * (path[k] - previous[k])
        np.testing.assert_allclose(path[k + 1], expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("beta", [0.7, lambda k: k / (k + 3)])
def test_nesterov_takes_the_gradient_at_the_lookahead_point(beta):
    path = minimize(STEEP, STEEP.grad, [1, -2], nesterov(0.01, beta), max_iter=12, **ALL).path
    previous = np.vstack([path[:1], path[:-1]])
    for k in range(12):
        y = path[k] + (beta(k) if callable(beta) else beta) * (path[k] - previous[k])
        np.testing.assert_allclose(path[k + 1], y - 0.01 * STEEP.grad(y), rtol=1e-12, atol=1e-14)


def test_the_trace_of_nesterov_has_the_gradient_at_the_point_itself():
    run = minimize(STEEP, STEEP.grad, [1, -2], nesterov(0.01), max_iter=12, **ALL)
    np.testing.assert_allclose(run.grad_norms, np.linalg.norm(STEEP.grad(run.path.T), axis=0), rtol=1e-13)


@pytest.mark.parametrize("rule", [momentum(0.05, beta=0), nesterov(0.05, beta=0)])
def test_no_momentum_is_plain_descent(rule):
    np.testing.assert_array_equal(end(BOWL, [1, -2], rule, 20), end(BOWL, [1, -2], gd(0.05), 20))


def test_adam_takes_the_same_steps_whatever_the_loss_is_multiplied_by(oracle):
    for scale in (1, 1000):
        path = trajectories(lambda w, scale=scale: scale * BOWL.grad(w), [1, -2], adam(0.1, eps=0), 50)
        np.testing.assert_allclose(path[-1], oracle("adam-scale-free"), rtol=1e-9)


def test_decay_beside_the_step_is_not_a_penalty_in_the_gradient(oracle):
    beside = trajectories(lambda w: w, [1.0], adamw(0.1, decay=0.1, eps=0), 2)[1:, 0]
    inside = trajectories(lambda w: w + 0.1 * w, [1.0], adam(0.1, eps=0), 2)[1:, 0]
    np.testing.assert_allclose(beside, oracle("adamw-two-steps")["adamw"], rtol=1e-12)
    np.testing.assert_allclose(inside, oracle("adamw-two-steps")["adam_l2"], rtol=1e-12)
    bowl = lambda w: (w.T - [1, 4]).T
    options = dict(eta=0.1, beta2=0.99, eps=1)
    beside = trajectories(bowl, [0.0, 0.0], adamw(**options, decay=0.5), 5000)[-1]
    inside = trajectories(lambda w: bowl(w) + w / 2, [0.0, 0.0], adam(**options), 5000)[-1]
    np.testing.assert_allclose(beside, oracle("adamw-other-end")["adamw"], rtol=1e-9)
    np.testing.assert_allclose(inside, oracle("adamw-other-end")["adam_l2"], rtol=1e-9)


def test_decay_follows_the_schedule():
    path = trajectories(lambda w: 0 * w, [1.0], adamw(lambda k: 0.1 / (k + 1), decay=0.5), 3)[:, 0]
    np.testing.assert_allclose(path[1:] / path[:-1], [1 - 0.05, 1 - 0.025, 1 - 0.05 / 3], rtol=1e-12)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=4), st.floats(1e-3, 1e3))
def test_a_clipped_gradient_keeps_its_direction_and_is_no_longer_than_asked(g, norm):
    seen = []
    spy = gd(1.0)._replace(update=lambda g, state, w: (seen.append(g), (-g, state))[1])
    clipped(spy, norm).update(np.array(g), 0, None)
    length = np.linalg.norm(g)
    np.testing.assert_allclose(seen[0] * max(length, norm), np.array(g) * norm, rtol=1e-9, atol=1e-300)


def test_each_point_of_a_batch_is_clipped_by_itself():
    starts = np.array([[0.1, 30.0, 0.0], [0.2, -40.0, 0.0]])
    together = trajectories(BOWL.grad, starts, clipped(gd(0.05), norm=1), 5)
    for i in range(3):
        alone = trajectories(BOWL.grad, starts[:, i], clipped(gd(0.05), norm=1), 5)
        np.testing.assert_allclose(together[:, :, i], alone, rtol=1e-12, atol=1e-15)


def test_adam_with_nothing_to_remember_is_the_sign_of_the_gradient():
    step, _ = adam(0.1, beta1=0, beta2=0, eps=0).update(np.array([3.0, -0.2, 0.0]), (0, *[np.zeros(3)] * 3), None)
    np.testing.assert_array_equal(step, [-0.1, 0.1, 0])


@pytest.mark.parametrize("rule", [adagrad(0.1, eps=0), rmsprop(0.1, eps=0), adam(0.1, eps=0)])
def test_a_coordinate_with_no_slope_stays_where_it_is(rule):
    path = trajectories(lambda w: np.array([w[0], 0.0]), [1.0, 2.0], rule, 5)
    assert np.isfinite(path).all() and (path[:, 1] == 2).all() and path[-1, 0] < 1


def test_eps_stands_outside_the_root():
    g = np.array([1e-3])
    outside = 0.1 * 1e-3 / (1e-3 + 0.5)
    for rule in (adagrad(0.1, eps=0.5), adam(0.1, eps=0.5), rmsprop(0.1, decay=0, eps=0.5)):
        np.testing.assert_allclose(rule.update(g, rule.init(g), g)[0], [-outside], rtol=1e-12)


def test_amsgrad_never_lets_a_rate_rise_again():
    gradients = [10.0] + [0.1] * 30
    paths = {}
    for amsgrad in (False, True):
        rule, w = adam(0.1, beta1=0, beta2=0.5, amsgrad=amsgrad), np.array([0.0])
        state, steps = rule.init(w), []
        for g in gradients:
            step, state = rule.update(np.array([g]), state, w)
            steps.append(-step[0])
        paths[amsgrad] = steps
    v = 0.5 * 100.0  # after the first, large gradient
    expected = 0.1 * 0.1 / (np.sqrt(v / (1 - 0.5 ** np.arange(2, 32))) + 1e-8)
    np.testing.assert_allclose(paths[True][1:], expected, rtol=1e-12)
    assert paths[False][-1] == pytest.approx(0.1, rel=1e-3)  # plain Adam has forgotten


each_rule = pytest.mark.parametrize("make", [gd, momentum, nesterov, adagrad, rmsprop, adam], ids=lambda make: make.__name__)


@each_rule
def test_rates_follow_the_schedule_and_are_recorded(make):
    changing = minimize(BOWL, BOWL.grad, [1, -2], make(schedules.inverse(0.05)), max_iter=6, **ALL)
    np.testing.assert_allclose(changing.etas, 0.05 / np.arange(1, 7), rtol=1e-15)
    steady = minimize(BOWL, BOWL.grad, [1, -2], make(0.05), max_iter=6, **ALL)
    np.testing.assert_array_equal(steady.etas, [0.05] * 6)


@each_rule
def test_a_schedule_scales_each_step(make):
    # on a constant gradient a step is the schedule's eta times the step of the same rule with eta = 1
    changing = trajectories(line(2), [0.0], make(schedules.inverse(0.5)), 8)[:, 0]
    steady = trajectories(line(2), [0.0], make(1.0), 8)[:, 0]
    np.testing.assert_allclose(np.diff(changing), np.diff(steady) * 0.5 / (1 + np.arange(8)), rtol=1e-12)


@rules
def test_updates_change_nothing_in_place(rule):
    w, g = np.array([1.0, -2.0]), np.array([0.5, 3.0])
    _, state = rule.update(g, rule.init(w), w)
    before = repr(state)
    first, after = rule.update(g, state, w), rule.update(g, state, w)
    if rule.lookahead:
        rule.lookahead(state, w)
    assert repr(first) == repr(after) and repr(state) == before
    assert w.tolist() == [1, -2] and g.tolist() == [0.5, 3]


@rules
def test_a_batch_is_its_points_one_by_one(rule):
    starts = np.random.default_rng(3).normal(size=(2, 6))
    paths = trajectories(BOWL.grad, starts, rule, 15)
    for i in range(6):
        np.testing.assert_allclose(paths[:, :, i], trajectories(BOWL.grad, starts[:, i], rule, 15), rtol=1e-12)
        run = minimize(BOWL, BOWL.grad, starts[:, i], rule, max_iter=15, **ALL)
        np.testing.assert_allclose(paths[:, :, i], run.path, rtol=1e-12)


@rules
@given(w0=st.lists(st.floats(-3, 3), min_size=3, max_size=3), order=st.permutations([0, 1, 2]))
def test_coordinates_can_be_permuted(rule, w0, order):
    scale = np.array([1.0, 4.0, 9.0])
    path = trajectories(lambda w: scale * w, w0, rule, 10)
    other = trajectories(lambda w: scale[order] * w, np.array(w0)[order], rule, 10)
    np.testing.assert_allclose(other, path[:, order], rtol=1e-13)


@pytest.mark.parametrize("name", COORDINATEWISE)
@given(w0=st.floats(0.1, 3), scale=st.floats(1e-3, 1e3))
def test_adaptive_rules_do_not_see_the_scale_of_f(name, w0, scale):
    make = {"adagrad": adagrad, "rmsprop": rmsprop, "adam": adam, "amsgrad": lambda **k: adam(amsgrad=True, **k)}[name]
    path = trajectories(lambda w: w, [w0], make(eta=0.05, eps=0), 20)
    scaled = trajectories(lambda w: scale * w, [w0], make(eta=0.05, eps=0), 20)
    np.testing.assert_allclose(scaled, path, rtol=1e-9, atol=1e-12)


def test_state_is_made_of_floats_even_for_whole_numbers():
    assert [np.shape(part) for part in adam().init(np.ones((2, 3), dtype=int))] == [(), (2, 3), (2, 3), (2, 3)]
    for rule in RULES.values():
        step, _ = rule.update(np.array([0.5]), rule.init(np.array([1])), np.array([1]))
        assert step.dtype == float and step[0] < 0


TORCH = {
    "gd": (lambda t, p: t.optim.SGD(p, lr=0.05), gd(0.05)),
    "momentum": (lambda t, p: t.optim.SGD(p, lr=0.02, momentum=0.8), momentum(0.02, 0.8)),
    "adagrad": (lambda t, p: t.optim.Adagrad(p, lr=0.1, eps=1e-8), adagrad(0.1)),
    "rmsprop": (lambda t, p: t.optim.RMSprop(p, lr=0.01, alpha=0.9, eps=1e-8), rmsprop(0.01)),
    "adam": (lambda t, p: t.optim.Adam(p, lr=0.05), adam(0.05)),
    "adamw": (lambda t, p: t.optim.AdamW(p, lr=0.05, weight_decay=0.1), adamw(0.05, decay=0.1)),
    "amsgrad": (
        lambda t, p: t.optim.Adam(p, lr=0.05, betas=(0.9, 0.5), amsgrad=True),
        adam(0.05, beta2=0.5, amsgrad=True),
    ),
}


@pytest.mark.parametrize("name", TORCH)
def test_the_same_path_as_torch(name):
    torch = pytest.importorskip("torch", reason="torch is not installed: pip install -e .[peers]")
    theirs, ours = TORCH[name]
    w = torch.tensor([-1.2, 1.0], dtype=torch.float64, requires_grad=True)
    optimizer = theirs(torch, [w])
    f = objectives.quadratic(kappa=10, angle=0.5)
    path = [w.detach().numpy().copy()]
    for _ in range(60):
        optimizer.zero_grad()
        w.grad = torch.tensor(f.grad(w.detach().numpy()))
        optimizer.step()
        path.append(w.detach().numpy().copy())
    np.testing.assert_allclose(trajectories(f.grad, [-1.2, 1.0], ours, 60), path, rtol=1e-10, atol=1e-12)


OPTAX = {
    "gd": (lambda o: o.sgd(0.05), gd(0.05)),
    "momentum": (lambda o: o.sgd(0.02, momentum=0.8), momentum(0.02, 0.8)),
    "rmsprop": (lambda o: o.rmsprop(0.01, decay=0.9, eps=1e-8, eps_in_sqrt=False), rmsprop(0.01)),
    "adam": (lambda o: o.adam(0.05), adam(0.05)),
    "adamw": (lambda o: o.adamw(0.05, weight_decay=0.1), adamw(0.05, decay=0.1)),
    "clipped": (lambda o: o.chain(o.clip_by_global_norm(0.5), o.sgd(0.05)), clipped(gd(0.05), norm=0.5)),
    "cosine": (lambda o: o.sgd(o.cosine_decay_schedule(0.05, 60)), gd(schedules.cosine(0.05, 60))),
}


@pytest.mark.parametrize("name", OPTAX)
def test_the_same_path_as_optax(name):
    optax = pytest.importorskip("optax", reason="optax is not installed: pip install -e .[peers]")
    import jax

    theirs, ours = OPTAX[name]
    optimizer, f, path = theirs(optax), objectives.quadratic(kappa=10, angle=0.5), [np.array([-1.2, 1.0])]
    with jax.enable_x64():
        state = optimizer.init(path[0])
        for _ in range(60):
            step, state = optimizer.update(f.grad(path[-1]), state, path[-1])
            path.append(path[-1] + np.asarray(step))
    np.testing.assert_allclose(trajectories(f.grad, [-1.2, 1.0], ours, 60), path, rtol=1e-10, atol=1e-12)


BAD = [
    (lambda: gd(0), "eta must be a positive finite number, got 0"),
    (lambda: momentum(-1), "eta must be a positive finite number, got -1"),
    (lambda: momentum(0.1, beta=1), "beta must be a number in [0, 1), got 1"),
    (lambda: momentum(0.1, beta=-0.1), "beta must be a number in [0, 1), got -0.1"),
    (lambda: nesterov("x"), "eta must be a positive finite number, got x"),
    (lambda: nesterov(0.1, beta=np.nan), "beta must be a number in [0, 1), got nan"),
    (lambda: adagrad(None), "eta must be a positive finite number, got None"),
    (lambda: adagrad(0.1, eps=-1e-8), "eps must be a finite number, 0 or more, got -1e-08"),
    (lambda: rmsprop(np.inf), "eta must be a positive finite number, got inf"),
    (lambda: rmsprop(0.1, decay=1.0), "decay must be a number in [0, 1), got 1.0"),
    (lambda: rmsprop(0.1, eps=np.inf), "eps must be a finite number, 0 or more, got inf"),
    (lambda: adam(0), "eta must be a positive finite number, got 0"),
    (lambda: adam(beta1=1), "beta1 must be a number in [0, 1), got 1"),
    (lambda: adam(beta2=-1), "beta2 must be a number in [0, 1), got -1"),
    (lambda: adam(eps=-1), "eps must be a finite number, 0 or more, got -1"),
    (lambda: adamw(decay=-0.1), "decay must be a finite number, 0 or more, got -0.1"),
    (lambda: adamw(0), "eta must be a positive finite number, got 0"),
    (lambda: clipped(gd(0.1), norm=0), "norm must be a positive finite number, got 0"),
    (
        lambda: clipped(adam, norm=1),
        "optimizer must be an Optimizer, got the function adam: write optimizers.adam(eta=...)",
    ),
    (lambda: adam(lambda k: 0.0), "eta(0) must be a positive finite number, got 0.0"),
]


@pytest.mark.parametrize(("call", "sentence"), BAD, ids=[sentence for _, sentence in BAD])
def test_bad_hyper_parameters_are_refused_by_name(call, sentence):
    with pytest.raises(ValueError, match="^" + re.escape(sentence) + "$"):
        call()


def test_defaults_are_the_usual_ones():
    w = np.array([1.0])
    for rule in (adagrad(1.0), rmsprop(1.0, decay=0), adam(1.0)):
        assert rule.update(1e-8 * w, rule.init(w), w)[0][0] == pytest.approx(-0.5)  # eps = 1e-8
    falling = [trajectories(lambda w: w, [10.0], rule, 30) for rule in (adam(1.0, amsgrad=False), adam(1.0, amsgrad=True))]
    np.testing.assert_array_equal(trajectories(lambda w: w, [10.0], adam(1.0), 30), falling[0])
    assert not np.array_equal(*falling)
    assert adam().update(w, adam().init(w), w)[0][0] == pytest.approx(-0.001, rel=1e-7)
    assert optimizers.momentum(1.0).update(w, (1, w), w)[0][0] == pytest.approx(-1.9)
    assert optimizers.nesterov(1.0).lookahead((1, w), w)[0] == pytest.approx(0.1)
