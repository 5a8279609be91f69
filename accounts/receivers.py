"""Whom the signals of Django and allauth reach; imported once, when the apps are ready."""

from allauth.account import signals as account
from allauth.mfa import signals as mfa
from django.contrib.auth.signals import user_logged_in, user_logged_out

from accounts.audit import sign_in_trace
from accounts.sessions import browser
from accounts.sign_in import approval, credentials, second_step
from accounts.throttles import devices

user_logged_in.connect(browser.on_signed_in)
user_logged_in.connect(devices.on_signed_in)
user_logged_in.connect(sign_in_trace.on_signed_in)  # after the session, which it names
account.user_signed_up.connect(sign_in_trace.on_signed_up)
user_logged_out.connect(browser.on_signed_out)
account.authentication_step_completed.connect(browser.on_authenticated)
account.email_confirmed.connect(approval.on_address_confirmed)
account.email_changed.connect(credentials.on_email_changed)
account.password_reset.connect(credentials.on_password_reset)
for changed in (mfa.authenticator_added, mfa.authenticator_removed, mfa.authenticator_reset):
    changed.connect(credentials.on_second_factor_changed)
mfa.authenticator_used.connect(second_step.on_authenticator_used)
