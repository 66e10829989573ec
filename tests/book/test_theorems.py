"""Every theorem has a test, and every test of a theorem has its theorem."""

import re

import pytest

from press import theorems

ALL = [(path.name, *statement) for path in theorems.chapters() for statement in theorems.statements(theorems.prose(path))]


def test_every_theorem_has_a_test():
    assert set(theorems.stated()) - set(theorems.checked()) == set()


def test_every_test_of_a_theorem_has_its_theorem():
    assert set(theorems.checked()) - set(theorems.stated()) == set()


def test_every_theorem_lemma_and_corollary_has_a_label_of_its_kind():
    for chapter, kind, label, title in ALL:
        if kind in ("theorem", "proposition", "lemma", "corollary"):
            assert label and label.startswith(theorems.PREFIX[kind]), (
                f"{chapter}: {kind} {title} needs a label {theorems.PREFIX[kind]}…"
            )


def test_no_statement_escapes_the_pattern():
    """A theorem written in a way that press/theorems.py does not read would have no test."""
    for path in theorems.chapters():
        text = theorems.prose(path)
        assert len(re.findall(r"\{prf:(?:theorem|lemma|corollary|proposition|example)\}", text)) == sum(
            kind in theorems.PREFIX for kind, _, _ in theorems.statements(text)
        )


def test_the_page_of_theorems_lists_them_all(site):
    page = (site / "chapters" / "theorems.html").read_text(encoding="utf-8")
    for label, tests in theorems.checked().items():
        assert f'#{label}"' in page
        for file, test in tests:
            assert file.as_posix() in page
            assert test.removeprefix("test_").replace("_", " ") in page


CHAPTER = """
:::{prf:theorem} Descent
:label: thm-descent
Text.
:::

````{prf:lemma}
:class: dropdown
:label: lem-small
````

```{prf:proof}
```

:::{prf:theorem} No label
Text.
:::
"""
TESTS = """
@pytest.mark.theorem("thm-descent")
@pytest.mark.parametrize("seed", range(3))
def test_it(seed):
    ...

@pytest.mark.theorem("lem-small")
class TestSmall:
    @pytest.mark.theorem("cex-inner")
    def test_inner(self): ...
"""


def test_statements_are_read():
    assert list(theorems.statements(CHAPTER)) == [
        ("theorem", "thm-descent", "Descent"),
        ("lemma", "lem-small", ""),
        ("proof", None, ""),
        ("theorem", None, "No label"),
    ]


def test_marks_are_read():
    assert sorted(theorems.marks(TESTS)) == [
        ("cex-inner", "test_inner"),
        ("lem-small", "TestSmall"),
        ("thm-descent", "test_it"),
    ]


@pytest.mark.parametrize("chapter, test, missing", [(CHAPTER, "", {"thm-descent", "lem-small"}), (CHAPTER, TESTS, set())])
def test_a_theorem_without_a_test_is_noticed(tmp_path, chapter, test, missing):
    contents = "root: chapters/01-a\n"
    for folder, name, text in (("chapters", "01-a.md", chapter), ("tests", "test_a.py", test), (".", "_toc.yml", contents)):
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / name).write_text(text, encoding="utf-8")
    assert set(theorems.stated(tmp_path)) - set(theorems.checked(tmp_path)) == missing
