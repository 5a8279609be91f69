"""Admin pages of accounts. They are reached through the regular sign-in page."""

from allauth.mfa.admin import Authenticator  # importing it registers its admin page
from django.contrib import admin

from accounts.admin import people, records

__all__ = ["people", "records"]

# allauth's admin page shows the secrets of authenticators. An action on the user's page removes
# them.
admin.site.unregister(Authenticator)
