"""`ringback export`: everything of yours in one file of open formats."""

import os
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from backend.cli.instance import instance
from backend.cli.output import AsJson, show_json, show_lines
from backend.kernel.errors import Conflict, Invalid

BUILD_S_MAX = 3600.0  # nothing is sent before it is whole
PRIVATE = 0o600

app = typer.Typer(add_completion=False)


@app.command()
def export(
    file: Annotated[Path, typer.Argument(help="The ZIP file to write.")],
    as_json: AsJson = False,
) -> None:
    """Take everything along: messages, facts, notes, recordings, with a manifest and checksums."""
    try:
        with _private(file) as stream, instance() as running:
            size = running.save("/v1/export", stream, seconds_max=BUILD_S_MAX)
    except FileExistsError:
        raise Conflict(f"{file} is there already.", cure="ringback export ANOTHER.zip") from None
    except OSError as failure:
        file.unlink(missing_ok=True)
        raise Invalid(f"{file} can't be written: {failure.strerror}.") from None
    except BaseException:
        file.unlink(missing_ok=True)  # half an export is none
        raise
    if as_json:
        show_json({"file": str(file), "bytes": size})
    else:
        show_lines(
            [
                f"✓ {file} ({size / 1_000_000:.1f} MB). It is not sealed: keep it private.",
                f"  Bring it in elsewhere with: ringback import {file}",
            ]
        )


def _private(file: Path) -> BinaryIO:
    """Open a file that is not there yet, for nobody else to read from its first byte on."""
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE)
    return os.fdopen(descriptor, "wb")
