"""Writes docs/settings.md: `python -m backend.platform.settings_doc`."""

import sys

from backend.platform.settings_doc import FILE, rendered

if __name__ == "__main__":
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(rendered(), encoding="utf-8")
    sys.stdout.write(f"{FILE}\n")
