"""`[store] file_only`: a sandbox's file, whose store no variable of a shell may change for a real one."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from schemas.config import Config, LimitsConfig, StoreConfig
from worker.errors import ConfigError
from worker.settings import load_settings


def test_where_the_file_alone_says_the_store_no_variable_does_and_others_still_count(tmp_path: Path) -> None:
    file = tmp_path / "ordercast.toml"
    environ = {
        "REDIS_URL": "redis://r:1/0",
        "CELERY_BROKER_URL_FILE": "not-there",
        "ORDERCAST_STORE_URL": "redis://own:1",
        "ORDERCAST_STORE_LISTEN": "off",
        "ORDERCAST_LIMITS_MAX_PENDING": "5",
    }
    file.write_text('[store]\ndir = "d"\nfile_only = true')
    found = msgspec.structs.replace(load_settings(str(file), environ), origins={})
    assert found == Config(store=StoreConfig(dir="d"), limits=LimitsConfig(max_pending=5))
    del environ["CELERY_BROKER_URL_FILE"]
    file.write_text("[store]\nfile_only = false")
    assert load_settings(str(file), environ).store.url == "redis://own:1"
    file.write_text('[store]\nfile_only = "yes"')
    with pytest.raises(ConfigError, match=r"store\.file_only: "):
        load_settings(str(file), environ)
