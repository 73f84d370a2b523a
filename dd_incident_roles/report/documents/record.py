"""The file that a record is moved with: JSON Lines, so that both ends hold a few rows at a time.

The first line says what it is, each further one is a row, and the last has the counts and the
digest of all others, by which a file that was cut shows.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from typing import Annotated, Final, TypeVar

from pydantic import Strict, ValidationError

from dd_incident_roles.errors import ConfigurationError
from dd_incident_roles.report.documents import (
    ByName,
    Count,
    Document,
    JsonValue,
    Part,
    PlainSchema,
    field,
    json_line,
)
from dd_incident_roles.words import command, shorten

Text = Annotated[str, Strict()]
Column = Annotated[str, Strict()] | Annotated[int, Strict()] | Annotated[bool, Strict()] | None

_HINT: Final = f"Make one with: {command('record', 'export', 'FILE')}"
_LONGEST_SHOWN: Final = 60


class Row(Part):
    """One row of the record."""

    table: Text = field("The table that the row is in.")
    columns: Mapping[str, Column] = field("The columns of the row, each as the record keeps it.")


class End(Part):
    """The last line."""

    rows: Annotated[Mapping[str, Count], ByName] = field("How many rows of each table come before.")
    sha256: Text = field("The SHA-256 of all lines before, with their line breaks, in hex.")


class Record(Document):
    """The first line of the file. Each further line is a Row, and the last one is an End."""

    written_by = "`record export` writes"

    made_by: Text = field("The program and its version.")
    revision: Text = field("The schema of the record's tables.")

    @classmethod
    def schema_text(cls) -> str:
        """The JSON Schema of the first line, with those of the others among its definitions."""
        whole = json.loads(super().schema_text())
        for kind in (Row, End):
            made = kind.model_json_schema(mode="serialization", schema_generator=PlainSchema)
            whole["$defs"][kind.__name__] = made
        return json.dumps(whole, indent=2) + "\n"


_END: Final = b'{"rows":'
"""How the last line begins, and no other."""

PartOf = TypeVar("PartOf", bound=Part)
Found = tuple[int, Row] | ConfigurationError
"""A row with the number of its line, or what is wrong with a line."""


def record_lines(
    rows: Iterable[tuple[str, Mapping[str, str | int | None]]], *, made_by: str, revision: str
) -> Iterator[str]:
    """The lines of a file; the same rows of the same schema give the same file."""
    digest, counts = sha256(), Counter[str]()
    head = {"schema": Record.identifier(), "made_by": made_by, "revision": revision}
    line = f"{json_line(head)}\n"
    for table, columns in rows:
        digest.update(line.encode())
        yield line
        counts[table] += 1
        line = f"{json_line({'table': table, 'columns': columns})}\n"
    digest.update(line.encode())
    yield line
    rows_of: JsonValue = dict(sorted(counts.items()))
    yield f"{json_line({'rows': rows_of, 'sha256': digest.hexdigest()})}\n"


def read_record_lines(lines: Iterable[bytes], *, file: str, revision: str) -> Iterator[Found]:
    """The rows of a file, and what is wrong with its lines or with the whole.

    Raises ConfigurationError where it is no such file, or has tables of another ``revision``.
    """
    digest, counts = sha256(), Counter[str]()
    end: End | None = None
    for number, line in enumerate(lines, start=1):
        if number == 1:
            _expect_ours(line, file, revision)
        elif end is not None:
            yield ConfigurationError("comes after the last line", file=file, line=number)
            continue
        elif line.startswith(_END):
            match _read(End, line, file, number):
                case End() as end:
                    continue
                case ConfigurationError() as problem:
                    yield problem
        else:
            match _read(Row, line, file, number):
                case Row() as row:
                    counts[row.table] += 1
                    yield number, row
                case problem:
                    yield problem
        digest.update(line)
    if end is None:
        yield ConfigurationError("was cut: the line with the counts is missing", file=file)
    elif end.sha256 != digest.hexdigest() or end.rows != counts:
        yield ConfigurationError("was changed, or is not whole", file=file, key="sha256")


def _read(kind: type[PartOf], line: bytes, file: str, number: int) -> PartOf | ConfigurationError:
    try:
        return kind.model_validate_json(line)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        value = first["input"]
        # Of a line that is no JSON at all, the whole would be shown.
        is_short = isinstance(value, str | int) and first["type"] != "json_invalid"
        return ConfigurationError(
            first["msg"][:1].lower() + first["msg"][1:],
            file=file,
            line=number,
            key=".".join(map(str, first["loc"])) or None,
            value=shorten(str(value), _LONGEST_SHOWN) if is_short else None,
        )


def _expect_ours(line: bytes, file: str, revision: str) -> None:
    """Raise ConfigurationError unless the first line is one that can be read here."""
    try:
        head = json.loads(line)
    except ValueError:
        head = None
    schema = head.get("schema") if isinstance(head, dict) else None
    if schema != Record.identifier():
        raise ConfigurationError(
            f"is no record that this version can import, which has {Record.identifier()} here",
            file=file,
            line=1,
            key="schema",
            value=shorten(schema, _LONGEST_SHOWN) if isinstance(schema, str) else None,
            hint=_HINT,
        )
    match _read(Record, line, file, 1):
        case ConfigurationError() as problem:
            raise problem
        case Record(revision=found) if found != revision:
            raise ConfigurationError(
                f"is of another version of the tables; this program has {revision}",
                file=file,
                line=1,
                key="revision",
                value=shorten(found, _LONGEST_SHOWN),
                hint="Export it once more with the version that imports it.",
            )
