"""Pages that weigh little: what they fetch before a reader does anything, and that nothing is lost by it."""

import threading

import pytest

from press.server import Compressing, compressed, server
from tests.browser.test_site import PAGES

pytestmark = pytest.mark.browser

BYTES, REQUESTS = 250_000, 16  # a page that is opened and not scrolled; bytes as they travel, without headers


@pytest.fixture(scope="module")
def browser(launch):
    """As a reader has it: the one without windows fetches a picture when it is further away."""
    return launch(windowless=False)


@pytest.fixture(scope="module")
def host(site):
    with server(site, Compressing) as serving:
        threading.Thread(target=serving.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{serving.server_port}"
        serving.shutdown()


def _fetched(visit, address, **options):
    """What a page has asked for once nothing more comes: path -> bytes as they travel."""
    page = visit(address, asleep=True, **options)
    page.wait_for_load_state("networkidle")
    names = page.evaluate(
        "() => performance.getEntries().filter((e) => 'encodedBodySize' in e).map((e) => [e.name, e.encodedBodySize])"
    )
    return page, {name.split("/", 3)[3].split("?")[0]: size for name, size in names if not name.startswith("data:")}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_light_before_it_is_scrolled(visit, host, name):
    _, files = _fetched(visit, f"{host}/chapters/{name}.html", viewport={"width": 1280, "height": 800})
    assert all(size > 0 for size in files.values())
    assert sum(files.values()) <= BYTES and len(files) <= REQUESTS, sorted(files.items(), key=lambda file: -file[1])
    assert not {"searchindex.js", "_static/scripts/bootstrap.js"} & files.keys()


def test_what_is_compressed_is_what_a_public_host_would_send(site):
    page = site / "chapters" / "index.html"
    assert len(compressed(page)) < page.stat().st_size / 3


@pytest.mark.parametrize("width", [390, 1280])
def test_pictures_that_come_late_keep_their_place_and_their_shape(visit, host, width):
    page = visit(f"{host}/chapters/clinic.html", viewport={"width": width, "height": 800}, asleep=True)
    heights = "(all) => all.filter((img) => img.checkVisibility()).map((img) => img.height)"
    before = page.locator(".cell_output img").evaluate_all(heights)
    shapes = page.locator(".cell_output img").evaluate_all(
        """async (all) => {
          const seen = all.filter((img) => img.checkVisibility());
          for (const img of seen) img.loading = "eager";
          await Promise.all(seen.map((img) => img.decode()));
          return seen.map((img) => [img.width, img.height, img.naturalWidth, img.naturalHeight]);
        }"""
    )
    assert len(shapes) > 5 and before == [height for _, height, _, _ in shapes]
    assert all(abs(height - width * tall / wide) <= 1 for width, height, wide, tall in shapes)


def test_where_no_script_runs_the_still_is_fetched(visit, host):
    page = visit(f"{host}/chapters/index.html", java_script_enabled=False)
    still = page.locator(".dh-explorer > img").first
    still.scroll_into_view_if_needed()
    assert still.evaluate("(img) => new Promise((done) => img.complete ? done(true) : img.onload = () => done(true))")
    assert still.evaluate("(img) => img.naturalWidth") > 0


def test_a_page_leaves_its_address_as_it_was(visit, host):
    page = visit(f"{host}/chapters/index.html?again#how-to-read-it", asleep=True)
    page.wait_for_load_state("networkidle")
    assert page.url == f"{host}/chapters/index.html?again#how-to-read-it"
