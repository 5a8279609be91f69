"""Endpoints of categories."""

from __future__ import annotations

from uuid import UUID

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.clients import person_of
from calendars.models import Category
from calendars.timeline.category_choices import ensure_categories
from calendars.timeline.category_editing import (
    EDITABLE,
    HEAVIEST,
    LONGEST_KEYWORD,
    LONGEST_NAME,
    MOST_KEYWORDS,
    change_category,
    create_category,
    delete_category,
)
from config.web.pagination import Page, list_of
from config.web.parameters import ClosedSerializer, validated

CONFLICT = OpenApiResponse(
    description="`name-taken`: another category has this name. `too-many-categories`: the limit."
)


class CategoryOut(serializers.ModelSerializer[Category]):
    default = serializers.BooleanField(
        source="is_default",
        read_only=True,
        help_text="Whether events that no other category matches are in this one.",
    )

    class Meta:
        model = Category
        fields = ("id", *EDITABLE, "default")
        read_only_fields = fields


class CategoryIn(ClosedSerializer):
    """Missing members stay unchanged; unknown members are refused."""

    name = serializers.CharField(max_length=LONGEST_NAME)
    colour = serializers.CharField(max_length=7, required=False, help_text="#rrggbb")
    emoji = serializers.CharField(max_length=16, required=False, allow_blank=True)
    weight = serializers.IntegerField(
        min_value=0,
        max_value=HEAVIEST,
        required=False,
        help_text="If keywords of several categories match, the highest weight wins.",
    )
    keywords = serializers.ListField(
        child=serializers.CharField(max_length=LONGEST_KEYWORD),
        max_length=MOST_KEYWORDS,
        required=False,
        help_text="Words of a title, or several words side by side. With * at the end, the "
        "beginning of a word. Case and accents don't matter.",
    )


class CategoriesView(APIView):
    @extend_schema(summary="List categories", responses=list_of("CategoryList", CategoryOut))
    def get(self, request: Request) -> Response:
        """Every person begins with six: Work, Health, Leisure, Family, Fitness and Other."""
        return Page(ensure_categories(person_of(request).pk)).answer(CategoryOut)

    @extend_schema(
        summary="Create a category", request=CategoryIn, responses={201: CategoryOut, 409: CONFLICT}
    )
    def post(self, request: Request) -> Response:
        values = validated(CategoryIn(data=request.data))
        category = create_category(owner_id=person_of(request).pk, values=values)
        return Response(CategoryOut(category).data, status=status.HTTP_201_CREATED)


class CategoryView(APIView):
    @extend_schema(
        summary="Update a category", request=CategoryIn, responses={200: CategoryOut, 409: CONFLICT}
    )
    def patch(self, request: Request, category_id: UUID) -> Response:
        """A change counts at once for all events, past ones too."""
        values = validated(CategoryIn(data=request.data, partial=True))
        category = change_category(
            owner_id=person_of(request).pk, category_id=category_id, values=values
        )
        return Response(CategoryOut(category).data)

    @extend_schema(summary="Delete a category", request=None, responses={204: None})
    def delete(self, request: Request, category_id: UUID) -> Response:
        """The choices that were made for events, and what was learnt from them, go with it."""
        delete_category(owner_id=person_of(request).pk, category_id=category_id)
        return Response(status=status.HTTP_204_NO_CONTENT)
