"""GGUF, the file format of llama.cpp: what a file says of itself, checked against the file before it is believed.

Source: ggml's docs/gguf.md. No numpy and no torch: the window looks at files too.
"""
