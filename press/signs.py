"""The signs that the book uses: tools/fonts.py cuts the site's two fonts down to them, and a test reads every formula for others."""

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
ICONS = (
    "\uf0c9\uf03a\uf002\uf185\uf186\uf042\uf019\uf065\uf15b\uf1c1"  # bars, list, glass, sun, moon, half, download, expand, file, pdf
    "\uf104\uf105\uf106\uf107\uf054\uf077\uf078\uf062\uf03b\uf08e"  # angles, chevrons, arrow up, outdent, leaving the site
    "\uf0f3\uf06a\uf071\uf057\uf0eb\uf05a\uf064\uf303\uf010\uf058"  # the marks of notes, warnings, hints, exercises
)
