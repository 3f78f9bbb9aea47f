"""Passwords and logins that are known by what stands around them: an address, a header, a command."""

import re

from engine.project.secrets.shapes import (
    Shape,
    encoded_pair,
    login,
    no_placeholder,
    parts,
    password,
    password_as_in_settings,
    password_in_address,
    random,
    words,
)

LOGIN_SHAPES: tuple[Shape, ...] = (
    Shape(
        "a password in an address",
        parts("://"),
        re.compile(rb"""://[^\s:/?#@"'<>]{0,80}:(?P<value>[^\s/@"'<>]{3,200})@[^\s@"']"""),
        password_in_address,
    ),
    Shape(
        "a login",
        words("Basic", "basic", "BASIC"),
        re.compile(rb"""(?i)\bbasic[ \t]+(?P<value>[A-Za-z0-9+/]{8,}={0,2})(?![\w+/=.])"""),
        encoded_pair,
    ),
    Shape(
        "a login",
        words("Bearer", "bearer", "BEARER"),
        re.compile(rb"(?i)\bbearer[ \t]+(?P<value>[\w.~+/=-]{16,})"),
        random,
    ),
    Shape(
        "a login",
        words("Token", "token", "TOKEN"),
        re.compile(rb"""(?i)authorization['"]?\s{0,4}[:=,]\s{0,4}['"]?token[ \t]+(?P<value>[\w.~+/=-]{16,})"""),
        random,
    ),
    Shape(
        "a login",
        words("auth", "_auth"),
        re.compile(rb"""(?:"auth"\s*:\s*"|_auth["']?\s*[=:]\s*["']?)(?P<value>[A-Za-z0-9+/]{8,}={0,2})"""),
        encoded_pair,
    ),
    Shape(
        "a login",
        words("curl"),
        re.compile(rb"""\bcurl\b[^\n]{0,300}?[ \t](?:-u|--user)[ =]?["']?[^\s:"'$]{1,60}:(?P<value>[^\s"']{4,})"""),
        password,
    ),
    Shape(
        "a password on a command line",
        words("sshpass", "mysql", "mysqldump", "mysqladmin"),
        re.compile(
            rb"""\b(?:sshpass|mysql(?:dump|admin)?)\b[^\n]{0,300}?[ \t](?:-p[ \t]?|--password[= ])["']?"""
            rb"""(?P<value>[^\s"'$-][^\s"']{4,})"""
        ),
        password_as_in_settings,
    ),
    Shape(
        "a password on a command line",
        words(
            "login", "redis-cli", "ldapsearch", "ldapmodify", "ldapadd", "sudo", "zip", "-passin", "-passout", "-pass"
        ),
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
        "a password",
        words("5432", "3306", "1433", "1521"),
        re.compile(rb"(?m)^[\w.*-]{1,80}:(?:\d{2,5}|\*):[\w*-]{1,60}:[\w*-]{1,60}:(?P<value>[^\s:]{6,})$"),
        password_as_in_settings,
    ),
    Shape(
        "a password in an address",
        words("Password", "password", "Pwd", "pwd", "PWD", "PASSWORD"),
        re.compile(
            rb"""(?i)(?:server|data source|host|user id|uid|database)=[^\n"']{0,300}?(?:password|pwd)="""
            rb"""(?P<value>[^\s;"'&]{6,})"""
        ),
        password_as_in_settings,
    ),
    Shape(
        "a login",
        parts("getConnection(", "_connect(", "auth=(", "asicAuth(", ".login("),
        re.compile(
            rb"""(?:getConnection\([^\n"']{0,80}|\w_connect\([^\n]{0,80}?|auth=\(|[bB]asicAuth\(|\.login\()"""
            rb"""["'][\w.@-]{1,60}["'],[ \t]*["'](?P<value>[^"'\n]{6,})["']"""
        ),
        login,
    ),
    Shape(
        "a password",
        words("ConvertTo-SecureString"),
        re.compile(rb"""ConvertTo-SecureString[ \t]+(?:-String[ \t]+)?["'](?P<value>[^"'\n]{6,})["']"""),
        password_as_in_settings,
    ),
    Shape("a login", words("SSWS"), re.compile(rb"\bSSWS[ \t]+(?P<value>[\w-]{30,})"), random),
    Shape(
        "a session's cookie",
        words("Cookie"),
        re.compile(
            rb"(?m)^(?:#HttpOnly_)?[\w.-]+\t(?:TRUE|FALSE)\t\S*\t(?:TRUE|FALSE)\t\d+\t[^\t\n]+\t(?P<value>[^\s]{8,})"
        ),
        no_placeholder,
    ),
    Shape(
        "a session's cookie",
        words("Cookie", "cookie", "Set-Cookie", "set-cookie", "COOKIE"),
        re.compile(
            rb"""(?i)\bcookie["']?\s{0,4}[:=]\s{0,4}["']?[^\n"']{0,200}?"""
            rb"""(?:sess(?:ion)?(?:_?id)?|sid|auth|token)=(?P<value>[\w%.-]{16,})"""
        ),
        random,
    ),
)
