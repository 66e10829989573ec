"""The button at the top of a page says what it gives, and gives it, also where the site is a folder of another."""

import threading

import nbformat
import pytest

from press.plain import first_cell
from press.server import server

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def below(site):
    """The site's address below another's."""
    with server(site.parent) as serving:
        threading.Thread(target=serving.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{serving.server_port}/{site.name}"
        serving.shutdown()


def test_the_button_gives_the_plain_notebook(visit, below):
    page = visit(f"{below}/chapters/05-learning-rate.html")
    page.get_by_role("button", name="Download this page").click()
    link = page.get_by_role("link", name="Notebook (.ipynb)")
    assert "plain notebook" in (link.get_attribute("title") or link.get_attribute("data-bs-original-title"))
    with page.expect_download() as caught:
        link.click()
    assert caught.value.suggested_filename == "05-learning-rate.ipynb"
    given = nbformat.read(caught.value.path(), as_version=4)
    assert given.cells[0].source == first_cell(None)
    assert given.cells[1].source.startswith("# 5. The learning rate\n")


def test_an_assignment_is_given_as_it_is_handed_out(visit, below, site):
    page = visit(f"{below}/chapters/assignments/hw1.html")
    page.get_by_role("button", name="Download this page").click()
    with page.expect_download() as caught:
        page.get_by_role("link", name=".ipynb").click()
    assert caught.value.path().read_bytes() == (site / "_sources/chapters/assignments/hw1.ipynb").read_bytes()
    assert nbformat.read(caught.value.path(), as_version=4).cells[1].metadata.nbgrader.grade_id == "hw1-setup"
