"""Make the site's two fonts, each cut down to the signs that the book uses.

    pip install ziamath fonttools brotli
    python tools/fonts.py

_static/book-math.woff2 is part of STIX Two Math: 1.5 MB become 48 KB. Browsers set MathML by the tables of such a font;
without one, brackets and roots do not grow. Few systems have one, so the site brings its own.
_static/vendor/… is part of the theme's Font Awesome, and takes its place in the site: 156 KB become 2 KB.
Both are under the SIL Open Font License 1.1.
"""

from importlib.resources import files
from pathlib import Path

from fontTools import subset

STATIC = Path(__file__).parent.parent / "_static"
ICONS_IN_THEME = "vendor/fontawesome/webfonts/fa-solid-900.woff2"

LETTERS = (
    "".join(map(chr, range(0x20, 0x7F)))
    + "ıȷℎℏℓΓΔΘΛΞΠΣΥΦΨΩ∇∂αβγδεζηθικλμνξοπρςστυφχψωϑϕϵϱ"
    + "".join(chr(0x1D400 + i) for i in range(2 * 52))  # bold, italic
    + "".join(chr(0x1D49C + i) for i in range(26))  # script
    + "ℬℰℱℋℐℒℳℛ"
    + "ℂℍℕℙℚℝℤ"
    + "".join(chr(0x1D538 + i) for i in range(26))  # and double-struck
    + "𝖳"
    + "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗𝟙"
    + "".join(chr(0x1D6A8 + i) for i in range(2 * 58))  # Greek: bold, italic
)
SIGNS = (
    "\u00a0\u2002\u2003\u2004\u2005\u2006\u2009\u200a¬°±·×÷–—‘’“”†•…′″‴‖"
    "←↑→↓↔↦⇐⇒⇔⟵⟶⟹⟺⟼∀∃∄∅∈∉∋∏∐∑−∓∕∖∗∘∙√∝∞∣∤∥∦∧∨∩∪∫∬∮∴∵∼≃≅≈≔≠≡≤≥≪≫≺≻≼≽⪯⪰⊂⊃⊆⊇⊕⊖⊗⊙⊤⊥⟂⋅⋆★⋮⋯⋰⋱"
    "⌈⌉⌊⌋⟨⟩⏞⏟□■⩽⩾✓"
    "ˆˇ˘˙˚˜¯¨´`^_‾\u0302\u0303\u0304\u0305\u0306\u0307\u0308\u030a\u030c\u0331\u0332\u0338\u20d7"
)
PRIMES = "′″‴"
ICONS = (
    "\uf0c9\uf03a\uf002\uf185\uf186\uf042\uf019\uf065\uf15b\uf1c1"  # bars, list, glass, sun, moon, half, download, expand, file, pdf
    "\uf104\uf105\uf106\uf107\uf054\uf077\uf078\uf062\uf03b\uf08e"  # angles, chevrons, arrow up, outdent, leaving the site
    "\uf0f3\uf06a\uf071\uf057\uf0eb\uf05a\uf064\uf303\uf010\uf058"  # the marks of notes, warnings, hints, exercises
)
MOST_SIZES = 6  # of a growing bracket; beyond it is put together from parts


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
            del grown.MathGlyphVariantRecord[MOST_SIZES:]
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
