"""The account as a whole: its pages, taking it along, leaving."""
