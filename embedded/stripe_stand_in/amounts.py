"""Which amounts Stripe takes, as its documentation says it: not what our client makes of that."""

from typing import Annotated

from pydantic import Field

from embedded.stripe_stand_in.wire import Refused

Amount = Annotated[int, Field(ge=1, le=99_999_999_999)]
Currency = Annotated[str, Field(pattern="^[a-z]{3}$")]

THREE_DECIMALS = {"bhd", "jod", "kwd", "omr", "tnd"}
HUNDREDTHS_OF_NOTHING = {"isk", "ugx"}
WHOLE_PAYOUTS = {"huf", "twd", *HUNDREDTHS_OF_NOTHING}


def demand_whole(amount: int, currency: str, *, is_payout: bool = False) -> None:
    """Refuse an amount that Stripe would have to round.

    Raises:
        Refused: it would.
    """
    if currency in THREE_DECIMALS and amount % 10:
        raise Refused("The last digit of this currency must be 0.", "parameter_invalid_integer")
    if currency in (WHOLE_PAYOUTS if is_payout else HUNDREDTHS_OF_NOTHING) and amount % 100:
        code = "invalid_charge_amount_no_decimal_compatible"
        raise Refused("Invalid amount: it must be evenly divisible by 100.", code)
