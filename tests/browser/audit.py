"""What axe finds on a page."""

from axe_playwright_python.sync_playwright import Axe

CONTRAST = "color-contrast"
COLOURS = (CONTRAST, "link-in-text-block")  # the rules that can find something else in a dark theme

# Formulas with a part whose contrast with what lies behind it is below 4.5, or cannot be told: axe looks at none of them
FAINT_MATH = """() => {
  const channels = (css) => {
    const [r, g, b, alpha = 1] = css.startsWith("rgb") ? css.match(/[0-9.]+/g).map(Number) : [];
    return { rgb: [r, g, b], alpha };
  };
  const over = (above, below) => above.rgb.map((c, i) => above.alpha * c + (1 - above.alpha) * below[i]);
  const behind = (node) => {  // from the page's white up to the node
    const under = node.parentElement ? behind(node.parentElement) : [255, 255, 255];
    return over(channels(getComputedStyle(node).backgroundColor), under);
  };
  const luminance = (rgb) => {
    const linear = rgb.map((c) => c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4);
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
  };
  const contrast = (node) => {
    const ground = behind(node), ink = over(channels(getComputedStyle(node).color), ground);
    const [dark, light] = [luminance(ground), luminance(ink)].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  };
  // in a fold that is closed the opacity is 0
  const opaque = (node) => !node || /^[01]$/.test(getComputedStyle(node).opacity) && opaque(node.parentElement);
  return [...document.querySelectorAll("math")].filter((math) =>
    ![math, ...math.querySelectorAll("*")].every((part) => opaque(part) && contrast(part) >= 4.5));
}"""


def serious_violations(page, rules=None, contrast=None):
    """(rule, the elements that break it) of each violation that axe calls serious or critical.

    All rules, unless some are named; contrast in the whole page, unless a selector names a part.

    Contrast takes axe most of its time, a third of it for the elements of formulas, whose contrast it does not tell. So that
    is computed here, and axe is spared them.
    """
    others = (
        {"runOnly": [rule for rule in rules if rule != CONTRAST]} if rules else {"rules": {CONTRAST: {"enabled": False}}}
    )
    found = _run(page, options=others)
    if not rules or CONTRAST in rules:
        context = {"exclude": [["math"]]} | ({"include": [[contrast]]} if contrast else {})
        found += _run(page, context=context, options={"runOnly": [CONTRAST]})
        faint = page.evaluate(f"() => ({FAINT_MATH})().map((math) => math.outerHTML.slice(0, 200))")
        found += [("contrast of a formula", faint)] if faint else []
    return found


def _run(page, context=None, options=None):
    found = Axe().run(page, context=context, options={"resultTypes": ["violations"], **options}).response["violations"]
    return [
        (violation["id"], [node["html"][:200] for node in violation["nodes"]])
        for violation in found
        if violation["impact"] in ("serious", "critical")
    ]
