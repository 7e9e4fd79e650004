"""The durable shell round the rules: signals, deadlines, activities, search attributes."""
