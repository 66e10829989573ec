"""The network that the page trains is gdlib's: its first weights to the last bit, its loss and its steps to many digits, and where
it ends as exactly as rounding lets anyone know."""

import numpy as np
import pytest

from gdlib import explore, models
from gdlib.derivatives import sharpness
from gdlib.explore.network import RULES, largest_curvature
from tests.browser.pointer import drag
from tests.browser.stage import told_apart, trained
from tests.browser.test_site import _sentences, _settle

pytestmark = pytest.mark.browser

X8 = np.linspace(-1, 1, 8)
MADE = """(saved) => {
  const state = stateOf((name) => saved[name], {});
  update(state);
  const [{ path, values, status, sharpness }] = state.results;
  return { path: path.map((w) => [...w].map(String)), values: values.map(String), status, sharpness, said: state.sentences[0] };
}"""
# the loss, its gradient and the sharpness at many weights
AT = """([saved, places]) => {
  const state = stateOf((name) => saved[name], {});
  update(state);
  const { made } = state.net;
  return places.map((w) => {
    const g = new Float64Array(w.length), at = Float64Array.from(w), loss = made.lossOf(at, g);
    return [loss, [...g], sharpnessAt(made, at), [...made.network.outputsAt(at, state.net.inputs === 1 ? [0.3] : [0.3, -0.2])]];
  });
}"""


def sine(**options):
    return explore.network(X8, np.sin(4 * X8), **{"draw": 21, "eta_range": (0.02, 1), "max_steps": 2000, **options})


def tilted(**options):
    """With no symmetry: there the gradient of a bias would be rounding alone, and Adam would divide it by its own size."""
    return explore.network(X8, np.sin(4 * X8) + X8**2 - 0.3, **{"eta_range": (0.02, 1), **options})


def ring(**options):
    """Two classes, one around the other."""
    angles = np.arange(6) * np.pi / 3
    outer = 1.5 * np.column_stack([np.cos(angles), np.sin(angles)])
    inner = [(0, 0), (0.3, 0.2), (-0.4, 0.1), (0.1, -0.5)]
    return explore.network([*inner, *outer.round(2)], [0] * 4 + [1] * 6, **options)


def made(script, picture):
    told = script.evaluate(MADE, picture._still_state())
    return {**told, "path": np.array(told["path"], float), "values": np.array(told["values"], float)}


@pytest.mark.parametrize("units", [1, 2, 8, 12])
@pytest.mark.parametrize("make", [sine, ring])
def test_loss_gradient_outputs_and_sharpness_agree(script, make, units):
    picture = make(units=units, steps=1)
    net, f, rng = picture.network, picture.f, np.random.default_rng(units)
    places = [scale * rng.normal(size=picture.w0.size) for scale in (0.1, 1, 3)]
    asked = [picture._still_state(), [w.tolist() for w in places]]
    for w, (loss, slope, sharp, outputs) in zip(places, script.evaluate(AT, asked), strict=True):
        assert loss == pytest.approx(f(w), rel=1e-12)
        np.testing.assert_allclose(slope, f.grad(w), rtol=1e-9, atol=1e-12 * max(1, abs(f.grad(w)).max()))
        np.testing.assert_allclose(outputs, net(w, [[0.3, -0.2][: net.sizes[0]]])[0], rtol=1e-12, atol=1e-12)
        assert sharp == pytest.approx(largest_curvature(f, w), rel=1e-5, abs=1e-6)
        found = sharpness(f.grad, w, tol=1e-4, max_iter=3000)
        assert sharp == pytest.approx(found.value, abs=2 * found.residual + 1e-6)


@pytest.mark.parametrize("make", [sine, ring])
def test_every_draw_begins_with_the_same_bits(script, make):
    picture = make(steps=1)
    for draw in range(24):
        units = 1 + draw % 12
        picture.set(draw=draw, units=units)
        mlp = models.MLP((1, units, 1) if make is sine else (2, units, 2))
        np.testing.assert_array_equal(made(script, picture)["path"][0], mlp.init(seed=draw))


@pytest.mark.parametrize("rule", range(len(RULES)), ids=list(RULES))
@pytest.mark.parametrize("make", [tilted, ring])
def test_the_first_steps_of_every_rule_agree(script, make, rule):
    for eta in (0.02, 0.1, 0.4):
        for draw in (0, 7, 21):
            picture = make(eta=eta, draw=draw, steps=20, rule=list(RULES)[rule])
            theirs, ours = made(script, picture), picture.run
            assert theirs["status"] == ours.status == "max_iter"
            np.testing.assert_allclose(theirs["path"], ours.path, rtol=1e-8, atol=1e-9)
            np.testing.assert_allclose(theirs["values"], ours.values, rtol=1e-8)
            assert theirs["said"] == repr(picture)


@pytest.mark.parametrize("make", [lambda: sine(eta=0.1, steps=2000), lambda: ring(eta=1 / 4, steps=1000)])
def test_below_the_edge_they_agree_to_the_end(script, make):
    picture = make()
    theirs, ours = made(script, picture), picture.run
    assert (np.diff(ours.values) < 0).all()  # the hypothesis: never beyond the edge, where rounding would grow
    np.testing.assert_allclose(theirs["path"], ours.path, rtol=1e-7, atol=1e-8)
    np.testing.assert_allclose(theirs["values"], ours.values, rtol=1e-7)
    assert theirs["said"] == repr(picture)


@pytest.mark.parametrize("eta", [0.3, 0.4, 0.5, 0.6, 0.7, 0.8])
def test_at_the_edge_both_end_at_two_over_eta(script, eta):
    """Rounding errors grow there, and the runs part: what is alike is where the sharpness ends, and that the loss rises."""
    picture = sine(eta=eta, steps=2000)
    theirs, ours = made(script, picture), picture.run
    rises = [np.count_nonzero(np.diff(values) > 0) for values in (theirs["values"], ours.values)]
    assert min(rises) > 100
    assert theirs["sharpness"][1] * eta / 2 == pytest.approx(1, abs=0.1)
    assert picture.sharpness * eta / 2 == pytest.approx(1, abs=0.1)
    first = int(np.argmax(np.diff(ours.values) > 0))  # up to there it is the same run
    np.testing.assert_allclose(theirs["values"][: first // 2], ours.values[: first // 2], rtol=1e-6)
    assert theirs["said"] == repr(picture)


def test_beyond_it_both_diverge(script):
    picture = sine(eta=1, steps=2000)
    theirs, ours = made(script, picture), picture.run
    assert theirs["status"] == ours.status == "diverged"
    assert abs(len(theirs["path"]) - len(ours.path)) < 60
    assert theirs["said"] == repr(picture)
    picture.set(steps=5)  # before that
    assert made(script, picture)["said"] == repr(picture)


# --- on the page


def heavy():
    return sine(units=12, steps=2000)


def test_a_long_training_goes_on_from_frame_to_frame(show):
    """On a slow machine, where a step takes 1/256 of a millisecond: the end is the same."""
    slow = "window.clock = 0; Date.now = () => window.clock += 1 / 256;"
    page = show(heavy(), before=f"{slow} window.requestAnimationFrame = (f) => (window.frame = f, 1)")
    frame = """() => {
      const f = window.frame;
      window.frame = undefined;
      f?.();
      return [Boolean(window.frame), document.querySelectorAll("div.gd-unfinished").length];
    }"""
    for step in (511, 1022, 1533):  # the clock is asked once more than it makes steps
        assert _sentences(page).endswith(f"steps of gradient descent: step {step}, and still training.")
        more = page.evaluate(frame)
        assert more == ([False, 0] if step == 1533 else [True, 1])
    assert _sentences(page) == repr(heavy())


def test_what_waits_for_a_guess_is_not_trained(show):
    page = show(
        sine(eta=0.4, steps=2000, predict="end"),
        before="Math.tanh = ((f) => (z) => (window.made = (window.made ?? 0) + 1, f(z)))(Math.tanh)",
    )
    assert page.evaluate("window.made") < 20_000  # the curve at the start, its loss, its sharpness; a training takes 128,000
    page.get_by_role("button", name="Show the run").click()
    _settle(page)
    assert page.evaluate("window.made") > 128_000


@pytest.mark.parametrize("pointer", ["mouse", "keys", "touch"])
@pytest.mark.parametrize("make", [trained, told_apart])
def test_a_point_is_dragged_and_the_network_is_trained_anew(show, make, pointer):
    picture = make()
    page = show(picture, has_touch=True)
    before, name = _sentences(page), f"point 2{', class 0' if make is told_apart else ''}"
    point = page.get_by_role("slider", name=name)
    box = point.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    if pointer == "mouse":
        drag(page, point, 20, -30)
    elif pointer == "keys":
        point.focus()
        page.keyboard.press("Shift+ArrowUp")
        page.keyboard.press("ArrowRight")
    else:
        touch = page.context.new_cdp_session(page)
        for kind, up in (("touchStart", 0), ("touchMove", 15), ("touchMove", 30), ("touchEnd", None)):
            points = [] if up is None else [{"x": x + 10, "y": y - up}]
            touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    _settle(page)
    assert _sentences(page) != before
    told = point.get_attribute("aria-valuetext").replace("−", "-").strip("()").split(", ")
    points = picture.points.copy()
    assert [float(v) for v in told] != pytest.approx(points[1].tolist())
    points[1] = [float(v) for v in told]
    picture.points = points
    assert _sentences(page) == repr(picture)


def test_a_point_at_almost_nothing_is_told_as_a_number(show):
    """Accessibility has no powers of ten."""
    page = show(explore.network([0, 1e-17, 1], [0, 1, 0], units=1, steps=5, draws=2))
    told = page.locator(".gd-panels [role=slider]").evaluate_all(
        "(all) => all.map((one) => one.getAttribute('aria-valuenow'))"
    )
    assert told == ["0", "0", "1"]


def test_another_rule_is_chosen_and_a_link_holds_it(show):
    page, picture = show(trained()), trained()
    assert page.get_by_role("radio", name="gradient descent").is_checked()
    for index, name in ((1, "momentum"), (2, "Adam")):
        page.get_by_role("radio", name=name).check()
        _settle(page)
        picture.set(rule=index)
        assert _sentences(page) == repr(picture)
        lines = page.locator(".gd-panels svg").nth(1).locator(".gd-diagonal").get_attribute("d")
        assert bool(lines) == (name == "momentum")  # Adam has no such line
    page.get_by_role("button", name="Copy link to this picture").click()
    again = show(trained(), fragment=page.evaluate("location.hash"))
    _settle(again)
    assert again.get_by_role("radio", name="Adam").is_checked() and _sentences(again) == repr(picture)


def test_a_rate_that_is_moved_while_it_plays_changes_the_training_from_there(show):
    page = show(trained(), before="window.setInterval = (f) => (window.tick = f, 1)")
    page.get_by_role("button", name="▶ Play").click()
    for _ in range(20):
        page.evaluate("window.tick()")
    _settle(page)
    page.get_by_role("slider", name="learning rate η").press("ArrowRight")
    _settle(page)
    assert _sentences(page).endswith(" At step 40 η went from 0.25 to 0.261.")


def test_the_sharpness_is_measured_from_coarse_to_fine_and_drawn(show):
    picture = sine(eta=0.1, steps=2000)
    page = show(picture)
    drawn = "() => document.querySelectorAll('.gd-panels svg')[1].querySelector('.gd-beside').getAttribute('d')"
    page.wait_for_function(f"() => ({drawn})().split('L').length === 97")
    spots = [tuple(map(float, spot.split())) for spot in page.evaluate(drawn).removeprefix("M").split("L")]
    line = page.locator(".gd-panels svg").nth(1).locator(".gd-diagonal").get_attribute("d").split("L")[0].split()
    run, f = picture.run, picture.f
    ys = [y for _, y in spots]
    told = [largest_curvature(f, run.path[k]) for k in (0, 1000, 2000)]
    # pixels are linear in the sharpness: two of its places and the line at 20 give a third
    scale = (ys[0] - float(line[1])) / (20 - told[0])
    assert ys[48] == pytest.approx(ys[0] - scale * (told[1] - told[0]), abs=0.3)
    assert ys[96] == pytest.approx(ys[0] - scale * (told[2] - told[0]), abs=0.3)


def test_a_guess_of_the_sharpness_is_held_against_where_it_ends(show):
    page = show(sine(eta=0.1, steps=500, predict="end"))
    assert page.locator(".gd-predict p").inner_text() == (
        "Where will the sharpness end? Move the square to your guess, by pointer or by arrow keys."
    )
    guess = page.get_by_role("slider", name="your guess")
    box = guess.bounding_box()
    drag(page, guess, 0, 30)
    moved = guess.bounding_box()
    assert moved["y"] == pytest.approx(box["y"] + 30, abs=2) and moved["x"] == box["x"]
    page.locator(".gd-panels svg").first.click()  # is no place for a guess
    guess.focus()
    for _ in range(3):
        page.keyboard.press("ArrowDown")
    _settle(page)
    mine = guess.get_attribute("aria-valuetext")
    page.get_by_role("button", name="Show the run").click()
    _settle(page)
    assert page.locator(".gd-verdict").inner_text() == f"You guessed {mine}; it ended at {_ending(0.1, 500)}."
    assert page.locator(".gd-guess").get_attribute("d")


def _ending(eta, steps):
    return f"{sine(eta=eta, steps=steps).sharpness:.3g}"


def test_the_training_as_a_table(show):
    picture = trained()
    page = show(picture)
    page.get_by_text("The training as a table").click()
    page.locator(".gd-table tr").first.wait_for()  # the table is filled when the browser tells that it is open
    rows = [row.split("\t") for row in page.locator(".gd-table tr").all_inner_texts()]
    assert rows[0] == ["step", "loss"]
    assert [row[0] for row in rows[1:]] == [str(15 * k) for k in range(11)]
    for k, loss in rows[1:]:
        assert float(loss.replace("−", "-")) == pytest.approx(picture.run.values[int(k)], rel=1e-4)
