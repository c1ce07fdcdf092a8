def write_package(*_): pass
