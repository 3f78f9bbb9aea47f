"""The tour: the real window, offscreen, driven by real key, mouse and drop events, with every step checked."""
