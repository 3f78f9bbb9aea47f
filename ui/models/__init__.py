"""The Models dialog and what else is seen of models: catalogue, licence, defaults, what this computer has."""
