"""Where a site forbids much, where scripts do not come, and in the frames of learning systems."""

import re

import pytest

from press.stage import AWAKE
from tests.browser.conftest import NO_GUESS, NOTHING_HIDDEN
from tests.browser.test_site import NOTEBOOKS, WITH_EXPLORERS, _settle, _state

pytestmark = pytest.mark.browser

STRICTEST = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:"
POLICIES = [
    STRICTEST,
    "script-src 'self' 'unsafe-inline'",
    "script-src 'self' 'unsafe-inline' blob:",
    "default-src 'self'; img-src 'self' data:",  # and no style in the page
]


@pytest.fixture
def under(browser, address):
    """Open a page of the book as a site with that policy would serve it; `files` are answered instead of what is there."""
    pages = []

    def open_page(name, policy="", files=(), ready=True):
        page = browser.new_page(viewport={"width": 900, "height": 900})
        pages.append(page)
        page.add_init_script(NOTHING_HIDDEN)
        page.errors = []
        page.on("pageerror", lambda error: page.errors.append(error.stack or str(error)))
        if policy:
            page.route("**/*.html", lambda route: _with_policy(route, policy))
        for pattern, answer in dict(files).items():
            page.route(re.compile(pattern), answer)
        page.goto(f"{address}/chapters/{name}.html")
        if ready:
            page.wait_for_selector("html[data-player=ready]", state="attached")
            page.evaluate(AWAKE)
            page.evaluate(NO_GUESS)
        return page

    yield open_page
    for page in pages:
        page.close()


def _with_policy(route, policy):
    answer = route.fetch()
    route.fulfill(response=answer, headers={**answer.headers, "content-security-policy": policy})


def _stills(page, reason):
    """Every explorer is a still with its sentence and that reason, and there is no control that does nothing."""
    for explorer in page.locator(".dh-explorer").all():
        explorer.locator("img").scroll_into_view_if_needed()  # it is fetched when it comes near
        explorer.locator("img").wait_for(state="visible", timeout=10_000)
        assert all(sentence.is_visible() for sentence in explorer.locator(".dh-still-text").all())
        assert explorer.locator(".dh-still-text").count() > 0
        explorer.locator(".dh-sorry").wait_for(state="visible", timeout=10_000)
        assert (
            explorer.locator(".dh-sorry").inner_text()
            == f"This part of the page is not live: {reason}. Run the notebook to use it."
        )
        assert explorer.locator("input, button, svg").count() == 0
    assert page.locator(".dh-alive").count() == 0


@pytest.mark.parametrize(
    ("name", "policy"),
    [
        *((name, STRICTEST) for name in WITH_EXPLORERS),
        *(("index", policy) for policy in POLICIES[1:]),
    ],
)
def test_under_a_strict_policy_all_explorers_are_alive(under, name, policy):
    page = under(name, policy)
    assert page.locator(".dh-alive").count() == len(NOTEBOOKS[name])
    assert not any(note.is_visible() for note in page.locator(".dh-sorry").all())
    for explorer in page.locator(".dh-explorer").all():
        before = _state(explorer)
        explorer.locator("input[type=range]").first.focus()
        page.keyboard.press("Home")
        _settle(page)
        after = _state(explorer)
        assert after[0] != before[0] and after[1] != before[1]
    assert [error for error in page.errors if "togglebutton.js" not in error] == []  # which wants a script in the page


def test_where_no_script_may_run_the_still_and_a_reason_stay(under):
    _stills(under("index", "script-src 'none'", ready=False), "its script did not run here")


def test_where_the_books_script_does_not_come_the_still_and_a_reason_stay(under):
    page = under("index", files={r"/book\.js": lambda route: route.abort()}, ready=False)
    _stills(page, "its script did not run here")


@pytest.mark.parametrize("ending", ["js", "css"])
def test_where_a_file_of_the_widgets_does_not_come_the_still_and_a_reason_stay(under, ending):
    page = under("index", files={rf"/widgets/\w+\.{ending}": lambda route: route.abort()})
    _stills(page, "its script or its style could not be loaded")


def test_where_a_part_fails_to_draw_the_still_and_a_reason_stay(under):
    def half(route):
        name = route.request.url.split("_static/")[1]
        route.fulfill(
            content_type="text/javascript",
            body=f"""(window.widgetScripts ??= {{}})["{name}"] = () =>
          ({{ render({{ el }}) {{ el.append("half a picture"); throw new Error("no ink left"); }} }});""",
        )

    page = under("index", files={r"/widgets/\w+\.js": half})
    _stills(page, "no ink left")
    assert page.get_by_text("half a picture").count() == 0


@pytest.mark.parametrize("sandbox", ["", 'sandbox="allow-scripts"'])
def test_in_a_learning_systems_frame_the_link_stands_in_a_field(browser, address, sandbox):
    page = browser.new_page(viewport={"width": 1000, "height": 1000})
    page.set_content(
        f'<iframe {sandbox} src="{address}/chapters/index.html" width="900" height="900" title="book"></iframe>'
    )
    frame = page.frame_locator("iframe")
    explorer = frame.locator(".dh-alive").first
    explorer.get_by_label("learning rate η, exact").fill("0.5")
    button, field = explorer.get_by_role("button", name=re.compile("[Ll]ink")), explorer.get_by_label("Link to this picture")
    assert not field.is_visible()
    button.click()
    field.wait_for(state="visible")
    link = field.input_value()
    assert link.startswith(f"{address}/chapters/index.html#explorer-1&eta=0.5&")
    assert field.evaluate(
        "(field) => field.readOnly && document.activeElement === field && field.selectionEnd - field.selectionStart"
    ) == len(link)
    assert button.inner_text() in ("Copy the link from here:", "Link copied")
    assert "address bar" not in explorer.inner_text()
    explorer.get_by_label("learning rate η, exact").fill("0.25")  # and it is not left there for another picture
    field.wait_for(state="hidden")
    assert button.inner_text() == "Copy link to this picture"
    page.close()


def test_a_link_from_a_field_opens_the_picture(visit, address):
    page = visit(f"{address}/chapters/index.html#explorer-1&eta=0.5&w0=1.25")
    _settle(page)
    assert _state(page.locator(".dh-explorer").first)[0].startswith("η = 0.5 from w₀ = 1.25: ")
