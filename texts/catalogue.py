"""The catalogues: English is the source, and each other language says every sentence of it."""

from enum import StrEnum
from functools import cache
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
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
    # Under no words at all a catalogue keeps what it says of itself.
    if language is Language.EN or not sentence:
        return sentence
    return _catalogue(language).gettext(sentence)


def translated_plural(language: Language, one: str, many: str, n: int) -> str:
    """Return the form of a sentence that a language has for `n`, its `%(placeholders)s` still in
    it. English says `one` of 1 alone, French of 0 and of 1."""
    if language is Language.EN:
        return one if n == 1 else many
    return _catalogue(language).ngettext(one, many, n)


def catalogue_paths(language: Language) -> list[Path]:
    """Return where the catalogue of a language other than English is kept, for people to edit: in
    several files, and each sentence in one of them."""
    return sorted((LOCALES / language / "LC_MESSAGES").glob("*.po"))


def read_catalogue(path: Path, language: Language) -> Catalog:
    """Read one file of a catalogue.

    Raises:
        PoFileError: it is not one.
    """
    with path.open("rb") as source:
        return read_po(source, locale=language.value, abort_invalid=True)


@cache
def _catalogue(language: Language) -> GNUTranslations:
    whole = Catalog(locale=language.value)
    for path in catalogue_paths(language):
        for message in read_catalogue(path, language):
            if message.id:
                whole[message.id] = message
    compiled = BytesIO()
    write_mo(compiled, whole)
    compiled.seek(0)
    return GNUTranslations(compiled)
