"""The template is clean for the linter that knows CloudFormation's schemas, before and after the transform."""

from __future__ import annotations

import json

import expand
import pytest
from cfnlint import ManualArgs
from cfnlint import api as cfnlint


@pytest.mark.parametrize("which", ["as written", "expanded"])
def test_the_linter_finds_nothing(which):
    template = expand.TEMPLATE.read_text(encoding="utf-8") if which == "as written" else json.dumps(expand.expanded())
    # Two regions, since a type may be missing in one; hints about style are left out, as on the command line.
    config = ManualArgs(regions=["us-east-1", "eu-central-1"], ignore_checks=["I"])
    assert [str(match) for match in cfnlint.lint(template, config=config)] == []
