"""The pages: what people see in a browser, on the use cases of the API."""
