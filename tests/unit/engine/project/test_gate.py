"""The gate: what it keeps out and why, what the person may let in, and that it is not over-broad."""

import os
from pathlib import Path

import pytest

from engine.project.descent import Descent
from engine.project.entries import FoundFile, LeftOut
from engine.project.gate import MAX_BYTES, MAX_FORCED_BYTES, Admitted, judge
from engine.project.secrets.names import secret_by_name


def judged(root: Path, name: str, content: bytes, *, forced: bool = False) -> Admitted | LeftOut:
    file = root / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    status = file.stat()
    return judged_as_found(root, FoundFile(name, status.st_size, status.st_mtime_ns, forced))


def judged_as_found(root: Path, file: FoundFile) -> Admitted | LeftOut:
    with Descent(str(root)) as descent:
        return judge(descent, file)


def refusal(root: Path, name: str, content: bytes, *, forced: bool = False) -> LeftOut:
    outcome = judged(root, name, content, forced=forced)
    assert isinstance(outcome, LeftOut), f"{name} was let in"
    assert outcome.reason
    return outcome


PRIVATE_KEY = b"-----BEGIN OPENSSH " + b"PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\n"
RANDOM_VALUE = "Zx9k2LmQ8vRt5Yw1" + "Pn7bHs4Jd6Fg3Ac0"


@pytest.mark.parametrize(
    "name",
    [".env", ".env.local", "a/prod.env", "server.pem", "tls.key", "id_rsa", "id_ed25519", "vault.kdbx", ".netrc",
     ".npmrc", "credentials", "credentials.json", ".git-credentials", "ID_RSA", "deep/.ENV", "infra.tfstate"],
)  # fmt: skip
def test_files_named_like_secrets_stay_out_unless_the_person_says_otherwise(tmp_path: Path, name: str) -> None:
    assert refusal(tmp_path, name, b"A=1\n").can_force
    assert judged(tmp_path, name, b"A=1\n", forced=True) == Admitted("A=1\n")


@pytest.mark.parametrize(
    "name",
    [".env.example", ".env.sample", ".env.template", "secrets.py", "credentials.py", "id_generator.py", "keyboard.py",
     "id_rsa.pub", "environment.yml", "config.json", "tokenizer.json", "private/a.py", "monkey.md"],
)  # fmt: skip
def test_ordinary_names_are_no_secrets(tmp_path: Path, name: str) -> None:
    assert judged(tmp_path, name, b"A = 1\n") == Admitted("A = 1\n")
    assert not secret_by_name(name.rpartition("/")[2])


@pytest.mark.parametrize(
    "text",
    [
        PRIVATE_KEY.decode(),
        "aws = 'AKIA" + "IOSFODNN7ABCDEFG'",
        "token: ghp_" + "a1B2" * 9,
        "SLACK=xoxb-" + "123456789012-abcdef",
        "key = AIza" + "SyA-1234567890abcdefghijklmnopqrstuv",
        "openai sk-" + "proj-" + "Ab1" * 14,
        "hf_" + "aBcDeFgHiJ" * 3,
        f'api_key = "{RANDOM_VALUE}"',
        f"DB_PASSWORD={RANDOM_VALUE}",
        f'"client_secret": "{RANDOM_VALUE}"',
        "auth_token = " + "9f86d081884c7d659a2feaa0c55ad015",
    ],
)
def test_keys_and_passwords_in_a_text_are_found_with_their_line(tmp_path: Path, text: str) -> None:
    outcome = refusal(tmp_path, "config.py", f"import os\n\n{text}\n".encode())
    assert "line 3" in outcome.reason
    assert outcome.can_force
    assert text.split("=")[-1].strip().strip("\"'") not in outcome.reason


def test_a_pem_file_with_certificates_alone_comes_in(tmp_path: Path) -> None:
    certificate = (
        b"-----BEGIN CERTIFICATE-----\nMIIDdzCCAl+gAwIBAgIEAgAAuTANBgkqhkiG9w0BAQUFADBa\n-----END CERTIFICATE-----\n"
    )
    assert isinstance(judged(tmp_path, "server.pem", certificate), Admitted)
    assert refusal(tmp_path, "server.pem", certificate + PRIVATE_KEY).may_be_secret
    assert refusal(tmp_path, "server.pem", b"?\n").may_be_secret


def test_a_binary_is_out_and_stays_out(tmp_path: Path) -> None:
    for content in (b"\x7fELF\0\0\0", bytes(range(256)) * 20, os.urandom(4096).replace(b"\0", b"\1")):
        outcome = refusal(tmp_path, "a.py", content, forced=True)
        assert not outcome.can_force


def test_fifty_megabytes_cost_nothing_and_one_line_of_two_is_named(tmp_path: Path) -> None:
    huge = tmp_path / "huge.txt"
    with huge.open("wb") as stream:
        stream.truncate(50_000_000)
    opened = judged_as_found(
        tmp_path / "elsewhere", FoundFile("huge.txt", 50_000_000, 0)
    )  # not there: it is never opened
    assert isinstance(opened, LeftOut)
    assert opened.reason == "too large: 50.0 MB"
    assert not opened.can_force
    line = refusal(tmp_path, "data.json", b"x" * 2_000_000)
    assert line.reason == "too large: 2.0 MB"
    assert line.can_force
    assert isinstance(judged(tmp_path, "data.json", b"x" * 2_000_000, forced=True), Admitted)
    assert refusal(tmp_path, "app.js", b"x" * 200_000).reason == "minified: a line of 200,000 characters"


def test_a_file_that_grew_since_it_was_listed_is_cut_off(tmp_path: Path) -> None:
    (tmp_path / "log.txt").write_bytes(b"line\n" * MAX_BYTES)
    outcome = judged_as_found(tmp_path, FoundFile("log.txt", 10, 0))
    assert isinstance(outcome, LeftOut)
    assert "too large" in outcome.reason
    assert MAX_FORCED_BYTES > MAX_BYTES


@pytest.mark.parametrize("name", ["app.min.js", "style.min.css", "bundle.js.map", "package-lock.json", "Cargo.lock"])
def test_what_tools_write_stays_out_by_its_name(tmp_path: Path, name: str) -> None:
    assert refusal(tmp_path, name, b"{}\n").can_force


def test_many_long_lines_are_minified_and_prose_is_not(tmp_path: Path) -> None:
    assert "minified" in refusal(tmp_path, "a.css", (b"a{b:c}" * 150 + b"\n") * 20).reason
    assert isinstance(judged(tmp_path, "README.md", (b"word " * 120 + b"\n\n") * 20), Admitted)


def test_a_file_that_became_a_link_or_a_pipe_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "target").write_text("outside")
    (tmp_path / "link").symlink_to(tmp_path / "target")
    os.mkfifo(tmp_path / "pipe")
    for name in ("link", "pipe", "missing"):
        outcome = judged_as_found(tmp_path, FoundFile(name, 3, 0, forced=True))
        assert isinstance(outcome, LeftOut)
        assert outcome.reason.startswith("unreadable: ")


def test_a_file_whose_folder_became_a_link_is_not_read(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    for folder in (root / "src" / "inner", outside / "inner"):
        folder.mkdir(parents=True)
        (folder / "a.py").write_text(str(folder))
    found = FoundFile("src/inner/a.py", 3, 0)
    assert isinstance(judged_as_found(root, found), Admitted)
    (root / "src").rename(tmp_path / "src")
    (root / "src").symlink_to(outside)
    outcome = judged_as_found(root, found)
    assert isinstance(outcome, LeftOut)
    assert "it is a link now" in outcome.reason
