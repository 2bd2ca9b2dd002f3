"""The conversation with the telephone in both directions, over a server like Twilio's."""

import asyncio
from dataclasses import dataclass, field

from fastapi import FastAPI
from pydantic import SecretStr

from backend.conversation.phone import outgoing_routes
from backend.conversation.phone.admission import Admission
from backend.conversation.phone.outgoing import ErrandBook, Outgoing, OutgoingParts
from backend.conversation.phone.outgoing_routes import OutgoingDoors
from backend.conversation.phone.switchboard import Switchboard, SwitchboardParts
from backend.conversation.phone.transferring import TransferParts, Transfers
from backend.conversation.phone.webhooks import Webhooks
from backend.delivery import DeliveryRow, NewCall, State
from backend.delivery.engines.twilio import TwilioCarrier
from backend.platform.settings import Settings, TwilioSettings
from backend.trust.identity import CredentialKind, NewCredential
from tests.contract.delivery.reach import SOMEBODY, Reach
from tests.contract.phone.house import House
from tests.fakes.callee import Callee, Ordered
from tests.fakes.twilio_rest import ACCOUNT, OWN_NUMBER, TOKEN, Asked, TwilioServer

PATIENCE_S = 20.0


@dataclass
class CallingHouse(House):
    """A house whose telephone rings out as well."""

    twilio: TwilioServer = field(default_factory=TwilioServer)

    async def settle(self) -> None:
        await super().settle()
        async with self.database.transaction() as tx:
            await self.identity.change_person(tx, self.anna.id, number=SOMEBODY)
        self.anna = await self.identity.person(self.anna.id)
        self.ordered: asyncio.Queue[Ordered] = asyncio.Queue()
        loop = asyncio.get_running_loop()

        def order(call: dict[str, object], asked: Asked) -> None:
            ordered = Ordered(str(call["sid"]), asked)
            loop.call_soon_threadsafe(self.ordered.put_nowait, ordered)

        self.twilio.on_call = order
        carrier = TwilioCarrier(self.settings.twilio, clock=self.clock)
        self.reach = Reach(self.database, self.clock, carrier)
        self.reach.public_url = self.settings.public_url
        await self.reach.settle()
        self.transfers = Transfers(
            TransferParts(
                database=self.database,
                store=self.reach.store,
                progress=self.reach.progress,
                identity=self.identity,
                own_number=OWN_NUMBER,
            )
        )

    def _switchboard(self, webhooks: Webhooks) -> Switchboard:
        # One switchboard for the doors of both directions.
        parts = SwitchboardParts(
            database=self.database,
            identity=self.identity,
            sessions=self.sessions,
            webhooks=webhooks,
            conductor=self.conductor,
            admission=Admission(database=self.database, rules=self.admission),
            clock=self.clock,
            errand=ErrandBook(self.reach.delivery).of,
            transfers=self.transfers,
        )
        self.switchboard = Switchboard(parts, rules=self.rules)
        return self.switchboard

    def app(self) -> FastAPI:
        app = super().app()
        outgoing = Outgoing(
            OutgoingParts(
                database=self.database,
                delivery=self.reach.delivery,
                identity=self.identity,
                switchboard=self.switchboard,
                webhooks=Webhooks(database=self.database),
                carrier=self.reach.carrier,
            )
        )
        app.include_router(
            outgoing_routes.router(
                OutgoingDoors(
                    outgoing=outgoing,
                    transfers=self.transfers,
                    switchboard=self.switchboard,
                    guard=self.guard,
                    settings=self.settings,
                    keys=self.keys,
                    clock=self.clock,
                )
            )
        )
        return app

    async def ring(
        self, url: str, number: str = SOMEBODY, *, opening: str = "Your dentist moved you."
    ) -> tuple[DeliveryRow, Callee]:
        """Have somebody rung; return the ledger's row, and whoever is rung."""
        cause = self.ids.new()
        wanted = NewCall(number, opening, cause, voicemail="Call me back.", is_urgent=True)
        row = await self.reach.delivery.ask_call(self.reach.owner, wanted)
        row = await self.reach.step(row)
        ordered = await self.ordered.get()
        callee = Callee(url, self.secret, ordered, clock=self.clock, ids=self.ids)
        return row, callee

    async def token(self, scope: str) -> str:
        """Return an API token of the owner's."""
        wanted = NewCredential(
            kind=CredentialKind.API,
            owner_id=self.owner.owner_id,
            person_id=self.owner.id,
            scopes=frozenset({scope}),
        )
        async with self.database.transaction() as tx:
            return (await self.identity.issue(tx, wanted)).token

    async def becomes(self, row: DeliveryRow, state: State) -> DeliveryRow:
        """Wait until a delivery stands so."""
        async with asyncio.timeout(PATIENCE_S):
            while (now := await self.reach.now(row)).state is not state:
                await self.clock.sleep(0.02)
        return now


def twilio_house_settings(server: TwilioServer) -> Settings:
    """Return the settings of a house at this server."""
    twilio = TwilioSettings(
        account_sid=ACCOUNT,
        auth_token=SecretStr(TOKEN),
        phone_number=OWN_NUMBER,
        api_url=server.url,
    )
    return Settings(public_url="https://ring.example", twilio=twilio)
