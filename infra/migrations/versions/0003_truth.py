"""Truth: what is believed and from whom, what is on our mind, what is gone, and every clock."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# The newest first.
TABLES = (
    "imports",
    "freshness",
    "clocks",
    "vector_models",
    "forgettings",
    "tombstones",
    "short_term",
    "vault",
    "merges",
    "fact_changes",
    "sources",
    "facts",
    "personality_settings",
    "users",
)

NAME_OF_ONE = "uq_concepts_owner_id_kind_key"


def upgrade() -> None:
    """Go forward."""
    _rename()
    _who()
    _facts()
    _kept_beside()
    _gone()
    _machine()
    _moved()
    op.add_column("messages", _text("personality"))
    _index("messages", "turn_id")
    _index("relations", "message_id")
    op.add_column("numbers", sa.Column("brought_at", sa.BigInteger(), nullable=True))
    op.add_column(
        "conversations",
        sa.Column(
            "recording_from_ms", sa.BigInteger(), nullable=False, server_default=sa.text("'0'")
        ),
    )
    with op.batch_alter_table("concepts") as concepts:
        concepts.add_column(_text("qualifier"))
        concepts.add_column(_text("merged_into"))
        concepts.drop_constraint(NAME_OF_ONE, type_="unique")
        concepts.create_unique_constraint(
            f"{NAME_OF_ONE}_qualifier", ["owner_id", "kind", "key", "qualifier"]
        )


def downgrade() -> None:
    """Go back; of several concepts with one name the first is kept."""
    op.execute(
        "DELETE FROM concepts WHERE EXISTS (SELECT 1 FROM concepts AS first "
        "WHERE first.owner_id = concepts.owner_id AND first.kind = concepts.kind "
        "AND first.key = concepts.key AND first.id < concepts.id)"
    )
    with op.batch_alter_table("concepts") as concepts:
        concepts.drop_constraint(f"{NAME_OF_ONE}_qualifier", type_="unique")
        concepts.drop_column("merged_into")
        concepts.drop_column("qualifier")
        concepts.create_unique_constraint(NAME_OF_ONE, ["owner_id", "kind", "key"])
    op.drop_column("conversations", "recording_from_ms")
    op.drop_index("ix_relations_message_id", "relations")
    op.drop_index("ix_messages_turn_id", "messages")
    op.drop_column("messages", "personality")
    # Without the column they would be trusted.
    op.execute("DELETE FROM numbers WHERE brought_at IS NOT NULL")
    op.drop_column("numbers", "brought_at")
    op.drop_index("ix_jobs_state_family_owner_id_priority_not_before", "jobs")
    op.drop_index("ix_jobs_family_finished_at", "jobs")
    op.drop_column("jobs", "cancel_asked_at")
    op.drop_column("jobs", "error_kind")
    for table in TABLES:
        op.drop_table(table)
    op.alter_column("people", "organization_id", new_column_name="organisation_id")
    for column in ("document_id", "owner_id_created_at"):
        op.drop_index(f"ix_sticky_notes_{column}", "sticky_notes")
    op.rename_table("sticky_notes", "notes")
    op.create_index("ix_notes_document_id", "notes", ["document_id"])
    op.create_index("ix_notes_owner_id_created_at", "notes", ["owner_id", "created_at"])
    op.rename_table("organizations", "organisations")


def _rename() -> None:
    op.rename_table("organisations", "organizations")
    for column in ("document_id", "owner_id_created_at"):
        op.drop_index(f"ix_notes_{column}", "notes")
    op.rename_table("notes", "sticky_notes")
    _index("sticky_notes", "document_id")
    _index("sticky_notes", "owner_id", "created_at")
    op.alter_column("people", "organisation_id", new_column_name="organization_id")


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False, server_default=sa.text("''"))


def _index(table: str, *columns: str) -> None:
    op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, list(columns), unique=False)


def _who() -> None:
    op.create_table(
        "users",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
    )
    op.execute(
        "INSERT INTO users (id, organization_id, name, created_at) "
        "SELECT id, organization_id, name, created_at FROM people WHERE id = owner_id"
    )
    op.create_table(
        "personality_settings",
        sa.Column("owner_id", sa.Text(), nullable=False),
        sa.Column("character", sa.Text(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("owner_id", name=op.f("pk_personality_settings")),
    )


def _facts() -> None:
    op.create_table(
        "facts",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Text(), nullable=False),
        sa.Column("namespace", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("subject_key", sa.Text(), nullable=False),
        sa.Column("qualifier", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("predicate", sa.Text(), nullable=False),
        sa.Column("slot", sa.Text(), nullable=False),
        sa.Column("object", sa.Text(), nullable=False),
        sa.Column("object_key", sa.Text(), nullable=False),
        sa.Column("object_id", sa.Text(), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("said_by", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("assurance", sa.Text(), nullable=False),
        sa.Column("reader", sa.Text(), nullable=False),
        sa.Column("is_pinned", sa.Boolean(), nullable=False),
        sa.Column("pin_wish", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.BigInteger(), nullable=False),
        sa.Column("valid_to", sa.BigInteger(), nullable=True),
        sa.Column("learnt_at", sa.BigInteger(), nullable=False),
        sa.Column("retracted_at", sa.BigInteger(), nullable=True),
        sa.Column("retracted_as", sa.Text(), nullable=False),
        sa.Column("superseded_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_facts")),
    )
    _index("facts", "owner_id", "subject_key", "slot")
    _index("facts", "owner_id", "learnt_at")
    _sources()
    op.create_table(
        "fact_changes",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Text(), nullable=False),
        sa.Column("fact_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fact_changes")),
    )
    _index("fact_changes", "fact_id", "at")
    _index("fact_changes", "message_id")
    _index("fact_changes", "owner_id", "at")


def _sources() -> None:
    op.create_table(
        "sources",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Text(), nullable=False),
        sa.Column("namespace", sa.Text(), nullable=False),
        sa.Column("fact_id", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("qualifier", sa.Text(), nullable=False),
        sa.Column("predicate", sa.Text(), nullable=False),
        sa.Column("slot", sa.Text(), nullable=False),
        sa.Column("object", sa.Text(), nullable=False),
        sa.Column("object_key", sa.Text(), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("quote", sa.Text(), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("is_pinned", sa.Boolean(), nullable=False),
        sa.Column("is_ended", sa.Boolean(), nullable=False),
        sa.Column("is_explicit", sa.Boolean(), nullable=False),
        sa.Column("is_withdrawn", sa.Boolean(), nullable=False),
        sa.Column("speaker", sa.Text(), nullable=False),
        sa.Column("said_by", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("assurance", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("reader", sa.Text(), nullable=False),
        sa.Column("said_at", sa.BigInteger(), nullable=False),
        sa.Column("valid_from", sa.BigInteger(), nullable=True),
        sa.Column("valid_to", sa.BigInteger(), nullable=True),
        sa.Column("learnt_at", sa.BigInteger(), nullable=False),
        sa.Column("conversation_id", sa.Text(), nullable=False),
        sa.Column("second", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sources")),
    )
    _index("sources", "owner_id", "name_key", "slot")
    _index("sources", "fact_id")
    _index("sources", "message_id")


def _kept_beside() -> None:
    op.create_table(
        "merges",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Text(), nullable=False),
        sa.Column("kept_id", sa.Text(), nullable=False),
        sa.Column("merged_id", sa.Text(), nullable=False),
        sa.Column("moved", sa.JSON(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("undone_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merges")),
    )
    _index("merges", "owner_id", "at")
    op.create_table(
        "vault",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vault")),
    )
    _index("vault", "owner_id", "at")
    _index("vault", "message_id")
    op.create_table(
        "short_term",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Text(), nullable=False),
        sa.Column("namespace", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("conversation_id", sa.Text(), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column("priority", sa.Float(), nullable=False),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_short_term")),
    )
    _index("short_term", "owner_id", "namespace", "at")
    _index("short_term", "source_id")


def _gone() -> None:
    op.create_table(
        "tombstones",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Text(), nullable=False),
        sa.Column("forgetting_id", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "target", name=op.f("pk_tombstones")),
    )
    _index("tombstones", "owner_id", "at")
    _index("tombstones", "forgetting_id", "kind", "target")
    op.create_table(
        "forgettings",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Text(), nullable=False),
        sa.Column("scope", sa.JSON(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("removed", sa.JSON(), nullable=False),
        sa.Column("scanned", sa.JSON(), nullable=False),
        sa.Column("left", sa.BigInteger(), nullable=False),
        sa.Column("unreached", sa.JSON(), nullable=False),
        sa.Column("unclear", sa.JSON(), nullable=False),
        sa.Column("wish", sa.LargeBinary(), nullable=True),
        sa.Column("reached", sa.Text(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("before", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_forgettings")),
    )
    _index("forgettings", "owner_id", "at")


def _machine() -> None:
    op.create_table(
        "vector_models",
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("dimension", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reached", sa.Text(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("model", name=op.f("pk_vector_models")),
    )
    op.create_table(
        "clocks",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("rhythm", sa.Text(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=True),
        sa.Column("is_paused", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("name", "user_id", name=op.f("pk_clocks")),
    )
    _index("clocks", "next_at")
    op.create_table(
        "freshness",
        sa.Column("owner_id", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("owner_id", "topic", name=op.f("pk_freshness")),
    )
    op.add_column("jobs", _text("error_kind"))
    op.add_column("jobs", sa.Column("cancel_asked_at", sa.BigInteger(), nullable=True))
    _index("jobs", "state", "family", "owner_id", "priority", "not_before")
    _index("jobs", "family", "finished_at")


def _moved() -> None:
    op.create_table(
        "imports",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("brought", sa.JSON(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=True),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imports")),
    )
    _index("imports", "owner_id", "at")
