"""How everything that it knows is taken along, and brought in from elsewhere."""

from functools import cached_property

from backend.compose.exchange import Conversation
from backend.memory.porting import Porting, PortingParts
from backend.memory.porting.bringing import Bringer
from backend.memory.porting.export import Exporter
from backend.memory.porting.spool import Spool


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
        bringer = Bringer(
            database=self.database,
            memory=self.memory,
            facts=self.facts,
            documents=self.documents,
            recordings=self.recorder,
            jobs=self.jobs,
            compute=self.compute,
        )
        parts = PortingParts(
            database=self.database,
            memory=self.memory,
            exporter=exporter,
            bringer=bringer,
            spool=Spool(objects=self.objects, keys=self.keys, compute=self.compute),
            jobs=self.jobs,
            compute=self.compute,
            clock=self.clock,
            ids=self.ids,
            folder=self.home.folder("porting"),
            secrets=self.settings.memory.secrets,
        )
        return Porting(parts)
