-- What a message came of: the call of the API, as its log and traces know it, so that the sending of mails and
-- webhooks is told as a part of the same. Of what nobody asked for there is only a trace, or nothing.
ALTER TABLE deliveries ADD COLUMN cause jsonb;
