"""The picture of a formula's graph: leaves moved, sweeps played, a leaf nudged, and all of it spoken."""

import re

import pytest

from gdlib import explore
from tests.browser.pointer import centre, drag
from tests.browser.stage import formula, neuron
from tests.browser.test_site import _sentences, _settle

pytestmark = pytest.mark.browser

SHARED = "(x*y)*(x*y) + x*y"
LABELS = "(cards) => cards.map((card) => card.getAttribute('aria-label'))"


def shared(**options):
    return explore.graph(SHARED, {"x": 2, "y": 3}, beside="", **options)


def big():
    return explore.graph("(v*tanh(w*x) + c*tanh(u*x) - y)**2", beside="")


def chain():
    return explore.graph("sin(sin(sin(sin(sin(sin(sin(sin(x) + y))))))) - x")


@pytest.mark.parametrize("pointer", ["mouse", "touch"])
def test_a_leaf_is_dragged(show, pointer):
    page = show(formula(), has_touch=True)
    leaf = page.get_by_role("slider", name="x, on the picture")
    x, y = centre(leaf)
    if pointer == "mouse":
        drag(page, leaf, -24, 40)  # its rail leads across; what goes down does not count
    else:
        touch = page.context.new_cdp_session(page)
        for kind, at in (("touchStart", x), ("touchMove", x - 10), ("touchMove", x - 24), ("touchEnd", None)):
            points = [] if at is None else [{"x": at, "y": y}]
            touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    _settle(page)
    moved = float(page.get_by_role("slider", name="x", exact=True).input_value())
    assert moved == pytest.approx(2 - 24 / 48 * 10, abs=0.25)  # the rail is 48 pixels from -5 to 5
    assert _sentences(page).startswith(f"f = {_told(formula(), x=moved)}")
    after = page.get_by_role("slider", name="x, on the picture").bounding_box()
    assert after["x"] + after["width"] / 2 == pytest.approx(x - 24, abs=2)


def _told(picture, **settings):
    picture.set(**settings)
    return repr(picture).split("f = ")[1].split(" at ")[0]


def test_a_leaf_is_moved_by_keys(show):
    page = show(formula())
    page.get_by_role("slider", name="y, on the picture").focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Shift+ArrowLeft")
    _settle(page)
    assert " at x = 2, y = 2.1." in _sentences(page)
    assert page.get_by_role("slider", name="y, on the picture").get_attribute("aria-valuetext") == "2.1"


def test_the_sweeps_go_step_by_step_and_a_link_holds_the_step(show):
    page, picture = show(shared()), shared()
    for stage in (0, 1, 2, 3, 4, 5, 6, 7, 0):
        page.get_by_role("button", name="Next step").click()
        _settle(page)
        picture.set(stage=stage)
        assert _sentences(page) == repr(picture)
    for button, stage in (("Next step", 1), ("Back", 0), ("Back", 0)):
        page.get_by_role("button", name=button).click()
        _settle(page)
        assert page.get_by_role("slider", name="stage", exact=True).input_value() == str(stage)
    page.get_by_role("slider", name="stage", exact=True).fill("4")
    page.get_by_role("slider", name="x", exact=True).press("ArrowLeft")  # the stage stays
    _settle(page)
    page.get_by_role("button", name="Copy link to this picture").click()
    again = show(shared(), fragment=page.evaluate("location.hash"))
    _settle(again)
    assert _sentences(again) == _sentences(page)
    assert _sentences(again).startswith("Backward, step 1 of 3:")


def test_play_shows_every_stage_and_ends_with_all(show):
    page = show(shared(), before="window.setInterval = ((set) => (f, ms) => set(f, ms / 20))(window.setInterval)")
    page.evaluate("""() => {
      window.seen = [];
      new MutationObserver(() => window.seen.push(document.querySelector(".gd-text p").textContent.split(":")[0]))
        .observe(document.querySelector(".gd-text p"), { childList: true, characterData: true, subtree: true });
    }""")
    page.get_by_role("button", name="▶ Play").click()
    page.wait_for_function("() => document.querySelector('.gd-text').textContent.startsWith('f = 42')")
    page.get_by_role("button", name="▶ Play").wait_for()
    sweeps = [f"{way}, step {k} of 3" for way in ("Forward", "Backward") for k in (1, 2, 3)]
    assert page.evaluate("window.seen.slice(0, 7)") == ["Before the first step", *sweeps]


def test_a_node_tells_what_it_is_in_the_order_of_computing(show):
    page = show(shared(stage=4))
    assert page.locator(".gd-formula g[role=img]").evaluate_all(LABELS) == [
        "x = 2",
        "y = 3",
        "x·y = 6, 1 of 3 numbers have come back",
        "x·y·(x·y) = 36, gradient 1",
        "x·y·(x·y) + x·y = 42, gradient 1",
    ]
    assert page.locator(".gd-waits").all_text_contents() == ["", "", "1 of 3"]
    page.get_by_role("slider", name="stage", exact=True).press("End")
    _settle(page)
    assert page.locator(".gd-formula g[role=img]").evaluate_all(LABELS)[2] == "x·y = 6, gradient 13"
    page.get_by_role("slider", name="stage", exact=True).press("Home")
    _settle(page)
    assert page.locator(".gd-formula g[role=img]").evaluate_all(LABELS)[2:4] == ["x·y", "x·y·(x·y)"]
    page.wait_for_function(
        "() => document.querySelector('.gd-spoken').textContent === 'Before the first step: x = 2, y = 3.'"
    )


def test_the_nodes_as_a_table(show):
    page = show(shared(stage=5))
    page.get_by_text("The nodes as a table").click()
    page.locator(".gd-table tr").first.wait_for()
    assert [row.split("\t") for row in page.locator(".gd-table tr").all_inner_texts()] == [
        ["node", "value", "local derivatives", "gradient"],
        ["x", "2", "", ""],
        ["y", "3", "", ""],
        ["x·y", "6", "3 for x, 2 for y", "13"],
        ["x·y·(x·y)", "36", "6 for x·y, 6 for x·y", "1"],
        ["x·y·(x·y) + x·y", "42", "1 for x·y·(x·y), 1 for x·y", "1"],
    ]
    assert page.locator(".gd-table th[scope=row]").count() == 5


def test_before_the_way_back_no_gradient_is_to_be_found(show):
    """Neither seen nor spoken, in the table or in the second picture."""
    page = show(explore.graph("x*y + sin(x)", {"x": 2, "y": 3}, stage="forward"))
    page.get_by_text("The nodes as a table").click()
    page.locator(".gd-table tr").first.wait_for()
    everything = page.locator(".gd").evaluate("(node) => node.outerHTML")
    assert "2.584" not in everything and "∂" not in everything and "6.909" in everything
    assert page.locator(".gd-tangent").get_attribute("d") == ""
    page.get_by_role("slider", name="stage", exact=True).press("End")
    _settle(page)
    assert "2.584" in page.locator(".gd").evaluate("(node) => node.outerHTML")
    assert page.locator(".gd-tangent").get_attribute("d").startswith("M")


def test_another_leaf_is_nudged(show):
    page, picture = show(formula()), formula()
    before = page.locator(".gd-tangent").get_attribute("d")
    page.get_by_role("radio", name="y").check()
    page.get_by_role("slider", name="nudge, on the picture").focus()
    page.keyboard.press("Shift+ArrowRight")
    _settle(page)
    picture.set(nudged=1, nudge=0.2)
    assert _sentences(page) == repr(picture)
    assert " If y moves by 0.2, the gradient promises f + 0.2 · 2 = 7.309; f becomes 7.309." in repr(picture)
    assert page.locator(".gd-tangent").get_attribute("d") != before
    # f is linear in y: the promise is kept, and the line lies on the curve
    ends = [
        re.findall(r"[-\d.]+", page.locator(name).get_attribute("d")) for name in (".gd-tangent", ".gd-panels .gd-curve")
    ]
    assert [float(v) for v in ends[0]] == pytest.approx([float(v) for v in ends[1][:2] + ends[1][-2:]], abs=0.1)
    page.get_by_role("button", name="Copy link to this picture").click()
    again = show(formula(), fragment=page.evaluate("location.hash"))
    _settle(again)
    assert again.get_by_role("radio", name="y").is_checked() and _sentences(again) == repr(picture)


# boxes of the nodes, of their rails and of the numbers on the edges, as they stand on the page
BOXES = """() => {
  const boxes = (name) => [...document.querySelectorAll(name)].map((node) => node.getBoundingClientRect())
    .map(({ left, right, top, bottom }) => ({ left, right, top, bottom }));
  const cards = [...document.querySelectorAll(".gd-formula g[role=img]")];
  return { svg: boxes(".gd-formula")[0], cards: boxes(".gd-formula g[role=img]"), slopes: boxes(".gd-slope"),
    handles: boxes(".gd-formula .gd-handle"),
    over: cards.flatMap((card) => [...card.querySelectorAll("text")].filter((text) => {
      const [a, b] = [text, card.querySelector("rect")].map((node) => node.getBoundingClientRect());
      return text.textContent && (a.left < b.left || a.right > b.right || a.top < b.top - 1 || a.bottom > b.bottom + 1);
    }).map((text) => text.textContent)) };
}"""


@pytest.mark.parametrize("width", [900, 390, 340])
@pytest.mark.parametrize("make", [formula, shared, neuron, big, chain])
def test_nothing_lies_over_another(show, make, width):
    page = show(make(), viewport={"width": width, "height": 1000})
    seen = page.evaluate(BOXES)
    assert seen["over"] == []
    assert all(_inside(box, seen["svg"]) for box in (*seen["cards"], *seen["slopes"]))
    numbers = [{**box, "top": box["top"] + 2, "bottom": box["bottom"] - 2} for box in seen["slopes"]]  # less the leading
    for boxes in (seen["cards"], seen["handles"], numbers):
        assert not any(_meet(a, b) for i, a in enumerate(boxes) for b in boxes[:i])
    assert min(box["right"] - box["left"] for box in seen["handles"]) >= 24  # a finger's target
    assert page.evaluate("document.scrollingElement.scrollWidth") <= width


def _inside(a, b):
    return (
        a["left"] >= b["left"] - 1 and a["right"] <= b["right"] + 1 and a["top"] >= b["top"] and a["bottom"] <= b["bottom"]
    )


def _meet(a, b):
    return a["left"] < b["right"] and b["left"] < a["right"] and a["top"] < b["bottom"] and b["top"] < a["bottom"]


def test_the_pointer_names_a_node_and_says_no_more_than_is_known(show):
    page = show(shared(stage=3))
    box = page.locator(".gd-card").nth(2).bounding_box()
    page.mouse.move(box["x"] + 30, box["y"] + 30)
    _settle(page)
    assert page.locator(".gd-pointed").first.text_content() == "x·y = 6"
    page.mouse.move(box["x"] + 30, box["y"] - 30)
    _settle(page)
    assert page.locator(".gd-pointed").first.text_content() == ""


def test_a_leaf_that_is_dragged_moves_no_other(show):
    page = show(neuron())
    values = "(sliders) => sliders.slice(0, 4).map((slider) => slider.getAttribute('aria-valuetext'))"
    sliders = page.locator(".dh-slider input[type=range]")
    before = sliders.evaluate_all(values)
    drag(
        page, page.locator(".gd-handle").first, -60, 20
    )  # let go beside the rail: a click on the picture, which is no ground
    _settle(page)
    after = sliders.evaluate_all(values)
    assert after[0] != before[0] and after[1:] == before[1:]
