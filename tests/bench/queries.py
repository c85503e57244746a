def queries(bench, size, rounds):
    """What report writers ask."""
    raise NotImplementedError
