"""The timeline: occurrences, and the day, month and agenda views of them."""
