"""The makers' own packages, each behind one adapter; loaded only when they are configured."""
