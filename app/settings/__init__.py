"""The person's settings: held and stored."""
