"""Connected accounts: consent, revocation, progress and the log."""
