"""What Prometheus is told: of a process by itself, and of the product as the database has it."""
