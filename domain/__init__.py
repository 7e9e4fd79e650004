"""The rules of an order: pure functions and frozen models. No clock, no I/O, no Temporal, no SQL."""
