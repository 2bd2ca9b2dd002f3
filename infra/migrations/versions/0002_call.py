"""The call: what was really heard, what a turn cost, who may be believed, and whom we reach."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ADDED = {
    "people": (
        ("pin_hash", sa.Text(), "''"),
        ("pin_failures", sa.Integer(), "0"),
        ("pin_locked_until", sa.BigInteger(), "0"),
        ("recording_consent", sa.Text(), "''"),
    ),
    "conversations": (
        ("direction", sa.Text(), "'in'"),
        ("delivery_id", sa.Text(), "''"),
        ("seconds", sa.Integer(), "0"),
        ("carried_by", sa.Text(), "''"),
        ("carried_at", sa.BigInteger(), "0"),
    ),
    "turns": (
        ("details", sa.JSON(), "'{}'"),
        ("cost_micros", sa.BigInteger(), "0"),
    ),
    "messages": (("unheard", sa.Text(), "''"),),
}


def upgrade() -> None:
    """Go forward."""
    for table, columns in ADDED.items():
        for name, kind, default in columns:
            op.add_column(
                table, sa.Column(name, kind, nullable=False, server_default=sa.text(default))
            )
    op.create_index(op.f("ix_ai_model_usage_turn_id"), "ai_model_usage", ["turn_id"], unique=False)
    _deliveries()
    _health()


def downgrade() -> None:
    """Go back."""
    op.drop_table("health_changes")
    op.drop_table("deliveries")
    op.drop_index(op.f("ix_ai_model_usage_turn_id"), "ai_model_usage")
    for table, columns in ADDED.items():
        for name, _, _ in columns:
            op.drop_column(table, name)


def _deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("answered_by", sa.Text(), nullable=False),
        sa.Column("carrier_ref", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("cost_micros", sa.BigInteger(), nullable=False),
        sa.Column("not_before", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint("owner_id", "cause", name=op.f("uq_deliveries_owner_id_cause")),
    )
    op.create_index(op.f("ix_deliveries_carrier_ref"), "deliveries", ["carrier_ref"], unique=False)
    op.create_index(
        op.f("ix_deliveries_owner_id_created_at"),
        "deliveries",
        ["owner_id", "created_at"],
        unique=False,
    )


def _health() -> None:
    op.create_table(
        "health_changes",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("process", sa.Text(), nullable=False),
        sa.Column("is_ok", sa.Boolean(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_health_changes")),
    )
    op.create_index(
        op.f("ix_health_changes_part_at"), "health_changes", ["part", "at"], unique=False
    )
