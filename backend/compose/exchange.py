"""How it talks: the one conductor that joins ears, mind and voice, and the doors of a call."""

from functools import cached_property

from backend.compose.reaching import Reaching
from backend.conversation.conductor import Conductor, Recording
from backend.conversation.exchange.stages import Limits, Stages
from backend.conversation.phone.admission import Admission, AdmissionRules, Allowance
from backend.conversation.phone.routes import PhoneParts
from backend.conversation.phone.switchboard import PhoneRules, Switchboard, SwitchboardParts
from backend.conversation.phone.texts import Texts
from backend.conversation.phone.webhooks import Webhooks
from backend.conversation.recording import Recorder
from backend.conversation.sessions import Sessions
from backend.conversation.tuning import VoiceTuning
from backend.conversation.turns.believing import Believing
from backend.conversation.turns.gathering import FactParts, Gathering
from backend.conversation.turns.keeping import TurnKeeper
from backend.conversation.turns.knowing import Knowing
from backend.conversation.turns.namesakes import Namesakes
from backend.conversation.turns.notebook import Notebook
from backend.conversation.turns.omitting import Omitting
from backend.conversation.turns.present import Present
from backend.conversation.turns.replaying import Replaying
from backend.conversation.turns.secrecy import Secrecy
from backend.conversation.turns.service import Turns
from backend.conversation.turns.tracing import CallTraces
from backend.delivery import Consent
from backend.memory.facts.vault import Vault
from backend.platform.leftovers import give_back


class Conversation(Reaching):
    """The path of a call, and the texts beside it."""

    # ── a turn ───────────────────────────────────────────────────────────────────────────────
    @cached_property
    def notebook(self) -> Notebook:
        """Notes, as a conversation takes them."""
        return Notebook(documents=self.documents, ids=self.ids)

    @cached_property
    def believing(self) -> Believing:
        """Who believes in turns."""
        return Believing(self.facts)

    @cached_property
    def secrecy(self) -> Secrecy:
        """What becomes of secrets that are said."""
        vault = Vault(database=self.database, keys=self.keys, ids=self.ids)
        return Secrecy(self.settings.memory.secrets, vault)

    @cached_property
    def omitting(self) -> Omitting:
        """Forgetting, as it is wished in a conversation."""
        return Omitting(forgetting=self.forgetting, database=self.database)

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
                handing_over=self.handing_over,
                texting_back=self.texting_back,
                facts=FactParts(
                    knowing=Knowing(facts=self.facts, database=self.database, cache=self.cache),
                    believing=self.believing,
                    present=Present(self.database, self.cache),
                    secrecy=self.secrecy,
                    omitting=self.omitting,
                    namesakes=Namesakes(database=self.database, cache=self.cache),
                    replaying=Replaying(database=self.database, recordings=self.recorder),
                ),
                look=self.cache.look,
            ),
            mind=self.mind,
            keeper=TurnKeeper(
                memory=self.memory,
                notebook=self.notebook,
                events=self.events,
                clock=self.clock,
                handing_over=self.handing_over,
                texting_back=self.texting_back,
                believing=self.believing,
                secrecy=self.secrecy,
                omitting=self.omitting,
                # Without a cache everything is read from the database.
                charged=self.budget.charged if self.settings.database.cache_mb else None,
            ),
            compute=self.compute,
            metrics=self.metrics,
            traces=self.traces,
            secrecy=self.secrecy,
        )

    # ── the lines ────────────────────────────────────────────────────────────────────────────
    @cached_property
    def sessions(self) -> Sessions:
        """The rows of exchanges."""
        return Sessions(
            database=self.database,
            ids=self.ids,
            events=self.events,
            on_ended=self.traces.call,
        )

    @cached_property
    def traces(self) -> CallTraces:
        """Each call as a trace, when somebody follows."""
        return CallTraces(self.tracer, clock=self.clock)

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
            voices=self.repertoires,
            clock=self.clock,
            tuning=VoiceTuning(),
            limits=Limits(session_s=limits.session_minutes * 60, silence_s=limits.silence_seconds),
            can_hear=self._can_hear,
            pins=self.pins,
            metrics=self.metrics,
        )
        return Conductor(
            stages, recording=self._recording(), metrics=self.metrics, on_quiet=give_back
        )

    @cached_property
    def recorder(self) -> Recorder:
        """Keeps the sound of calls, and opens it again."""
        return Recorder(
            objects=self.objects, keys=self.keys, compute=self.compute, clock=self.clock
        )

    def _recording(self) -> Recording | None:
        wanted = self.settings.recording
        if not wanted.enabled:
            return None
        return Recording(
            self.recorder, self.identity.remember_consent, is_asked=wanted.consent == "ask"
        )

    @cached_property
    def phone(self) -> PhoneParts:
        """The telephone's doors."""
        webhooks = Webhooks(database=self.database)
        return PhoneParts(
            switchboard=self._switchboard(webhooks),
            texts=Texts(
                database=self.database,
                identity=self.identity,
                sessions=self.sessions,
                turns=self.turns,
                webhooks=webhooks,
                consent=Consent(),
                look=self.cache.look,
            ),
            guard=self.guard,
            settings=self.settings,
            keys=self.keys,
            clock=self.clock,
        )

    def _switchboard(self, webhooks: Webhooks) -> Switchboard:
        parts = SwitchboardParts(
            database=self.database,
            identity=self.identity,
            sessions=self.sessions,
            webhooks=webhooks,
            conductor=self.conductor,
            admission=self._admission(),
            clock=self.clock,
            errand=self.errands.of,
            transfers=self.transfers,
        )
        rules = PhoneRules(
            token_s=self.settings.phone.token_seconds,
            grace_s=self.settings.phone.grace_seconds,
            can_hear=self._can_hear,
            trusts_everybody=self.settings.dummy_engines,
        )
        return Switchboard(parts, rules=rules)

    def _admission(self) -> Admission:
        phone = self.settings.phone
        rules = AdmissionRules(
            calls_max=self.settings.limits.calls_max,
            strangers_max=phone.strangers,
            minutes_daily=phone.minutes_all_daily,
            known=Allowance(
                phone.calls_each, phone.calls_hourly, phone.minutes_daily, phone.cost_daily
            ),
            stranger=Allowance(1, phone.strangers_hourly, phone.strangers_daily, phone.cost_daily),
            is_capped=not self.settings.dummy_engines,
        )
        return Admission(database=self.database, rules=rules)
