"""What every page must hold: nothing sticks out sideways, targets are large enough for a thumb, and the accessibility
checker finds nothing serious."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe

_WIDER = """() => {
  const width = document.documentElement.clientWidth;
  return [...document.querySelectorAll('body *')]
    .filter(it => it.getClientRects().length && it.getBoundingClientRect().right > width + 1)
    .filter(it => !it.closest('pre, [data-scrolls], .scrolls'))
    .slice(0, 5)
    .map(it => `${it.tagName} ${it.className} ${Math.round(it.getBoundingClientRect().right)} > ${width}`);
}"""
_SMALL = """() => [...document.querySelectorAll('button, input:not([type=hidden]), select, a.button')]
  .filter(it => it.getClientRects().length)
  .filter(it => it.getBoundingClientRect().height < 24)
  .map(it => `${it.tagName} ${it.textContent.trim()} ${it.getBoundingClientRect().height}`)"""


def check(page, *, frames=False):
    """Fails with what is wrong; `frames` also looks into what the page embeds."""
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth + 1"), (
        page.evaluate(_WIDER)
    )
    assert page.evaluate(_SMALL) == []
    options = {"iframes": frames, "resultTypes": ["violations"]}
    found = Axe().run(page, options=options).response["violations"]
    serious = [
        f"{rule['id']}: {rule['help']}: {rule['nodes'][0]['html'][:160]}"
        for rule in found
        if rule["impact"] in ("serious", "critical")
    ]
    assert not serious, serious
