"""The peers that run beside us in `make bench-voice`, in an environment of their own."""
