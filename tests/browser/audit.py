"""What axe finds on a page."""

from axe_playwright_python.base import AXE_SCRIPT

CONTRAST = "color-contrast"
COLOURS = (CONTRAST, "link-in-text-block")  # the rules that can find something else in a dark theme
# Of formulas axe does not tell the contrast, but takes half of its time to find that out: `FAINT_MATH` tells it.
NO_CONTRAST_OF_FORMULAS = {"rules": [{"id": CONTRAST, "selector": "*:not(math, math *)"}]}

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

# Puts one element with a formula's text in the place of its parts, as large as they were: it is there to scroll to and to stand
# beside a link. The parts are half of all elements of a chapter, and axe goes through them for each rule. Of a block of code, the
# first element of each class stays, and of the others the text: they have its colours. What axe may have something to say of,
# by an attribute, keeps its own.
SHORT = """() => {
  const said = /^(aria-|id$|role$|tabindex$|href$|lang$|style$|title$)/;
  const silent = (part) => !part.getAttributeNames().some((name) => said.test(name));
  const plain = (math) => [...math.querySelectorAll("*")].every((part) =>
    part.namespaceURI === math.namespaceURI && silent(part));
  const all = [...document.querySelectorAll("math")].filter(plain), boxes = all.map((math) => math.getBoundingClientRect());
  const made = (name, attributes, child) => {
    const node = document.createElementNS("http://www.w3.org/1998/Math/MathML", name);
    for (const key in attributes) node.setAttribute(key, attributes[key]);
    node.append(child);
    return node;
  };
  const formulas = all.map((math, i) => {
    const { width, height } = boxes[i], parts = [...math.childNodes];
    const text = made("mtext", { style: "font-size: 1px" }, math.textContent);  // never wider than the formula
    math.replaceChildren(made("mpadded", { width: `${width}px`, height: `${height}px` }, text));
    return () => math.replaceChildren(...parts);
  });
  const code = [...document.querySelectorAll("pre")].map((pre) => {
    const parts = [...pre.childNodes], classes = new Set();
    const again = ({ tagName, className, childElementCount }) =>
      tagName === "SPAN" && className && !childElementCount && classes.size === classes.add(className).size;
    pre.replaceChildren(...parts.map((part) => again(part) && silent(part) ? part.textContent : part));
    return () => pre.replaceChildren(...parts);
  });
  window.shortened = [...formulas, ...code];
}"""
LONG = "() => window.shortened.forEach((restore) => restore())"

# Marks three texts of each colour, ground, size and weight that are in view. What lies over a text is the same in both
# themes: where axe has looked at all of a page in one of them, these tell what the other's colours do.
A_FEW_OF_EACH = """() => {
  const seen = {}, style = getComputedStyle;
  for (const node of document.querySelectorAll("body *:not(math *)")) {
    const own = [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim());
    if (!own || !node.checkVisibility({ visibilityProperty: true }) || node.getBoundingClientRect().width < 2) continue;
    const grounds = [];
    for (let at = node; at; at = at.parentElement)
      grounds.push([style(at).backgroundColor, style(at).backgroundImage, style(at).opacity].join());
    const { color, fontSize, fontWeight } = style(node);
    const kind = [color, fontSize, fontWeight, style(node.parentElement).color, ...new Set(grounds)].join();
    seen[kind] = (seen[kind] ?? 0) + 1;
    if (seen[kind] <= 3) node.dataset.audited = "";
  }
}"""


def serious_violations(page, only=None, contrast=None):
    """(rule, the elements that break it) of each violation that axe calls serious or critical.

    In the whole page, or `only` in what a selector names; contrast in the whole page, or in what a selector names.

    The contrast of formulas is computed here.
    """
    if contrast is None:
        return _run(page, only) + _faint(page)
    return _run(page, only, rules={CONTRAST: {"enabled": False}}) + colour_violations(page, contrast, [CONTRAST])


def violations_in_other_colours(page):
    """Those that a page can have in one theme alone, when `serious_violations` has seen all of it in the other."""
    page.evaluate(A_FEW_OF_EACH)
    return colour_violations(page, "[data-audited]", COLOURS)


def colour_violations(page, part, rules=COLOURS):
    """Those in what a selector names that a theme can have by itself."""
    return _run(page, part, runOnly=rules) + _faint(page)


def _faint(page):
    faint = page.evaluate(f"() => ({FAINT_MATH})().map((math) => math.outerHTML.slice(0, 200))")
    return [("contrast of a formula", faint)] if faint else []


def _run(page, part, **options):
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE_SCRIPT)
        page.evaluate("(options) => axe.configure(options)", NO_CONTRAST_OF_FORMULAS)
    page.evaluate(SHORT)
    asked = [{"include": [[part]]} if part else None, {"resultTypes": ["violations"], **options}]
    found = page.evaluate("async ([part, options]) => (await axe.run(part ?? document, options)).violations", asked)
    page.evaluate(LONG)
    return serious(found)


def serious(violations):
    return [
        (violation["id"], [node["html"][:200] for node in violation["nodes"]])
        for violation in violations
        if violation["impact"] in ("serious", "critical")
    ]
