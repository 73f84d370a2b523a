"""Every string of the package that a person may read, in the order of the files."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import dd_incident_roles

_PACKAGE = Path(dd_incident_roles.__file__).parent
_WORDS = re.compile(r"[A-Za-z'\"{}]+[,;:.]?\s+[A-Za-z{]")
"""Two words in a row: a key, a path or a format has none."""
_TECHNICAL = re.compile(r"\(\?|\\[sdbAZ]|^(SELECT|CREATE|PRAGMA|UPDATE|INSERT|BEGIN|DELETE)\b")


def strings() -> Iterator[str]:
    """Each string as ``file:line: text``, with the values of an f-string in braces."""
    for file in sorted(_PACKAGE.rglob("*.py")):
        tree = ast.parse(file.read_text("utf-8"))
        for line, text in sorted(_texts(tree)):
            if _WORDS.search(text) and not _TECHNICAL.search(text):
                yield f"{file.relative_to(_PACKAGE)}:{line}: {text}"


def _texts(node: ast.AST) -> Iterator[tuple[int, str]]:
    for child in ast.iter_child_nodes(node):
        match child:
            case ast.Expr(value=ast.Constant()):
                continue  # a docstring, or the line below a constant
            case ast.Constant(value=str(text)):
                yield child.lineno, text
            case ast.JoinedStr(values=parts):
                yield (
                    child.lineno,
                    "".join(
                        str(part.value) if isinstance(part, ast.Constant) else ast.unparse(part)
                        for part in parts
                    ),
                )
            case _:
                yield from _texts(child)
