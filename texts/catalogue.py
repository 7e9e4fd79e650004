"""The catalogues: English is the source, and each other language says every sentence of it."""

from enum import StrEnum
from functools import cache
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALES = Path(__file__).parent / "locale"


class Language(StrEnum):
    """A language that people can read us in."""

    EN = "en"
    FR = "fr"


def msg(sentence: str) -> str:
    """Mark a sentence for the catalogues; it is translated when it is said."""
    return sentence


def translated(language: Language, sentence: str) -> str:
    """Return the sentence in a language, its `%(placeholders)s` still in it."""
    if language is Language.EN:
        return sentence
    return _catalogue(language).gettext(sentence)


def catalogue_path(language: Language) -> Path:
    """Return where the catalogue of a language other than English is kept, for people to edit."""
    return LOCALES / language / "LC_MESSAGES" / "sequestre.po"


@cache
def _catalogue(language: Language) -> GNUTranslations:
    compiled = BytesIO()
    with catalogue_path(language).open("rb") as source:
        write_mo(compiled, read_po(source, locale=language.value, abort_invalid=True))
    compiled.seek(0)
    return GNUTranslations(compiled)
