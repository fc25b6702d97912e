"""How parts are put together: objects, lists of them and maps by name, and the plain JSON values of metadata."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, ClassVar, cast

from marshmallow import RAISE, Schema, ValidationError, fields, missing
from marshmallow.exceptions import SCHEMA

from schemas.fields import MAX_WHOLE, MISSING, JsonSchema, Plain, Text, read_text


class PartSchema(Schema):
    """An object of the event. Unknown fields are refused; null for a known one is the same as leaving it out.

    CloudEvents asks for this of its attributes (JSON Event Format 1.0.2, section 2.2), and producers' serializers
    write null for what they do not have. ``json_rule`` is what JSON Schema shall know beyond the fields.
    """

    json_rule: ClassVar[JsonSchema] = {}
    error_messages = {"unknown": "is not a known field", "type": "must be an object"}  # noqa: RUF012

    class Meta:
        unknown = RAISE

    @cached_property
    def _has_rules(self) -> bool:
        return any(self._hooks.values())

    @cached_property
    def _readers(self) -> dict[str, Callable[[Any], Any]]:
        """What reads a value that is there, of the fields that read it by itself: past marshmallow's questions."""
        by_themselves = (Part, Rows, Named, Plain)
        known = self.load_fields.items()
        return {name: one.read for name, one in known if isinstance(one, by_themselves) and not one.validators}

    @cached_property
    def _always(self) -> list[str]:
        """The fields that are looked at also where they were left out."""
        return [name for name, field in self.load_fields.items() if field.required or field.load_default is not missing]

    def read(self, given: Any) -> dict[str, Any]:
        """What ``load`` gives and raises, by one loop over what is there: marshmallow goes to each field of a schema
        with four calls, and to each object inside with ten. It is for one object of which nothing may be missing or
        unknown, as these schemas are; one with rules of its own goes marshmallow's way."""
        if self._has_rules:
            return cast(dict[str, Any], self.load(given))
        if not isinstance(given, Mapping):
            raise ValidationError({SCHEMA: [self.error_messages["type"]]}, valid_data={})
        found, faults = self._read(given)
        if faults:
            raise ValidationError(faults, valid_data=found)
        return found

    def _deserialize(self, data: Any, *, error_store: Any, **options: Any) -> Any:
        if not isinstance(data, Mapping):
            return super()._deserialize(data, error_store=error_store, **options)
        found, faults = self._read(data)
        for name, messages in faults.items():
            error_store.store_error(messages, name)
        return found

    def _read(self, given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str | int, Any]]:
        """What was found, and what is wrong by the names of the fields, in the schema's order."""
        found: dict[str, Any] = {}
        faults: dict[str | int, Any] = {}
        known, readers = self.load_fields, self._readers
        for name, value in given.items():
            if value is None and name in known:
                continue
            try:
                if name in readers:
                    found[name] = readers[name](value)
                elif name in known:
                    found[name] = known[name].deserialize(value, name, given)
                else:
                    faults[name] = [self.error_messages["unknown"]]
            except ValidationError as error:
                faults[name] = error.messages
                if error.valid_data:
                    found[name] = error.valid_data
        for name in self._always:
            if name not in found and name not in faults:
                try:
                    found[name] = known[name].deserialize(missing, name, given)
                except ValidationError as error:
                    faults[name] = error.messages
        return found, {name: faults[name] for name in (*known, *faults) if name in faults} if faults else faults


class Part(fields.Nested):
    """An object inside an object. Its schema is built once."""

    default_error_messages = MISSING

    def __init__(self, schema: type[PartSchema], **options: Any) -> None:
        super().__init__(schema(), **options)

    def read(self, value: Any) -> Any:
        own: Any = self.schema
        return own.read(value)

    def deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        """The same as marshmallow's, past its questions where there are no validators to ask."""
        if value is missing or value is None or self.validators:
            return super().deserialize(value, *args, **kwargs)
        return self.read(value)


class Rows(fields.List[Any]):
    """A list. What is wrong with one row leaves the others in their places."""

    default_error_messages = MISSING

    def __init__(
        self, row: Part | Plain[Any], *, at_least: int = 0, at_most: int | None = None, **options: Any
    ) -> None:
        super().__init__(row, **options)
        self.at_least = at_least
        self.at_most = at_most

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> list[Any]:
        return self.read(value)

    def read(self, value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise ValidationError("must be a list")
        if len(value) < self.at_least:
            raise ValidationError(f"must have at least {self.at_least}")
        if self.at_most is not None and len(value) > self.at_most:
            raise ValidationError(f"must have at most {self.at_most}")
        rows: list[Any] = []
        faults: dict[str | int, Any] = {}
        for index, raw in enumerate(value):
            try:
                rows.append(self.inner.deserialize(raw))
            except ValidationError as error:
                faults[index] = error.messages
                rows.append(error.valid_data)
        if faults:
            raise ValidationError(faults, valid_data=rows)
        return rows


class Named(fields.Dict):
    """A map from names that the producer chooses to values of one kind; null leaves a name out."""

    default_error_messages = MISSING
    value_field: Part | Plain[Any]

    def __init__(self, inner: Part | Plain[Any], **options: Any) -> None:
        super().__init__(values=inner, **options)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> dict[Any, Any]:
        return self.read(value)

    def read(self, value: Any) -> dict[Any, Any]:
        if not isinstance(value, dict):
            raise ValidationError("must be an object")
        named: dict[Any, Any] = {}
        faults: dict[str | int, Any] = {}
        for raw_name, raw in value.items():
            if raw is None and not self.value_field.allow_none:
                continue
            try:
                name = self._new_name(raw_name, named)
                named[name] = self.value_field.deserialize(raw)
            except ValidationError as error:
                faults[raw_name] = error.messages
        if faults:
            raise ValidationError(faults, valid_data=named)
        return named

    @staticmethod
    def _new_name(raw_name: Any, named: dict[str, Any]) -> str:
        name = read_text(raw_name)
        if not name.strip():
            raise ValidationError("a name must not be blank")
        if name in named:
            raise ValidationError("is the same name as another one")
        return name


class Scalar(Plain[Any]):
    """A plain JSON value: text, true, false, a number, or null where ``allow_none``. Whole floats become integers."""

    def read(self, value: Any) -> str | float | bool:
        if isinstance(value, str):
            return read_text(value)
        if isinstance(value, bool):
            return value
        if not isinstance(value, int | float):
            raise ValidationError("must be a text, a number, true or false, and no list or object")
        if not -MAX_WHOLE <= value <= MAX_WHOLE:
            raise ValidationError("must be within 2^53: write a longer number as a text")
        return int(value) if value == int(value) else value

    def json_schema(self) -> JsonSchema:
        number = {"type": "number", "minimum": -MAX_WHOLE, "maximum": MAX_WHOLE}
        return {"anyOf": [Text().json_schema(), {"type": "boolean"}, number]}
