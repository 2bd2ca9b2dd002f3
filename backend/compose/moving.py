"""How everything that it knows is taken along, and brought in from elsewhere."""

from functools import cached_property

from backend.compose.exchange import Conversation
from backend.memory.porting import Porting, PortingParts
from backend.memory.porting.bringing import Bringer
from backend.memory.porting.enclosures import Enclosures
from backend.memory.porting.export import Exporter
from backend.memory.porting.histories import Histories
from backend.memory.porting.spool import Spool
from backend.memory.porting.standing import Imports


class Moving(Conversation):
    """Exports and imports."""

    @cached_property
    def porting(self) -> Porting:
        """Who brings files in and takes everything along."""
        exporter = Exporter(
            database=self.database,
            documents=self.documents,
            recordings=self.recorder,
            compute=self.compute,
            clock=self.clock,
        )
        imports = Imports(self.database)
        enclosures = Enclosures(
            database=self.database,
            documents=self.documents,
            recordings=self.recorder,
            imports=imports,
            compute=self.compute,
        )
        bringer = Bringer(
            database=self.database,
            memory=self.memory,
            facts=self.facts,
            residents=self.identity.arrivals,
            enclosures=enclosures,
            imports=imports,
            jobs=self.jobs,
            compute=self.compute,
        )
        histories = Histories(
            memory=self.memory,
            imports=imports,
            compute=self.compute,
            clock=self.clock,
            ids=self.ids,
            secrets=self.settings.memory.secrets,
        )
        parts = PortingParts(
            database=self.database,
            exporter=exporter,
            bringer=bringer,
            histories=histories,
            imports=imports,
            spool=Spool(objects=self.objects, keys=self.keys, compute=self.compute),
            jobs=self.jobs,
            compute=self.compute,
            clock=self.clock,
            ids=self.ids,
            folder=self.home.folder("porting"),
        )
        return Porting(parts)
