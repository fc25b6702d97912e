"""Retargeting: an account's settings, and the shape of what order/save answers."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from marshmallow import RAISE, Schema, fields, post_load, validate

from schemas.config import Secret
from schemas.fields import Flag
from schemas.providers.secret import SecretText
from schemas.shapes import reader


class RetargetingOptions(msgspec.Struct, frozen=True, kw_only=True):
    """The kind's own settings.

    ``placeholder`` stands where the vendor requires a text that the order lacks. ``retry_errors`` are texts of
    ``data.error`` that pass by themselves; every other one is a refusal.
    """

    api_key: Secret
    format: Literal["json", "serial"] = "json"
    placeholder: str = "-"
    require_consent: bool = False
    max_input_vars: int = 1000
    retry_errors: tuple[str, ...] = ()


class RetargetingOptionsSchema(Schema):
    """Reads the kind's own settings; the result is ``RetargetingOptions``."""

    class Meta:
        unknown = RAISE

    api_key = SecretText(required=True)
    format = fields.String(validate=validate.OneOf(["json", "serial"]))
    placeholder = fields.String(validate=validate.Length(min=1, max=64))
    require_consent = Flag()
    max_input_vars = fields.Integer(strict=True, validate=validate.Range(min=50, max=1_000_000))
    retry_errors = fields.List(fields.String(validate=validate.Length(min=1)))

    @post_load
    def _options(self, settings: dict[str, Any], **_: Any) -> RetargetingOptions:
        settings["retry_errors"] = tuple(settings.get("retry_errors", ()))
        return RetargetingOptions(**settings)


class RetargetingAnswer(msgspec.Struct, frozen=True):
    """What order/save answers, in JSON or serialize alike. Source: order/save page, "Response Example" (2019-03-29).

    ``status`` is a number on success and text on an error. ``result`` is the field ``data``; PHP writes an empty one
    as a list.
    """

    status: int
    message: str = ""
    error: Any = None
    result: Any = msgspec.field(default=None, name="data")

    @property
    def succeeded(self) -> bool:
        return self.status == 200 and isinstance(self.result, dict) and self.result.get("success") is True  # noqa: PLR2004  the page's own number

    @property
    def refusal(self) -> str | None:
        """The text of ``data.error``, where there is one."""
        error = self.result.get("error") if isinstance(self.result, dict) else None
        return str(error) if error else None


def read_answer(tree: object) -> RetargetingAnswer:
    """The answer in a decoded body. Raises ``msgspec.ValidationError`` where it is none."""
    answer: RetargetingAnswer = _read(tree)
    return answer


_read = reader(RetargetingAnswer, strict=False)
