"""The images hold what the product needs and no more, of releases that are named."""

import re
import tomllib
from pathlib import Path

from hatchling.builders.wheel import WheelBuilder

from tests.deployment.files import OURS, Json, text_of


def test_images_are_pinned_and_none_is_deprecated(compose: Json, dockerfile: str) -> None:
    images = [one["image"] for one in compose.values()]
    images += re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE)
    for image in images:
        assert re.search(r":\d+\.\d+", image), image
        assert "auto-setup" not in image


def test_temporals_images_are_of_one_release(compose: Json) -> None:
    releases = {
        one["image"].split(":")[1]
        for one in compose.values()
        if one["image"].startswith(("temporalio/server", "temporalio/admin-tools"))
    }
    assert len(releases) == 1


def test_our_image_has_our_version(repository: Path, compose: Json) -> None:
    version = tomllib.loads(text_of(repository, "pyproject.toml"))["project"]["version"]
    assert {f"sequestre:{version}"} == {compose[service]["image"] for service in OURS}


def test_the_image_holds_all_that_the_wheel_is_made_of(repository: Path, dockerfile: str) -> None:
    wheel = tomllib.loads(text_of(repository, "pyproject.toml"))["tool"]["hatch"]["build"]
    wanted = set(wheel["targets"]["wheel"]["only-include"])
    copied = {
        name
        for line in re.findall(r"^COPY (.+) \S+$", dockerfile, re.MULTILINE)
        for name in line.split()
    }
    allowed = {
        line.removeprefix("!")
        for line in text_of(repository, ".dockerignore").splitlines()
        if line.startswith("!")
    }
    assert wanted <= copied
    assert {name for name in copied if not name.startswith(("-", "/"))} == allowed


def test_the_wheel_holds_what_migrate_applies(repository: Path) -> None:
    packed = {Path(file.path) for file in WheelBuilder(str(repository)).recurse_included_files()}
    applied = {*(repository / "db").rglob("*.sql")}
    assert len(applied) > 20
    assert applied <= packed


def test_the_image_installs_only_what_is_locked(repository: Path, dockerfile: str) -> None:
    installs = re.findall(r"\bpip install (.+)", dockerfile.replace("\\\n", ""))
    version = re.search(r"^UV_VERSION := (.+)$", text_of(repository, "Makefile"), re.MULTILINE)
    assert version is not None
    for install in installs:
        tool = f"uv=={version[1]}" in install
        assert tool or "--require-hashes" in install or "--no-deps" in install, install
    assert "-r requirements-prod.lock" in dockerfile
    assert "--build-constraints requirements.lock --require-hashes" in dockerfile


def test_the_image_runs_without_rights(dockerfile: str) -> None:
    final = dockerfile.split("FROM ")[-1]
    user = re.search(r"^USER (\d+)$", final, re.MULTILINE)
    assert user is not None
    assert int(user[1]) > 0
    assert final.index("USER") < final.index("ENTRYPOINT")
