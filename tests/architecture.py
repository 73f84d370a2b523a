"""The rules of the architecture as functions from one source file to complaints about it."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Final

PACKAGE = "dd_incident_roles"
LONGEST_FILE = 500
EVERYTHING = frozenset({""})
FORM = "values"
"""The form of every value, which each layer may import as it may the standard library."""


@dataclass(frozen=True)
class Source:
    """One file: its path from the root of the project, and its text."""

    path: PurePosixPath
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """The parsed text."""
        return ast.parse(self.text)

    @property
    def module(self) -> str:
        """The name of the module inside our package, such as ``sync.plan``."""
        parts = self.path.with_suffix("").parts[1:]
        return ".".join(part for part in parts if part != "__init__")

    @property
    def layer(self) -> str:
        """The first part of the name of the module."""
        return self.module.split(".")[0]

    def imports(self) -> Iterator[str]:
        """Every module that is imported anywhere in the file, be it in a function."""
        for node in ast.walk(self.tree):
            match node:
                case ast.Import(names=names):
                    yield from (alias.name for alias in names)
                case ast.ImportFrom(module=str(module), names=names, level=0):
                    yield from (f"{module}.{alias.name}" for alias in names)
                case ast.ImportFrom():
                    yield f"{PACKAGE}.<relative>"
                case _:
                    pass

    def names(self) -> Iterator[str]:
        """Every dotted name that is used, such as ``datetime.now``."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Attribute | ast.Name):
                yield ast.unparse(node)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield from (f"{node.module}.{alias.name}" for alias in node.names)


def is_in(name: str, places: frozenset[str]) -> bool:
    """Whether a dotted name is one of the places, or lies inside one."""
    return any(not place or name == place or name.startswith(f"{place}.") for place in places)


FLOOR: Final = ("naming", "reading", "record_then_sync", "role_change", "places")

INWARDS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "": frozenset(),
        FORM: frozenset(),
        "model": frozenset(),
        "errors": frozenset(),
        "words": frozenset(),
        "files": frozenset({"words", "errors"}),
        "places": frozenset({"words", "model", "errors"}),
        "roles": frozenset({"words", "model", "errors"}),
        "sync": frozenset({"words", "model", "errors", "places", "roles.ledger", "patience"}),
        "policy": frozenset({"words", "model", "errors", "roles"}),
        "history": frozenset({"words", "model", "errors", "roles", "sync", "policy"}),
        "configuration": frozenset(
            {"words", "model", "errors", "files", "roles", "policy", "settings"}
        ),
        "suggesting": frozenset({"words", "model", "errors", "roles", "policy"}),
        "timeline": frozenset(
            {
                *("words", "model", "errors", "roles", "sync"),
                "configuration.config_file",
            }
        ),
        "setting_values": frozenset({"words", "errors", "places"}),
        "settings": frozenset({"words", "errors", "files", "places", "setting_values"}),
        "environment": frozenset({"errors", "files", "settings", "setting_values"}),
        "store": frozenset(
            {
                *("model", "errors", "files", "sync", "patience", "__version__"),
                "roles.ledger",
            }
        ),
        "patience": frozenset(),
        "transport": frozenset({"errors", "words", "patience", "__version__"}),
        "place_client": frozenset({"words", "errors", "patience", "transport"}),
        "datadog": frozenset(
            {
                *("words", "model", "errors", "roles", "sync", "patience", "transport"),
                *("places", "__version__"),
            }
        ),
        "issues": frozenset(
            {
                *("words", "model", "errors", "roles", "sync", "places"),
                *("patience", "transport", "place_client", "__version__"),
            }
        ),
        "chat": frozenset(
            {
                *("words", "model", "errors", "roles", "sync", "places"),
                *("patience", "transport", "place_client", "__version__"),
            }
        ),
        "report": frozenset(
            {
                "words",
                *("model", "errors", "roles", "policy", "configuration", "sync", "timeline"),
                *("suggesting", "history", "places"),
            }
        ),
        "facts": frozenset(
            {
                *("words", "model", "errors", "roles", "policy", "history", "sync", "timeline"),
                *("report", "application", "store.ahead", "patience"),
            }
        ),
        # It shares no code with what speaks to it, lest both be wrong in the same way.
        "sandbox": frozenset({"errors"}),
        # The parts that a command works with, put together by app.
        "application": frozenset(
            {
                *("words", "model", "errors", "roles", "sync", "policy"),
                *("configuration", "settings", "datadog", "store.record"),
                *("patience", "transport", "places", "issues", "chat"),
            }
        ),
        "diagnosis": frozenset(
            {
                *("words", "model", "errors", "roles", "places", "settings", "configuration"),
                *("datadog", "report", "sync"),
            }
        ),
        # It decides and performs by what all others offer; what is typed and shown is not its own.
        "commands": frozenset(
            {
                *("words", "model", "errors", "roles", "sync", "timeline", "policy", "history"),
                *("suggesting", "facts", "report", "settings", "setting_values", "datadog"),
                *("configuration.configuration", "diagnosis"),
                *("application", "issues", "chat", "places"),
                *("__version__", "files", "patience"),
                *("store.moving", "store.opening", "store.record"),
            }
        ),
        # Run after run, above the commands: what is typed and shown is not its own either.
        "service": frozenset(
            {
                *("words", "model", "errors", "files", "sync", "settings", "setting_values"),
                *("places", "policy", "application", "commands", "report", "__version__"),
                *("store.record", "store.queue", "transport", "patience"),
            }
        ),
        "app": EVERYTHING,
        "cli": EVERYTHING,
        "__main__": frozenset({"cli"}),
    }
)
"""What each layer may import of our own."""

COMMANDS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        # What every command stands on, from the ground up.
        "naming": ("reading",),
        "locate": (),
        "reading": ("locate",),
        "role_change": ("naming",),
        "places": ("naming", "locate", "role_change"),
        "record_then_sync": ("reading", "role_change", "places"),
        # Each group of commands stands on these three, and on few of its neighbours.
        "assign": (*FLOOR,),
        "catalogue": (),
        "check": (*FLOOR, "history", "status"),
        "devise": (*FLOOR,),
        "doctor": ("catalogue", "skipping"),
        "handoff": (*FLOOR, "assign"),
        "handoff_proposals": (*FLOOR, "assign", "handoff"),
        "history": (*FLOOR,),
        "link": (*FLOOR, "locate"),
        "mine": (*FLOOR, "status"),
        "record": ("naming",),
        "status": (*FLOOR, "devise"),
        "suggest": (*FLOOR, "assign"),
        "rounds": ("naming", "skipping", "sync"),
        "skipping": ("naming",),
        "sync": (*FLOOR, "skipping"),
        "timeline": (*FLOOR,),
    }
)
"""What each file of ``commands/`` may import of the others there."""

LIBRARIES: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "alembic": frozenset({"store"}),
        "atlassian": frozenset({"issues.jira_client"}),
        "click": frozenset({"cli"}),
        "github": frozenset({"issues.github"}),
        "gitlab": frozenset({"issues.gitlab"}),
        "platformdirs": frozenset({"settings"}),
        "jinja2": frozenset({"report.board"}),
        "prometheus_client": frozenset({"service"}),
        "pydantic": frozenset(
            {
                *("setting_values", "settings", "report", "facts", "configuration"),
                *("sandbox", "timeline", "issues", "chat", "place_client"),
            }
        ),
        "procrastinate": frozenset({"service.worker", "store.queue"}),
        "psycopg": frozenset({"store"}),
        "pydantic_core": frozenset({"report", "configuration"}),
        "requests": frozenset({"transport", "place_client", "datadog", "issues", "chat"}),
        "rich": frozenset({"cli", "report"}),
        "slack_sdk": frozenset({"service"}),
        "sqlalchemy": frozenset({"store"}),
        "sqlite3": frozenset({"store"}),
        "starlette": frozenset({"sandbox", "service"}),
        "urllib3": frozenset({"transport", "place_client", "datadog", "issues", "chat"}),
        "uvicorn": frozenset({"sandbox", "service"}),
        "yaml": frozenset({"configuration", "sandbox"}),
    }
)
"""Which layers may import each library; a library that is not here belongs nowhere."""

EFFECTS = frozenset(
    {
        *("asyncio", "concurrent", "http", "io", "logging", "os", "pathlib", "random", "shutil"),
        *("socket", "subprocess", "tempfile", "threading", "time", "urllib.request", "uuid"),
        f"{PACKAGE}.patience",
    }
)
"""What the pure core does without: parts of the standard library, and threads and waiting."""

PURE = frozenset(
    {FORM, "model", "errors", "words", "places", "history", "policy", "suggesting", "sync"}
)
PERFORMING = frozenset({"sync.apply", "sync.run"})

OUTSIDE = MappingProxyType(
    {
        "os.environ": frozenset({"settings", "environment"}),
        "os.getenv": frozenset({"settings"}),
        "datetime.now": frozenset({"cli", "sandbox"}),
        "datetime.utcnow": frozenset(),
        "datetime.today": frozenset(),
        "date.today": frozenset(),
        "time.time": frozenset({"app", "cli", "sandbox"}),
        "time.sleep": frozenset({"app", "cli", "sandbox"}),
        "uuid.uuid4": frozenset({"app", "cli", "sandbox"}),
        "uuid4": frozenset({"app", "cli", "sandbox"}),
        "print": frozenset({"cli", "report"}),
        "sys.stdout": frozenset({"cli", "report"}),
        "sys.stderr": frozenset({"cli", "report"}),
        "importlib.import_module": frozenset({"cli"}),
        "import_module": frozenset({"cli"}),
        "__import__": frozenset(),
    }
)
"""Names by which the outside is reached, and the layers that may say them."""


def arrows(source: Source) -> Iterator[str]:
    """Imports of our own that point outwards."""
    if source.layer not in INWARDS:
        yield f"the layer {source.layer!r} has no place in the architecture"
        return
    allowed = INWARDS[source.layer] | ({source.layer, FORM} if source.layer else frozenset())
    for name in source.imports():
        inner = name.removeprefix(f"{PACKAGE}.")
        if name.startswith(f"{PACKAGE}.") and not is_in(inner, allowed):
            yield f"imports {name}"


def floors(source: Source) -> Iterator[str]:
    """Imports among commands that go up, or to a neighbour that is not agreed on."""
    layer, _, name = source.module.partition(".")
    if layer != "commands" or not name:
        return
    if name not in COMMANDS:
        yield f"the command group {name!r} has no place in the architecture"
        return
    allowed = frozenset(f"{PACKAGE}.commands.{each}" for each in COMMANDS[name])
    for each in source.imports():
        if each.startswith(f"{PACKAGE}.commands.") and not is_in(each, allowed):
            yield f"imports {each}"


def libraries(source: Source) -> Iterator[str]:
    """Imports of libraries that belong to another layer."""
    for name in source.imports():
        root = name.split(".")[0]
        is_free = root == PACKAGE or (root in sys.stdlib_module_names and root not in LIBRARIES)
        if not is_free and not is_in(source.module, LIBRARIES.get(root, frozenset())):
            yield f"imports {name}"


def effects(source: Source) -> Iterator[str]:
    """Ways to the outside that the pure core takes."""
    if source.layer in PURE and source.module not in PERFORMING:
        for name in source.imports():
            if is_in(name, EFFECTS):
                yield f"imports {name}, and is pure"


def outside(source: Source) -> Iterator[str]:
    """Uses of the clock, ids, the environment and the terminal where they should be passed in."""
    for name in source.names():
        for ending, layers in OUTSIDE.items():
            if (name == ending or name.endswith(f".{ending}")) and source.layer not in layers:
                yield f"says {name}"


def size(source: Source) -> Iterator[str]:
    """Files that are two files."""
    if (lines := len(source.text.splitlines())) > LONGEST_FILE:
        yield f"has {lines} lines"


def file_name(source: Source) -> Iterator[str]:
    """Files named after nothing in the domain."""
    if source.path.stem in {"utils", "helpers", "manager", "handler", "common"}:
        yield "is named after nothing"


def future_import(source: Source) -> Iterator[str]:
    """Files with code that do not put off the evaluation of annotations."""
    has_code = any(not isinstance(node, ast.Expr) for node in source.tree.body)
    if has_code and "__future__.annotations" not in source.imports():
        yield "lacks from __future__ import annotations"


def docstrings(source: Source) -> Iterator[str]:
    """Public classes and functions that do not say what they are, and tests without a claim."""
    is_test = source.path.parts[0] == "tests"
    for name, node in _definitions(source.tree.body):
        is_asked = name.startswith("test_") if is_test else not name.startswith("_")
        if is_asked and not ast.get_docstring(node):
            yield f"{name} (line {node.lineno}) has no docstring"


Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def _definitions(body: list[ast.stmt]) -> Iterator[tuple[str, Definition]]:
    for node in body:
        if isinstance(node, Definition):
            yield node.name, node
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from _definitions(node.body)


Check = Callable[[Source], Iterator[str]]

OF_THE_PACKAGE: Final[tuple[Check, ...]] = (arrows, floors, libraries, effects, outside)
OF_EVERY_FILE: Final[tuple[Check, ...]] = (size, file_name, future_import, docstrings)


def sources(root: Path, folder: str) -> tuple[Source, ...]:
    """Every Python file in a folder of the project."""
    return tuple(
        Source(path=PurePosixPath(path.relative_to(root).as_posix()), text=path.read_text("utf-8"))
        for path in sorted((root / folder).rglob("*.py"))
    )
