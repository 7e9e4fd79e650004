"""What our server extends is still inside uvicorn: without it, limits would go unasked."""

import pytest
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from api.guard.http_protocol import BoundedProtocol
from api.server import ApiServer
from infra.settings import Settings
from tests.app_under_test import SECRET, SECRETS_KEY, Json
from tests.serving import usual_app


@pytest.mark.parametrize(
    ("ours", "theirs"), [(BoundedProtocol, H11Protocol), (ApiServer, uvicorn.Server)]
)
def test_what_is_extended_is_there(ours: type, theirs: type) -> None:
    extended = {name for name, value in vars(ours).items() if callable(value) and name[0] != "_"}
    assert extended
    assert set() == extended - set(vars(theirs))


def test_idle_connections_are_kept_for_as_long_as_the_setting_says() -> None:
    values: Json = {"database_url": "postgresql://nowhere", "jwt_secret": SECRET}
    settings = Settings(_env_file=None, **values, secrets_key=SECRETS_KEY, keep_alive=75)
    assert 75 == ApiServer(usual_app(), settings).config.timeout_keep_alive
