"""How parts are put together: objects, lists of them and maps by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, ClassVar, Self, TypeGuard

from marshmallow import RAISE, Schema, ValidationError, fields, missing
from marshmallow.exceptions import SCHEMA

from schemas.fields import MISSING, JsonSchema, Plain, Text
from schemas.nearest import near
from schemas.repairs import Mended, cleaned, is_blank, untagged

_NAME_CHARS = 64


class Unknown(str):
    """The message of a name that is no field; ``advised`` looks for what was meant, the slowest thing here."""

    __slots__ = ("known", "name")
    name: str
    known: tuple[str, ...]

    def __new__(cls, said: str, name: str, known: tuple[str, ...]) -> Self:
        made = super().__new__(cls, said)
        made.name, made.known = name[:_NAME_CHARS], known
        return made

    def advised(self) -> str:
        """The message with the known name that was probably meant."""
        advice = near(self.name, self.known)
        return f"{self}; {advice}" if advice else str(self)


class PartSchema(Schema):
    """An object of the event. Unknown fields are refused; null, a blank text and an object of nothing but these are the
    same as leaving an optional one out.

    CloudEvents asks for the null of its attributes (JSON Event Format 1.0.2, section 2.2), and producers' serializers
    write one or the other for what they do not have. ``json_rule`` is what JSON Schema shall know beyond the fields.
    """

    json_rule: ClassVar[JsonSchema] = {}
    error_messages = {"unknown": "is not a known field", "type": "must be an object"}  # noqa: RUF012

    class Meta:
        unknown = RAISE

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

    @cached_property
    def needed(self) -> frozenset[str]:
        """The fields that are required."""
        return frozenset(name for name, field in self.load_fields.items() if field.required)

    def read(self, given: Any) -> dict[str, Any]:
        """What ``load`` gives and raises, by one loop over what is there: marshmallow goes to each field of a schema
        with four calls, and to each object inside with ten. It is for one object of which nothing may be missing or
        unknown, as these schemas are."""
        if not isinstance(given, Mapping):
            raise ValidationError({SCHEMA: [self.error_messages["type"]]}, valid_data={})
        found, faults = self._read(given)
        if faults:
            raise ValidationError(faults, valid_data=found)
        return found

    def _read(self, given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str | int, Any]]:
        """What was found, and what is wrong by the names of the fields, in the schema's order."""
        found: dict[str, Any] = {}
        faults: dict[str | int, Any] = {}
        known, readers, needed = self.load_fields, self._readers, self.needed
        for name, value in given.items():
            if value is None and name in known:
                continue
            try:
                got = readers[name](value) if name in readers else self._read_other(name, given)
            except ValidationError as error:
                got = self._second_look(name, value, error, faults)
                if got is None:
                    continue
            if got or (got.__class__ is not str and got.__class__ is not dict) or name in needed:
                found[name] = got
        for name in self._always:
            if name not in found and name not in faults:
                try:
                    found[name] = known[name].deserialize(missing, name, given)
                except ValidationError as error:
                    faults[name] = error.messages
        return found, {name: faults[name] for name in (*known, *faults) if name in faults} if faults else faults

    def _read_other(self, name: str, given: Mapping[str, Any]) -> Any:
        if name not in self.load_fields:
            raise ValidationError(self.of_unknown(name))
        return self.load_fields[name].deserialize(given[name], name, given)

    def _second_look(self, name: str, value: Any, error: ValidationError, faults: dict[str | int, Any]) -> Any:
        """What a value comes to that could not be read as it stands, or ``None``; what is wrong with it is a fault."""
        field = self.load_fields.get(name)
        if field is not None and name not in self.needed and _says_nothing(field, value):
            return None
        if isinstance(field, Part) and field.says_nothing(value) and len(wants := field.schema.needed) > 1:
            faults[name] = [f"is empty: it needs {', '.join(sorted(wants))}"]
            return None
        if value == [] and may_be_empty(field):
            return field.read({})
        got, messages = unwrapped(field, value, error)
        if messages:
            faults[name] = messages
        return got

    def of_unknown(self, name: object, more: str = "") -> Unknown:
        """What to say of a name that is no field."""
        return Unknown(self.error_messages["unknown"] + more, str(name), tuple(self.fields))


class Part(fields.Nested):
    """An object inside an object. Its schema is built once."""

    default_error_messages = MISSING
    schema: PartSchema

    def __init__(self, schema: type[PartSchema], **options: Any) -> None:
        super().__init__(schema(), **options)

    def read(self, value: Any) -> Any:
        return self.schema.read(value)

    def says_nothing(self, value: object) -> bool:
        """Whether this is an object of known names with nothing but nulls, blanks and such objects, or PHP's ``[]``."""
        known = self.schema.fields
        return value == [] or (
            isinstance(value, dict)
            and all(name in known and _says_nothing(known[name], inner) for name, inner in value.items())
        )

    def deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        """The same as marshmallow's, past its questions where there are no validators to ask."""
        if value is missing or value is None or self.validators:
            return super().deserialize(value, *args, **kwargs)
        return self.read(value)


def may_be_empty(field: Any) -> TypeGuard[Part]:
    """Whether this is an object that needs nothing inside it: PHP writes an empty one as ``[]``, also where the object
    is required."""
    return isinstance(field, Part) and not (field.schema.needed or field.schema.json_rule)


def _says_nothing(field: Any, value: object) -> bool:
    if isinstance(field, Named) and value in ({}, []):
        return True
    return is_blank(value) or (isinstance(field, Part) and field.says_nothing(value))


class Rows(fields.List[Any]):
    """A list. What is wrong with one row leaves the others in their places; of texts blank ones are left out."""

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
        skips_blanks = isinstance(self.inner, Plain)
        for index, raw in enumerate(value):
            if skips_blanks and is_blank(raw):
                continue
            try:
                rows.append(self.inner.deserialize(raw))
            except ValidationError as error:
                got, messages = unwrapped(self.inner, raw, error)
                if got is not None or not skips_blanks:
                    rows.append(got)
                if messages:
                    faults[index] = messages
        if faults:
            raise ValidationError(faults, valid_data=rows)
        return rows


class Named(fields.Dict):
    """A map from names that the producer chooses to values of one kind; null leaves a name out, a blank text too where
    all values are texts."""

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
            if not self._leaves_out(raw_name, raw):
                messages = self._take(raw_name, raw, named)
                if messages:
                    faults[raw_name] = messages
        if faults:
            raise ValidationError(faults, valid_data=named)
        return named

    def _leaves_out(self, raw_name: Any, raw: Any) -> bool:
        says_nothing = (raw is None and not self.value_field.allow_none) or (
            isinstance(self.value_field, Text) and is_blank(raw)
        )
        return says_nothing and isinstance(raw_name, str) and bool(cleaned(raw_name)[0])

    def _take(self, raw_name: Any, raw: Any, named: dict[str, Any]) -> Any:
        """Takes one value in under its name; gives what is wrong with it, or what there is to remark."""
        try:
            name, remark = self._new_name(raw_name, named)
            messages: Any = Mended(remark).messages if remark else None
            try:
                got = self.value_field.deserialize(raw)
            except ValidationError as error:
                if raw == [] and isinstance(self.value_field, Part):
                    return messages
                got, wrong = unwrapped(self.value_field, raw, error)
                messages = wrong or messages
            if got is not None or raw is None:
                named[name] = got
        except ValidationError as error:
            return error.messages
        return messages

    @staticmethod
    def _new_name(raw_name: Any, named: dict[str, Any]) -> tuple[str, str]:
        name, remark = cleaned(raw_name)
        if not name:
            raise ValidationError("a name must not be blank")
        if name in named:
            raise ValidationError("is the same name as another one")
        return name, remark


def unwrapped(field: Any, value: Any, error: ValidationError) -> tuple[Any, Any]:
    """What a value comes to that its field would not read as it stands, and what is wrong with it, if anything: one
    that kombu wrapped is read as the text that it holds."""
    text = untagged(value) if isinstance(field, Plain) else None
    if text is None:
        return error.valid_data or ({} if isinstance(field, Part) else None), error.messages
    try:
        return field.read(text), None
    except ValidationError as inner:
        return inner.valid_data or None, inner.messages
