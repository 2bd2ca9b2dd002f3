"""Things too large for a row: recordings, uploads, backups."""

from backend.platform.objects.port import ObjectInfo, Objects, checked_key, whole

__all__ = ["ObjectInfo", "Objects", "checked_key", "whole"]
