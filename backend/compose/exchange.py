"""How it talks: ears, voice, mind, and the one conductor that joins them."""

from functools import cached_property
from urllib.parse import urlsplit

from pydantic import SecretStr

from backend.compose.engines import engine
from backend.compose.knowledge import Knowledge
from backend.conversation.conductor import Conductor
from backend.conversation.exchange import Limits, Stages
from backend.conversation.gathering import Gathering
from backend.conversation.hearing import Detector, Hub, Transcriber
from backend.conversation.hearing.absent import AbsentEars
from backend.conversation.keeping import TurnKeeper
from backend.conversation.notebook import Notebook
from backend.conversation.reasoning import Mind
from backend.conversation.reasoning.minds import Minds
from backend.conversation.reasoning.offline import OfflineMind
from backend.conversation.recording import Recorder
from backend.conversation.repertoire import Repertoire
from backend.conversation.routes import PhoneParts
from backend.conversation.sessions import Sessions
from backend.conversation.speaking import Voice, VoiceLevels
from backend.conversation.switchboard import PhoneRules, Switchboard
from backend.conversation.texts import Texts
from backend.conversation.tuning import VoiceTuning
from backend.conversation.turns import Turns
from backend.conversation.webhooks import Webhooks
from backend.delivery import Consent
from backend.kernel.errors import NotConfigured
from backend.llm.budgets import Budget
from backend.llm.catalogue import Catalogue, Price
from backend.llm.port import ChatModel
from backend.llm.router import Deadlines, ModelRouter, PricedModel
from backend.platform.settings_sources import is_loopback
from backend.platform.telemetry.logs import get_logger

GROQ_URL = "https://api.groq.com/openai/v1"

_log = get_logger("compose")


class Conversation(Knowledge):
    """The path of a call, and the texts beside it."""

    # ── hearing ──────────────────────────────────────────────────────────────────────────────
    @cached_property
    def detector(self) -> Detector:
        """Is it a voice."""
        try:
            detector: Detector = engine("hearing.silero")(folder=self.settings.models.folder)
        except NotConfigured as missing:
            return AbsentEars(missing)
        return detector

    @cached_property
    def activity(self) -> Hub:
        """One hub for the voices of all lines."""
        return Hub(self.detector)

    @cached_property
    def transcriber(self) -> Transcriber:
        """Speech to text."""
        if self.settings.dummy_engines:
            dummy: Transcriber = engine("hearing.dummy")()
            return dummy
        voice = self.settings.voice
        try:
            whisper: Transcriber = engine("hearing.whisper")(
                self.weights,
                self.compute,
                model=f"whisper-{voice.whisper_model}",
                language=voice.language,
                threads=voice.threads,
                at_once=voice.hearings_max,
            )
        except NotConfigured as missing:
            return AbsentEars(missing)
        return whisper

    # ── speaking ─────────────────────────────────────────────────────────────────────────────
    @cached_property
    def voice(self) -> Voice:
        """Text to speech, by levels."""
        if self.settings.dummy_engines:
            dummy: Voice = engine("speaking.dummy")()
            return dummy
        return VoiceLevels(
            [self._speaker(name) for name in self.settings.voice.speakers],
            clock=self.clock,
            on_failure=lambda voice, reason: _log.warning(
                "voice_failed", voice=voice, reason=reason
            ),
        )

    def _speaker(self, name: str) -> Voice:
        if name == "piper":
            piper: Voice = engine("speaking.piper")(
                self.weights, voice=f"piper-{self.settings.voice.piper_voice}"
            )
            return piper
        if name == "espeak":
            espeak: Voice = engine("speaking.espeak")()
            return espeak
        raise NotConfigured(
            f"There is no voice named {name}.", cure="RINGBACK_VOICE__SPEAKERS=piper,espeak"
        )

    @cached_property
    def repertoire(self) -> Repertoire:
        """The voice, with the phrases that it knows by heart."""
        return Repertoire(self.voice)

    # ── reasoning ────────────────────────────────────────────────────────────────────────────
    @cached_property
    def mind(self) -> Mind:
        """Who answers."""
        if self.settings.dummy_engines:
            dummy: Mind = engine("reasoning.dummy")()
            return dummy
        return self.minds

    @cached_property
    def minds(self) -> Minds:
        """The offline mind; the model's joins it once its graph is loaded."""
        return Minds(OfflineMind())

    @cached_property
    def models(self) -> ModelRouter:
        """The configured language models in their order."""
        wanted = self.settings.model
        catalogue = Catalogue()
        models = [
            PricedModel(chat, self._price(catalogue, chat))
            for chat in map(self._chat, wanted.order)
            if chat is not None
        ]
        budget = Budget(
            database=self.database,
            clock=self.clock,
            ids=self.ids,
            daily_dollars=self.settings.spend.daily,
        )
        return ModelRouter(
            models,
            budget=budget,
            clock=self.clock,
            deadlines=Deadlines(first_token_s=wanted.first_token_s, reply_s=wanted.reply_s),
        )

    def _price(self, catalogue: Catalogue, chat: ChatModel) -> Price:
        # Only OpenAI's language is spoken by servers of one's own: there a model may cost nothing.
        url = self.settings.openai.base_url if chat.provider == "openai" else ""
        is_local = is_loopback(urlsplit(url).hostname or "") if url else False
        return catalogue.price(chat.model, is_local=is_local)

    def _chat(self, provider: str) -> ChatModel | None:
        """Return a provider's model when it is configured."""
        settings, wanted = self.settings, self.settings.model
        if provider == "anthropic":
            return self._keyed(
                "models.anthropic",
                wanted.anthropic,
                settings.anthropic.api_key,
                base_url=settings.anthropic.base_url,
            )
        if provider == "openai":
            return self._keyed(
                "models.openai",
                wanted.openai,
                settings.openai.api_key,
                base_url=settings.openai.base_url,
            )
        if provider == "groq":
            return self._keyed(
                "models.openai",
                wanted.groq,
                settings.groq.api_key,
                base_url=GROQ_URL,
                provider="groq",
            )
        raise NotConfigured(
            f"There is no provider named {provider}.",
            cure="RINGBACK_MODEL__ORDER=anthropic,openai,groq",
        )

    def _keyed(self, name: str, model: str, key: SecretStr, **where: str) -> ChatModel | None:
        if not key.get_secret_value():
            return None
        chat: ChatModel = engine(name)(model, api_key=key.get_secret_value(), **where)
        return chat

    async def load_graph(self) -> None:
        """Load the model's graph: it takes seconds, so after the start and beside the greeting."""
        if not self.has_model or self.settings.dummy_engines:
            return
        mind = await self.compute.run(engine, "reasoning.graph")
        self.minds.model = mind(self.models, tokens_max=self.settings.model.tokens_max)

    @property
    def has_model(self) -> bool:
        """Say whether any provider has a key."""
        keys = (self.settings.anthropic, self.settings.openai, self.settings.groq)
        return any(provider.api_key.get_secret_value() for provider in keys)

    @cached_property
    def notebook(self) -> Notebook:
        """Notes, as a conversation takes them."""
        return Notebook(documents=self.documents, ids=self.ids)

    @cached_property
    def turns(self) -> Turns:
        """The one way a turn happens."""
        return Turns(
            database=self.database,
            gathering=Gathering(
                memory=self.memory,
                notebook=self.notebook,
                trust=self.trust,
                clock=self.clock,
                ids=self.ids,
                recalled=self.settings.memory.recalled,
            ),
            mind=self.mind,
            keeper=TurnKeeper(
                memory=self.memory, notebook=self.notebook, events=self.events, clock=self.clock
            ),
            compute=self.compute,
        )

    # ── the lines ────────────────────────────────────────────────────────────────────────────
    @cached_property
    def sessions(self) -> Sessions:
        """The rows of exchanges."""
        return Sessions(database=self.database, ids=self.ids, events=self.events)

    @cached_property
    def conductor(self) -> Conductor:
        """Holds every exchange."""
        limits = self.settings.limits
        stages = Stages(
            activity=self.activity,
            transcriber=self.transcriber,
            turns=self.turns,
            sessions=self.sessions,
            voice=self.repertoire,
            clock=self.clock,
            tuning=VoiceTuning(),
            limits=Limits(session_s=limits.session_minutes * 60, silence_s=limits.silence_seconds),
        )
        return Conductor(stages, recorder=self._recorder())

    def _recorder(self) -> Recorder | None:
        if not self.settings.recording.enabled:
            return None
        return Recorder(
            objects=self.objects, keys=self.keys, compute=self.compute, clock=self.clock
        )

    @cached_property
    def phone(self) -> PhoneParts:
        """The telephone's doors."""
        webhooks = Webhooks(database=self.database)
        return PhoneParts(
            switchboard=Switchboard(
                database=self.database,
                identity=self.identity,
                sessions=self.sessions,
                webhooks=webhooks,
                conductor=self.conductor,
                rules=PhoneRules(
                    calls_max=self.settings.limits.calls_max,
                    token_s=self.settings.phone.token_seconds,
                    trusts_everybody=self.settings.dummy_engines,
                ),
            ),
            texts=Texts(
                database=self.database,
                identity=self.identity,
                sessions=self.sessions,
                turns=self.turns,
                webhooks=webhooks,
                consent=Consent(),
            ),
            conductor=self.conductor,
            guard=self.guard,
            settings=self.settings,
            keys=self.keys,
            clock=self.clock,
        )
