"""The yardstick: what an order costs, beside the bare engine and a peer on the same machine."""
