"""Find the texts of a Python module that people read and that aren't marked for translation.

Two rules: what is given to a place that people read (an error's message, a label, a description) is
marked, and so is any other string that reads like a sentence. Operators' texts are English.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

from tests.words.unmarked_templates import has_words

MARKS = {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy", "pgettext",
         "pgettext_lazy", "npgettext", "npgettext_lazy"}  # fmt: skip
# The position of the text that people read, for calls by these names.
READ_ARGUMENTS = {
    "DomainError": 2,
    "FieldFault": 2,
    "Problem": 2,
    "plain": 1,
    "ValidationError": 0,
    "NotFound": 0,
    "PermissionDenied": 0,
    "AuthenticationFailed": 0,
    "UnsupportedMediaType": 1,
    "NotAcceptable": 0,
    "success": 1,
    "info": 1,
    "warning": 1,
    "error": 1,
    "message_user": 1,
}
# In these calls the first argument is for programs: log.error("mail_given_up").
NAMES = {"Daybook", "Google", "GitHub", "LinkedIn", "X (Twitter)", "API", "CalDAV"}
LOGS = {"log", "logger", "logging"}
READ_KEYWORDS = {"label", "verbose_name", "verbose_name_plural", "description", "message",
                 "empty_label", "short_description", "title"}  # fmt: skip
READ_NAMES = {"verbose_name", "verbose_name_plural", "short_description", "site_title",
              "site_header", "index_title", "label", "title", "message"}  # fmt: skip
# What their callers read: developers, operators and the API's description, in English.
ENGLISH_CALLS = {"extend_schema", "extend_schema_field", "extend_schema_view", "OpenApiParameter",
                 "OpenApiResponse", "OpenApiExample", "extend_schema_serializer",
                 "ValueError", "TypeError", "RuntimeError", "KeyError", "LookupError",
                 "AssertionError", "NotImplementedError", "ImproperlyConfigured", "CommandError",
                 "ConfigurationFault", "Finding", "Warning", "Info", "Error", "Periodic", "Counter",
                 "Gauge", "Histogram", "add_argument", "compile", "acting_as_system", "Requirement",
                 "execute", "RunSQL", "raw", "TypeVar", "NewType", "RowSecurity",
                 "enter_as_system", "get_logger"}  # fmt: skip
ENGLISH_KEYWORDS = {"help", "reason", "hint", "sql", "template"}
READ_DICTS = re.compile(r"(TITLES|WORDS|LABELS|HELP|TEXTS|NAMES_SHOWN)$")
SENTENCE = re.compile(
    r"^[A-Z(“][^\n]*[^\W\d_] [^\W\d_].*[.!?…:]$|^[A-Z][a-z']+ [a-z]+ [a-z ]+", re.S
)
_TAGS = re.compile(r"<[^>]*>")
SQL = re.compile(r"\b(SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER|FROM|DROP|LOCK|SET) ")


def unmarked_texts(path: Path) -> list[str]:
    tree = ast.parse(path.read_text())
    finder = _Finder(_docstrings(tree), at_once=_marks_at_once(tree))
    finder.visit(tree)
    return [f"{line}: {text}" for line, text in sorted(finder.found)]


def _docstrings(tree: ast.Module) -> set[ast.AST]:
    """Return the strings that are statements: docstrings and comments."""
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}


def _marks_at_once(tree: ast.Module) -> set[str]:
    """Return the names under which the module imports marks that translate when they are called."""
    return {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
        for alias in node.names
        if alias.name in ("gettext", "ngettext", "pgettext", "npgettext")
    }


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _text(node: ast.AST) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part) or "0" for part in node.values)
    return ""


class _Finder(ast.NodeVisitor):
    def __init__(self, docstrings: set[ast.AST], *, at_once: set[str]) -> None:
        self.found: set[tuple[int, str]] = set()
        self._skipped, self._at_once = docstrings, at_once
        self._is_at_import = True

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._visit_later(node)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._visit_later(node)

    def _visit_later(self, node: ast.AST) -> None:
        before, self._is_at_import = self._is_at_import, False
        self.generic_visit(node)
        self._is_at_import = before

    def visit_Call(self, node: ast.Call) -> None:
        name = _name(node.func)
        owner = _name(node.func.value) if isinstance(node.func, ast.Attribute) else ""
        if name in MARKS:
            if any(isinstance(one, (ast.JoinedStr, ast.BinOp)) for one in node.args):
                self._note(node, "a mark around a text that is put together")
            if self._is_at_import and name in self._at_once:
                self._note(node, "a text that is translated when the module is imported")
        elif name not in ENGLISH_CALLS and owner not in LOGS:
            is_described = owner == "serializers" or name.endswith(("Out", "In", "Serializer"))
            self._look_at_arguments(node, name, is_described=is_described)

    def _look_at_arguments(self, node: ast.Call, name: str, *, is_described: bool) -> None:
        """`is_described`: its help text is in the API's description, which is English."""
        position = READ_ARGUMENTS.get(name)
        if position is not None and len(node.args) > position:
            self._expect_mark(node.args[position])
        if name == "format_html" and has_words(_TAGS.sub(" ", _text(node.args[0]))):
            self._note(node.args[0], _text(node.args[0]))
        for child in (node.func, *node.args):
            self.visit(child)
        for keyword in node.keywords:
            is_help = keyword.arg == "help_text"
            if keyword.arg in ENGLISH_KEYWORDS or (is_help and is_described):
                continue
            if is_help or (keyword.arg in READ_KEYWORDS and not is_described):
                self._expect_mark(keyword.value)
            self.visit(keyword.value)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        if any(_name(base).endswith("Choices") for base in node.bases):
            for line in node.body:
                if isinstance(line, ast.Assign) and isinstance(line.value, ast.Tuple):
                    self._expect_mark(line.value.elts[-1])
        self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        names = [_name(target) for target in node.targets]
        if any(name in READ_NAMES for name in names):
            self._expect_mark(node.value)
        if isinstance(node.value, ast.Dict) and any(READ_DICTS.search(name) for name in names):
            for value in node.value.values:
                self._expect_mark(value)
        self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        """A lazy text with values is translated at once; `format_lazy` waits."""
        if isinstance(node.left, ast.Call) and _name(node.left.func).endswith("_lazy"):
            self._note(node, "values are put into a lazy text")
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        self._judge(node)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        self._judge(node)

    def _judge(self, node: ast.Constant | ast.JoinedStr) -> None:
        text = _text(node)
        if node not in self._skipped and SENTENCE.search(text) and not SQL.search(text):
            self._note(node, text)

    def _expect_mark(self, node: ast.expr) -> None:
        if re.search(r"[^\W\d_]{2}", _text(node)) and _text(node) not in NAMES:
            self._note(node, _text(node))

    def _note(self, node: ast.AST, text: str) -> None:
        self.found.add((node.lineno, " ".join(text.split())))  # type: ignore[attr-defined]
