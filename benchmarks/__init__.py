"""Ordercast beside plain Celery and the bare HTTP client, on one machine, in one run: ``python -m benchmarks``."""
