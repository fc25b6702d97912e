"""What the desk advises, in the words of the command line: what to type."""

from __future__ import annotations

from worker.errors import OrdercastError
from worker.ops.desk.advice import Advice, Advised

TEXTS = {
    Advice.SAY_WHY: "Say why with --why TEXT: a {deed} goes on record.",
    Advice.SAY_WHAT: "Say what to {verb}: give ids, or filters such as --provider or --state dead.",
    Advice.GROUP_FILTERS: "Groups can be asked for by --provider and --reason only.",
    Advice.ORDER_SOURCE: "Order {number} exists at {known}: say which with --source.",
    Advice.EVENT_SOURCE: "Event {named} came from {known}: say which with --source.",
    Advice.NO_FILTER: "There is no --{name} for {what}. There is {known}.",
    Advice.NAME_CONFIGURATION: (
        "There is no provider {name!r}; configured are none: name the file with --config, as `up --sandbox` prints its"
        " own."
    ),
    Advice.ID_TOO_SHORT: "{named} is too short. Give more characters of the id, as `ordercast dead` shows them.",
    Advice.NOT_KEPT: (
        "There is no event, delivery or refusal {named}: its days may be over. `ordercast order NUMBER` and"
        " `ordercast refusals` list what is kept."
    ),
    Advice.NOT_EDITED: "No replay of {named} was edited: leave --edited out.",
    Advice.EMPTY_CONFIGURATION: (
        "This configuration has no provider, so nothing was applied: an empty file wipes nothing. Remove a provider"
        " with `ordercast providers remove NAME`; to apply others, add [providers.NAME] to the configuration, or name"
        " another file with --config."
    ),
    Advice.SEE_USERS: "There is no user {name}: `ordercast user list` shows who there is.",
    Advice.SEE_TOKENS: "There is no token {name}: `ordercast token list` shows which there are.",
    Advice.START_ONE: "start {one} with `ordercast up` or `celery -A worker worker`",
    Advice.START_HERE: "start them with `ordercast up`",
    Advice.START_ON_HOSTS: (
        "start them with `ordercast up`, or with `celery -A worker worker --apply-config` on every host that is to work"
    ),
    Advice.SEE_DEAD: "`ordercast dead --group --provider {provider}` shows why",
    Advice.SEE_WAITING: "`ordercast deliveries --provider {provider}`",
    Advice.SEE_REFUSED: "`ordercast refusals` shows why",
    Advice.SEE_UNREAD: "see `ordercast check`",
    Advice.SEE_STATUS: "see `ordercast status`",
    Advice.SEE_JOB: "`ordercast job {job}` says which and how",
    Advice.WRITE_FIRST: "`{program} check --apply` writes these, `up` does so too",
    Advice.APPLY_ALL: "`{program} check --apply --yes`",
    Advice.APPLY_THIS: "`{program} check --apply` applies this one",
    Advice.LOOK_WITH: "`ordercast --config {file} status` looks with that one",
    Advice.SEE_DIFF: "`{program} providers diff` shows what differs, and what to type",
    Advice.SEE_AND_APPLY: "`{program} providers diff` shows {many}; `{program} check --apply` applies {many}",
    Advice.SEE_AND_APPLY_ALL: "`{program} providers diff` shows {many}; `{program} check --apply --yes` applies {many}",
}


class CommandWording:
    """The words of the command line. ``program`` is how the configuration in use is named to it."""

    def __init__(self, program: str = "ordercast") -> None:
        self.program = program

    def say(self, advice: Advice, **told: object) -> str:
        return TEXTS[advice].format(program=self.program, **told)

    def named(self, sentence: str) -> str:
        """The same with this configuration named, where a plain command would use another."""
        for words in ("check", "providers"):
            sentence = sentence.replace(f"`ordercast {words}", f"`{self.program} {words}")
        return sentence

    def of(self, error: OrdercastError) -> str:
        if isinstance(error, Advised) and error.advice is not None:
            return self.say(error.advice, **error.told)
        return str(error)
