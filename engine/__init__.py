"""What thinks: models, tokens, prompts, generation, project reading. No Qt; importing this imports nothing."""
