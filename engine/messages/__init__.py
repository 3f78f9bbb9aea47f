"""The messages between the processes: requests and events, one module per feature.

Frozen, slotted dataclasses of plain values, standard library only. A request carries a `job_id`; each job ends in
exactly one `Finished` or `Failed`, and its events arrive in order. Paths are `str` as `os.fsdecode` gives them: bytes
that are not UTF-8 arrive as lone surrogates U+DC80 to U+DCFF.
"""
