"""Joins the small sources of the face into the one stylesheet and the one script that pages load."""

from __future__ import annotations

import re
from pathlib import Path

STATIC = Path(__file__).resolve().parent.parent / "static"
CSS_SOURCES, CSS_OUTPUT = STATIC / "css" / "src", STATIC / "css" / "jishi.css"
JS_SOURCES, JS_OUTPUT = STATIC / "js" / "src", STATIC / "js" / "jishi.js"

# Comments, indentation and the spaces that only people need; never the ones inside selectors, calc() and strings.
_SHORTER = (
    (re.compile(r"/\*.*?\*/", re.DOTALL), ""),
    (re.compile(r"^\s+", re.MULTILINE), ""),
    (re.compile(r"\s*([{}])\s*"), r"\1"),
    (re.compile(r";\s+"), ";"),
    (re.compile(r"(?<=[\w-]): (?=\S)"), ":"),
    (re.compile(r", "), ","),
    (re.compile(r";}"), "}"),
    (re.compile(r"}(?=[^}])"), "}\n"),
)


def joined_css() -> str:
    """The stylesheet: sources in the order of their names, one rule a line."""
    text = "\n".join(path.read_text("utf-8") for path in sorted(CSS_SOURCES.glob("*.css")))
    for long, short in _SHORTER:
        text = long.sub(short, text)
    return text.strip() + "\n"


def joined_js() -> str:
    """The script: each source in a block of its own, so that names stay private; `00-kit.js` is shared by all."""
    kit, *parts = sorted(JS_SOURCES.glob("*.js"))
    blocks = (f"{{\n{path.read_text('utf-8')}}}\n" for path in parts)
    return kit.read_text("utf-8") + "".join(blocks)


def build_css() -> Path:
    """Write `jishi.css` when it differs from its sources; answer where it stands."""
    return _write(CSS_OUTPUT, joined_css())


def build_js() -> Path:
    """Write `jishi.js` when it differs from its sources; answer where it stands."""
    return _write(JS_OUTPUT, joined_js())


def _write(output: Path, text: str) -> Path:
    if not output.exists() or output.read_text("utf-8") != text:
        output.write_text(text, "utf-8")
    return output


if __name__ == "__main__":
    build_css()
    build_js()
