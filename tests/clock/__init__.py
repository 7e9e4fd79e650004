"""A clock that can be moved."""
