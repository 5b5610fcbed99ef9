"""What the keys, tokens and passwords of the common vendors look like."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bot.passages import Hit

_HEXADECIMAL = frozenset("0123456789abcdefABCDEF")
_LEAST_LENGTH, _BITS = 20, 3.5
"""Characters, and bits a character, from which on mixed letters and digits look drawn by chance; words have less."""
_DIGITS = 4
"""Of a random text of small letters or capitals alone."""
_HEX_LENGTH, _HEX_BITS = 32, 3.0
_AWS_SECRET_LENGTH = 40
_WORD = "[A-Za-z0-9]"
_SLUG = "[A-Za-z0-9_-]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A kind of secret that is known by its shape."""

    vendor: str
    starts: tuple[str, ...]
    """Texts of which one stands in every such token; looked for first, since that costs next to nothing."""
    shape: re.Pattern[str]


def _token(vendor: str, starts: str, shape: str) -> Token:
    """Declare a token; no letter, digit, hyphen or underscore stands before it, and no letter or digit after it."""
    return Token(
        vendor=vendor, starts=tuple(starts.split()), shape=re.compile(rf"(?<![A-Za-z0-9_-])(?:{shape})(?![A-Za-z0-9])")
    )


TOKENS = (
    # Formats as the vendors document them, and as the secret scanning of GitHub, GitLab and TruffleHog lists them.
    _token("GitHub", "ghp_ gho_ ghu_ ghs_ ghr_", rf"gh[pousr]_{_WORD}{{36,255}}"),
    _token("GitHub", "github_pat_", r"github_pat_\w{22,255}"),
    _token("GitLab", "gl", rf"gl(?:pat|dt|rt|cbt|ptt|ft|soat|imt|agent|oas|ffct)-{_SLUG}{{20,}}(?:\.[\w.-]{{2,}})?"),
    _token("AWS", "AKIA ASIA ABIA ACCA A3T", r"(?:AKIA|ASIA|ABIA|ACCA|A3T[A-Z0-9])[A-Z0-9]{16}"),
    _token("Google", "AIza", rf"AIza{_SLUG}{{35}}"),
    _token("Google", "GOCSPX-", rf"GOCSPX-{_SLUG}{{28}}"),
    _token("Google", "ya29.", rf"ya29\.{_SLUG}{{30,}}"),
    _token("Slack", "xox", rf"xox[abeoprs](?:\.xox[bp])?-{_SLUG}{{10,}}"),
    _token("Slack", "xapp-", rf"xapp-[0-9]-{_SLUG}{{20,}}"),
    _token("Slack", "hooks.slack.com/", r"hooks\.slack\.com/(?:services|workflows)/[A-Za-z0-9/]{30,}"),
    _token("Stripe", "sk_live_ rk_live_ sk_test_ rk_test_", rf"[sr]k_(?:live|test)_{_WORD}{{16,}}"),
    _token("Stripe", "whsec_", r"whsec_[A-Za-z0-9+/=]{24,}"),
    _token("OpenAI", "sk-", rf"sk-(?:(?:proj|svcacct|admin|None)-{_SLUG}{{20,}}|{_WORD}{{32,64}})"),
    _token("Anthropic", "sk-ant-", rf"sk-ant-{_SLUG}{{20,}}"),
    _token("OpenRouter", "sk-or-v1-", r"sk-or-v1-[0-9a-f]{64}"),
    _token("Hugging Face", "hf_ api_org_", rf"(?:hf_|api_org_){_WORD}{{30,40}}"),
    _token("Groq", "gsk_", rf"gsk_{_WORD}{{40,64}}"),
    _token("xAI", "xai-", rf"xai-{_WORD}{{60,100}}"),
    _token("Perplexity", "pplx-", rf"pplx-{_WORD}{{40,64}}"),
    _token("Replicate", "r8_", rf"r8_{_WORD}{{37}}"),
    _token("NVIDIA", "nvapi-", rf"nvapi-{_SLUG}{{60,70}}"),
    _token("npm", "npm_", rf"npm_{_WORD}{{36}}"),
    _token("PyPI", "pypi-", rf"pypi-Ag[A-Za-z0-9]{_SLUG}{{40,}}"),
    _token("RubyGems", "rubygems_", r"rubygems_[0-9a-f]{48}"),
    _token("crates.io", "cio", rf"cio{_WORD}{{32}}"),
    _token("Docker", "dckr_", rf"dckr_(?:pat|oat)_{_SLUG}{{27,32}}"),
    _token("SendGrid", "SG.", rf"SG\.{_SLUG}{{16,32}}\.{_SLUG}{{16,64}}"),
    _token("Twilio", "SK AC", r"(?:SK|AC)[0-9a-f]{32}"),
    _token("Mailgun", "key-", r"key-[0-9a-f]{32}"),
    _token("Mailchimp", "-us", r"[0-9a-f]{32}-us[0-9]{1,2}"),
    _token("Brevo", "xkeysib-", rf"xkeysib-[0-9a-f]{{64}}-{_WORD}{{16}}"),
    _token("Telegram", ":AA", rf"[0-9]{{8,10}}:AA{_SLUG}{{33}}"),
    _token("Discord", "MD MT Mj Mz ND NT Nj Nz OD OT", rf"[MNO][DTjz]{_SLUG}{{22,26}}\.{_SLUG}{{6}}\.{_SLUG}{{27,40}}"),
    _token("Discord", "/api/webhooks/", rf"discord(?:app)?\.com/api/webhooks/[0-9]{{17,20}}/{_SLUG}{{60,}}"),
    _token("Azure", "AccountKey= SharedAccessKey=", r"(?:AccountKey|SharedAccessKey)=[A-Za-z0-9+/]{40,88}={0,2}"),
    _token("Azure", "Q~", r"[\w~.-]{3}[0-9]Q~[\w~.-]{31,34}"),
    _token("Azure", "sig=", r"sig=[A-Za-z0-9%+/]{43,100}(?:=|%3[Dd])"),
    _token("DigitalOcean", "_v1_", r"do[opr]_v1_[0-9a-f]{64}"),
    _token("Databricks", "dapi", r"dapi[0-9a-f]{32}(?:-[0-9])?"),
    _token("Shopify", "shp", r"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}"),
    _token("Square", "sq0 EAAA", rf"sq0(?:atp|csp|idp)-{_SLUG}{{22,43}}|EAAA{_SLUG}{{60}}"),
    _token("PayPal", "access_token$", r"access_token\$(?:production|sandbox)\$[0-9a-z]{16}\$[0-9a-f]{32}"),
    _token("Atlassian", "ATATT3 ATCTT3 ATBB", rf"AT[AC]TT3{_SLUG}{{60,}}(?:=[0-9A-F]{{8}})?|ATBB{_WORD}{{32}}"),
    _token("Linear", "lin_api_", rf"lin_api_{_WORD}{{32,}}"),
    _token("Notion", "ntn_ secret_", rf"ntn_{_WORD}{{40,}}|secret_{_WORD}{{43}}"),
    _token("Figma", "figd_", rf"figd_{_SLUG}{{36,}}"),
    _token("Grafana", "glsa_ glc_", rf"glsa_{_WORD}{{32}}_[0-9a-fA-F]{{8}}|glc_[A-Za-z0-9+/=]{{32,}}"),
    _token("HashiCorp", "hvs. hvb. .atlasv1.", rf"hv[sb]\.{_SLUG}{{24,}}|{_WORD}{{14}}\.atlasv1\.{_SLUG}{{60,}}"),
    _token("Heroku", "HRKU-", rf"HRKU-{_SLUG}{{36,}}"),
    _token("Cloudflare", "v1.0-", r"v1\.0-[0-9a-f]{24}-[0-9a-f]{146}"),
    _token("Doppler", "dp.", rf"dp\.(?:pt|st|ct|sa|scim|audit)\.(?:[\w-]{{2,35}}\.)?{_WORD}{{40,44}}"),
    _token("Pulumi", "pul-", r"pul-[0-9a-f]{40}"),
    _token("PlanetScale", "pscale_", r"pscale_(?:tkn|pw|oauth)_[\w.=-]{32,}"),
    _token("Supabase", "sbp_ sb_secret_", rf"sbp_[0-9a-f]{{40}}|sb_secret_{_SLUG}{{20,}}"),
    _token("Vercel", "vcp_", rf"vcp_{_WORD}{{50,}}"),
    _token("Fly.io", "fm1 fm2", r"fm[12][a-z]?_[A-Za-z0-9+/=_-]{40,}"),
    _token("Tailscale", "tskey-", rf"tskey-[a-z]+-{_WORD}{{8,}}-{_WORD}{{16,}}"),
    _token("New Relic", "NRAK- NRJS-", r"NR(?:AK|JS|II)-[A-Z0-9]{19,32}"),
    _token("Sentry", "sntry", r"sntry[su]_[A-Za-z0-9+/=_]{60,}"),
    _token("Postman", "PMAK-", r"PMAK-[0-9a-f]{24}-[0-9a-f]{34}"),
    _token("Airtable", "pat", rf"pat{_WORD}{{14}}\.[0-9a-f]{{64}}"),
    _token("Dropbox", "sl.", rf"sl\.(?:u\.)?{_SLUG}{{100,}}"),
    _token("Facebook", "EAA", r"EAA[A-Za-z0-9]{90,}"),
    _token("JFrog", "AKCp cmVmd", rf"AKCp{_WORD}{{69,}}|cmVmd{_WORD}{{59}}"),
    _token("age", "AGE-SECRET-KEY-", r"AGE-SECRET-KEY-1[0-9A-Z]{58}"),
    _token("Firebase", "AAAA", rf"AAAA{_SLUG}{{7}}:APA91b{_SLUG}{{100,}}"),
    _token("web", "eyJ", rf"eyJ{_SLUG}{{8,}}\.eyJ{_SLUG}{{8,}}\.{_SLUG}{{16,}}"),
)

_STARTS = re.compile("|".join(sorted({re.escape(start) for token in TOKENS for start in token.starts})))
_RUN = re.compile(r"[A-Za-z0-9_.~$:/+=%-]{20,}")
"""What a token can be in: prose has few words of that length."""
_KEY_BEGINS = re.compile(
    r"-{4,5} ?BEGIN (?:[A-Z0-9]{1,12} ){0,4}PRIVATE KEY(?: BLOCK)? ?-{4,5}|PuTTY-User-Key-File-[0-9]"
)
_KEY_FOLLOWS = re.compile(r"[ \t]*(?:\r?\n|\\n)\s{0,40}[A-Za-z0-9+/]{4}")
_KEY_BODY = re.compile(r"[A-Za-z0-9+/]{16}")
_KEY_LINES = re.compile(
    r"[^\n]*(?:\n[^\S\n]*(?:[A-Za-z0-9+/=]{4,}|(?:Public|Private)-(?:Lines|MAC): ?[a-z0-9]*)[^\S\n]*(?=\n|\Z))*"
)
"""The rest of a key whose end is not marked."""
_BODY_WITHIN = 600
"""Characters from a key's first line within which its body begins: headers may stand between."""
_LONGEST_KEY = 8_000
_AWS_SECRET = re.compile(r"(?<![A-Za-z0-9/+])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])")
_AWS_WORD = re.compile(r"aws|secret.?access|secret.?key|AKIA|ASIA", re.IGNORECASE)
_AWS_BEFORE = 80


def long_runs(text: str) -> tuple[tuple[int, int], ...]:
    """Give the places that are long enough without a space to hold a token."""
    found: list[tuple[int, int]] = []
    at = 0
    for word in text.split():
        if len(word) >= _LEAST_LENGTH:
            at = text.index(word, at)
            found.extend(match.span() for match in _RUN.finditer(text, at, at + len(word)))
            at += len(word)
    return tuple(found)


def vendor_tokens(text: str, runs: Iterable[tuple[int, int]]) -> Iterator[Hit]:
    """Find what has the shape of a vendor's key or token, in runs that are long enough."""
    for start, end in runs:
        word = text[start:end]
        for token in TOKENS if _STARTS.search(word) else ():
            if any(each in word for each in token.starts):
                for match in token.shape.finditer(text, start, end):
                    yield Hit("vendor-token", match.start(), match.end(), token.vendor)
        if len(word) >= _AWS_SECRET_LENGTH:
            for match in _AWS_SECRET.finditer(text, start, end):
                if _is_aws_secret(text, match):
                    yield Hit("vendor-token", match.start(), match.end(), "AWS")


def _is_aws_secret(text: str, match: re.Match[str]) -> bool:
    if not is_random(match.group()) or not set(match.group()) - _HEXADECIMAL:
        return False
    return _AWS_WORD.search(text, max(0, match.start() - _AWS_BEFORE), match.start()) is not None


def private_keys(text: str) -> Iterator[Hit]:
    """Find private keys: their first line, and whether more than that stands there."""
    if "PRIVATE KEY" in text or "PuTTY-User-Key-File-" in text:
        for match in _KEY_BEGINS.finditer(text):
            within = (match.end(), match.end() + _BODY_WITHIN)
            body = _KEY_FOLLOWS.match(text, *within) or _KEY_BODY.search(text, *within)
            if body is None:
                yield Hit("private-key-header", match.start(), match.end())
                continue
            end = text.find("-----END", body.end(), match.end() + _LONGEST_KEY)
            if end < 0:
                rest = _KEY_LINES.match(text, body.end(), match.end() + _LONGEST_KEY)
                end = rest.end() if rest is not None else body.end()
            yield Hit("private-key", match.start(), end)


def is_random(text: str) -> bool:
    """Tell whether a text looks drawn by chance: of letters and digits well mixed, or hexadecimal and long."""
    if not set(text) - _HEXADECIMAL:
        return len(text) >= _HEX_LENGTH and entropy(text) >= _HEX_BITS
    cases = any(map(str.isupper, text)) + any(map(str.islower, text))
    digits = sum(map(str.isdigit, text))
    mixed = bool(digits) if cases > 1 else digits >= _DIGITS and text.isalnum()
    return mixed and len(text) >= _LEAST_LENGTH and entropy(text) >= _BITS


def entropy(text: str) -> float:
    """Give Shannon's entropy of the characters of a text, in bits a character (Shannon, 1948)."""
    counts = Counter(text).values()
    return -sum(count / len(text) * math.log2(count / len(text)) for count in counts)
