"""The subjects by which the OpenAPI document is ordered; generators make a file of each."""

TAGS = [
    {"name": "services", "description": "What sellers offer."},
    {"name": "sellers", "description": "Reputations, and the orders that they are counted from."},
    {
        "name": "orders",
        "description": "Placing orders, and reading them with all they went through.",
    },
    {"name": "actions", "description": "What people do to an order."},
    {"name": "previews", "description": "What each action would do, without doing it."},
    {"name": "disputes", "description": "For mediators: the queue, and a case on one read."},
    {"name": "messages", "description": "What people say to each other on an order."},
    {"name": "wallets", "description": "What people hold, and what goes in and out."},
    {
        "name": "payments",
        "description": "Money into wallets by a payment provider, and what that says.",
    },
    {
        "name": "feed",
        "description": "For those who operate: all that happened, in one order, for ever.",
    },
    {
        "name": "transfers",
        "description": "For those who operate: what came in and went out, found again and taken"
        " back.",
    },
    {
        "name": "accounts",
        "description": "For those who operate: the platform's own accounts, and its commission.",
    },
    {
        "name": "journal",
        "description": "For those who operate: who of them did what, to what and why.",
    },
    {
        "name": "webhook-endpoints",
        "description": "For those who operate: where events are sent, and what became of each"
        " message.",
    },
    {"name": "webhooks", "description": "What endpoints are sent."},
    {"name": "notifications", "description": "The inbox, and how somebody wants to be told."},
    {
        "name": "test-clock",
        "description": "For operators of a stack with a clock that can be moved; else nothing is "
        "here.",
    },
    {
        "name": "users",
        "description": "For those who operate: who somebody is to this service, and how they are"
        " told.",
    },
    {"name": "health", "description": "Whether the service answers."},
]
