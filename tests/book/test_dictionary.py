"""The framework dictionary: each of its calls, numbers and sentences, against torch, optax and Keras themselves."""

import inspect
import os
import re
from math import sqrt

import numpy as np
import pytest

from gdlib import models, objectives, optimizers, schedules, trajectories
from press import ROOT

PAGE = (ROOT / "chapters/dictionary.md").read_text("utf-8")
NUMBERS = dict(
    eta=0.05, beta=0.8, rho=0.9, beta1=0.9, beta2=0.99, eps=1e-2, decay=0.1, c=0.5, n=60, m=5, factor=0.5, every=7, rate=0.3
)
BOWL, START, STEPS = objectives.quadratic(kappa=10, angle=0.5), np.array([-1.2, 1.0]), 60
ACROSS = np.array([1.0, -2.0])


def section(title):
    return re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE)[1]


def calls(title):
    """The blocks of code of a section, each as its heading with its lines."""
    parts = re.split(r"^### ", section(title), flags=re.MULTILINE)[1:]
    blocks = [
        (part.partition("\n")[0], block) for part in parts for block in re.findall(r"```python\n(.*?)```", part, re.DOTALL)
    ]
    return [pytest.param(heading, block.splitlines(), id=heading) for heading, block in blocks]


def table(title):
    rows = [line.strip("| ").split(" | ") for line in section(title).splitlines() if line.startswith("|")]
    return [(name, dict(zip(rows[0][1:], cells, strict=True))) for name, *cells in rows[2:]]


@pytest.fixture(scope="module")
def peers(tmp_path_factory):
    os.environ |= {"KERAS_BACKEND": "torch", "KERAS_HOME": str(tmp_path_factory.mktemp("keras"))}  # Keras reads them once
    found = {
        name: pytest.importorskip(name, reason=f"{name} is not installed: pip install -e .[peers]")
        for name in ("torch", "optax", "keras")
    }
    import jax

    found["keras"].config.set_floatx("float64")
    with jax.enable_x64():
        yield found
    found["keras"].config.set_floatx("float32")


def weights(torch, w=START):
    return torch.tensor(w, dtype=torch.float64, requires_grad=True)


def torch_path(torch, make, grads, n=STEPS, then=lambda k: None):
    """make([w]) is an optimizer, or an optimizer with what is to be called after each of its steps."""
    w = weights(torch)
    optimizer, path = make([w]), [START]
    for k in range(n):
        w.grad = torch.tensor(np.array(grads(path[-1], k)))
        optimizer.step()
        path.append(w.detach().numpy().copy())
    return np.array(path)


def optax_path(rule, grads, n=STEPS):
    path, state = [START], rule.init(START)
    for k in range(n):
        step, state = rule.update(grads(path[-1], k), state, path[-1])
        path.append(path[-1] + np.asarray(step))
    return np.array(path)


def keras_path(keras, rule, grads, n=STEPS, parts=1):
    """With two parts, each coordinate is a variable of its own."""
    variables = [keras.Variable(part) for part in np.split(START, parts)]
    path = [START]
    for k in range(n):
        split = np.split(np.asarray(grads(path[-1], k)), parts)
        rule.apply([keras.ops.convert_to_tensor(part) for part in split], variables)
        path.append(np.concatenate([keras.ops.convert_to_numpy(v).copy() for v in variables]))
    return np.array(path)


def our_path(rule, grads, n=STEPS):
    """The points at which the gradient is taken: for Nesterov's rule those ahead."""
    w, state, path = START, rule.init(START), [START]
    for k in range(n):
        step, state = rule.update(grads(path[-1], k), state, w)
        w = w + step
        path.append(rule.lookahead(state, w) if rule.lookahead else w)
    return np.array(path)


def slope(w, k):
    return BOWL.grad(w)


def path_of(line, peers, grads=slope, n=STEPS, parts=1, **numbers):
    """The points that a call of the page makes."""
    names = {"optimizers": optimizers, "schedules": schedules, **peers, **NUMBERS, **numbers}
    if line.startswith("torch."):
        return torch_path(peers["torch"], lambda params: eval(line, names | {"params": params}), grads, n)
    rule = eval(line, names)
    if line.startswith("keras."):
        return keras_path(peers["keras"], rule, grads, n, parts)
    return optax_path(rule, grads, n) if line.startswith("optax.") else our_path(rule, grads, n)


@pytest.mark.parametrize("name, lines", calls("The same steps"))
def test_the_same_steps(name, lines, peers):
    ours, *others = lines
    assert ours.startswith("optimizers.") and others
    for line in others:
        close = 1e-6 if line.startswith("keras.") else 1e-9  # Keras clips with 32 bits
        np.testing.assert_allclose(path_of(line, peers), path_of(ours, peers), rtol=close, atol=close, err_msg=line)


def test_our_points_are_those_of_the_loop():
    for rule in (optimizers.momentum(0.05, 0.8), optimizers.adamw(0.05)):
        np.testing.assert_allclose(our_path(rule, slope), trajectories(BOWL.grad, START, rule, STEPS), rtol=1e-12)
    rule = optimizers.nesterov(0.05, 0.8)
    ahead, points = our_path(rule, slope), trajectories(BOWL.grad, START, rule, STEPS)
    np.testing.assert_allclose(ahead[1:], points[1:] + 0.8 * np.diff(points, axis=0), rtol=1e-9)


def rates(line, peers, n, **numbers):
    names = {"schedules": schedules, **peers, **NUMBERS, "n": n, **numbers}
    if not line.startswith("torch."):
        schedule = eval(line, names)
        return np.array([float(schedule(k)) for k in range(n)])
    torch = peers["torch"]
    optimizer = torch.optim.SGD([weights(torch)], lr=numbers.get("eta", NUMBERS["eta"]))
    scheduler, found = eval(line, names | {"optimizer": optimizer}), []
    for _ in range(n):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return np.array(found)


@pytest.mark.parametrize("name, lines", calls("The same rates"))
def test_the_same_rates(name, lines, peers):
    ours, *others = lines
    assert ours.startswith("schedules.") and others
    for line in others:
        np.testing.assert_allclose(rates(line, peers, 40), rates(ours, peers, 40), rtol=1e-9, atol=1e-12, err_msg=line)


LABELS = {
    "Squared error": np.array([1.5, -2.0, 0.3, 4.0]),
    "Two classes": np.array([0.0, 1.0, 1.0, 0.0]),
    "Several classes": np.array([0, 2, 1, 2]),
}


def loss(line, name, peers):
    """What a call of the page says: our models of w, the others of scores."""
    X, y, rng = np.random.default_rng(1).normal(size=(4, 2)), LABELS[name], np.random.default_rng(2)
    w = rng.normal(size=(2, 3) if name == "Several classes" else 2)
    scores = X @ w
    if line.startswith("torch."):
        scores, y = peers["torch"].tensor(scores), peers["torch"].tensor(y)
    names = dict(models=models, X=X, y=y, w=w.ravel(), scores=scores, classes=3)
    return eval(line, names | peers)


@pytest.mark.parametrize("name, lines", calls("The same losses"))
def test_the_same_losses(name, lines, peers):
    ours, *others = lines
    assert ours.startswith("models.") and len(others) == 3
    for line in others:
        assert float(loss(line, name, peers)) == pytest.approx(float(loss(ours, name, peers)), rel=1e-6), line


CALLED = {
    "gdlib": ("optimizers", dict(SGD="gd", AdaGrad="adagrad", RMSprop="rmsprop", Adam="adam", AdamW="adamw")),
    "torch": ("torch.optim", dict(SGD="SGD", AdaGrad="Adagrad", RMSprop="RMSprop", Adam="Adam", AdamW="AdamW")),
    "optax": ("optax", dict(SGD="sgd", AdaGrad="adagrad", RMSprop="rmsprop", Adam="adam", AdamW="adamw")),
    "Keras": ("keras.optimizers", dict(SGD="SGD", AdaGrad="Adagrad", RMSprop="RMSprop", Adam="Adam", AdamW="AdamW")),
}
PARAMETERS = {
    "learning rate": "eta lr learning_rate",
    "momentum": "momentum",
    r"$\rho$": "decay alpha rho",
    r"$\beta_1$": "beta1 b1 beta_1",
    r"$\beta_2$": "beta2 b2 beta_2",
    r"$\varepsilon$": "eps epsilon",
    "first $s$": "initial_accumulator_value",
    "decay": "decay weight_decay",
}


def default(row, library, peers):
    """What a library takes for a row such as "decay of AdamW" if nothing is said; a dash where there is nothing."""
    what, rule = re.split(" of |, ", row)
    place, names = CALLED[library]
    given = inspect.signature(eval(f"{place}.{names[rule]}", {"optimizers": optimizers, **peers})).parameters
    if "betas" in given and "beta" in what:
        return given["betas"].default["12".index(what[-2])]
    found = [given[name].default for name in PARAMETERS[what].split() if name in given]
    return found[0] or 0 if found and found[0] is not inspect.Parameter.empty else "–"


@pytest.mark.parametrize("row, cells", table("What you get if you say nothing"), ids=lambda value: str(value)[:30])
def test_what_you_get_if_you_say_nothing(row, cells, peers):
    for library, cell in cells.items():
        found = default(row, library, peers)
        assert (cell if found == "–" else float(cell)) == found, library


FORMS = {  # the step's divisor for eps = 0.3, where root is the square root of s, v or the corrected v
    r"$\sqrt s + \varepsilon$": lambda root, hat: root + 0.3,
    r"$\sqrt v + \varepsilon$": lambda root, hat: root + 0.3,
    r"$\sqrt{\hat v} + \varepsilon$": lambda root, hat: root + 0.3,
    r"$\sqrt{s + \varepsilon}$": lambda root, hat: sqrt(root**2 + 0.3),
    r"$\sqrt{v + \varepsilon}$": lambda root, hat: sqrt(root**2 + 0.3),
    r"$\sqrt{\hat v} + \varepsilon/\sqrt{1 - \beta_2^{k+1}}$": lambda root, hat: root + 0.3 / hat,
}
PLAIN = {
    "AdaGrad": (
        "optimizers.adagrad(eta, eps)",
        "torch.optim.Adagrad(params, lr=eta, eps=eps)",
        "optax.adagrad(eta, initial_accumulator_value=0, eps=eps)",
        "keras.optimizers.Adagrad(eta, initial_accumulator_value=0, epsilon=eps)",
    ),
    "RMSprop": (
        "optimizers.rmsprop(eta, rho, eps)",
        "torch.optim.RMSprop(params, lr=eta, alpha=rho, eps=eps)",
        "optax.rmsprop(eta, decay=rho, eps=eps)",
        "keras.optimizers.RMSprop(eta, rho=rho, epsilon=eps)",
    ),
    "Adam": (
        "optimizers.adam(eta, beta1, beta2, eps)",
        "torch.optim.Adam(params, lr=eta, betas=(beta1, beta2), eps=eps)",
        "optax.adam(eta, b1=beta1, b2=beta2, eps=eps)",
        "keras.optimizers.Adam(eta, beta_1=beta1, beta_2=beta2, epsilon=eps)",
    ),
}


@pytest.mark.parametrize("row, cells", table("Where epsilon stands"), ids=lambda value: str(value)[:10])
def test_where_epsilon_stands(row, cells, peers):
    """Three steps on the gradient (1, -2): s is 3 g², v is 0.271 g², and the corrected v is g²."""
    share = {"AdaGrad": 3, "RMSprop": 1 - 0.9**3, "Adam": 1}[row]
    for line, form in zip(PLAIN[row], cells.values(), strict=True):
        last = np.diff(path_of(line, peers, lambda w, k: ACROSS, 3, eps=0.3), axis=0)[-1]
        divisors = [FORMS[form](sqrt(share * g * g), sqrt(1 - 0.99**3)) for g in ACROSS]
        np.testing.assert_allclose(last, -0.05 * ACROSS / divisors, rtol=1e-7, err_msg=line)


def test_epsilon_can_be_moved_out_of_the_root(peers):
    moved = path_of("optax.rmsprop(eta, decay=rho, eps=eps, eps_in_sqrt=False)", peers)
    assert abs(moved - path_of("optax.rmsprop(eta, decay=rho, eps=eps)", peers)).max() > 1e-3


# --- Differences that bite: one function for each, by its name on the page. `steps` are differences of the points of a call.


def steps(line, peers, grads=lambda w, k: ACROSS, n=4, **more):
    return np.diff(path_of(line, peers, grads, n, **more), axis=0)


def alike(a, b):
    return np.allclose(a, b, rtol=1e-6, atol=1e-9)


def momentum_and_a_schedule(peers):
    """eta falls to a tenth at step 2: with Keras the step then is beta times the old one and a tenth of a gradient."""
    keras = "keras.optimizers.SGD(keras.optimizers.schedules.ExponentialDecay(eta, 2, 0.1, staircase=True), momentum=beta)"
    others = [
        "optimizers.momentum(schedules.step(eta, 0.1, 2), beta)",
        "optax.sgd(optax.exponential_decay(eta, 2, 0.1, staircase=True), momentum=beta)",
    ]
    velocities = np.array([1, 1.8, 2.44, 2.952])[:, None] * ACROSS
    for line in others:
        assert alike(steps(line, peers), -0.05 * velocities * np.array([1, 1, 0.1, 0.1])[:, None])
    third = -0.05 * (0.8 * velocities[1] + 0.1 * ACROSS)
    assert alike(steps(keras, peers)[2], third)
    torch = peers["torch"]
    w = weights(torch)
    optimizer = torch.optim.SGD([w], lr=0.05, momentum=0.8)
    for k in range(3):
        before = w.detach().numpy().copy()
        optimizer.param_groups[0]["lr"] = 0.05 if k < 2 else 0.005
        w.grad = torch.tensor(ACROSS)
        optimizer.step()
    assert alike(w.detach().numpy() - before, -0.005 * velocities[2])


def damped_momentum(peers):
    torch = steps("torch.optim.SGD(params, lr=eta, momentum=beta, dampening=beta)", peers)
    optax = steps("optax.chain(optax.ema(beta, debias=False), optax.scale(-eta))", peers)
    plain = steps("optimizers.momentum(eta, beta)", peers)
    assert alike(torch[0], plain[0]) and alike(torch[1], -0.05 * (0.8 + 0.2) * ACROSS)
    assert alike(optax, 0.2 * plain)


def weight_decay_or_a_penalty(peers):
    penalty = lambda w, k: BOWL.grad(w) + 0.1 * w
    for call in (
        "SGD(params, lr=eta, momentum=beta",
        "Adagrad(params, lr=eta",
        "RMSprop(params, lr=eta",
        "Adam(params, lr=eta",
    ):
        line = f"torch.optim.{call}"
        assert alike(path_of(f"{line}, weight_decay=decay)", peers), path_of(f"{line})", peers, penalty))
    for call in ("SGD(eta, momentum=beta", "Adagrad(eta", "RMSprop(eta", "Adam(eta"):
        line = f"keras.optimizers.{call}"
        still = lambda w, k: np.zeros(2)
        shrunk = path_of(f"{line}, weight_decay=decay)", peers, still)
        assert alike(shrunk, START * (1 - 0.05 * 0.1) ** np.arange(STEPS + 1)[:, None])
    before = "optax.chain(optax.add_decayed_weights(decay), optax.scale_by_adam(), optax.scale(-eta))"
    after = "optax.chain(optax.scale_by_adam(), optax.add_decayed_weights(decay), optax.scale(-eta))"
    assert alike(path_of(before, peers), path_of("optax.adam(eta)", peers, penalty))
    assert alike(path_of(after, peers), path_of("optimizers.adamw(eta, decay=decay)", peers))


def decay_times_the_learning_rate(peers):
    lines = (
        "optimizers.adamw(eta, decay=decay)",
        "torch.optim.AdamW(params, lr=eta, weight_decay=decay)",
        "optax.adamw(eta, weight_decay=decay)",
        "keras.optimizers.AdamW(eta, weight_decay=decay)",
    )
    for line in lines:
        for eta in (0.05, 0.005):
            assert alike(steps(line, peers, lambda w, k: np.zeros(2), 1, eta=eta)[0], -eta * 0.1 * START), line


def the_largest_second_moment(peers):
    """A large slope, then small ones: corrected at once, the first v is 100² and stays the largest."""
    spike = lambda w, k: np.full(2, 100.0 if k == 0 else 1.0)
    ours = steps("optimizers.adam(eta, beta1, beta2, 0, amsgrad=True)", peers, spike)
    keras = steps("keras.optimizers.Adam(eta, beta_1=beta1, beta_2=beta2, epsilon=0, amsgrad=True)", peers, spike)
    optax = steps("optax.amsgrad(eta, b1=beta1, b2=beta2, eps=0)", peers, spike)
    assert alike(keras, ours) and (abs(optax[1:]) < 0.9 * abs(ours[1:])).all()


def clipping(peers):
    long, torch = lambda w, k: np.array([3.0, -4.0]), peers["torch"]
    assert alike(steps("keras.optimizers.SGD(eta, global_clipnorm=c)", peers, long, parts=2)[0], [-0.015, 0.02])
    assert alike(steps("keras.optimizers.SGD(eta, clipnorm=c)", peers, long, parts=2)[0], [-0.025, 0.025])
    w = weights(torch)
    w.grad = torch.tensor([3.0, -4.0], dtype=torch.float64)
    torch.nn.utils.clip_grad_norm_([w], 0.5)
    np.testing.assert_allclose(w.grad.numpy(), np.array([3, -4]) * 0.5 / (5 + 1e-6), rtol=1e-12)


def sum_or_mean(peers):
    torch, optax, keras = peers["torch"], peers["optax"], peers["keras"]
    right, wrong = np.array([1.0, 2.0]), np.array([2.0, 5.0])
    assert float(torch.nn.functional.mse_loss(torch.tensor(wrong), torch.tensor(right))) == 5
    assert float(torch.nn.functional.mse_loss(torch.tensor(wrong), torch.tensor(right), reduction="sum")) == 10
    assert np.asarray(optax.l2_loss(wrong, right)).tolist() == [0.5, 4.5]
    assert float(keras.losses.MeanSquaredError()(right[:, None], wrong[:, None])) == pytest.approx(5)


def the_half(peers):
    torch, keras = peers["torch"], peers["keras"]
    w, target = weights(torch, np.array([3.0])), torch.tensor([1.0])
    torch.nn.functional.mse_loss(w, target).backward()
    assert w.grad.item() == 4 and models.linear([[1.0]], [1.0]).grad(np.array([3.0])) == 2
    assert float(keras.losses.MeanSquaredError()(np.array([[1.0]]), np.array([[3.0]]))) == pytest.approx(4)


def scores_or_probabilities(peers):
    """ln 10 on zero scores; softmax first, and ten tenths, look the same. So: a score of 3 for the right one of two."""
    torch, optax, keras = peers["torch"], peers["optax"], peers["keras"]
    scores, shares, y = np.array([[3.0, 0.0]]), np.exp([[3.0, 0.0]]) / (np.exp(3) + 1), np.array([0])
    right = np.log1p(np.exp(-3))
    assert float(torch.nn.functional.cross_entropy(torch.tensor(scores), torch.tensor(y))) == pytest.approx(right)
    assert float(torch.nn.functional.cross_entropy(torch.tensor(shares), torch.tensor(y))) > right + 0.2
    assert float(optax.softmax_cross_entropy_with_integer_labels(scores, y)[0]) == pytest.approx(right, rel=1e-5)
    assert float(keras.losses.SparseCategoricalCrossentropy()(y, shares)) == pytest.approx(right, rel=1e-5)
    assert np.isfinite(float(keras.losses.SparseCategoricalCrossentropy()(y, scores)))


def steps_or_epochs(peers):
    torch = peers["torch"]
    optimizer = torch.optim.SGD([weights(torch)], lr=1.0)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.1)
    for _ in range(2):
        for _ in range(5):
            optimizer.step()
        assert optimizer.param_groups[0]["lr"] == 1.0
        scheduler.step()
    assert optimizer.param_groups[0]["lr"] == pytest.approx(0.1)
    counted = [
        "optimizers.gd(schedules.step(eta, 0.1, 2))",
        "optax.sgd(optax.exponential_decay(eta, 2, 0.1, staircase=True))",
        "keras.optimizers.SGD(keras.optimizers.schedules.ExponentialDecay(eta, 2, 0.1, staircase=True))",
    ]
    for line in counted:
        assert alike(steps(line, peers), -np.array([0.05, 0.05, 0.005, 0.005])[:, None] * ACROSS), line


def after_the_end(peers):
    def at(line, k):
        return rates(line, peers, 41)[k]

    torch, *others = [
        "torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=20)",
        "schedules.cosine(eta, 20)",
        "optax.cosine_decay_schedule(eta, 20)",
        "keras.optimizers.schedules.CosineDecay(eta, 20)",
    ]
    assert at(torch, 20) == pytest.approx(0, abs=1e-12) and at(torch, 40) == pytest.approx(0.05)
    assert all(abs(at(line, 40)) < 1e-12 for line in others)


def the_first_step_of_a_warm_up(peers):
    assert rates("optax.linear_schedule(0, eta, m)", peers, 3)[0] == 0
    assert rates("torch.optim.lr_scheduler.LinearLR(optimizer)", peers, 3)[0] == pytest.approx(0.05 / 3)
    assert rates("schedules.warmup(eta, m)", peers, 3)[0] == pytest.approx(0.05 / 5)


def gradients_that_pile_up(peers):
    torch = peers["torch"]
    w = weights(torch)
    for times in (1, 2):
        (w**2).sum().backward()
        assert w.grad.tolist() == (times * 2 * START).tolist()
    w.grad = None
    (w**2).sum().backward()
    assert w.grad.tolist() == (2 * START).tolist()


def digits(peers):
    """As a program of one's own finds them: another process, in which nobody has asked for 64 bits."""
    import subprocess
    import sys

    says = (
        "import jax.numpy as j, torch as t, keras as k; print(j.zeros(1).dtype, t.zeros(1).dtype, k.Variable([0.0]).dtype)"
    )
    said = subprocess.run([sys.executable, "-c", says], capture_output=True, text=True, check=True).stdout
    assert said.split() == ["float32", "torch.float32", "float32"]
    assert optimizers.gd(0.1).update(START, 0, START)[0].dtype == np.float64


BITES = {
    name.replace("_", " "): globals()[name]
    for name in """momentum_and_a_schedule damped_momentum weight_decay_or_a_penalty decay_times_the_learning_rate
    the_largest_second_moment clipping sum_or_mean the_half scores_or_probabilities steps_or_epochs after_the_end
    the_first_step_of_a_warm_up gradients_that_pile_up digits""".split()
}


def named():
    return [
        name.lower().replace("-", " ") for name in re.findall(r"^- \*\*(.*?)\.\*\*", section("Differences that bite"), re.M)
    ]


def test_each_difference_has_its_test():
    assert named() == list(BITES)


@pytest.mark.parametrize("name", BITES)
def test_a_difference_is_there(name, peers):
    BITES[name](peers)


def test_the_page_names_the_versions_of_the_lock():
    lock = (ROOT / "requirements-lock.txt").read_text("utf-8")
    for said, name in (("torch", "torch"), ("optax", "optax"), ("Keras", "keras")):
        version = re.search(rf"^{name}==([\d.]+)", lock, re.MULTILINE)[1]
        assert re.search(rf"{said} (\d[\d.]*\d)", PAGE)[1] == (version if name == "optax" else version.rpartition(".")[0])
