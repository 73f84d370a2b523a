"""What the sandbox is given from outside: refused with the place and the value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Annotated, Final, TypeVar, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, validate_call

from dd_incident_roles.errors import ConfigurationError

WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "missing": "is required",
        "missing_argument": "is required",
        "string_type": "must be a text",
        "string_too_short": "must be a text",
        "int_type": "must be a whole number",
        "float_type": "must be a number",
        "bool_type": "must be true or false",
        "tuple_type": "must be a list",
        "mapping_type": "must be an object",
        "dict_type": "must be an object",
        "model_type": "must be an object",
        "model_attributes_type": "must be an object",
    }
)
"""Our own words for what pydantic says in the words of Python."""


class Given(BaseModel):
    """One object that a person wrote: its parts are known, and none is converted."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _moment(value: object) -> datetime | None:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            raise ValueError("must be a time such as 2026-01-31T09:30:00Z") from None
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if value is None:
        return None
    # YAML makes a date of a day without a time.
    raise ValueError("must be a time, not a date" if isinstance(value, date) else "must be a time")


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


Text = Annotated[str, Field(min_length=1)]
Texts = Annotated[tuple[str, ...], BeforeValidator(_listed)]
"""A list of texts, for which a single text will do."""
Moment = Annotated[datetime, BeforeValidator(_moment)]
"""A moment; one without an offset is UTC."""

Model = TypeVar("Model", bound=Given)


def checked(model: type[Model], parts: object, *, file: str | None = None) -> Model:
    """Reads an object; raises ConfigurationError, which names the file, the place and the value."""
    try:
        return model.model_validate(parts)
    except ValidationError as error:
        raise _wrong(error, model, file) from None


def call(act: Callable[..., object], parts: Mapping[str, object]) -> None:
    """Calls an act with the parts that its arguments are named after; raises ConfigurationError."""
    try:
        # Strict, since JSON says itself what is a text and what is a number.
        validate_call(config=ConfigDict(strict=True))(act)(**parts)
    except ValidationError as error:
        raise _wrong(error) from None


def path_of(place: tuple[str | int, ...]) -> str:
    """Writes the place of a part, such as ``incidents[0].roles.Scribe``."""
    written = "".join(f"[{each}]" if isinstance(each, int) else f".{each}" for each in place)
    return written.removeprefix(".")


def _wrong(
    errors: ValidationError, model: type[Given] | None = None, file: str | None = None
) -> ConfigurationError:
    error = errors.errors()[0]
    kind, context = error["type"], error.get("ctx", {})
    if kind in {"extra_forbidden", "unexpected_keyword_argument"}:
        known = sorted(_known(model, error["loc"])) if model is not None else []
        problem = f"is unknown; there are {', '.join(known)}" if known else "is unknown"
    elif kind in {"enum", "literal_error"}:
        # chr(39) is the quote, which an f-string of Python 3.11 cannot have in there.
        problem = f"must be one of {str(context['expected']).replace(chr(39), '')}"
    elif kind == "value_error":
        problem = str(context["error"])
    else:
        problem = WORDS.get(kind, error["msg"])
    return ConfigurationError(
        problem,
        file=file,
        key=path_of(error["loc"]) or None,
        # What is missing is shown by pydantic as the object that lacks it.
        value=None if kind.startswith("missing") or not error["loc"] else error["input"],
    )


def _known(model: type[Given], place: tuple[str | int, ...]) -> tuple[str, ...]:
    """Lists the parts that the object with this part could have."""
    for name in place[:-1]:
        if isinstance(name, str) and name in model.model_fields:
            inner = [
                each
                for each in get_args(model.model_fields[name].annotation)
                if isinstance(each, type) and issubclass(each, Given)
            ]
            model = inner[0] if inner else model
    return tuple(field.alias or name for name, field in model.model_fields.items())
