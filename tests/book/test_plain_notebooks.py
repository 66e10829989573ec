"""The plain notebooks say what the pages say, and hold nothing that only the book's own tools can read."""

import re
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import unquote, urldefrag
from zipfile import ZipFile

import nbformat
import plain_notebooks
import pytest
from bs4 import BeautifulSoup
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin

from gdlib import _validation
from press import ROOT
from press.normalise import PNG, VIEW, code_cells
from press.plain import CONTINUED, first_cell, plain

BOOK = "https://book.test/downhill/"
READ = [f"chapters/{path.stem}" for path in sorted((ROOT / "chapters").glob("*.ipynb"))]
HANDED_IN = [f"chapters/assignments/{path.stem}" for path in sorted((ROOT / "chapters" / "assignments").glob("*.ipynb"))]
MYST = {
    "role": r"\{[\w:-]+\}`",
    "directive": r"^[ >]*(?:`{3,}|:{3,})\s*\{",
    "option": r"^[ >]*:[\w-]+:",
    "target": r"^[ >]*\([\w-]+\)=",
    "label": r"\b(?:fig|thm|lem|cor|cex|ex|eq|sec|def|sol)-\w+-\w|\b\d\d-[a-z]+-[a-z]",
    "labelled formula": r"\$\$ *\([\w-]+\)",
}


def markdown(notebook):
    return [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]


def without_addresses(text):
    return re.sub(r"\]\([^)]*\)", "]", text)


@pytest.fixture(scope="module")
def given(site):
    """What the site's button gives, by page."""
    return lambda page: nbformat.read(site / "_sources" / f"{page}.ipynb", as_version=4)


@pytest.fixture(scope="module")
def addressed(site):
    """The notebook of a page whose site has an address."""

    def made(page):
        notebook = nbformat.read(ROOT / f"{page}.ipynb", as_version=4)
        text = (site / f"{page}.html").read_text(encoding="utf-8")
        return plain(notebook, text, f"{BOOK}{page}.html", first_cell(f"{BOOK}_static/gdlib.whl"))

    return made


# the text


def words(html):
    """What is read in a page or a rendered cell, formulas as TeX; of code cells the captions alone."""
    soup = BeautifulSoup(html, "html.parser")
    soup = soup.select_one("article") or soup
    for cell in soup.select("div.cell"):
        cell.replace_with(*[caption.extract() for caption in cell.select("figcaption p")])
    for formula in soup.select("math"):
        formula.replace_with(formula.annotation.get_text())
    for element in soup.select("a.headerlink, svg, script"):
        element.decompose()
    for element in soup.select("p, li, h1, h2, h3, h4, td, th, summary, div, pre, section"):
        element.insert(0, " ")
        element.append(" ")
    text = soup.get_text().replace(CONTINUED, "").translate(str.maketrans("’‘“”", "''\"\"", "$"))  # a title's formula
    return re.sub(r"\\tag\{([\d.]+)\}", r"(\1)", text).split()


def rendered(notebook):
    """Its text as a reader of notebooks shows it: CommonMark with tables and formulas."""
    reader = MarkdownIt("commonmark", {"html": True}).enable("table").use(dollarmath_plugin)
    return "\n".join(reader.render(source) for source in markdown(notebook))


def first_difference(left, right):
    where = next((i for i, (a, b) in enumerate(zip(left, right)) if a != b), min(len(left), len(right)))
    return " ".join(left[where - 5 : where + 8]), " ".join(right[where - 5 : where + 8])


@pytest.mark.parametrize("page", READ + HANDED_IN)
def test_the_notebook_says_what_the_page_says(site, given, page):
    on_page, in_notebook = words((site / f"{page}.html").read_text(encoding="utf-8")), words(rendered(given(page)))
    assert len(on_page) > 200
    assert in_notebook == on_page, first_difference(in_notebook, on_page)


@pytest.mark.parametrize("page", READ + HANDED_IN)
def test_nothing_of_myst_is_left(given, page):
    notebook = given(page)
    nbformat.validate(notebook)
    found = {
        kind: [hit for text in markdown(notebook) for hit in re.findall(pattern, without_addresses(text), re.MULTILINE)]
        for kind, pattern in MYST.items()
    }
    assert not any(found.values()), found
    if page in READ:
        assert {key for cell in notebook.cells for key in cell.metadata} <= {"tags", "jupyter", "cellView"}


@pytest.mark.parametrize("page", READ)
def test_numbers_stand_at_titles_formulas_and_figures(site, given, page):
    """Beside the text as a whole: a number in another place would be the same words."""
    text = "\n".join(markdown(given(page)))
    html = BeautifulSoup((site / f"{page}.html").read_text(encoding="utf-8"), "html.parser").select_one("article")
    for name in html.select(".admonition > .admonition-title > .caption-number"):
        assert f"\n> **{name.get_text().strip()} (" in text
    for number in html.select(".eqno"):
        assert rf" \tag{{{number.get_text().strip('()#')}}} $$" in text
    for number in html.select("figcaption .caption-number"):
        assert f"\n*{number.get_text().strip()} " in f"\n{text}"


# the code


@pytest.mark.parametrize("page", READ)
def test_code_and_outputs_are_the_chapters_own(given, page):
    first, *plain_cells = code_cells(given(page))
    cells = code_cells(nbformat.read(ROOT / f"{page}.ipynb", as_version=4))
    assert first.source == first_cell(None)
    assert [cell.source for cell in plain_cells] == [cell.source for cell in cells]
    for cell, plain_cell in zip(cells, plain_cells):
        for output, plain_output in zip(cell.outputs, plain_cell.outputs, strict=True):
            data = {kind: shown for kind, shown in output.get("data", {}).items() if kind != VIEW}
            assert plain_output.get("data", {}) == data
            assert plain_output.get("text") == output.get("text")


@pytest.mark.parametrize("page", READ)
def test_every_picture_is_there_and_says_what_it_shows(given, page):
    notebook = given(page)
    pictures = [output for cell in code_cells(notebook) for output in cell.outputs if PNG in output.get("data", {})]
    assert pictures
    assert all(len(picture.metadata[PNG]["alt"]) > 20 for picture in pictures)


@pytest.mark.parametrize("page", READ)
def test_it_is_no_larger_than_the_chapter(site, page):
    assert (site / "_sources" / f"{page}.ipynb").stat().st_size < (ROOT / f"{page}.ipynb").stat().st_size


# the ways back to the site


@pytest.mark.parametrize("page", READ)
def test_links_lead_to_places_on_the_site(site, addressed, page):
    links = re.findall(r"\]\(([^)]*)\)", "\n".join(markdown(addressed(page))))
    to_the_site = [urldefrag(link.removeprefix(BOOK)) for link in links if link.startswith(BOOK)]
    assert len(to_the_site) > 3
    assert all(link.startswith("https://") for link in links)
    for path, place in to_the_site:
        assert f'id="{unquote(place)}"' in (site / path).read_text(encoding="utf-8") if place else (site / path).exists()


@pytest.mark.parametrize("page", READ)
def test_without_an_address_no_link_leads_nowhere(given, page):
    assert all(link.startswith("http") for link in re.findall(r"\]\(([^)]*)\)", "\n".join(markdown(given(page)))))


def test_the_wheel_is_gdlib_of_this_version(site):
    version = re.search(r'^version = "(.*)"', (ROOT / "pyproject.toml").read_text("utf-8"), re.MULTILINE)[1]
    with ZipFile(site / "_static" / f"downhill_gdlib-{version}-py3-none-any.whl") as wheel:
        for path in Path(_validation.__file__).parent.rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                assert wheel.read(f"gdlib/{path.relative_to(ROOT / 'gdlib').as_posix()}") == path.read_bytes()
        assert not [name for name in wheel.namelist() if "solution" in name.lower() or name.endswith(".ipynb")]


# the writer


def text_of(html, cells=(), here=""):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in cells])
    notebook.metadata |= {"kernelspec": {"name": "python3", "display_name": "Python 3"}, "language_info": {"name": "python"}}
    return [cell.source for cell in plain(notebook, f"<article>{html}</article>", here).cells]


@pytest.mark.parametrize(
    "html, text",
    [
        ("<p>2 * 3 * 4, a_b, [1], $5, x &lt; y</p>", r"2 \* 3 \* 4, a\_b, \[1\], \$5, x \< y"),
        ("<p>1. of May</p>", r"1\. of May"),
        ("<p># 3</p>", r"\# 3"),
        ("<p><strong>a</strong> <em>b</em> <code>c_d</code></p>", "**a** *b* `c_d`"),
        ('<p><a href="x.html#y">z</a></p>', "[z](https://book.test/x.html#y)"),
        ("<ol><li><p>a</p><ul><li><p>b</p></li></ul></li><li><p>c</p></li></ol>", "1. a\n\n   - b\n2. c"),
        ("<blockquote><div><p>a</p><p>b</p></div></blockquote>", "> a\n>\n> b"),
        ("<table><tr><th>a</th><th>b</th></tr><tr><td>c</td><td>d</td></tr></table>", "| a | b |\n| --- | --- |\n| c | d |"),
        ('<p><img src="y.png" alt="a hill"></p>', "![a hill](https://book.test/y.png)"),
    ],
)
def test_forms(html, text):
    assert text_of(html, here="https://book.test/") == [text]


def test_a_solution_is_folded_around_its_code():
    html = (
        '<div class="solution admonition"><p class="admonition-title">Solution to 1</p>'
        '<section><p>a</p><div class="cell"></div><p>b</p></section></div>'
    )
    first, code, last = text_of(html, cells=["c"])
    assert first == "<details>\n<summary>Solution to 1</summary>\n\na\n\n</details>"
    assert (code, last) == ("c", f"<details>\n<summary>{CONTINUED}</summary>\n\nb\n\n</details>")


def test_what_has_no_form_is_not_left_out():
    with pytest.raises(ValueError, match="<video>"):
        text_of("<p>see <video>it</video></p>")
    with pytest.raises(ValueError, match="lacks 1 code cells"):
        text_of("<p>a</p>", cells=["b"])


# what the page offers


def a_book(monkeypatch, **variables):
    """The theme's own header of a chapter, as far as it makes the Colab button, with these variables set."""
    from sphinx_book_theme.header_buttons import update_context_with_repository_info
    from sphinx_book_theme.header_buttons.launch import add_launch_buttons

    for name in ("BOOK_ADDRESS", "BOOK_REPOSITORY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    page = "chapters/05-learning-rate"
    options = SimpleNamespace(html_baseurl="", html_theme_options={}, html_context={})
    env = SimpleNamespace(doc2path=lambda name: f"{name}.ipynb", metadata={page: {"kernelspec": {}}})
    app = SimpleNamespace(config=_Config(options), env=env, builder=None)
    plain_notebooks.settle(app, app.config)
    update_context_with_repository_info(app)
    context = {**app.config.html_context, "pagename": page, "header_buttons": [], "sourcename": f"{page}.ipynb"}
    add_launch_buttons(app, page, "", context, object())
    plain_notebooks.name_buttons(app, page, "", context, object())
    return app.config, [button for group in context["header_buttons"] for button in group["buttons"]]


class _Config:
    def __init__(self, options):
        self.__dict__.update(vars(options))

    def __getitem__(self, name):
        return getattr(self, name)


def test_colab_is_offered_where_a_repository_is_named(monkeypatch):
    assert a_book(monkeypatch)[1] == []
    _, (button,) = a_book(monkeypatch, BOOK_REPOSITORY="https://github.com/someone/downhill")
    wanted = "https://colab.research.google.com/github/someone/downhill/blob/notebooks/chapters/05-learning-rate.ipynb"
    assert button["url"] == wanted
    assert "plain notebook" in button["tooltip"]


def test_the_address_is_the_settings_or_the_variables(monkeypatch):
    assert a_book(monkeypatch)[0].html_baseurl == ""
    assert a_book(monkeypatch, BOOK_ADDRESS=BOOK)[0].html_baseurl == BOOK
