"""Who answers: the offline mind always, a language model's graph when a provider is configured."""

from functools import cached_property
from urllib.parse import urlsplit

from backend.compose.engines import engine
from backend.compose.forgetting import Forgetful
from backend.conversation.reasoning import Mind
from backend.conversation.reasoning.minds import Minds
from backend.conversation.reasoning.offline import OfflineMind
from backend.kernel.errors import NotConfigured
from backend.llm.budgets import Budget
from backend.llm.catalogue import Catalogue
from backend.llm.router import Deadlines, ModelRouter, PricedModel
from backend.platform.settings.sources import is_loopback

GROQ_URL = "https://api.groq.com/openai/v1"
NO_KEY = "none"  # what a server of one's own is shown: the package insists on something


class Thinking(Forgetful):
    """The minds and the models behind them."""

    @cached_property
    def mind(self) -> Mind:
        """Who answers."""
        if self.settings.dummy_engines:
            dummy: Mind = engine("reasoning.dummy")(
                self.clock, delay_ms=self.settings.dummy.first_token_ms
            )
            return dummy
        return self.minds

    @cached_property
    def minds(self) -> Minds:
        """The offline mind; the model's joins it once its graph is loaded."""
        return Minds(OfflineMind())

    @cached_property
    def budget(self) -> Budget:
        """What may be spent in a day, by whatever costs money."""
        return Budget(
            database=self.database,
            clock=self.clock,
            ids=self.ids,
            daily_dollars=self.settings.spend.daily,
        )

    @cached_property
    def models(self) -> ModelRouter:
        """The configured language models in their order."""
        wanted = self.settings.model
        return ModelRouter(
            [self._model(provider) for provider in self.providers],
            budget=self.budget,
            clock=self.clock,
            deadlines=Deadlines(first_token_s=wanted.first_token_s, reply_s=wanted.reply_s),
        )

    @property
    def providers(self) -> list[str]:
        """The providers that are configured, in the order in which they are asked."""
        settings = self.settings
        configured = {
            "anthropic": bool(settings.anthropic.api_key.get_secret_value()),
            "openai": bool(settings.openai.api_key.get_secret_value() or settings.openai.base_url),
            "groq": bool(settings.groq.api_key.get_secret_value()),
        }
        unknown = [name for name in settings.model.order if name not in configured]
        if unknown:
            raise NotConfigured(
                f"There is no provider named {unknown[0]}.",
                cure="RINGBACK_MODEL__ORDER=anthropic,openai,groq",
            )
        return [name for name in settings.model.order if configured[name]]

    async def load_graph(self) -> None:
        """Load the model's graph: it takes seconds, so after the start and beside the greeting."""
        if not self.providers or self.settings.dummy_engines:
            return
        mind = await self.compute.run(engine, "reasoning.graph")
        models = await self.compute.run(lambda: self.models)
        self.minds.model = mind(models, tokens_max=self.settings.model.tokens_max)

    def _model(self, provider: str) -> PricedModel:
        settings, names = self.settings, self.settings.model
        key, url, model = {
            "anthropic": (settings.anthropic.api_key, settings.anthropic.base_url, names.anthropic),
            "openai": (settings.openai.api_key, settings.openai.base_url, names.openai),
            "groq": (settings.groq.api_key, GROQ_URL, names.groq),
        }[provider]
        # A server of one's own costs nothing; so may a model there that no catalogue knows.
        is_local = bool(url) and is_loopback(urlsplit(url).hostname or "")
        entry = self._catalogue.entry(model, is_local=is_local)
        make = engine("models.anthropic" if provider == "anthropic" else "models.openai")
        chat = make(
            model,
            api_key=key.get_secret_value() or NO_KEY,
            base_url=url,
            thinks_first=entry.thinks_first,
            **({"provider": provider} if provider != "anthropic" else {}),
        )
        return PricedModel(chat, entry.price)

    @cached_property
    def _catalogue(self) -> Catalogue:
        return Catalogue()
