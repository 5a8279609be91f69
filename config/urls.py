"""Every address of Daybook. Each app brings its pages and its part of the API."""

from django.contrib import admin
from django.urls import include, path

from config import health

urlpatterns = [
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
    path("api/", include("config.api_urls")),
    path("", include("accounts.urls")),
    path("", include("profiles.urls")),
    path("", include("calendars.urls")),
]
