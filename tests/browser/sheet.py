"""Every kind of explorer on one sheet: live by day, live by night, and its still.

python -m tests.browser.sheet sheet.png
"""

import io
import sys

from PIL import Image
from playwright.sync_api import sync_playwright

from press.browser import FLAGS, find_browser
from press.stage import page_of
from tests.browser.stage import MAKERS, bowl

WIDTH = 704
WAIT = 2000  # milliseconds: what is counted while the page rests


def shots(browser, make):
    """The panels of one explorer by day and by night, and its still, as images of one width."""
    for theme, ground in (("light", "#ffffff"), ("dark", "#121212")):
        page = browser.new_page(viewport={"width": 900, "height": 1200})
        page.set_content(page_of(make()).replace("<html ", f'<html data-theme="{theme}" style="background: {ground}" '))
        page.wait_for_selector("html[data-player=ready]", state="attached")
        page.wait_for_timeout(WAIT)
        yield opened(page.locator(".gd-panels").screenshot())
        page.close()
    yield opened(make().still())


def opened(png):
    image = Image.open(io.BytesIO(png)).convert("RGB")
    return image.resize((WIDTH, round(image.height * WIDTH / image.width)))


def pasted(rows):
    """The rows of images on one sheet."""
    heights = [max(image.height for image in row) for row in rows]
    sheet = Image.new("RGB", (3 * WIDTH, sum(heights)), "white")
    for i, row in enumerate(rows):
        for k, image in enumerate(row):
            sheet.paste(image, (k * WIDTH, sum(heights[:i])))
    return sheet


def main(out):
    with sync_playwright() as p:
        browser = p.chromium.launch(executable_path=find_browser(), args=FLAGS)
        makers = [*MAKERS, lambda: bowl(beside=""), lambda: bowl(beside="sweep")]
        pasted([list(shots(browser, make)) for make in makers]).save(out)
        browser.close()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
