"""The mystery run in a browser: which run a number picks, its words and curves, the switches, the answer, and the link that holds them."""

import json
import re
from math import log10

import pytest

from gdlib import explore
from gdlib.explore.clinic import CASES, INSTRUMENTS, LABELS, cases, clinic_words, curve, picked
from tests.browser.stage import mystery
from tests.browser.test_site import _sentences, _settle

pytestmark = pytest.mark.browser

RUNS = cases()["runs"]
NAMES = [run["name"] for run in RUNS]
# of one state what is said, as numbers, switches and answers change
SAID = """([saved, asked]) => asked.map((moved) => {
  const state = stateOf((name) => moved[name] ?? saved[name], {});
  update(state);
  return state.sentences[0];
})"""
BOX = "(svg) => ['x', 'y', 'width', 'height'].map((name) => Number(svg.querySelector('clipPath rect').getAttribute(name)))"
SCREENS = {"accuracy": 1, "held_accuracy": 1, "ratio": 2, "gradient": 3, "weights": 4}


def lines(panel):
    """The curves of a panel that is on, in pixels; the healthy run's first."""
    paths = panel.locator("g[clip-path] > path").evaluate_all("(all) => all.map((path) => path.getAttribute('d'))")
    return [[tuple(map(float, spot.split())) for spot in re.split("[ML]", d)[1:]] for d in paths if d.count("L") > 1]


def switch(page, name):
    return page.get_by_role("checkbox", name=LABELS[name], exact=True)


def name_it(page, fault):
    page.get_by_role("combobox", name="What is wrong?").select_option(fault)
    page.get_by_role("button", name="Name it").click()
    _settle(page)


def test_a_number_picks_the_same_run_in_both_languages(script):
    theirs = script.evaluate(f"() => Array.from({{ length: {CASES} }}, (_, number) => pickedBy(number, {len(RUNS)}))")
    assert theirs == [picked(number, len(RUNS)) for number in range(CASES)]


@pytest.mark.parametrize("on", [[], INSTRUMENTS, INSTRUMENTS[::2]], ids=["none", "all", "some"])
def test_every_answer_to_every_run_is_the_same_to_the_last_word(script, on):
    asked = [(number, named) for number in range(21) for named in range(len(RUNS) + 1)]
    moved = [{"case": number, "named": named} for number, named in asked]
    saved = json.loads(json.dumps(explore.clinic(on=on)._still_state(), sort_keys=True))  # as in a notebook
    theirs = script.evaluate(SAID, [saved, moved])
    assert theirs == [clinic_words(number, on, named) for number, named in asked]


def test_what_is_off_is_dark_and_a_switch_is_turned_by_keys(show):
    page = show(explore.clinic(6))
    panels = page.locator(".gd-panels svg")
    assert panels.get_by_text("off", exact=True).count() == 4 and len(lines(panels.nth(0))) == 2
    for name in INSTRUMENTS:
        switch(page, name).focus()
        page.keyboard.press("Space")
        _settle(page)
        assert f"{LABELS[name]}: " in _sentences(page)
        if name in SCREENS:
            assert len(lines(panels.nth(SCREENS[name]))) == 2 + (name == "held_accuracy")
    assert _sentences(page) == repr(explore.clinic(6, on=INSTRUMENTS))
    assert panels.get_by_text("off", exact=True).count() == 0 and len(lines(panels.nth(0))) == 4
    for name in ("whole", "ratio"):
        switch(page, name).press("Space")
    _settle(page)
    assert _sentences(page) == repr(explore.clinic(6, on=[name for name in INSTRUMENTS if name not in ("whole", "ratio")]))
    assert panels.nth(SCREENS["ratio"]).get_by_text("off", exact=True).count() == 1


@pytest.mark.parametrize("number", [6, 8, 12, 14])
def test_the_losses_stand_where_they_are_on_the_logarithmic_axis(show, number):
    """Two of the axis's powers of ten give the scale; the run of 14 is not a number after its first reading."""
    page, run = show(explore.clinic(number, on=["whole"])), RUNS[picked(number, len(RUNS))]
    panel = page.locator(".gd-panels svg").first
    powers = panel.locator(".gd-axes text").evaluate_all(
        "(all) => all.map((t) => [t.textContent, Number(t.getAttribute('y')) - 4])"
    )
    digits = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
    heights = sorted((int(text[2:].translate(digits)), y) for text, y in powers if re.match("10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]", text))
    (low, bottom), (high, top) = heights[0], heights[-1]
    x, _, width, _ = panel.evaluate(BOX)
    drawn = panel.locator(".gd-beside").evaluate_all("(all) => all.map((path) => path.getAttribute('d'))")
    for name, d in zip(("printed", "whole"), drawn):
        spots = [tuple(map(float, spot.split())) for spot in re.split("[ML]", d)[1:]]
        values = [(k * run["apart"], v) for k, v in enumerate(curve(run, name)) if v == v]
        assert len(spots) <= len(values)  # places that fall together are drawn once
        for epoch, value in (values[0], values[-1]):
            place = x + epoch / 10 * width, bottom + (log10(value) - low) / (high - low) * (top - bottom)
            assert min(abs(px - place[0]) + abs(py - place[1]) for px, py in spots) < 0.5


def test_a_fault_is_named_by_keys_and_the_verdict_is_spoken(show):
    page = show(explore.clinic(9, on=["ratio"]))
    fault = NAMES[picked(9, len(NAMES))]
    wrong = NAMES.index("η / 1000") + 1
    chosen = page.get_by_role("combobox", name="What is wrong?")
    chosen.focus()
    for _ in range(wrong):
        page.keyboard.press("ArrowDown")
    assert "You say" not in _sentences(page)  # to look through the list is no answer
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    _settle(page)
    assert _sentences(page) == clinic_words(9, ["ratio"], wrong)
    assert "“η / 1000”. No. What tells the two apart: ‖step‖/‖w‖. " in _sentences(page)
    page.wait_for_function("() => document.querySelector('.gd-spoken').textContent.includes('What tells the two apart')")
    name_it(page, fault)
    assert f"You say “{fault}”. Right: its line is " in _sentences(page)


def test_another_run_takes_the_answer_back(show):
    page = show(mystery())
    name_it(page, "sign")
    page.get_by_role("slider", name="case number").press("ArrowRight")
    _settle(page)
    assert _sentences(page).startswith("Case 7. ") and "You say" not in _sentences(page)
    assert page.get_by_role("combobox", name="What is wrong?").input_value() == "choose"
    assert switch(page, "whole").is_checked()


def test_a_link_holds_the_run_the_instruments_and_the_answer_and_does_not_name_the_fault(show):
    page = show(explore.clinic(1))
    page.get_by_role("textbox", name="case number, exact").fill("314")
    page.get_by_role("textbox", name="case number, exact").press("Enter")
    switch(page, "gradient").check()
    name_it(page, "η × 100")
    page.get_by_role("button", name="Copy link to this picture").click()
    link = page.evaluate("location.hash")
    assert (
        "case=314&" in link
        and "&gradient=1&" in link
        and "&weights=0&" in link
        and link.endswith(f"named={1 + NAMES.index('η × 100')}")
    )
    again = show(explore.clinic(1), fragment=link)
    _settle(again)
    assert _sentences(again) == _sentences(page) == clinic_words(314, ["gradient"], 1 + NAMES.index("η × 100"))
    assert switch(again, "gradient").is_checked() and not switch(again, "weights").is_checked()
    assert again.get_by_role("combobox", name="What is wrong?").input_value() == "η × 100"
    short = show(explore.clinic(1), fragment="#explorer-1&case=314&gradient=1")
    _settle(short)
    assert _sentences(short) == clinic_words(314, ["gradient"], 0)


def test_the_readings_as_a_table(show):
    page, run = show(mystery()), RUNS[picked(6, len(RUNS))]
    page.get_by_text("The run as a table").click()
    page.locator(".gd-table tr").first.wait_for()
    rows = [row.split("\t") for row in page.locator(".gd-table tr").all_inner_texts()]
    assert rows[0] == ["Epoch", *(LABELS[name] for name in ("printed", "whole", "accuracy", "gradient"))]
    assert [float(row[0]) for row in rows[1:]] == pytest.approx([3 * k * run["apart"] for k in range(8)], abs=0.005)
    for k, row in enumerate(rows[1:]):
        values = [curve(run, name)[3 * k] for name in ("printed", "whole", "accuracy", "gradient")]
        assert [float(cell) for cell in row[1:]] == pytest.approx(values, rel=1e-6)


def test_played_reading_by_reading_the_curves_grow(show):
    page = show(mystery())
    for wanted in (1, 2, 3):
        page.get_by_role("button", name="Next step").click()
        _settle(page)
        for panel in (0, 3):
            curve_ = page.locator(".gd-panels svg").nth(panel).locator(".gd-beside.gd-run-1").first
            assert len(re.findall("[ML]", curve_.get_attribute("d"))) == wanted


@pytest.mark.parametrize("width", [390, 1000])
def test_four_screens_stand_two_by_two(show, width):
    page = show(mystery(), viewport={"width": width, "height": 900})
    boxes = [panel.bounding_box() for panel in page.locator(".gd-panels svg").all()]
    main, a, b, c, d = boxes
    assert a["y"] == b["y"] == main["y"] + main["height"] and c["y"] == d["y"] == a["y"] + a["height"]
    assert a["x"] == c["x"] == main["x"] and b["x"] == d["x"] == a["x"] + a["width"]
    assert b["x"] + b["width"] == pytest.approx(main["x"] + main["width"], abs=1)
    assert page.evaluate("document.scrollingElement.scrollWidth") <= width
