"""Bytes of a text file to text and back without losing one, and which encoding they are in.

Editor, reader and terminal all decode here, so a model is shown what the person sees.
"""

from engine.text_files.decoding import NotTextError, decode, decode_as
from engine.text_files.encoding import CHOICES, Encoding
from engine.text_files.guess import non_ascii_sample
from engine.text_files.strays import readable

__all__ = ["CHOICES", "Encoding", "NotTextError", "decode", "decode_as", "non_ascii_sample", "readable"]
