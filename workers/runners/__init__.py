"""Who runs the jobs: this process by itself, or many rung by Redis."""
