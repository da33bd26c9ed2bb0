"""Stripe's contract, read from the installed SDK's own sources with `ast`.

It proves the shape of every request and answer: names, enums, required keys and types. It cannot
prove behaviour: which combinations Stripe refuses, or its real timing.
"""
