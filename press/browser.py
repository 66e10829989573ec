"""The Chrome or Chromium of this machine, as tests, benchmarks and the README's picture start it."""

import os
import shutil

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# the same engine with no browser's windows and menus around it: a test of pages needs two thirds of the processor's time
WINDOWLESS = ("chromium-headless-shell", "chrome-headless-shell")
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
)
MISSING = "no Chrome or Chromium found: install one, or name it in the variable CHROME"


def find_browser(windowless=False):
    """The path of a Chrome or Chromium on this machine, or None. CHROME names one.

    With ``windowless=True`` the one without windows goes first: its pages behave the same, but fetch pictures from further away.
    """
    found = (os.environ.get("CHROME"), *map(shutil.which, (*(WINDOWLESS if windowless else ()), *NAMES)), *PLACES)
    return next((path for path in found if path and os.path.exists(path)), None)
