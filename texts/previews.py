from typing import Any


def notes(*_: Any) -> list[str]:
    return []


def completion_note(*_: Any) -> str:
    return ""
