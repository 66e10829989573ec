"""One style sheet and one script of the theme for all pages, without what no page uses.

The theme and its extensions bring a dozen style sheets, 95 KB as they travel, for a thousand things that this book has not; and a
dozen scripts, for which a reader would wait before seeing a word. Here the sheets become one. A rule stays if all that
its selector names, classes, ids and elements, stands in a page or in a script, or begins or ends as a part that a script
has ("toggle-", "-auto"): so what scripts add is styled too. The theme's scripts become one, and the book's become another, which
runs as soon as it is there: what the reader sees first is alive before the rest of the page is read. No script keeps the
page from being read and drawn.
"""

import hashlib
import re
import struct
from pathlib import Path

import tinycss2
from explorers import SHARE

SHEET = re.compile(r'<link\b[^>]*\brel="stylesheet"[^>]*>\s*')
SCRIPT = re.compile(r'<script\b[^>]*\bsrc="(?P<src>[^"]+)"[^>]*></script>\s*')
PRELOAD = re.compile(r'<link rel="preload" as="script"[^>]*>\s*')
CODE = re.compile(r"<script(?: data-[^>]*)?>(.*?)</script>", re.DOTALL)
SETTING = re.compile(r"<script>((?:let|var) \w+ = '[^']*';)</script>\s*")  # these are the same on all pages
OPTION = re.compile(r"<script>DOCUMENTATION_OPTIONS\.\w+ = .*?</script>\s*")  # these ask for nothing that is used
PICTURE = re.compile(r'<img(?P<rest>(?=[^>]*\bsrc="(?P<src>[^"]*_images/[^"]+\.png)")(?![^>]*\swidth=)[^>]*>)')
WIDGET = re.compile(r'"_(?:esm|css)_file":"([^"]+)"')

BEGINNING, ENDING = re.compile(r"[a-z][\w-]*\w-"), re.compile(r"-[a-z][\w-]*\w")  # of names that a script puts together
SPACE = re.compile(r'(?P<string>"(?:\\.|[^"\\])*")|[ \t\r\n\f]+')  # what a string holds stays as it is
VARIABLE = re.compile(r"""(?<=[{;])\s*(--[\w-]+)\s*:[^;{}"']*(?:;|(?=\}))""")

SEARCH = ("searchtools.js", "language_data.js", "searchindex.js")  # only the page of the search searches
UNUSED = ("design-tabs.js", "sphinx_highlight.js")  # no page has tabs, or marks what was searched for
LATER = Path(__file__).with_name("later.js")  # what fetches Bootstrap's script when it is wanted


def bundle(app, error):
    """Write the files that all pages share, and have the pages ask for them."""
    if error is not None or app.builder.format != "html":
        return
    site, static = Path(app.outdir), Path(app.srcdir, "_static")
    pages = {path: text for path in site.rglob("*.html") if SHEET.search(text := path.read_text(encoding="utf-8"))}
    pages = {path: text for path, text in pages.items() if "_static" not in path.relative_to(site).parts}
    fresh = {path: text for path, text in pages.items() if "/page.css?" not in text}  # others are as this left them
    sheets, scripts = asked(fresh, SHEET, "href"), asked(fresh, SCRIPT, "src")
    if not fresh:
        return
    own = [path for path in scripts if Path(app.srcdir, path.relative_to(site.resolve())).is_file()]
    theme = [path for path in scripts if path not in own and path.name not in (*SEARCH, *UNUSED, "bootstrap.js")]
    words = Words(
        pages.values(), {*scripts, *site.glob("_static/widgets/*.*"), *static.rglob("*.js"), *static.rglob("*.py")}
    )
    style = written(site / "_static/page.css", joined(sheets, words))
    settings = dict.fromkeys(setting for text in fresh.values() for setting in SETTING.findall(text))
    theirs = written(site / "_static/theme.js", "\n;\n".join([*settings, *texts([*theme, LATER])]))
    ours = written(site / "_static/book.js", "".join(texts(own)))
    for path, text in fresh.items():
        root = "../" * (len(path.relative_to(site).parts) - 1)
        light = with_lazy_pictures(with_one_sheet(text, root + style), path)
        if path.name != "search.html":
            light = with_two_scripts(light, root, ours, theirs)
        path.write_text(light, encoding="utf-8")


def asked(pages, pattern, key):
    """The files of this site that the pages ask for in such elements, in their order."""
    found = {}
    for page, text in pages.items():
        for element in pattern.finditer(text):
            address = re.search(rf'\b{key}="([^"?#]+)', element[0])[1]
            if "//" not in address:
                found[(page.parent / address).resolve()] = None
    return list(found)


def texts(files):
    return [file.read_text(encoding="utf-8") for file in files]


def written(path, text):
    """Write a file; its address, which is another one when its text is another."""
    path.write_text(text, encoding="utf-8", newline="\n")
    return f"_static/{path.name}?v={hashlib.sha256(text.encode()).hexdigest()[:8]}"


def with_one_sheet(text, address):
    first = SHEET.search(text).start()
    return f'{text[:first]}<link rel="stylesheet" href="{address}" />\n{SHEET.sub("", text[first:])}'


def with_lazy_pictures(text, page):
    """Pictures come when they near the window, and their place is kept."""

    def lazy(element):
        width, height = struct.unpack(">II", (page.parent / element["src"]).read_bytes()[16:24])  # as a PNG begins
        when = "" if "loading=" in element[0] else 'loading="lazy" '
        return f'<img {when}width="{width}" height="{height}"{element["rest"]}'

    return PICTURE.sub(lazy, text)


def with_two_scripts(text, root, ours, theirs):
    """The page with what makes it live, which waits for nothing, and the theme's script after it; no index of the search."""
    for pattern in (SCRIPT, PRELOAD, SETTING, OPTION):
        text = pattern.sub("", text)
    widgets = sorted(set(WIDGET.findall(text)))
    added = [fetched_early(root, name) for name in widgets and [*widgets, SHARE]]
    added.append(f'<script async fetchpriority="high" src="{root}{ours}"></script>\n')
    added.append(f'<script defer fetchpriority="low" src="{root}{theirs}"></script>\n')
    return text.replace("</head>", f"{''.join(added)}</head>", 1)


def fetched_early(root, name):
    """A style or a script of the explorers: it is on its way when the player asks for it."""
    if name.endswith(".css"):
        return f'<link rel="stylesheet" href="{root}_static/{name}" />\n'
    return f'<link rel="preload" as="script" fetchpriority="high" href="{root}_static/{name}" />\n'


# ---- of the style sheets, what is used


class Words:
    """What the tags of pages name, and all words of the scripts and of the styles that come later: what can be in a page."""

    def __init__(self, pages, files):
        self.words, parts = set(), set()
        for text in pages:
            self.words.update(*(re.findall(r"[\w-]+", tag) for tag in re.findall(r"<[a-z][^>]*>", text)))
            parts.update(*(re.findall(r"[\w-]+", code) for code in CODE.findall(text)))
        for file in files:
            parts.update(re.findall(r"[\w-]+", file.read_text(encoding="utf-8")))
        self.words |= parts
        self.beginnings = tuple(filter(BEGINNING.fullmatch, parts))
        self.endings = tuple(filter(ENDING.fullmatch, parts))

    def __contains__(self, name):
        known = name in self.words or name.lower() in self.words
        return known or name.startswith(self.beginnings) or name.endswith(self.endings)


def joined(sheets, words):
    """The sheets as one, which names them at its beginning."""
    folder = sheets[0].parent
    rules = "\n".join(rule for sheet in sheets for rule in used(parsed(sheet, folder), words))
    names = " ".join(sheet.relative_to(folder).as_posix() for sheet in sheets)
    return f'@charset "UTF-8";\n/* From {names}: what is used of them. */\n{without_idle_variables(rules, words)}\n'


def parsed(sheet, folder):
    """The rules of a sheet, its addresses as they are from `folder`."""
    here = sheet.parent.relative_to(folder).as_posix()
    text = re.sub(r'url\((["\']?)(?!["\']|data:|[#/])', rf"url(\1{here}/", sheet.read_text(encoding="utf-8"))
    return tinycss2.parse_stylesheet(text, skip_whitespace=True)


def used(rules, words):
    for rule in rules:
        if rule.type == "qualified-rule":
            selectors = [serialized(selector) for selector in split(rule.prelude) if is_used(selector, words)]
            if selectors:
                yield f"{','.join(selectors)}{{{serialized(rule.content)}}}"
        elif rule.type == "at-rule" and rule.lower_at_keyword in ("media", "supports", "layer") and rule.content:
            inner = list(used(tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True), words))
            if inner:
                yield f"@{rule.at_keyword} {serialized(rule.prelude)}{{{''.join(inner)}}}"
        elif rule.type == "at-rule" and rule.lower_at_keyword != "charset":
            yield rule.serialize()
        elif rule.type == "comment" and rule.value.startswith("!"):
            yield rule.serialize()  # a licence
        elif rule.type == "error":
            raise ValueError(f"a style sheet of the theme cannot be read: {rule.message}")


def is_used(selector, words):
    """Whether every class, id and element that a selector names is known; of `:is(…)` and the like, in one of its cases."""
    before = None
    for token in selector:
        named = token.type == "hash" or (token.type == "ident" and before != ":")
        if named and token.value not in words:
            return False
        cases = split(token.arguments) if token.type == "function" and token.lower_name in ("is", "where", "has") else []
        if cases and not any(is_used(case, words) for case in cases):
            return False
        before = token
    return True


def split(tokens):
    parts = [[]]
    for token in tokens:
        if token == ",":
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def serialized(tokens):
    text = tinycss2.serialize([token for token in tokens if token.type != "comment"])
    return SPACE.sub(lambda found: found["string"] or " ", text).strip()


def without_idle_variables(text, words):
    """The rules without the variables that nothing uses, nor another variable that is used."""
    wanted = set(re.findall(r"var\(\s*(--[\w-]+)", text))
    less = VARIABLE.sub(lambda found: found[0] if found[1] in wanted or found[1] in words else "", text)
    return text if less == text else without_idle_variables(less, words)


def setup(app):
    app.connect("build-finished", bundle, priority=900)  # when the pages have been mended
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
