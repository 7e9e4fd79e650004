"""What an order workflow does to the world: one database transaction an activity."""
