"""The one reverse-DNS id of this program: desktop file, icon, AppStream metainfo and window all carry it."""

APP_ID = "io.github.lacuna.Lacuna"
APP_NAME = "Lacuna"
