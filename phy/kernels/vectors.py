"""Vectors as values inside Numba kernels: 64 bytes of int8, int16, uint32 or float32.

Numba leaves vectorisation to LLVM's optimiser, which gives up on what decoders need: saturating
arithmetic on narrow integers, and running minima that stay in registers. Here an LLVM vector is a
Numba type, so that a kernel says ``store(a, i, load(a, i) + load(b, i))`` and 64 int8 (or 32 int16,
or 16 float32) are added. LLVM splits a vector into whatever registers the processor has: one on
AVX-512, two on AVX2, four on SSE and NEON. Every operation is exact or correctly rounded, so all
processors give the same results.

Arithmetic operators work lane by lane and wrap around; `add_saturated` and `subtract_saturated`
stop at the ends of the range. Memory needs no alignment, but is faster on 64-byte boundaries
(`aligned_zeros`). Offsets count elements and are not checked.
"""

# Numba's and LLVM's interfaces are not typed.
# mypy: disable-error-code="attr-defined, misc, no-any-return, untyped-decorator"

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import llvmlite.ir as ir
import numpy as np
from numba.core import cgutils, types
from numba.extending import (
    intrinsic,
    lower_builtin,
    models,
    overload_attribute,
    register_model,
    type_callable,
)

VECTOR_BYTES = 64

INT8_LANES = VECTOR_BYTES
LANES = VECTOR_BYTES // 4
"""Lanes of a float32 or uint32 vector."""


class Vector(types.Type):
    """The Numba type of a vector of ``dtype``."""

    def __init__(self, dtype: types.Type) -> None:
        self.dtype = dtype
        self.lanes = VECTOR_BYTES * 8 // dtype.bitwidth
        super().__init__(name=f"Vector({dtype} x {self.lanes})")

    @property
    def is_float(self) -> bool:
        return isinstance(self.dtype, types.Float)

    @property
    def llvm(self) -> ir.VectorType:
        lane = ir.FloatType() if self.is_float else ir.IntType(self.dtype.bitwidth)
        return ir.VectorType(lane, self.lanes)

    def constant(self, value: float) -> ir.Constant:
        return ir.Constant(self.llvm, [value] * self.lanes)

    def call(self, builder: Any, name: str, *arguments: Any) -> Any:
        """Call the LLVM intrinsic ``name`` on vectors of this type."""
        kind = f"v{self.lanes}{'f' if self.is_float else 'i'}{self.dtype.bitwidth}"
        signature = ir.FunctionType(self.llvm, [argument.type for argument in arguments])
        function = cgutils.get_or_insert_function(builder.module, signature, f"llvm.{name}.{kind}")
        return builder.call(function, arguments)


@register_model(Vector)
class _VectorModel(models.PrimitiveModel):
    def __init__(self, manager: Any, vector: Vector) -> None:
        super().__init__(manager, vector, vector.llvm)


class Memory(types.Type):
    """The Numba type of an array's elements without the array: a bare pointer.

    Numba counts references with atomic operations whenever an array changes hands, and passes seven
    fields for each; kernels that run for a microsecond can afford neither. `borrowed` makes these.
    Indexing is not checked, and there is no size.
    """

    def __init__(self, dtype: types.Type) -> None:
        self.dtype = dtype
        super().__init__(name=f"Memory({dtype})")


@register_model(Memory)
class _MemoryModel(models.PrimitiveModel):
    def __init__(self, manager: Any, memory: Memory) -> None:
        element = manager.lookup(memory.dtype).get_data_type()
        super().__init__(manager, memory, element.as_pointer())


@overload_attribute(Memory, "itemsize")
@overload_attribute(Vector, "itemsize")
def _itemsize(values):  # type: ignore[no-untyped-def]
    size = values.dtype.bitwidth // 8
    return lambda values: size


UINT32_VECTOR = Vector(types.uint32)
FLOAT32_VECTOR = Vector(types.float32)
_WORD, _REAL = UINT32_VECTOR.llvm, FLOAT32_VECTOR.llvm


def aligned_zeros(count: int, dtype: Any) -> np.ndarray:
    """Return ``count`` zeros that begin on a 64-byte boundary, with a vector's room behind them."""
    size = count * np.dtype(dtype).itemsize + VECTOR_BYTES
    memory = np.zeros(size + VECTOR_BYTES, dtype=np.uint8)
    start = -memory.ctypes.data % VECTOR_BYTES
    return memory[start : start + size].view(dtype)[:count]


# --- Memory ------------------------------------------------------------------------------------


def _element(context: Any, builder: Any, kind: Any, array: Any, index: Any) -> Any:
    """Return the address of an element of an array or a `Memory`."""
    if isinstance(kind, types.Array):
        array = context.make_array(kind)(context, builder, array).data
    return builder.gep(array, [index])


def address(context: Any, builder: Any, kind: Any, array: Any, offset: Any, to: Any) -> Any:
    """Return a pointer of type ``to`` to an element, in an intrinsic's code."""
    return builder.bitcast(_element(context, builder, kind, array, offset), to.as_pointer())


@type_callable(operator.getitem)
def _type_getitem(context: Any) -> Callable[[Any, Any], Any]:
    def typer(memory: Any, index: Any) -> Any:
        wanted = isinstance(memory, Memory) and isinstance(index, types.Integer)
        return memory.dtype if wanted else None

    return typer


@lower_builtin(operator.getitem, Memory, types.Integer)
def _getitem(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    memory = signature.args[0]
    address = _element(context, builder, memory, *arguments)
    return context.unpack_value(builder, memory.dtype, address)


@type_callable(operator.setitem)
def _type_setitem(context: Any) -> Callable[[Any, Any, Any], Any]:
    def typer(memory: Any, index: Any, value: Any) -> Any:
        wanted = isinstance(memory, Memory) and isinstance(index, types.Integer)
        return types.none if wanted else None

    return typer


@lower_builtin(operator.setitem, Memory, types.Integer, types.Any)
def _setitem(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    memory, _, kind = signature.args
    value = context.cast(builder, arguments[2], kind, memory.dtype)
    address = _element(context, builder, memory, arguments[0], arguments[1])
    context.pack_value(builder, memory.dtype, value, address)
    return context.get_dummy_value()


@intrinsic
def load(typing_context, array, offset):  # type: ignore[no-untyped-def]
    """Return the vector that begins at ``array[offset]``."""
    vector = Vector(array.dtype)

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        pointer = address(context, builder, array, arguments[0], arguments[1], vector.llvm)
        return builder.load(pointer, align=1)

    return vector(array, types.intp), generate


@intrinsic
def store(typing_context, array, offset, values):  # type: ignore[no-untyped-def]
    """Write a vector to ``array[offset:]``."""

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        pointer = address(context, builder, array, arguments[0], arguments[1], values.llvm)
        builder.store(arguments[2], pointer, align=1)
        return context.get_dummy_value()

    return types.void(array, types.intp, values), generate


@intrinsic
def fetch(typing_context, array, index):  # type: ignore[no-untyped-def]
    """Return ``array[index]`` for an index that is known not to be negative."""

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        address = _element(context, builder, array, *arguments)
        return context.unpack_value(builder, array.dtype, address)

    return array.dtype(array, types.intp), generate


@intrinsic
def splat(typing_context, like, value):  # type: ignore[no-untyped-def]
    """Return a vector of the array's (or vector's) dtype with ``value`` in every lane."""
    vector = like if isinstance(like, Vector) else Vector(like.dtype)

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        lane = context.cast(builder, arguments[1], signature.args[1], vector.dtype)
        return _in_every_lane(builder, vector, lane)

    return vector(like, value), generate


def _in_every_lane(builder: Any, vector: Vector, lane: Any) -> Any:
    empty = ir.Constant(vector.llvm, ir.Undefined)
    first = builder.insert_element(empty, lane, ir.Constant(ir.IntType(32), 0))
    zeros = ir.Constant(ir.VectorType(ir.IntType(32), vector.lanes), [0] * vector.lanes)
    return builder.shuffle_vector(first, empty, zeros)


@intrinsic(prefer_literal=True)
def on_stack(typing_context, like, count):  # type: ignore[no-untyped-def]
    """Return a `Memory` for ``count`` numbers (known when compiled) of the array's dtype.

    It lasts as long as the call. Where loops over it are unrolled, it ends up in registers.
    """
    vector, count = Vector(like.dtype), count.literal_value

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        lane = vector.llvm.element
        memory = cgutils.alloca_once(builder, ir.ArrayType(lane, count))
        memory.align = VECTOR_BYTES
        return builder.bitcast(memory, lane.as_pointer())

    return Memory(like.dtype)(like, types.literal(count)), generate


@intrinsic
def load_bytes(typing_context, array, offset):  # type: ignore[no-untyped-def]
    """Return 16 bytes that begin at ``array[offset]``, each widened to uint32."""
    narrow = ir.VectorType(ir.IntType(8), LANES)

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        pointer = address(context, builder, array, arguments[0], arguments[1], narrow)
        return builder.zext(builder.load(pointer, align=1), _WORD)

    return UINT32_VECTOR(array, types.intp), generate


@intrinsic
def gather(typing_context, table, index):  # type: ignore[no-untyped-def]
    """Return ``table[index]`` of a float32 table for every lane of a uint32 vector."""

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        values = ir.Constant(_REAL, ir.Undefined)
        for lane in range(LANES):
            place = ir.Constant(ir.IntType(32), lane)
            offset = builder.zext(builder.extract_element(arguments[1], place), ir.IntType(64))
            value = builder.load(_element(context, builder, table, arguments[0], offset))
            values = builder.insert_element(values, value, place)
        return values

    return FLOAT32_VECTOR(table, index), generate


# --- Operators ---------------------------------------------------------------------------------


def _define_operator(symbol: Any, of_integers: str | None, of_floats: str | None = None) -> None:
    @type_callable(symbol)
    def _typed(context: Any) -> Callable[[Any, Any], Any]:
        def typer(left: Any, right: Any) -> Any:
            if not isinstance(left, Vector) or left != right:
                return None
            return left if (of_floats if left.is_float else of_integers) else None

        return typer

    @lower_builtin(symbol, Vector, Vector)
    def _lowered(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        name = of_floats if signature.return_type.is_float else of_integers
        return getattr(builder, str(name))(*arguments)


_define_operator(operator.add, "add", "fadd")
_define_operator(operator.sub, "sub", "fsub")
_define_operator(operator.mul, "mul", "fmul")
_define_operator(operator.truediv, None, "fdiv")
_define_operator(operator.and_, "and_")
_define_operator(operator.or_, "or_")
_define_operator(operator.xor, "xor")


def _define_shift(symbol: Any, direction: str) -> None:
    """Define a shift of every lane by one number; shifting right brings in zeros."""

    @type_callable(symbol)
    def _typed(context: Any) -> Callable[[Any, Any], Any]:
        def typer(values: Any, count: Any) -> Any:
            wanted = isinstance(values, Vector) and not values.is_float
            return values if wanted and isinstance(count, types.Integer) else None

        return typer

    @lower_builtin(symbol, Vector, types.Integer)
    def _lowered(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        vector, kind = signature.args
        count = context.cast(builder, arguments[1], kind, vector.dtype)
        return getattr(builder, direction)(arguments[0], _in_every_lane(builder, vector, count))


_define_shift(operator.lshift, "shl")
_define_shift(operator.rshift, "lshr")


# --- Functions of vectors of integers ----------------------------------------------------------


def _intrinsic_of_two(name: str, text: str) -> Any:
    def typed(typing_context, left, right):  # type: ignore[no-untyped-def]
        def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
            return left.call(builder, name, *arguments)

        return left(left, right), generate

    typed.__doc__ = text
    return intrinsic(typed)


add_saturated = _intrinsic_of_two("sadd.sat", "Add signed lanes; stop at the range's ends.")
subtract_saturated = _intrinsic_of_two("ssub.sat", "Subtract signed lanes; stop at the ends.")
smaller = _intrinsic_of_two("umin", "Return the smaller of two unsigned lanes.")
lowered = _intrinsic_of_two("usub.sat", "Subtract unsigned lanes; stop at 0.")


@intrinsic
def average(typing_context, left, right):  # type: ignore[no-untyped-def]
    """Return (x + y + 1) >> 1 of unsigned lanes: their mean, halves rounded up."""
    lane = ir.IntType(left.dtype.bitwidth * 2)
    wide = ir.VectorType(lane, left.lanes)
    one = ir.Constant(wide, [1] * left.lanes)

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        # Processors have an instruction for it, which LLVM finds in this form.
        x, y = (builder.zext(argument, wide) for argument in arguments)
        total = builder.add(builder.add(x, y), one)
        return builder.trunc(builder.lshr(total, one), left.llvm)

    return left(left, right), generate


@intrinsic
def magnitude(typing_context, values):  # type: ignore[no-untyped-def]
    """Return |x| of signed lanes; the lowest number keeps its bits, which unsigned read right."""

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        return values.call(builder, "abs", arguments[0], ir.Constant(ir.IntType(1), 0))

    return values(values), generate


@intrinsic
def negated_where_negative(typing_context, values, sign):  # type: ignore[no-untyped-def]
    """Return ``values``, negated where ``sign`` is below zero."""

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        zero = values.constant(0)
        negative = builder.icmp_signed("<", arguments[1], zero)
        return builder.select(negative, builder.sub(zero, arguments[0]), arguments[0])

    return values(values, sign), generate


@intrinsic
def where_set(typing_context, bits, offset, then, otherwise):  # type: ignore[no-untyped-def]
    """Return ``then`` in lanes whose byte in ``bits[offset:]`` is not zero, else ``otherwise``."""

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        truth = _truth(context, builder, bits, arguments[0], arguments[1], then.lanes)
        return builder.select(truth, arguments[2], arguments[3])

    return then(bits, types.intp, then, otherwise), generate


@intrinsic
def where_equal(typing_context, left, right, then, otherwise):  # type: ignore[no-untyped-def]
    """Return ``then`` where two vectors are equal, ``otherwise`` elsewhere."""

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        equal = builder.icmp_unsigned("==", arguments[0], arguments[1])
        return builder.select(equal, arguments[2], arguments[3])

    return then(left, right, then, otherwise), generate


@intrinsic
def any_negative(typing_context, values):  # type: ignore[no-untyped-def]
    """Tell whether any lane is below zero."""

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        negative = builder.icmp_signed("<", arguments[0], values.constant(0))
        word = ir.IntType(values.lanes)
        return builder.icmp_unsigned("!=", builder.bitcast(negative, word), ir.Constant(word, 0))

    return types.boolean(values), generate


@intrinsic
def wrong_lanes(typing_context, values, bits, offset, count):  # type: ignore[no-untyped-def]
    """Count the lanes, of the first ``count``, that decide otherwise than ``bits[offset:]``.

    An LLR above zero says 1, and so does an integer below zero. ``bits`` holds a byte for each.
    """
    word = ir.IntType(values.lanes)

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        numbers, _, start, wanted = arguments
        if values.is_float:
            ones = builder.fcmp_ordered(">", numbers, values.constant(0.0))
        else:
            ones = builder.icmp_signed("<", numbers, values.constant(0))
        truth = _truth(context, builder, bits, arguments[1], start, values.lanes)
        wrong = builder.zext(builder.bitcast(builder.xor(ones, truth), word), ir.IntType(64))
        beyond = builder.icmp_signed(">=", wanted, ir.Constant(wanted.type, values.lanes))
        some = builder.sub(builder.shl(ir.Constant(wanted.type, 1), wanted), wanted.type(1))
        asked = builder.select(beyond, wanted.type(-1), some)
        return builder.ctpop(builder.and_(wrong, asked))

    return types.int64(values, bits, types.intp, types.int64), generate


def _truth(context: Any, builder: Any, kind: Any, bits: Any, offset: Any, lanes: int) -> Any:
    """Return which of the bytes that begin at ``bits[offset]`` are not zero."""
    narrow = ir.VectorType(ir.IntType(8), lanes)
    pointer = address(context, builder, kind, bits, offset, narrow)
    zeros = ir.Constant(narrow, [0] * lanes)
    return builder.icmp_unsigned("!=", builder.load(pointer, align=1), zeros)


UINT64_VECTOR = Vector(types.uint64)
_DOUBLE_WORD = UINT64_VECTOR.llvm
_LOW = UINT64_VECTOR.constant(0xFFFFFFFF)


@intrinsic
def multiply_low(typing_context, left, right):  # type: ignore[no-untyped-def]
    """Return the 64-bit products of uint64 lanes' lower halves; their upper halves are ignored."""

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        return builder.mul(*(builder.and_(argument, _LOW) for argument in arguments))

    return UINT64_VECTOR(left, right), generate


@intrinsic
def interleave_low(typing_context, even, odd):  # type: ignore[no-untyped-def]
    """Return a uint32 vector of two uint64 vectors' lower halves, lane by lane in turn."""

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        shifted = builder.shl(arguments[1], UINT64_VECTOR.constant(32))
        both = builder.or_(builder.and_(arguments[0], _LOW), shifted)
        return builder.bitcast(both, _WORD)

    return UINT32_VECTOR(even, odd), generate


# --- Functions of vectors of floats ------------------------------------------------------------


@intrinsic
def fused(typing_context, factor, other, addend):  # type: ignore[no-untyped-def]
    """Return ``factor * other + addend``, rounded once."""

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        return factor.call(builder, "fma", *arguments)

    return factor(factor, other, addend), generate


@intrinsic
def square_root(typing_context, values):  # type: ignore[no-untyped-def]
    """Return the square root of each lane."""

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        return values.call(builder, "sqrt", arguments[0])

    return values(values), generate


def _ordered(predicate: str, text: str) -> Any:
    def typed(typing_context, left, right):  # type: ignore[no-untyped-def]
        def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
            return builder.select(builder.fcmp_ordered(predicate, *arguments), *arguments)

        return left(left, right), generate

    typed.__doc__ = text
    return intrinsic(typed)


minimum = _ordered("<", "Return the smaller of two float lanes.")
maximum = _ordered(">", "Return the larger of two float lanes.")


def _conversion(target: Vector, method: str, text: str) -> Any:
    def typed(typing_context, values):  # type: ignore[no-untyped-def]
        def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
            return getattr(builder, method)(arguments[0], target.llvm)

        return target(values), generate

    typed.__doc__ = text
    return intrinsic(typed)


unsigned_to_float = _conversion(FLOAT32_VECTOR, "uitofp", "Convert uint32 numbers to float32.")
signed_to_float = _conversion(FLOAT32_VECTOR, "sitofp", "Convert words, read as int32, to float32.")
bits_of_float = _conversion(UINT32_VECTOR, "bitcast", "Return the IEEE 754 words of float32 lanes.")
float_of_bits = _conversion(FLOAT32_VECTOR, "bitcast", "Read IEEE 754 words as float32.")


@intrinsic
def store_rounded(typing_context, array, offset, values):  # type: ignore[no-untyped-def]
    """Round 16 floats to the nearest integers and write them to int8 or int16 ``array[offset:]``.

    The floats must lie in the dtype's range.
    """
    narrow = ir.VectorType(ir.IntType(array.dtype.bitwidth), LANES)

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        # Adding 1.5 · 2^23 leaves the rounded integer in the low bits of the mantissa.
        shifted = builder.fadd(arguments[2], FLOAT32_VECTOR.constant(12582912.0))
        integers = builder.trunc(builder.bitcast(shifted, _WORD), narrow)
        pointer = address(context, builder, array, arguments[0], arguments[1], narrow)
        builder.store(integers, pointer, align=1)
        return context.get_dummy_value()

    return types.void(array, types.intp, values), generate


@intrinsic
def borrowed(typing_context, parts):  # type: ignore[no-untyped-def]
    """Return a (named, nested) tuple with `Memory` for its arrays, for use while it lives."""
    kind = _borrowed_type(parts)

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        return _borrowed_value(context, builder, parts, kind, arguments[0])

    return kind(parts), generate


def _borrowed_type(kind: Any) -> Any:
    if isinstance(kind, types.Array):
        return Memory(kind.dtype)
    if isinstance(kind, types.NamedTuple):
        return types.NamedTuple([_borrowed_type(part) for part in kind], kind.instance_class)
    if isinstance(kind, types.NamedUniTuple):
        parts = [_borrowed_type(kind.dtype)] * kind.count
        return types.BaseTuple.from_types(parts, kind.instance_class)
    return kind


def _borrowed_value(context: Any, builder: Any, kind: Any, target: Any, value: Any) -> Any:
    if isinstance(kind, types.Array):
        return context.make_array(kind)(context, builder, value).data
    if isinstance(kind, types.BaseTuple):
        parts = [
            _borrowed_value(context, builder, *part)
            for part in zip(kind, target, cgutils.unpack_tuple(builder, value), strict=True)
        ]
        return context.make_tuple(builder, target, parts)
    return value
