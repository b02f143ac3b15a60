"""The pages behind mail links: opening changes nothing, a button answers once, then the link is used up."""

from __future__ import annotations

import html
import re
import urllib.error
import urllib.request

import pytest
from looks import check

LINK = re.compile(r'href="([^"]+/training/links/[^"]+)"')


@pytest.fixture
def links(mails):
    """Links of mails whose course is not yet done, newest first, one for each mail."""
    found = [LINK.findall(mail["BodyHtml"]) for mail in reversed(mails)]
    return [html.unescape(of_mail[0]) for of_mail in found if of_mail]


def still_open(links):
    """The first link that no test has used."""
    for link in links:
        try:
            with urllib.request.urlopen(link, timeout=30) as answer:
                if answer.status == 200:
                    return link
        except urllib.error.HTTPError as error:
            assert error.code == 410
    raise AssertionError("every link was used")


def test_a_link_opens_a_page_that_looks_right(page, links):
    page.goto(still_open(links))
    check(page)
    answers = page.locator("summary")
    assert answers.count() == 4
    for answer in answers.all():
        answer.click()
        check(page)


def test_opening_changes_nothing(page, links):
    link = still_open(links)
    for _ in range(3):
        answer = page.goto(link)
        assert answer.status == 200
    assert "no-store" in answer.headers["cache-control"]
    assert answer.headers["referrer-policy"] == "no-referrer"


def test_done_is_recorded_and_the_link_is_used_up(page, links):
    link = still_open(links)
    page.goto(link)
    answer = page.locator("details", has=page.locator("input[name=action][value=done]"))
    answer.locator("summary").click()
    with page.expect_navigation():
        answer.get_by_role("button").click()
    check(page)
    with pytest.raises(urllib.error.HTTPError) as used:
        urllib.request.urlopen(link, timeout=30)
    assert used.value.code == 410


def test_a_link_that_is_not_genuine_gets_a_page(stack):
    with pytest.raises(urllib.error.HTTPError) as answer:
        urllib.request.urlopen(f"{stack['api_url']}/training/links/nonsense", timeout=30)
    assert answer.value.code == 404
    assert "text/html" in answer.value.headers["content-type"]
