"""The rules of an order: pure functions and frozen models, without clock, I/O, Temporal or SQL."""
