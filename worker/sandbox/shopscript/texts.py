"""What the shop says in the language of the token's user: only its own texts, for the framework's are English ones.

Our own words: a client that matches on them is wrong, for the codes alone are stable.
"""

from __future__ import annotations

from typing import Any

RUSSIAN = {
    "Order not found.": "Заказ не найден.",
    "Order items not found.": "Товары заказа не найдены.",
    "Please add at least one product to save this order": "Добавьте в заказ хотя бы один товар",
    "Available action not found for the specified order.": "Нет доступного действия для этого заказа.",
    "Access denied for the limited courier token.": "Доступ по токену курьера запрещён.",
    "Action not available to user.": "Действие недоступно пользователю.",
}


def translated(answer: Any, language: str) -> Any:
    """The answer with the shop's own texts in this language; every other text stays."""
    if isinstance(answer, dict):
        return {name: translated(leaf, language) for name, leaf in answer.items()}
    if isinstance(answer, list):
        return [translated(leaf, language) for leaf in answer]
    return RUSSIAN.get(answer, answer) if language == "ru" and isinstance(answer, str) else answer
