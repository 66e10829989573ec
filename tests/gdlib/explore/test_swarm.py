"""The swarm, against exact fractions, the theorem of the noise ball, a generator in whole numbers, and the law of large numbers."""

import re
from fractions import Fraction

import numpy as np
import pytest
from scipy.stats import chi2

from gdlib import explore
from gdlib.explore.swarm import CHAINS, MOST_STEPS, OF_A_DRAW, ball, noise, swarm
from gdlib.explore.swarm_explorer import SwarmExplorer

BOWL = np.array([1.0, 10.0])
# The variance of 64 normal numbers, as a share of the true one, misses this interval once in a million times: 64 times it has χ²'s
# distribution with 63 degrees of freedom. Sums of evenly spread numbers have lighter tails than normal ones: they miss it less often.
LEAST, MOST = chi2(CHAINS - 1).ppf([5e-7, 1 - 5e-7]) / CHAINS
FAR = 4.9  # standard deviations: a normal number is farther out once in a million times


def stirred(n):
    """splitmix32 at place n, in Python's whole numbers."""
    x = n * 0x9E3779B9 % 2**32
    x = (x ^ x >> 16) * 0x21F0AAAD % 2**32
    x = (x ^ x >> 15) * 0x735A2D97 % 2**32
    return x ^ x >> 15


def test_the_noise_is_a_generator_of_32_bits():
    places = [0, 1, 2, 12345, 2**31, 2**32 - 1, 23 * OF_A_DRAW + 7]
    for n in places:
        u = (stirred(n) + 0.5) / 2**32  # exact
        assert noise(n, 1)[0] == np.sqrt(12) * (u - 0.5)  # the same two operations on the same bits
    assert (noise(5, 3) == [noise(n, 1)[0] for n in (5, 6, 7)]).all()


def test_the_noise_has_mean_0_and_variance_1_and_no_memory():
    n = 2**20
    z = noise(1, n)
    assert len(np.unique(z)) == n and abs(z).max() < np.sqrt(3)
    assert abs(z.mean()) < FAR / np.sqrt(n)
    assert abs((z**2).mean() - 1) < FAR * np.sqrt(0.8 / n)  # E z⁴ = 9/5
    for apart in (1, 2, 2 * CHAINS, OF_A_DRAW):  # the other axis, the next chain, the next step, the next draw
        assert abs((z[apart:] * z[:-apart]).mean()) < FAR / np.sqrt(n - apart)


def test_no_two_draws_share_a_number():
    assert MOST_STEPS * 2 * CHAINS <= OF_A_DRAW
    a, b = (swarm(0.1, 1.0, BOWL, [0.0, 0.0], MOST_STEPS, draw) for draw in (0, 1))
    first = [made.chains[1:] - (1 - 0.1 * BOWL) * made.chains[:-1] for made in (a, b)]
    assert len(np.unique(np.round(first, 9))) > 0.99 * 2 * MOST_STEPS * 2 * CHAINS


def test_the_chains_do_what_the_formula_says():
    """In exact fractions, for the first steps of three chains."""
    made, eta, size = swarm(0.125, 0.5, BOWL, [1.5, -0.75], 5, draw=3), Fraction(1, 8), Fraction(1, 2)
    z = noise(1 + 3 * OF_A_DRAW, 5 * 2 * CHAINS).reshape(5, CHAINS, 2)
    for chain in (0, 1, 63):
        for axis, curvature in enumerate((1, 10)):
            w = Fraction((1.5, -0.75)[axis])
            for k in range(5):
                w = w - eta * (curvature * w + size * Fraction(z[k, chain, axis]))
                assert made.chains[k + 1, chain, axis] == pytest.approx(float(w), rel=1e-12, abs=1e-14)


CASES = [(eta, B) for eta in (0.01, 0.05, 0.1, 0.15, 0.19) for B in (1, 4, 64)]


@pytest.mark.parametrize(("eta", "B"), CASES)
def test_the_ball_and_the_expectation_are_those_of_the_theorem(eta, B):
    """Var e_k = ησ²/(λ(2 − ηλ)) (1 − q^2k) with σ²/B for σ², and E e_k = q^k e₀: E f is the sum of λ/2 (mean² + variance)."""
    picture = explore.swarm(eta=eta, batch=B, w0=(1.4, -0.8), sigma=1.5)
    limit = eta * 1.5**2 / B / (BOWL * (2 - eta * BOWL))
    np.testing.assert_allclose(picture.ball**2, limit, rtol=1e-12)
    q, k = 1 - eta * BOWL, np.arange(201)[:, None]
    f = (BOWL / 2 * (q ** (2 * k) * [1.4**2, 0.8**2] + limit * (1 - q ** (2 * k)))).sum(axis=1)
    np.testing.assert_allclose(picture.run.expected, f, rtol=1e-9)


@pytest.mark.parametrize(("eta", "B"), CASES)
def test_the_cloud_is_as_wide_as_the_theorem_says(eta, B):
    """For each of 24 draws, of 64 chains: after 20 steps, and after 200."""
    limit, q = eta / B / (BOWL * (2 - eta * BOWL)), 1 - eta * BOWL
    for draw in range(24):
        made = swarm(eta, B**-0.5, BOWL, [1.4, 0.8], 200, draw)
        for k in (20, 200):
            variance = limit * (1 - q ** (2 * k))
            assert (made.radii[k] ** 2 / variance > LEAST).all() and (made.radii[k] ** 2 / variance < MOST).all()
            off = made.path[k] - q**k * [1.4, 0.8]
            assert (abs(off) < FAR * np.sqrt(variance / CHAINS)).all()


def test_over_all_draws_it_is_as_wide_within_a_tenth():
    """24 · 64 chains: the sample variance has a standard deviation of √(2/1536) = 3.6 % at most."""
    last = np.concatenate([swarm(0.1, 1.0, BOWL, [1.4, 0.8], 200, draw).chains[-1] for draw in range(24)])
    assert last.var(axis=0) / ball(0.1, 1.0, BOWL) ** 2 == pytest.approx([1, 1], abs=FAR * 0.036)


@pytest.mark.parametrize("eta", [0.2, 0.2 * (1 - 1e-12), 0.25])
def test_from_two_over_lambda_on_there_is_no_ball(eta):
    assert ball(eta, 1.0, BOWL)[1] == np.inf
    made = swarm(eta, 1.0, BOWL, [0.0, 0.0], 100, 0)
    # the proof's recurrence, which holds for all η: with q² = 1 each step adds η²σ²
    variance = eta**2 * sum((1 - eta * 10) ** (2 * j) for j in range(100))
    assert 5 * variance == pytest.approx(made.expected[-1], rel=0.02)  # x adds little
    assert LEAST < made.radii[-1, 1] ** 2 / variance < MOST


def test_it_stops_where_it_has_diverged():
    made = explore.swarm(eta=0.4).run
    assert made.status == "diverged" and made.n_iter == 42
    assert abs(made.chains[-2]).max() <= 1e20 < abs(made.chains[-1]).max()
    assert abs(made.chains[-1, :, 0]).max() < 3  # along x nothing diverges
    # 0.8 · 3^42 = 8.8e19, and the noise adds at most η√3 (3^41 + ... + 1) = 0.35 · 3^42


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        (
            {},
            "η = 0.1, B = 1 from (1.4, 0.8): after 200 steps the cloud's radius is 0.213 along x and 0.0924 along y; "
            "the noise ball's is 0.229 along x and 0.1 along y. f is 0.0687 on average; 0.0763 is predicted.",
        ),
        (
            {"eta": 0.4},
            "η = 0.4, B = 1 from (1.4, 0.8): diverges: after 42 steps one of the 64 chains is beyond 1e20. "
            "The noise ball's radius is 0.5 along x and none along y (η ≥ 2/λ = 0.2).",
        ),
    ],
)
def test_what_is_said(settings, says):
    assert repr(explore.swarm(**settings)) == says


def test_moving_it_moves_the_words_and_the_chains():
    picture = explore.swarm()
    assert isinstance(picture, SwarmExplorer) and picture.run.chains.shape == (201, 64, 2)
    radius = picture.ball
    picture.set(batch=4)
    np.testing.assert_allclose(picture.ball, radius / 2, rtol=1e-12)
    before = picture.run.radii
    picture.set(batch=16)  # the noise is the same, half as large: and so is the cloud
    np.testing.assert_allclose(picture.run.radii[1:], before[1:] / 2, rtol=1e-9)
    picture.set(steps=3, draw=1, x0=-1)
    assert picture.run.n_iter == 3 and repr(picture).startswith("η = 0.1, B = 16 from (−1, 0.8): after 3 steps ")
    picture.w0 = (0.5, 0.25)
    assert (picture.run.chains[0] == [0.5, 0.25]).all()


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ({"mu": 0}, "mu must be"),
        ({"L": float("inf")}, "L must be"),
        ({"sigma": 0}, "sigma must be"),
        ({"eta": 0.5}, "and 0.4, got 0.5"),
        ({"batch": 0}, "batch must be"),
        ({"batch": 65}, "batch must be between 1 and 64, got 65"),
        ({"steps": 500}, "steps must be between 1 and 400"),
        ({"max_steps": 1025}, "max_steps must be between 1 and 1024"),
        ({"draws": 0}, "draws must be"),
        ({"w0": (3, 3)}, "w0 must be between -1.6 and 1.6, got 3"),
        ({"window": (-1, 1)}, "window must"),
        ({"eta_range": (1, 0.1)}, "eta_range must have its low end first"),
        ({"predict": "steps"}, "predict must be one of"),
    ],
)
def test_what_swarm_refuses(arguments, why):
    with pytest.raises(ValueError, match=re.escape(why)):
        explore.swarm(**arguments)
