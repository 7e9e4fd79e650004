"""The names of the checks: printed with each finding, and explained where operators look."""

import re
from pathlib import Path

import pytest

from cli.findings import line
from db import audit, sealed_secrets
from db.audit import Finding
from db.timed_audit import NOT_PROVED
from reconcile import (
    orphan_workflows,
    proof,
    provider_comparison,
    unconnected,
    undone_payments,
    unserved,
)
from reconcile.comparison import Mismatch

NAMES = [
    *audit.names(),
    *Mismatch,
    orphan_workflows.CHECK,
    undone_payments.UNDONE,
    undone_payments.EARLY_DISPUTE,
    unserved.CHECK,
    proof.UNCOMPARED,
    unserved.NO_WORKER,
    sealed_secrets.UNREADABLE,
    provider_comparison.THEIRS_ONLY,
    provider_comparison.OURS_ONLY,
    provider_comparison.DIFFERS,
    provider_comparison.HOLDS_LESS,
    provider_comparison.NOT_ASKED,
    provider_comparison.UNREADABLE,
    unconnected.CHECK,
    NOT_PROVED,
]
PROOF = Path(__file__).parents[2] / "docs" / "operations.md"


def test_no_two_checks_have_one_name() -> None:
    assert len(set(NAMES)) == len(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_plain(name: str) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z]+)+", name)


def test_the_page_for_operators_names_every_check_and_no_other() -> None:
    section = PROOF.read_text().partition("\n## Proof\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`.+?) \|", section, re.MULTILINE)
    assert sorted(NAMES) == sorted(name for row in rows for name in re.findall(r"`(.+?)`", row))


def test_a_finding_is_printed_with_the_name_of_its_check() -> None:
    finding = Finding("wrong-escrow", "order 1", "its escrow is open")
    assert line(finding, "-") == "- order 1: its escrow is open (wrong-escrow)"
