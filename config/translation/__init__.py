"""The catalogues of translations: what the code says, and what each language makes of it.

Babel extracts and compiles, so no gettext program is needed. The compiled catalogues are checked in
beside their sources: a clone runs at once, and `tests/words` fails if they differ.
"""
