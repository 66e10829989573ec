"""Take the picture in README.md: a live explorer of the built book, in a real browser.

    python tools/picture.py _build/html

writes _static/explorer.png.
"""

import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from press import ROOT
from press.browser import FLAGS, MISSING, find_browser

OUT = ROOT / "_static" / "explorer.png"


def main(site):
    chrome = find_browser()
    if chrome is None:
        sys.exit(MISSING)
    with sync_playwright() as p:
        browser = p.chromium.launch(executable_path=chrome, args=FLAGS)
        page = browser.new_page(viewport={"width": 1000, "height": 900}, device_scale_factor=1.5)
        page.goto((Path(site).resolve() / "chapters" / "index.html").as_uri())
        explorer = page.locator(".dh-alive").first
        explorer.get_by_label("learning rate η, exact").fill("0.9")  # from side to side, and still converging
        explorer.get_by_label("start w₀, exact").fill("1.5")
        explorer.get_by_label("start w₀, exact").blur()
        page.wait_for_timeout(200)
        explorer.screenshot(path=OUT)
        browser.close()
    print(f"{OUT.name}: {OUT.stat().st_size // 1024} KB")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
