-- Whom a disputed payment concerns: what they would owe if it were lost is not paid out meanwhile (withheld), and has
-- to be found by them, however many payments others have. Both may be null: the release before names nobody, and a
-- payment may have no order. carry_chargeback fills in what is missing.
ALTER TABLE chargebacks
    ADD COLUMN payer_id  text,
    ADD COLUMN seller_id text; -- of the order that it paid for, in its currency

UPDATE chargebacks c SET payer_id = p.user_id, seller_id = o.seller_id
FROM pay_ins p LEFT JOIN orders o ON o.id = p.order_id AND o.doc->>'currency' = p.currency
WHERE p.id = c.pay_in_id;

CREATE INDEX chargebacks_against_payer ON chargebacks (payer_id)
    WHERE state <> 'won' AND carried IS DISTINCT FROM 'lost';
CREATE INDEX chargebacks_against_seller ON chargebacks (seller_id)
    WHERE state <> 'won' AND carried IS DISTINCT FROM 'lost';
