"""Lines are found by day: an index that begins with it, and a bucket of every day on which a member has lines (0088)."""

from __future__ import annotations

from alembic import op

revision = "0033"
down_revision = "0032"

BLOCK = 8
# The days of lines about a member, or about whoever is part of the member, without a bucket: of lines that brought points alone.
WITHOUT = (
    "CREATE TABLE days_without_bucket AS WITH RECURSIVE roots (id, root) AS (SELECT m.id, m.merged_into FROM members m "
    "JOIN members t ON t.id = m.merged_into WHERE t.merged_into IS NULL UNION ALL SELECT m.id, r.root FROM roots r "
    "JOIN members m ON m.merged_into = r.id) SELECT COALESCE(r.root, e.member) AS member, e.day AS day "
    "FROM (SELECT DISTINCT day, member FROM entries) e LEFT JOIN roots r ON r.id = e.member "
    "EXCEPT SELECT member, day FROM days EXCEPT SELECT member, day FROM ({in_the_row}) s"
)
IN_THE_ROW = {
    "sqlite": "SELECT m.id AS member, b.value ->> 0 AS day, b.value ->> 1 AS growth, b.value ->> 2 AS paid, "
    "b.value ->> 3 AS orders FROM members m, json_each(m.newest_days) b",
    "postgresql": "SELECT m.id AS member, (b ->> 0)::int AS day, (b ->> 1)::bigint AS growth, (b ->> 2)::bigint AS paid, "
    "(b ->> 3)::int AS orders FROM members m CROSS JOIN LATERAL json_array_elements(m.newest_days::json) b",
}
# As in 0032: those of the newest block, as text.
NEWEST_DAY = f"day / {BLOCK} = (SELECT MAX(n.day) / {BLOCK} FROM days n WHERE n.member = days.member)"
NEWEST = {
    "sqlite": "(SELECT '[' || group_concat(one) || ']' FROM (SELECT '[' || day || ',' || growth || ',' || paid || ',' "
    f"|| orders || ']' AS one FROM days WHERE days.member = members.id AND {NEWEST_DAY} ORDER BY day))",
    "postgresql": "(SELECT '[' || string_agg('[' || day || ',' || growth || ',' || paid || ',' || orders || ']', ',' "
    f"ORDER BY day) || ']' FROM days WHERE days.member = members.id AND {NEWEST_DAY})",
}
FIRST_IN_THE_ROW = {
    "sqlite": "json_extract(m.newest_days, '$[0][0]')",
    "postgresql": "(m.newest_days::json -> 0 ->> 0)::int",
}
THEIRS = "IN (SELECT member FROM days_without_bucket)"


def upgrade() -> None:
    dialect = op.get_bind().dialect.name
    op.drop_index("ix_entries_member_id", "entries")
    op.create_index(
        "ix_entries_day_member_id_delta", "entries", ["day", "member", "id", "delta"], unique=False
    )
    if dialect == "postgresql":
        # Millions of lines and days: what little is given to a query of a shop would be sorted in hundreds of pieces.
        op.execute("SET LOCAL work_mem = '128MB'")
    op.execute(WITHOUT.format(in_the_row=IN_THE_ROW[dialect]))
    # A new day may begin a later block than the one in the row: theirs all come to the table first, and then the newest
    # of them go back.
    op.execute(
        "INSERT INTO days (member, day, growth, paid, orders) SELECT s.member, s.day, s.growth, s.paid, s.orders "
        f"FROM ({IN_THE_ROW[dialect]} WHERE m.id {THEIRS}) s"
    )
    op.execute(
        "INSERT INTO days (member, day, growth, paid, orders) SELECT member, day, 0, 0, 0 FROM days_without_bucket"
    )
    op.execute(f"UPDATE members SET newest_days = {NEWEST[dialect]} WHERE id {THEIRS}")
    first = f"SELECT {FIRST_IN_THE_ROW[dialect]} FROM members m WHERE m.id = days.member"
    op.execute(f"DELETE FROM days WHERE member {THEIRS} AND day >= ({first})")
    op.drop_table("days_without_bucket")
