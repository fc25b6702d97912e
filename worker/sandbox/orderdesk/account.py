"""The played store itself: its id and key, its folders, and what it tells of its settings.

Source: the vendor's page "Store Settings" (2018-04-30).
"""

from __future__ import annotations

from worker.sandbox.orderdesk.values import Json

STORE_ID = "1001"
API_KEY = "test-orderdesk-key"
TIMEZONE = "America/Los_Angeles"
FOLDERS = {21654: "New", 21655: "Prepared", 21656: "Closed", 21657: "Canceled"}


def shown_store(store_id: str, api_key: str, timezone: str) -> Json:
    """What the settings call answers: it gives the API key and the mail server's password away."""
    settings = {
        "app_version": "2.0",
        "locale_code": "en_US",
        "timezone": timezone,
        "store_country": "US",
        "store_email": "store@example.com",
        "admin_email": "admin@example.com",
        "date_format": "Y-m-d H:i:s",
        "orders_per_page": 50,
        "all_orders_name": "All Orders",
        "api_key": api_key,
        "shipping_methods": [],
        "smtp_port": "25",
        "smtp_host": "",
        "smtp_username": "",
        "smtp_password": "test-smtp-password",
    }
    folders = {str(folder): name for folder, name in FOLDERS.items()}
    return {"id": store_id, "name": "Test Store", "settings": settings, "folders": folders}


def folder_named(sent: Json) -> int | None:
    """The folder that a move names, by id or by exact name. ``None`` where there is none, or both are given."""
    if {"destination_folder_id", "destination_folder_name"} <= sent.keys():
        return None
    by_name = {name: folder for folder, name in FOLDERS.items()}
    folder = by_name.get(str(sent.get("destination_folder_name")), sent.get("destination_folder_id"))
    return folder if isinstance(folder, int) and folder in FOLDERS else None
