"""How long Daybook takes, each time beside a peer's in the same run."""
