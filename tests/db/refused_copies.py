"""What copies of rows are given that the tables are to refuse, and which rows are copied."""

from uuid import UUID

NOBODY = str(UUID(int=0))

# The copies get ids far from those in use.
NEW = {"id": 9_000}
NEW_ORDER = {"id": NOBODY, "version": 1}
UNNAMED = {"external_id": None}
ANOTHER_ONE = {"id": NOBODY, "reference": "another"}

EMAIL, WEBHOOK = "channel = 'email'", "channel = 'webhook'"
OF_POSTING, OF_DISPUTE = "chargeback_id IS NULL", "told = 'opened'"
UNLISTED = "SELECT jsonb_build_object('tx_id', min(id)) FROM ledger.tx WHERE order_id IS NOT NULL"
