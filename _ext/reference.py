"""The library's reference: docstrings become pages, and each name and the chapter that teaches it lead to one another.

A docstring says where its name is taught: "Taught in chapter 3, The gradient." On the name's page that is a link. At the
end of the chapter stands the list of all that it teaches. Chapters that are still to be written are named without a link.
"""

import importlib
import inspect
import re
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.transforms import SphinxTransform

PAGES = "chapters/library"
ABOUT_THE_BOOK = re.compile(r"^(?:Source: |Taught in |No chapter teaches it|Used by the )(?:.+\n?)+", re.MULTILINE)
SECTION = re.compile(r"^\w[\w ]*\n-{3,}$", re.MULTILINE)
CHAPTER = re.compile(r"\bchapter\s+(\d+)")


def modules(root):
    """The modules that have a page, in the order of the contents."""
    contents = (root / "_toc.yml").read_text(encoding="utf-8")
    return [name for name in re.findall(rf"file: *{PAGES}/(\w+)", contents) if name != "index"]


def public(module):
    """The functions and classes that a module of gdlib gives its readers, by name."""
    there = importlib.import_module(f"gdlib.{module}")
    names = getattr(there, "__all__", None) or [name for name in vars(there) if not name.startswith("_")]
    members = {name: getattr(there, name) for name in names}
    return {
        name: member
        for name, member in members.items()
        if (inspect.isclass(member) or inspect.isfunction(member)) and f"{member.__module__}.".startswith(f"gdlib.{module}.")
    }


def lessons(docstring):
    """What follows "Taught in", as {number of the chapter: its title}."""
    sentence = re.search(r"Taught in (.*?)\.(?: |$)", " ".join((docstring or "").split()))
    _, *parts = re.split(r",? ?(?:and )?chapter (\d+), ", sentence[1]) if sentence else [""]
    return {int(number): title for number, title in zip(parts[::2], parts[1::2])}


def chapters(root):
    """The chapters that are written, as {number: page}."""
    return {int(path.name[:2]): f"chapters/{path.stem}" for path in sorted(root.glob("chapters/[0-9][0-9]-*.ipynb"))}


def prepare(app, what, name, obj, options, lines):
    """Put what a docstring says about the book above its sections, with links to the chapters and to other names."""
    text = "\n".join(lines)
    if about := ABOUT_THE_BOOK.search(text):
        text = text.replace(about[0], "")
        section = SECTION.search(text)
        place = section.start() if section else len(text)
        text = f"{text[:place]}\n\n{_linked(about[0], chapters(Path(app.srcdir)))}\n\n{text[place:]}"
    lines[:] = [*_cross_references(text, name, app.env.gdlib_names).splitlines(), ""]


def _linked(about, written):
    def link(match):
        page = written.get(int(match[1]))
        return f":doc:`chapter {match[1]} </{page}>`" if page else match[0]

    start = about.find("Taught in")
    return about[:start] + CHAPTER.sub(link, about[start:]) if start >= 0 else about


def _cross_references(text, name, known):
    """`name` becomes a link where it is a name of the library, and code where it is not (an argument, a module)."""
    module = name.split(".")[1]

    def mark(match):
        wanted = match[1].removeprefix("gdlib.")
        found = known.get(f"{module}.{wanted}") or known.get(wanted) or known.get(f"descent.{wanted}")
        return f":py:obj:`{match[1]} <{found}>`" if found else f"``{match[1]}``"

    return re.sub(r"(?<![:`\w])`([\w.]+)`(?!`)", mark, text)


def note_names(app, env, docnames):
    root = Path(app.srcdir)
    env.gdlib_names = {f"{m}.{name}": f"gdlib.{m}.{name}" for m in modules(root) for name in public(m)}
    env.gdlib_taught = {}
    for module in modules(root):
        for name, member in public(module).items():
            for chapter in lessons(member.__doc__):
                env.gdlib_taught.setdefault(chapter, []).append((module, name))


class InTheLibrary(SphinxTransform):
    """At the end of a chapter, the names of the library that it teaches."""

    default_priority = 700

    def apply(self, **kwargs):
        number = re.match(r"chapters/(\d\d)-", self.env.docname)
        taught = self.env.gdlib_taught.get(int(number[1])) if number else None
        if not taught:
            return
        section = nodes.section("", nodes.title("", "In the library"), ids=["in-the-library"], names=["in the library"])
        section += nodes.bullet_list("", *[self.item(module, names) for module, names in _by_module(taught)])
        top = next(self.document.findall(nodes.section))
        top += section

    def item(self, module, names):
        links = [self.link(f"gdlib.{module}.{name}", name) for name in names]
        between = [part for link in links for part in (nodes.Text(", "), link)][1:]
        return nodes.list_item(
            "", nodes.paragraph("", "", self.link(f"gdlib.{module}", f"gdlib.{module}", "mod"), nodes.Text(": "), *between)
        )

    def link(self, target, text, kind="obj"):
        options = dict(
            refdomain="py", reftype=kind, reftarget=target, refexplicit=True, refwarn=True, refdoc=self.env.docname
        )
        return addnodes.pending_xref("", nodes.literal("", text), **options)


def _by_module(taught):
    grouped = {}
    for module, name in taught:
        grouped.setdefault(module, []).append(name)
    return grouped.items()


def skip(app, what, name, obj, skipping, options):
    """The fields of a named tuple say nothing of their own; its docstring lists them."""
    return True if (obj.__doc__ or "").startswith("Alias for field number") else None


def setup(app):
    app.connect("env-before-read-docs", note_names)
    app.connect("autodoc-process-docstring", prepare, priority=400)  # before numpydoc reads it
    app.connect("autodoc-skip-member", skip)
    app.add_transform(InTheLibrary)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
