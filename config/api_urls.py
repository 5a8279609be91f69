"""The API: version 1 for phones, its schema and its browser."""

from django.urls import include, path
from drf_spectacular.views import SpectacularSwaggerSplitView

from config.web.description import DescriptionView

v1 = [
    path("", include("accounts.api_urls")),
    path("", include("profiles.api_urls")),
    path("", include("calendars.api_urls")),
]

urlpatterns = [
    path("v1/", include(v1)),
    path("schema/", DescriptionView.as_view(), name="schema"),
    path("docs/", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="docs"),
]
