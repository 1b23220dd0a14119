"""How a used database of a test becomes like its template again: in PostgreSQL, in one transaction.

It fails, and the database is dropped instead, where a test left more than rows: another table, index or trigger, or
other rows in a table that the template has filled.
"""

from collections.abc import Sequence

_OURS = """
    pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname NOT IN ('pg_catalog', 'pg_toast', 'information_schema')
"""
# A table has a page as soon as anybody wrote to it, and none after TRUNCATE.
_FILLED = f"{_OURS} AND c.relkind = 'r' AND pg_relation_size(c.oid) > 0"

FILLED = f"SELECT c.oid::regclass FROM {_FILLED} ORDER BY 1"
"""The tables with rows, a line each."""


def fingerprint(kept: Sequence[str]) -> str:
    """Return the query for a hash of the tables and what belongs to them, and of the rows of those `kept`.

    Copies of a template keep its oids, and TRUNCATE keeps them too.
    """
    rows = [f"(SELECT string_agg(t::text, ',' ORDER BY t::text) FROM {table} AS t)" for table in kept]
    return f"""
        SELECT md5(concat_ws(' ', {"".join(f"{one}, " for one in rows)} string_agg(
            concat_ws(' ', c.oid, c.relname, c.relkind, c.relchecks, c.relhasrules,
                (SELECT string_agg(tgname, ',' ORDER BY oid) FROM pg_trigger WHERE tgrelid = c.oid),
                (SELECT string_agg(concat_ws(' ', attname, atttypid, attnotnull), ',' ORDER BY attnum)
                    FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0)),
            ',' ORDER BY c.oid)))
        FROM {_OURS}"""


def reset(kept: Sequence[str], expected: str) -> str:
    """Return the statement that empties all tables but those `kept`; it raises unless all is then as `expected`.

    Others are disconnected first: who is at a commit ends it before anybody looks which tables are filled. As a
    replica it does not run the triggers by which the ledger is append-only.
    """
    others = "".join(f" AND c.oid <> '{table}'::regclass" for table in kept)
    return f"""
        DO $reset$
        DECLARE filled text;
        BEGIN
            PERFORM set_config('session_replication_role', 'replica', true);
            PERFORM set_config('client_min_messages', 'warning', true);
            PERFORM pg_terminate_backend(pid, 30000) FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend';
            SELECT string_agg(c.oid::regclass::text, ', ') INTO filled FROM {_FILLED}{others};
            IF filled IS NOT NULL THEN
                EXECUTE 'TRUNCATE ' || filled || ' RESTART IDENTITY CASCADE';
            END IF;
            IF ({fingerprint(kept)}) <> '{expected}' THEN
                RAISE EXCEPTION 'more than rows is different';
            END IF;
        END $reset$"""
