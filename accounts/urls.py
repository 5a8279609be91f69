"""Addresses of accounts beside allauth's pages and the API."""

from django.urls import path

from accounts import views

urlpatterns = [path(".well-known/jwks.json", views.jwks, name="jwks")]
