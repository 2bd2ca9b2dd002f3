"""Ways to ring the operator."""
