"""What the parties are called in sentences: `%(buyer)s`, `%(Seller)s`, `%(to_seller)s` …

The name where there is one, and “the seller” where there is none. Every sentence has to read right
with both, in every language, whoever it is about: no word of it agrees with the name, and in French
none stands before it that changes before a vowel (de, que).
"""

from domain.display_name import MAX_NAME
from domain.order_texts import OrderTexts
from domain.vocabulary import Role
from texts.catalogue import msg
from texts.formatter import Formatter
from texts.sanitize import one_line

UNNAMED: dict[str, str] = {
    "buyer": msg("the buyer"),
    "Buyer": msg("The buyer"),
    "seller": msg("the seller"),
    "Seller": msg("The seller"),
    "to_seller": msg("to the seller"),
}
"""By what sentences name; a capital begins one. In French “to the seller” is one word less."""

WHOSE_SIDE: dict[Role, str] = {
    Role.BUYER: msg("%(name)s (the buyer)"),
    Role.SELLER: msg("%(name)s (the seller)"),
}
"""For those who look after the case, and cannot know who is who."""

TO = msg("to %(name)s")


def party(form: str, words: OrderTexts, reader: Role | None, formatter: Formatter) -> str:
    """Return what a party is called, in one of the forms above, to a reader in this capacity, who
    does not read of themselves by name; None knows who is who."""
    role = Role.BUYER if form.lower() == "buyer" else Role.SELLER
    name = words.buyer_name if role is Role.BUYER else words.seller_name
    if name is None or reader is role:
        return formatter.say(UNNAMED[form])
    called = one_line(name, MAX_NAME)
    if reader in (Role.MEDIATOR, Role.OPERATOR):
        called = formatter.say(WHOSE_SIDE[role], {"name": called})
    return formatter.say(TO, {"name": called}) if form == "to_seller" else called
