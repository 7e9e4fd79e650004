"""The document of a payment provider that does not answer for a payment."""

from datetime import datetime

from documents.base import Document


class ProviderSilence(Document):
    """Since when the payment provider does not say what becomes of a payment, and why: in its own
    words, or in ours where it is not to be asked."""

    since: datetime
    because: str
