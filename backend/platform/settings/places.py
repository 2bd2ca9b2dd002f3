"""Where the platform keeps a user's data and what can be fetched again."""

import os
import sys
from pathlib import Path


def default_home() -> Path:
    """Return the platform's folder for a user's data."""
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "ringback"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "ringback"


def default_models_folder() -> Path:
    """Return the platform's folder for what can be fetched again: shared by all instances."""
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "ringback" / "models"
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "ringback" / "models"
