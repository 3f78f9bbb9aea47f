"""The folder that questions are asked about."""
