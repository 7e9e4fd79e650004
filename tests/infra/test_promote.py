"""`sequestre promote` and `workers` as operators type them: what is done, and what is refused."""

import asyncio

import pytest
from temporalio.common import WorkerDeploymentVersion

from infra import rollout, routing
from infra.routing import WORKER_SEEN, Crew
from tests.app_under_test import PATIENCE_SECONDS, AppUnderTest, eventually
from tests.infra.builds import BUILD, OTHER, crew_of, worker_of
from tests.reconcile.test_command import on

NO_WAIT = ("--wait", "0")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "name either a build or --unversioned"),
        (("7", "--unversioned"), "name either a build or --unversioned"),
        (("--unversioned", "--percent", "5"), "--percent gives a share to a build"),
        (("",), "a build must be up to 100 letters"),
        (("7", "--deployment", "a.b"), "--deployment must be up to 100 letters"),
        (("--unversioned", "--deployment", ""), "--deployment must be up to 100 letters"),
        (("--unversioned", "--deployment", "other"), "there is no deployment other; there is none"),
        (("9", "--percent", "0"), "there is no build 9; `sequestre workers` says"),
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
    code, output = await on(app, "promote", "9", "--deployment", "other", *NO_WAIT)
    assert (code, "no worker of build 9 of other polls" in output) == (2, True), output


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


async def promoted(app: AppUnderTest, *words: str) -> str:
    """`sequestre promote …`, which is done; what it printed."""
    code, output = await on(app, "promote", *words)
    assert code == 0, output
    return output


async def with_the_share_of_a_build_that_is_gone(app: AppUnderTest) -> None:
    """Build 7 is current; build 8 was given half, and its workers have stopped."""
    await crew_of(app.temporal, BUILD)
    await promoted(app, "7")
    async with worker_of(app, OTHER):
        await crew_of(app.temporal, OTHER)
        said = await promoted(app, "8", "--percent", "50")
        assert "✓ build 8 of sequestre: given 50 % of the orders, 1 worker" in said
    code, output = await on(app, "workers")
    assert (code, "✗ build 8 of sequestre: given 50 %" in output) == (1, True), output


async def test_the_share_of_a_build_that_is_gone_is_taken_back(of_builds: AppUnderTest) -> None:
    await with_the_share_of_a_build_that_is_gone(of_builds)
    for _ in "again":  # what is done already is no error
        said = await promoted(of_builds, "8", "--percent", "0", *NO_WAIT)
        assert "✓ build 7 of sequestre: given 100 % of the orders, 1 worker" in said
    code, output = await on(of_builds, "promote", "7", "--percent", "0")
    assert (code, "build 7 of sequestre has all orders but" in output) == (2, True), output
    code, output = await on(of_builds, "promote", "7", "--percent", "5")
    assert (code, "build 7 of sequestre has all orders but" in output) == (2, True), output


async def test_a_build_that_is_given_all_has_what_another_had_a_share_of(
    of_builds: AppUnderTest,
) -> None:
    await with_the_share_of_a_build_that_is_gone(of_builds)
    said = await promoted(of_builds, "7", *NO_WAIT)
    assert "✓ build 7 of sequestre: given 100 % of the orders, 1 worker" in said


async def test_a_build_whose_workers_have_just_stopped_is_given_nothing(
    of_builds: AppUnderTest,
) -> None:
    await with_the_share_of_a_build_that_is_gone(of_builds)
    for share in ((), ("--percent", "60")):
        code, output = await on(of_builds, "promote", "8", *share, *NO_WAIT)
        assert (code, "no worker of build 8 polls" in output) == (2, True), output


async def nobody_polls_without_a_build(app: AppUnderTest) -> None:
    """Waits until Temporal has forgotten the worker that the product had at first. Only a heartbeat
    tells before that it is gone."""

    async def without() -> list[Crew]:
        crews = await routing.crews(app.temporal)
        return [one for one in crews if one.version is None and one.workers]

    await eventually(without, lambda found: not found, patience=2 * WORKER_SEEN.total_seconds())


async def test_orders_stay_where_nobody_is_without_a_build(of_builds: AppUnderTest) -> None:
    await crew_of(of_builds.temporal, BUILD)
    await promoted(of_builds, "7")
    code, output = await on(of_builds, "promote", "--unversioned", *NO_WAIT)
    assert (code, "no worker without a build polls: start one without" in output) == (2, True)
    await nobody_polls_without_a_build(of_builds)
    with pytest.raises(rollout.NotReady, match="workers without a build: no worker on the queue"):
        await rollout.take_back(of_builds.temporal, BUILD)
    assert (await crew_of(of_builds.temporal, BUILD)).percent == 100
    in_play = await of_builds.place_order()
    async with asyncio.timeout(PATIENCE_SECONDS):
        assert (await in_play.api.act(in_play.order, "accept", in_play.seller)).status_code == 200


async def test_a_share_beside_orders_that_nobody_serves_is_not_all_well(
    of_builds: AppUnderTest,
) -> None:
    await crew_of(of_builds.temporal, BUILD)
    code, output = await on(of_builds, "promote", "7", "--percent", "50")
    assert code == 1, output
    assert "✓ build 7 of sequestre: given 50 % of the orders, 1 worker" in output
    assert "✗ workers without a build: given 50 % of the orders, 0 workers" in output


async def test_a_deployment_that_is_not_there_is_said(of_builds: AppUnderTest) -> None:
    await crew_of(of_builds.temporal, BUILD)
    await promoted(of_builds, "7")
    async with worker_of(of_builds, None):
        await crew_of(of_builds.temporal, None)
        words = ("promote", "--unversioned", "--deployment", "sequester", *NO_WAIT)
        code, output = await on(of_builds, *words)
        assert code == 2, output
        assert "there is no deployment sequester; there are: sequestre" in output
    assert (await crew_of(of_builds.temporal, BUILD)).percent == 100


async def test_a_build_of_another_deployment_has_all_orders_too(of_builds: AppUnderTest) -> None:
    await with_the_share_of_a_build_that_is_gone(of_builds)
    moved = WorkerDeploymentVersion("moved", "9")
    async with worker_of(of_builds, moved):
        await crew_of(of_builds.temporal, moved)
        said = await promoted(of_builds, "9", "--percent", "20")
        assert "✓ build 9 of moved: given 20 % of the orders, 1 worker" in said
        said = await promoted(of_builds, "9")
        assert "✓ build 9 of moved: given 100 % of the orders, 1 worker" in said
        said = await promoted(of_builds, "7")
        assert "✓ build 7 of sequestre: given 100 % of the orders, 1 worker" in said
