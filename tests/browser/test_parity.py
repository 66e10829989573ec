"""Python and JavaScript agree: the same run, and the same sentence about it, wherever the sliders stand."""

import json
from pathlib import Path

import numpy as np
import pytest

from gdlib import explore, objectives
from gdlib.explore.sentence import number, place

pytestmark = pytest.mark.browser

RULES = (Path(explore.__file__).parent / "rules.js").read_text(encoding="utf-8")
ETAS = [2.0**k for k in np.arange(-6, 2.01, 1 / 8)]  # every other notch of the slider
STARTS = np.linspace(-2.1, 2.1, 8).round(3).tolist()

RUN = """({ variable, javascript, etas, starts, gtol, maxIter }) => {
  const fg = new Function(variable, javascript);
  return etas.flatMap((eta) => starts.map((w0) => {
    const run = descend(fg, w0, eta, gtol, maxIter);
    return JSON.stringify([run.status, run.path.map(String), sentence(variable, eta, run, gtol)]);
  }));
}"""


@pytest.fixture(scope="module")
def rules(browser):
    page = browser.new_page()
    page.add_script_tag(content=RULES)
    yield page
    page.close()


def _compare(rules, function, exact):
    picture = explore.one_d(function, eta=1.0, w0=1.0, window=(-2.2, 2.2))
    p = picture._picture
    theirs = rules.evaluate(RUN, {
        "variable": p.variable, "javascript": p.javascript, "etas": ETAS, "starts": STARTS,
        "gtol": p.gtol, "maxIter": p.max_iter,
    })  # fmt: skip
    statuses = set()
    for text, (eta, w0) in zip(theirs, ((eta, w0) for eta in ETAS for w0 in STARTS), strict=True):
        status, path, said = json.loads(text)
        p.eta, p.w0 = eta, w0
        run, where = picture.run, f"eta = {eta}, w0 = {w0}"
        path = np.array(path, dtype=float)
        statuses.add(status)
        assert status == run.status, where
        if exact:
            np.testing.assert_array_equal(path, run.path[:, 0], err_msg=where)
        elif status == "gtol":  # beyond convergence, exp and its like may differ in the last digit and grow
            np.testing.assert_allclose(path, run.path[:, 0], rtol=1e-12, atol=1e-15, err_msg=where)
        if exact or status != "max_iter":
            assert said == picture._describe(run), where
    return statuses


@pytest.mark.parametrize(
    ("function", "statuses"),
    [
        (objectives.parabola(), {"gtol", "diverged", "max_iter"}),
        (objectives.parabola(curvature=3.0, minimiser=0.5), {"gtol", "diverged"}),
        (objectives.parabola(curvature=-0.7), {"diverged", "max_iter"}),
        (objectives.double_well(), {"gtol", "diverged", "max_iter"}),
        ("x**4", {"gtol", "diverged", "max_iter"}),
        ("w**3", {"gtol", "diverged", "max_iter"}),
        ("-1.1*x**2 + 3.2*x**3/3", {"gtol", "diverged", "max_iter"}),
        ("abs(w)", {"gtol", "max_iter"}),
        ("w/(1 + w**2)", {"max_iter"}),
    ],
    ids=str,
)
def test_algebra_agrees_to_the_last_bit(rules, function, statuses):
    assert _compare(rules, function, exact=True) >= statuses


@pytest.mark.parametrize("formula", ["exp(w) - 2*w", "cosh(w)", "log(cosh(w)) + w**2/8", "exp(w**2)"])
def test_other_functions_agree_where_the_run_converges(rules, formula):
    assert "gtol" in _compare(rules, formula, exact=False)


def test_a_start_outside_the_domain(rules):
    picture = explore.one_d("log(w)**2", eta=0.5, w0=2.0)
    p = picture._picture
    p.w0 = -1.0
    [text] = rules.evaluate(RUN, {
        "variable": "w", "javascript": p.javascript, "etas": [0.5], "starts": [-1.0], "gtol": 1e-6, "maxIter": 10,
    })  # fmt: skip
    status, _, said = json.loads(text)
    assert (status, said) == ("undefined", repr(picture))


def test_numbers_are_written_the_same(rules):
    rng = np.random.default_rng(0)
    xs = [0.0, -0.0, 0.0625, 1.0005, 2.5, 9.995, 99999.4, 1e5, 1e20, -1e-7, 0.5 * 2.0**-10]
    xs += (rng.choice([-1, 1], 5000) * 10 ** rng.uniform(-9, 22, 5000)).tolist()
    xs += (rng.integers(-(2**12), 2**12, 5000) / 2**12).tolist()  # many ties
    theirs = rules.evaluate("(xs) => xs.map((x) => [number(x), place(x)])", xs)
    differ = [(x, t) for x, t in zip(xs, theirs, strict=True) if t != [number(x), place(x)]]
    assert not differ, differ[:5]
