"""What the model is taught beside other people's code: small functions with examples that run, and conversations."""
