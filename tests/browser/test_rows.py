"""Each point's line of no error in the plane of w and b: where it is, which made the step, and how it turns with its point."""

import re

import numpy as np
import pytest

from gdlib import explore
from tests.browser.pointer import drag
from tests.browser.stage import POINTS, noisy, rows
from tests.browser.test_site import _sentences, _settle

pytestmark = pytest.mark.browser

PAIR = r"(-?[\d.]+) (-?[\d.]+)"
ABOVE = [(-2.5, -1), (-1.5, 0.2), (-0.5, 0.2), (0.5, 0.8), (1.5, 1.4), (2.5, 2)]  # the chapter's: all but one on 0.6 x + 0.5


def above():
    window = ((-1, 2.5), (-2, 2))
    return explore.sgd("line", ABOVE, 1 / 8, (2, -1.5), window=window, epochs=20, lines=True, beside="data")


def _lines(page, picture, name=".gd-row"):
    """The ends of the lines drawn, as points (w, b): an array (n, 2, 2)."""
    image, (left, right), (low, high) = page.locator(".gd-map image"), *picture._picture.window
    x, y, width, height = (float(image.get_attribute(n)) for n in ("x", "y", "width", "height"))
    ends = np.array(re.findall(PAIR, page.locator(name).first.get_attribute("d")), float).reshape(-1, 2, 2)
    share = (ends - [x, y]) / [width, height]
    return [left, high] + share * [right - left, low - high]


def test_on_its_line_a_point_has_no_error(show):
    picture, page = rows(), show(rows())
    lines = _lines(page, picture)
    assert len(lines) == len(POINTS)
    for ends, (x, y) in zip(lines, POINTS):
        assert ends[:, 0] == pytest.approx([-2, 4], abs=0.01)  # from edge to edge
        assert ends @ [x, 1] == pytest.approx([y, y], abs=0.03)
    assert not show(noisy()).locator(".gd-row").count()


@pytest.mark.parametrize("size", [1, 2, 5])
def test_the_lines_of_the_points_that_made_the_step_are_thicker(show, size):
    picture = rows()
    picture.set(batch=size, draw=2)
    page, path, order = show(picture), picture.run.path, np.concatenate(picture._picture.orders[2])
    assert not page.locator(".gd-row.gd-now").get_attribute("d")  # of the whole run no step is the last
    all_lines, batches = _lines(page, picture), -(-len(POINTS) // size)
    page.get_by_role("button", name="Next step").click()
    for k in range(1, batches + 2):  # into the second epoch
        page.get_by_role("button", name="Next step").click()
        _settle(page)
        epoch, place = divmod(k - 1, batches)
        used = order[5 * epoch :][:5][place * size :][:size]
        now = _lines(page, picture, ".gd-row.gd-now")
        np.testing.assert_allclose(now, all_lines[used], atol=1e-9)
        if size == 1:  # the step is at a right angle to the line, and towards it
            along = now[0, 1] - now[0, 0]
            step = path[k] - path[k - 1]
            assert abs(step @ along) < 0.01 * np.linalg.norm(step) * np.linalg.norm(along)
            x, y = POINTS[used[0]]
            assert abs(path[k] @ [x, 1] - y) < abs(path[k - 1] @ [x, 1] - y)


def test_one_drag_closes_the_ball_and_another_opens_it(show):
    page = show(above())
    assert _sentences(page).endswith(" The lines of no error do not all meet in one point.")
    before = _lines(page, above())
    point = page.get_by_role("slider", name="point 2")
    point.focus()
    for _ in range(6):  # from 0.2 to −0.4: a key is worth a grain of 0.01, and ten with Shift
        page.keyboard.press("Shift+ArrowDown")
    _settle(page)
    assert point.get_attribute("aria-valuetext") == "(−1.5, −0.4)"
    assert _sentences(page).endswith(" The lines of no error all meet in one point.")
    assert float(re.search(r"kept between \S+ and (\S+)\.", _sentences(page))[1]) < 1e-6  # it was 0.03
    after = _lines(page, above())
    moved = [i for i in range(6) if np.abs(after[i] - before[i]).max() > 0.05]
    assert moved == [1]
    for (w, b), (u, v) in after:  # all through (0.6, 0.5)
        assert (u - w) * (0.5 - b) - (v - b) * (0.6 - w) == pytest.approx(0, abs=0.02 * np.hypot(u - w, v - b))
    drag(page, page.get_by_role("slider", name="point 6"), 0, -30)
    _settle(page)
    assert _sentences(page).endswith(" The lines of no error do not all meet in one point.")
