"""A browser and a stack for the page tests: the system's own Chromium, and whatever GUILDHALL_STACK names."""

from __future__ import annotations

import json
import os
import shutil
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1280, "height": 900}


@pytest.fixture(scope="session")
def stack():
    return json.loads(Path(os.environ["GUILDHALL_STACK"]).read_text())


@pytest.fixture(scope="session")
def mails(stack):
    """Every mail that was sent, oldest first."""
    with urllib.request.urlopen(f"{stack['endpoint']}/_ministack/ses/messages", timeout=30) as answer:
        found = json.load(answer)["messages"]
    every = [mail for of_account in found.values() for mail in of_account]
    assert every, "the stack sent no mail"
    return sorted(every, key=lambda mail: mail["Timestamp"])


@pytest.fixture(scope="session")
def browser():
    known = (shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome"))
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=next(filter(None, known)), args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(params=[PHONE, DESKTOP], ids=["phone", "desktop"])
def page(request, browser):
    """A page of phone and of desktop width. What a page says is wrong with itself fails the test."""
    context = browser.new_context(viewport=request.param, locale="en-GB")
    opened = context.new_page()
    complaints = []
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    yield opened
    context.close()
    assert complaints == []
