"""The glossary is in alphabetical order, and every word in it is linked from a chapter and says which chapter teaches it.

(A word that is linked and has no entry stops the build.)
"""

import re
from itertools import pairwise

from press import ROOT, theorems

GLOSSARY = ROOT / "chapters" / "glossary.md"


def entries(text):
    """Each term of the glossary and its definition, in the order of the page."""
    listed = re.search(r"^```\{glossary\}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)[1]
    return re.findall(r"^(\S.*)\n((?:[ ]{2,}.*\n)+)", listed, re.MULTILINE)


def out_of_order(terms):
    """The neighbours that stand the wrong way round, or twice."""
    return [pair for pair in pairwise(terms) if pair[0].casefold() >= pair[1].casefold()]


def linked(text):
    """What a text links to with {term}`word` or {term}`as it stands there <word>`; case does not matter."""
    return {re.sub(r".*<(.*)>", r"\1", " ".join(role.split())).casefold() for role in re.findall(r"\{term\}`([^`]+)`", text)}


def test_the_terms_are_in_alphabetical_order():
    terms = [term for term, _ in entries(GLOSSARY.read_text(encoding="utf-8"))]
    assert len(terms) > 40 and out_of_order(terms) == []


def test_every_term_is_linked_from_a_chapter():
    used = set().union(*(linked(theorems.prose(path)) for path in theorems.chapters() if path != GLOSSARY))
    assert [term for term, _ in entries(GLOSSARY.read_text(encoding="utf-8")) if term.casefold() not in used] == []


def untaught(text):
    """The terms whose entry names no chapter or page that teaches them, or one that is not there."""
    for term, definition in entries(text):
        taught = re.findall(r"\{doc\}`(?:[^`<]*<)?([^`>]+)>?`", definition)
        if not taught or not all(list(GLOSSARY.parent.glob(f"{name}.*")) for name in taught):
            yield term


def test_every_entry_says_where_its_term_is_taught():
    assert list(untaught(GLOSSARY.read_text(encoding="utf-8"))) == []


SAMPLE = """# Words

```{glossary}
slope
  How steep
  it is.

Hessian
  A matrix.
```
"""


def test_entries_are_read_and_disorder_is_noticed():
    assert entries(SAMPLE) == [("slope", "  How steep\n  it is.\n"), ("Hessian", "  A matrix.\n")]
    assert list(untaught(SAMPLE)) == ["slope", "Hessian"]
    assert out_of_order(["slope", "Hessian"]) == [("slope", "Hessian")]
    assert out_of_order(["2-cycle", "Hessian", "slope"]) == []
    assert out_of_order(["slope", "Slope"]) == [("slope", "Slope")]


def test_links_are_read():
    text = "A {term}`slope`, two {term}`Hessians\n<Hessian>`, and a `code` word."
    assert linked(text) == {"slope", "hessian"}
