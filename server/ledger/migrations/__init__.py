"""The one history of the schema, for SQLite and PostgreSQL. Run by `server.ledger.migrating`."""
