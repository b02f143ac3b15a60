"""Signing in: users of the local Cognito pool, and access tokens got the way real clients get them.

People sign in by authorization code with PKCE through the hosted page, machines by client credentials; tokens got by
the pool's own API would lack the scopes that the gateway asks for.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

from . import cloud, stack
from .deploy import client
from .say import Failure, line

PEOPLE_SCOPE = "guildhall/use"
SERVICE_SCOPE = "guildhall/service"
GROUPS = ("program-admin", "security")
_PASSWORD = "Local-guildhall-only-1!"
"""For the local pool only, which listens on loopback and forgets everything when it stops."""


class _StayHere(urllib.request.HTTPRedirectHandler):
    """The code is read from the redirect itself; nobody listens at the address it points to."""

    def redirect_request(self, *_: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_StayHere)


class Pool:
    """The user pool of a local stack."""

    def __init__(self, port: int, outputs: dict[str, str]) -> None:
        self._cognito = client("cognito-idp", port)
        self._address = cloud.endpoint(port)
        self.pool_id = outputs["UserPoolId"]
        self._portal = outputs["PortalClientId"]
        self._service = outputs["ServiceClientId"]
        self.issuer = f"https://cognito-idp.{self.pool_id.partition('_')[0]}.amazonaws.com/{self.pool_id}"

    def ensure_user(self, email: str, groups: tuple[str, ...] = ()) -> str:
        """Creates a user who can sign in, unless there is one; returns its subject."""
        cognito, pool = self._cognito, self.pool_id
        try:
            cognito.admin_create_user(
                UserPoolId=pool,
                Username=email,
                MessageAction="SUPPRESS",
                TemporaryPassword=_PASSWORD,
                UserAttributes=[{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}],
            )
        except cognito.exceptions.UsernameExistsException:
            pass
        cognito.admin_set_user_password(UserPoolId=pool, Username=email, Password=_PASSWORD, Permanent=True)
        for group in groups:
            try:
                cognito.create_group(UserPoolId=pool, GroupName=group)
            except cognito.exceptions.GroupExistsException:
                pass
            cognito.admin_add_user_to_group(UserPoolId=pool, Username=email, GroupName=group)
        user = cognito.admin_get_user(UserPoolId=pool, Username=email)
        attributes = {item["Name"]: item["Value"] for item in user["UserAttributes"]}
        return attributes.get("sub", user["Username"])

    def person_token(self, email: str) -> str:
        """An access token by authorization code with PKCE."""
        description = self._cognito.describe_user_pool_client(UserPoolId=self.pool_id, ClientId=self._portal)
        back = (description["UserPoolClient"].get("CallbackURLs") or ["http://localhost/callback"])[0]
        verifier = secrets.token_urlsafe(48)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        request = {
            "client_id": self._portal,
            "redirect_uri": back,
            "response_type": "code",
            "scope": f"openid {PEOPLE_SCOPE}",
            "state": secrets.token_urlsafe(8),
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        self._open("GET", "/oauth2/authorize", request)
        location = self._open("POST", "/login", {**request, "username": email, "password": _PASSWORD})
        answer = urllib.parse.parse_qs(urllib.parse.urlsplit(location).query)
        if "code" not in answer:
            raise Failure(f"the local sign-in page gave no code for {email}: {location[:200]}")
        return self._token(
            {
                "grant_type": "authorization_code",
                "client_id": self._portal,
                "code": answer["code"][0],
                "redirect_uri": back,
                "code_verifier": verifier,
            }
        )

    def service_token(self) -> str:
        """An access token by client credentials."""
        description = self._cognito.describe_user_pool_client(UserPoolId=self.pool_id, ClientId=self._service)
        return self._token(
            {
                "grant_type": "client_credentials",
                "client_id": self._service,
                "client_secret": description["UserPoolClient"]["ClientSecret"],
                "scope": SERVICE_SCOPE,
            }
        )

    def _token(self, form: dict[str, str]) -> str:
        return json.loads(self._open("POST", "/oauth2/token", form))["access_token"]

    def _open(self, method: str, path: str, fields: dict[str, str]) -> str:
        """Sends fields and returns the body, or where a redirect points."""
        encoded = urllib.parse.urlencode(fields)
        url = f"{self._address}{path}" + (f"?{encoded}" if method == "GET" else "")
        request = urllib.request.Request(url, encoded.encode() if method == "POST" else None, method=method)
        try:
            with _OPENER.open(request, timeout=30) as answer:
                return answer.read().decode()
        except urllib.error.HTTPError as error:
            if error.code == 302:
                return error.headers["Location"]
            text = error.read().decode(errors="replace")[:300]
            raise Failure(f"the local sign-in answered {error.code} to {path}: {text}") from None


def print_token(role: str) -> int:
    """`make token ROLE=`: a fresh token of the stack that is up."""
    current = stack.need_current()
    pool = Pool(current.port, current.outputs)
    if role == "service":
        line(pool.service_token())
        return 0
    account = current.accounts.get(role)
    if account is None:
        known = ", ".join(sorted([*current.accounts, "service"]))
        raise Failure(f"there is no role {role!r} here; there are {known}")
    line(pool.person_token(account["email"]))
    return 0
