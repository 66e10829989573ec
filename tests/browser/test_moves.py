"""A move of a slider leaves the page around its explorer as it was: not laid out, no layers worked out anew, nothing moved."""

import json

import pytest

from tests.browser.stage import searched

pytestmark = pytest.mark.browser

MOVES = 24
CHAPTERS = ["05-learning-rate", "14-momentum-and-adaptive-steps"]
LAYOUT, LAYERS = "Layout", "PaintArtifactCompositor::Update"  # as Chromium's own trace has them
# Through all of its range, to and fro. Gives how often the sentences needed more room, and had it.
MOVE = """async (slider, moves) => {
  const [low, high] = [Number(slider.min), Number(slider.max)];
  let grown = 0;
  const watch = new MutationObserver(() => grown++);
  watch.observe(slider.closest(".dh-explorer").querySelector(".gd-room"), { attributeFilter: ["style"] });
  for (let i = 1; i <= moves; i++) {
    slider.value = low + ((high - low) * ((i * 7) % moves)) / (moves - 1);
    slider.dispatchEvent(new Event("input"));
    await new Promise(requestAnimationFrame);
  }
  watch.disconnect();
  return grown;
}"""


# What does change the page, as often.
MORE = """async (moves) => {
  for (let i = 0; i < moves; i++) {
    const more = document.createElement("p");
    more.textContent = "more";
    more.style.willChange = "transform"; // a layer of its own
    document.querySelector(".bd-article h1").append(more);
    await new Promise(requestAnimationFrame);
  }
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
    _, events = traced(browser, page, lambda: page.evaluate(MORE, MOVES))
    assert {LAYOUT, LAYERS} <= {event for event, _ in events}  # it still calls them so
    layers = 0
    for slider in sliders:
        grown, events = traced(browser, page, lambda slider=slider: slider.evaluate(MOVE, MOVES))
        laid = [what["beginData"] for event, what in events if event == LAYOUT]
        whole = [what for what in laid if not what["partialLayout"]]
        told = slider.evaluate("(slider) => [slider.labels[0], slider.closest('.dh-live')].map((of) => of.textContent)")
        assert laid and len(whole) <= grown + MOVES / 4, told  # a picture may come, or another explorer wake
        layers += sum(event == LAYERS for event, _ in events)
    assert layers <= len(sliders) * MOVES / 40, layers


# The height that the sentences have, and what they need, after each of some moves and at rest.
ROOMS = """async (slider) => {
  const room = document.querySelector(".gd-room"), rooms = [];
  const text = room.querySelector(".gd-text > div");
  const measure = () => rooms.push([room.offsetHeight, text.offsetHeight]);
  const frame = () => new Promise(requestAnimationFrame);
  const rest = async () => { while (room.offsetHeight !== text.offsetHeight) await frame(); };
  for (const place of [0.5, 1, 0, 0.9, 0.1, 0.5]) {
    slider.value = Number(slider.min) + (Number(slider.max) - Number(slider.min)) * place;
    slider.dispatchEvent(new Event("input"));
    await frame();
    await frame();
    measure();
  }
  await rest();
  measure();
  return rooms;
}"""


def test_the_sentences_keep_their_room_while_a_slider_moves(show):
    page = show(searched(), viewport={"width": 320, "height": 844})
    *moved, (room, text) = page.locator("input[type=range]").first.evaluate(ROOMS)
    heights = [height for height, _ in moved]
    assert heights == sorted(heights) and all(height >= needed for height, needed in moved)
    assert len({needed for _, needed in moved}) > 1 and room == text
