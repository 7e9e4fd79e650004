"""What a process finds in its environment, and how it refuses to start with that."""

import pytest
from typer.testing import CliRunner, Result

from cli.main import app

PROCESSES = ("api", "worker", "migrate", "check", "repair")
MEETS_TEMPORAL = ("api", "worker", "check", "repair")
PROVIDER = {
    "SEQUESTRE_JWT_SECRET": "",
    "SEQUESTRE_JWKS_URL": "https://id.example",
    "SEQUESTRE_JWT_ISSUER": "https://id.example/",
    "SEQUESTRE_JWT_AUDIENCE": "sequestre",
}
NOBODY = "postgresql://somebody@127.0.0.1:1/orders"
STRIPE = {
    "SEQUESTRE_PROVIDER": "stripe",
    "SEQUESTRE_STRIPE_SECRET_KEY": "sk_test_neverTold",
    "SEQUESTRE_STRIPE_WEBHOOK_SECRETS": "whsec_neverTold,whsec_neverToldNext",
}
LIVE = {"SEQUESTRE_LIVE": "true"}
LIVE_KEY = {"SEQUESTRE_STRIPE_SECRET_KEY": "sk_live_neverTold"}


def refused(monkeypatch: pytest.MonkeyPatch, env: dict[str, str], command: str) -> Result:
    """What a command says that refuses to start."""
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    result = CliRunner().invoke(app, [command])
    assert result.exit_code == 2, result.output
    assert len(result.stderr.splitlines()) == 1
    assert result.stdout == ""
    return result
