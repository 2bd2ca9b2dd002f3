"""Storms: the product killed again and again while people talk to it, and what must hold after.

A storm follows from its seed (`plan.py`): what is asked of the doors, and who is killed when. It
remembers what was promised (`promises.py`), and afterwards looks for it at the doors and in the
database (`judging.py`). `make chaos SEED=17` plays one again.
"""
