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

/* Square matrices [n, n] of one Newton-Schulz iteration; all are symmetric, and commute. */
typedef struct {
  int32_t n;
  float *gram;       /* x'x, or x x' where that is smaller */
  float *map;        /* what x is to be multiplied with */
  float *polynomial, *spare;
} Iteration;

static void multiply_squares(const float *a, const float *b, int32_t n, float *out, const Run *run) {
  multiply_symmetric(&(Product){
    .rows = n, .columns = n, .depth = n, .a = a, .a_stride = n, .b = b, .b_stride = n, .out = out, .out_stride = n,
  }, run->scratch);
}

static void add_to_diagonal(float *x, int32_t n, float value) {
  for (int32_t i = 0; i < n; i++) x[(ptrdiff_t)i * (n + 1)] += value;
}

/* Follows what x becomes by x (a + b x'x + c (x'x)^2) in the map, and in the Gram matrix unless it is the last time. */
static void iterate(Iteration *s, float a, float b, float c, int first, int last, const Run *run) {
  const int32_t n = s->n;
  float *p = first ? s->map : s->polynomial;
  EACH_VECTOR(i, n * n) store_some(s->spare + i, c * load_some(s->gram + i, lanes, 0), lanes);
  add_to_diagonal(s->spare, n, b);
  multiply_squares(s->spare, s->gram, n, p, run);
  add_to_diagonal(p, n, a);
  if (!first) {
    multiply_squares(s->map, p, n, s->spare, run);
    float *map = s->spare;
    s->spare = s->map, s->map = map;
  }
  if (last) return;
  multiply_squares(s->gram, p, n, s->spare, run);
  multiply_squares(s->spare, p, n, s->gram, run);
}

/*
 * The momentum's singular values are brought near 1 by four Newton-Schulz iterations, on the smaller side's Gram matrix: it
 * and the product of all polynomials are followed, and x is multiplied once. The coefficients are the best for singular
 * values from 0.003 to 1 of a matrix of norm 1, which come to 0.8 to 1.2; smaller ones grow 296 times.
 *
 * @see Jordan et al. 2024 (Muon). https://kellerjordan.github.io/posts/muon/
 * @see Amsel et al. 2025 (Polar Express), for the coefficients. https://arxiv.org/abs/2505.16932
 */
static void muon(const Muon *a, const Run *run) {
  /* Back and forth: matrices come in the order of their cost, and every thread has large and small ones. */
  const int32_t round = a->turn / run->threads, place = a->turn % run->threads;
  if ((round & 1 ? run->threads - 1 - place : place) != run->thread) return;
  const int32_t rows = a->rows, width = a->width, tall = rows > width, n = tall ? width : rows;
  const Clipping clip_by = clipping(run, a->norm, a->max_norm, a->max_value);
  const float rate = *at(run, a->rate) * a->rate_scale, kept = a->momentum, taken = 1 - kept;
  float *parameters = at(run, a->parameter) + a->from, *x = run->room;
  double total = 0;
  for (int32_t row = 0; row < rows; row++) {
    const ptrdiff_t line = (ptrdiff_t)row * a->columns;
    const float *gradient = at(run, a->gradient) + a->from + line;
    float *velocity = at(run, a->velocity) + a->from + line, *parameter = parameters + line;
    Vector squares = {0};
    EACH_VECTOR_ONCE(i, 0, width) {
      Vector g = clip(load_some(gradient + i, lanes, 0), clip_by);
      Vector v = flush(kept * load_some(velocity + i, lanes, 0) + taken * g), u = kept * v + taken * g;
      store_some(velocity + i, v, lanes);
      store_some(parameter + i, (1 - rate * a->decay) * load_some(parameter + i, lanes, 0), lanes);
      store_some(x + (ptrdiff_t)row * width + i, u, lanes);
      squares = multiply_add(u, u, squares);
    }
    total += sum_lanes(squares);
  }
  if (total == 0) return;
  const float inverse = (float)(1 / (__builtin_sqrt(total) + 1e-7));
  EACH_VECTOR(i, rows * width) store_some(x + i, load_some(x + i, lanes, 0) * inverse, lanes);
  const ptrdiff_t square = (ptrdiff_t)n * n;
  float *gram = x + (ptrdiff_t)rows * width;
  multiply_symmetric(&(Product){
    .rows = n, .columns = n, .depth = tall ? rows : width,
    .a = x, .a_stride = width, .a_transposed = tall,
    .b = x, .b_stride = width, .b_transposed = !tall,
    .out = gram, .out_stride = n,
  }, run->scratch);
  Iteration s = {n, gram, gram + square, gram + 2 * square, gram + 3 * square};
  const float step = -rate * a->factor;
  iterate(&s, 8.3837f, -24.7659f, 18.3571f, 1, 0, run);
  iterate(&s, 4.0434f, -3.0114f, 0.5695f, 0, 0, run);
  iterate(&s, 3.5056f, -2.6267f, 0.5257f, 0, 0, run);
  iterate(&s, 2.4901f * step, -1.8343f * step, 0.4368f * step, 0, 1, run);
  multiply_matrices(&(Product){
    .rows = rows, .columns = width, .depth = n,
    .a = tall ? x : s.map, .a_stride = n,
    .b = tall ? s.map : x, .b_stride = width,
    .addend = parameters, .addend_stride = a->columns,
    .out = parameters, .out_stride = a->columns,
  }, run->scratch);
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
