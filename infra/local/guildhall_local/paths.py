"""Where things are. The state folder holds everything a run leaves behind, so that deleting it starts afresh."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
LOCAL = ROOT / "infra" / "local"
TEMPLATE = ROOT / "infra" / "template.yaml"
BOOTSTRAPS = ROOT / "target" / "bootstraps"
DEFAULT_COMPANY = ROOT / "examples" / "company"

WORKSHOP = ROOT / ".local"
"""Virtual environments and tools, shared by all local stacks."""

STATE = Path(os.environ.get("GUILDHALL_STATE") or WORKSHOP).resolve()
"""What the stack at hand leaves behind: `stack.json`, logs, packaged templates."""

DEFAULT_PORT = 4580
TEST_PORT = 4590
REGION = "us-east-1"
STACK_NAME = "guildhall"
FUNCTIONS = ("directory-api", "training-api", "workflow-tasks", "event-relay", "reactions", "mailer")
