"""Whatever people read is marked for translation: in templates, and in Python."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings

from config.translation.extraction import source_files
from tests.words import unmarked_python, unmarked_templates

BASE = Path(settings.BASE_DIR)
# Read by operators and developers, in English.
ENGLISH = (
    *("config/database/", "config/desk/", "config/doctor/", "config/management/", "config/apps.py"),
    *("config/environment.py", "config/settings.py", "config/checks.py", "config/web/logs.py"),
    *("config/web/openapi.py", "config/web/settings.py", "calendars/checks.py"),
    *("accounts/management/", "accounts/tokens/keys.py", "accounts/openapi.py"),
    *("profiles/management/", "profiles/importing.py", "profiles/people_file.py"),
    *("calendars/management/", "calendars/timeline/explanation.py"),
    *("accounts/migrations/", "profiles/migrations/", "calendars/migrations/"),
    *("templates/drf_spectacular/", "config/translation/"),
)
# The demo's own data.
UNTRANSLATED = ("calendars/demo.py", "accounts/demo.py")
# Stored in English and translated when they are shown: tests/words/test_stored_texts.py.
STORED = ("calendars/rfc5545/", "calendars/google/wire.py", "calendars/sync/settling.py")
# Of files with other texts: what the API's description says, and a form of colours.
ENGLISH_TEXTS = ("YYYY-MM-DD. MM/DD/YYYY and", "A JPEG of at most 25 megapixels", "#rrggbb")
EXEMPT = (*ENGLISH, *UNTRANSLATED, *STORED)
# Files that are still to be marked. It only shrinks.
PENDING = set(Path(__file__).with_name("pending.txt").read_text().split())


def unmarked_texts(name: str) -> list[str]:
    path = BASE / name
    is_python = path.suffix == ".py"
    found = (unmarked_python if is_python else unmarked_templates).unmarked_texts(path)
    return [text for text in found if not any(english in text for english in ENGLISH_TEXTS)]


def product_files() -> list[str]:
    names = [path.relative_to(BASE).as_posix() for path in source_files(BASE)]
    return [name for name in names if not name.startswith(EXEMPT)]


def test_every_text_is_marked() -> None:
    found = {name: texts for name in product_files() if (texts := unmarked_texts(name))}
    assert len(product_files()) > 250
    assert {name: texts for name, texts in found.items() if name not in PENDING} == {}
    assert PENDING - set(found) == set(), "these are marked: take them off pending.txt"


@pytest.mark.parametrize(
    "source",
    [
        "<p>Sign in</p>",
        '<p title="Sign in"></p>',
        '<input type="submit" value="Sign in">',
        '{% include "_age.html" with label="Sign in" %}',
        '{{ wait|default:"Try again." }}',
        "{{ count }} event{{ count|pluralize }}",
        "<p>{% if a %}{% trans 'Sign in' %} now{% endif %}</p>",
    ],
)
def test_an_unmarked_text_of_a_template_is_found(tmp_path: Path, source: str) -> None:
    (tmp_path / "page.html").write_text(source)
    assert unmarked_templates.unmarked_texts(tmp_path / "page.html")


@pytest.mark.parametrize(
    "source",
    [
        '<p class="note">{% trans "Sign in" %} · {{ email }}</p>',
        "{% blocktrans count n=total %}One event{% plural %}{{ n }} events{% endblocktrans %}",
        "{% comment %}Not shown{% endcomment %}<b>Google</b>",
        "{% block main_class %}sheet{% endblock %}",
        '{{ wait|default:_("Try again.") }}',
    ],
)
def test_a_marked_text_of_a_template_is_none(tmp_path: Path, source: str) -> None:
    (tmp_path / "page.html").write_text(source)
    assert not unmarked_templates.unmarked_texts(tmp_path / "page.html")


@pytest.mark.parametrize(
    "source",
    [
        'raise DomainError(Kind.CONFLICT, "held", "Held")',
        'raise ValidationError("too long")',
        'messages.success(request, f"{count} saved")',
        'field = forms.CharField(label="Name")',
        'WAIT = "Try again in a minute."',
        'class Kind(TextChoices):\n    FULL = "full", "Full"',
        'TITLES = {404: "Not found"}',
        'text = _(f"{count} events")',
        'text = _("events: " + count)',
        'format_html("<b>Changed</b>")',
        'from django.utils.translation import gettext as _\nHELP = _("Name")',
        'HELP = gettext_lazy("At most %(count)s") % {"count": 3}',
    ],
)
def test_an_unmarked_text_of_python_is_found(tmp_path: Path, source: str) -> None:
    (tmp_path / "module.py").write_text(source)
    assert unmarked_python.unmarked_texts(tmp_path / "module.py")


@pytest.mark.parametrize(
    "source",
    [
        'raise DomainError(Kind.CONFLICT, "held", _("Held"))',
        'raise ValueError("say why the system acts")',
        'log.error("mail_given_up", reason="No answer came in time.")',
        '"""The text of a docstring."""',
        'message = ngettext("%(count)s event", "%(count)s events", count)',
        'cursor.execute("SELECT the rows of this table.")',
    ],
)
def test_a_marked_text_of_python_is_none(tmp_path: Path, source: str) -> None:
    (tmp_path / "module.py").write_text(source)
    assert not unmarked_python.unmarked_texts(tmp_path / "module.py")
