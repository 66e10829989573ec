"""A chapter as a plain notebook: for editors and sites that know Markdown, and nothing of MyST.

The code, its outputs and stills are the chapter's own. The text is taken from the chapter's finished page: there every number
is in its place and every reference leads somewhere, so that the notebook cannot say anything else than the page.
Boxes become quotations, folds become `<details>`, formulas are the TeX that the page carries with them.
"""

import re
from copy import deepcopy
from html import escape
from itertools import groupby
from urllib.parse import urljoin

import nbformat
from bs4 import BeautifulSoup, NavigableString

from press.normalise import PNG, VIEW, give_ids_to_cells

CELL = object()  # in the flow of a page's text, the place of a code cell
CONTINUED = "Solution, continued"
METADATA = {"tags", "jupyter"}  # what other readers of notebooks know of a cell, or leave alone
SIGNS = re.compile(r"([\\`*_\[\]<$~|])")  # what Markdown could take for its own
AT_THE_START = re.compile(r"^(\d+(?=[.)] )|(?=(?:#+|[>+-]) ))")


def plain(notebook, page, here="", first=""):
    """The notebook of a page: `here` is the page's own address, for its links; `first` is the source of the first cell."""
    code = iter(cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip())
    article = BeautifulSoup(page, "html.parser").select_one("article")
    cells = [nbformat.v4.new_code_cell(first)] if first else []
    for blocks in cells_of(Text(here).flow(article)):
        if blocks == [CELL]:
            cells.append(plain_code(next(code)))
        else:
            cells.append(nbformat.v4.new_markdown_cell("\n\n".join(blocks)))
    if left := [cell.source for cell in code]:
        raise ValueError(f"the page lacks {len(left)} code cells of its notebook, the first of them: {left[0]!r}")
    metadata = {key: notebook.metadata[key] for key in ("kernelspec", "language_info")}
    made = nbformat.v4.new_notebook(cells=cells, metadata=metadata)
    give_ids_to_cells(made)
    return made


def cells_of(flow):
    """The blocks of text in lists, one for a cell: a heading or an exercise begins a new one; each code cell by itself."""
    group = []
    for block in flow:
        if group and (block is CELL or group == [CELL] or block.startswith(("#", "> **Exercise"))):
            yield group
            group = []
        group.append(block)
    if group:
        yield group


def plain_code(cell):
    """A code cell with its outputs. A live picture is there as its still, which every reader shows; running makes it live."""
    cell = deepcopy(cell)
    image = cell.metadata.get("mystnb", {}).get("image", {})
    cell.metadata = nbformat.from_dict({key: value for key, value in cell.metadata.items() if key in METADATA})
    if cell.metadata.get("jupyter", {}).get("source_hidden"):
        cell.metadata.cellView = "form"  # Colab's word for it
    for output in cell.outputs:
        data = output.get("data", {})
        alt = data.get("text/plain", "") if data.pop(VIEW, None) else image.get("alt")
        if PNG in data and alt:
            output.metadata[PNG] = {"alt": " ".join(alt.split())}
    return cell


class Text:
    """The text of a page as Markdown. What it has no form for stops the build: nothing is left out in silence."""

    def __init__(self, here):
        self.here = here

    def flow(self, node):
        """The blocks in a node, each a string of Markdown, and CELL where a code cell stands."""
        for child in node.children:
            if isinstance(child, NavigableString):
                if child.strip():
                    yield self.inline(child).strip()
            else:
                yield from self.block(child)

    def block(self, node):
        kind = node.get("class", [])
        match node.name:
            case "div" if "cell" in kind:
                yield CELL
                yield from (f"*{self.line(caption).strip()}*" for caption in node.select("figcaption p"))
            case "div" if "math" in kind:
                yield formula(node)
            case "div" if "solution" in kind:
                yield from self.solution(node)
            case "div" if "admonition" in kind:
                yield quoted(self.box(node))
            case "div" if "highlight" in kind:
                yield f"```\n{node.get_text().strip()}\n```"
            case "div" | "section":
                yield from self.flow(node)
            case "p":
                yield AT_THE_START.sub(r"\1\\", self.line(node).strip())
            case "h1" | "h2" | "h3" | "h4":
                yield f"{'#' * int(node.name[1])} {self.line(node)}"
            case "ul" | "ol":
                yield self.items(node)
            case "table":
                yield self.table(node)
            case "blockquote":
                yield quoted(self.flow(node))
            case "details":
                yield folded(as_title(node.summary), self.flow(node.select_one(".sd-summary-content")))
            case _:
                yield self.inline(node)

    def line(self, node):
        return re.sub(" {2,}", " ", "".join(self.inline(child) for child in node.children))

    def inline(self, node):
        if isinstance(node, NavigableString):
            return SIGNS.sub(r"\\\1", re.sub(r"\s+", " ", node))
        match node.name:
            case "a":
                return self.link(node)
            case "strong" | "em":
                mark = {"strong": "**", "em": "*"}[node.name]
                return f"{mark}{self.line(node).strip()}{mark}"
            case "code":
                return f"`{node.get_text()}`"
            case "math":
                return f"${tex(node)}$"
            case "img":
                return f"![{node.get('alt', '')}]({urljoin(self.here, node['src'])})"
            case "span" | "p":  # a cell of a table may be a paragraph
                return self.line(node)
        raise ValueError(f"press/plain.py has no form yet for <{node.name}> in a plain notebook: {node.get_text()[:60]!r}")

    def link(self, node):
        if "headerlink" in node.get("class", []):
            return ""
        text, address = self.line(node), urljoin(self.here, node["href"])
        return f"[{text.strip()}]({address})" if re.match(r"https?:|mailto:", address) else text

    def box(self, node):
        """A theorem, an exercise, a question: its title in bold, then what is in it."""
        title = node.find("p", class_="admonition-title", recursive=False)
        if title:
            yield f"**{self.line(title.extract()).strip()}**"
        first, *others = self.flow(node)
        yield first if title else first.replace("Proof. ", "**Proof.** ", 1)
        yield from others

    def solution(self, node):
        """Text between its code cells is folded away, as on the page; code and outputs are so by the notebook's own marks."""
        title = as_title(node.find("p", class_="admonition-title").extract())
        for is_cell, blocks in groupby(self.flow(node), key=lambda block: block is CELL):
            if is_cell:
                yield from blocks
            else:
                yield folded(title, blocks)
                title = CONTINUED

    def items(self, node):
        marks = ("-" if node.name == "ul" else f"{number}." for number in range(int(node.get("start", 1)), 1000))
        return "\n".join(item(mark, self.item_blocks(li)) for mark, li in zip(marks, node.find_all("li", recursive=False)))

    def item_blocks(self, li):
        has_blocks = li.find(["p", "ul", "ol", "div"], recursive=False)
        return self.flow(li) if has_blocks else [self.line(li).strip()]

    def table(self, node):
        rows = [[self.line(cell).strip() for cell in row.find_all(["th", "td"])] for row in node.find_all("tr")]
        return "\n".join(f"| {' | '.join(row)} |" for row in [rows[0], ["---"] * len(rows[0]), *rows[1:]])


def tex(node):
    """The TeX of a formula on one line, since in a quotation or a list each line would begin with a mark."""
    return " ".join(node.annotation.get_text().split())


def as_title(node):
    """The words of a fold's title, which is HTML; readers with MathJax set its formulas, the others show their TeX."""
    for formula in node.find_all("math"):
        formula.replace_with(f"${tex(formula)}$")
    return escape(" ".join(node.get_text().split()), quote=False)


def formula(node):
    number = node.find("span", class_="eqno")
    tag = rf" \tag{{{number.get_text().strip('()#')}}}" if number else ""
    return f"$$ {tex(node)}{tag} $$"


def quoted(blocks):
    return re.sub("^", "> ", "\n\n".join(blocks), flags=re.MULTILINE).replace("> \n", ">\n")


def folded(title, blocks):
    return "\n\n".join([f"<details>\n<summary>{title}</summary>", *blocks, "</details>"])


def item(mark, blocks):
    return f"{mark} " + re.sub(r"\n(?=.)", "\n" + " " * (len(mark) + 1), "\n\n".join(blocks))


FIRST = """\
GET = "{get}"  # gdlib, the book's library, of this version
try:
    import gdlib.descent
except ImportError:
    import sys

    if "google.colab" not in sys.modules:
        raise ImportError(f'gdlib is missing; in a terminal:  pip install "{{GET}}"') from None
    %pip install --quiet "{{GET}}"
"""
NO_ADDRESS = """\
try:
    import gdlib.descent
except ImportError:
    GET = "pip install .[data]"
    raise ImportError(f"gdlib, the book's library, is missing; in the book's folder:  {GET}") from None
"""


def first_cell(wheel):
    """The source of the first cell: how to get gdlib where it is missing. `wheel` is its wheel's address, or None."""
    return FIRST.format(get=f"downhill-gdlib[data] @ {wheel}") if wheel else NO_ADDRESS
