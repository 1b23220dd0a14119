"""The processes of one server: started, listening, watched, looked after, and taken down together (R12)."""
