"""Every table of the one truth, as SQLite and PostgreSQL both keep it.

Instants are UTC microseconds; identifiers are UUIDv7 text; every row of content carries `owner_id`.
Full text is the one thing the two databases keep differently: see `search.py`.
"""

from backend.platform.database.tables.known import (
    concepts,
    memories,
    mentions,
    relations,
    vectors,
)
from backend.platform.database.tables.machine import (
    ai_model_usage,
    events,
    health_changes,
    instance,
    jobs,
    stream_heads,
    webhooks,
)
from backend.platform.database.tables.reached import (
    deliveries,
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
    notes,
)
from backend.platform.database.tables.who import (
    audit,
    credentials,
    numbers,
    organisations,
    people,
)

__all__ = [
    "ai_model_usage",
    "audit",
    "concepts",
    "conversations",
    "credentials",
    "deliveries",
    "document_updates",
    "documents",
    "events",
    "health_changes",
    "instance",
    "jobs",
    "memories",
    "mentions",
    "messages",
    "metadata",
    "notes",
    "numbers",
    "organisations",
    "people",
    "relations",
    "stream_heads",
    "turns",
    "vectors",
    "webhooks",
]
