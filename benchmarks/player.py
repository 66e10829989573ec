"""How long a move of a slider takes on the static page: milliseconds of script, in a real browser.

    python -m benchmarks.player _build/html [page]

Every slider of the page is moved through 200 places; each frame's drawing is timed by the page's own clock,
once as it is and once with the processor slowed four times.
"""

import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from press.browser import FLAGS, find_browser

TIME_FRAMES = """() => {
  window.took = [];
  const real = window.requestAnimationFrame.bind(window);
  window.requestAnimationFrame = (draw) => real((now) => {
    const start = performance.now();
    draw(now);
    window.took.push(performance.now() - start);
  });
}"""
MOVE = """async (slider) => {
  window.took = [];
  const [low, high] = [Number(slider.min), Number(slider.max)];
  for (let i = 0; i <= 200; i++) {
    slider.value = low + ((high - low) * ((i * 37) % 201)) / 200;
    slider.dispatchEvent(new Event("input"));
    await new Promise((done) => setTimeout(done, 20));
  }
  const sorted = window.took.toSorted((a, b) => a - b);
  return [sorted.length, sorted[sorted.length >> 1], sorted[Math.floor(0.95 * sorted.length)]];
}"""


def main(site, name="index"):
    with sync_playwright() as p:
        browser = p.chromium.launch(executable_path=find_browser(), args=FLAGS)
        for slowed in (1, 4):
            page = browser.new_page()
            page.add_init_script(f"({TIME_FRAMES})()")
            page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": slowed})
            page.goto((Path(site).resolve() / "chapters" / f"{name}.html").as_uri())
            page.wait_for_selector("html[data-player=ready]", state="attached")
            for i, slider in enumerate(page.locator("input[type=range]").all()):
                drawn, median, p95 = slider.evaluate(MOVE)
                print(f"{name} slider {i} processor /{slowed}: {drawn} drawn, median {median:.2f} ms, p95 {p95:.2f} ms")
            page.close()
        browser.close()


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    main(*sys.argv[1:])
