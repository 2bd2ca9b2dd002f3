"""What `bench-jobs` is made of: servers on loopback, our own program, and the figures of any."""
