"""Secrets that are known by what stands around them: a key's frame, an address, a header, a form of line."""

import re

from engine.project.secrets.shapes import (
    Shape,
    always,
    encoded,
    encoded_key,
    encoded_pair,
    login,
    mixed,
    no_placeholder,
    password,
    password_as_in_settings,
    password_in_address,
    random,
    several_signs,
    wallet_words,
)

# What follows a key's frame: its lines, after headers or not, or the first of several strings.
_KEY_BODY = (
    rb"""(?:(?:\s|\\[nrt])+(?:[A-Z][\w-]*: [^\n\\]*(?:\s|\\[nrt])+)*(?=[A-Za-z0-9+/=]{4})"""
    rb"""|(?:\s|\\[nrt]|["'`+,.]){1,60}(?=[A-Za-z0-9+/=]{32}))"""
)

SHAPES: tuple[Shape, ...] = (
    Shape(
        "a private key",
        (b"PRIVATE KEY",),
        re.compile(
            rb"(?P<value>-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----" + _KEY_BODY + rb"(?!(?i:x{4})))"
        ),
        always,
    ),
    Shape("a private key", (b"PuTTY-User-Key-File-",), re.compile(rb"(?P<value>PuTTY-User-Key-File-\d)"), always),
    Shape(
        "a private key",
        (b"BEGIN OpenVPN Static key", b"BEGIN SSH2 ENCRYPTED"),
        re.compile(
            rb"-{4,5} ?BEGIN (?:OpenVPN Static key V\d|SSH2 ENCRYPTED PRIVATE KEY) ?-{4,5}\s+"
            rb"(?P<value>[0-9A-Za-z+/:]{16,})"
        ),
        always,
    ),
    Shape(
        "a private key",
        (b'"d"', b'\\"d\\"'),
        re.compile(rb"""\\?"kty\\?"[^{}]{0,4000}?\\?"d\\?"\s*:\s*\\?"(?P<value>[\w-]{30,})"""),
        mixed,
    ),
    Shape(
        "a private key",
        (b'"d"', b'\\"d\\"'),
        re.compile(rb"""\\?"d\\?"\s*:\s*\\?"(?P<value>[\w-]{30,})\\?"[^{}]{0,4000}?\\?"kty\\?\""""),
        mixed,
    ),
    Shape(
        "a WireGuard key",
        (b"PrivateKey", b"PresharedKey"),
        re.compile(rb"(?m)^[ \t]*(?:PrivateKey|PresharedKey)[ \t]*=[ \t]*(?P<value>[A-Za-z0-9+/]{42,43}=)"),
        always,
    ),
    Shape(
        "a password in an address",
        (b"://",),
        re.compile(rb"""://[^\s:/?#@"'<>]{0,80}:(?P<value>[^\s/@"'<>]{3,200})@[^\s@"']"""),
        password_in_address,
    ),
    Shape(
        "a login",
        (b"asic ",),
        re.compile(rb"""(?i)\bbasic[ \t]+(?P<value>[A-Za-z0-9+/]{8,}={0,2})(?![\w+/=.])"""),
        encoded_pair,
    ),
    Shape(
        "a login",
        (b"earer ", b"EARER "),
        re.compile(rb"(?i)\bbearer[ \t]+(?P<value>[\w.~+/=-]{16,})"),
        random,
    ),
    Shape(
        "a login",
        (b"oken ", b"OKEN "),
        re.compile(rb"""(?i)authorization['"]?\s{0,4}[:=,]\s{0,4}['"]?token[ \t]+(?P<value>[\w.~+/=-]{16,})"""),
        random,
    ),
    Shape(
        "a login",
        (b'"auth"', b"_auth"),
        re.compile(rb"""(?:"auth"\s*:\s*"|_auth["']?\s*[=:]\s*["']?)(?P<value>[A-Za-z0-9+/]{8,}={0,2})"""),
        encoded_pair,
    ),
    Shape(
        "a login",
        (b"curl", b"wget", b"http "),
        re.compile(rb"""\bcurl\b[^\n]{0,300}?[ \t](?:-u|--user)[ =]?["']?[^\s:"'$]{1,60}:(?P<value>[^\s"']{4,})"""),
        password,
    ),
    Shape(
        "a password on a command line",
        (b"sshpass", b"mysql", b"mysqldump", b"mysqladmin"),
        re.compile(
            rb"""\b(?:sshpass|mysql(?:dump|admin)?)\b[^\n]{0,300}?[ \t](?:-p[ \t]?|--password[= ])["']?"""
            rb"""(?P<value>[^\s"'$-][^\s"']{4,})"""
        ),
        password_as_in_settings,
    ),
    Shape(
        "a password on a command line",
        (b"docker login", b"redis-cli", b"ldap", b"pass:", b"sudo -S", b"zip -P", b"7z "),
        re.compile(
            rb"""(?:\bdocker login\b[^\n]{0,300}?[ \t]-p|\bredis-cli\b[^\n]{0,300}?[ \t]-a"""
            rb"""|\bldap\w+\b[^\n]{0,300}?[ \t]-w"""
            rb"""|\bzip\b[^\n]{0,300}?[ \t]-P)"""
            rb"""[ \t]*["']?(?P<value>[^\s"'$-][^\s"']{4,})|-pass(?:in|out)?[ \t]+pass:(?P<openssl>[^\s"'$]{5,})"""
            rb"""|echo[ \t]+["']?(?P<sudo>[^\s"'$]{5,})["']?[ \t]*\|[ \t]*sudo[ \t]+-S"""
        ),
        password_as_in_settings,
    ),
    Shape(
        "a private key",
        (b"LS0tLS1CRUdJTi",),
        re.compile(rb"(?<![A-Za-z0-9+/])(?P<value>LS0tLS1CRUdJTi[A-Za-z0-9+/]{70,})"),
        encoded_key,
    ),
    Shape(
        "a password",
        (b":5432:", b":3306:", b":*:"),
        re.compile(rb"(?m)^[\w.*-]{1,80}:(?:\d{2,5}|\*):[\w*-]{1,60}:[\w*-]{1,60}:(?P<value>[^\s:]{6,})$"),
        password_as_in_settings,
    ),
    Shape(
        "a password in an address",
        (b"assword=", b"pwd=", b"Pwd=", b"PWD="),
        re.compile(
            rb"""(?i)(?:server|data source|host|user id|uid|database)=[^\n"']{0,300}?(?:password|pwd)="""
            rb"""(?P<value>[^\s;"'&]{6,})"""
        ),
        password_as_in_settings,
    ),
    Shape(
        "a login",
        (b"getConnection(", b"_connect(", b"auth=(", b"BasicAuth(", b"basicAuth(", b".login("),
        re.compile(
            rb"""(?:getConnection\([^\n"']{0,80}|\w_connect\([^\n]{0,80}?|auth=\(|[bB]asicAuth\(|\.login\()"""
            rb"""["'][\w.@-]{1,60}["'],[ \t]*["'](?P<value>[^"'\n]{6,})["']"""
        ),
        login,
    ),
    Shape(
        "a password",
        (b"ConvertTo-SecureString",),
        re.compile(rb"""ConvertTo-SecureString[ \t]+(?:-String[ \t]+)?["'](?P<value>[^"'\n]{6,})["']"""),
        password_as_in_settings,
    ),
    Shape("a login", (b"SSWS ",), re.compile(rb"\bSSWS[ \t]+(?P<value>[\w-]{30,})"), random),
    Shape(
        "a wallet's key",
        (b"[",),
        re.compile(rb"\A\s*(?P<value>\[(?:\s*\d{1,3}\s*,){63}\s*\d{1,3}\s*\])\s*\Z"),
        several_signs,
    ),
    Shape(
        "a storage key",
        (b"AccountKey=", b"SharedAccessKey=", b"AccountKey"),
        re.compile(rb"(?:AccountKey|SharedAccessKey)\W{1,6}(?P<value>[A-Za-z0-9+/]{40,}={0,2})"),
        no_placeholder,
    ),
    Shape(
        "a signed address",
        (b"sig=", b"Signature="),
        re.compile(rb"[?&;](?:sig|X-Amz-Signature|Signature)=(?P<value>[\w%+/=-]{40,})"),
        random,
    ),
    Shape(
        "an address that takes messages",
        (b"hooks.slack.com", b"hooks.zapier.com", b"webhook.office.com", b"outlook.office.com/webhook"),
        re.compile(
            rb"hooks\.slack\.com/(?:services|workflows|triggers)/(?P<value>[A-Z0-9][\w/+-]{18,})"
            rb"|hooks\.zapier\.com/hooks/catch/(?P<zapier>\d+/\w{5,})|office\.com/webhook\w*/(?P<office>[0-9a-f-]{36}[@\w/-]+)"
        ),
        no_placeholder,
    ),
    Shape(
        "an address that takes messages",
        (b"/api/webhooks/",),
        re.compile(rb"discord(?:app)?\.com/api/(?:v\d+/)?webhooks/(?P<value>\d{16,20}/[\w-]{30,})"),
        no_placeholder,
    ),
    Shape(
        "a Telegram token",
        (b":AA",),
        re.compile(rb"(?<![\w])(?P<value>\d{7,11}:AA[\w-]{32,34})(?![\w-])"),
        no_placeholder,
    ),
    Shape(
        "a Terraform Cloud token",
        (b".atlasv1.",),
        re.compile(rb"(?P<value>[A-Za-z0-9]{14}\.atlasv1\.[\w-]{40,})"),
        no_placeholder,
    ),
    Shape(
        "a NuGet or Mailchimp key",
        (b"-us",),
        re.compile(rb"(?<![\w-])(?P<value>[0-9a-f]{32}-us\d{1,2})(?![\w-])"),
        no_placeholder,
    ),
    Shape(
        "an Azure secret",
        (b"Q~",),
        re.compile(rb"(?<![\w~.-])(?P<value>[\w~.-]{3}\dQ~[\w~.-]{31,34})(?![\w~.-])"),
        mixed,
    ),
    Shape(
        "a PayPal token",
        (b"access_token$production$",),
        re.compile(rb"(?P<value>access_token\$production\$[0-9a-z]{16}\$[0-9a-f]{32})"),
        no_placeholder,
    ),
    Shape(
        "a Kubernetes join token",
        (b"K10", b"kubeadm"),
        re.compile(rb"(?P<value>\bK10[a-f0-9]{64}::|--token[ =][a-z0-9]{6}\.[a-z0-9]{16}\b)"),
        no_placeholder,
    ),
    Shape(
        "a password's hash",
        (b":$", b":{SHA}", b":{SSHA}"),
        re.compile(
            rb"(?m)^[\w.@-]{1,64}:(?P<value>\$(?:1|2[abxy]?|5|6|7|y|gy|apr1|P|argon2\w*)\$[\w./$=,+]{20,}|\{S?SHA\}[A-Za-z0-9+/=]{20,})"
        ),
        always,
    ),
    Shape(
        "a session's cookie",
        (b"HTTP Cookie File", b"#HttpOnly_"),
        re.compile(
            rb"(?m)^(?:#HttpOnly_)?[\w.-]+\t(?:TRUE|FALSE)\t\S*\t(?:TRUE|FALSE)\t\d+\t[^\t\n]+\t(?P<value>[^\s]{8,})"
        ),
        no_placeholder,
    ),
    Shape(
        "a session's cookie",
        (b"ookie",),
        re.compile(
            rb"""(?i)\bcookie["']?\s{0,4}[:=]\s{0,4}["']?[^\n"']{0,200}?(?:sess(?:ion)?(?:_?id)?|sid|auth|token)=(?P<value>[\w%.-]{16,})"""
        ),
        random,
    ),
    Shape(
        "a Kubernetes secret",
        (b"kind: Secret", b'"kind": "Secret"', b'"kind":"Secret"'),
        re.compile(
            rb"""(?:^|\n)[ \t]*["']?(?:data)["']?:[ \t]*(?:\{\s*|\n)(?:[ \t]+[^\n]*\n){0,30}?[ \t]*["']?[\w.-]+["']?:"""
            rb"""[ \t]*["']?(?P<value>[A-Za-z0-9+/]{6,}={0,2})["']?[ \t]*(?=[,\n}]|$)"""
        ),
        encoded,
    ),
    Shape(
        "a kubeconfig's key",
        (b"client-key-data", b"clientKeyData"),
        re.compile(rb"""client(?:-key-data|KeyData)["']?:\s*["']?(?P<value>[A-Za-z0-9+/=]{40,})"""),
        no_placeholder,
    ),
    Shape(
        "a wallet's words",
        (b"nemonic", b"NEMONIC", b"eed phrase", b"SEED", b"eed_phrase", b"ecovery"),
        re.compile(
            rb"""(?i)(?:mnemonic|seed(?:[ _-]?(?:phrase|words))?|recovery[ _-]?phrase)\w*["']?[ \t]*[:=][ \t]*"""
            rb"""["'`]?(?P<value>(?:[a-z]{3,8}[ ]){11,23}[a-z]{3,8})\b"""
        ),
        wallet_words,
    ),
)
