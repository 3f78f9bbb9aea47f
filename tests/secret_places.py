"""Places where people leave secrets: files with made-up ones of the published shapes, drawn anew at each run.

Nothing here is a secret, and nothing is written out whole: a scanner that reads this file finds no key.
"""

import base64
import json
import random
import string
from collections.abc import Callable

_ALNUM = string.ascii_letters + string.digits
_LOWER = string.ascii_lowercase + string.digits
_HEX = "0123456789abcdef"
_URL_SAFE = _ALNUM + "_-"

Place = tuple[str, str, str]  # kind, path, text


class Draw:
    """Random parts of keys."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def some(self, letters: str, count: int) -> str:
        return "".join(self._random.choices(letters, k=count))

    def alnum(self, count: int) -> str:
        return self.some(_ALNUM, count)

    def upper(self, count: int) -> str:
        return self.some(string.ascii_uppercase + string.digits, count)

    def lower(self, count: int) -> str:
        return self.some(_LOWER, count)

    def hex(self, count: int) -> str:
        return self.some(_HEX, count)

    def safe(self, count: int) -> str:
        return self.some(_ALNUM, 1) + self.some(_URL_SAFE, count - 2) + self.some(_ALNUM, 1)

    def digits(self, count: int) -> str:
        return self.some("123456789", 1) + self.some(string.digits, count - 1)

    def base64(self, count: int) -> str:
        return base64.b64encode(self._random.randbytes(count)).decode()

    def uuid(self) -> str:
        return "-".join(self.hex(count) for count in (8, 4, 4, 4, 12))

    def jwt(self) -> str:
        parts = [json.dumps({"alg": "HS256", "typ": "JWT"}), json.dumps({"sub": self.digits(10), "n": self.alnum(6)})]
        coded = [base64.urlsafe_b64encode(part.encode()).decode().rstrip("=") for part in parts]
        return ".".join([*coded, self.safe(43)])

    def password(self) -> str:
        """As a careful person makes one: twelve signs of all sorts."""
        return (
            self.alnum(3)
            + self.some("!@*?+", 1)
            + self.digits(2)
            + self.some(string.ascii_letters, 3)
            + self.digits(1)
            + "Kq"
        )

    def pem(self, label: str) -> str:
        body = self.base64(300)
        lines = [body[at : at + 64] for at in range(0, len(body), 64)]
        return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""])


def pair(name: str, password: str) -> str:
    return base64.b64encode(f"{name}:{password}".encode()).decode()


def places(seed: int) -> list[Place]:
    """All of them, with keys drawn from the seed."""
    draw = Draw(seed)
    return [place for group in (_tokens, _settings, _in_code, _logins, _files, _spoken) for place in group(draw)]


def _tokens(d: Draw) -> list[Place]:
    """Tokens of known shapes, in settings, code, notes and logs by turns."""
    known: list[tuple[str, str]] = [
        ("GitHub", "gh" + "p_" + d.alnum(36)),
        ("GitHub", "gh" + "s_" + d.alnum(36)),
        ("GitHub fine-grained", "github" + "_pat_" + d.alnum(22) + "_" + d.alnum(59)),
        ("GitLab", "gl" + "pat-" + d.safe(20)),
        ("GitLab deploy", "gl" + "dt-" + d.safe(20)),
        ("GitLab runner", "gl" + "rt-" + d.safe(20)),
        ("Bitbucket", "ATB" + "B" + d.alnum(32)),
        ("Atlassian", "ATATT" + "3xFfG" + "F0" + d.safe(60)),
        ("AWS", "AKI" + "A" + d.upper(16)),
        ("Google key", "AI" + "za" + d.safe(35)),
        ("Google OAuth secret", "GOC" + "SPX-" + d.safe(28)),
        ("Google access", "ya" + "29." + d.safe(80)),
        ("DigitalOcean", "do" + "p_v1_" + d.hex(64)),
        ("Alibaba", "LT" + "AI" + d.alnum(20)),
        ("Vault", "hv" + "s." + d.safe(90)),
        ("Vault, older", "s" + "." + d.alnum(24)),
        ("Doppler", "dp" + ".pt." + d.alnum(43)),
        ("age", "AGE-SECRET" + "-KEY-1" + d.upper(58)),
        ("OpenAI", "sk" + "-" + d.alnum(48)),
        ("OpenAI project", "sk" + "-proj-" + d.safe(60)),
        ("Anthropic", "sk" + "-ant-api03-" + d.safe(90)),
        ("Hugging Face", "h" + "f_" + d.some(string.ascii_letters, 34)),
        ("Groq", "gs" + "k_" + d.alnum(52)),
        ("Replicate", "r" + "8_" + d.alnum(37)),
        ("Stripe", "sk" + "_live_" + d.alnum(24)),
        ("Stripe test", "sk" + "_test_" + d.alnum(24)),
        ("Stripe webhook", "wh" + "sec_" + d.alnum(32)),
        ("Square", "sq0" + "csp-" + d.safe(43)),
        ("Slack bot", "xox" + "b-" + d.digits(12) + "-" + d.digits(12) + "-" + d.alnum(24)),
        ("Slack app", "xap" + "p-1-A" + d.upper(9) + "-" + d.digits(12) + "-" + d.hex(64)),
        ("SendGrid", "S" + "G." + d.safe(22) + "." + d.safe(43)),
        ("Mailgun", "ke" + "y-" + d.hex(32)),
        ("Mailchimp", d.hex(32) + "-us" + "12"),
        ("Sendinblue", "xkey" + "sib-" + d.hex(64) + "-" + d.alnum(16)),
        ("Twilio", "S" + "K" + d.hex(32)),
        ("npm", "np" + "m_" + d.alnum(36)),
        ("PyPI", "pypi" + "-AgEIcHlwaS5vcmc" + d.safe(120)),
        ("RubyGems", "ruby" + "gems_" + d.hex(48)),
        ("NuGet", "oy" + "2" + d.lower(43)),
        ("Docker Hub", "dckr" + "_pat_" + d.safe(27)),
        ("Databricks", "da" + "pi" + d.hex(32)),
        ("Grafana", "gl" + "sa_" + d.alnum(32) + "_" + d.hex(8)),
        ("New Relic", "NR" + "AK-" + d.upper(27)),
        ("Sentry", "sntr" + "yu_" + d.hex(64)),
        ("Shopify", "shp" + "at_" + d.hex(32)),
        ("Linear", "lin" + "_api_" + d.alnum(40)),
        ("Notion", "nt" + "n_" + d.alnum(46)),
        ("Airtable", "pa" + "t" + d.alnum(14) + "." + d.hex(64)),
        ("Figma", "fi" + "gd_" + d.safe(40)),
        ("Postman", "PM" + "AK-" + d.hex(24) + "-" + d.hex(34)),
        ("HubSpot", "pat" + "-na1-" + d.uuid()),
        ("Telegram", d.digits(10) + ":A" + "A" + d.safe(33)),
        ("Discord", "M" + d.some(_ALNUM, 23) + "." + d.safe(6) + "." + d.safe(38)),
        ("JWT", d.jwt()),
        ("Terraform Cloud", d.alnum(14) + ".atlas" + "v1." + d.safe(67)),
        ("Azure client secret", d.alnum(3) + "8Q" + "~" + d.safe(34)),
        ("Tailscale", "ts" + "key-auth-" + d.alnum(12) + "-" + d.alnum(32)),
        ("PlanetScale", "ps" + "cale_tkn_" + d.safe(43)),
        ("Supabase", "sb" + "p_" + d.hex(40)),
        ("Sonar", "sq" + "u_" + d.hex(40)),
        ("Facebook", "EA" + "A" + d.alnum(170)),
        ("Mapbox", "sk" + ".eyJ" + d.safe(70) + "." + d.safe(22)),
    ]
    frames: list[tuple[str, Callable[[str], str]]] = [
        ("config.yml", lambda token: f"service:\n  url: https://example.org\n  value: {token}\n"),
        ("src/client.py", lambda token: f'import os\n\nCLIENT = connect("{token}")\n'),
        ("notes.md", lambda token: f"# Setup\n\nUse `{token}` for the first run.\n"),
        ("deploy.sh", lambda token: f"#!/bin/sh\nset -e\ndeploy --with {token} --now\n"),
        ("data.json", lambda token: json.dumps({"items": [{"value": token}]})),
        ("tests/test_client.js", lambda token: f"const client = new Client('{token}');\n"),
        ("run.log", lambda token: f"2024-05-01 10:00:00 INFO connecting with {token}\n"),
    ]
    return [
        (kind, frames[number % len(frames)][0], frames[number % len(frames)][1](token))
        for number, (kind, token) in enumerate(known)
    ]


def _settings(d: Draw) -> list[Place]:
    kubeconfig = (
        "apiVersion: v1\nkind: Config\nclusters: []\nusers:\n- name: admin\n  user:\n"
        f"    client-certificate-data: {d.base64(60)}\n    client-key-data: {d.base64(300)}\n"
    )
    secret = f"apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\ntype: Opaque\ndata:\n  value: {d.base64(12)}\n"
    cell = {"cell_type": "code", "source": [f'password = "{d.password()}"\n'], "outputs": [], "metadata": {}}
    aws = {
        "cell_type": "code",
        "source": [f'aws_secret_access_key = "{d.base64(30)}"\n'],
        "outputs": [],
        "metadata": {},
    }
    frame = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}}
    return [
        ("password in settings", "config/database.yml", f"production:\n  host: db1\n  password: {d.password()}\n"),
        ("password in settings", "application.properties", f"spring.datasource.password={d.password()}\n"),
        ("password in settings", "appsettings.json", json.dumps({"Smtp": {"Password": d.password()}}, indent=2)),
        (
            "short password",
            "docker-compose.yml",
            f"services:\n  db:\n    environment:\n      DB_PASSWORD: {d.lower(3)}7k{d.digits(2)}\n",
        ),
        ("short password", "settings.ini", "[smtp]\nuser = robot\npass = hun" + "ter" + d.digits(2) + "\n"),
        ("password in words", "deploy.env.sh", "export DB_PASSWORD=sword" + "fishery\n"),
        ("token in settings", "config.toml", f'[remote]\ntoken = "{d.alnum(32)}"\n'),
        ("token with hex", "ci.yaml", f"env:\n  AUTH_TOKEN: {d.hex(40)}\n"),
        ("UUID token", "heroku.yml", f"heroku_api_key: {d.uuid()}\n"),
        ("UUID token", ".yarnrc.yml", f'npmAuthToken: "{d.uuid()}"\n'),
        ("AWS secret key", "aws.ini", f"[default]\naws_secret_access_key = {d.base64(30)}\n"),
        ("AWS session token", "session.sh", f'export AWS_SESSION_TOKEN="{d.base64(180)}"\n'),
        ("Azure storage", "azure.config", f"DefaultEndpointsProtocol=https;AccountName=a;AccountKey={d.base64(64)};\n"),
        (
            "Azure service bus",
            "bus.json",
            json.dumps({"c": f"Endpoint=sb://x/;SharedAccessKeyName=r;SharedAccessKey={d.base64(32)}"}),
        ),
        (
            "connection string",
            "web.config",
            f'<add name="c" connectionString="Server=db;User Id=sa;Password={d.password()};" />\n',
        ),
        ("Kubernetes secret", "k8s/db.yaml", secret),
        ("kubeconfig", "cluster.yaml", kubeconfig),
        ("kubeconfig token", "cluster2.yaml", f"users:\n- name: a\n  user:\n    token: {d.jwt()}\n"),
        ("environment in a list", "pod.yaml", f"env:\n- name: DB_PASSWORD\n  value: {d.password()}\n"),
        ("environment in a list", "task.json", json.dumps([{"name": "API_SECRET", "value": d.alnum(30)}], indent=1)),
        ("Docker login", "registry.json", json.dumps({"auths": {"r.io": {"auth": pair("robot", d.password())}}})),
        (
            "Maven password",
            "settings.xml",
            f"<server>\n  <id>r</id>\n  <password>{d.password()}</password>\n</server>\n",
        ),
        ("NuGet password", "nuget.config", f'<add key="ClearTextPassword" value="{d.password()}" />\n'),
        ("Gradle", "gradle.properties", f"signing.keyId=AB12\nsigning.password={d.password()}\n"),
        (
            "pip index",
            "pip.conf",
            f"[global]\nindex-url = https://robot:{d.password().replace('@', '')}@pypi.corp/simple\n",
        ),
        ("Dockerfile", "Dockerfile", f"FROM debian\nENV API_TOKEN {d.alnum(30)}\n"),
        ("Dockerfile", "build/Dockerfile", f"FROM debian\nARG SECRET_KEY={d.alnum(30)}\n"),
        ("systemd", "app.service", f'[Service]\nEnvironment="DB_PASS={d.password()}"\n'),
        ("Terraform", "main.tf", f'resource "db" "a" {{\n  password = "{d.password()}"\n}}\n'),
        ("Ansible password", "hosts.ini", f"[web]\nh1 ansible_user=root ansible_password={d.password()}\n"),
        ("WireGuard", "vpn.conf", "[Interface]\nPrivate" + f"Key = {d.base64(32)}\n"),
        ("OpenVPN", "ta.conf", "-----BEGIN OpenVPN " + "Static key V1-----\n" + d.hex(32) + "\n" + d.hex(32) + "\n"),
        ("rclone", "remotes.conf", f"[r]\ntype = sftp\nuser = a\npass = {d.safe(40)}\n"),
        ("wpa", "wlan.conf", f'network={{\n  ssid="x"\n  psk="{d.password()}"\n}}\n'),
        ("notebook", "a.ipynb", json.dumps({"cells": [cell], **frame})),
        ("notebook", "b.ipynb", json.dumps({"cells": [aws], **frame})),
        ("GitHub workflow", ".github/workflows/ci.yml", f"jobs:\n  a:\n    env:\n      SONAR_TOKEN: {d.hex(40)}\n"),
        ("Rails", "config/database2.yml", f"  secret_key_base: {d.hex(128)}\n"),
        ("cookie secret", "jupyter_config.json", json.dumps({"ServerApp": {"cookie_secret": d.base64(32)}})),
        ("Datadog", "datadog.yaml", f"api_key: {d.hex(32)}\n"),
        ("Redis", "redis.conf", f"requirepass {d.alnum(24)}\n"),
        ("Jenkins", "job.xml", f"<apiToken>{d.hex(34)}</apiToken>\n"),
        ("Windows batch", "run.bat", f"set API_KEY={d.alnum(32)}\r\n"),
        ("PowerShell", "run.ps1", f'$env:DB_PASSWORD = "{d.password()}"\n'),
        (
            "SQL",
            "users.sql",
            f"CREATE USER app IDENTIFIED BY '{d.password()}';\nALTER ROLE app WITH PASSWORD '{d.password()}';\n",
        ),
        ("HTTP file", "calls.http", f"GET https://x.org/\nX-Api-Key: {d.alnum(32)}\n"),
    ]


def _in_code(d: Draw) -> list[Place]:
    first, second = "gh" + "p_" + d.alnum(14), d.alnum(22)
    return [
        ("PHP arrow", "config.php", f"<?php return ['password' => '{d.password()}'];\n"),
        (
            "PHP define",
            "wp-config.php",
            f"<?php define('DB_PASSWORD', '{d.password()}');\ndefine( 'AUTH_KEY', '{d.alnum(40)}' );\n",
        ),
        ("Ruby arrow", "config.rb", f"CONFIG = {{ :api_key => '{d.alnum(32)}' }}\n"),
        ("Go", "main.go", f'package main\n\nfunc main() {{ apiKey := "{d.alnum(32)}" }}\n'),
        ("Go with a type", "vars.go", f'var dbPassword string = "{d.password()}"\n'),
        ("Python", "settings.py", f"SECRET_KEY = '{d.alnum(25)}&{d.alnum(24)}'\n"),
        ("Python keyword", "db.py", f'connect(host="db", user="a", password="{d.password()}")\n'),
        ("Python dictionary", "conf.py", f'DATABASE = {{"PASSWORD": "{d.password()}"}}\n'),
        ("Python setdefault", "manage.py", f'os.environ.setdefault("API_TOKEN", "{d.alnum(40)}")\n'),
        ("JavaScript", "app.js", f"const apiKey = '{d.alnum(32)}';\n"),
        ("TypeScript", "app.ts", f"const token: string = '{d.alnum(40)}';\n"),
        ("TypeScript default", "env.ts", f"const key = process.env.API_KEY || '{d.alnum(32)}';\n"),
        ("Java", "A.java", f'private static final String PASSWORD = "{d.password()}";\n'),
        ("Kotlin", "A.kt", f'val apiToken: String = "{d.alnum(32)}"\n'),
        ("C", "wifi.h", f'#define WIFI_PASSWORD "{d.password()}"\n'),
        ("C#", "A.cs", f'var clientSecret = "{d.alnum(40)}";\n'),
        ("Rust", "main.rs", f'const API_TOKEN: &str = "{d.alnum(32)}";\n'),
        ("Swift", "A.swift", f'let apiKey = "{d.alnum(32)}"\n'),
        ("Lua", "a.lua", f'local secret = "{d.alnum(32)}"\n'),
        ("R", "a.R", f'Sys.setenv(API_KEY = "{d.alnum(32)}")\n'),
        ("Emacs Lisp", "init.el", f'(setq smtp-password "{d.password()}")\n'),
        ("random value with a word in it", "a.py", f'token = "{d.alnum(14)}test{d.alnum(14)}"\n'),
        ("split token", "split.py", f'TOKEN = "{first}" + "{second}"\n'),
        ("split token", "split2.py", f'TOKEN = (\n    "{first}"\n    "{second}"\n)\n'),
        ("comment", "todo.py", f"# password: {d.alnum(20)}\n"),
        ("private key in code", "key.py", "KEY = '''" + d.pem("RSA PRIVATE " + "KEY") + "'''\n"),
        (
            "private key with escapes",
            "key.js",
            'const key = "' + d.pem("PRIVATE " + "KEY").replace("\n", "\\n") + '";\n',
        ),
        ("Firebase", "fb.js", f'const config = {{ apiKey: "{"AI" + "za" + d.safe(35)}" }};\n'),
    ]


def _logins(d: Draw) -> list[Place]:
    plain = d.alnum(14) + d.digits(1)
    return [
        ("password in an address", "database.txt", f"postgres://app:{plain}@db.internal:5432/app\n"),
        ("password in an address", "src/db.js", f"const url = 'mysql://root:{plain}@10.0.0.5/shop';\n"),
        ("password in an address", "redis.yml", f"url: redis://:{plain}@cache:6379/0\n"),
        ("password in an address", "mongo.py", f'URI = "mongodb+srv://app:{plain}@c0.mongodb.net/x"\n'),
        ("password in an address", "gitconfig.txt", f"url = https://robot:{plain}@git.corp/x.git\n"),
        ("password in an address", "docs/mail.md", f"amqps://svc:{plain}@mq.corp:5671/\n"),
        ("Bearer", "call.sh", f'curl -H "Authorization: Bearer {d.alnum(40)}" https://x.org\n'),
        ("Bearer", "api.ts", f"headers: {{ Authorization: 'Bearer {d.hex(40)}' }}\n"),
        ("Basic", "call2.sh", f'curl -H "Authorization: Basic {pair("robot", d.password())}" https://x.org\n'),
        ("Basic", "api.rb", f"req['Authorization'] = 'Basic {pair('robot', d.password())}'\n"),
        ("curl user", "get.sh", f"curl -u robot:{d.password()} https://x.org\n"),
        ("mysql", "dump.sh", f"mysqldump -u root -p{plain} shop > dump.sql\n"),
        ("sshpass", "up.sh", f"sshpass -p {plain} ssh root@host\n"),
        ("option", "login.sh", f"docker login --username robot --password {plain} r.io\n"),
        (
            "Slack webhook",
            "hook.py",
            'post("https://hooks.slack' + f'.com/services/T{d.upper(8)}/B{d.upper(8)}/{d.alnum(24)}")\n',
        ),
        ("Discord webhook", "hook.js", 'post("https://discord.com/api/web' + f'hooks/{d.digits(18)}/{d.safe(68)}")\n'),
        (
            "Teams webhook",
            "hook.yml",
            "url: https://corp.webhook.office"
            + f".com/webhookb2/{d.uuid()}@{d.uuid()}/IncomingWebhook/{d.hex(32)}/{d.uuid()}\n",
        ),
        ("signed address", "blob.txt", f"https://a.blob.core.windows.net/c?sv=2020&sig={d.safe(43)}%3D\n"),
        ("cookie", "har.txt", f"Cookie: theme=dark; sessionid={d.lower(32)}\n"),
    ]


def _files(d: Draw) -> list[Place]:
    return [
        ("OpenSSH key", "deploy_rsa", d.pem("OPENSSH PRIVATE " + "KEY")),
        ("encrypted key", "backup.txt", d.pem("ENCRYPTED PRIVATE " + "KEY")),
        ("PGP key", "me.asc", d.pem("PGP PRIVATE " + "KEY BLOCK").replace("-----\n", "-----\n\n", 1)),
        ("EC key", "ec.txt", d.pem("EC PRIVATE " + "KEY")),
        ("PuTTY key", "k.txt", "PuTTY-User-Key" + "-File-3: ssh-ed25519\nEncryption: none\n"),
        (
            "service account",
            "sa.json",
            json.dumps({"type": "service_account", "private_key": d.pem("PRIVATE " + "KEY")}),
        ),
        ("JWK", "jwks.json", json.dumps({"kty": "EC", "crv": "P-256", "x": d.safe(43), "d": d.safe(43)})),
        ("htpasswd", "users.txt", f"admin:$apr1${d.alnum(8)}${d.alnum(22)}\n"),
        ("shadow", "backup/etc.txt", f"root:$6${d.alnum(8)}${d.alnum(86)}:19000:0:99999:7:::\n"),
        ("cookies", "jar.txt", f"# Netscape HTTP Cookie File\n.x.org\tTRUE\t/\tTRUE\t1999999999\tsid\t{d.alnum(26)}\n"),
        (
            "wallet words",
            "wallet.txt",
            "mnemonic: " + " ".join(d.some(string.ascii_lowercase, 5) for _ in range(12)) + "\n",
        ),
        ("Ethereum key", "hardhat.config.js", f'accounts: [{{ privateKey: "0x{d.hex(64)}" }}]\n'),
        *(
            ("by its name", name, "A=1\n")
            for name in (
                *(
                    ".env",
                    ".env.local",
                    ".env-prod",
                    "env.production",
                    ".env~",
                    ".envrc.local",
                    "samples.env",
                    "prod.env.bak",
                ),
                *("kubeconfig", ".dockerconfigjson", "local.settings.json", "secrets.yml.enc", "example.tfstate"),
                *("prod.tfvars", "id_rsa", "server.key", "login.keystore", ".netrc", ".pgpass", ".vault-token"),
                *(
                    "rclone.conf",
                    "cookies.txt",
                    "credentials",
                    "service-account.json",
                    "vault_pass.txt",
                    ".git-credentials",
                ),
                *(
                    ".docker/config.json",
                    "passwords.txt",
                    ".bash_history",
                    "terraform.tfstate.backup",
                    "client_secret_1.json",
                ),
            )
        ),
    ]


def _spoken(d: Draw) -> list[Place]:
    return [
        ("password in notes", "notes.txt", f"host: 10.0.0.1\nuser: root\npassword: {d.password()}\n"),
        ("password in notes", "TODO", f"admin password = {d.password()}\n"),
        ("key in a readme", "README.md", f"export API_KEY={d.alnum(32)}\n"),
        ("key in a page", "index.html", f'<script>var apiKey = "{d.alnum(32)}";</script>\n'),
        ("key in a table", "keys.csv", f"name,api_key\nmaps,{'AI' + 'za' + d.safe(35)}\n"),
        ("escaped JSON", "log.txt", '{"body": "{\\"password\\": \\"' + d.password() + '\\"}"}\n'),
    ]
