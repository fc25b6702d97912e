"""Instants as OpenBizBox takes them."""

from __future__ import annotations

from datetime import datetime

from schemas.providers.openbizbox import OpenBizBoxOptions


def shop_time(instant: datetime, options: OpenBizBoxOptions) -> str:
    """``2012-12-12 14:14``: the shop's own time, without a zone (page "Order")."""
    return instant.astimezone(options.zone).strftime("%Y-%m-%d %H:%M")
