"""What a migration takes away from the processes of the release before, read from its SQL."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

SKIPPED = re.compile(
    r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|\$(?P<tag>\w*)\$.*?\$(?P=tag)\$", re.DOTALL
)
CONTRACT = re.compile(r"^-- contract: (\d+\.\d+\.\d+) no longer uses ([\w.]+)$", re.MULTILINE)
HARMLESS = re.compile(r"^-- harmless: ([\w.]+), since \w+.*$", re.MULTILINE)
MADE = re.compile(r"CREATE TABLE (?:IF NOT EXISTS )?([\w.]+)", re.IGNORECASE)
ALTERED = re.compile(r"(ALTER TABLE (?:IF EXISTS )?(?:ONLY )?[\w.]+) (.+)", re.IGNORECASE)
BETWEEN_ACTIONS = re.compile(r", *(?![^()]*\))")
OF_TABLE = re.compile(
    r"(?:ALTER TABLE (?:IF EXISTS )?(?:ONLY )?|DROP TABLE (?:IF EXISTS )?| ON (?:TABLE )?)([\w.]+)",
    re.IGNORECASE,
)

REFUSED = {
    name: re.compile(pattern, re.IGNORECASE)
    for name, pattern in {
        "takes something away": r"\bDROP (?!DEFAULT|NOT NULL|TRIGGER|INDEX|CONSTRAINT)\w+",
        "takes a default away": r"\bDROP DEFAULT\b",
        "gives something another name": r"\bRENAME\b",
        "moves something": r"\bSET SCHEMA\b",
        "gives a column another type": r"\bALTER (?:COLUMN )?\w+ (?:SET DATA )?TYPE\b",
        "changes a type": r"\bALTER (?:TYPE|DOMAIN) (?!.*\bADD VALUE\b)",
        "demands a value": r"\bSET NOT NULL\b"
        r"|\bADD (?!CONSTRAINT|CHECK)(?!.*\b(?:DEFAULT|GENERATED)\b).*\bNOT NULL\b",
        "forbids what was allowed": r"\bADD (?:CONSTRAINT|FOREIGN|EXCLUDE|PRIMARY)\b"
        r"|\bADD .*\b(?:CHECK|UNIQUE|REFERENCES)\b|\bCREATE UNIQUE INDEX\b",
        "takes a right away": r"\bREVOKE\b(?!.*\bFROM PUBLIC\b)",
        "empties a table": r"^TRUNCATE\b|^DELETE FROM\b",
        "does what cannot be read here": r"^DO\b",
    }.items()
}


@dataclass(frozen=True)
class Refused:
    """A statement of a migration that an older process may stumble over, and how."""

    why: str
    statement: str


def refused(sql: str) -> list[Refused]:
    """Return the statements that take something away which is neither announced as the contract
    half nor said to be harmless.

    What is done to a table that the same migration makes concerns nobody yet.
    """
    made = {name.lower() for name in MADE.findall(sql)}
    allowed = [what for _, what in CONTRACT.findall(sql)] + HARMLESS.findall(sql)
    return [
        Refused(why, statement)
        for statement in _actions(sql)
        for why, pattern in REFUSED.items()
        if pattern.search(statement)
        and not _names(statement) & made
        and not any(_mentions(statement, what) for what in allowed)
    ]


def statements(sql: str) -> Iterator[str]:
    """Yield the statements, each in one line, without comments, texts and bodies of functions."""
    plain = SKIPPED.sub(lambda found: " " if found[0].startswith(("-", "/")) else "''", sql)
    for statement in plain.split(";"):
        if line := " ".join(statement.split()):
            yield line


def _actions(sql: str) -> Iterator[str]:
    """Yield the statements, and what one does to a table each as one of its own."""
    for statement in statements(sql):
        altered = ALTERED.fullmatch(statement)
        if altered is None:
            yield statement
        else:
            table, actions = altered.groups()
            yield from (f"{table} {action}" for action in BETWEEN_ACTIONS.split(actions))


def releases(sql: str) -> set[str]:
    """Return the releases that a migration says no longer use what it takes away."""
    return {release for release, _ in CONTRACT.findall(sql)}


def _names(statement: str) -> set[str]:
    return {name.lower() for name in OF_TABLE.findall(statement)}


def _mentions(statement: str, what: str) -> bool:
    """Return whether a statement is about something: `orders.note` is `note` of `orders`."""
    return all(re.search(rf"\b{re.escape(part)}\b", statement) for part in what.split("."))
