"""The shop's article of each item: named by the event, or asked for by sku and kept for a day.

Source: page "Model mapping" (``models.md`` of goldenplanetdk/api-example): ``{"models": […]}`` is answered with a list
of ``{"model", "product_id", "variant_id"}``; ``product_article_id`` is the ``variant_id``.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from schemas.config import ProviderConfig
from schemas.order import Item
from schemas.outcome import Outcome, OutcomeKind, Reason
from schemas.providers.openbizbox import HeldLine, read_id
from worker.providers.base import Memory, Reply, Request
from worker.providers.openbizbox.api import Calls, any_tree, read

KEPT_S = 86_400.0
MODELS_A_CALL = 200
NO_ARTICLE = 0  # of an item whose article is not known: the shop's own are above it


class Articles:
    """What the shop calls our items."""

    def __init__(self, config: ProviderConfig, memory: Memory, calls: Calls) -> None:
        self._name = config.name
        self._memory = memory
        self._calls = calls

    def of_items(self, items: list[Item]) -> Generator[Request, Reply, dict[str, int] | Outcome]:
        """Item id to article; ``rejected`` (``no_article``) where the shop has none for an item."""
        articles = {item.id: article for item in items if (article := _named(item)) is not None}
        skus = list(dict.fromkeys(item.sku for item in items if item.id not in articles and item.sku))
        known = {sku: int(kept) for sku in skus if (kept := self._memory.recall(self._slot(sku)))}
        missing = [sku for sku in skus if sku not in known]
        for start in range(0, len(missing), MODELS_A_CALL):
            asked = yield from self._ask(missing[start : start + MODELS_A_CALL])
            if isinstance(asked, Outcome):
                return asked
            known |= asked
        articles |= {item.id: known[item.sku] for item in items if item.id not in articles and item.sku in known}
        return _without_article(items, articles) or articles

    def known(self, items: list[Item], lines: list[HeldLine]) -> dict[str, int]:
        """Item id to article with no question to the shop: as it was last answered, else as the lines there have it
        whose model is the item's sku; ``NO_ARTICLE`` where neither tells."""
        rows = [{"model": line.model, "variant_id": line.article} for line in lines]
        there = _read_mapping(rows, [item.sku for item in items if item.sku])
        return {item.id: _named(item) or self._kept(item) or there.get(item.sku or "") or NO_ARTICLE for item in items}

    def forget(self, items: list[Item]) -> None:
        """Ask again next time: what was kept may be why the shop refused the order."""
        for item in items:
            if item.sku and _named(item) is None:
                self._memory.forget(self._slot(item.sku))

    def _ask(self, skus: list[str]) -> Generator[Request, Reply, dict[str, int] | Outcome]:
        tree = yield from read(self._calls.map_models(skus), any_tree)
        if isinstance(tree, Outcome):
            return tree
        found = _read_mapping(tree, skus)
        for sku, article in found.items():
            self._memory.keep(self._slot(sku), str(article), KEPT_S)
        return found

    def _kept(self, item: Item) -> int | None:
        kept = self._memory.recall(self._slot(item.sku)) if item.sku else None
        return int(kept) if kept else None

    def _slot(self, sku: str) -> str:
        return f"{self._name}:article:{sku}"


def _named(item: Item) -> int | None:
    """The article that the event itself names."""
    article = read_id(item.variant_id)
    return int(article) if article and int(article) > 0 else None


def _read_mapping(tree: list[Any] | dict[str, Any], skus: list[str]) -> dict[str, int]:
    """The article of each sku that has exactly one: two variants of one model are not to be guessed at."""
    found: dict[str, set[int]] = {}
    for row in tree.values() if isinstance(tree, dict) else tree:
        article = read_id(row.get("variant_id")) if isinstance(row, dict) else None
        if article and isinstance(row.get("model"), str):
            found.setdefault(row["model"], set()).add(int(article))
    return {sku: next(iter(found[sku])) for sku in skus if len(found.get(sku, ())) == 1}


def _without_article(items: list[Item], articles: dict[str, int]) -> Outcome | None:
    lacking = [item for item in items if item.id not in articles]
    if not lacking:
        return None
    named = ", ".join(f"{item.id} (sku {item.sku})" if item.sku else f"{item.id} (no sku)" for item in lacking[:5])
    more = f" and {len(lacking) - 5} more" if len(lacking) > 5 else ""  # noqa: PLR2004  as many as are named
    message = f"The shop has no single article for item {named}{more}: give it variant_id, or the model as sku."
    return Outcome(kind=OutcomeKind.REJECTED, reason=Reason.NO_ARTICLE, message=message)
