"""When something is shown, by the browser's own clock: Playwright soon looks for it only twice a second."""

from __future__ import annotations

import json
from collections.abc import Callable

from playwright.sync_api import Page

# A promise of the milliseconds from the next `event`, or from where the browser began to open the page, to the frame
# in which an element that matches `selector` is seen with a text that matches `pattern`.
_UNTIL_SEEN = """
window.untilSeen = (selector, pattern, event) => new Promise((resolve, reject) => {
    let started = event ? null : 0
    if (event) addEventListener(event, () => { started = performance.now() }, { once: true, capture: true })
    const isSeen = each => each.checkVisibility() && new RegExp(pattern).test(each.innerText.trim())
    const look = () => {
        if (started === null || ![...document.querySelectorAll(selector)].some(isSeen)) return
        watch.disconnect()
        requestAnimationFrame(() => resolve(performance.now() - started))
    }
    const watch = new MutationObserver(look)
    watch.observe(document, { subtree: true, childList: true, characterData: true, attributes: true })
    setTimeout(() => reject(new Error(`Not seen: ${selector} ${pattern}`)), 120000)
});
"""


def look_for(page: Page, *selectors: str) -> Page:
    """Have every address that this tab opens from now on be looked over for each of these; returns the tab."""
    promises = ", ".join(f"untilSeen({json.dumps(selector)}, '')" for selector in selectors)
    page.add_init_script(f"{_UNTIL_SEEN} window.seen = Promise.all([{promises}]);")
    return page


def seconds_to_open(page: Page, address: str) -> list[float]:
    """From asking for an address to the first sight of each thing that the tab has been told to look for."""
    # Behind another tab it would be drawn once a second.
    page.bring_to_front()
    page.goto(address)
    return [milliseconds / 1000 for milliseconds in page.evaluate("window.seen")]


def seconds_after(
    page: Page, do: Callable[[], object], selector: str, pattern: str = "", event: str = "click"
) -> float:
    """From the `event` that `do` brings about to the first sight of what is named."""
    named = ", ".join(map(json.dumps, (selector, pattern, event)))
    page.evaluate(f"() => {{ {_UNTIL_SEEN} window.seen = untilSeen({named}); }}")
    do()
    return page.evaluate("window.seen") / 1000
