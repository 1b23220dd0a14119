"""Who is who: tokens, API keys, permits and tickets, proven here for both doors (PROTOCOL §2)."""
