"""The Models dialog: catalogue, licences, defaults of a model, facts about this computer."""
