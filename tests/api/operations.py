"""What clients call each operation: the names of functions in programs that others have built.

Copied out by hand on purpose: a name that changes breaks them.
"""

OF_ORDERS = {
    "GET /v1/orders": "list_orders",
    "POST /v1/orders": "place_order",
    "GET /v1/orders/{order_id}": "get_order",
    "GET /v1/orders/{order_id}/case": "get_order_case",
    "GET /v1/orders/{order_id}/events": "list_order_events",
    "GET /v1/orders/{order_id}/ledger": "list_order_postings",
    "GET /v1/orders/{order_id}/messages": "list_order_messages",
    "POST /v1/orders/{order_id}/messages": "write_order_message",
    "POST /v1/orders/{order_id}/messages/read": "mark_order_messages_read",
    "GET /v1/orders/{order_id}/requests/{request_id}": "get_order_request",
    "GET /v1/orders/{order_id}/stream": "stream_order_events",
    "POST /v1/orders/{order_id}/stream-ticket": "get_stream_ticket",
    "GET /v1/disputes": "list_disputes",
}
ACTIONS = (
    *("accept", "deliver", "request_revision", "accept_revision", "refuse_revision", "complete"),
    *("open_dispute", "buy_extra", "request_offer", "make_offer", "withdraw_offer"),
    *("decline_offer", "accept_offer", "request_cancellation", "refuse_cancellation", "cancel"),
    *("propose_settlement", "withdraw_settlement", "accept_settlement", "assign"),
    *("release", "add_statement", "resolve"),
)
OF_ACTIONS = {
    f"POST /v1/orders/{{order_id}}/actions/{action}{end}": f"{before}{action}"
    for action in ACTIONS
    for end, before in (("", ""), ("/preview", "preview_"))
}
OPERATIONS = {
    **OF_ORDERS,
    **OF_ACTIONS,
    "GET /v1/services": "list_services",
    "POST /v1/services": "offer_service",
    "GET /v1/services/{service_id}": "get_service",
    "PATCH /v1/services/{service_id}": "change_service",
    "POST /v1/services/{service_id}/archive": "archive_service",
    "POST /v1/services/{service_id}/restore": "restore_service",
    "GET /v1/sellers/{seller_id}/reputation": "get_reputation",
    "GET /v1/sellers/{seller_id}/reputation/orders": "list_counted_orders",
    "GET /v1/wallet": "get_wallet",
    "GET /v1/wallet/entries": "list_wallet_entries",
    "POST /v1/wallets/{user_id}/top-ups": "top_up_wallet",
    "POST /v1/wallets/{user_id}/payouts": "pay_out_wallet",
    "GET /v1/events": "list_events",
    "GET /v1/wallets/{user_id}": "get_wallet_of",
    "GET /v1/wallets/{user_id}/entries": "list_entries_of_wallet",
    "GET /v1/accounts": "get_accounts",
    "GET /v1/operator-journal": "list_operator_deeds",
    "POST /v1/accounts/commission/payouts": "pay_out_commission",
    "GET /v1/transfers": "list_transfers",
    "GET /v1/transfers/{transfer_id}": "get_transfer",
    "POST /v1/transfers/{transfer_id}/reverse": "reverse_transfer",
    "GET /v1/webhook-endpoints": "list_webhook_endpoints",
    "POST /v1/webhook-endpoints": "add_webhook_endpoint",
    "GET /v1/webhook-endpoints/{endpoint_id}": "get_webhook_endpoint",
    "PUT /v1/webhook-endpoints/{endpoint_id}": "replace_webhook_endpoint",
    "PATCH /v1/webhook-endpoints/{endpoint_id}": "change_webhook_endpoint",
    "DELETE /v1/webhook-endpoints/{endpoint_id}": "delete_webhook_endpoint",
    "POST /v1/webhook-endpoints/{endpoint_id}/test": "test_webhook_endpoint",
    "POST /v1/webhook-endpoints/{endpoint_id}/rotate": "rotate_webhook_secret",
    "POST /v1/webhook-endpoints/{endpoint_id}/disable": "disable_webhook_endpoint",
    "POST /v1/webhook-endpoints/{endpoint_id}/enable": "enable_webhook_endpoint",
    "GET /v1/webhook-endpoints/{endpoint_id}/deliveries": "list_webhook_deliveries",
    "POST /v1/webhook-deliveries/{delivery_id}/redeliver": "redeliver_webhook",
    "GET /v1/me": "get_me",
    "PUT /v1/me": "update_me",
    "GET /v1/users/{user_id}": "get_user",
    "PUT /v1/users/{user_id}": "set_up_user",
    "POST /v1/me/email/confirmation": "confirm_email_again",
    "GET /v1/notifications": "list_notifications",
    "POST /v1/notifications/read": "mark_notifications_read",
    "POST /v1/notifications/{notification_id}/read": "mark_notification_read",
    "GET /v1/test-clock": "get_test_clock",
    "POST /v1/test-clock/advance": "advance_test_clock",
    "GET /v1/health/live": "get_liveness",
    "GET /v1/health/ready": "get_readiness",
}
