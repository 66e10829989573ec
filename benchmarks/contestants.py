"""The same problems, solved by gdlib, by hand, and by the libraries that are installed."""

import importlib.util
from dataclasses import dataclass

import numpy as np

from gdlib import gradient_descent, objectives, optimizers, trajectories
from gdlib.autodiff import Tensor


@dataclass
class Problem:
    """f and its gradient in NumPy, and f again for libraries with arrays of their own (`xp` is their NumPy)."""

    f: object
    grad: object
    w0: np.ndarray
    eta: float
    generic: object  # (xp, w) -> value


def quadratic():
    scale = np.array([1.0, 10.0])
    return Problem(
        lambda w: 0.5 * (w @ (scale * w)),
        lambda w: scale * w,
        np.array([1.0, 1.0]),
        0.01,
        lambda xp, w: 0.5 * (w[0] ** 2 + 10 * w[1] ** 2),
    )


def rosenbrock():
    f = objectives.rosenbrock()
    return Problem(f, f.grad, np.array([-1.2, 1.0]), 1e-4, lambda xp, w: (1 - w[0]) ** 2 + 100 * (w[1] - w[0] ** 2) ** 2)


def logistic():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(1000, 20)), rng.integers(0, 2, 1000).astype(float)

    def generic(xp, w):
        z = xp.asarray(X) @ w
        return xp.mean(xp.logaddexp(xp.asarray(0.0 * y), z) - xp.asarray(y) * z)

    return Problem(
        lambda w: objectives.logistic_loss(w, X, y),
        lambda w: objectives.logistic_grad(w, X, y),
        np.zeros(20),
        0.5,
        generic,
    )


def descents(problem, steps):
    """One run of so many steps for each contestant: the bare loop first, gdlib second."""
    grad, eta = problem.grad, problem.eta

    def bare():
        w = problem.w0
        for _ in range(steps):
            w = w - eta * grad(w)

    def ours():
        # tolerances so small that no test holds and every one is made
        tiny = dict(gtol=1e-300, xtol=1e-300, ftol=1e-300)
        run = gradient_descent(problem.f, grad, problem.w0, eta, max_iter=steps, **tiny)
        assert run.n_iter == steps

    entries = {"bare NumPy loop": bare, "gdlib gradient_descent, trace and tests": ours}
    for name, make in (("scipy", _scipy), ("autograd", _autograd), ("torch", _torch), ("optax", _optax)):
        if importlib.util.find_spec(name):
            label, entry = make(problem, steps)
            entries[label] = entry
    return entries


def batches(m, steps):
    starts = np.random.default_rng(0).normal(size=(2, m))
    scale = np.array([[1.0], [10.0]])
    bowl = objectives.quadratic(kappa=10)

    def bare():
        W = starts
        for _ in range(steps):
            W = W - 0.01 * scale * W

    return {
        "bare NumPy loop, no trace": bare,
        "gdlib trajectories": lambda: trajectories(lambda W: scale * W, starts, optimizers.gd(0.01), steps),
        "gdlib trajectories, the gallery's gradient": lambda: trajectories(bowl.grad, starts, optimizers.gd(0.01), steps),
    }


def networks():
    """The gradient of a mean squared error by all weights of a 2-16-16-1 tanh network."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(100, 2)), rng.normal(size=(100, 1))
    weights = [rng.normal(size=shape) for shape in [(2, 16), (16,), (16, 16), (16,), (16, 1), (1,)]]

    def by_hand():
        W1, b1, W2, b2, W3, b3 = weights
        h1 = np.tanh(X @ W1 + b1)
        h2 = np.tanh(h1 @ W2 + b2)
        d3 = (h2 @ W3 + b3 - y) * (2 / len(y))
        d2 = (d3 @ W3.T) * (1 - h2 * h2)
        d1 = (d2 @ W2.T) * (1 - h1 * h1)
        return [X.T @ d1, d1.sum(axis=0), h1.T @ d2, d2.sum(axis=0), h2.T @ d3, d3.sum(axis=0)]

    def loss(tanh, X, y, W1, b1, W2, b2, W3, b3):
        errors = tanh(tanh(X @ W1 + b1) @ W2 + b2) @ W3 + b3 - y
        return (errors * errors).mean()

    def ours():
        parameters = [Tensor(p) for p in weights]
        loss(np.tanh, X, y, *parameters).backward()
        return [p.grad for p in parameters]

    for a, b in zip(by_hand(), ours()):
        np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-12)
    entries = {"by hand": by_hand, "gdlib autodiff": ours}
    if importlib.util.find_spec("torch"):
        import torch

        torch.set_num_threads(1)
        tX, ty, *parameters = (torch.tensor(a) for a in (X, y, *weights))
        for p in parameters:
            p.requires_grad_()

        def theirs():
            for p in parameters:
                p.grad = None
            loss(torch.tanh, tX, ty, *parameters).backward()

        entries["torch autograd"] = theirs
    if importlib.util.find_spec("autograd"):
        import autograd
        import autograd.numpy as anp

        whole = autograd.grad(lambda parameters: loss(anp.tanh, X, y, *parameters))
        entries["autograd"] = lambda: whole(weights)
    return entries


def _scipy(problem, steps):
    from scipy.optimize import minimize

    def entry():
        # steepest descent is not in scipy: conjugate gradients, begun again until as many iterations are done
        done = 0
        while done < steps:
            options = dict(maxiter=steps - done, gtol=0)
            done += max(1, minimize(problem.f, problem.w0, jac=problem.grad, method="CG", options=options).nit)

    return "scipy.optimize CG", entry


def _autograd(problem, steps):
    import autograd
    import autograd.numpy as anp
    from autograd.misc.optimizers import sgd

    grad = autograd.grad(lambda w, i: problem.generic(anp, w))
    return "autograd.misc.optimizers.sgd", lambda: sgd(grad, problem.w0, num_iters=steps, step_size=problem.eta, mass=0)


def _torch(problem, steps):
    import torch

    torch.set_num_threads(1)

    def entry():
        w = torch.tensor(problem.w0, requires_grad=True)
        optimizer = torch.optim.SGD([w], lr=problem.eta)
        for _ in range(steps):
            optimizer.zero_grad()
            problem.generic(torch, w).backward()
            optimizer.step()

    return "torch.optim.SGD", entry


def _optax(problem, steps):
    import jax
    import jax.numpy as jnp
    import optax

    jax.config.update("jax_enable_x64", True)
    optimizer = optax.sgd(problem.eta)

    @jax.jit
    def step(w, state):
        updates, state = optimizer.update(jax.grad(lambda w: problem.generic(jnp, w))(w), state)
        return optax.apply_updates(w, updates), state

    def entry():
        w = jnp.asarray(problem.w0)
        state = optimizer.init(w)
        for _ in range(steps):
            w, state = step(w, state)
        w.block_until_ready()

    return "optax.sgd, jitted step", entry
