"""Frozen values to JSON text and back; the same value always gives the same bytes."""

import json
import types
from collections.abc import Mapping
from dataclasses import MISSING, asdict, fields, is_dataclass
from enum import Enum
from typing import TypeVar, Union, cast, get_args, get_origin, get_type_hints

from schemas.errors import UserError

T = TypeVar("T")


def encode(value: object, *, indent: int | None = None) -> str:
    """Write a dataclass value as JSON with sorted keys.

    Raises:
        TypeError: if the value is not a dataclass instance.
    """
    if not is_dataclass(value) or isinstance(value, type):
        raise TypeError(f"not a value of ours: {value!r}")
    return json.dumps(asdict(value), sort_keys=True, ensure_ascii=False, indent=indent)


def decode(kind: type[T], text: str | bytes) -> T:
    """Read JSON written by `encode` back into `kind`; unknown keys are passed over, so that old readers live on.

    Raises:
        UserError: if the text is not JSON, or misses or mistypes a field; it names the field.
    """
    try:
        data: object = json.loads(text)
    except ValueError as error:
        raise UserError(f"This is not a {kind.__name__} in JSON: {error}.") from error
    return cast("T", _build(kind, data, kind.__name__))


def _build(kind: object, data: object, where: str) -> object:
    origin = get_origin(kind)
    if origin in {Union, types.UnionType}:
        options = [option for option in get_args(kind) if option is not type(None)]
        return None if data is None and len(options) < len(get_args(kind)) else _build(options[0], data, where)
    if origin in {tuple, dict}:
        return _build_collection(kind, data, where)
    if isinstance(kind, type) and is_dataclass(kind):
        return _build_dataclass(kind, data, where)
    return _build_scalar(kind, data, where)


def _build_collection(kind: object, data: object, where: str) -> object:
    """Build a `tuple[item, ...]` from a list, or a `dict[str, item]` from an object.

    Raises:
        UserError: if the data is neither.
    """
    if get_origin(kind) is tuple:
        if not isinstance(data, list):
            raise UserError(f"{where} must be a list.")
        return tuple(_build(get_args(kind)[0], item, f"{where}[{index}]") for index, item in enumerate(data))
    if not isinstance(data, dict):
        raise UserError(f"{where} must be an object.")
    return {str(key): _build(get_args(kind)[1], item, f"{where}.{key}") for key, item in data.items()}


def _build_scalar(kind: object, data: object, where: str) -> object:
    """Build a member of an enumeration, or a text, number or truth value.

    Raises:
        UserError: if the data is of another type; a truth value is no number.
    """
    if isinstance(kind, type) and issubclass(kind, Enum):
        try:
            return kind(data)
        except ValueError:
            raise UserError(f"{where} must be one of {', '.join(str(item.value) for item in kind)}.") from None
    truth = isinstance(data, bool)
    if kind is float and isinstance(data, int) and not truth:
        return float(data)
    if isinstance(kind, type) and isinstance(data, kind) and truth == (kind is bool):
        return data
    raise UserError(f"{where} must be of type {getattr(kind, '__name__', kind)}.")


def _build_dataclass(kind: type, data: object, where: str) -> object:
    """Build a dataclass from an object; keys that it does not know are passed over.

    Raises:
        UserError: if the data is no object or misses a field without a default.
    """
    if not isinstance(data, Mapping):
        raise UserError(f"{where} must be an object.")
    hints = get_type_hints(kind)
    values: dict[str, object] = {}
    for item in fields(kind):
        if item.name in data:
            values[item.name] = _build(hints[item.name], data[item.name], f"{where}.{item.name}")
        elif item.default is MISSING and item.default_factory is MISSING:
            raise UserError(f"{where}.{item.name} is missing.")
    return kind(**values)
