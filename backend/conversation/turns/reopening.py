"""Has an exchange stand again that was forgotten while a turn of it was answered.

Who forgets a thread does not forget what they say in it afterwards: so no message is ever left
without the exchange that says who spoke, and with which number.
"""

from sqlalchemy import insert, select

from backend.conversation.sessions import UNCARRIED, Party
from backend.platform.database.tables import conversations
from backend.platform.database.transaction import Transaction


async def stand_again(tx: Transaction, party: Party) -> None:
    """Write the exchange of a turn anew where it is gone; else keep it there until the commit.

    What is done last in a turn: who forgets takes the words before their exchange too, so that
    neither waits for the other.
    """
    mine = select(conversations.c.id).where(conversations.c.id == party.conversation_id)
    held = await tx.execute(mine.with_for_update(read=True, key_share=True))
    if held.scalar_one_or_none() is not None:
        return
    actor, errand = party.actor, party.errand
    # Only a thread, or what was over already, can be forgotten: nobody will end it once more.
    ended_at = None if party.carrier in UNCARRIED else tx.at
    await tx.execute(
        insert(conversations).values(
            id=party.conversation_id,
            owner_id=actor.owner_id,
            person_id=actor.person_id,
            carrier=party.carrier,
            carrier_ref=party.reference,
            remote=party.remote,
            assurance=actor.assurance.value,
            direction="out" if errand else "in",
            delivery_id=errand.delivery_id if errand else "",
            started_at=tx.at,
            ended_at=ended_at,
        )
    )
