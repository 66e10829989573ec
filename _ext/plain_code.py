"""Code with an element only where its look changes: less than half of those that Pygments makes for its colours.

Pygments puts each name, comma and bracket into a <span> of its own, whatever the style says of them. Here all tokens that both of the
book's styles show alike are one sort: what looks as plain text is plain text, and neighbours of one look share an element.
"""

from pygments.formatters import HtmlFormatter
from pygments.styles import get_style_by_name
from pygments.token import STANDARD_TYPES, Generic
from sphinx.highlighting import PygmentsBridge


def formatter(*names):
    """A formatter of code for pages that may have any of these styles."""
    styles = [get_style_by_name(name) for name in names]
    first = {}

    def look(token):
        return tuple(tuple(style.style_for_token(token).items()) for style in styles)

    for token in STANDARD_TYPES:
        first.setdefault(look(token), token)

    def sort(token):
        return token if token in Generic else first.get(look(token), token)  # a prompt is not to be copied, however it looks

    class Formatter(HtmlFormatter):
        def format(self, tokensource, outfile):
            super().format(((sort(token), text) for token, text in tokensource), outfile)

    return Formatter


def set_formatter(_app, config):
    options = config.html_theme_options
    PygmentsBridge.html_formatter = formatter(options["pygments_light_style"], options["pygments_dark_style"])


def setup(app):
    app.connect("config-inited", set_formatter)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
