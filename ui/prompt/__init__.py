"""The window "What the model saw": the parts, text and ids of a prompt."""
