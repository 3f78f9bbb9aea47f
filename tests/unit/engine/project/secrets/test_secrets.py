"""Secrets in the places where people leave them are seen, and ordinary files are not taken for secrets."""

import time
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.project.descent import Descent
from engine.project.entries import FoundFile, LeftOut
from engine.project.gate import Admitted, judge
from engine.project.secrets.finding import find_secret
from engine.project.secrets.names import secret_by_name
from engine.project.secrets.trust import Trust
from engine.project.secrets.values import looks_secret
from tests.secret_places import Draw, places

REPOSITORY = Path(__file__).parents[5]


def judged(root: Path, path: str, text: str) -> Admitted | LeftOut:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    with Descent(str(root)) as descent:
        return judge(descent, FoundFile(path, len(text.encode()), 0))


@pytest.mark.parametrize("seed", range(3))
def test_of_many_places_with_secrets_nearly_all_are_kept_out(tmp_path: Path, seed: int) -> None:
    tried = places(seed)
    missed = Counter(kind for kind, path, text in tried if isinstance(judged(tmp_path, path, text), Admitted))
    assert len(tried) >= 180
    assert len({kind for kind, _, _ in tried}) >= 120
    assert missed.total() <= 0.01 * len(tried), f"let in: {dict(missed)}"


@pytest.mark.parametrize("seed", range(2))
def test_what_is_told_of_a_secret_is_its_kind_its_line_and_its_first_signs(tmp_path: Path, seed: int) -> None:
    for _, path, text in places(seed):
        outcome = judged(tmp_path, path, text)
        if isinstance(outcome, LeftOut):
            assert outcome.may_be_secret
            assert outcome.can_force
            assert outcome.row().may_be_secret
            told = outcome.reason.partition("(")[2].removesuffix(")").removesuffix("…")
            assert len(told) <= 4
            assert secret_by_name(path) or " in line " in outcome.reason


def test_the_files_of_this_program_are_no_secrets() -> None:
    files = [
        file
        for folder in ("app", "engine", "ui", "resources", "packaging", "tests")
        for file in (REPOSITORY / folder).rglob("*")
        if file.suffix in (".py", ".md", ".c", ".h", ".toml", ".svg", ".xml", ".desktop", ".txt", ".json")
        and file.stat().st_size < 1_000_000
    ]
    assert len(files) > 300
    taken = []
    for file in files:
        path = str(file.relative_to(REPOSITORY))
        if secret_by_name(path) or find_secret(file.read_text(encoding="utf-8"), path):
            taken.append(path)
    assert len(taken) <= 0.005 * len(files), f"taken for secrets: {taken}"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.py", "token = os.environ['GITHUB_TOKEN_FOR_THE_RELEASE_2024']"),
        ("a.py", "secret = get_secret_from_vault_v2(name)"),
        ("a.py", "password = 'your-password-goes-here-12'"),
        ("a.py", "tokenizer_path = resources/starter/model/v2/tokenizer"),
        ("a.py", "next_token = self.tokens[position_in_stream_2]"),
        ("a.sh", "API_KEY=${MY_SERVICE_API_KEY_V2_PROD}"),
        ("a.py", "token_type_embeddings2 = torch_embedding_layer_7"),
        ("a.py", "sha256 = " + "9f86d081884c7d659a2feaa0c55ad015" + "a3bf4f1b2b0b822cd15d6c15b0f00a08"),
        ("a.yml", "max_tokens: 40960000000000000000000"),
        ("a.yml", "password: changeme"),
        ("a.yml", "password: ${DB_PASSWORD}\ntoken: {{ vault.token }}\nsecret: <your secret>\n"),
        ("package.json", '{"dependencies": {"minipass": "^7.1.3", "passport": "0.7.0"}}'),
        ("docker-compose.yml", "POSTGRES_PASSWORD: postgres\n"),
        ("de.yml", "login:\n  password: Passwort\n  token: Zugangskennung\n"),
        ("a.py", 'url = "http://user:pass@example.org"\nproxy = "http://user:password@proxy:8080"\n'),
        ("a.py", 'if data.startswith("-----BEGIN OPENSSH ' + 'PRIVATE KEY-----"):\n    return KEY\n'),
        ("b.py", 'return "-----BEGIN RSA ' + 'PRIVATE KEY-----\\n" + body'),
        ("README.md", 'Log in with password: "s3cr3t" and curl -u user:hunter2 https://example.org'),
        ("aws.md", "AKI" + "AIOSFODNN7EXAMPLE"),
        ("a.js", "const TOKEN_TYPES = { access_token: 'access_token_v2', refresh: 'refresh_token_v1' }"),
        ("a.css", ".sk-fading-circle-container-of-the-loading-page-number-two { color: red }"),
        ("lock.txt", "integrity: sha512-" + "Zx9k2LmQ8vRt5Yw1" * 5),
        ("ca-bundle.txt", "-----BEGIN CERTIFICATE-----\nMIIDdzCCAl+gAwIBAgIEAgAAuTANBgkqhkiG9w0BAQUFADBa\n"),
        ("a.ts", "function setPassword(password: string, confirmation: string): Promise<void> {}"),
        ("a.tf", "password = var.db_password_v2\ntoken = data.vault.token2\n"),
    ],
)
def test_ordinary_code_and_settings_are_no_secrets(path: str, text: str) -> None:
    assert find_secret(text, path) is None


def test_the_line_is_the_one_with_the_secret() -> None:
    token = "gh" + "p_" + Draw(1).alnum(36)
    found = find_secret(f"é\nпример\n\ntoken = '{token}'\n", "a.py")
    assert found is not None
    assert (found.line, found.masked) == (4, "ghp_…")
    assert found.words == "a GitHub token in line 4 (ghp_…)"


def test_a_password_is_not_shown_at_all() -> None:
    found = find_secret("password: " + "Xk9!" + "mmw2Pq\n", "a.yml")
    assert found is not None
    assert found.masked == "…"


@pytest.mark.parametrize(
    "name",
    [
        *("config.env.example", ".env.sample", "credentials.template.json", "ca.pem", "server.cert.pem", "secrets.py"),
        *("docs/passwords.txt", "src/credentials.ts", "types/credentials.d.ts.map", "environment.yml", "id_rsa.pub"),
    ],
)
def test_names_of_examples_certificates_and_sources_are_ordinary(name: str) -> None:
    assert not secret_by_name(name)


@given(st.text(), st.sampled_from(["a.py", "a.yml", "README.md", "x"]))
@example('password="' + "\\" * 400, "a.yml")
@example("https://" + ":" * 300 + "@", "x")
def test_any_text_can_be_looked_through(text: str, path: str) -> None:
    found = find_secret(text, path)
    assert found is None or 1 <= found.line <= text.count("\n") + 1


@given(st.binary(max_size=80), st.sampled_from(Trust), st.booleans(), st.booleans())
def test_any_value_can_be_judged(value: bytes, trust: Trust, for_password: bool, is_environment: bool) -> None:
    looks_secret(value, trust, for_password=for_password, is_environment=is_environment)


@pytest.mark.parametrize(
    "text",
    [
        "password = " * 20_000, "://a:" * 40_000, "-----BEGIN " + "PRIVATE KEY-----" + "\n" * 200_000,
        "eyJ" + "a." * 100_000, '"kty"' + " " * 50_000 + '"d"' * 1000, "kind: Secret\n" + "data:\n" * 20_000,
        "curl " + "-u " * 60_000, "bearer " * 30_000, "mnemonic: " + "word " * 40_000, "token" + " " * 200_000,
        "Cookie: " + "sid=" * 50_000, "a" * 900_000, "'+'" * 60_000, "sshpass " * 30_000, "sshpass -p " * 30_000,
        "server=" * 30_000 + "password=", "$" * 200_000 + ":$", "secret\\\\" * 40_000, "api_key," * 30_000,
    ],
)  # fmt: skip
def test_a_hostile_text_is_looked_through_in_bounded_time(text: str) -> None:
    started = time.process_time()
    find_secret(text, "a.yml")
    assert time.process_time() - started < 5.0
