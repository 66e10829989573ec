"""The player on pages of our own: widgets it knows, widgets it does not, links between them."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import expect

from press.stage import AWAKE

pytestmark = pytest.mark.browser

PLAYER, STYLE = (Path(__file__).parents[2] / "_static" / name for name in ("player.js", "player.css"))
ECHO = """export default { render({ model, el }) {
  const show = () => { el.textContent = "value " + model.get("v"); };
  model.on("change:v", show); show();
} }"""


def player_page(browser, models, shown):
    """A page that shows the widgets named in `shown`, with the player on it."""
    state = {
        key: {"model_name": name, "model_module": "m", "model_module_version": "1", "state": state}
        for key, (name, state) in models.items()
    }
    views = "".join(
        f'<div class="dh-explorer"><img alt="still" width="20" height="20"><script type="application/vnd.jupyter.widget-view+json">'
        f"{json.dumps({'model_id': key})}</script></div>"
        for key in shown
    )
    saved = json.dumps({"version_major": 2, "version_minor": 0, "state": state})
    page = browser.new_page()
    page.errors = []
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.set_content(
        f'<html><body>{views}<script type="application/vnd.jupyter.widget-state+json">{saved}</script>'
        f"<style>{STYLE.read_text(encoding='utf-8')}</style><script>{PLAYER.read_text(encoding='utf-8')}</script></body></html>"
    )
    page.wait_for_selector("html[data-player=ready]", state="attached")
    page.evaluate(AWAKE)
    return page


SLIDER = {"value": 2.0, "min": 0.0, "max": 5.0, "step": 0.5, "description": "speed", "readout_format": ".2f"}


LABELLED = {
    "s": ("FloatSliderModel", dict(SLIDER)),
    "t": ("LabelModel", {"value": "2"}),
    "l": ("LinkModel", {"source": ["IPY_MODEL_s", "value"], "target": ["IPY_MODEL_t", "value"]}),
    "box": ("VBoxModel", {"children": ["IPY_MODEL_s", "IPY_MODEL_t"]}),
}
MOVED = {
    "s": ("FloatSliderModel", dict(SLIDER)),
    "p": ("AnyModel", {"_esm": ECHO, "v": 2.0}),
    "l": ("LinkModel", {"source": ["IPY_MODEL_s", "value"], "target": ["IPY_MODEL_p", "v"]}),
    "b": ("VBoxModel", {"children": ["IPY_MODEL_s", "IPY_MODEL_p"]}),
}


def test_an_unknown_widget_is_said_in_its_place_and_the_rest_lives(browser):
    page = player_page(
        browser,
        {**MOVED, "a": ("DatePickerModel", {}), "c": ("VBoxModel", {"children": ["IPY_MODEL_s", "IPY_MODEL_a"]})},
        ["a", "b", "c", "gone"],
    )
    sorry = page.locator(".dh-sorry").all_inner_texts()
    assert sorry == [
        "This part of the page is not live: DatePickerModel is not known here. Run the notebook to use it.",
        "This part of the page is not live: DatePickerModel is not known here. Run the notebook to use it.",
        "This part of the page is not live: a widget that was not saved is not known here. Run the notebook to use it.",
    ]
    page.get_by_role("slider", name="speed").fill("4.5")  # there is one: no dead one beside what could not be drawn
    assert page.get_by_text("value 4.5").is_visible()
    assert page.errors == []
    # where a part is not known, the still of the whole stays
    assert page.locator(".dh-alive").count() == 1
    assert [image.is_visible() for image in page.get_by_alt_text("still").all()] == [True, False, True, True]


def test_a_broken_script_is_said_and_the_rest_lives(browser):
    page = player_page(
        browser,
        {
            "x": ("AnyModel", {"_esm": "export default { render() { throw new Error('no ink left'); } }"}),
            "p": ("AnyModel", {"_esm": ECHO, "v": 7}),
        },
        ["x", "p"],
    )
    assert page.locator(".dh-sorry").inner_text().startswith("This part of the page is not live: no ink left.")
    assert page.get_by_text("value 7").is_visible()


@pytest.mark.parametrize(("link", "returns"), [("LinkModel", True), ("DirectionalLinkModel", False)])
def test_links_go_both_ways_or_one(browser, link, returns):
    page = player_page(
        browser,
        {
            "s": ("FloatSliderModel", dict(SLIDER)),
            "t": ("FloatSliderModel", {**SLIDER, "description": "echo"}),
            "l": (link, {"source": ["IPY_MODEL_s", "value"], "target": ["IPY_MODEL_t", "value"]}),
        },
        ["s", "t"],
    )
    speed, echo = (page.get_by_role("slider", name=name) for name in ("speed", "echo"))
    speed.fill("3")
    assert echo.input_value() == "3"
    echo.fill("1")
    assert speed.input_value() == ("1" if returns else "3")


def test_a_logarithmic_slider_tells_the_value_not_the_exponent(browser):
    state = {**SLIDER, "value": 0.1, "base": 10.0, "min": -3.0, "max": 1.0, "step": 0.1, "readout_format": ".3g"}
    page = player_page(browser, {"s": ("FloatLogSliderModel", state)}, ["s"])
    slider = page.get_by_role("slider", name="speed")
    assert slider.get_attribute("aria-valuetext") == "0.1"
    slider.fill("0.5")
    assert slider.get_attribute("aria-valuetext") == "3.16"  # 10^0.5
    expect(page.get_by_label("speed, exact")).to_have_value("3.16")  # it follows once the slider has been told


def test_the_box_follows_a_slider_that_moves_fast(browser):
    page = player_page(browser, {"s": ("FloatSliderModel", dict(SLIDER))}, ["s"])
    page.get_by_role("slider", name="speed").evaluate("""(slider) => {
      for (const value of [1, 2, 3, 4]) {
        slider.value = value;
        slider.dispatchEvent(new Event("input"));
      }
    }""")
    page.wait_for_function("Number(document.querySelector('input[type=text]').value) === 4", timeout=5000)


INTEGER = {**SLIDER, "value": 3, "max": 9, "step": 1, "readout_format": "d"}


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("0,3", 0.3),
        ("0.3", 0.3),
        (" 2,50 ", 2.5),
        (",5", 0.5),
        ("3e-1", 0.3),
        ("3,0E-1", 0.3),
        ("+1", 1),
        ("−1,5", -1.5),
        ("-1.5", -1.5),
    ],
)
def test_a_number_is_read_as_people_write_it(browser, typed, value):
    page = player_page(browser, {**MOVED, "s": ("FloatSliderModel", {**SLIDER, "min": -2.0})}, ["b"])
    box = page.get_by_label("speed, exact")
    box.press("Control+a")
    box.press_sequentially(typed)
    page.keyboard.press("Enter")
    assert page.get_by_text(f"value {value}", exact=True).is_visible()
    assert page.get_by_role("alert").inner_text() == ""
    box.blur()
    assert box.input_value() == f"{value:.2f}"
    assert box.get_attribute("aria-invalid") in (None, "false")


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("much", "“much” is not a number"),
        ("1/4", "“1/4” is not a number"),
        ("1,000.5", "“1,000.5” is not a number"),
        ("0;3", "“0;3” is not a number"),
        ("1e", "“1e” is not a number"),
        ("Infinity", "“Infinity” is not a number"),
        ("7", "“7” is not between 0 and 5"),
        ("1e999", "“1e999” is not between 0 and 5"),
    ],
)
def test_what_cannot_be_read_is_refused_for_eyes_and_ears(browser, typed, why):
    page = player_page(browser, MOVED, ["b"])
    box, told = page.get_by_label("speed, exact"), page.get_by_role("alert")
    border = "(box) => getComputedStyle(box).borderColor"
    before = box.evaluate(border)
    box.fill(typed)
    assert box.get_attribute("aria-invalid") == "true" and box.evaluate(border) != before
    assert told.inner_text() == ""  # not yet: it may be half of a number
    page.wait_for_function("() => document.querySelector('[role=alert]').textContent")  # though no key says that it is done
    box.press("Enter")
    assert told.inner_text() == f"{why}. It stays at 2.00."
    assert told.is_visible() and told.get_attribute("id") == box.get_attribute("aria-describedby")
    assert page.get_by_text("value 2", exact=True).is_visible()
    box.blur()
    assert (box.input_value(), box.get_attribute("aria-invalid")) == ("2.00", None)
    assert told.is_visible()  # until something is put right
    page.get_by_role("slider", name="speed").fill("3")
    assert told.inner_text() == ""


def test_a_slider_of_whole_numbers_takes_whole_numbers(browser):
    page = player_page(browser, {**MOVED, "s": ("IntSliderModel", INTEGER)}, ["b"])
    box = page.get_by_label("speed, exact")
    box.fill("2,5")
    box.press("Enter")
    assert page.get_by_role("alert").inner_text() == "“2,5” is not a whole number. It stays at 3."
    box.fill("4")
    assert page.get_by_text("value 4", exact=True).is_visible()
