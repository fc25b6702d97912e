"""What the desk advises, in the words of the web: what to send, or where to press."""

from __future__ import annotations

from worker.errors import OrdercastError
from worker.ops.desk.advice import Advice, Advised

TEXTS = {
    Advice.SAY_WHY: "Say why: a {deed} goes on record.",
    Advice.SAY_WHAT: "Say what to {verb}: give ids, or a filter such as a provider or a state.",
    Advice.GROUP_FILTERS: "Causes can be asked for by provider and reason only.",
    Advice.ORDER_SOURCE: "Order {number} exists at {known}: say which source.",
    Advice.EVENT_SOURCE: "Event {named} came from {known}: say which source.",
    Advice.NO_FILTER: "An export of {what} cannot be narrowed by {name}: there is {known}.",
    Advice.NAME_CONFIGURATION: "There is no provider {name!r}: this web process has a configuration without providers.",
    Advice.ID_TOO_SHORT: "{named} is too short. Give more characters of the id.",
    Advice.NOT_KEPT: "There is no event, delivery or refusal {named}: its days may be over.",
    Advice.NOT_EDITED: "No replay of {named} was edited.",
    Advice.EMPTY_CONFIGURATION: "This configuration has no provider, so nothing was applied.",
    Advice.SEE_USERS: "There is no user {name}.",
    Advice.SEE_TOKENS: "There is no token {name}.",
    Advice.START_ONE: "start {one} with `ordercast up` or `celery -A worker worker`",
    Advice.START_HERE: "start them with `ordercast up`",
    Advice.START_ON_HOSTS: (
        "start them with `ordercast up`, or with `celery -A worker worker --apply-config` on every host that is to work"
    ),
    Advice.SEE_DEAD: "the dead letters of {provider} show why",
    Advice.SEE_WAITING: "see the deliveries of {provider}",
    Advice.SEE_REFUSED: "the refusals show why",
    Advice.SEE_UNREAD: "`ordercast check` shows more",
    Advice.SEE_STATUS: "see the overview",
    Advice.SEE_JOB: "job {job} says which and how",
    Advice.WRITE_FIRST: "`ordercast check --apply` writes these, `ordercast up` does so too",
    Advice.APPLY_ALL: "`ordercast check --apply --yes`",
    Advice.APPLY_THIS: "`ordercast check --apply` applies this one",
    Advice.LOOK_WITH: "`ordercast --config {file} status` looks with that one",
    Advice.SEE_DIFF: "`ordercast providers diff` shows what differs, and what to type",
    Advice.SEE_AND_APPLY: "`ordercast providers diff` shows {many}; `ordercast check --apply` applies {many}",
    Advice.SEE_AND_APPLY_ALL: "`ordercast providers diff` shows {many}; `ordercast check --apply --yes` applies {many}",
}


class WebWording:
    """The words of the web."""

    def say(self, advice: Advice, **told: object) -> str:
        return TEXTS[advice].format(**told)

    def named(self, sentence: str) -> str:
        return sentence

    def of(self, error: OrdercastError) -> str:
        if isinstance(error, Advised) and error.advice is not None:
            return self.say(error.advice, **error.told)
        return str(error)
