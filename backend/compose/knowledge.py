"""What it knows and keeps: memory, shared documents, backups."""

from functools import cached_property

from backend.backup import Backups, Keyrings
from backend.compose.engines import engine
from backend.compose.machine import Machine
from backend.documents import DocumentLimits, Documents
from backend.kernel.errors import NotConfigured
from backend.memory import Memory
from backend.memory.archive import Archive
from backend.memory.embedding import Embedder
from backend.memory.graph import Graph, GraphLevels, GraphServer
from backend.memory.indexing import Indexer, Relater
from backend.memory.recall import Recall
from backend.memory.service import MemoryParts
from backend.memory.short_term import ShortTerm
from backend.memory.vectors import VectorIndex, VectorLevels, VectorRows
from backend.platform.telemetry.logs import get_logger

_log = get_logger("compose")


class Knowledge(Machine):
    """The rooms that remember."""

    @cached_property
    def embedder(self) -> Embedder:
        """Words to vectors: those of a model, or of the spelling where no model can run."""
        if self.settings.memory.embedder == "minilm":
            try:
                learnt: Embedder = engine("embedding.minilm")(self.weights, self.compute)
            except NotConfigured as missing:
                _log.warning("embedder_missing", detail=missing.message, cure=missing.cure)
            else:
                return learnt
        hashed: Embedder = engine("embedding.hashed")()
        return hashed

    @cached_property
    def vector_rows(self) -> VectorRows:
        """The vectors' rows in the database."""
        return VectorRows(
            events=self.events, model=self.embedder.name, dimension=self.embedder.dimension
        )

    @cached_property
    def vectors(self) -> VectorIndex:
        """The index over the vectors: Chroma when it is set, and exact search behind it."""
        exact: VectorIndex = engine("vectors.exact")(
            database=self.database, rows=self.vector_rows, compute=self.compute
        )
        if self.vector_server is None:
            return exact
        return VectorLevels(self.vector_server, exact, breaker=self.breaker())

    @cached_property
    def vector_server(self) -> VectorIndex | None:
        """Chroma, when it is set."""
        if not self.settings.chroma_url:
            return None
        chroma: VectorIndex = engine("vectors.chroma")(
            self.settings.chroma_url,
            instance=self.keys.derive("instance", 8).hex(),
            model=self.embedder.name,
            dimension=self.embedder.dimension,
        )
        return chroma

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
    def short_term(self) -> ShortTerm:
        """What is on the companion's mind: the last day."""
        return ShortTerm(ids=self.ids, cache=self.cache, clock=self.clock)

    @cached_property
    def memory(self) -> Memory:
        """Everything that is remembered."""
        archive = Archive(self.ids)
        parts = MemoryParts(
            archive=archive,
            recall=Recall(
                database=self.database, archive=archive, embedder=self.embedder, index=self.vectors
            ),
            indexer=Indexer(
                database=self.database,
                archive=archive,
                embedder=self.embedder,
                index=self.vectors,
                rows=self.vector_rows,
            ),
            relater=Relater(
                database=self.database, archive=archive, graph=self.graph, ids=self.ids
            ),
            graph=self.graph,
            short_term=self.short_term,
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
        )

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
