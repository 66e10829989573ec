"""Make _static/book-math.woff2: the part of STIX Two Math that the book's formulas need.

    pip install ziamath fonttools brotli
    python tools/mathfont.py

The whole font has 1.5 MB, this part about 45 KB. Browsers set MathML by the tables of such a font: without one, brackets
and roots do not grow. Few systems have one, so the site brings its own. STIX Two Math is under the SIL Open Font License.
"""

from importlib.resources import files
from pathlib import Path

from fontTools import subset

TARGET = Path(__file__).parent.parent / "_static" / "book-math.woff2"

LETTERS = (
    "".join(map(chr, range(0x20, 0x7F)))
    + "ıȷℎℏℓΓΔΘΛΞΠΣΥΦΨΩ∇∂αβγδεζηθικλμνξοπρςστυφχψωϑϕϵϱ"
    + "".join(chr(0x1D400 + i) for i in range(2 * 52))                     # bold, italic
    + "".join(chr(0x1D49C + i) for i in range(26))                         # script
    + "ℬℰℱℋℐℒℳℛ" + "ℂℍℕℙℚℝℤ" + "".join(chr(0x1D538 + i) for i in range(26))  # and double-struck
    + "𝖳" + "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗𝟙"
    + "".join(chr(0x1D6A8 + i) for i in range(2 * 58))                     # Greek: bold, italic
)
SIGNS = (
    "\u00a0¬°±·×÷–—‘’“”†•…′″‴‖"
    "←↑→↓↔↦⇐⇒⇔⟵⟶⟹⟺⟼∀∃∄∅∈∉∋∏∐∑−∓∕∖∗∘∙√∝∞∣∤∥∦∧∨∩∪∫∬∮∴∵∼≃≅≈≔≠≡≤≥≪≫≺≻≼≽⪯⪰⊂⊃⊆⊇⊕⊖⊗⊙⊤⊥⋅⋆★⋮⋯⋰⋱"
    "⌈⌉⌊⌋⟨⟩⏞⏟□■⩽⩾✓"
    "ˆˇ˘˙˚˜¯¨´`^_‾\u0302\u0303\u0304\u0305\u0306\u0307\u0308\u030a\u030c\u0331\u0332\u0338\u20d7"
)
PRIMES = "′″‴"
MOST_SIZES = 6  # of a growing bracket; beyond it is put together from parts


def read(characters):
    """Return the STIX font, cut down to `characters` and the larger sizes of those that grow."""
    options = subset.Options(flavor="woff2", layout_features=[], hinting=False, notdef_outline=True, glyph_names=True)
    font = subset.load_font(files("ziamath") / "fonts" / "STIXTwoMath-Regular.ttf", options)
    lower_primes(font)
    drop_spare_sizes(font)
    subsetter = subset.Subsetter(options)
    subsetter.populate(text=characters)
    subsetter.subset(font)
    return font, options


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


def rename(font):
    """A changed font goes by its own name; the copyright and the licence stay in it."""
    for record in list(font["name"].names):
        if record.nameID in (1, 3, 4, 6, 16):
            font["name"].setName("BookMath" if record.nameID == 6 else "Book Math", record.nameID,
                                 record.platformID, record.platEncID, record.langID)


def main():
    font, options = read(LETTERS + SIGNS)
    narrow_roots(font)
    rename(font)
    subset.save_font(font, TARGET, options)
    print(f"{TARGET.name}: {font['maxp'].numGlyphs} glyphs, {TARGET.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
