"""The engine: models, tokens, prompts, generation, project reading. No Qt; importing this package imports nothing."""
