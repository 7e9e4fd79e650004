"""The `sequestre` command."""
