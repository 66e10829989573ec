"""What axe finds on a page."""

from axe_playwright_python.sync_playwright import Axe


def serious_violations(page):
    """(rule, the elements that break it) of each violation that axe calls serious or critical."""
    found = Axe().run(page).response["violations"]
    return [
        (violation["id"], [node["html"][:200] for node in violation["nodes"]])
        for violation in found
        if violation["impact"] in ("serious", "critical")
    ]
