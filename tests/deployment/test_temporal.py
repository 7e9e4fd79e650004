"""Temporal is set up in production as the embedded one is, and its Web UI has a door."""

import json
import re
from pathlib import Path

import yaml
from typer.main import get_group

from cli.main import app
from embedded.temporal import Temporal
from tests.deployment.files import Json, text_of
from workflows import attributes


def test_temporal_learns_every_search_attribute(repository: Path) -> None:
    pairs = re.findall(r"\b([A-Z]\w+)=([A-Z]\w+)", text_of(repository, "deploy/temporal-setup.sh"))
    assert dict(pairs) == attributes.TYPES


def test_every_file_that_a_container_reads_is_there(repository: Path, compose: Json) -> None:
    for service, described in compose.items():
        said = yaml.safe_dump(described)
        inside = re.findall(r"(?<![.\w])/deploy/([\w.-]+)", said)
        mounted = re.findall(r"\./deploy/([\w.-]+)", said)
        for name in inside + mounted:
            assert (repository / "deploy" / name).is_file(), f"{service}: {name}"
        assert not inside or "./deploy:/deploy:ro" in described["volumes"], service


def test_temporals_server_has_its_dynamic_configuration(repository: Path, compose: Json) -> None:
    path = compose["temporal"]["environment"]["DYNAMIC_CONFIG_FILE_PATH"]
    settings = yaml.safe_load(text_of(repository, path.removeprefix("/")))
    assert all(isinstance(values, list) for values in settings.values())


def test_nobody_reaches_the_web_ui_but_through_its_door(repository: Path, compose: Json) -> None:
    settings = text_of(repository, "deploy/temporal-ui.yaml")
    assert settings.startswith("# enable-template\n")
    plain = yaml.safe_load(re.sub(r"\{\{.*?\}\}", "filled-in", settings))
    assert compose["temporal-ui"]["network_mode"] == "service:web-ui"
    mounted = "./deploy/temporal-ui.yaml:/home/ui-server/config/docker.yaml:ro"
    assert mounted in compose["temporal-ui"]["volumes"]
    inner = f"--inner=http://{plain['host']}:{plain['port']}"
    assert inner == "--inner=http://127.0.0.1:8080"
    assert inner in compose["web-ui"]["command"]
    named = set(re.findall(r'env "(\w+)"', settings))
    assert named == set(compose["temporal-ui"]["environment"])


def test_the_door_of_the_web_ui_understands_its_options(compose: Json) -> None:
    name, *options = compose["web-ui"]["command"]
    command = get_group(app).commands[name]
    given = command.make_context(name, [re.sub(r"\$\{.*:-(.*)\}", r"\1", one) for one in options])
    assert given.params["port"] == int(compose["web-ui"]["ports"][0].rpartition(":")[2])
    assert given.params["name"] == ("localhost",)
    assert given.params["host"] != "127.0.0.1"  # that is its container's own


def test_temporals_http_api_answers_by_the_same_name_as_in_the_embedded_stack(
    repository: Path, tmp_path: Path
) -> None:
    settings = yaml.safe_load(text_of(repository, "deploy/temporal-dynamic-config.yaml"))
    (setting,) = settings["frontend.httpAllowedHosts"]
    server = Temporal(database=tmp_path / "t.db", port=1, ui_port=2, ui_address="127.0.0.1")
    assert f"frontend.httpAllowedHosts={json.dumps(setting['value'])}" in server.child().argv
