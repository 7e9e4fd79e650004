"""What a running stack leaves for other commands: where it answers, and the key of its tokens."""

import base64
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import TypeAdapter

from db.sealing import Keyring
from embedded.data_directory import DataDirectory, write_whole
from embedded.errors import NoStack, SpoiledKey
from embedded.trust import own_text
from infra.setting_types import is_secret


@dataclass(frozen=True, kw_only=True)
class StackInfo:
    """A stack's addresses, and the file of the key of its tokens."""

    data_dir: Path
    database_url: str
    temporal_address: str
    temporal_namespace: str
    temporal_ui_url: str
    api_url: str
    jwt_secret_file: Path
    secrets_key_file: Path | None = None
    """None where a release runs that had no such key."""
    metrics_urls: dict[str, str] = field(default_factory=dict)
    """Where metrics are shown, by whose they are: `api`, `worker` and `sdk`."""

    @property
    def jwt_secret(self) -> str:
        """Return the HS256 key of the stack's tokens.

        Raises:
            Untrusted: somebody else may have put it there, or read it.
        """
        return own_text(self.jwt_secret_file, secret=True)

    @property
    def secrets_key(self) -> str | None:
        """Return the key of the secrets that the stack keeps.

        Raises:
            Untrusted: somebody else may have put it there, or read it.
        """
        file = self.secrets_key_file
        return own_text(file, secret=True) if file is not None else None


_DOCUMENT = TypeAdapter(StackInfo)


def read_stack(data_dir: Path) -> StackInfo:
    """Return where the stack of a data directory answers.

    Raises:
        NoStack: none runs there.
        Untrusted: what is there may be somebody else's.
    """
    directory = DataDirectory.at(data_dir)
    try:
        directory.check()
        return _DOCUMENT.validate_json(own_text(directory.stack_file))
    except (OSError, ValueError) as error:
        raise NoStack(f"No stack runs in {directory.path}.") from error


def write_stack(info: StackInfo) -> None:
    """Tell other commands that this stack runs."""
    write_whole(DataDirectory.at(info.data_dir).stack_file, _DOCUMENT.dump_json(info).decode())


def ensure_secret(directory: DataDirectory) -> None:
    """Create the key of the stack's tokens, 64 characters, and that of the secrets that it keeps:
    once, and so that only the owner reads them.

    Raises:
        SpoiledKey: there is a file that holds none.
    """
    key = base64.b64encode(secrets.token_bytes(32)).decode()
    made = {directory.secret_file: secrets.token_urlsafe(48), directory.secrets_key_file: key}
    for file, text in made.items():
        if not file.exists():
            write_whole(file, text)
    if not is_secret(own_text(directory.secret_file, secret=True)):
        raise _no_key(directory.secret_file, "tokens of before count no more then")
    try:
        Keyring.read(own_text(directory.secrets_key_file, secret=True))
    except ValueError:
        why = "what it sealed can be read no more then, and endpoints need new secrets"
        raise _no_key(directory.secrets_key_file, why) from None


def _no_key(file: Path, without_it: str) -> SpoiledKey:
    return SpoiledKey(
        f"{file} holds no key. Put back what was in it, or remove it to have another made:"
        f" {without_it}."
    )
