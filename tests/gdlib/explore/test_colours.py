"""The explorers' colours, told apart by colour-blind readers too, in light and in dark."""

import re
from itertools import combinations

import numpy as np
import pytest

from gdlib.explore.script import style

CSS = style()

# linear RGB as seen without one kind of cone (Machado, Oliveira and Fernandes, IEEE TVCG 15, 2009, severity 1)
SIGHT = {
    "all cones": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
TO_XYZ = np.array([[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]])


def _colours(theme):
    pairs = re.findall(r"--gd-([\w-]+): var\(--gd-day, #(\w{6})\) var\(--gd-night, #(\w{6})\);", CSS)
    return {name: day if theme == "light" else night for name, day, night in pairs}


def _linear(code):
    c = np.array([int(code[i : i + 2], 16) for i in (0, 2, 4)]) / 255
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def _lab(code, sight):
    """CIE L*a*b*, as seen."""
    seen = np.clip(np.array(SIGHT[sight]) @ _linear(code), 0, 1)
    t = TO_XYZ @ seen / TO_XYZ.sum(axis=1)
    f = np.where(t > (6 / 29) ** 3, np.cbrt(t), t / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def _contrast(a, b):
    """As the WCAG define it."""
    light, dark = sorted((0.2126, 0.7152, 0.0722) @ _linear(code) for code in (a, b))[::-1]
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize(("family", "apart"), [("123", 20), (("none", "b1", "b2", "b3", "b4"), 12)], ids=["runs", "basins"])
def test_colours_are_told_apart(theme, sight, family, apart):
    """The three runs that a comparison commonly has, and four basins. More runs have dashes of their own as well."""
    colours = _colours(theme)
    for a, b in combinations(family, 2):
        distance = np.linalg.norm(_lab(colours[a], sight) - _lab(colours[b], sight))
        assert distance >= apart, f"--gd-{a} and --gd-{b} are {distance:.0f} apart"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_what_is_drawn_stands_out_from_its_ground(theme):
    """At least 3:1 for the lines of runs, on every ground they may be drawn on; 4.5:1 for words."""
    c = _colours(theme)
    for run in "123456":
        for ground in ("paper", "low", "high", "b1", "b2", "b3", "b4", "b5", "b6"):
            assert _contrast(c[run], c[ground]) >= 3, f"--gd-{run} on --gd-{ground}: {_contrast(c[run], c[ground]):.2f}"
    for ground in ("paper", "low", "high"):
        assert _contrast(c["ink"], c[ground]) >= 4.5
