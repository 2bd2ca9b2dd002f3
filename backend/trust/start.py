"""What trust does each time the instance starts, before the first request is let in."""

from backend.platform.database.engine import Database
from backend.platform.home import Home
from backend.platform.settings import Settings
from backend.trust.claim import refuse_open_door
from backend.trust.identity import Identity


async def prepare(
    *, database: Database, identity: Identity, home: Home, settings: Settings
) -> str | None:
    """Make the owner and the ways in. Return a fresh one-use link code, on loopback only.

    On a public address what is printed ends up in somebody's log: there the owner's code, which
    the environment gave, is the way in.
    """
    code = settings.owner_code.get_secret_value()
    async with database.transaction() as tx:
        await identity.ensure_owner(tx)
        await identity.prune(tx)
        if code:
            await identity.adopt_owner_code(tx, code)
    await refuse_open_door(settings, identity)
    await identity.ensure_cli_token(home)
    if not settings.is_bound_to_loopback or code:
        return None
    async with database.transaction() as tx:
        return (await identity.issue_owner_link(tx)).token
