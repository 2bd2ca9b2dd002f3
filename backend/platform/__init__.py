"""The machine: settings, database, jobs, objects, time, logs; it knows nothing of the rooms."""
