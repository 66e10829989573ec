"""What axe finds on a page."""

from axe_playwright_python.sync_playwright import Axe

CONTRAST = "color-contrast"
COLOURS = (CONTRAST, "link-in-text-block")  # the rules that can find something else in a dark theme

# Formulas whose colour, or what lies behind them, is not that of the text around
PAINTED_MATH = """() => [...document.querySelectorAll("math")].filter((math) => {
  const around = getComputedStyle(math.parentElement).color;
  return [math, ...math.querySelectorAll("*")].some((part) => {
    const style = getComputedStyle(part);
    const plain = style.backgroundColor === "rgba(0, 0, 0, 0)" && style.opacity === "1";
    return !(style.color === around && plain);
  });
}).map((math) => math.outerHTML)"""


def serious_violations(page, rules=None, contrast=None):
    """(rule, the elements that break it) of each violation that axe calls serious or critical.

    All rules, unless some are named; contrast in the whole page, unless a selector names a part.

    Contrast takes axe most of its time, and formulas have a third of all elements of a page. Their colour is that of the text
    around them, which is looked at here, so axe compares that text alone.
    """
    others = (
        {"runOnly": [rule for rule in rules if rule != CONTRAST]} if rules else {"rules": {CONTRAST: {"enabled": False}}}
    )
    found = _run(page, options=others)
    if not rules or CONTRAST in rules:
        found += _run(
            page,
            context={"exclude": [["math"]]} | ({"include": [[contrast]]} if contrast else {}),
            options={"runOnly": [CONTRAST]},
        )
        painted = page.evaluate(PAINTED_MATH)
        found += [("a formula with a colour of its own", [math[:200] for math in painted])] if painted else []
    return found


def _run(page, context=None, options=None):
    found = Axe().run(page, context=context, options={"resultTypes": ["violations"], **options}).response["violations"]
    return [
        (violation["id"], [node["html"][:200] for node in violation["nodes"]])
        for violation in found
        if violation["impact"] in ("serious", "critical")
    ]
