-- A payment provider's machine sees the transfers that it made: they are listed along an index of their own.

CREATE INDEX outside_of_maker ON ledger.outside (made_by, tx_id DESC);
