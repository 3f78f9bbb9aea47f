"""The generation core: forward, KV lanes, prefill, decode, sampling."""
