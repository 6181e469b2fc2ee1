# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""The core of tcp-health: checks TCP services and reports what was seen. Standard library only."""

__version__ = "0.2.0"

# They are imported when they are used.
# pylint: disable-next=undefined-all-variable
__all__ = ["Attempt", "Fault", "Result", "__version__", "check", "check_many"]


def __getattr__(name):  # noqa: ANN001, ANN202 - __init__.pyi has the types of the public names
    """Import a public name when it is first used (PEP 562), so that a plugin's start does not pay for the API."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    # Not an import statement: Ansible would find it, and send the API to every managed host.
    value = getattr(import_module(".api", __name__), name)
    globals()[name] = value
    return value


def __dir__():  # noqa: ANN202 - the same
    return sorted({*globals(), *__all__})
