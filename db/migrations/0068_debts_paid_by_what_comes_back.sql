-- What somebody owes is paid by what comes back into their wallet, too: by a payout that did not arrive, and by one
-- that was written down by hand and is taken back. Its key is that of what came back, so that each pays once.

-- NOT VALID: what was written before keeps to a narrower one.
-- harmless: key_of_recovery, since it allows all that it allowed before
ALTER TABLE ledger.tx DROP CONSTRAINT key_of_recovery,
    ADD CONSTRAINT key_of_recovery CHECK (kind <> 'recovery'
        OR key ~ '^recovery:(chargeback|order):[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}:(buyer|seller)$'
        OR key ~ '^recovery:(payout_return|reversal):[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$') NOT VALID;
