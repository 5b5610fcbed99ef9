"""What looks like a secret, or is one that we were given, is taken out of a text."""

import pytest

from bot.redact import MARK, Redactor, without_secrets


@pytest.mark.parametrize(
    "secret",
    [
        "ghs_16C7e42F292c6912E7710c838347Ae178B4a",
        "ghs_123456_eyJhbGciOi.eyJpc3Mi.abc-DEF_1",
        "ghp_abc",
        "ghu_16C7e42F292c6912E7710c838347Ae178B4a",
        "github_pat_11ABC_def",
        "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOjd9.c2ln",
        "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\nMIIE, cut off",
        "It's a Secret to Everybody",
        "It%27s%20a%20Secret%20to%20Everybody",
    ],
)
def test_a_secret_is_taken_out(secret: str) -> None:
    assert Redactor("It's a Secret to Everybody", "", None).clean(f"said {secret} here").startswith(f"said {MARK}")


def test_a_password_in_an_address_is_taken_out_and_the_address_stays() -> None:
    text = Redactor().clean("no answer from postgresql://espalier:tide%20out@db:5432/espalier")
    assert text == f"no answer from postgresql://{MARK}@db:5432/espalier"


def test_a_code_that_signs_somebody_in_is_taken_out() -> None:
    assert Redactor().clean("GET /sign-in/callback?code=abc123&state=x") == f"GET /sign-in/callback?code={MARK}&state=x"


@pytest.mark.parametrize("words", ["orchard/taxonomy#1 at a1b2c3d", "http://127.0.0.1:8080/builds/pr1", "see @june"])
def test_ordinary_words_stay(words: str) -> None:
    assert Redactor().clean(words) == words


@pytest.mark.parametrize(
    "secret", ["sk-proj-" + "Ab1" * 9, "hf_" + "Ab1" * 11, "ghs_" + "x" * 40, "AKIAIOSFODNN7EXAMPLE"]
)
def test_a_key_of_a_vendor_is_taken_out_of_what_others_say(secret: str) -> None:
    assert without_secrets(f"refused {secret}, and {secret} too") == f"refused {MARK}, and {MARK} too"
    assert without_secrets(f"ESPALIER_TEACHER_KEY={secret}").endswith(MARK)


@pytest.mark.parametrize(
    "text",
    ["laughs_at_night", "desk-lamp-with-a-very-long-name-here", "surveyJane.doe", "a" * 40, "build pr7-0a1b2c3d"],
)
def test_words_that_only_begin_like_a_secret_stay(text: str) -> None:
    assert without_secrets(f"compositional_skills/{text}/qna.yaml") == f"compositional_skills/{text}/qna.yaml"
