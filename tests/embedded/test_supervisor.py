"""A stack's processes: what an earlier run left, what does not get ready, what will not stop."""

import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from embedded.child import Child
from embedded.data_directory import OWNER_VARIABLE, DataDirectory
from embedded.errors import ChildFailed
from embedded.orphan_processes import stop_orphans
from embedded.supervised_process import next_pause
from embedded.supervisor import Supervisor
from tests.embedded.stacks import STAND_INS, alive, pid_files, waiting


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[DataDirectory]:
    directory = DataDirectory.at(tmp_path)
    with directory.held():
        yield directory


async def test_left_overs_are_stopped_and_strangers_are_not(directory: DataDirectory) -> None:
    left = await waiting({OWNER_VARIABLE: str(directory.path)})
    stranger = await waiting({OWNER_VARIABLE: f"{directory.path}-of-another"})
    directory.pid_file("worker").write_text(f"{left.pid}\n")
    directory.pid_file("api").write_text(f"{stranger.pid}\n")
    said: list[str] = []
    await stop_orphans(directory, said.append)
    assert await left.wait() == -signal.SIGTERM
    assert stranger.returncode is None
    assert said == [f"Stopping what is left of an earlier run: process {left.pid}."]
    assert pid_files(directory.path) == {}
    stranger.kill()
    await stranger.wait()


async def test_a_child_that_never_gets_ready_is_given_up(
    directory: DataDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("embedded.supervisor.DEATHS", 2)

    async def never() -> bool:
        return False

    said: list[str] = []
    supervisor = Supervisor(directory, said.append)
    code = "print('no such thing'); raise SystemExit(3)"
    child = Child(name="worker", argv=(sys.executable, "-c", code), env={}, ready=never)
    with pytest.raises(ChildFailed, match=r"(?s)worker ended 2 times .*no such thing"):
        await supervisor.start(child)
    await supervisor.stop()
    assert said == ["worker stopped with exit code 3; starting it again."] * 2


async def test_a_child_that_will_not_stop_is_killed(directory: DataDirectory) -> None:
    code = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True)"
    argv = (sys.executable, "-c", f"{code}; signal.pause()")

    async def deaf() -> bool:
        return "deaf" in directory.log_file("worker").read_text()

    supervisor = Supervisor(directory, lambda _: None)
    await supervisor.start(Child(name="worker", argv=argv, env={}, ready=deaf, grace=0.1))
    (pid,) = supervisor.pids.values()
    await supervisor.stop()
    assert not alive(pid)


async def test_a_long_log_is_put_aside(
    directory: DataDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("embedded.child.LOG_BYTES", 3)
    log = directory.log_file("worker")
    log.write_text("long")
    supervisor = Supervisor(directory, lambda _: None)
    await supervisor.start(Child(name="worker", argv=STAND_INS["worker"], env={}))
    await supervisor.stop()
    assert log.with_name("worker.log.1").read_text() == "long"
    assert log.read_text() == ""


def test_pauses_grow_while_a_child_dies_young() -> None:
    pauses = [0.0]
    for _ in range(7):
        pauses.append(next_pause(pauses[-1], lived=1.0))
    assert pauses[1:] == [0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0]
    assert next_pause(5.0, lived=10.0) == 0.2
