"""The whole ledger as people and the door see it, whether it is one store or split over several.

Each ``open_…`` gives the one class where the ledger is one store, and where it has shards the same over all of them.
What works lanes works one shard, and is not here.
"""
