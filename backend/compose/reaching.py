"""How it reaches people: the ledger of calls and texts, its limits, and the carrier behind it."""

from functools import cached_property

from backend.compose.engines import engine
from backend.compose.speaking import Speaking
from backend.conversation.phone.outgoing import ErrandBook
from backend.conversation.phone.transferring import TransferParts, Transfers
from backend.conversation.turns.handing_over import HandingOver
from backend.conversation.turns.texting_back import TextingBack
from backend.delivery import (
    Carrier,
    Consent,
    DailyCaps,
    Delivery,
    DeliveryLimits,
    DeliveryParts,
    DeliveryStore,
    NumberPlan,
    Progress,
    QuietHours,
    RetryPolicy,
    Sending,
    SendingParts,
)
from backend.delivery.account import Account
from backend.delivery.in_mind import OutcomesInMind
from backend.delivery.routes import DeliveryDoors


class Reaching(Speaking):
    """Everything that leaves the house."""

    @cached_property
    def carrier(self) -> Carrier | None:
        """Who rings and texts for us, when there is an account."""
        twilio = self.settings.twilio
        if not (twilio.account_sid and twilio.auth_token.get_secret_value()):
            return None
        carrier: Carrier = engine("delivery.twilio")(twilio, clock=self.clock)
        return carrier

    @cached_property
    def account(self) -> Account | None:
        """Who looks after the account that they leave by, when there is one."""
        if self.carrier is None:
            return None
        account: Account = engine("delivery.twilio_account")(self.settings.twilio, clock=self.clock)
        return account

    @cached_property
    def errands(self) -> ErrandBook:
        """What calls of ours are for."""
        return ErrandBook(self.delivery)

    @cached_property
    def handing_over(self) -> HandingOver:
        """Whom a caller is put through to."""
        return HandingOver(
            delivery=self.delivery,
            identity=self.identity,
            trust=self.trust,
            is_warm=self.settings.phone.transfers == "warm",
        )

    @cached_property
    def texting_back(self) -> TextingBack:
        """What a caller is texted of what they have not heard."""
        return TextingBack(
            delivery=self.delivery,
            database=self.database,
            trust=self.trust,
            finishes=self.settings.phone.finish_by_sms,
        )

    @cached_property
    def transfers(self) -> Transfers:
        """Hand-overs of running calls."""
        return Transfers(
            TransferParts(
                database=self.database,
                store=self.deliveries,
                progress=self.progress,
                identity=self.identity,
                own_number=self.settings.twilio.phone_number,
            )
        )

    @cached_property
    def consent(self) -> Consent:
        """Who wants no texts."""
        return Consent()

    @cached_property
    def deliveries(self) -> DeliveryStore:
        """The ledger's rows."""
        return DeliveryStore()

    @cached_property
    def delivery_limits(self) -> DeliveryLimits:
        """Countries, quiet hours and daily caps."""
        phone = self.settings.phone
        return DeliveryLimits(
            NumberPlan(),
            countries=phone.countries,
            own_number=self.settings.twilio.phone_number,
            quiet=QuietHours.parse(phone.quiet_hours),
            caps=DailyCaps(
                calls=phone.daily_calls,
                texts=phone.daily_texts,
                minutes=phone.daily_minutes,
                per_number=phone.daily_per_number,
            ),
        )

    @cached_property
    def progress(self) -> Progress:
        """What moves the ledger's rows."""
        return Progress(
            store=self.deliveries,
            jobs=self.jobs,
            events=self.events,
            limits=self.delivery_limits,
            retries=RetryPolicy(self.settings.phone.retries),
            outcomes=OutcomesInMind(self.short_term),
        )

    @cached_property
    def delivery(self) -> Delivery:
        """Takes wishes to reach somebody."""
        return Delivery(
            DeliveryParts(
                database=self.database,
                trust=self.trust,
                jobs=self.jobs,
                ids=self.ids,
                store=self.deliveries,
                consent=self.consent,
                limits=self.delivery_limits,
                progress=self.progress,
                missing=self._missing_for_calls_out(),
            )
        )

    @cached_property
    def delivery_doors(self) -> DeliveryDoors:
        """The doors to it."""
        return DeliveryDoors(
            delivery=self.delivery, identity=self.identity, ids=self.ids, guard=self.guard
        )

    @cached_property
    def sending(self) -> Sending:
        """Carries them out."""
        return Sending(
            SendingParts(
                database=self.database,
                clock=self.clock,
                store=self.deliveries,
                progress=self.progress,
                consent=self.consent,
                limits=self.delivery_limits,
                carrier=self.carrier,
                public_url=self.settings.public_url,
                ring_s=self.settings.phone.ring_seconds,
            )
        )

    def _missing_for_calls_out(self) -> str:
        """Return the names of the settings without which nothing can leave."""
        twilio = self.settings.twilio
        needed = {
            "TWILIO_ACCOUNT_SID": twilio.account_sid,
            "TWILIO_AUTH_TOKEN": twilio.auth_token.get_secret_value(),
            "TWILIO_PHONE_NUMBER": twilio.phone_number,
            "RINGBACK_PUBLIC_URL": self.settings.public_url,
        }
        return ", ".join(name for name, value in needed.items() if not value)
