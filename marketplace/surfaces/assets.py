"""Joins the small sources of the face into the one stylesheet and the one script that pages load."""

from __future__ import annotations

import re
from pathlib import Path

STATIC = Path(__file__).resolve().parent.parent / "static"
CSS_SOURCES, CSS_OUTPUT = STATIC / "css" / "src", STATIC / "css" / "jishi.css"
JS_SOURCES, JS_OUTPUT = STATIC / "js" / "src", STATIC / "js" / "jishi.js"

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


def joined_css() -> str:
    """The stylesheet: sources in the order of their names, without comments, indentation and empty lines."""
    text = "\n".join(path.read_text("utf-8") for path in sorted(CSS_SOURCES.glob("*.css")))
    lines = (line.strip() for line in _COMMENT.sub("", text).splitlines())
    return "\n".join(line for line in lines if line) + "\n"


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
