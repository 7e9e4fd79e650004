"""What others own, or could have written, is never believed: neither a data directory, nor what is
in it, nor what leads there."""

import grp
import os
import pwd
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from embedded import trust
from embedded.data_directory import DataDirectory
from embedded.errors import NoStack, StackError, Untrusted
from embedded.postgres import Postgres
from embedded.postgres_files import socket_directory
from embedded.stack_file import StackInfo, ensure_secret, read_stack, write_stack

STRANGER = 12_345
needs_root = pytest.mark.skipif(
    os.geteuid() != 0, reason="only root gives files to another account"
)


@pytest.fixture
def used(tmp_path: Path) -> DataDirectory:
    """A data directory on which a stack runs, with something of all that is read back."""
    directory = DataDirectory.at(tmp_path / "data")
    with directory.held():
        ensure_secret(directory)
        write_stack(_info(directory))
        for file in (
            *(directory.path / name for name in ("temporal.db", "temporal.db-wal")),
            directory.pid_file("api"),
            directory.log_file("api"),
        ):
            file.touch(mode=0o600)
        (directory.path / "postgres" / "base").mkdir(mode=0o700, parents=True)
        (directory.path / "postgres" / "base" / "1").touch(mode=0o600)
    return directory


def _info(directory: DataDirectory) -> StackInfo:
    return StackInfo(
        data_dir=directory.path,
        database_url="postgresql:///x",
        temporal_address="127.0.0.1:1",
        temporal_namespace="default",
        temporal_ui_url="http://127.0.0.1:2",
        api_url="http://127.0.0.1:3",
        jwt_secret_file=directory.secret_file,
        secrets_key_file=directory.secrets_key_file,
    )


def read_secrets(directory: DataDirectory) -> tuple[str, str | None]:
    """What commands read of a stack."""
    stack = read_stack(directory.path)
    return stack.jwt_secret, stack.secrets_key


async def adopted(directory: DataDirectory) -> list[str]:
    """Takes the directory as a stack does when it starts; gives what was said."""
    said: list[str] = []
    again = DataDirectory.at(directory.path)
    with again.held(said.append):
        await Postgres.in_directory(again, said.append)
    return said


ALL = (
    *(
        "",
        "secret",
        "secrets-key",
        "temporal.db",
        "temporal.db-wal",
        "run",
        "run/lock",
        "run/stack.json",
    ),
    *("run/api.pid", "logs", "logs/api.log", "postgres", "postgres/base", "postgres/base/1"),
)
READ_BY_COMMANDS = ("", "run", "run/stack.json", "secret", "secrets-key")
FILES = [name for name in ALL if name.rpartition("/")[2] not in {"", "run", "logs", "base"}]
FILES.remove("postgres")


async def test_ones_own_is_taken_without_a_word(used: DataDirectory) -> None:
    assert await adopted(used) == []
    assert len(read_stack(used.path).jwt_secret) == 64


@pytest.mark.parametrize("name", ALL)
async def test_what_others_can_write_is_refused(used: DataDirectory, name: str) -> None:
    place = used.path / name
    place.chmod(place.stat().st_mode | stat.S_IWOTH)
    with pytest.raises(Untrusted, match=f"{place} can be written by others"):
        await adopted(used)


@pytest.mark.parametrize("name", ALL)
async def test_what_a_group_of_others_can_write_is_refused(
    used: DataDirectory, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trust, "_is_private", lambda _: False)
    place = used.path / name
    place.chmod(place.stat().st_mode | stat.S_IWGRP)
    with pytest.raises(Untrusted, match=f"{place} can be written by others"):
        await adopted(used)


@needs_root
@pytest.mark.parametrize("name", ALL)
async def test_what_belongs_to_another_is_refused(used: DataDirectory, name: str) -> None:
    os.chown(used.path / name, STRANGER, STRANGER)
    with pytest.raises(Untrusted, match=f"{used.path / name} belongs to account {STRANGER}"):
        await adopted(used)


async def test_a_directory_of_another_account_is_refused(
    used: DataDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: STRANGER)
    trusted = {0, STRANGER, os.getuid()}  # the way is not what this is about
    monkeypatch.setattr(trust, "_machine", lambda: trusted)
    with pytest.raises(Untrusted, match=f"{used.path} belongs to "):
        await adopted(used)
    with pytest.raises(Untrusted, match=f"{used.path} belongs to "):
        read_stack(used.path)


@pytest.mark.parametrize("name", ALL[1:])
async def test_a_link_in_the_place_of_something_is_refused(
    used: DataDirectory, name: str, tmp_path: Path
) -> None:
    place = used.path / name
    place.rename(tmp_path / "elsewhere")
    place.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Untrusted, match=f"{place} is a link"):
        await adopted(used)


@pytest.mark.parametrize(
    "name", ["secret", "secrets-key", "run/lock", "logs/api.log", "temporal.db"]
)
async def test_a_link_to_nothing_is_not_followed(used: DataDirectory, name: str) -> None:
    place = used.path / name
    place.unlink()
    place.symlink_to(used.path / "not there yet")
    with pytest.raises(Untrusted, match=f"{place} is a link"):
        await adopted(used)
    assert not (used.path / "not there yet").exists()


@pytest.mark.parametrize("name", [name for name in FILES if not name.startswith("postgres")])
async def test_a_file_with_a_second_name_is_refused(
    used: DataDirectory, name: str, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere").hardlink_to(used.path / name)
    with pytest.raises(Untrusted, match=f"{used.path / name} is known by a second name"):
        await adopted(used)


@pytest.mark.parametrize("name", FILES)
async def test_a_pipe_in_the_place_of_a_file_is_refused_and_not_waited_for(
    used: DataDirectory, name: str
) -> None:
    (used.path / name).unlink()
    os.mkfifo(used.path / name, mode=0o600)
    with pytest.raises(Untrusted, match=f"{used.path / name} is not what it should be"):
        await adopted(used)


@pytest.mark.parametrize("bit", [stat.S_IRGRP, stat.S_IROTH])
async def test_a_key_that_others_can_read_is_refused(used: DataDirectory, bit: int) -> None:
    used.secret_file.chmod(0o600 | bit)
    with pytest.raises(Untrusted, match=f"{used.secret_file} can be read by others"):
        await adopted(used)
    with pytest.raises(Untrusted, match=f"{used.secret_file} can be read by others"):
        read_secrets(used)


@pytest.mark.parametrize("name", READ_BY_COMMANDS)
def test_no_command_believes_what_others_can_write(used: DataDirectory, name: str) -> None:
    place = used.path / name
    place.chmod(place.stat().st_mode | stat.S_IWOTH)
    with pytest.raises(Untrusted, match=f"{place} can be written by others"):
        read_secrets(used)


@needs_root
@pytest.mark.parametrize("name", READ_BY_COMMANDS)
def test_no_command_believes_what_belongs_to_another(used: DataDirectory, name: str) -> None:
    os.chown(used.path / name, STRANGER, STRANGER)
    with pytest.raises(Untrusted, match=f"belongs to account {STRANGER}"):
        read_secrets(used)


async def test_what_an_earlier_release_left_open_is_closed_with_a_word(used: DataDirectory) -> None:
    for name, mode in (("", 0o755), ("run", 0o755), ("temporal.db", 0o644)):
        (used.path / name).chmod(mode)
    said = await adopted(used)
    assert len(said) == 3
    assert said[0].startswith(f"{used.path} was open to others: closed to them")
    modes = [stat.S_IMODE((used.path / name).stat().st_mode) for name in ("", "run")]
    assert modes == [0o711 if os.geteuid() == 0 else 0o700, 0o700]
    assert stat.S_IMODE((used.path / "temporal.db").stat().st_mode) == 0o600
    assert await adopted(used) == []


@pytest.mark.parametrize("umask", [0o000, 0o277, 0o777])
def test_what_is_made_is_ones_own_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    directory = DataDirectory.at(tmp_path / "a" / "b")
    before = os.umask(umask)
    try:
        with directory.held():
            ensure_secret(directory)
            write_stack(_info(directory))
    finally:
        os.umask(before)
    assert len(read_stack(directory.path).jwt_secret) == 64
    for path in (directory.path.parent, *directory.path.parent.rglob("*")):
        mode = stat.S_IMODE(path.stat().st_mode)
        assert not mode & (stat.S_IWGRP | stat.S_IWOTH), path
        assert path.is_dir() or not mode & 0o077, path


# --- what leads there ----------------------------------------------------------------------------


def shared(directory: Path) -> Path:
    """A directory that everybody can write to, like /tmp without the sticky bit."""
    directory.mkdir()
    directory.chmod(0o777)
    return directory


def test_a_way_that_others_can_change_is_refused(tmp_path: Path) -> None:
    everybodys = shared(tmp_path / "shared")
    for path in (everybodys / "data", everybodys / "deeper" / "data"):
        with pytest.raises(Untrusted, match=f"{everybodys} can be written by others"):
            DataDirectory.at(path)
    assert not (everybodys / "deeper").exists()
    with pytest.raises(Untrusted, match=f"{everybodys} can be written by others"):
        read_stack(everybodys / "data")


def test_the_sticky_bit_keeps_others_from_changing_it(tmp_path: Path) -> None:
    everybodys = shared(tmp_path / "shared")
    everybodys.chmod(0o1777)
    with DataDirectory.at(everybodys / "data").held():
        pass


@needs_root
@pytest.mark.parametrize("mode", [0o755, 0o1777])
def test_a_way_of_another_account_is_refused(tmp_path: Path, mode: int) -> None:
    theirs = shared(tmp_path / "theirs")
    theirs.chmod(mode)
    os.chown(theirs, STRANGER, STRANGER)
    with pytest.raises(Untrusted, match=f"{theirs} belongs to account {STRANGER}"):
        DataDirectory.at(theirs / "data")


@needs_root
@pytest.mark.parametrize("place", ["{}", "{}/deeper"])
def test_a_link_that_another_account_made_is_not_followed(
    used: DataDirectory, tmp_path: Path, place: str
) -> None:
    everybodys = shared(tmp_path / "shared")
    everybodys.chmod(0o1777)
    link = everybodys / "link"
    link.symlink_to(used.path)
    os.chown(link, STRANGER, STRANGER, follow_symlinks=False)
    for way in (DataDirectory.at, read_stack):
        with pytest.raises(Untrusted, match=f"{link} belongs to account {STRANGER}"):
            way(Path(place.format(link)))


def test_ones_own_links_are_followed(used: DataDirectory, tmp_path: Path) -> None:
    (tmp_path / "absolute").symlink_to(used.path)
    (tmp_path / "relative").symlink_to("./data")
    (tmp_path / "chain").symlink_to(tmp_path / "relative")
    for name in ("absolute", "relative", "chain", "chain/../data", "chain/run/.."):
        assert DataDirectory.at(tmp_path / name) == used
    assert read_stack(tmp_path / "chain").data_dir == used.path


def test_links_in_a_circle_are_told(tmp_path: Path) -> None:
    (tmp_path / "one").symlink_to("two")
    (tmp_path / "two").symlink_to("one")
    with pytest.raises(StackError, match="go round in a circle"):
        DataDirectory.at(tmp_path / "one")


def test_a_link_to_nowhere_leads_to_what_will_be_there(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "data")
    assert DataDirectory.at(tmp_path / "link").path == tmp_path / "data"
    with pytest.raises(NoStack):
        read_stack(tmp_path / "link")


def test_who_is_quicker_with_a_directory_is_not_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = DataDirectory.at(tmp_path / "data")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    directory.path.symlink_to(elsewhere)
    with pytest.raises(Untrusted, match="was exchanged for a link"), directory.held():
        pass
    assert [*elsewhere.iterdir()] == []


# --- groups and sockets --------------------------------------------------------------------------


def test_a_group_with_others_in_it_is_not_private(monkeypatch: pytest.MonkeyPatch) -> None:
    me = pwd.getpwuid(os.geteuid())

    def group(name: str, *members: str) -> Callable[[int], object]:
        return lambda number: grp.struct_group((name, "x", number, list(members)))

    monkeypatch.setattr(pwd, "getpwall", lambda: [me])
    for name, members, private in (
        (me.pw_name, (), True),
        (me.pw_name, (me.pw_name,), True),
        (me.pw_name, ("mallory",), False),
        ("users", (), False),
    ):
        monkeypatch.setattr(grp, "getgrgid", group(name, *members))
        assert trust._is_private(me.pw_gid) is private
    mallory = pwd.struct_passwd(("mallory", "x", STRANGER, me.pw_gid, "", "/", "/bin/sh"))
    monkeypatch.setattr(pwd, "getpwall", lambda: [me, mallory])
    monkeypatch.setattr(grp, "getgrgid", group(me.pw_name))
    assert not trust._is_private(me.pw_gid)


@needs_root
def test_a_socket_directory_of_another_account_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    long = tmp_path / ("d" * 120)
    made = socket_directory(long, None)
    assert stat.S_IMODE(made.stat().st_mode) == 0o700
    made.chmod(0o777)
    assert stat.S_IMODE(socket_directory(long, None).stat().st_mode) == 0o700
    os.chown(made, STRANGER, STRANGER)
    with pytest.raises(Untrusted, match=f"{made}, where the database's socket is to be"):
        socket_directory(long, None)
    made.rmdir()
    made.symlink_to(long)
    os.chown(made, STRANGER, STRANGER, follow_symlinks=False)
    with pytest.raises(Untrusted, match=f"{made} belongs to"):
        socket_directory(long, None)


@pytest.mark.parametrize(("mode", "has_a_stack"), [(0o1777, True), (0o777, False)])
def test_nobody_is_told_to_change_a_directory_that_others_share(
    mode: int, has_a_stack: bool, tmp_path: Path
) -> None:
    if has_a_stack:
        with DataDirectory.at(tmp_path).held():
            pass
    tmp_path.chmod(mode)
    with pytest.raises(Untrusted, match=f"{tmp_path} can be written by others") as refused:
        read_stack(tmp_path)
    assert "chmod" not in str(refused.value)
    assert "--data-dir" in str(refused.value)
