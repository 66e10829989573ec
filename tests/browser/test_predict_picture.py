"""A guess before a run is seen: locked until then, by pointer and keys, skipped, linked to, printed."""

import pytest

from gdlib import explore, objectives
from tests.browser.stage import bowl, swarm, trained
from tests.browser.test_site import _sentences, _settle
from tests.gdlib.explore.test_explorer import GOALS

pytestmark = pytest.mark.browser


def end():
    return bowl(predict="end")


def steps():
    return explore.one_d("w**2/2", eta=0.5, w0=1, beside="f", predict="steps")


def regime():
    return explore.one_d(objectives.double_well(), eta=1 / 8, w0=1.7, window=(-1.8, 1.8), predict="regime")


def ball():
    return explore.regimes(eta=0.2, beta=0.86, predict="regime")


def sharpest():
    return trained(predict="end")


def widest():
    return swarm(predict="end")


MAKERS = [end, steps, regime, ball, sharpest, widest]
WAY = "() => [...document.querySelectorAll('.gd-way, .gd-beside, .gd-dots')].map((path) => path.getAttribute('d')).join('')"


def _show(page):
    page.get_by_role("button", name="Show the run").click()
    _settle(page)
    return page.locator(".gd-verdict").inner_text()


@pytest.mark.parametrize("make", MAKERS)
def test_nothing_of_the_run_is_seen_and_nothing_moves_until_a_guess_is_made(show, make):
    picture = make()
    page = show(picture)
    assert "L" not in page.evaluate(WAY)
    assert _sentences(page) == repr(picture).split(": ")[0] + "."
    assert all(field.is_disabled() for field in page.locator(".dh-slider input").all())
    assert page.get_by_role("slider", name="start, on the picture").count() == 0
    assert not page.get_by_role("button", name="▶ Play").is_visible()
    _show(page)
    assert _sentences(page) == repr(picture)
    assert "L" in page.evaluate(WAY)
    assert all(field.is_enabled() for field in page.locator(".dh-slider input").all())
    assert not page.get_by_role("button", name="Skip").is_visible()


def test_a_guessed_place_is_moved_by_keys_and_by_pointer(show):
    page = show(end())  # on the window (-2, 2) twice, so that a key is worth 0.02
    page.get_by_role("slider", name="your guess").focus()
    for key in ("Shift+ArrowRight", "ArrowRight", "Shift+ArrowUp"):
        page.keyboard.press(key)
    _settle(page)
    assert page.get_by_role("slider", name="your guess").get_attribute("aria-valuetext") == "(0.22, 0.2)"
    # x_k = (7/8)^k 1.2 and y_k = (-1/4)^k 0.5: after 30 steps at (0.0219, 0)
    assert _show(page) == "You guessed (0.22, 0.2); it ended 0.282 from there."
    page = show(end())
    box = page.locator(".gd-map image").bounding_box()
    page.mouse.click(box["x"] + 0.75 * box["width"], box["y"] + 0.25 * box["height"])
    _settle(page)
    assert _show(page).startswith("You guessed (1, 1); ")
    x, y, width, height = (float(page.locator(".gd-map image").get_attribute(n)) for n in ("x", "y", "width", "height"))
    corner, sides = page.locator(".gd-guess").get_attribute("d").removeprefix("M").split("m", 1)
    assert [float(v) for v in corner.split()] == pytest.approx([x + 0.75 * width, y + 0.25 * height], abs=1)
    assert sides == "-7 -7h14v14h-14z"  # it stays, beside the end of the run


@pytest.mark.parametrize(
    ("guess", "says"),
    [
        ("20", "You guessed 20 steps; it took 20: just so."),  # 0.5^k at most 1e-6 first at k = 20
        ("1", "You guessed 1 step; it took 20: 19 too few."),
        ("25", "You guessed 25 steps; it took 20: 5 too many."),
    ],
)
def test_a_number_of_steps(show, guess, says):
    page = show(steps())
    page.get_by_role("spinbutton", name="steps").fill(guess)
    assert _show(page) == says


@pytest.mark.parametrize(
    ("eta", "guess", "says"),
    [
        (1 / 8, "it converges", "You guessed: it converges, and so it is."),
        (4, "it converges", "You guessed: it converges, but it diverges."),
        (4, "neither", "You guessed: neither, in the steps that it has, but it diverges."),
    ],
)
def test_what_becomes_of_it(show, eta, guess, says):
    page = show(explore.one_d("w**2/2", eta=eta, w0=1.5, predict="regime"))
    page.get_by_label(guess).check()
    assert _show(page) == says


@pytest.mark.parametrize(
    ("eta", "came"),
    [
        (0.2, "it moves one way"),  # β = 0.25: the borders are 1/4, 9/4 and 5/2
        (0.25, "it moves one way"),
        (1, "it oscillates"),
        (2.25, "it alternates sides"),
        (2.4, "it alternates sides"),
        (2.5, "it does not converge"),
        (3, "it does not converge"),
    ],
)
def test_what_becomes_of_the_heavy_ball(show, eta, came):
    page = show(explore.regimes(eta=eta, beta=0.25, predict="regime"))
    assert page.locator(".gd-one-way, .gd-word, .gd-inner, .gd-panels .gd-root:not(circle)").count() == 0  # nothing is told
    guess = "it oscillates" if came != "it oscillates" else "it moves one way"
    page.get_by_label(guess).check()
    assert _show(page) == f"You guessed: {guess}, but {came}."
    assert page.locator(".gd-one-way").count() == 1


@pytest.mark.parametrize("make", MAKERS)
def test_who_skips_sees_the_run_and_no_verdict(show, make):
    picture = make()
    page = show(picture)
    page.get_by_role("button", name="Skip").click()
    _settle(page)
    assert _sentences(page) == repr(picture)
    assert page.locator(".gd-verdict").inner_text() == ""
    assert not any(page.locator(".gd-guess").evaluate_all("(all) => all.map((guess) => guess.getAttribute('d'))"))


def test_a_link_keeps_the_guess_and_whether_it_was_shown(show):
    page = show(end(), fragment="#explorer-1&guessed=0&guess_x=1&guess_y=-1")
    _settle(page)
    assert page.get_by_role("slider", name="your guess").get_attribute("aria-valuetext") == "(1, −1)"
    page = show(end(), fragment="#explorer-1&guessed=1&guess_x=1&guess_y=-1")
    _settle(page)
    assert page.locator(".gd-verdict").inner_text().startswith("You guessed (1, −1); ")
    assert all(field.is_enabled() for field in page.locator(".dh-slider input").all())


def test_paper_shows_the_run(show):
    page = show(end())
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    _settle(page)
    assert _sentences(page) == repr(end())


@pytest.mark.parametrize("make", MAKERS)
def test_no_accessibility_violation(show, make):
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(show(make())).response["violations"]
    assert [(v["id"], v["nodes"][0]["html"][:120]) for v in found] == []


@pytest.mark.parametrize(("goal", "reached"), GOALS)
def test_the_page_says_whether_a_goal_is_reached_up_to_its_ends(show, goal, reached):
    page = show(explore.one_d("w**2/2", eta=0.5, w0=1, window=(-5, 5), goal=goal))
    assert page.get_by_role("status").inner_text().endswith(" Reached." if reached else " Not yet.")


@pytest.mark.parametrize("eta", [-1.0, -0.5, -0.25, 0.0, 0.25])
def test_the_page_and_python_agree_whether_a_goal_is_reached(show, eta):
    """The exponents of eta, by which the slider moves."""
    picture = explore.one_d("w**2/2", eta=0.25, w0=1.6, goal={"steps": 12, "eta": (None, 1.1)})
    page = show(picture)
    assert page.get_by_role("status").inner_text().endswith("Not yet.")
    page.get_by_role("slider", name="learning rate η").fill(str(eta))
    picture.eta = 2.0**eta
    _settle(page)
    said = "Reached." if picture.reached else "Not yet."
    assert page.get_by_role("status").inner_text() == f"Goal: it converges in at most 12 steps, with eta at most 1.1. {said}"
