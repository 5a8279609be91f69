"""The administration pages of accounts. Whoever opens them came in by the pages' own sign-in."""

from allauth.mfa.admin import Authenticator  # registers its own page when it is imported
from django.contrib import admin

from accounts.admin import people, records

__all__ = ["people", "records"]

# allauth's page shows what an authenticator keeps. An action on the person's page removes one.
admin.site.unregister(Authenticator)
