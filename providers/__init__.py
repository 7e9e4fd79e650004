"""Who really holds the money: a licensed payment provider, which these books mirror."""
