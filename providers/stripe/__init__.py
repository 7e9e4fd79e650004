"""Stripe: pay-ins by Checkout, payouts as separate transfers to connected accounts.

Whoever imports it loads Stripe's own client: only where a stack has chosen it.
"""

from providers.stripe.accounts import Accounts
from providers.stripe.events import Events
from providers.stripe.pay_ins import PayIns
from providers.stripe.payouts import Payouts
from providers.stripe.statement import Statement


class StripeProvider(PayIns, Accounts, Payouts, Events, Statement):
    """Stripe, as these books know a payment provider."""

    name = "stripe"
    takes_payments = True
