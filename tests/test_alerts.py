"""Rules and dashboards name metrics that there are, and each alert leads to what is to be done."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from scripts.metrics_page import SDK, api, described, worker

RULES = Path(__file__).parent.parent / "deploy/prometheus/rules.yml"
OF_RULES = RULES.with_name("rules_test.yml")
BOARDS = sorted((RULES.parent.parent / "grafana").glob("*.json"))
SEVERITIES = {"critical", "warning"}
OF_THE_SERVER = {"up", "ALERTS"}
OF_A_HISTOGRAM = ("_bucket", "_sum", "_count")
METRIC = re.compile(r"\b(?:sequestre|temporal|process)_[a-z_]+|\bup\b|\bALERTS\b")

Json = dict[str, Any]


def alerts() -> list[Json]:
    """Every alert."""
    groups = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


ALERTS = {alert["alert"]: alert for alert in alerts()}


def expressions(board: Path) -> Iterator[str]:
    """What a dashboard asks for."""
    document = json.loads(board.read_text(encoding="utf-8"))
    for panel in document["panels"]:
        yield from (target["expr"] for target in panel.get("targets", ()))
    yield from (one["expr"] for one in document["annotations"]["list"])


def exposed() -> set[str]:
    """What the product and the SDK show, by the names that are asked for."""
    registries = (api().registry, worker().registry)
    ours = {one for registry in registries for one in described(registry)}
    kinds = {one.name: one.kind for one in ours} | {name: kind for name, (kind, _) in SDK.items()}
    process = {family.name for family in worker().registry.collect()}
    process |= {f"{name}_total" for name in process}
    names = {name for name, kind in kinds.items() if kind != "histogram"}
    names |= {
        f"{name}{end}"
        for name, kind in kinds.items()
        if kind == "histogram"
        for end in OF_A_HISTOGRAM
    }
    return names | {name for name in process if name.startswith("process_")} | OF_THE_SERVER


def named(expression: str) -> set[str]:
    """The metrics that an expression names: not what stands between quotes."""
    return set(METRIC.findall(re.sub(r"'[^']*'|\"[^\"]*\"", "", expression)))


def anchors(page: Path) -> set[str]:
    """Where links into a page can lead."""
    heads = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("alert", ALERTS)
def test_every_metric_of_an_alert_is_shown(alert: str) -> None:
    asked = named(ALERTS[alert]["expr"])
    assert asked
    assert asked <= exposed()


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.stem)
def test_every_metric_of_a_dashboard_is_shown(board: Path) -> None:
    asked = {name for expression in expressions(board) for name in named(expression)}
    assert len(asked) > 10
    assert asked <= exposed()


def test_every_metric_of_ours_is_looked_at() -> None:
    asked = {name for board in BOARDS for one in expressions(board) for name in named(one)}
    asked |= {name for alert in ALERTS.values() for name in named(alert["expr"])}
    looked_at = {re.sub(r"_(bucket|count)$", "", name) for name in asked}
    registries = (api().registry, worker().registry)
    ours = {one.name for registry in registries for one in described(registry)}
    assert ours - looked_at == set()


@pytest.mark.parametrize("alert", ALERTS)
def test_an_alert_says_what_it_means_and_what_to_do(alert: str, repository: Path) -> None:
    said = ALERTS[alert]["annotations"]
    assert set(said) == {"summary", "description", "runbook"}
    assert ALERTS[alert]["labels"]["severity"] in SEVERITIES
    page, _, anchor = said["runbook"].partition("#")
    assert anchor in anchors(repository / page)


def test_every_section_of_the_alerts_has_one(repository: Path) -> None:
    page = (repository / "docs/operations.md").read_text(encoding="utf-8")
    section = page.split("\n## Alerts\n")[1].split("\n## ")[0]
    heads = re.findall(r"^### (.+)$", section, re.MULTILINE)
    led_to = {alert["annotations"]["runbook"].partition("#")[2] for alert in ALERTS.values()}
    assert {head.lower().replace(" ", "-") for head in heads} == led_to


def test_each_alert_is_seen_to_fire_and_seen_to_be_silent() -> None:
    tests = yaml.safe_load(OF_RULES.read_text(encoding="utf-8"))["tests"]
    looks = [look for test in tests for look in test["promql_expr_test"]]
    fired = [re.findall(r'alertname="(\w+)"', str(look["exp_samples"])) for look in looks]
    assert {name for names in fired for name in names} == set(ALERTS)
    assert [] in fired


def test_the_rules_do_what_their_tests_say() -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("no promtool: Debian's package prometheus has it, or `make alerts` brings it")
    checked = subprocess.run(
        [promtool, "check", "rules", str(RULES)], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
    tested = subprocess.run(
        [promtool, "test", "rules", str(OF_RULES)], capture_output=True, text=True, check=False
    )
    assert tested.returncode == 0, tested.stdout + tested.stderr
