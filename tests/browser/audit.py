"""What axe finds on a page."""

from axe_playwright_python.sync_playwright import Axe


def serious_violations(page, parts=None):
    """On the whole page, or in the parts that a selector names: the whole takes seconds."""
    return serious(Axe().run(page, parts).response["violations"])


def serious(violations):
    """(rule, the elements that break it) of each violation that axe calls serious or critical."""
    return [
        (violation["id"], [node["html"][:200] for node in violation["nodes"]])
        for violation in violations
        if violation["impact"] in ("serious", "critical")
    ]
