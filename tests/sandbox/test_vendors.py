import inspect

from worker.sandbox import KINDS, load_vendors


def test_every_kind_is_played_by_the_class_of_its_name():
    vendors = load_vendors(clock=lambda: 0.0, per_second=5, burst=7)
    assert [(vendor.kind, type(vendor).__name__) for vendor in vendors] == list(KINDS.items())
    assert [vendor.orders() for vendor in vendors] == [[]] * len(KINDS)


def test_no_vendor_reads_the_wire_with_an_adapters_eyes():
    for vendor in load_vendors():
        assert "worker.providers" not in inspect.getsource(inspect.getmodule(vendor))
