"""Recipes as text: the few forms of TOML that they need."""

from __future__ import annotations

import json
import os
from typing import Any, Mapping


def write(tables: Mapping[str, Mapping[str, Any]]) -> str:
    """A recipe of these tables, in their order. Keys whose value is None are left out, and tables without keys.

    Raises:
        TypeError: a value that a recipe cannot hold.
    """
    parts = []
    for name, table in tables.items():
        lines = [f"{key} = {value_of(f'{name}.{key}', value)}" for key, value in table.items() if value is not None]
        if lines:
            parts.append("\n".join([f"[{name}]", *lines]))
    return "\n\n".join(parts) + "\n"


def value_of(key: str, value: Any) -> str:
    """`value` as TOML writes it; numbers of NumPy and PyTorch count as Python's own."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, os.PathLike)):
        return text_of(os.fspath(value))
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(value_of(key, item) for item in value) + "]"
    if hasattr(value, "tolist"):
        return value_of(key, value.tolist())
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, (range, set, frozenset)):
        return value_of(key, sorted(value))
    raise TypeError(f"{key} is {value!r}; a recipe holds texts, numbers, true or false, and lists of them")


def text_of(text: str) -> str:
    """A basic string. JSON escapes alike, but for the one control character that it lets stand."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
