"""The phone app's door: live conversation, pairing and the feed, over one versioned wire."""
