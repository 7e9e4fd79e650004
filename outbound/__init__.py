"""What is handed on to the outside, and what comes back from there."""
