"""One order's lane at a played OpenBizBox shop, over a line that breaks where it is told to.

Events are attempted as the engine does it: after a break that leaves doubt the operation is looked up, an *absent* is
believed only when what was on the wire has come in, and a person's forced replay looks nothing up.
"""

from schemas.config import Secret
from schemas.delivery import Link, delivery_id
from schemas.outcome import OutcomeKind
from schemas.providers.openbizbox import OpenBizBoxOptions
from tests.fakes.wire import exchange, open_account
from worker.providers.base import Absent, Found, Job, Settled, Undetermined
from worker.providers.openbizbox import OpenBizBox
from worker.sandbox.openbizbox import OpenBizBox as Shop

NOW = 1_700_000_000.0


def client(**options):
    secrets = {"client_id": "test-client", "client_secret": Secret("test-openbizbox-secret")}
    return open_account(OpenBizBox, OpenBizBoxOptions(**secrets, **options))


class Lane:
    """``link``, ``order`` and ``doubt`` are what the engine would keep; ``order_key`` is the provider's setting."""

    def __init__(self, shop=None, order_key="{number}", **options):
        self.shop = shop or Shop()
        self.order_key = order_key
        self.provider = client(**options)
        self.link = Link()
        self.order = None
        self.doubt = False
        self.late = []

    def job(self, event):
        identity = delivery_id("openbizbox", event.source, event.id)
        key = self.order_key.format(source=event.source, number=event.subject)
        return Job(identity, event, key, identity, self.link, event.data.order or self.order)

    def deliver(self, event, *cuts):
        """What the event comes to, one attempt for each cut and one without. A cut is the number of the call to the
        orders that gets no answer, and whether it is done ``before`` (never), ``after`` (now) or ``late``."""
        for cut in cuts:
            self.attempt(event, cut)
        return self.attempt(event)

    def attempt(self, event, cut=None, *, forced=False):
        """The outcome, ``Settled`` or ``Undetermined`` that ends this attempt, ``None`` where it was broken off."""
        is_blind = self.doubt and self.provider.operation(self.job(event)).on_unknown != "look_up"
        if self.doubt and not forced and not is_blind:
            seen = self._looked_up(event)
            if not isinstance(seen, Absent | Found):
                return seen
        if not is_blind:  # what is sent again at once may overtake what was sent before
            self.come_in()
        self.order = event.data.order or self.order
        outcome = self._hold(self.provider.operation(self.job(event)).converse(), cut)
        if outcome is not None:
            self.link = outcome.link or self.link
            self.doubt = outcome.kind is OutcomeKind.UNKNOWN
            self.come_in()
        return outcome

    def come_in(self):
        """What was on the wire is done now."""
        for request in self.late:
            exchange(request, self.shop, NOW)
        self.late.clear()

    def _looked_up(self, event):
        """What is seen at once, and where that is nothing, what is seen when everything late has come in."""
        seen = self._hold(self.provider.operation(self.job(event)).look_up())
        if isinstance(seen, Absent):
            self.come_in()
            seen = self._hold(self.provider.operation(self.job(event)).look_up())
        self.doubt = isinstance(seen, Undetermined)
        if isinstance(seen, Found | Settled):
            self.link = seen.link or self.link
        return seen

    def _hold(self, conversation, cut=None):
        answer, calls = None, 0
        while True:
            try:
                request = next(conversation) if answer is None else conversation.send(answer)
            except StopIteration as end:
                return end.value
            calls += "/orders" in request.path
            self.doubt |= request.mutating
            if cut is not None and calls == cut[0] and "/orders" in request.path:
                conversation.close()
                if cut[1] == "late":
                    self.late.append(request)
                elif cut[1] == "after":
                    exchange(request, self.shop, NOW)
                return None
            answer = exchange(request, self.shop, NOW)

    @property
    def held(self):
        """The one order of the shop."""
        [held] = self.shop.orders()
        return held

    @property
    def notes(self):
        """The comment's lines."""
        return self.held["comment"].splitlines()
