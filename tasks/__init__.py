"""The flow of Ordercast.

    accept | deliver ─┬─ settle
                      ├─ park ─ wake ─┐   (back to deliver)
                      └─ bury ─ replay┘

A raw event is accepted or refused (``accept``). An accepted event becomes one delivery per provider that wants it, each
in the lane of its order. A runner (``deliver``) claims the head of a lane, attempts it (``attempt``), and records the
end of the attempt: settled, parked until it is woken, or buried until a person replays or discards it.
"""
