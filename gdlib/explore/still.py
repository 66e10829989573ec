"""The still: the picture that the browser would draw, drawn by the same JavaScript with no browser, as PNG.

A page that is printed, or has no script, a preview, and a notebook that has not been run show it.
"""

import io
import re
from base64 import b64encode
from functools import cache
from pathlib import Path

from .script import joined, style

ZOOM = 1.5  # pixels of the PNG for one of the page
RUNS = range(1, 7)


def still(state):
    """A widget's state as PNG bytes, by day; None where there is no engine for JavaScript, or no room for one."""
    if _confined():
        return None
    try:
        import resvg_py

        made = engine().call("still", state, colours())
    except ImportError:  # in a browser (Pyodide), where the picture itself is alive
        return None
    svg = made["svg"]
    for i, image in enumerate(made["images"]):
        svg = svg.replace(f'"image:{i}"', f'"{_address(**image)}"')
    fonts = {"skip_system_fonts": True, "font_files": _fonts(), "font_family": "DejaVu Sans"}
    return bytes(resvg_py.svg_to_bytes(svg_string=svg, style_sheet=svg_style(), background="white", zoom=ZOOM, **fonts))


def _confined():
    """Whether this process may have little memory (a submission that is graded): the engine reserves much, uses little."""
    try:
        from resource import RLIM_INFINITY, RLIMIT_AS, getrlimit
    except ImportError:  # Windows
        return False
    return getrlimit(RLIMIT_AS)[0] != RLIM_INFINITY


@cache
def engine():
    """An engine for JavaScript outside a browser, with the modules that compute and draw."""
    from py_mini_racer import MiniRacer  # slow to load, and needed here only

    engine = MiniRacer()
    engine.eval(joined("still.js"))
    return engine


@cache
def colours():
    """The style sheet's colours by day: name -> (red, green, blue)."""
    found = re.findall(r"(--gd-\w+): var\(--gd-day, #(\w{6})\)", style())
    return {name: tuple(bytes.fromhex(code)) for name, code in found}


@cache
def svg_style():
    """The style sheet's rules for what is drawn, without variables: by day, and for each run its colour and dashes."""
    text = re.sub(r"/\*.*?\*/", "", style(), flags=re.DOTALL)
    rules = re.findall(r"^([^@{}\s][^{}@]*)\{([^{}]*)\}", text, flags=re.MULTILINE)
    named = {name: "#" + bytes(rgb).hex() for name, rgb in colours().items()}
    made = []
    for selector, body in rules:
        if "--gd-run)" not in body and "--gd-dash)" not in body:
            made.append((selector, _resolved(body, named)))
            continue
        for run in RUNS:
            own = dict(re.findall(r"(--gd-\w+): ([^;]+);", dict(_runs(rules))[run]))
            values = named | {"--gd-dash": "none"} | {name: _resolved(value, named) for name, value in own.items()}
            made.append((", ".join(f"{one.strip()}.gd-run-{run}" for one in selector.split(",")), _resolved(body, values)))
    return "\n".join(f"{selector.strip()} {{{body}}}" for selector, body in made if "var(" not in body)


def _runs(rules):
    """The style sheet's own words for each run."""
    for selector, body in rules:
        if number := re.fullmatch(r"\.gd-run-(\d)", selector.strip()):
            yield int(number[1]), body


def _resolved(body, values):
    return re.sub(r"var\((--gd-\w+)\)", lambda match: values.get(match[1], match[0]), body)


def _address(width, height, pixels):
    from PIL import Image

    png = io.BytesIO()
    Image.frombytes("RGB", (width, height), bytes.fromhex(pixels)).save(png, format="PNG")
    return f"data:image/png;base64,{b64encode(png.getvalue()).decode()}"


@cache
def _fonts():
    """DejaVu, which comes with matplotlib: the same on every machine."""
    from matplotlib import get_data_path

    return [str(path) for path in Path(get_data_path(), "fonts", "ttf").glob("DejaVuSans*.ttf")]
