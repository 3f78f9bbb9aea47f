"""What thinks: models, tokens, prompts, generation and project reading. No Qt anywhere; importing this imports nothing."""
