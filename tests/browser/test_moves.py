"""A move of a slider costs the page around its explorer nothing: it is not laid out, nor are its layers worked out anew."""

import json

import pytest

pytestmark = pytest.mark.browser

MOVES = 24
CHAPTERS = ["05-learning-rate", "14-momentum-and-adaptive-steps"]
LAYOUT, LAYERS = "Layout", "PaintArtifactCompositor::Update"  # as Chromium's own trace has them
# Through all of its range, to and fro. Gives how often the sentences needed more room, and had it.
MOVE = """async (slider) => {
  const [low, high] = [Number(slider.min), Number(slider.max)];
  let grown = 0;
  const watch = new MutationObserver(() => grown++);
  watch.observe(slider.closest(".dh-explorer").querySelector(".gd-room"), { attributeFilter: ["style"] });
  for (let i = 1; i <= 24; i++) {
    slider.value = low + ((high - low) * ((i * 7) % 24)) / 23;
    slider.dispatchEvent(new Event("input"));
    await new Promise(requestAnimationFrame);
  }
  watch.disconnect();
  return grown;
}"""


def traced(browser, page, do):
    """What `do` gives, and what the browser does meanwhile: the names of its events, and what it says of each."""
    browser.start_tracing(page=page, categories=["devtools.timeline", "blink", "cc"])
    given = do()
    return given, [(event["name"], event.get("args", {})) for event in json.loads(browser.stop_tracing())["traceEvents"]]


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_move_lays_out_parts_of_its_explorer_and_no_more(browser, visit, address, name):
    page = visit(f"{address}/chapters/{name}.html")
    explorers = page.locator(".dh-explorer:has(input[type=range]:enabled)").all()
    sliders = [explorer.locator("input[type=range]:enabled").first for explorer in explorers]
    layers = 0
    for slider in sliders:
        grown, events = traced(browser, page, lambda slider=slider: slider.evaluate(MOVE))
        laid = [what["beginData"] for event, what in events if event == LAYOUT]
        whole = [what for what in laid if not what["partialLayout"]]
        told = slider.evaluate("(slider) => [slider.labels[0], slider.closest('.dh-live')].map((of) => of.textContent)")
        assert laid and len(whole) <= grown + MOVES / 4, told  # a picture may come, or another explorer wake
        layers += sum(event == LAYERS for event, _ in events)
    assert layers <= len(sliders) * MOVES / 4
