"""Every table of the one truth, as SQLite and PostgreSQL both keep it.

Instants are UTC microseconds; identifiers are UUIDv7 text; every row of content carries `owner_id`.
Full text is the one thing the two databases keep differently: see `search.py`.
"""

from backend.platform.database.tables.believed import (
    fact_changes,
    facts,
    merges,
    sources,
    vault,
)
from backend.platform.database.tables.gone import (
    forgettings,
    tombstones,
)
from backend.platform.database.tables.known import (
    concepts,
    memories,
    mentions,
    relations,
    vector_models,
    vectors,
)
from backend.platform.database.tables.machine import (
    ai_model_usage,
    clocks,
    events,
    freshness,
    health_changes,
    instance,
    jobs,
    stream_heads,
    webhooks,
)
from backend.platform.database.tables.moved import (
    imports,
)
from backend.platform.database.tables.reached import (
    deliveries,
)
from backend.platform.database.tables.recent import (
    short_term,
)
from backend.platform.database.tables.said import (
    conversations,
    messages,
    turns,
)
from backend.platform.database.tables.schema import metadata
from backend.platform.database.tables.shared import (
    document_updates,
    documents,
    sticky_notes,
)
from backend.platform.database.tables.who import (
    audit,
    credentials,
    numbers,
    organizations,
    people,
    personality_settings,
    users,
)

__all__ = [
    "ai_model_usage",
    "audit",
    "clocks",
    "concepts",
    "conversations",
    "credentials",
    "deliveries",
    "document_updates",
    "documents",
    "events",
    "fact_changes",
    "facts",
    "forgettings",
    "freshness",
    "health_changes",
    "imports",
    "instance",
    "jobs",
    "memories",
    "mentions",
    "merges",
    "messages",
    "metadata",
    "numbers",
    "organizations",
    "people",
    "personality_settings",
    "relations",
    "short_term",
    "sources",
    "sticky_notes",
    "stream_heads",
    "tombstones",
    "turns",
    "users",
    "vault",
    "vector_models",
    "vectors",
    "webhooks",
]
