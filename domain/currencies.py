"""Currencies: those of today, and the decimals of all that there have been.

A currency that ISO 4217 withdraws goes out of its table, and stays in wallets and orders. So
`iso4217` says what may be priced from now on, and a table of our own how an amount is to be read:
nothing is ever taken out of that one, and no exponent changed, which would change amounts.
"""

import re

from iso4217 import Currency as Iso4217

USUAL = 2
"""Decimals of a currency that nobody has told us of."""

_BY_DECIMALS = {
    0: "BIF BYR CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: """
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD
    CAD CDF CHE CHF CHW CNY COP COU CRC CUC CUP CVE CZK DKK DOP DZD EEK EGP ERN ETB EUR FJD FKP GBP
    GEL GHS GIP GMD GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP
    LKR LRD LSL LTL LVL MAD MDL MGA MKD MMK MNT MOP MRO MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO
    NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SKK SLE SLL SOS
    SRD SSP STD STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN USS UYU UZS VED VEF VES
    WST XAD XCD XCG YER ZAR ZMK ZMW ZWG ZWL
    """,
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
MINOR_UNITS = {code: decimals for decimals, codes in _BY_DECIMALS.items() for code in codes.split()}
"""The number of decimals of every currency that there is, and of those withdrawn since 2009."""

CURRENT = {c.code: c.exponent for c in Iso4217 if c.exponent is not None}
"""What ISO 4217 has today; metals, funds and test codes have no decimals and are no currencies."""

_SHAPE = re.compile("[A-Z]{3}")


def is_code(text: str) -> bool:
    """Return whether it could be a currency's code, of today or of another day."""
    return _SHAPE.fullmatch(text) is not None


def is_current(code: str) -> bool:
    """Return whether something may be priced in it from now on."""
    return code in CURRENT


def is_known(code: str) -> bool:
    """Return whether it is a currency, or was one."""
    return code in MINOR_UNITS or code in CURRENT


def decimals(code: str) -> int:
    """Return how many decimals an amount in it has; of one that nobody knows, as many as most
    have."""
    return MINOR_UNITS.get(code, CURRENT.get(code, USUAL))
