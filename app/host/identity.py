"""The program's reverse-DNS id, shared by desktop file, icon, AppStream metainfo and window."""

APP_ID = "io.github.lacuna.Lacuna"
APP_NAME = "Lacuna"
