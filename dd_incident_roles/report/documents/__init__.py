"""What every JSON document is made of, how it becomes text, and what several have in common.

Each is a model, from which its schema is made; fields may be added to it, and none changes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Any, ClassVar, Final, dataclass_transform

import pydantic
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import (
    PydanticCustomError,
    PydanticSerializationError,
    PydanticUndefined,
    core_schema,
)

JsonValue = str | int | float | bool | None | Sequence["JsonValue"] | Mapping[str, "JsonValue"]
"""What can stand in a JSON document."""


def instant(at: datetime) -> str:
    """An instant in UTC as the documents write it."""
    return at.astimezone(UTC).isoformat().removesuffix("+00:00") + "Z"


def json_line(value: JsonValue) -> str:
    """A value as JSON on one line, with all that could steer a terminal or a CI log escaped."""
    text = json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.replace("##[", "#\\u0023[").replace("\x7f", "\\u007f")


DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"


def field(
    description: str = "",
    *,
    source: str | None = None,
    name: str | None = None,
    # None is a default like any other.
    default: Any = PydanticUndefined,
    exclude: bool | None = None,
) -> Any:
    """A field of a document.

    ``source`` is where its value is found, with dots, where that is not the field's own name;
    ``name`` is what the document calls it where Python cannot. What is to ``exclude`` is there for
    the reports that people read, and is in no document.
    """
    path = source.split(".") if source else []
    return pydantic.Field(
        default,
        description=description or None,
        validation_alias=pydantic.AliasPath(path[0], *path[1:]) if path else None,
        serialization_alias=name,
        exclude=exclude,
    )


@dataclass_transform(kw_only_default=True, field_specifiers=(field,))
class Part(pydantic.BaseModel):
    """A part of a document, read from any value that has attributes of the same names."""

    model_config = pydantic.ConfigDict(
        frozen=True,
        # A command writes one document, if any, of all that it loads.
        defer_build=True,
        # NaN is no JSON: better a bug that shows than a document that nobody can read.
        allow_inf_nan=False,
        from_attributes=True,
        validate_by_name=True,
        # What has a default is in every document all the same, and its schema promises so.
        json_schema_serialization_defaults_required=True,
    )


class Document(Part):
    """A whole document, named by its class; ``written_by`` goes on "What …", as in a sentence."""

    written_by: ClassVar[str]

    @classmethod
    def name(cls) -> str:
        """What the document is called: by ``schema``, and in its first member."""
        return cls.__name__.lower()

    @classmethod
    def identifier(cls) -> str:
        """What stands under ``schema`` in the document."""
        return f"dd-incident-roles/{cls.name()}/1"

    @classmethod
    def of(cls, content: object = None, /, **members: object) -> str:
        """A document about a value, or of members, as text; raises ValidationError for a bug."""
        return cls.model_validate(members or content).text()

    def text(self, *, indent: int | None = 2) -> str:
        """The document as text, ending in a line break; without ``indent`` it is one line.

        Everything beyond ASCII is escaped, and so is what begins a command in a CI log, so that no
        text from outside can steer either; whoever reads the document gets it back unchanged.
        """
        try:
            members = self.model_dump_json(by_alias=True, indent=indent, ensure_ascii=True)
        except PydanticSerializationError:
            # A text from outside can hold half of a surrogate pair, which only Python can write.
            members = json.dumps(self.model_dump(mode="json", by_alias=True), indent=indent)
        lead = "" if indent is None else f"\n{' ' * indent}"
        text = members.replace("{", f'{{{lead}"schema": "{self.identifier()}",', 1)
        return text.replace("##[", "#\\u0023[").replace("\x7f", "\\u007f") + "\n"

    @classmethod
    def schema_text(cls) -> str:
        """The JSON Schema of the document as text."""
        made = cls.model_json_schema(
            mode="serialization", by_alias=True, schema_generator=PlainSchema
        )
        about = made["description"]
        named = {
            "description": "Which document this is, and its version.",
            "const": cls.identifier(),
        }
        whole = {
            "$schema": DRAFT,
            "$id": f"urn:dd-incident-roles:{cls.name()}:1",
            "title": cls.name(),
            # The first sentence of the class goes on from what writes it.
            "description": f"What {cls.written_by}: {about[0].lower()}{about[1:]} Fields may be "
            "added to it, and never change.",
            "type": "object",
            "properties": {"schema": named, **made["properties"]},
            "required": ["schema", *made["required"]],
            "$defs": made.get("$defs", {}),
        }
        return json.dumps(whole, indent=2) + "\n"


class PlainSchema(GenerateJsonSchema):
    """Schemas without titles: one that repeats the name of a field tells nobody anything."""

    def field_title_should_be_set(self, schema: object) -> bool:
        """Never."""
        # Pydantic would write the name of each field once more, as its title.
        del schema
        return False

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        """Without the default, which a reader of the document never has to fill in."""
        return self.generate_inner(schema["schema"])

    def tagged_union_schema(self, schema: core_schema.TaggedUnionSchema) -> JsonSchemaValue:
        """One of several is enough: a later version may make two of them overlap."""
        made = super().tagged_union_schema(schema)
        return {"anyOf": made.pop("oneOf"), **made} if "oneOf" in made else made


def _seconds(value: object) -> object:
    return value.total_seconds() if isinstance(value, timedelta) else value


def _in_utc(value: object) -> object:
    """A moment that names its zone, in UTC; a number is not taken for one."""
    try:
        at = _written(value) if isinstance(value, str) else value
        if isinstance(at, datetime) and at.tzinfo:
            # Nearly all are in UTC, and a snapshot has very many of them.
            return at if at.tzinfo is UTC else at.astimezone(UTC)
    except (ValueError, OverflowError):
        # The first and the last day of the calendar can lie beyond it in UTC.
        at = None
    if isinstance(at, datetime):
        raise PydanticCustomError("zone", "is a time without a zone; write UTC as Z")
    raise PydanticCustomError("time", "must be a time such as 2026-01-31T14:03:00Z")


@lru_cache(maxsize=1000)
def _written(text: str) -> datetime:
    # A document says most of its times again and again.
    at = datetime.fromisoformat(text)
    return at if at.tzinfo in {None, UTC} else at.astimezone(UTC)


Instant = Annotated[
    datetime,
    pydantic.PlainValidator(_in_utc),
    pydantic.PlainSerializer(instant, return_type=str),
    pydantic.WithJsonSchema({"type": "string", "format": "date-time"}),
]
"""A moment, written in UTC."""

Seconds = Annotated[float, pydantic.BeforeValidator(_seconds)]
"""A length of time."""

Lasting = Annotated[float, pydantic.Field(ge=0), pydantic.BeforeValidator(_seconds)]
"""A length of time that cannot be negative."""

Count = Annotated[int, pydantic.Field(ge=0)]
"""How many there are."""

RuleId = Annotated[str, pydantic.Field(pattern=r"^IR[0-9]{3}$")]
"""The id of a rule."""

ByName = pydantic.WrapSerializer(lambda value, write: write(dict(sorted(value.items()))))
"""Sorts an object by its names, so that the same values give the same text."""


class TargetState(StrEnum):
    """How what the record holds compares with what a target shows.

    NOT_KNOWN is where nobody could look. What waits in the record is PENDING all the same.
    """

    IN_SYNC = "in_sync"
    PENDING = "pending"
    NOT_SUPPORTED = "not_supported"
    CONFLICT = "conflict"
    NOT_KNOWN = "not_known"


class Person(Part):
    """A person."""

    email: str | None = field("The e-mail, else the handle or key, if it is known.")
    name: str | None = field("The name, if it is known.")

    @property
    def label(self) -> str:
        """How the person is named in a sentence."""
        return self.name or self.email or "somebody"


class IncidentRef(Part):
    """An incident."""

    id: str = field("Its id in Datadog.")
    public_id: Count = field("Its public id, the number after IR-.")
    title: str | None = field("Its title; null for a private incident.")


class Gap(Part):
    """Something that could not be looked at."""

    incident: int | str | None = field(
        "The public id of the incident, else the name that was typed; null if it is "
        "not about one incident."
    )
    reason: str = field("Why not.")
