"""File names that suggest secrets. The person can overrule a wrong guess by one click."""

import re
from fnmatch import fnmatchcase

_NAMES = (
    # environments
    *(".env", ".env.*", ".env-*", ".env_*", ".env~", "*.env", "*.env.*", "env.*", ".envrc", ".envrc.*", ".flaskenv"),
    # keys and their stores
    *(
        "*.pem",
        "*.key",
        "*.p12",
        "*.p8",
        "*.pfx",
        "*.pkcs12",
        "*.jks",
        "*.keystore",
        "*.ppk",
        "*.kdb",
        "*.kdbx",
        "*.gpg",
    ),
    *("*.ovpn", "*.psafe3", "*.agilekeychain", "*.keychain", "*.keytab", "*.mobileprovision", "*.bek", "wallet.dat"),
    *("*.jwk", "keystore.json", "age.key", "*.agekey", "secring.*", "*.snk", "*.kwallet"),
    # what programs keep to log in with
    *(".netrc", "_netrc", ".authinfo", ".npmrc", ".pypirc", ".pgpass", "pgpass.conf", ".my.cnf", ".mylogin.cnf"),
    *(".htpasswd", "htpasswd", ".htdigest", ".git-credentials", ".gitcookies", ".dockercfg", ".dockerconfigjson"),
    *("kubeconfig", "kubeconfig.*", "*.kubeconfig", "*kubeconfig.y*ml", ".boto", ".s3cfg", ".s3curl", ".passwd-s3fs"),
    *("rclone.conf", ".rclone.conf", ".msmtprc", ".fetchmailrc", ".mpoprc", ".smbcredentials", ".vault-token"),
    *(".vault_pass*", ".vault-pass*", "vault_pass*", "vault-pass*", ".sentryclirc", ".terraformrc", "terraform.rc"),
    *("cookies.txt", "*.cookies", "cookies.sqlite", "logins.json", "key3.db", "key4.db", "sitemanager.xml"),
    *("recentservers.xml", "filezilla.xml", ".ftpconfig", "sftp-config.json", ".remote-sync.json", "*.nmconnection"),
    *("wpa_supplicant.conf", "shadow", "shadow-", "gshadow", "master.passwd", "*.mobileconfig", "*.rdp", "*.pcf"),
    *("hosts.yml.bak", "local.settings.json", "serviceaccount*.json", "*adminsdk*.json", "*.publishsettings"),
    # words for it
    *("credentials", "credentials.*", ".credentials*", "credentials-*", "credentials_*", "*-credentials.json"),
    *("*_credentials.json", "*.credentials", "*.creds", "*.cred", "*.secret", "*.secrets", "secret.*", "secrets.*"),
    *("secrets", "*-secrets.y*ml", "*-secret.y*ml", "*_secrets.y*ml", "client_secret*.json", "service-account*.json"),
    *("service_account*.json", "passwords", "passwords.*", "password.txt", "passwd.txt", "pass.txt", "token.txt"),
    *("tokens.txt", "api_key.txt", "apikey.txt", "*.token", ".token", ".secret", ".secrets", ".apikey", ".api_key"),
    # infrastructure
    *("*.tfstate", "*.tfstate.*", "*.tfvars", "*.tfvars.json", "*.yml.enc", "*.yaml.enc", "*.json.enc", "master.key"),
    # what was typed
    *(".bash_history", ".zsh_history", ".sh_history", "fish_history", ".python_history", ".mysql_history"),
    *(".psql_history", ".sqlite_history", ".node_repl_history", ".irb_history", ".rediscli_history", ".dbshell"),
    *("consolehost_history.txt",),
)
_EXAMPLE = re.compile(
    r"[.\-_](?:example|sample|template|tmpl|tpl|dist|defaults?)s?(?=\.(?:json|ya?ml|toml|ini|txt)$|$)"
)
_SOURCE_SUFFIXES = (
    *(".py", ".pyi", ".js", ".jsx", ".ts", ".tsx", ".mjs", ".cjs", ".go", ".rs", ".java", ".kt", ".scala", ".swift"),
    *(".rb", ".php", ".c", ".h", ".cc", ".cpp", ".hpp", ".cs", ".md", ".mdx", ".rst", ".html", ".css", ".scss", ".vue"),
    *(
        ".svelte",
        ".ex",
        ".exs",
        ".erl",
        ".hs",
        ".lua",
        ".pl",
        ".pm",
        ".dart",
        ".clj",
        ".svg",
        ".adoc",
        ".po",
        ".pot",
        ".map",
    ),
)
_CERTIFICATES = re.compile(
    r"(?:^|[._-])(?:ca|cacert|cacerts|cert|certs|chain|fullchain|bundle|pub|public|dhparams?)\.pem$"
)
_IN_DOCUMENTS = re.compile(r"(?:^|/)docs?/.*\.txt$")
_PLACES = re.compile(
    r"(?:^|/)\.(?:docker/config\.json|kube/config|azure/.*token.*|config/gcloud/.*|config/gh/hosts\.yml|config/hub"
    r"|gem/credentials|cargo/credentials|composer/auth\.json|m2/settings-security\.xml)$"
)


def is_public_pem(path: str, text: str) -> bool:
    """Whether a .pem file holds certificates or public keys alone; by its name it could be a private key."""
    return path.lower().endswith(".pem") and "PRIVATE KEY" not in text and "-----BEGIN " in text


def secret_by_name(path: str) -> bool:
    """Whether a path suggests secrets; one that names itself an example does not."""
    lower = path.lower()
    name = lower.rpartition("/")[2]
    stem = name.partition(".")[0]
    if stem in ("id_rsa", "id_dsa", "id_ecdsa", "id_ed25519", "id_ecdsa_sk", "id_ed25519_sk", "id_xmss"):
        return not name.endswith(".pub")
    if name.startswith("id_") and "." not in name:
        return True
    if _EXAMPLE.search(name) or name.endswith(_SOURCE_SUFFIXES) or _CERTIFICATES.search(name):
        return False
    if _IN_DOCUMENTS.search(lower):
        return False
    return _PLACES.search(lower) is not None or any(fnmatchcase(name, pattern) for pattern in _NAMES)
