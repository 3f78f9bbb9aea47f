"""Conversations: asked, answered, kept."""
