"""Google: OAuth, credentials, the Calendar API client, and its errors."""
