"""Who asks for a page, as far as limits for one caller go: by the session's cookie, before the
database is asked."""

import time

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from api.auth.tokens import Caller, authorities
from api.pages import cookies
from api.pages.addresses import is_page
from db.sealing import Keyring


class SessionHolders:
    """Takes a session's cookie for its holder's word on who they are, for pages and nowhere else:
    what the API is asked, no other site's page can have a browser ask."""

    def __init__(self, app: ASGIApp, keyring: Keyring) -> None:
        self._app = app
        self._keyring = keyring

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and is_page(scope["path"]):
            holder = self._holder(HTTPConnection(scope))
            if holder is not None:
                scope.setdefault("state", {})["identity"] = holder
        await self._app(scope, receive, send)

    def _holder(self, request: HTTPConnection) -> Caller | None:
        said = cookies.opened(self._keyring, request.cookies.get(cookies.SESSION, ""))
        if said is None or said.ends_at <= time.time():
            return None
        return Caller(said.user_id, authorities(said.roles), said.ends_at)
