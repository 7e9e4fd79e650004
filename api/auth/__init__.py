"""Who a caller is, and what they are to an order."""
