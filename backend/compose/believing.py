"""How it comes to know: who reads facts from words, and who tells the graph of them."""

from functools import cached_property

from backend.compose.thinking import Thinking
from backend.memory.facts.learning import Learner, Reader
from backend.memory.facts.mirroring import Mirror
from backend.memory.facts.model_reading import ModelReader, RuleReader


class Believing(Thinking):
    """What is learnt between turns."""

    @cached_property
    def learner(self) -> Learner:
        """Who learns from messages."""
        return Learner(
            database=self.database,
            facts=self.facts,
            reader=self._fact_reader,
            rules=RuleReader(self.compute),
        )

    @cached_property
    def mirror(self) -> Mirror:
        """Who tells the graph what facts say."""
        return Mirror(database=self.database, graph=self.graph, ids=self.ids, jobs=self.jobs)

    @property
    def _fact_reader(self) -> Reader:
        rules = RuleReader(self.compute)
        is_wanted = self.settings.memory.reader == "auto" and not self.settings.dummy_engines
        if not self.providers or not is_wanted:
            return rules
        return ModelReader(self.models, rules=rules)
