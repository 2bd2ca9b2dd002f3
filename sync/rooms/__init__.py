"""Rooms: everybody who has one document open in this process."""
