"""Reading a YAML file safely and strictly: no tags, no anchors, no key twice, no surprise types.

Texts are typed as YAML 1.2 has it: only ``true`` and ``false`` are truths, so that ``no`` and
``on`` stay words, and neither ``12:30`` nor a date turns into something else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType

import yaml
from yaml.nodes import MappingNode, ScalarNode, SequenceNode

from dd_incident_roles.errors import ConfigurationError
from dd_incident_roles.files import MIB, read_limited
from dd_incident_roles.roles.yaml_nodes import Node, Scalar

_DEEPEST = 20
_WORDS = {"": None, "~": None, "null": None, "true": True, "false": False}
_INTEGER = re.compile(r"[-+]?[0-9]{1,18}", re.ASCII)
_FLOAT = re.compile(r"[-+]?[0-9]{1,18}\.[0-9]{1,18}", re.ASCII)
_PLAIN_KEY = re.compile(r"[\w.\- ]+")


class _Composer(yaml.SafeLoader):
    """Builds the tree of nodes and refuses what can hide or multiply text."""

    _depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call] # the stubs leave it open
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise _NotAllowed("anchors and aliases are not allowed", event.start_mark)
        if getattr(event, "tag", None) is not None:
            raise _NotAllowed("tags are not allowed", event.start_mark)
        if self._depth >= _DEEPEST:
            raise _NotAllowed(f"nested more than {_DEEPEST} deep", event.start_mark)
        self._depth += 1
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node


class _NotAllowed(yaml.MarkedYAMLError):
    def __init__(self, problem: str, mark: yaml.Mark) -> None:
        super().__init__(problem=problem, problem_mark=mark)


def read_yaml(source: Path | Traversable, *, name: str | None = None) -> Node:
    """Read one document from a file; raises ConfigurationError that names the file and the line.

    ``name`` is what the file is called in messages, where its path says nothing to the reader.
    """
    file = name or str(source)
    return parse_yaml(read_limited(source, most=MIB, name=file), file=file)


def parse_yaml(content: bytes, *, file: str) -> Node:
    """Turn the content of a file into nodes; raises ConfigurationError."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigurationError("is not UTF-8 text", file=file, line=line) from error
    try:
        root = _Composer(text).get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        problem = error.problem or error.context or "is not valid YAML"
        raise ConfigurationError(problem, file=file, line=line) from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise ConfigurationError("has a control character in it", file=file, line=line) from error
    if root is None:
        raise ConfigurationError("is empty", file=file)
    return _node(root, file=file, path="", line=root.start_mark.line + 1)


def _node(node: yaml.Node, *, file: str, path: str, line: int) -> Node:
    match node:
        case MappingNode():
            value: Scalar | tuple[Node, ...] | Mapping[str, Node] = _entries(
                node, file=file, path=path
            )
        case SequenceNode():
            value = tuple(
                _node(item, file=file, path=f"{path}[{index}]", line=item.start_mark.line + 1)
                for index, item in enumerate(node.value)
            )
        case _:
            value = _scalar(node)
    return Node(file=file, path=path, line=line, value=value)


def _entries(mapping: MappingNode, *, file: str, path: str) -> Mapping[str, Node]:
    entries: dict[str, Node] = {}
    for key_node, value_node in mapping.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, ScalarNode) or not key_node.value:
            raise ConfigurationError("a key must be a word", file=file, key=path or None, line=line)
        word = str(key_node.value)
        key = _joined(path, word)
        if word in entries:
            raise ConfigurationError("the key is there twice", file=file, key=key, line=line)
        entries[word] = _node(value_node, file=file, path=key, line=line)
    return MappingProxyType(entries)


def _joined(path: str, word: str) -> str:
    shown = word if _PLAIN_KEY.fullmatch(word) else repr(word)
    return f"{path}.{shown}" if path else shown


def _scalar(node: yaml.Node) -> Scalar:
    text = str(node.value)
    if isinstance(node, ScalarNode) and node.style is not None:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    return text
