"""Daybook's settings, and simplejwt set up as in its own documentation."""

from datetime import timedelta

from config.settings import *  # noqa: F403 - settings are a namespace
from config.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "rest_framework_simplejwt.token_blacklist"]
SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(hours=1),  # a loaded machine takes longer than its 5 minutes
    "ROTATE_REFRESH_TOKENS": True,
    "BLACKLIST_AFTER_ROTATION": True,
    "UPDATE_LAST_LOGIN": False,
}
