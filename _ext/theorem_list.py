"""The directive `theorems`: every theorem of the book, and the tests that check it, read from chapters and tests."""

from itertools import groupby
from pathlib import Path

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

from press import theorems


def in_words(test):
    """`test_the_borders_are_exact` says: the borders are exact."""
    return test.removeprefix("test_").replace("_", " ")


def lines(root):
    """The page's body, in Markdown."""
    titles = {
        label: title for path in theorems.chapters(root) for _, label, title in theorems.statements(theorems.prose(path))
    }
    checked = theorems.checked(root)
    for chapter, group in groupby(theorems.stated(root).items(), key=lambda item: item[1]):
        labels = [label for label, _ in group]
        files = {file.as_posix() for label in labels for file, _ in checked.get(label, [])}
        yield from ("", f"**{{doc}}`{chapter.stem}`**, checked in {', '.join(f'`{file}`' for file in sorted(files))}", "")
        for label in labels:
            yield f"- {{prf:ref}}`{label}`. {titles[label]}  "
            yield f"  *Checked:* {'; '.join(in_words(test) for _, test in checked.get(label, []))}."


class Theorems(SphinxDirective):
    def run(self):
        root = Path(self.env.srcdir)
        for path in (*theorems.chapters(root), *root.glob("tests/**/test_*.py")):
            self.env.note_dependency(str(path))
        box = nodes.container(classes=["theorems"])
        self.state.nested_parse(StringList(list(lines(root)), source=self.env.docname), 0, box)
        return [box]


def setup(app):
    app.add_directive("theorems", Theorems)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
