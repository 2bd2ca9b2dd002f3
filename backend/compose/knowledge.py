"""What it knows and keeps: memory, shared documents, backups."""

from functools import cached_property
from typing import Protocol

from backend.backup import Backups, Keyrings
from backend.compose.engines import engine
from backend.compose.machine import Machine
from backend.documents import DocumentLimits, Documents
from backend.kernel.errors import NotConfigured
from backend.memory import Memory
from backend.memory.archive import Archive
from backend.memory.archive.elsewhere import Elsewhere
from backend.memory.embedding import Embedder
from backend.memory.facts.bearers import named
from backend.memory.facts.mirroring import mirror_again
from backend.memory.facts.secrets import scrubbed
from backend.memory.graph import Graph, GraphLevels, GraphServer
from backend.memory.healing import Healing
from backend.memory.indexing import Indexer, Relater
from backend.memory.mirrors import Mirrors
from backend.memory.recall import Recall
from backend.memory.service import MemoryParts
from backend.memory.short_term import ShortTerm
from backend.memory.vectors import Maker, Space, Spaces, VectorIndex, VectorLevels, VectorRows
from backend.memory.vectors.changing import ChangeParts, ModelChange
from backend.platform.telemetry.logs import get_logger

_log = get_logger("compose")


class Held(Protocol):
    """A folder that one process has at a time."""

    def hold(self) -> None:
        """Take it; raise Conflict while another process has it."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


class Knowledge(Machine):
    """The rooms that remember."""

    @property
    def embedder(self) -> Embedder:
        """Words to vectors: those of a model, or of the spelling where no model can run."""
        try:
            return self.spaces.of(self.spaces.wanted).embedder
        except NotConfigured as missing:
            _log.warning("embedder_missing", detail=missing.message, cure=missing.cure)
            return self.spaces.of(self.spaces.fallback).embedder

    @cached_property
    def spaces(self) -> Spaces:
        """Every model of meaning: who makes its vectors, their rows, and who searches them."""
        makers = {
            "minilm": Maker(
                "all-MiniLM-L6-v2",
                lambda: self._space(engine("embedding.minilm")(self.weights, self.compute)),
            ),
            "hashed": Maker("hashed-1", lambda: self._space(engine("embedding.hashed")())),
        }
        return Spaces(
            database=self.database,
            clock=self.clock,
            makers=makers,
            wanted=self.settings.memory.embedder,
            fallback="hashed",
            cache=self.cache if self.settings.database.cache_mb else None,
        )

    @cached_property
    def vector_rows(self) -> VectorRows:
        """The vectors' rows; what is removed by them is removed of every model."""
        return VectorRows(events=self.events, model=self.spaces.wanted, dimension=0)

    @property
    def vectors(self) -> Spaces:
        """The indexes over the vectors of every model, under one name."""
        return self.spaces

    def _space(self, embedder: Embedder) -> Space:
        rows = VectorRows(events=self.events, model=embedder.name, dimension=embedder.dimension)
        exact: VectorIndex = engine("vectors.exact")(
            database=self.database,
            rows=rows,
            compute=self.compute,
            folder=self.home.path / "vectors",
            precision=self.settings.memory.precision,
            cache=self.cache,
        )
        first = self._first_index(embedder)
        if first is None:
            return Space(embedder, rows, exact)
        healing = self.healing.wish
        levels = VectorLevels(first, exact, breaker=self.breaker(), on_damage=healing)
        return Space(embedder, rows, levels)

    def _first_index(self, embedder: Embedder) -> VectorIndex | None:
        """Return the index that is asked before the exact one, where the settings want one."""
        of = {"model": embedder.name, "dimension": embedder.dimension}
        name = self.index_name
        if name == "exact":
            return None
        if name == "pgvector":
            pgvector: VectorIndex = engine("vectors.pgvector")(self.database, **of)
            return pgvector
        instance = self.keys.derive("instance", 8).hex()
        if name == "chroma":
            chroma: VectorIndex = engine("vectors.chroma")(
                self.settings.chroma_url, instance=instance, **of
            )
            return chroma
        embedded: VectorIndex = engine("vectors.chroma_folder")(
            self.chroma_folder, instance=instance, compute=self.compute, **of
        )
        return embedded

    @property
    def index_name(self) -> str:
        """Return which index is asked first."""
        wanted, url = self.settings.memory.index, self.settings.chroma_url
        if wanted == "auto":
            return "chroma" if url else "exact"
        return "chroma_folder" if wanted == "chroma" and not url else wanted

    @cached_property
    def chroma_folder(self) -> Held:
        """The embedded Chroma's folder; refused while another process has it."""
        folder: Held = engine("vectors.chroma_home")(self.home.folder("chroma"))
        return folder

    def hold_chroma(self) -> None:
        """Take the embedded Chroma's folder, where the settings want one."""
        if self.index_name == "chroma_folder":
            self.chroma_folder.hold()

    @cached_property
    def healing(self) -> Healing:
        """Who has damaged indexes made anew."""
        return Healing(database=self.database, jobs=self.jobs, clock=self.clock)

    @cached_property
    def meaning(self) -> ModelChange:
        """Who changes the model of meaning."""
        return ModelChange(
            ChangeParts(
                database=self.database,
                archive=Archive(self.ids),
                spaces=self.spaces,
                jobs=self.jobs,
                ids=self.ids,
                clock=self.clock,
                kept_days=self.settings.memory.retired_days,
            )
        )

    @cached_property
    def graph(self) -> Graph:
        """Who and what belongs together: Neo4j when it is set, and the tables behind it."""
        tables: Graph = engine("graph.tables")(self.database)
        if self.graph_server is None:
            return tables
        return GraphLevels(self.graph_server, tables, breaker=self.breaker())

    @cached_property
    def graph_server(self) -> GraphServer | None:
        """Neo4j, when it is set."""
        server = self.settings.neo4j
        if not server.uri:
            return None
        neo4j: GraphServer = engine("graph.neo4j")(
            server.uri, user=server.user, password=server.password.get_secret_value()
        )
        return neo4j

    @cached_property
    def mirrors(self) -> Mirrors:
        """The servers that hold copies of the truth."""
        return Mirrors(
            database=self.database,
            spaces=self.spaces,
            has_index=self.index_name != "exact",
            graph=self.graph_server,
        )

    @cached_property
    def short_term(self) -> ShortTerm:
        """What is on the companion's mind: the last day."""
        return ShortTerm(ids=self.ids, cache=self.cache, clock=self.clock)

    @cached_property
    def elsewhere(self) -> Elsewhere:
        """Who knows again what was forgotten here and comes from elsewhere."""
        return Elsewhere(lambda: self.keys)

    @cached_property
    def memory(self) -> Memory:
        """Everything that is remembered."""
        archive = Archive(self.ids, on_damage=self.healing.wish_in)
        parts = MemoryParts(
            archive=archive,
            recall=Recall(
                database=self.database,
                archive=archive,
                spaces=self.spaces,
                on_damage=self.healing.wish,
            ),
            indexer=Indexer(
                database=self.database,
                archive=archive,
                spaces=self.spaces,
                stand_in=self.meaning.stand_in,
            ),
            relater=Relater(
                database=self.database,
                archive=archive,
                graph=self.graph,
                ids=self.ids,
                cache=self.cache,
                after=lambda tx, related: mirror_again(tx, self.jobs, related),
                naming=named,
            ),
            graph=self.graph,
            secrets=self.settings.memory.secrets,
            short_term=self.short_term,
            elsewhere=self.elsewhere,
        )
        return Memory(parts, database=self.database, jobs=self.jobs, clock=self.clock)

    @cached_property
    def documents(self) -> Documents:
        """What devices share."""
        limits = self.settings.limits
        return Documents(
            database=self.database,
            clock=self.clock,
            ids=self.ids,
            events=self.events,
            signals=self.signals,
            jobs=self.jobs,
            limits=DocumentLimits(
                document_bytes_max=limits.document_bytes,
                update_bytes_max=limits.sync_message_bytes,
            ),
            clean=self._without_secrets,
        )

    def _without_secrets(self, text: str) -> str:
        """Return words without their secrets, where these are not kept: nothing seals them here."""
        return text if self.settings.memory.secrets == "keep" else scrubbed(text).text

    @cached_property
    def keyrings(self) -> Keyrings:
        """The keys that open an archive."""
        return Keyrings(database=self.database, root=self.root, home=self.home)

    @cached_property
    def backups(self) -> Backups:
        """What survives the machine."""
        return Backups(
            database=self.database,
            objects=self.objects,
            keyrings=self.keyrings,
            clock=self.clock,
            ids=self.ids,
            compute=self.compute,
        )
