"""What is shown of a person's events, and why."""
