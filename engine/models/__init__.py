"""The catalogue, folder inspection, fit and loading of models."""
