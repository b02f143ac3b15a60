"""Mails as people read them: each kind in each language, on a phone and on a desk, as HTML and as plain text."""

from __future__ import annotations

import re

import pytest
from looks import check


def kinds(mails):
    """One mail for each subject with its numbers taken out: kinds and languages together."""
    return {re.sub(r"\d+", "#", mail["Subject"]): mail for mail in mails}


def test_every_kind_of_mail_looks_right(page, mails):
    for mail in kinds(mails).values():
        page.set_content(mail["BodyHtml"])
        check(page)


def test_people_are_written_to_in_their_language(mails):
    languages = {re.search(r'<html[^>]* lang="?(\w+)', mail["BodyHtml"])[1] for mail in mails}
    assert {"de", "en"} <= languages


def test_every_mail_has_a_plain_text_that_says_why(mails):
    for mail in mails:
        text = mail["BodyText"]
        assert len(text) > 80
        assert "<" not in text
        assert max(map(len, text.splitlines())) < 1000


def test_the_html_of_a_mail_loads_nothing_and_runs_nothing(mails):
    for mail in mails:
        assert not re.search(r"<script|<iframe|<form|\son\w+=|@import|<link\b", mail["BodyHtml"], re.IGNORECASE)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_mail_can_be_read_in_either_colour_scheme(page, mails, scheme):
    page.emulate_media(color_scheme=scheme)
    page.set_content(mails[-1]["BodyHtml"])
    check(page)


def test_the_mail_box_lists_and_shows(page, stack, mails):
    page.goto(stack["mail_url"])
    check(page)
    assert page.locator("li").count() == len(mails)
    newest = mails[-1]
    page.locator("li a").first.click()
    page.wait_for_url("**/mail?id=*")
    check(page)
    assert page.locator("h1").inner_text() == newest["Subject"]
    assert page.frame_locator("iframe").locator("body").inner_text().strip()


def test_the_mail_box_finds_by_address(page, stack, mails):
    wanted = mails[0]["To"][0]
    page.goto(stack["mail_url"])
    page.get_by_role("searchbox").fill(wanted)
    page.keyboard.press("Enter")
    page.wait_for_url("**/?q=*")
    assert page.locator("li").count() == sum(wanted in mail["To"] for mail in mails)
