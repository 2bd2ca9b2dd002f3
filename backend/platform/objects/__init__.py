"""Things too large for a row: recordings, uploads, backups."""
