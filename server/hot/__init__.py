"""What only Redis holds and may lose at any moment: leases, progress, answers, counters, pacing."""
