"""What changes with a member's every act stands in their row, and counters are found by what they count in (0087)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"

ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
BLOCK = 8
_IN_THE_ROW = f"day / {BLOCK} = (SELECT MAX(n.day) / {BLOCK} FROM days n WHERE n.member = days.member)"
_NEWEST = {
    "sqlite": "(SELECT '[' || group_concat(one) || ']' FROM (SELECT '[' || day || ',' || growth || ',' || paid || ',' "
    f"|| orders || ']' AS one FROM days WHERE days.member = members.id AND {_IN_THE_ROW} ORDER BY day))",
    "postgresql": "(SELECT '[' || string_agg('[' || day || ',' || growth || ',' || paid || ',' || orders || ']', ',' "
    f"ORDER BY day) || ']' FROM days WHERE days.member = members.id AND {_IN_THE_ROW})",
}
_FIRST_IN_THE_ROW = {
    "sqlite": "json_extract(m.newest_days, '$[0][0]')",
    "postgresql": "(m.newest_days::json -> 0 ->> 0)::int",
}
_EVER = {
    "sqlite": "(SELECT group_concat(one) FROM (SELECT rule || ':' || n AS one FROM awards "
    "WHERE awards.member = members.id AND scope = 'total' ORDER BY rule))",
    "postgresql": "(SELECT string_agg(rule || ':' || n, ',' ORDER BY rule) FROM awards "
    "WHERE awards.member = members.id AND scope = 'total')",
}


def upgrade() -> None:
    dialect = op.get_bind().dialect.name
    op.add_column("members", sa.Column("newest_days", sa.Text(), nullable=True))
    op.add_column("members", sa.Column("ever", sa.Text(), nullable=True))
    op.execute(f"UPDATE members SET newest_days = {_NEWEST[dialect]}, ever = {_EVER[dialect]}")
    # By what stands there now: what is newest of `days` changes while its newest are removed.
    first = f"SELECT {_FIRST_IN_THE_ROW[dialect]} FROM members m WHERE m.id = days.member"
    op.execute(f"DELETE FROM days WHERE day >= ({first})")
    op.drop_index("ix_awards_scope", "awards")
    op.create_table(
        "awards_by_scope",
        sa.Column("scope", ID, nullable=False),
        sa.Column("member", ID, nullable=False),
        sa.Column("rule", ID, nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("growth", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("scope <> 'total'", name=op.f("ck_awards_scope_ends")),
        sa.PrimaryKeyConstraint("scope", "member", "rule", name="pk_awards_by_scope"),
        comment="How often a rule has paid in a day or show, for the caps (E8); for ever: in the member's row.",
        postgresql_with={"fillfactor": "80"},
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO awards_by_scope SELECT scope, member, rule, n, points, growth FROM awards "
        "WHERE scope <> 'total' ORDER BY scope, member, rule"
    )
    op.drop_table("awards")
    op.rename_table("awards_by_scope", "awards")
    if dialect == "postgresql":
        op.create_table_comment(
            "days",
            "Rolling growth's daily buckets but for the newest, which stand in the member's row (T11).",
            existing_comment="Rolling growth's daily buckets (T11).",
        )
        op.execute("ALTER INDEX pk_awards_by_scope RENAME TO pk_awards")
