"""The template as CloudFormation sees it after the SAM transform, without an account or a network.

`python infra/expand.py` prints it as JSON, for policy linters; the template tests import `expanded()`.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from samtranslator.public.translator import ManagedPolicyLoader
from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

TEMPLATE = Path(__file__).with_name("template.yaml")


class _NoManagedPolicies(ManagedPolicyLoader):
    """The template names no managed policy, so there is nothing to ask IAM for."""

    def __init__(self) -> None:
        super().__init__(None)

    def load(self) -> dict[str, str]:
        return {}


def source(path: Path = TEMPLATE) -> dict[str, Any]:
    """The template as written."""
    return yaml_parse(path.read_text(encoding="utf-8"))


def expanded(path: Path = TEMPLATE) -> dict[str, Any]:
    """The template after the transform."""
    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
    template = source(path)
    for resource in template["Resources"].values():
        # `package` puts an object's address where a path stands; which one does not matter here.
        for name in ("CodeUri", "DefinitionUri"):
            if name in resource.get("Properties", {}):
                resource["Properties"][name] = "s3://artifacts/" + resource["Properties"][name].strip("./")
    return transform(template, {}, _NoManagedPolicies())


if __name__ == "__main__":
    print(json.dumps(expanded(), indent=2))
