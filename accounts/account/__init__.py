"""The account as a whole: its pages, export and deletion."""
