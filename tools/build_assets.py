"""Bundle the CSS and JavaScript sources into the one stylesheet and the one script that pages load.

The two bundles are build products and not in version control: `make assets` builds them, and `tests/conftest.py` builds them for
the tests.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

STATIC = Path(__file__).resolve().parents[1] / "marketplace" / "static"
CSS_SOURCES, CSS_OUTPUT = STATIC / "css" / "src", STATIC / "css" / "jishi.css"
JS_SOURCES, JS_OUTPUT = STATIC / "js" / "src", STATIC / "js" / "jishi.js"

# Remove comments, indentation and optional spaces, but never spaces inside selectors, calc() and strings.
_MINIFY_RULES = (
    (re.compile(r"/\*.*?\*/", re.DOTALL), ""),
    (re.compile(r"^\s+", re.MULTILINE), ""),
    (re.compile(r"\s*([{}])\s*"), r"\1"),
    (re.compile(r";\s+"), ";"),
    (re.compile(r"(?<=[\w-]): (?=\S)"), ":"),
    (re.compile(r", "), ","),
    (re.compile(r";}"), "}"),
    (re.compile(r"}(?=[^}])"), "}\n"),
)


def bundle_css() -> str:
    """Return the stylesheet: the sources in the order of their names, one rule per line."""
    text = "\n".join(path.read_text("utf-8") for path in sorted(CSS_SOURCES.glob("*.css")))
    for pattern, replacement in _MINIFY_RULES:
        text = pattern.sub(replacement, text)
    return text.strip() + "\n"


def bundle_js() -> str:
    """Return the script: each source in a block scope, so that names stay private; the first file is shared by all."""
    shared, *modules = sorted(JS_SOURCES.glob("*.js"))
    blocks = (f"{{\n{path.read_text('utf-8')}}}\n" for path in modules)
    return shared.read_text("utf-8") + "".join(blocks)


def build_css() -> Path:
    """Write `jishi.css` if it differs from its sources; return its path."""
    return _write_if_changed(CSS_OUTPUT, bundle_css())


def build_js() -> Path:
    """Write `jishi.js` if it differs from its sources; return its path."""
    return _write_if_changed(JS_OUTPUT, bundle_js())


def _write_if_changed(output: Path, text: str) -> Path:
    if not output.exists() or output.read_text("utf-8") != text:
        # Replaced in one step, so that a process that reads the bundle meanwhile never gets half of it.
        temporary = output.with_name(f"{output.name}.{os.getpid()}.tmp")
        temporary.write_text(text, "utf-8")
        temporary.replace(output)
    return output


if __name__ == "__main__":
    build_css()
    build_js()
