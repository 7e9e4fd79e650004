"""The documents that the API takes and gives. Unknown fields are refused."""
