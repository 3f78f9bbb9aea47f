"""What is shipped: the starter model and its training script, icons, fonts, system prompts. Only `app` reads it."""
