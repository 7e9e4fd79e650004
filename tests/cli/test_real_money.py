"""Real money and tests are kept apart: nothing starts where a key is of the other kind."""

import pytest

from tests.cli.environments import LIVE, LIVE_KEY, PROCESSES, STRIPE, refused

pytestmark = pytest.mark.usefixtures("sound")

OF_PROVIDER = [
    (STRIPE | LIVE, "SEQUESTRE_STRIPE_SECRET_KEY: is a key for tests"),
    (STRIPE | LIVE_KEY, "SEQUESTRE_STRIPE_SECRET_KEY: moves real money"),
    (STRIPE | LIVE_KEY | {"SEQUESTRE_LIVE": "0"}, "SEQUESTRE_STRIPE_SECRET_KEY: moves real money"),
    (
        STRIPE | {"SEQUESTRE_STRIPE_SECRET_KEY": "rk_live_neverTold"},
        "SEQUESTRE_STRIPE_SECRET_KEY: moves real money",
    ),
    *(
        (STRIPE | {name: ""}, f"{name}: must be set where SEQUESTRE_PROVIDER is stripe")
        for name in ("SEQUESTRE_STRIPE_SECRET_KEY", "SEQUESTRE_STRIPE_WEBHOOK_SECRETS")
    ),
    (
        STRIPE | dict.fromkeys(list(STRIPE)[1:], ""),
        "SEQUESTRE_STRIPE_SECRET_KEY: must be set where SEQUESTRE_PROVIDER is stripe",
    ),
    *(
        ({name: STRIPE[name]}, f"{name}: must be set where SEQUESTRE_PROVIDER is stripe")
        for name in ("SEQUESTRE_STRIPE_SECRET_KEY", "SEQUESTRE_STRIPE_WEBHOOK_SECRETS")
    ),
    *(
        (STRIPE | {"SEQUESTRE_STRIPE_SECRET_KEY": key}, "SEQUESTRE_STRIPE_SECRET_KEY: must be a")
        for key in ("pk_test_neverTold", "neverTold", "sk_test_", "sk_neverTold", "sk_test_a b")
    ),
    *(
        (
            STRIPE | {"SEQUESTRE_STRIPE_WEBHOOK_SECRETS": secrets},
            "SEQUESTRE_STRIPE_WEBHOOK_SECRETS: must be what Stripe signs",
        )
        for secrets in ("neverTold", "whsec_neverTold,", ",", "whsec_a whsec_b", "whsec_")
    ),
    *(
        (
            STRIPE | {"SEQUESTRE_STRIPE_API_BASE": address},
            "SEQUESTRE_STRIPE_API_BASE: must be an",
        )
        for address in ("http://stripe.example", "http://10.0.0.7", "stripe.example", "https://a?b")
    ),
    (
        {"SEQUESTRE_STRIPE_API_BASE": "https://stripe.example"},
        "SEQUESTRE_STRIPE_API_BASE: is of no use",
    ),
    ({"SEQUESTRE_PROVIDER": "paypal"}, "SEQUESTRE_PROVIDER: "),
    ({"SEQUESTRE_LIVE": "perhaps"}, "SEQUESTRE_LIVE: "),
    (LIVE | {"SEQUESTRE_DEMO_ENTRANCE": "true"}, "SEQUESTRE_DEMO_ENTRANCE: lets anybody in"),
]


@pytest.mark.parametrize("command", PROCESSES)
@pytest.mark.parametrize(("env", "said"), OF_PROVIDER)
def test_real_money_and_tests_are_kept_apart(
    command: str, env: dict[str, str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = refused(monkeypatch, env, command).stderr
    assert words.startswith(f"sequestre: {said}")
    assert "neverTold" not in words


@pytest.mark.parametrize("command", ["up", "demo"])
def test_no_real_money_moves_in_a_stack_on_this_machine(
    command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = refused(monkeypatch, LIVE, command).stderr
    assert words.startswith("sequestre: SEQUESTRE_LIVE: a stack on this machine")
