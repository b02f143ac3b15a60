"""The API reference that is served with the API."""

from __future__ import annotations

from looks import check


def test_the_reference_looks_right_and_names_every_system(page, stack):
    page.goto(stack["docs_url"])
    page.wait_for_load_state("networkidle")
    check(page)
    text = page.locator("body").inner_text()
    assert "/directory/people" in text
    assert "/training/runs" in text
