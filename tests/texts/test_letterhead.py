"""Mails go out in the marketplace's name, and lead to the order there."""

import html
from typing import Any

import pytest
from pydantic import ValidationError

from infra.settings import Settings
from tests.texts.story import BUYER, ORDER_ID, refused
from tests.texts.test_mail import Page, gathered
from texts.catalogue import Language
from texts.findings import unchecked_mail
from texts.letterhead import Letterhead
from texts.mail import MailBodies, gathered_mail, mail

SHOP = Letterhead(
    name="Atelier & Co",
    signature="Your <team>\nRue de la Paix 1\n\nwww.atelier.example",
    order_url="https://shop.example/o?id={order_id}&from=mail",
)
LINK = f"https://shop.example/o?id={ORDER_ID}&from=mail"


def written(letterhead: Letterhead, language: Language = Language.EN) -> MailBodies:
    scene = refused()
    told = scene.told(BUYER, language)
    return mail(told, scene.after, scene.words, language, letterhead)


@pytest.mark.parametrize(
    ("language", "label"),
    [(Language.EN, "Open this order:"), (Language.FR, "Ouvrir cette commande\N{NO-BREAK SPACE}:")],
)
def test_both_bodies_lead_to_the_order(language: Language, label: str) -> None:
    made = written(SHOP, language)
    assert f"\n\n{label}\n{LINK}\n\n* * *\n" in made.text
    assert f'{label} <a href="{html.escape(LINK)}">{html.escape(LINK)}</a>' in made.html


def test_both_bodies_end_with_name_and_signature() -> None:
    made = written(SHOP)
    ends = "\n\nAtelier & Co\nYour <team>\nRue de la Paix 1\n\nwww.atelier.example\n"
    assert made.text.endswith(ends)
    last = Page(made.html).parts[-4:]
    assert last == ["Atelier & Co", "Your <team>", "Rue de la Paix 1", "www.atelier.example"]
    assert "Séquestre" not in made.text + made.html


def test_a_mail_of_several_events_does_too() -> None:
    scene = refused()
    told = scene.told(BUYER, Language.EN)
    made = gathered_mail((told, told), scene.after, scene.words, Language.EN, SHOP)
    assert made.text.count(LINK) == 1
    assert made.text.endswith("\nwww.atelier.example\n")


def test_without_settings_mails_are_what_they_were() -> None:
    for made in (written(Letterhead()), gathered(Language.EN)):
        assert "http" not in made.text + made.html.replace("http-equiv", "")
        assert made.text.endswith("\n\nSéquestre\n")
        assert Page(made.html).parts[-1] == "Séquestre"


@pytest.mark.parametrize(
    ("letterhead", "closing"),
    [
        (Letterhead(name="Atelier"), ("Atelier",)),
        (Letterhead(signature="The team"), ("The team",)),
        (Letterhead(name="Atelier", signature="Atelier\nParis"), ("Atelier", "Paris")),
        (Letterhead(), ("Séquestre",)),
    ],
)
def test_how_a_mail_closes(letterhead: Letterhead, closing: tuple[str, ...]) -> None:
    assert closing == letterhead.closing


def test_a_mail_about_no_order_has_the_signature_and_no_link() -> None:
    made = unchecked_mail("away", Language.EN, SHOP)
    assert "shop.example" not in made.text
    assert made.text.endswith("\nwww.atelier.example\n")


@pytest.mark.parametrize(
    ("order_id", "part"),
    [
        ("a/b?c#d", "a%2Fb%3Fc%23d"),
        ("a b&c=d", "a%20b%26c%3Dd"),
        ('"><script>', "%22%3E%3Cscript%3E"),
        ("é\n", "%C3%A9%0A"),
        ("{order_id}", "%7Border_id%7D"),
        ("%2e", "%252e"),
    ],
)
def test_whatever_an_id_holds_stays_in_its_place(order_id: str, part: str) -> None:
    assert f"https://shop.example/o?id={part}&from=mail" == SHOP.link_to(order_id)


def settings(**given: Any) -> Settings:
    return Settings(_env_file=None, database_url="postgresql://x/y", **given)


@pytest.mark.parametrize(
    "url",
    [
        "https://shop.example.org/orders/{order_id}",
        "https://shop.example.org:8443/{order_id}/show",
        "https://shop.example.org?order={order_id}",
        "https://shop.example.org/#/orders/{order_id}",
        "http://localhost:3000/orders/{order_id}",
        "http://127.0.0.1/{order_id}",
        "http://[::1]:3000/{order_id}",
    ],
)
def test_an_address_that_leads_to_orders_is_taken(url: str) -> None:
    assert url == settings(order_url=url).order_url


@pytest.mark.parametrize(
    "url",
    [
        *("https://shop.example.org/orders", "https://shop.example.org/{order_id}/{order_id}"),
        *("https://shop.example.org/{id}", "https://shop.example.org/{order_id}/{x}", "{order_id}"),
        *("https://{order_id}.example.org/", "https://{order_id}/", "https:///{order_id}"),
        *("http://shop.example.org/{order_id}", "http://127.0.0.1.evil.example/{order_id}"),
        *("http://10.0.0.7/{order_id}", "http://localhost@evil.example/{order_id}"),
        *("javascript:alert('{order_id}')", "ftp://shop.example.org/{order_id}", "//a/{order_id}"),
        *(
            "https://a b/{order_id}",
            "https://shop.example.org/ {order_id}",
            "https://a/é{order_id}",
        ),
        *("https://a/\n{order_id}", 'https://a/"{order_id}', "https://a/<{order_id}>"),
        *(
            "https://user:secret@a/{order_id}",
            "https://a:0/{order_id}",
            "https://a:65536/{order_id}",
        ),
        *("https://a/%{order_id}", "https://a/%zz{order_id}", "https://a\\b/{order_id}"),
    ],
)
def test_one_that_does_not_is_told_at_once(url: str) -> None:
    with pytest.raises(ValidationError, match="must be"):
        settings(order_url=url)


@pytest.mark.parametrize("name", ["Atelier", "L’Atelier & Co", "市場", "x" * 80])
def test_a_name_is_taken(name: str) -> None:
    assert name == settings(marketplace_name=name).marketplace_name


@pytest.mark.parametrize(
    "name", [" ", " a", "a ", "a\nb", "a\r\nBcc: x@y", "a\u202eb", "a\x00", "x" * 81, "a\tb"]
)
def test_what_is_no_name_is_told_at_once(name: str) -> None:
    with pytest.raises(ValidationError, match="must be one line"):
        settings(marketplace_name=name)


@pytest.mark.parametrize("said", ["The team\nParis", "The team\\nParis"])
def test_a_signature_has_lines(said: str) -> None:
    assert settings(mail_signature=said).mail_signature == "The team\nParis"


@pytest.mark.parametrize(
    "said", [" ", "\n", "\\n", "a\rb", "a\x0bb", "a\u2028b", "a\u202eb", "a\n" * 11, "x" * 201]
)
def test_what_is_no_signature_is_told_at_once(said: str) -> None:
    with pytest.raises(ValidationError, match="must have up to"):
        settings(mail_signature=said)
