"""What our server extends is still inside uvicorn: without it, limits would go unasked."""

import pytest
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from api.guard.http_protocol import BoundedProtocol
from api.server import ApiServer


@pytest.mark.parametrize(
    ("ours", "theirs"), [(BoundedProtocol, H11Protocol), (ApiServer, uvicorn.Server)]
)
def test_what_is_extended_is_there(ours: type, theirs: type) -> None:
    extended = {name for name, value in vars(ours).items() if callable(value) and name[0] != "_"}
    assert extended
    assert set() == extended - set(vars(theirs))
