"""What to do about what a check has found, by the check that found it: as docs/operations.md has
it, in a sentence or two, with the commands to copy."""

from dataclasses import dataclass

from texts.catalogue import msg


@dataclass(frozen=True)
class Advice:
    """What to do about some findings, and the commands for that."""

    text: str
    commands: tuple[str, ...] = ()


CHECK = "sequestre check"

BOOKS = Advice(
    msg(
        "Findings about the books say that money, a payment or an order’s row is not what was"
        " written. Please stop the API, keep the database as it is, and find out who wrote to it."
        " No command puts this right."
    )
)
LISTS = Advice(
    msg(
        "What lists, counts, the inbox or the feed are looked up by is not what the rows say."
        " Please find out who took triggers away or wrote past them. Once they are back, it is"
        " filled anew as the operators’ documentation says of each check."
    )
)
RESTORED = Advice(
    msg(
        "The database was restored or taken over, and could give numbers that were given before."
        " Please run “sequestre migrate”, which notes it."
    ),
    ("sequestre migrate",),
)
SECRET = Advice(
    msg(
        "A secret cannot be opened with the keys that are set. Please put the key back that"
        " sealed it, behind the one of today, or rotate the endpoint’s secret."
    )
)
REPAIR = Advice(
    msg(
        "Findings about orders, payments and their workflows can be put right. Please run"
        " “sequestre check” to see what still holds of them, and then “sequestre repair”, which"
        " shows what it would do and does it when it is called with “--apply”."
    ),
    (CHECK, "sequestre repair"),
)
WORKERS_FIRST = Advice(
    msg(
        "Something waits that nobody carries out. Please see first whether workers are there, and"
        " then run “sequestre repair”, which shows what it would do and does it when it is called"
        " with “--apply”."
    ),
    ("sequestre workers", "sequestre repair"),
)
NOT_BEGUN = Advice(
    msg(
        "For five minutes no API process has begun to send these messages. Please see that one"
        " runs and reaches Temporal: then it begins by itself."
    )
)
UNFINISHED_PAYMENT = Advice(
    msg(
        "A payment has come, or was taken back by a bank, and no API process has done what follows"
        " from that. Please see that one runs and reaches Temporal: then it does so by itself."
    )
)
EARLY_DISPUTE = Advice(
    msg(
        "A payment is disputed, and the payment provider never said that it was paid. Please have"
        " its word on the payment sent again from the provider’s own pages, or settle the dispute"
        " there."
    )
)
FAILING = Advice(
    msg(
        "A worker cannot carry these workflows on: the Web UI shows with what error. Where there"
        " are many, please put the workers’ release before in its place. Where it is one,"
        " terminate it, and run “sequestre repair”, which starts it from the order in the"
        " database."
    ),
    ("sequestre repair",),
)
HALTED = Advice(
    msg(
        "Somebody has paused these workflows. Please ask who wanted it, and let them go on; or"
        " terminate them, and run “sequestre repair”."
    ),
    ("temporal workflow unpause", "sequestre repair"),
)
UNREADABLE = Advice(
    msg(
        "An order’s row cannot be read. Please find out who wrote to the table “orders”, and put"
        " back what they changed. All other orders were looked at."
    )
)
ORPHAN = Advice(
    msg(
        "Workflows run of which the database has no order, as after an older backup was restored."
        " Please see in the documentation of backups what to do before you end any of them."
    ),
    (CHECK,),
)
UNSERVED = Advice(
    msg(
        "Orders go to workers of a build that are not there. Please see with “sequestre workers”"
        " who is there and who is given what. Start workers of that build, or give the orders to"
        " those that are there with “sequestre promote”."
    ),
    ("sequestre workers",),
)
UNCOMPARED = Advice(
    msg(
        "Orders could not be compared with their workflows; the books were looked at all the same."
        " Please see why Temporal does not answer, and then run “sequestre check” again."
    ),
    (CHECK,),
)
NO_WORKER = Advice(
    msg(
        "No worker answers, so that nobody could say at which step the workflows are. Please"
        " start a worker, or wake the one that is frozen, and then run “sequestre check” again."
        " What the database and Temporal know by themselves was compared."
    ),
    (CHECK,),
)
PROVIDER = Advice(
    msg(
        "The payment provider’s books and ours do not say the same. Please look the payment up in"
        " the provider’s own pages, find out which side is right, and write down what is missing"
        " as a transfer, or have the provider send it back. Nothing is put right by itself."
    )
)
HOLDS_LESS = Advice(
    msg(
        "The payment provider holds less than people have here: not everybody could be paid out"
        " at once. Please see what was taken out or charged there, and put back what is missing."
    )
)
PROVIDER_AWAY = Advice(
    msg(
        "The payment provider could not be asked, so that its books were not compared with ours."
        " Please see why, and then run “sequestre check” again."
    ),
    (CHECK,),
)
PROVIDER_UNREADABLE = Advice(
    msg(
        "The payment provider says something of its money that cannot be read here: a line of its"
        " statement, or what it holds in a currency. Everything else was compared. Please look it"
        " up in the provider’s own pages, see what it moved, and hold that beside the books by"
        " hand. A payment that is told as missing there may be that line."
    )
)
NOT_CONNECTED = Advice(
    msg(
        "Payments are under way at a payment provider that is not the one that is set: nobody"
        " carries them on, and what the provider says of them is not heard. Nothing is lost."
        " Please see that “sequestre check” has the settings of the API and the workers. If the"
        " provider was changed on purpose, set it back until these payments have ended: they go on"
        " by themselves then."
    ),
    (CHECK,),
)
UNPROVED = Advice(
    msg(
        "Some checks took longer than they may: nobody knows whether what they look at holds. All"
        " others were carried out. Please run “sequestre check” with a larger “--budget”, and"
        " give these checks more time in the settings if it happens again."
    ),
    ("sequestre check --budget 3600",),
)

OF_CHECKS = {
    "missing-workflow": REPAIR,
    "differing-workflow": REPAIR,
    "unsent-messages": REPAIR,
    "unbegun-messages": NOT_BEGUN,
    "stuck-workflow": WORKERS_FIRST,
    "unanswered-request": WORKERS_FIRST,
    "failing-workflow": FAILING,
    "halted-workflow": HALTED,
    "unreadable-order": UNREADABLE,
    "unfinished-payment": UNFINISHED_PAYMENT,
    "dispute-before-payment": EARLY_DISPUTE,
    "differing-list": LISTS,
    "differing-queue": LISTS,
    "differing-counts": LISTS,
    "differing-reputation": LISTS,
    "differing-inbox": LISTS,
    "differing-feed": LISTS,
    "feed-gap": LISTS,
    "orphan-workflow": ORPHAN,
    "unnoted-restoration": RESTORED,
    "unreadable-secret": SECRET,
    "not-compared": UNCOMPARED,
    "unserved-build": UNSERVED,
    "no-worker": NO_WORKER,
    "provider-theirs-only": PROVIDER,
    "provider-ours-only": PROVIDER,
    "provider-differs": PROVIDER,
    "provider-holds-less": HOLDS_LESS,
    "provider-not-asked": PROVIDER_AWAY,
    "provider-unreadable": PROVIDER_UNREADABLE,
    "provider-not-connected": NOT_CONNECTED,
    "not-proved": UNPROVED,
}
"""By the names of the checks of which something else is to be done than of all others."""

OF_KINDS = {"books": BOOKS, "workflows": REPAIR, "proved": UNPROVED}
"""What is to be done where the check has none of its own."""


def advice_of(check: str, about: str) -> Advice:
    """Return what to do about what a check found `about` books, workflows or what was not proved.

    >>> advice_of("no-worker", "proved").commands
    ('sequestre check',)
    """
    return OF_CHECKS.get(check, OF_KINDS[about])
