"""Keep identifiers in the field's standard vocabulary.

A word listed in `BANNED` had a private meaning once; the value says what to write instead. A phrase in which such a word has its
ordinary meaning (a letter of the alphabet, placing an order) is listed in `ALLOWED`. A new name that fails this test is renamed,
or its phrase is added there if it is plain to a reader who has never seen the project.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("marketplace", "tenants", "billing", "search", "demo", "local", "tools", "benchmarks", "tests", "migrations")

BANNED = {
    "said": "comment, payload, response, message",
    "says": "message, describe",
    "say": "log, print, notify, message",
    "wanted": "stmt, filters",
    "want": "item",
    "wants": "items",
    "wish": "command, criteria",
    "word": "token, key, keyword, term",
    "words": "tokens, keywords, terms, formatting",
    "told": "notified, described",
    "tell": "notify, describe",
    "tells": "describes",
    "kept": "cached, stored, retained",
    "place": "membership, location, session, field",
    "places": "memberships, locations, sessions, fields",
    "goods": "products, variants",
    "shown": "presenters, visible, public",
    "shelf": "listing, stock_level, index_dir",
    "shelves": "listings, stock_levels",
    "mark": "version, etag, target, logo",
    "marks": "versions, targets",
    "held": "locked, reserved, escrowed",
    "hold": "reservation, lock, escrow",
    "holds": "reservations",
    "letter": "email, outbox message, webhook event",
    "letters": "emails, messages",
    "trouble": "error, exc",
    "deed": "action, effect",
    "deeds": "actions, effects",
    "door": "site, realm",
    "doors": "sites",
    "hang": "attach, set",
    "hung": "attached",
    "rung": "tier",
    "rungs": "tiers",
    "ladder": "price_tiers",
    "aside": "draft, dead_letter, stash",
    "beside": "related, detail_panel",
    "sought": "search_text, criteria",
    "spoken": "description",
    "misread": "parse_error",
    "plant": "seed",
    "planted": "seeded",
    "planting": "seeding",
    "town": "seed_context",
    "face": "profile, theme",
    "anew": "again, new",
    "meanwhile": "concurrently",
    "somebody": "the role: user, staff, buyer",
    "nobody": "anonymous",
    "whoever": "the role: user, staff, buyer",
    "doer": "actor",
    "errand": "run, job",
    "gone": "deleted, removed",
    "wall": "tenant isolation",
    "showroom": "storefront",
    "hall": "storefront",
    "whose": "owner",
    "who": "actor_kind",
    "whom": "recipient",
    "patience": "timeout, max_attempts",
    "patiently": "retry",
    "complaint": "error",
    "complaints": "errors",
    "refusal": "error",
    "remark": "comment, note",
    "remarks": "comments, notes",
    "reckon": "quote, calculate",
    "reckoning": "quote",
    "thing": "the noun",
    "things": "the noun",
}

# Phrases in which a banned word has its ordinary meaning, by word; a phrase may be part of a longer name.
ALLOWED = {
    "letter": {"letter"},  # of an alphabet
    "mark": {"mark_paid", "mark_orders_paid", "mark_shipped", "mark_delivered", "mark_refunded_manually"},
    "place": {
        "can_place",
        "place_and_prepare_payment",
        "place_and_start_payment",
        "place_button",
        "place_order",
        "place_orders",
        "place_purchase",
    },
}
# Folders in which a banned word has its ordinary meaning: the words of a natural language.
ALLOWED_IN_FOLDERS = {"word": ("search", "tests/search"), "words": ("search", "tests/search")}
# Ordinary English verbs in the name of a test function, which is a sentence.
ORDINARY_IN_TESTS = {"keep", "keeps", "kept", "mark", "marks", "shown", "hold"}

# Bare verbs say nothing about what a public function does; `module.verb` is no help where it is imported by name.
VAGUE_VERBS = {
    "ask", "bring", "carry", "come", "do", "find", "fit", "give", "go", "hang", "have", "hold", "judge", "keep",
    "keeps", "lay", "lead", "leave", "let", "look", "make", "meet", "mind", "move", "note", "pass", "put",
    "reach", "say", "see", "send_it", "show", "speak", "stand", "take", "tell", "turn", "want", "wish",
}  # fmt: skip
ALLOWED_VERBS: set[str] = set()

TEMPLATE_DEFINITION_RE = re.compile(r"\{%-?\s*(macro|set|with|for|call)\b\s*(\([^)]*\))?\s*(.*?)\s*-?%\}", re.S)
TEMPLATE_NAME_RES = {
    "macro": (r"^\w+", r"[(,]\s*(\w+)"),
    "set": (r"^[\w\s,.]+",),
    "with": (r"(\w+)\s*=(?!=)",),
    "for": (r"^[\w\s,]+?(?=\s+in\b)",),
    "call": (),
}


@cache
def _sources() -> list[tuple[Path, ast.Module]]:
    paths = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    return [(path.relative_to(ROOT), ast.parse(path.read_text())) for path in paths]


def _parts(name: str) -> list[str]:
    return [part.lower() for part in re.split(r"[_-]+|(?<=[a-z0-9])(?=[A-Z])", name) if part]


def _banned_in(path: Path, name: str) -> list[str]:
    """Return the words of the name that do not have their ordinary meaning there."""
    parts = _parts(name)
    phrase = f"_{'_'.join(parts)}_"
    return [
        part
        for part in parts
        if part in BANNED
        and not any(f"_{allowed}_" in phrase for allowed in ALLOWED.get(part, ()))
        and not any(path.is_relative_to(folder) for folder in ALLOWED_IN_FOLDERS.get(part, ()))
        and not (parts[0] == "test" and part in ORDINARY_IN_TESTS)
    ]


def _definitions(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield line and name of everything that a module defines: classes, functions, parameters, variables, attributes."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.lineno, node.name
        elif isinstance(node, ast.arg):
            yield node.lineno, node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.attr
        elif isinstance(node, ast.ExceptHandler) and node.name:
            yield node.lineno, node.name
        elif isinstance(node, ast.alias) and node.asname:
            yield node.lineno, node.asname


def _template_definitions(text: str) -> Iterator[tuple[int, str]]:
    """Yield line and name of the macros of a template, their parameters, and the variables of set, with, for and call."""
    for match in TEMPLATE_DEFINITION_RE.finditer(text):
        keyword, call_parameters, body = match.groups()
        matched = [
            call_parameters or "",
            *(names for pattern in TEMPLATE_NAME_RES[keyword] for names in re.findall(pattern, body)),
        ]
        line = text.count("\n", 0, match.start()) + 1
        yield from ((line, name) for name in re.findall(r"\w+", " ".join(matched)))


def _assert_standard(names: Iterable[tuple[Path, int, str]]) -> None:
    offenders = {
        f"{path}:{line}: `{name}` instead of {BANNED[part]}" for path, line, name in names for part in _banned_in(path, name)
    }
    assert sorted(offenders) == []


def test_identifiers_use_the_standard_vocabulary() -> None:
    _assert_standard((path, 1, path.stem) for path, _ in _sources())
    _assert_standard((path, line, name) for path, tree in _sources() for line, name in _definitions(tree))


def test_template_names_use_the_standard_vocabulary() -> None:
    paths = sorted((ROOT / "templates").rglob("*.*"))
    _assert_standard((path.relative_to(ROOT), 1, path.stem) for path in paths)
    _assert_standard((path.relative_to(ROOT), *item) for path in paths for item in _template_definitions(path.read_text()))


def test_css_classes_use_the_standard_vocabulary() -> None:
    _assert_standard(
        (path.relative_to(ROOT), 1, name)
        for path in sorted((ROOT / "marketplace/static/css/src").glob("*.css"))
        for name in re.findall(r"\.([a-z][\w-]*)", re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.S))
    )


def test_public_functions_are_not_named_by_a_vague_verb_alone() -> None:
    offenders = [
        f"{path}:{node.lineno}: {node.name}"
        for path, tree in _sources()
        if path.parts[0] != "tests"
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name in VAGUE_VERBS - ALLOWED_VERBS
    ]
    assert offenders == []
