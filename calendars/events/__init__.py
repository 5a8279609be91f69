"""Writing events, whoever writes: upserts, derived occurrences, history."""
