"""What is shown: occurrences, days, months and agendas."""
