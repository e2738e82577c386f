# SPDX-License-Identifier: Apache-2.0
"""Signing in at the simulator: JWTs and client certificates are checked, tokens are issued.

What it is for: the pod's and the key manager's authentication calls, by RSA (a JWT in the body) and
by certificate (nothing in the body), and whether the tokens in an Agent call are good.

What it promises:
- a JWT is taken when it is well formed, signed RS512 by the key of its `sub`, and ends within the
  next 300 seconds of the Agent's clock; where the Agent is strict, every JWT works once;
- why a sign-in was refused is a line in `refusals`; what no sound client sends is a breach as well,
  whether or not a fault takes the place of the answer;
- tokens are new at each sign-in, and stay good until they expire or are revoked, each by itself.

All methods are called with the Agent's lock held. Settings are read from the Agent at each call, so
that a test may change them at any time.
"""

import base64
import json
import re
import time

import rsa

# path: (method, kind, host that serves it, how one signs in there)
CALLS = {
    "/login/pubkey/authenticate": ("POST", "session", "pod", "rsa"),
    "/relay/pubkey/authenticate": ("POST", "key", "key_manager", "rsa"),
    "/sessionauth/v1/authenticate": ("POST", "session", "pod", "certificate"),
    "/keyauth/v1/authenticate": ("POST", "key", "key_manager", "certificate"),
}
NAMES = {"session": "sessionToken", "key": "keyManagerToken"}
MEMBERS = ("plain", "reversed", "unknown_members")
MOST_AHEAD = 300  # seconds that a JWT may be valid for
SIMPLIFIED_SINCE = (24, 12)  # Agents before need the key manager's token all the same
USUAL_LIFE = 14 * 24 * 3600
BASE_64_URL = re.compile(r"[A-Za-z0-9_-]+")


class Refused(Exception):
    """Not signed in, for this reason; `breach`: no sound client would have asked like this."""

    def __init__(self, reason, breach=False):
        super().__init__(reason)
        self.breach = breach


class Token:
    """A token that was issued: text, kind ("session", "key"), user, how ("rsa", "certificate"),
    simplified (whether its claims offer simplified key delivery), until (None: for ever)."""

    def __init__(self, text, kind, user, how, simplified, until):
        self.text, self.kind, self.user, self.how = text, kind, user, how
        self.simplified, self.until = simplified, until


def part(value):
    """Base64url without padding, as in a JWT."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def decoded(text, what):
    """The bytes of one part of a JWT."""
    if not BASE_64_URL.fullmatch(text):
        raise Refused(f"the JWT's {what} is not base64url without padding", True)
    try:
        value = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        value = b""
    if part(value) != text:
        raise Refused(f"the JWT's {what} is not sound base64url", True)
    return value


def json_object(text, what):
    """The JSON object in one part of a JWT."""
    def no_repeats(pairs):
        if len(dict(pairs)) != len(pairs):
            raise Refused(f"a member of the JWT's {what} is given twice", True)
        return dict(pairs)

    try:
        value = json.loads(decoded(text, what).decode("utf-8"), object_pairs_hook=no_repeats)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise Refused(f"the JWT's {what} is not a JSON object", True)
    return value


def check_jwt(text, keys, now):
    """The user whom this JWT proves; Refused otherwise. `keys`: dict user -> rsa.PublicKey."""
    parts = text.split(".")
    if len(parts) != 3:
        raise Refused(f"a JWT has 3 parts, not {len(parts)}", True)
    header = json_object(parts[0], "header")
    claims = json_object(parts[1], "claims")
    signature = decoded(parts[2], "signature")
    if header.get("alg") != "RS512":
        raise Refused(f"the JWT's alg is {header.get('alg')!r}, not RS512", True)
    if header.get("typ", "JWT") != "JWT":
        raise Refused(f"the JWT's typ is {header['typ']!r}", True)
    user, end = claims.get("sub"), claims.get("exp")
    if not isinstance(user, str) or not user:
        raise Refused(f"the JWT's sub is {user!r}", True)
    if type(end) is not int:
        raise Refused(f"the JWT's exp is {end!r}", True)
    for name in ("iat", "nbf"):
        if type(claims.get(name, 0)) is not int:
            raise Refused(f"the JWT's {name} is {claims[name]!r}", True)
    if type(claims.get("jti", "")) is not str:
        raise Refused(f"the JWT's jti is {claims['jti']!r}", True)
    if user not in keys:
        raise Refused(f"unknown user {user!r}")
    if not keys[user].verify(f"{parts[0]}.{parts[1]}".encode(), signature):
        raise Refused(f"the signature is not one of {user!r}")
    if end <= now:
        raise Refused(f"the JWT has expired {now - end:.0f} s ago")
    if end > now + MOST_AHEAD:
        raise Refused(f"the JWT expires in {end - now:.0f} s, more than {MOST_AHEAD}")
    if claims.get("nbf", 0) > now:
        raise Refused("the JWT is not valid yet")
    return user


class SignIn:
    """What the Agent keeps of sign-ins. `handed_out`, `jwts` and `refusals` are lists of text."""

    def __init__(self, agent, users, random):
        self._agent, self._random = agent, random
        self.keys = {name: rsa.public_key(key) for name, key in (users or {}).items()}
        self.handed_out, self.jwts, self.refusals = [], [], []
        self._tokens, self._count = {}, 0

    def now(self):
        """The Agent's clock, in seconds since 1970."""
        return time.time() + self._agent.clock_offset

    # -- the calls -------------------------------------------------------------------------------

    def examine(self, request, note, only_ours):
        """Sets `request.user` to who may sign in by this call, or `request.refusal` to why not."""
        try:
            if request.sign_in == "rsa":
                request.user = self._user_of_jwt(request)
            else:
                request.user = self._user_of_certificate(request)
        except Refused as refused:
            request.refusal = str(refused)
            if refused.breach:
                note(str(refused))
        for name in NAMES.values():
            if request.header(name) is not None:
                only_ours(f"a call to sign in with the header {name}")

    def _user_of_jwt(self, request):
        text = request.json.get("token") if isinstance(request.json, dict) else None
        if not isinstance(text, str):
            raise Refused("no token in the body", True)
        again = text in self.jwts
        self.jwts.append(text)
        if again and self._agent.strict and not self._agent.allow_jwt_reuse:
            raise Refused("the JWT was used before", True)
        return check_jwt(text, self.keys, self.now())

    def _user_of_certificate(self, request):
        bare = not request.body and request.header("Content-Type") is None
        if self._agent.strict and not bare:
            raise Refused("a body or a Content-Type in a sign-in by certificate", True)
        if request.client_subject is None:
            raise Refused("no client certificate")
        allowed = self._agent.certificate_users
        if allowed is not None and request.client_subject not in allowed:
            raise Refused(f"{request.client_subject!r} may not sign in")
        return request.client_subject

    def answer(self, request):
        """JSON text of the answer to a sign-in that was examined; None where it is refused."""
        if request.refusal is not None:
            self.refusals.append(request.refusal)
            return None
        token = self.issue(request.kind, request.user, request.sign_in)
        name = NAMES[request.kind]
        self._count += 1
        order = self._agent.sign_in_members or MEMBERS[self._count % len(MEMBERS)]
        if order not in MEMBERS:
            raise ValueError(f"sign_in_members {order!r}: one of {', '.join(MEMBERS)}")
        members = [("token", token.text), ("name", name)]
        if order == "reversed":
            members.reverse()
        elif order == "unknown_members":
            members = [("meta", {"token": "no", "name": [{"token": "no"}]}), members[1],
                       ("between", "\"token\":\"no\" \u00fc"), members[0], ("after", [None, -1.5])]
        spaced = self._count % 2 and order != "plain"
        return json.dumps(dict(members), ensure_ascii=False,
                          separators=(", ", ": ") if spaced else (",", ":")).encode()

    # -- tokens ----------------------------------------------------------------------------------

    def issue(self, kind, user, how):
        """A new Token."""
        agent = self._agent
        life = agent.token_life
        offered = agent.simplified_key_delivery if kind == "session" else None
        if kind == "session":
            claims = {"exp": int(self.now() + (USUAL_LIFE if life is None else life))}
            if offered is not None:
                claims["canUseSimplifiedKeyDelivery"] = offered
            text = self.session_text(user, claims, agent.session_token_size)
        else:
            text = self.key_text(agent.km_token_size)
        until = None if life is None else self.now() + life
        self._tokens[text] = Token(text, kind, user, how, bool(offered), until)
        return self._tokens[text]

    def session_text(self, user, more=None, size=None):
        """Shaped like the real one: a JWT of about a thousand characters, or of just that size.
        `more`: further claims, before or after the long one."""
        first = {"sub": user, "iss": "Symphony Communication Services LLC."}
        last = {"userId": "12345678"}
        if more:
            (first if self._random.getrandbits(1) else last).update(more)
        text = self._jwt(first, 400, last, 256) if size is None else self._jwt_of(first, last, size)
        self.handed_out.append(text)
        return text

    def _jwt_of(self, first, last, size):
        """A session token of that many characters: the claims grow, the signature fills up."""
        least = 256 if size > 800 else 32
        excess = size - len(self._jwt(first, 8, last, least + 2))
        for digits in range(max(8 + excess * 3 // 4 - 4, 8), max(8 + excess * 3 // 4 + 5, 9)):
            for signature in range(least, least + 5):
                text = self._jwt(first, digits, last, signature)
                if len(text) == size:
                    return text
        raise ValueError(f"there is no session token of {size} characters")

    def _jwt(self, first, digits, last, signature):
        session = f"%0{digits}x" % self._random.getrandbits(4 * digits)
        claims = json.dumps({**first, "sessionId": session, **last})
        signed = self._random.getrandbits(8 * signature).to_bytes(signature, "big")
        return ".".join((part(b'{"alg":"RS512"}'), part(claims.encode()), part(signed)))

    def key_text(self, size=None):
        """A key manager's token: hex digits."""
        digits = 304 if size is None else size
        text = "%0*x" % (digits, self._random.getrandbits(4 * digits))
        text = ("0100" + text[4:])[:digits]
        self.handed_out.append(text)
        return text

    def revoke(self, kind=None):
        """The tokens issued so far (of that kind) are not good any more."""
        self._tokens = {text: token for text, token in self._tokens.items()
                        if kind is not None and token.kind != kind}

    def good(self, text, kind):
        """The Token with this text, where it is one of that kind and still good; else None."""
        token = self._tokens.get(text)
        if token is None or token.kind != kind:
            return None
        return token if token.until is None or self.now() < token.until else None

    def is_simplified(self, token):
        """Whether this session token comes without the key manager's, with this Agent."""
        version = re.search(r"(\d+)\.(\d+)", self._agent.agent_version)
        return (token.simplified and version is not None
                and tuple(map(int, version.groups())) >= SIMPLIFIED_SINCE)

    def user_of(self, request, note):
        """Whose sign-in an Agent call's tokens are of; None where it has not those it needs."""
        session = self.good(request.header("sessionToken"), "session")
        if session is None:
            return None
        text = request.header("keyManagerToken")
        if self.is_simplified(session):
            if text is not None and self._agent.strict:
                note("keyManagerToken in spite of simplified key delivery")
            return session.user
        key = self.good(text, "key")
        if key is not None and key.user != session.user:
            note(f"the tokens are those of two users, {session.user!r} and {key.user!r}")
        return None if key is None else session.user
