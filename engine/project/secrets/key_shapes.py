"""Keys that are known by what stands around them: a frame, a field, a form of line."""

import re

from engine.project.secrets.shapes import (
    Shape,
    always,
    encoded,
    encoded_key,
    mixed,
    no_placeholder,
    parts,
    random,
    several_signs,
    wallet_words,
    words,
)

# What follows a key's frame: its lines, after headers or not, or the first of several strings.
_KEY_BODY = (
    rb"""(?:(?:\s|\\[nrt])+(?:[A-Z][\w-]*: [^\n\\]*(?:\s|\\[nrt])+)*(?=[A-Za-z0-9+/=]{4})"""
    rb"""|(?:\s|\\[nrt]|["'`+,.]){1,60}(?=[A-Za-z0-9+/=]{32}))"""
)

KEY_SHAPES: tuple[Shape, ...] = (
    Shape(
        "a private key",
        words("PRIVATE"),
        re.compile(
            rb"(?P<value>-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----" + _KEY_BODY + rb"(?!(?i:x{4})))"
        ),
        always,
    ),
    Shape(
        "a private key",
        words("PuTTY-User-Key-File-2", "PuTTY-User-Key-File-3"),
        re.compile(rb"(?P<value>PuTTY-User-Key-File-\d: \w)"),
        always,
    ),
    Shape(
        "a private key",
        words("OpenVPN", "SSH2"),
        re.compile(
            rb"-{4,5} ?BEGIN (?:OpenVPN Static key V\d|SSH2 ENCRYPTED PRIVATE KEY) ?-{4,5}\s+"
            rb"(?P<value>[0-9A-Za-z+/:]{16,})"
        ),
        always,
    ),
    Shape(
        "a private key",
        words("kty"),
        re.compile(rb"""\\?"kty\\?"[^{}]{0,4000}?\\?"d\\?"\s*:\s*\\?"(?P<value>[\w-]{30,})"""),
        mixed,
    ),
    Shape(
        "a private key",
        words("kty"),
        re.compile(rb"""\\?"d\\?"\s*:\s*\\?"(?P<value>[\w-]{30,})\\?"[^{}]{0,4000}?\\?"kty\\?\""""),
        mixed,
    ),
    Shape(
        "a WireGuard key",
        words("PrivateKey", "PresharedKey"),
        re.compile(rb"(?m)^[ \t]*(?:PrivateKey|PresharedKey)[ \t]*=[ \t]*(?P<value>[A-Za-z0-9+/]{42,43}=)"),
        always,
    ),
    Shape(
        "a private key",
        parts("LS0tLS1CRUdJTi"),
        re.compile(rb"(?<![A-Za-z0-9+/])(?P<value>LS0tLS1CRUdJTi[A-Za-z0-9+/]{70,})"),
        encoded_key,
    ),
    Shape(
        "a wallet's key",
        parts("["),
        re.compile(rb"(?P<value>\[(?:\d{1,3},){63}\d{1,3}\])"),
        several_signs,
    ),
    Shape(
        "a storage key",
        words("AccountKey", "SharedAccessKey"),
        re.compile(rb"(?:AccountKey|SharedAccessKey)\W{1,6}(?P<value>[A-Za-z0-9+/]{40,}={0,2})"),
        no_placeholder,
    ),
    Shape(
        "a signed address",
        words("sig", "Signature", "X-Amz-Signature"),
        re.compile(rb"[?&;](?:sig|X-Amz-Signature|Signature)=(?P<value>[\w%+/=-]{40,})"),
        random,
    ),
    Shape(
        "an address that takes messages",
        words("hooks.slack.com", "hooks.zapier.com", "webhook", "webhookb2"),
        re.compile(
            rb"hooks\.slack\.com/(?:services|workflows|triggers)/(?P<value>[A-Z0-9][\w/+-]{18,})"
            rb"|hooks\.zapier\.com/hooks/catch/(?P<zapier>\d+/\w{5,})"
            rb"|office\.com/webhook\w*/(?P<office>[0-9a-f-]{36}[@\w/-]+)"
        ),
        no_placeholder,
    ),
    Shape(
        "an address that takes messages",
        words("webhooks"),
        re.compile(rb"discord(?:app)?\.com/api/(?:v\d+/)?webhooks/(?P<value>\d{16,20}/[\w-]{30,})"),
        no_placeholder,
    ),
    Shape(
        "a Telegram token",
        parts(":AA"),
        re.compile(rb"(?<![\w])(?P<value>\d{7,11}:AA[\w-]{32,34})(?![\w-])"),
        no_placeholder,
    ),
    Shape(
        "a PayPal token",
        words("production"),
        re.compile(rb"(?P<value>access_token\$production\$[0-9a-z]{16}\$[0-9a-f]{32})"),
        no_placeholder,
    ),
    Shape(
        "a Kubernetes join token",
        words("kubeadm"),
        re.compile(rb"(?P<value>--token[ =][a-z0-9]{6}\.[a-z0-9]{16}\b)"),
        no_placeholder,
    ),
    Shape(
        "a password's hash",
        parts(":$", ":{SHA}", ":{SSHA}"),
        re.compile(
            rb"(?m)^[\w.@-]{1,64}:"
            rb"(?P<value>\$(?:1|2[abxy]?|5|6|7|y|gy|apr1|P|argon2\w*)\$[\w./$=,+]{20,}|\{S?SHA\}[A-Za-z0-9+/=]{20,})"
        ),
        always,
    ),
    Shape(
        "a Kubernetes secret",
        words("Secret"),
        re.compile(
            rb"""(?:^|\n)[ \t]*["']?(?:data)["']?:[ \t]*(?:\{\s*|\n)(?:[ \t]+[^\n]*\n){0,30}?[ \t]*["']?[\w.-]+["']?:"""
            rb"""[ \t]*["']?(?P<value>[A-Za-z0-9+/]{6,}={0,2})["']?[ \t]*(?=[,\n}]|$)"""
        ),
        encoded,
    ),
    Shape(
        "a kubeconfig's key",
        words("client-key-data", "clientKeyData"),
        re.compile(rb"""client(?:-key-data|KeyData)["']?:\s*["']?(?P<value>[A-Za-z0-9+/=]{40,})"""),
        no_placeholder,
    ),
    Shape(
        "a wallet's words",
        words(
            *("mnemonic", "Mnemonic", "MNEMONIC", "WALLET_MNEMONIC", "wallet_mnemonic", "walletMnemonic", "recovery"),
            *("Recovery", "RECOVERY_PHRASE", "seed", "Seed", "SEED", "seed_phrase", "SEED_PHRASE", "seedPhrase"),
        ),
        re.compile(
            rb"""(?i)(?:mnemonic|seed(?:[ _-]?(?:phrase|words))?|recovery[ _-]?phrase)\w*["']?[ \t]*[:=][ \t]*"""
            rb"""["'`]?(?P<value>(?:[a-z]{3,8}[ ]){11,23}[a-z]{3,8})\b"""
        ),
        wallet_words,
    ),
)
