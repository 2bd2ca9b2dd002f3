"""How calls of ours go on once they are answered, and how the telephone is set up."""

from functools import cached_property

from backend.compose.moving import Moving
from backend.conversation.phone.gate import simulator_secret
from backend.conversation.phone.outgoing import Outgoing, OutgoingParts
from backend.conversation.phone.outgoing_routes import OutgoingDoors
from backend.conversation.phone.probing import PublicDoor
from backend.conversation.phone.setting_up import PhoneSetup, SetupParts
from backend.conversation.phone.setup_routes import SetupDoors
from backend.conversation.phone.webhooks import Webhooks
from backend.delivery import NumberPlan


class Calling(Moving):
    """The telephone in the other direction."""

    @cached_property
    def outgoing_doors(self) -> OutgoingDoors:
        """The webhooks of calls, texts and hand-overs of ours."""
        outgoing = Outgoing(
            OutgoingParts(
                database=self.database,
                delivery=self.delivery,
                identity=self.identity,
                switchboard=self.phone.switchboard,
                webhooks=Webhooks(database=self.database),
                carrier=self.carrier,
            )
        )
        return OutgoingDoors(
            outgoing=outgoing,
            transfers=self.transfers,
            switchboard=self.phone.switchboard,
            guard=self.guard,
            settings=self.settings,
            keys=self.keys,
            clock=self.clock,
        )

    @cached_property
    def setup_doors(self) -> SetupDoors:
        """The operator's door to the telephone."""
        plan = NumberPlan()
        setup = PhoneSetup(
            SetupParts(
                account=self.account,
                door=PublicDoor(
                    self.settings.public_url,
                    secret=simulator_secret(self.keys),
                    probes=self.phone.probes,
                ),
                plan=plan,
                public_url=self.settings.public_url,
                own_number=self.settings.twilio.phone_number,
                port=self.settings.port,
            )
        )
        return SetupDoors(
            setup=setup,
            plan=plan,
            limits=self.delivery_limits,
            store=self.deliveries,
            switchboard=self.phone.switchboard,
            database=self.database,
            clock=self.clock,
            settings=self.settings,
            guard=self.guard,
        )
