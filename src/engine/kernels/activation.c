#include "run.h"

/* 1 / (1 + e^-x) */
INLINE Vector sigmoid(Vector x) { return 1.0f / (1.0f + exponential(-x)); }

/*
 * The normal distribution's cumulative function by erf, to about 1e-7.
 * @see Abramowitz and Stegun 1964, 7.1.26.
 */
INLINE void gelu_by_erf(Vector x, Vector *value, Vector *slope) {
  Vector z = x * 0.70710678118654752f, positive = magnitude(z);
  Vector t = 1.0f / (1.0f + 0.3275911f * positive);
  Vector p = splat(1.061405429f);
  p = multiply_add(p, t, splat(-1.453152027f));
  p = multiply_add(p, t, splat(1.421413741f));
  p = multiply_add(p, t, splat(-0.284496736f));
  p = multiply_add(p, t, splat(0.254829592f));
  Vector density = exponential(-z * z);
  Vector error = 1.0f - p * t * density;
  error = (Vector)((Integers)error | ((Integers)z & (int32_t)0x80000000));
  Vector cumulative = 0.5f * (1.0f + error);
  *value = x * cumulative;
  *slope = cumulative + x * 0.39894228040143268f * density;
}

INLINE void gelu_by_tanh(Vector x, Vector *value, Vector *slope) {
  const float factor = 0.79788456080286536f, cubic = 0.044715f;
  Vector square = x * x;
  Vector t = 2.0f * sigmoid(2.0f * factor * x * (1.0f + cubic * square)) - 1.0f;
  *value = 0.5f * x * (1.0f + t);
  *slope = 0.5f * (1.0f + t) + 0.5f * x * (1.0f - t * t) * factor * (1.0f + 3.0f * cubic * square);
}

/* cap tanh(x / cap): almost x near 0, and never beyond the cap. */
INLINE void soft_cap(Vector x, float cap, Vector *value, Vector *slope) {
  Vector z = x * (1.0f / cap), square = z * z;
  Vector series = z * (1.0f + square * (-1.0f / 3 + square * (2.0f / 15 - square * (17.0f / 315))));
  Vector t = magnitude(z) < 0.25f ? series : 2.0f * sigmoid(2.0f * z) - 1.0f; /* near 0 the difference cancels */
  *value = t * cap;
  *slope = 1.0f - t * t;
}

INLINE void activate_vector(const float *from, float *out, float *slopes, float cap, int32_t lanes, const int kind) {
  const Vector x = load_some(from, lanes, 0);
  Vector value, slope;
  if (kind == 0) gelu_by_tanh(x, &value, &slope);
  else if (kind == 1) gelu_by_erf(x, &value, &slope);
  else if (kind == 2) {
    Vector positive = x < 0.0f ? (Vector){0} : x; /* NaN stays */
    value = positive * positive, slope = positive + positive;
  } else soft_cap(x, cap, &value, &slope);
  store_some(out, value, lanes);
  if (slopes) store_some(slopes, slope, lanes);
}

static void activate(const Activate *a, const Run *run) {
  const float *x = at(run, a->x), cap = a->cap;
  float *out = at(run, a->out), *slopes = at(run, a->slope);
#define ACTIVATE(kind) activate_vector(x + i, out + i, slopes ? slopes + i : 0, cap, lanes, kind)
  if (a->kind == 0) EACH_OWN_VECTOR_ONCE(i, a->count) ACTIVATE(0);
  else if (a->kind == 1) EACH_OWN_VECTOR_ONCE(i, a->count) ACTIVATE(1);
  else if (a->kind == 2) EACH_OWN_VECTOR(i, a->count) ACTIVATE(2);
  else EACH_OWN_VECTOR_ONCE(i, a->count) ACTIVATE(3);
#undef ACTIVATE
}

static void swiglu(const Swiglu *a, const Run *run) {
  const Share own = share_of(run, a->rows, 1);
  for (int32_t row = own.from; row < own.to; row++) {
    const float *gate = at(run, a->x) + (ptrdiff_t)row * 2 * a->width, *up = gate + a->width;
    float *out = at(run, a->out) + (ptrdiff_t)row * a->width;
    EACH_VECTOR_ONCE(i, 0, a->width) {
      Vector g = load_some(gate + i, lanes, 0);
      store_some(out + i, g * sigmoid(g) * load_some(up + i, lanes, 0), lanes);
    }
  }
}

static void swiglu_grad(const SwigluGrad *a, const Run *run) {
  const Share own = share_of(run, a->rows, 1);
  for (int32_t row = own.from; row < own.to; row++) {
    const float *gradient = at(run, a->gradient) + (ptrdiff_t)row * a->width;
    const float *x = at(run, a->x) + (ptrdiff_t)row * 2 * a->width;
    float *out = at(run, a->out) + (ptrdiff_t)row * 2 * a->width;
    EACH_VECTOR_ONCE(i, 0, a->width) {
      Vector d = load_some(gradient + i, lanes, 0);
      Vector gate = load_some(x + i, lanes, 0), up = load_some(x + a->width + i, lanes, 0), s = sigmoid(gate);
      store_some(out + i, d * up * s * (1.0f + gate * (1.0f - s)), lanes);
      store_some(out + a->width + i, d * gate * s, lanes);
    }
  }
}
