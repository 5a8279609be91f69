"""All URLs of Daybook. Each app has its own pages and its part of the API."""

from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularSwaggerSplitView

from accounts.security_context import without_transaction
from config.web import health
from config.web.description import DescriptionView
from config.web.metrics import metrics

handler500 = "config.web.faults.server_error"
urlpatterns = [
    path("healthz", without_transaction(health.healthz)),
    path("readyz", without_transaction(health.readyz)),
    path("metrics", without_transaction(metrics)),
    path("admin/", admin.site.urls),
    path("api/schema/", DescriptionView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="docs"),
    path("", include("accounts.urls")),
    path("accounts/", include("allauth.urls")),
    path("", include("profiles.urls")),
    path("", include("calendars.urls")),
]
