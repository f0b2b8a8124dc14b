/*
 * Portable SIMD by the compiler's vector types: the same source makes 16 lanes with AVX-512, 8 with AVX2 and 4 with
 * WebAssembly's SIMD128 or NEON. Integers have fixed widths: `long` is 32 bits in WebAssembly and on Windows.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

#if defined(__AVX512F__)
#define LANES 16
#elif defined(__AVX2__)
#define LANES 8
#else
#define LANES 4
#endif

#ifdef __wasm_relaxed_simd__
#include <wasm_simd128.h>
#endif

#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")

typedef float Vector __attribute__((ext_vector_type(LANES)));
typedef float Four __attribute__((ext_vector_type(4)));
typedef float Eight __attribute__((ext_vector_type(8)));
typedef Vector Unaligned __attribute__((aligned(4)));
typedef int32_t Integers __attribute__((ext_vector_type(LANES)));
typedef uint32_t Words __attribute__((ext_vector_type(LANES)));

INLINE Vector load(const float *from) { return *(const Unaligned *)from; }
INLINE void store(float *to, Vector x) { *(Unaligned *)to = x; }
INLINE Vector splat(float x) { return x - (Vector){0}; }

/* The first `lanes` numbers, fewer than LANES; the other lanes are `rest`. Rare, so not worth a copy at each use. */
static __attribute__((noinline)) Vector load_tail(const float *from, int32_t lanes, float rest) {
  float parts[LANES];
  UNROLL for (int i = 0; i < LANES; i++) parts[i] = i < lanes ? from[i] : rest;
  return load(parts);
}
static __attribute__((noinline)) void store_tail(float *to, Vector x, int32_t lanes) {
  UNROLL for (int i = 0; i < LANES; i++)
    if (i < lanes) to[i] = x[i];
}
INLINE Vector load_some(const float *from, int32_t lanes, float rest) {
  return lanes >= LANES ? load(from) : load_tail(from, lanes, rest);
}
INLINE void store_some(float *to, Vector x, int32_t lanes) {
  if (lanes >= LANES) store(to, x);
  else store_tail(to, x, lanes);
}

/*
 * Walks over `count` numbers, a vector at a time: `lanes` is the constant LANES, and then, in a second copy of the body,
 * the numbers left over.
 */
#define EACH_VECTOR(i, count) EACH_VECTOR_FROM(i, 0, count)
#define EACH_VECTOR_FROM(i, first, end)                                                            \
  UNROLL for (int32_t tail = 0, whole = (first) + (((end) - (first)) & -LANES); tail < 2; tail++)  \
    for (int32_t i = tail ? whole : (first), lanes = tail ? (end) - whole : LANES; i < (tail ? (end) : whole); i += LANES)

/*
 * The same with one copy of the body, for long bodies: beside their arithmetic it costs nothing to ask at each vector whether
 * it is whole.
 */
#define EACH_VECTOR_ONCE(i, first, end)                                                            \
  for (int32_t i = (first), lanes = (end) - (first); lanes > 0; i += LANES, lanes -= LANES)

/* a * b + c, rounded once where the hardware can. */
INLINE Vector multiply_add(Vector a, Vector b, Vector c) {
#if defined(__wasm_relaxed_simd__)
  return (Vector)wasm_f32x4_relaxed_madd((v128_t)a, (v128_t)b, (v128_t)c);
#elif defined(__wasm__)
  return a * b + c;
#else
  return __builtin_elementwise_fma(a, b, c);
#endif
}

/* NaN where b is NaN: what bounds a number stands first. */
INLINE Vector larger(Vector a, Vector b) { return a > b ? a : b; }
INLINE Vector smaller(Vector a, Vector b) { return a < b ? a : b; }
INLINE Vector magnitude(Vector x) { return (Vector)((Integers)x & 0x7fffffff); }
INLINE Vector root(Vector x) { return __builtin_elementwise_sqrt(x); }

/* The first `lanes` lanes of x; the others are `rest`. */
INLINE Vector keep_lanes(Vector x, int32_t lanes, float rest) {
  Integers lane;
  UNROLL for (int i = 0; i < LANES; i++) lane[i] = i;
  return lane < lanes ? x : splat(rest);
}

/* The others: the first `lanes` lanes are `rest`. */
INLINE Vector drop_lanes(Vector x, int32_t lanes, float rest) {
  Integers lane;
  UNROLL for (int i = 0; i < LANES; i++) lane[i] = i;
  return lane < lanes ? splat(rest) : x;
}

/* Sums and maxima fold halves: the order is fixed. */
INLINE float sum_lanes(Vector x) {
#if LANES == 16
  Eight y = x.lo + x.hi;
  Four z = y.lo + y.hi;
#elif LANES == 8
  Four z = x.lo + x.hi;
#else
  Vector z = x;
#endif
  z += z.zwxy;
  return z.x + z.y;
}
INLINE float largest_lane(Vector x) {
#if LANES == 16
  Eight y = x.lo > x.hi ? x.lo : x.hi;
  Four z = y.lo > y.hi ? y.lo : y.hi;
#elif LANES == 8
  Four z = x.lo > x.hi ? x.lo : x.hi;
#else
  Vector z = x;
#endif
  z = z > z.zwxy ? z : z.zwxy;
  return z.x > z.y ? z.x : z.y;
}

/*
 * e^x to about 1e-7 of its value, for x clamped to [-87, 88]; NaN of NaN. x = n ln 2 + r, 2^n from the exponent bits and e^r by a
 * polynomial. Coefficients of Cephes' expf: https://netlib.org/cephes/
 */
INLINE Vector exponential(Vector x) {
  x = larger(splat(-87.0f), smaller(splat(88.0f), x));
  /* Adding 1.5 * 2^23 rounds to a whole number and leaves it in the low bits. */
  Vector shifted = multiply_add(x, splat(1.44269504088896341f), splat(12582912.0f));
  Vector n = shifted - 12582912.0f;
  Vector r = multiply_add(n, splat(-0.693359375f), x);
  r = multiply_add(n, splat(2.12194440e-4f), r);
  Vector p = splat(1.9875691500e-4f);
  p = multiply_add(p, r, splat(1.3981999507e-3f));
  p = multiply_add(p, r, splat(8.3334519073e-3f));
  p = multiply_add(p, r, splat(4.1665795894e-2f));
  p = multiply_add(p, r, splat(1.6666665459e-1f));
  p = multiply_add(p, r, splat(5.0000001201e-1f));
  p = multiply_add(p, r * r, r) + 1.0f;
  return p * (Vector)(((Integers)shifted << 23) + 0x3f800000);
}
