"""Make the site's two fonts, each cut down to the signs that the book uses.

    pip install ziamath fonttools brotli
    python tools/fonts.py

_static/book-math.woff2 is part of STIX Two Math: 1.5 MB become 48 KB. Browsers set MathML by the tables of such a font;
without one, brackets and roots do not grow. Few systems have one, so the site brings its own.
_static/vendor/… is part of the theme's Font Awesome, and takes its place in the site: 156 KB become 2 KB.
Both are under the SIL Open Font License 1.1.
"""

from importlib.resources import files

from fontTools import subset

from press import ROOT
from press.signs import ICONS, LETTERS, SIGNS

STATIC = ROOT / "_static"
ICONS_IN_THEME = "vendor/fontawesome/webfonts/fa-solid-900.woff2"
PRIMES = "′″‴"
MAX_SIZES = 6  # of a growing bracket; beyond it is put together from parts


def cut(font, characters, name, target):
    """Save what `characters` need of a font, under a name of its own; the copyright and the licence stay in it."""
    options = subset.Options(flavor="woff2", layout_features=[], hinting=False, notdef_outline=True, glyph_names=True)
    subsetter = subset.Subsetter(options)
    subsetter.populate(text=characters)
    subsetter.subset(font)
    for record in font["name"].names:
        if record.nameID in (1, 3, 4, 6, 16):
            record.string = name.replace(" ", "") if record.nameID == 6 else name
    target.parent.mkdir(parents=True, exist_ok=True)
    subset.save_font(font, target, options)
    print(f"{target.name}: {font['maxp'].numGlyphs} glyphs, {target.stat().st_size:,} bytes")


def lower_primes(font):
    """Primes come as superscripts in MathML: give them the lower, larger form that the font keeps for that place."""
    lower = {ord(prime): font.getBestCmap()[ord(prime)] + ".ssty" for prime in PRIMES}
    for table in font["cmap"].tables:
        table.cmap.update({code: lower.get(code, name) for code, name in table.cmap.items()})


def vertical(font):
    variants = font["MATH"].table.MathVariants
    return zip(variants.VertGlyphCoverage.glyphs, variants.VertGlyphConstruction)


def drop_spare_sizes(font):
    for _, grown in vertical(font):
        if grown.GlyphAssembly:
            del grown.MathGlyphVariantRecord[MAX_SIZES:]
            grown.VariantCount = len(grown.MathGlyphVariantRecord)


def narrow_roots(font):
    """Chromium leaves room for the widest root sign beside the smallest one, a gap after each root: make them all one width."""
    root = font.getBestCmap()[ord("√")]
    grown = dict(vertical(font))[root]
    width = font["hmtx"][root][0]
    sizes = [record.VariantGlyph for record in grown.MathGlyphVariantRecord]
    parts = [part.glyph for part in grown.GlyphAssembly.PartRecords]
    for name in {*sizes, *parts} - {root}:
        advance, bearing = font["hmtx"][name]
        glyph = font["glyf"][name]
        glyph.coordinates.scale((width / advance, 1))
        glyph.coordinates.toInt()
        glyph.recalcBounds(font["glyf"])
        font["hmtx"][name] = (width, round(bearing * width / advance))


def main():
    options = subset.Options(glyph_names=True)
    mathematics = subset.load_font(files("ziamath") / "fonts" / "STIXTwoMath-Regular.ttf", options)
    lower_primes(mathematics)
    drop_spare_sizes(mathematics)
    narrow_roots(mathematics)
    cut(mathematics, LETTERS + SIGNS, "Book Math", STATIC / "book-math.woff2")

    theme = files("pydata_sphinx_theme") / "theme" / "pydata_sphinx_theme" / "static"
    cut(subset.load_font(theme / ICONS_IN_THEME, options), ICONS, "Book Icons", STATIC / ICONS_IN_THEME)


if __name__ == "__main__":
    main()
