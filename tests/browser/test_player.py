"""The player on pages of our own: widgets it knows, widgets it does not, links between them."""

import json
from pathlib import Path

import pytest

pytestmark = pytest.mark.browser

PLAYER = Path(__file__).parents[2] / "_static" / "player.js"
ECHO = """export default { render({ model, el }) {
  const show = () => { el.textContent = "value " + model.get("v"); };
  model.on("change:v", show); show();
} }"""


def _page(browser, models, shown):
    """A page that shows the widgets named in `shown`, with the player on it."""
    state = {
        key: {"model_name": name, "model_module": "m", "model_module_version": "1", "state": state}
        for key, (name, state) in models.items()
    }
    views = "".join(
        f'<div class="dh-explorer"><img alt="still"><script type="application/vnd.jupyter.widget-view+json">'
        f"{json.dumps({'model_id': key})}</script></div>"
        for key in shown
    )
    saved = json.dumps({"version_major": 2, "version_minor": 0, "state": state})
    page = browser.new_page()
    page.errors = []
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.set_content(
        f'<html><body>{views}<script type="application/vnd.jupyter.widget-state+json">{saved}</script>'
        f"<script>{PLAYER.read_text(encoding='utf-8')}</script></body></html>"
    )
    page.wait_for_selector("html[data-player=ready]", state="attached")
    return page


SLIDER = {"value": 2.0, "min": 0.0, "max": 5.0, "step": 0.5, "description": "speed", "readout_format": ".2f"}


def test_an_unknown_widget_is_said_in_its_place_and_the_rest_lives(browser):
    page = _page(
        browser,
        {
            "a": ("DatePickerModel", {}),
            "s": ("FloatSliderModel", dict(SLIDER)),
            "p": ("AnyModel", {"_esm": ECHO, "v": 2.0}),
            "l": ("LinkModel", {"source": ["IPY_MODEL_s", "value"], "target": ["IPY_MODEL_p", "v"]}),
            "b": ("VBoxModel", {"children": ["IPY_MODEL_s", "IPY_MODEL_p", "IPY_MODEL_a"]}),
        },
        ["a", "b", "gone"],
    )
    sorry = page.locator(".dh-sorry").all_inner_texts()
    assert sorry == [
        "This part of the page is not live: DatePickerModel is not known here. Run the notebook to use it.",
        "This part of the page is not live: DatePickerModel is not known here. Run the notebook to use it.",
        "This part of the page is not live: a widget that was not saved is not known here. Run the notebook to use it.",
    ]
    page.get_by_role("slider", name="speed").fill("4.5")
    assert page.get_by_text("value 4.5").is_visible()
    assert page.errors == []
    # where the whole is not known, the still stays
    assert page.locator(".dh-alive").count() == 1


def test_a_broken_script_is_said_and_the_rest_lives(browser):
    page = _page(
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
    page = _page(
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
    page = _page(browser, {"s": ("FloatLogSliderModel", state)}, ["s"])
    slider = page.get_by_role("slider", name="speed")
    assert slider.get_attribute("aria-valuetext") == "0.1"
    slider.fill("0.5")
    assert slider.get_attribute("aria-valuetext") == "3.16"  # 10^0.5
    assert page.get_by_label("speed, exact").input_value() == "3.16"


def test_the_box_follows_a_slider_that_moves_fast(browser):
    page = _page(browser, {"s": ("FloatSliderModel", dict(SLIDER))}, ["s"])
    page.get_by_role("slider", name="speed").evaluate("""(slider) => {
      for (const value of [1, 2, 3, 4]) {
        slider.value = value;
        slider.dispatchEvent(new Event("input"));
      }
    }""")
    page.wait_for_function("Number(document.querySelector('input[type=number]').value) === 4", timeout=5000)


def test_one_script_serves_many_widgets(browser):
    page = _page(
        browser,
        {"p": ("AnyModel", {"_esm": ECHO, "v": 1}), "q": ("AnyModel", {"_esm": "p", "v": 2})},
        ["p", "q"],
    )
    assert page.get_by_text("value 1").is_visible()
    assert page.get_by_text("value 2").is_visible()
