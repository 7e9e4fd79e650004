"""The agreement of books, rows and workflows: looked at, repaired, compared nightly."""
