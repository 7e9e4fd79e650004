"""The JSON documents that leave the product: the API's answers and the webhooks' payloads."""
