"""The wire over which many devices edit one mind: rooms, framing, awareness, relay."""
