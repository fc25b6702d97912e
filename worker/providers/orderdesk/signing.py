"""By what a note in an order's history names its delivery: the start of its key, as in ``(Ordercast dugr7izons)``."""

from __future__ import annotations

from worker.providers.base import Job

KEY_CHARS = 10  # of a delivery's id, 45 bits: the notes of one order never share them


def signature(job: Job) -> str:
    """By what a note names its delivery: the start of the idempotency key, and the number of the edit."""
    delivery, dot, edit = job.idempotency_key.partition(".")
    return f"(Ordercast {delivery[:KEY_CHARS]}{dot}{edit})"


def signed(text: str, job: Job) -> str:
    return f"{text} {signature(job)}"


def is_signed_by(note: str, job: Job) -> bool:
    """Whether this delivery wrote the note, edited since or not."""
    return f"(Ordercast {job.delivery_id[:KEY_CHARS]}" in note
