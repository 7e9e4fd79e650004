"""Lists as tables: CSV (RFC 4180) of every list that there is."""
