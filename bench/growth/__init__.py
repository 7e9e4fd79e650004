"""Many whole orders, and how what is asked of them grows with their number."""
