"""Story files: what people do, what time does, and what must have come of it."""
