"""What a page costs a reader with a slow line and a slow processor: kilobytes, requests, first paint, a live slider, frames.

    python -m benchmarks.pages _build/html [another/_build/html …] [--rounds 5] [--pages 05,09]

A line of 1.6 Mbit/s and 150 ms and a processor slowed four times, by the browser's own means; every page is loaded with an
empty cache from a server that compresses as a public host does. Several sites are measured in turn, page by page, so
that what else the machine does falls on all of them. In the columns:

    kB, requests  what has come once nothing more comes, and the reader has not scrolled, headers included
    paint         milliseconds to the first paint of content (median of the rounds, and the best)
    live          milliseconds until the first explorer can be moved, for a reader whose link leads to it (likewise)
    frames        frames a second of the page's worst slider while it is moved with every frame (each slider's best round)
"""

import argparse
import threading
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from playwright.sync_api import sync_playwright

from press.browser import FLAGS, find_browser
from press.server import Compressing, server

LINE = {"offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 0.75e6 / 8}
SLOWED = 4
REST = 1.5  # seconds in which nothing comes

# What comes before a reader is told is in view: no prediction hides a slider.
OPEN = "localStorage['downhill-predictions'] = 'open'"

# When the first explorer is alive and has been painted.
WATCH = """
  new MutationObserver((_, watch) => {
    if (!document.querySelector(".dh-alive input[type=range]")) return;
    watch.disconnect();
    requestAnimationFrame(() => requestAnimationFrame(() => window.live = performance.now()));
  }).observe(document, { subtree: true, attributes: true, attributeFilter: ["class"] });
"""
PAINT = "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"
# What is near comes alive, and draws what is slow: until then nobody moves a slider.
CALM = """async () => {
  const frame = () => new Promise(requestAnimationFrame);
  for (let calm = 0, last = await frame(), n = 0; calm < 30 && n < 1000; n++) {
    const now = await frame();
    calm = now - last < 20 && !document.querySelector(".gd-unfinished") ? calm + 1 : 0;
    last = now;
  }
}"""
FRAMES = """async (slider) => {
  const [low, high] = [Number(slider.min), Number(slider.max)], frame = () => new Promise(requestAnimationFrame);
  await frame();
  const began = performance.now();
  for (let i = 1; i <= 45; i++) {
    slider.value = low + ((high - low) * ((i * 37) % 46)) / 45;
    slider.dispatchEvent(new Event("input"));
    await frame();
  }
  return 45000 / (performance.now() - began);
}"""


class Visit:
    """A page in a browser of its own state, over the slow line."""

    def __init__(self, browser, line=True):
        self.context = browser.new_context(viewport={"width": 1280, "height": 800})
        self.page = self.context.new_page()
        self.page.add_init_script(OPEN)
        self.bytes, self.requests = 0, 0
        self.cdp = self.context.new_cdp_session(self.page)
        self.cdp.on("Network.loadingFinished", self._came)
        self.cdp.send("Network.enable")
        if line:
            self.cdp.send("Network.emulateNetworkConditions", LINE)
        self.cdp.send("Emulation.setCPUThrottlingRate", {"rate": SLOWED})

    def _came(self, event):
        self.bytes += event["encodedDataLength"]
        self.requests += 1

    def rest(self):
        """Wait until nothing more comes."""
        self.page.wait_for_load_state("load")
        came = -1
        while came != self.requests:
            came = self.requests
            self.page.wait_for_timeout(1000 * REST)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.context.close()


def loaded(browser, address):
    """Kilobytes, requests and the time of the first paint of a page that is opened and left alone."""
    with Visit(browser) as visit:
        visit.page.goto(address)
        visit.rest()
        return visit.bytes / 1000, visit.requests, visit.page.evaluate(PAINT)


def lively(browser, address):
    """When the first explorer can be moved."""
    with Visit(browser) as visit:
        visit.page.add_init_script(WATCH)
        visit.page.goto(f"{address}#explorer-1")
        return visit.page.wait_for_function("window.live", timeout=60_000).json_value()


def frames(browser, address):
    """The frames a second of each slider of the page, by its explorer and name."""
    found = {}
    with Visit(browser, line=False) as visit:
        visit.page.goto(address)
        for number, explorer in enumerate(visit.page.locator(".dh-explorer").all(), 1):
            explorer.scroll_into_view_if_needed()
            explorer.locator("input[type=range]").first.wait_for()
            for skip in explorer.get_by_role("button", name="Skip").all():
                skip.press("Enter")  # a mouse left on the page would be looked for in it at every frame
            visit.page.evaluate(CALM)
            for slider in explorer.locator("input[type=range]:enabled").all():
                slider.scroll_into_view_if_needed()
                name = slider.evaluate("(slider) => slider.labels[0].textContent")
                found[f"{number} {name}"] = slider.evaluate(FRAMES)
    return found


def measured(browser, addresses, rounds):
    """For each address, a line of the table; the addresses take turns."""
    seen = {address: ([], [], {}) for address in addresses}
    for _ in range(rounds):
        for address, (loads, lives, best) in seen.items():
            loads.append(loaded(browser, address))
            lives.append(lively(browser, address))
            for slider, rate in frames(browser, address).items():
                best[slider] = max(rate, best.get(slider, 0))
    for loads, lives, best in seen.values():
        kilobytes, requests, paints = zip(*loads)
        worst = min(best, key=best.get, default="none")
        yield (
            f"{median(kilobytes):6.0f} {median(requests):8.0f} {median(paints):7.0f} ({min(paints):4.0f})"
            f" {median(lives):7.0f} ({min(lives):4.0f}) {best.get(worst, 0):6.0f}  {worst}"
        )


def pages(site, wanted):
    found = [site / "chapters/index.html", *sorted(site.glob("chapters/[0-9][0-9]-*.html"))]
    return [page.relative_to(site) for page in found if not wanted or page.name[:2] in wanted or page.stem in wanted]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sites", nargs="+", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--pages", type=lambda text: text.split(","), default=[])
    told = parser.parse_args()
    with ExitStack() as stack:
        browser = stack.enter_context(sync_playwright()).chromium.launch(executable_path=find_browser(), args=FLAGS)
        hosts = [stack.enter_context(server(site.resolve(), Compressing)) for site in told.sites]
        for host in hosts:
            threading.Thread(target=host.serve_forever, daemon=True).start()
        print(
            f"{'page':24} {'site':20} {'kB':>6} {'requests':>8} {'paint ms':>14} {'live ms':>14} {'frames':>6}  worst slider"
        )
        for page in pages(told.sites[0], told.pages):
            addresses = [f"http://127.0.0.1:{host.server_port}/{page.as_posix()}" for host in hosts]
            for site, line in zip(told.sites, measured(browser, addresses, told.rounds)):
                print(f"{page.stem:24} {str(site)[-20:]:20} {line}", flush=True)
        for host in hosts:
            host.shutdown()
        browser.close()


if __name__ == "__main__":
    main()
