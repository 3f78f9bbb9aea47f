"""Keys and tokens with a recognizable shape, as published by their issuers and by secret scanners."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of token: the literal `start` of its `pattern`."""

    words: str
    start: bytes
    pattern: re.Pattern[bytes]


def _kinds(words: str, *patterns: bytes) -> list[Kind]:
    """Kinds whose patterns begin with literal characters."""
    found = []
    for pattern in patterns:
        start = re.match(rb"(?:[A-Za-z0-9_~-]|\\\.)+(?![{?*+])", pattern)
        if start is None:
            raise ValueError(f"{pattern!r} begins with nothing plain")
        found.append(Kind(words, start[0].replace(b"\\", b""), re.compile(pattern)))
    return found


_ID = rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"

# Each is compared with whole words of [A-Za-z0-9_.~-].
TOKENS: tuple[Kind, ...] = (
    # code hosts
    *_kinds("a GitHub token", *(b"gh" + kind + rb"_[A-Za-z0-9]{36,}" for kind in (b"p", b"o", b"u", b"s", b"r"))),
    *_kinds("a GitHub token", rb"github_pat_[A-Za-z0-9_]{22,}"),
    *_kinds("a GitLab token", rb"glpat-[\w.-]{20,}", rb"gldt-[\w.-]{20,}", rb"glrt-[\w.-]{20,}", rb"glcbt-[\w.-]{20,}"),
    *_kinds("a GitLab token", rb"glptt-[\w-]{20,}", rb"glft-[\w-]{20,}", rb"glimt-[\w-]{20,}", rb"glagent-[\w-]{20,}"),
    *_kinds(
        "a GitLab token",
        rb"glsoat-[\w-]{20,}",
        rb"gloas-[\w-]{20,}",
        rb"glffct-[\w-]{20,}",
        rb"GR1348941[\w-]{20,}",
    ),
    *_kinds("a Bitbucket token", rb"ATBB[A-Za-z0-9_-]{24,}", rb"ATCTT3xFfG[\w=-]{20,}"),
    *_kinds("an Atlassian token", rb"ATATT3xFfG[\w=-]{20,}"),
    # clouds
    *_kinds("an AWS access key", *(key + rb"[0-9A-Z]{16}\b" for key in (b"AKIA", b"ASIA", b"ABIA", b"ACCA"))),
    *_kinds("an AWS access key", rb"ABSK[A-Za-z0-9]{40,}"),
    *_kinds("a Google key", rb"AIza[\w-]{35}", rb"GOCSPX-[\w-]{20,}", rb"ya29\.[\w.-]{20,}", rb"GOOG1[A-Z0-9]{40,}"),
    *_kinds("a DigitalOcean token", *(b"do" + kind + rb"_v1_[a-f0-9]{40,}" for kind in (b"p", b"o", b"r"))),
    *_kinds("an Alibaba Cloud key", rb"LTAI[A-Za-z0-9]{12,}"),
    *_kinds("a Tencent Cloud key", rb"AKID[A-Za-z0-9]{32,}"),
    *_kinds("a Yandex Cloud key", rb"AQVN[\w-]{35,}", rb"YCAJ[\w-]{20,}"),
    *_kinds("a Heroku key", rb"HRKU-[\w-]{36,}"),
    *_kinds("a Fly.io token", rb"fo1_[\w-]{40,}", rb"fm2_[\w-]{40,}"),
    *_kinds("a Netlify token", rb"nfp_[A-Za-z0-9]{36,}"),
    *_kinds("a Render key", rb"rnd_[A-Za-z0-9]{28,}"),
    *_kinds("a Vercel token", rb"vcp_[A-Za-z0-9]{24,}", rb"vck_[A-Za-z0-9]{24,}"),
    *_kinds("a Cloudflare token", rb"cfut_[A-Za-z0-9]{40,}", rb"cfat_[A-Za-z0-9]{40,}"),
    *_kinds("a Tailscale key", rb"tskey-[a-z]+-[A-Za-z0-9-]{16,}"),
    *_kinds("a Scaleway key", rb"SCW[A-Z0-9]{17}\b"),
    *_kinds("a Hetzner or Linode token", rb"hcloud_[A-Za-z0-9]{40,}"),
    # secrets' own keepers
    *_kinds(
        "a Vault token",
        rb"hvs\.[\w-]{20,}",
        rb"hvb\.[\w-]{20,}",
        rb"hvr\.[\w-]{20,}",
        rb"s\.[A-Za-z0-9]{24}(?![\w.-])",
    ),
    *_kinds(
        "a Doppler token", *(rb"dp\." + kind + rb"\.[\w.-]{30,}" for kind in (b"pt", b"st", b"ct", b"sa", b"scim"))
    ),
    *_kinds("an age key", rb"AGE-SECRET-KEY-1[A-Z0-9]{20,}"),
    *_kinds("a 1Password token", rb"ops_eyJ[\w-]{50,}"),
    *_kinds("a Pulumi token", rb"pul-[a-f0-9]{40}"),
    *_kinds("an Infisical token", rb"st\.[a-f0-9]{24}\.[a-f0-9]{24,}"),
    # models
    *_kinds("an API key", rb"sk-(?:[a-z0-9]{1,10}-){0,3}[A-Za-z0-9_-]{32,}"),
    *_kinds("a model hub token", rb"hf_[A-Za-z0-9]{30,}", rb"api_org_[A-Za-z0-9]{30,}"),
    *_kinds(
        "an API key of a model service",
        rb"gsk_[A-Za-z0-9]{40,}",
        rb"r8_[A-Za-z0-9]{36,}",
        rb"xai-[A-Za-z0-9_-]{60,}",
    ),
    *_kinds(
        "an API key of a model service",
        rb"pplx-[A-Za-z0-9]{40,}",
        rb"pcsk_[A-Za-z0-9_]{40,}",
        rb"csk-[a-z0-9]{40,}",
    ),
    *_kinds(
        "an API key of a model service",
        rb"lsv2_(?:pt|sk)_[a-f0-9_]{32,}",
        rb"nvapi-[\w-]{40,}",
        rb"tgp_v1_[\w-]{40,}",
    ),
    *_kinds(
        "an API key of a model service",
        rb"fw_[A-Za-z0-9]{24}\b",
        rb"jina_[A-Za-z0-9_-]{40,}",
        rb"sk_[a-f0-9]{48}\b",
    ),
    # payment
    *_kinds(
        "a payment key",
        *(kind + rb"_[0-9A-Za-z_]{16,}" for kind in (b"sk_live", b"rk_live", b"sk_test", b"rk_test")),
    ),
    *_kinds(
        "a payment key",
        rb"whsec_[A-Za-z0-9+/=]{24,}",
        rb"sq0csp-[\w-]{40,}",
        rb"sq0atp-[\w-]{20,}",
        rb"EAAA[\w-]{60}",
    ),
    *_kinds("a payment key", rb"rzp_live_[A-Za-z0-9]{14,}", rb"rzp_test_[A-Za-z0-9]{14,}", rb"FLWSECK[_-][\w-]{20,}"),
    *_kinds("a payment key", rb"shippo_(?:live|test)_[a-f0-9]{40}", rb"EZAK[A-Za-z0-9]{54}", rb"EZTK[A-Za-z0-9]{54}"),
    *_kinds("a payment key", rb"pdl_(?:live|sdbx)_[\w-]{20,}", rb"duffel_(?:live|test)_[\w-]{40,}"),
    # messages
    *_kinds("a Slack token", rb"xox[abcdeoprs]-[\w%-]{10,}", rb"xapp-[\w-]{20,}", rb"xoxe\.xox[bp]-[\w-]{20,}"),
    *_kinds("a SendGrid key", rb"SG\.[\w-]{16,}\.[\w-]{16,}"),
    *_kinds(
        "a mail service's key",
        rb"key-[0-9a-f]{32}\b",
        rb"xkeysib-[a-f0-9]{40,}",
        rb"xsmtpsib-[a-f0-9]{40,}",
        rb"md-[\w-]{22}\b",
    ),
    *_kinds("a mail service's key", rb"re_[A-Za-z0-9]{6,10}_[A-Za-z0-9]{20,}", rb"mlsn\.[a-f0-9]{40,}"),
    *_kinds("a Twilio key", rb"SK[0-9a-f]{32}\b"),
    # registries and builds
    *_kinds("a package registry token", rb"npm_[A-Za-z0-9]{36}", rb"pypi-AgE[\w-]{40,}", rb"rubygems_[a-f0-9]{40,}"),
    *_kinds(
        "a package registry token",
        rb"oy2[a-z0-9]{43}\b",
        rb"cio[A-Za-z0-9]{32}\b",
        rb"CLOJARS_[a-z0-9]{50,}",
        rb"hexpm_[a-z0-9]{30,}",
    ),
    *_kinds("a Docker token", rb"dckr_pat_[\w-]{20,}", rb"dckr_oat_[\w-]{20,}"),
    *_kinds("an Artifactory key", rb"AKCp[A-Za-z0-9]{60,}", rb"cmVmdGtu[A-Za-z0-9]{50,}"),
    *_kinds(
        "a CI token",
        rb"CCIPAT_[\w]{20,}",
        rb"CCIPRJ_[\w]{20,}",
        rb"bkua_[a-f0-9]{40}",
        rb"bkat_[\w]{30,}",
        rb"sq[pau]_[a-f0-9]{40}",
    ),
    *_kinds(
        "a CI token",
        rb"pat\.[\w-]{22}\.[a-f0-9]{24}\.[A-Za-z0-9]{20}",
        rb"pnu_[A-Za-z0-9]{36}",
        rb"pnb_[A-Za-z0-9]{36}",
    ),
    # data and watching
    *_kinds("a Databricks token", rb"dapi[0-9a-f]{32}"),
    *_kinds("a Grafana token", rb"glsa_[A-Za-z0-9_]{32,}", rb"glc_[A-Za-z0-9+/=]{32,}", rb"eyJrIjoi[\w=-]{40,}"),
    *_kinds("a New Relic key", rb"NRAK-[A-Z0-9]{27}", rb"NRJS-[a-f0-9]{19}", rb"NRII-[\w-]{32}", rb"NRAL-[\w-]{20,}"),
    *_kinds("a Sentry token", rb"sntrys_[\w=+/-]{40,}", rb"sntryu_[a-f0-9]{40,}"),
    *_kinds("a Dynatrace token", rb"dt0[a-z]\d\d\.[A-Z0-9]{24}\.[A-Z0-9]{64}"),
    *_kinds("a PlanetScale key", rb"pscale_(?:tkn|pw|oauth)_[\w.-]{32,}"),
    *_kinds("a Supabase key", rb"sbp_[a-f0-9]{40}", rb"sb_secret_[\w-]{20,}"),
    *_kinds("a PostHog key", rb"phx_[A-Za-z0-9]{40,}"),
    *_kinds("a Confluent or Aiven key", rb"cflt[A-Za-z0-9+/]{50,}", rb"aivenv1[A-Za-z0-9+/]{50,}"),
    # shops, offices, design
    *_kinds("a Shopify token", *(b"shp" + kind + rb"_[a-fA-F0-9]{32}" for kind in (b"at", b"ca", b"pa", b"ss"))),
    *_kinds("a Linear key", rb"lin_api_[A-Za-z0-9]{30,}", rb"lin_oauth_[a-f0-9]{40,}"),
    *_kinds("a Notion key", rb"ntn_[A-Za-z0-9]{40,}", rb"secret_[A-Za-z0-9]{43}\b"),
    *_kinds("an Airtable token", rb"pat[A-Za-z0-9]{14}\.[a-f0-9]{64}"),
    *_kinds("a Figma token", rb"figd_[\w-]{40,}"),
    *_kinds("a Postman key", rb"PMAK-[a-f0-9]{24}-[a-f0-9]{34}"),
    *_kinds("a Contentful token", rb"CFPAT-[\w-]{40,}"),
    *_kinds("a HubSpot token", rb"pat-(?:na|eu)\d-" + _ID),
    *_kinds("a Dropbox token", rb"sl\.[\w-]{60,}"),
    *_kinds("a Facebook token", rb"EAACEdEose0cBA[A-Za-z0-9]+", rb"EAA[A-Za-z0-9]{80,}"),
    *_kinds("a Mapbox key", rb"sk\.eyJ[\w-]{20,}\.[\w-]{20,}"),
    *_kinds("a Typeform or ReadMe key", rb"tfp_[\w.-]{40,}", rb"rdme_[a-z0-9]{60,}"),
    *_kinds("an ngrok or Cloudsmith key", rb"ak_[A-Za-z0-9]{27}\b", rb"csa_[a-f0-9]{40}"),
    *_kinds(
        "a signed token",
        rb"eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}",
        rb"eyJ[\w-]{10,}\.\.[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}",
    ),
    *_kinds("a wallet's key", rb"xprv[1-9A-HJ-NP-Za-km-z]{100,}"),
    *_kinds("a Kubernetes join token", rb"K10[a-f0-9]{64}"),
    *_kinds("a Discord token", rb"mfa\.[\w-]{80,}"),
    *_kinds("a Twitter token", rb"AAAAAAAAAAAAAAAAAAAAA[\w%-]{40,}"),
)

# Tokens that begin with nothing plain; the shortest has LEAST_ODD bytes.
LEAST_ODD = 36
ODD_TOKENS: tuple[tuple[str, re.Pattern[bytes]], ...] = (
    ("a Discord token", re.compile(rb"(?=(?:[^0-9]*[0-9]){4})[MNO][A-Za-z0-9]{23,27}\.[\w-]{6}\.[\w-]{27,40}")),
    ("a mail service's key", re.compile(rb"[0-9a-f]{32}-us[0-9]{1,2}")),
    ("a Terraform Cloud token", re.compile(rb"[A-Za-z0-9]{14}\.atlasv1\.[\w-]{40,}")),
    ("an Azure secret", re.compile(rb"[\w~.-]{3}[0-9]Q~[\w~.-]{31,34}")),
)
