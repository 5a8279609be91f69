"""The tokens of the old system, while they last."""
