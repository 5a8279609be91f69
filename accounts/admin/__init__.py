"""The administration pages of accounts. Whoever opens them came in by the pages' own sign-in."""

from allauth.account.decorators import secure_admin_login
from allauth.mfa.admin import Authenticator  # registers its own page when it is imported
from django.contrib import admin

from accounts.admin import audit, sessions, users

__all__ = ["audit", "sessions", "users"]

# Django's own sign-in page would let a password in alone where a second step is set up.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
# allauth's page shows what an authenticator keeps. An action on the person's page removes one.
admin.site.unregister(Authenticator)
