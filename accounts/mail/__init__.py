"""Mails as rows: written with the event that they tell of, sent by a worker, tried again."""
