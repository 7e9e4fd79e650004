"""`sequestre promote` and `workers` as operators type them: what is done, and what is refused."""

import pytest

from tests.app_under_test import AppUnderTest
from tests.infra.builds import BUILD, crew_of, worker_of
from tests.reconcile.test_command import on

NO_WAIT = ("--wait", "0")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "name either a build or --unversioned"),
        (("7", "--unversioned"), "name either a build or --unversioned"),
        (("--unversioned", "--percent", "5"), "--percent gives a share to a build"),
    ],
)
async def test_what_makes_no_sense_is_said(
    words: tuple[str, ...], said: str, app: AppUnderTest
) -> None:
    code, output = await on(app, "promote", *words)
    assert (code, output.startswith(f"sequestre: {said}")) == (2, True), output


async def test_a_build_of_which_nobody_polls_is_not_promoted(app: AppUnderTest) -> None:
    code, output = await on(app, "promote", "9", *NO_WAIT)
    assert code == 2
    assert "no worker of build 9 polls: start one with SEQUESTRE_DEPLOYMENT_NAME" in output
    assert "Those that do: workers without a build" in output


async def test_what_was_never_given_is_taken_back_already(app: AppUnderTest) -> None:
    code, output = await on(app, "promote", "--unversioned", *NO_WAIT)
    assert code == 0, output
    assert "✓ workers without a build: given 100 % of the orders" in output


async def test_the_first_build_is_promoted_and_taken_back(of_builds: AppUnderTest) -> None:
    await crew_of(of_builds.temporal, BUILD)
    code, output = await on(of_builds, "workers")
    assert code == 1
    assert "✗ workers without a build: given 100 % of the orders, 0 workers" in output
    code, output = await on(of_builds, "promote", "7")
    assert code == 0, output
    assert "✓ build 7 of sequestre: given 100 % of the orders, 1 worker" in output
    assert (await on(of_builds, "workers"))[0] == 0
    async with worker_of(of_builds, None):
        await crew_of(of_builds.temporal, None)
        code, output = await on(of_builds, "promote", "--unversioned")
        assert code == 0, output
        assert "✓ workers without a build: given 100 % of the orders, 1 worker" in output
        assert "- build 7 of sequestre: given no orders" in output
