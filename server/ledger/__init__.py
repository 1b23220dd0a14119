"""The truth. The only place that may not forget (SQLite or PostgreSQL)."""
