"""A page used by its keyboard alone."""

from __future__ import annotations

from playwright.sync_api import Locator, Page

_MOST_STEPS = 150
_WHERE = "() => document.activeElement.outerHTML.slice(0, 120)"


def tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until the focus is there and can be seen; an AssertionError says where it went instead."""
    been = []
    for _ in range(_MOST_STEPS):
        page.keyboard.press("Tab")
        if wanted.evaluate("(element) => element === document.activeElement"):
            assert wanted.evaluate("(element) => getComputedStyle(element).outlineStyle !== 'none'"), (
                f"the focus cannot be seen on {page.evaluate(_WHERE)}"
            )
            return
        been.append(page.evaluate(_WHERE))
    raise AssertionError(f"the focus never came to {wanted}, but to: {been}")
