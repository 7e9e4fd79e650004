"""Operators read what was found, and what to do about each kind of it."""

import pytest

from tests.texts.test_mail import HOSTILE, TAGS, Page
from texts.catalogue import Language
from texts.findings import LONGEST_FINDING, findings_mail, unchecked_mail

FIRST = ("order 1: is lost", "wallet of ana: wallet holds 2 EUR, its postings say 1")

STOP = {Language.EN: "Please stop the API", Language.FR: "Veuillez arrêter l’API"}
REPAIR = {
    Language.EN: "then “sequestre repair”",
    Language.FR: "puis «\u00a0sequestre repair\u00a0»",
}
SUBJECTS = {
    Language.EN: ("errors in the books", "orders that need a repair"),
    Language.FR: ("des erreurs dans les comptes", "des commandes à réparer"),
}


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize(("books", "differing"), [(3, 0), (0, 4), (3, 4)])
def test_each_kind_is_told_with_what_to_do(books: int, differing: int, language: Language) -> None:
    made = findings_mail(12, books, differing, FIRST, language)
    assert (STOP[language] in made.text) == (books > 0)
    assert (REPAIR[language] in made.text) == (differing > 0)
    assert made.subject.endswith(SUBJECTS[language][0 if books else 1])
    counts = made.text.split("* * *\n\n")[1].splitlines()[:3]
    assert [line.split("\u00a0"[: language is Language.FR] + ": ")[1] for line in counts] == [
        "12",
        str(books),
        str(differing),
    ]


UNPROVED = {Language.EN: "with a larger “--budget”", Language.FR: "avec un « --budget »"}


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("books", [0, 3])
def test_checks_that_were_not_proved_are_told_beside_what_was_found(
    books: int, language: Language
) -> None:
    made = findings_mail(12, books, 0, FIRST, language, unproved=2)
    text = made.text.replace("\u00a0", " ")
    assert UNPROVED[language] in text
    assert (STOP[language] in text) == (books > 0)
    assert ("unproved" in made.subject or "pas tout prouvé" in made.subject) == (books == 0)
    counts = text.split("* * *\n\n")[1].splitlines()[:4]
    assert [line.split(": ")[1] for line in counts] == ["12", str(books), "0", "2"]


@pytest.mark.parametrize("language", Language)
def test_what_finds_something_is_advised_of_by_its_own_words(language: Language) -> None:
    checks = [("no-worker", "proved"), ("unserved-build", "workflows"), ("lost", "workflows")]
    made = findings_mail(12, 0, 2, FIRST, language, unproved=1, checks=checks)
    text = made.text.replace("\u00a0", " ")
    for said in ("sequestre promote", REPAIR[language].replace("\u00a0", " ")):
        assert said in text
    assert "--budget" not in text
    assert STOP[language] not in text


@pytest.mark.parametrize("language", Language)
def test_the_first_findings_stand_as_they_are(language: Language) -> None:
    made = findings_mail(12, 1, 1, FIRST, language)
    assert "\n".join(["", *FIRST, ""]) in made.text
    lines = [line for line in made.text.splitlines() if line and line != "* * *"]
    assert Page(made.html).parts == [made.subject, *lines]


@pytest.mark.parametrize("language", Language)
def test_a_night_that_could_not_look_is_told_with_its_error_and_no_counts(
    language: Language,
) -> None:
    made = unchecked_mail("the database did not answer\nin time", language)
    assert "nocturne n’a pas pu" in made.subject or "could not look" in made.subject
    assert "sequestre check" in made.text
    assert STOP[language] not in made.text
    (detail,) = made.text.split("* * *\n\n")[1].splitlines()[:1]
    assert detail.endswith(": the database did not answer in time")


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_no_finding_breaks_out_of_its_line(text: str) -> None:
    made = findings_mail(1, 1, 0, (text,), Language.EN)
    plain = findings_mail(1, 1, 0, ("plain",), Language.EN)
    assert len(made.text.splitlines()) == len(plain.text.splitlines())
    assert max(map(len, made.text.splitlines())) <= LONGEST_FINDING
    assert set(Page(made.html).tags) == TAGS
    assert made.subject == plain.subject
