"""What comes back from outside."""
