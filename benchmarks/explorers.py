"""How long a move takes, for each explorer and against a redraw by matplotlib: all in one run.

    python -m benchmarks.explorers

Each explorer shows up to 1000 steps. Its first slider, and then its start on the picture, is moved through 200 places;
what is timed is the script of each frame by the page's own clock, as it is and with the processor slowed four times,
and the frames a second while moves come with every frame. The first line is a slider with no picture: what the browser
takes for itself, and so as many frames as there can be.
"""

import ipywidgets
import numpy as np
from playwright.sync_api import sync_playwright

from benchmarks.player import TIME_FRAMES
from gdlib import explore, objectives
from press.browser import FLAGS, find_browser
from press.stage import LABELS, POINTS, page_of

MOVES = """async (which) => {
  const settings = [...document.querySelectorAll("input[type=range]")];
  const slider = settings[which], [low, high] = [Number(slider.min), Number(slider.max)];
  window.took = [];
  const began = performance.now();
  let last = began;
  for (let i = 0; i < 200; i++) {
    slider.value = low + ((high - low) * ((i * 37) % 201)) / 200;
    slider.dispatchEvent(new Event("input"));
    await new Promise(requestAnimationFrame);
  }
  const seconds = (performance.now() - began) / 1000;
  const sorted = window.took.filter((t) => t > 0).toSorted((a, b) => a - b);
  return [sorted[sorted.length >> 1] ?? 0, sorted[Math.floor(0.95 * sorted.length)] ?? 0, 200 / seconds];
}"""

SLOW = {"eta": 1 / 512, "gtol": 0}  # small steps and no test: all 1000 steps are made and shown
MANY = {"steps": 1000, "max_steps": 1000}


def explorers():
    yield "slider alone", ipywidgets.FloatSlider(description="η")
    valley = objectives.rosenbrock()
    yield "one_d", explore.one_d(objectives.double_well(), w0=1.7, eta_range=(1 / 1024, 1 / 8), **SLOW)
    yield (
        "one_d, cobweb",
        explore.one_d(objectives.logistic_map(3.9), eta=1.0, w0=0.3, window=(-0.2, 1.2), beside="cobweb", gtol=0),
    )
    yield "two_d", explore.two_d(valley, w0=(-1.5, 2), eta_range=(1 / 4096, 1 / 512), **SLOW, **MANY)
    yield (
        "compare",
        explore.compare(
            valley,
            {
                "plain": 1 / 1024,
                "heavy ball": ("momentum", {"eta": 1 / 1024}),
                "Adam": ("adam", {"eta": 1 / 64}),
            },
            w0=(-1.5, 2),
            eta_range=(1 / 4096, 1 / 16),
            gtol=0,
            **MANY,
        ),
    )
    yield "sweep", explore.sweep(objectives.quadratic(100), eta=1 / 128, w0=(1, 1), **MANY)
    yield "basins", explore.basins(objectives.himmelblau(), eta=1 / 512, w0=(0, -1), gtol=0, **MANY)
    yield "fit line", explore.fit("line", POINTS, eta=1 / 64, w0=(-1, -1), eta_range=(1 / 1024, 1 / 8), gtol=0, **MANY)
    yield "fit logistic", explore.fit("logistic", LABELS, eta=1 / 16, w0=(-1, 1), gtol=0, **MANY)
    yield (
        "sgd",
        explore.sgd(
            "line", POINTS, eta=1 / 64, w0=(-1, -1), eta_range=(1 / 1024, 1 / 16), epochs=200, max_epochs=200, draws=1
        ),
    )
    x = np.linspace(-1, 1, 8)
    yield "network", explore.network(x, np.sin(4 * x), eta=0.4, draw=21, steps=2000, eta_range=(0.1, 0.8))


def main():
    with sync_playwright() as p:
        browser = p.chromium.launch(executable_path=find_browser(), args=FLAGS)
        print(f"{'explorer':15} {'moved':6} {'median':>8} {'p95':>8} {'frames':>8} | processor slowed four times")
        for name, picture in explorers():
            html = page_of(picture)
            page = browser.new_page(viewport={"width": 900, "height": 1000})
            page.add_init_script(f"({TIME_FRAMES})()")
            page.route("http://book.test/", lambda route: route.fulfill(body=html, content_type="text/html"))
            page.goto("http://book.test/")
            page.wait_for_selector("html[data-player=ready]", state="attached")
            page.wait_for_timeout(500)
            throttle = page.context.new_cdp_session(page)
            start = picture._picture.start[:1] if name != "slider alone" else []  # a network has none
            starts = [list(picture.settings).index(moved) for moved in start]
            for moved, which in zip(("eta", "start"), [0, *starts]):
                columns = []
                for slowed in (1, 4):
                    throttle.send("Emulation.setCPUThrottlingRate", {"rate": slowed})
                    median, p95, frames = page.evaluate(MOVES, which)
                    columns.append(f"{median:5.1f} ms {p95:5.1f} ms {frames:4.0f} /s")
                print(f"{name:15} {moved:6} {' | '.join(columns)}", flush=True)
            page.close()
        browser.close()


if __name__ == "__main__":
    main()
