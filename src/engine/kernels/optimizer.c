#include "run.h"

/* Moments smaller than this count as 0: arithmetic on denormal numbers is slow, and they change nothing. */
INLINE Vector flush(Vector x) { return magnitude(x) < 1e-30f ? (Vector){0} : x; }

typedef struct { float factor, limit; } Clipping;

static Clipping clipping(const Run *run, Tensor norm, float max_norm, float max_value) {
  float factor = norm < 0 ? 1 : max_norm / (*at(run, norm) + 1e-6f);
  return (Clipping){factor > 1 ? 1 : factor, max_value > 0 ? max_value : __builtin_inff()};
}

INLINE Vector clip(Vector gradient, Clipping c) {
  return larger(splat(-c.limit), smaller(splat(c.limit), gradient * c.factor));
}

static void sgd(const Sgd *a, const Run *run) {
  float *parameter = at(run, a->parameter), *velocity = at(run, a->velocity);
  const float *gradient = at(run, a->gradient);
  const float rate = *at(run, a->rate) * a->rate_scale;
  const Clipping c = clipping(run, a->norm, a->max_norm, a->max_value);
  EACH_OWN_VECTOR(i, a->count) {
    Vector p = load_some(parameter + i, lanes, 0);
    Vector update = clip(load_some(gradient + i, lanes, 0), c) + a->decay * p;
    if (velocity) {
      update = flush(a->momentum * load_some(velocity + i, lanes, 0) + update);
      store_some(velocity + i, update, lanes);
    }
    store_some(parameter + i, p - rate * update, lanes);
  }
}

static void adam(const Adam *a, const Run *run) {
  float *parameter = at(run, a->parameter), *mean = at(run, a->mean), *variance = at(run, a->variance);
  const float *gradient = at(run, a->gradient);
  const int32_t step = *integers_at(run, a->step);
  const float rate = *at(run, a->rate) * a->rate_scale;
  /* m / c1 / (sqrt(v) / c2 + epsilon) = m c2 / c1 / (sqrt(v) + epsilon c2), with the corrections c1 and c2 */
  const double correction = __builtin_sqrt(1 - power_of(a->beta2, step));
  const float rate_now = (float)(rate * correction / (1 - power_of(a->beta1, step)));
  const float epsilon = (float)(a->epsilon * correction);
  const float coupled = a->decoupled ? 0 : a->decay, kept = a->decoupled ? 1 - rate * a->decay : 1;
  const Clipping c = clipping(run, a->norm, a->max_norm, a->max_value);
  EACH_OWN_VECTOR(i, a->count) {
    Vector p = load_some(parameter + i, lanes, 0);
    Vector g = clip(load_some(gradient + i, lanes, 0), c) + coupled * p;
    Vector m = flush(a->beta1 * load_some(mean + i, lanes, 0) + (1 - a->beta1) * g);
    Vector v = flush(a->beta2 * load_some(variance + i, lanes, 0) + (1 - a->beta2) * g * g);
    store_some(mean + i, m, lanes);
    store_some(variance + i, v, lanes);
    store_some(parameter + i, p * kept - rate_now * m / (root(v) + epsilon), lanes);
  }
}

static void momentum(const Momentum *a, const Run *run) {
  const Clipping c = clipping(run, a->norm, a->max_norm, a->max_value);
  const float kept = a->momentum, taken = 1 - a->momentum;
  const Share own = share_of(run, a->rows, 1);
  for (int32_t row = own.from; row < own.to; row++) {
    const ptrdiff_t place = (ptrdiff_t)row * a->columns + a->from;
    const float *gradient = at(run, a->gradient) + place;
    float *velocity = at(run, a->velocity) + place, *out = at(run, a->out) + (ptrdiff_t)row * a->width;
    EACH_VECTOR(i, a->width) {
      Vector g = clip(load_some(gradient + i, lanes, 0), c);
      Vector v = flush(kept * load_some(velocity + i, lanes, 0) + taken * g);
      store_some(velocity + i, v, lanes);
      store_some(out + i, kept * v + taken * g, lanes);
    }
  }
}

static void unit(const Unit *a, const Run *run) {
  const float *x = at(run, a->x), factor = 1 / (*at(run, a->norm) + 1e-7f);
  float *out = at(run, a->out);
  EACH_OWN_VECTOR(i, a->count) store_some(out + i, load_some(x + i, lanes, 0) * factor, lanes);
}

static void descend(const Descend *a, const Run *run) {
  const float rate = *at(run, a->rate) * a->rate_scale, kept = 1 - rate * a->decay, step = rate * a->factor;
  const Share own = share_of(run, a->rows, 1);
  for (int32_t row = own.from; row < own.to; row++) {
    float *parameter = at(run, a->parameter) + (ptrdiff_t)row * a->columns + a->from;
    const float *update = at(run, a->update) + (ptrdiff_t)row * a->width;
    EACH_VECTOR(i, a->width)
      store_some(parameter + i, kept * load_some(parameter + i, lanes, 0) - step * load_some(update + i, lanes, 0), lanes);
  }
}

static void average(const Average *a, const Run *run) {
  const float *parameter = at(run, a->parameter), step = (float)*integers_at(run, a->step);
  float *average = at(run, a->average);
  const float early = step / (step + 10), taken = 1 - (early < a->decay ? early : a->decay);
  EACH_OWN_VECTOR(i, a->count) {
    Vector old = load_some(average + i, lanes, 0);
    store_some(average + i, old + taken * (load_some(parameter + i, lanes, 0) - old), lanes);
  }
}
