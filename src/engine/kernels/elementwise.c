#include "run.h"

static void copy_words(float *to, const float *from, int32_t count) {
  EACH_VECTOR(i, count) store_some(to + i, load_some(from + i, lanes, 0), lanes);
}

static void fill_words(float *to, int32_t count, float value) {
  EACH_VECTOR(i, count) store_some(to + i, splat(value), lanes);
}

/* This thread's share of a copy, or of a fill. */
INLINE void copy_share(const Run *run, float *to, const float *from, int32_t count) {
  EACH_OWN_VECTOR(i, count) store_some(to + i, load_some(from + i, lanes, 0), lanes);
}
INLINE void fill_share(const Run *run, float *to, int32_t count, float value) {
  EACH_OWN_VECTOR(i, count) store_some(to + i, splat(value), lanes);
}

static void fetch(const Fetch *a, const Run *run) {
  copy_share(run, at(run, a->out), at(run, a->queue) + (ptrdiff_t)run->step * a->count, a->count);
}

static void store_step(const Store *a, const Run *run) {
  copy_share(run, at(run, a->queue) + (ptrdiff_t)run->step * a->count, at(run, a->x), a->count);
}

static void copy(const Copy *a, const Run *run) { copy_share(run, at(run, a->out), at(run, a->x), a->count); }

static void fill(const Fill *a, const Run *run) { fill_share(run, at(run, a->out), a->count, a->value); }

static void expand(const Expand *a, const Run *run) { fill_share(run, at(run, a->out), a->count, *at(run, a->x)); }

static void add(const Add *a, const Run *run) {
  const float *x = at(run, a->x), *y = at(run, a->y);
  float *out = at(run, a->out);
  EACH_OWN_VECTOR(i, a->count)
    store_some(out + i, load_some(x + i, lanes, 0) + load_some(y + i, lanes, 0), lanes);
}

static void multiply(const Multiply *a, const Run *run) {
  const float *x = at(run, a->x), *y = at(run, a->y);
  float *out = at(run, a->out);
  EACH_OWN_VECTOR(i, a->count)
    store_some(out + i, load_some(x + i, lanes, 0) * load_some(y + i, lanes, 0), lanes);
}

static void scale(const Scale *a, const Run *run) {
  const float *x = at(run, a->x);
  float *out = at(run, a->out);
  EACH_OWN_VECTOR(i, a->count) store_some(out + i, load_some(x + i, lanes, 0) * a->factor, lanes);
}

/* Sums of up to so many numbers are taken in single precision, four vectors side by side; over them stand doubles. */
enum { SUM_BLOCK = 4096 };

INLINE double sum_blocks(const float *x, int32_t begin, int32_t end, const int squared) {
  double total = 0;
  for (int32_t from = begin; from < end; from += SUM_BLOCK) {
    const int32_t block = end - from < SUM_BLOCK ? end - from : SUM_BLOCK;
    Vector sums[4] = {{0}};
    int32_t i = from;
    for (; i + 4 * LANES <= from + block; i += 4 * LANES)
      UNROLL for (int j = 0; j < 4; j++) {
        Vector v = load(x + i + j * LANES);
        sums[j] = squared ? multiply_add(v, v, sums[j]) : sums[j] + v;
      }
    for (; i < from + block; i += LANES) {
      Vector v = load_some(x + i, from + block - i, 0);
      sums[0] = squared ? multiply_add(v, v, sums[0]) : sums[0] + v;
    }
    total += sum_lanes((sums[0] + sums[1]) + (sums[2] + sums[3]));
  }
  return total;
}

/* The parts of a long sum, by whichever threads; the first thread is given the total. */
INLINE double sum_parts(const Run *run, const float *x, int32_t count, const int squared) {
  const int64_t blocks = (count + SUM_BLOCK - 1) / SUM_BLOCK;
  const int32_t parts = blocks < PARTS ? (int32_t)blocks : PARTS;
  const Share own = share_of(run, parts, 1);
  for (int32_t part = own.from; part < own.to; part++) {
    const int32_t from = (int32_t)(blocks * part / parts) * SUM_BLOCK;
    const int64_t end = blocks * (part + 1) / parts * SUM_BLOCK;
    run->team->partial[part] = sum_blocks(x, from, end < count ? (int32_t)end : count, squared);
  }
  meet(run);
  double total = 0;
  if (run->thread == 0)
    for (int32_t part = 0; part < parts; part++) total += run->team->partial[part];
  return total;
}

static void sum(const Sum *a, const Run *run) {
  const double total = sum_parts(run, at(run, a->x), a->count, 0);
  if (run->thread == 0) *at(run, a->out) = (float)total;
}

static void norm(const Norm *a, const Run *run) {
  const double total = sum_parts(run, at(run, a->x), a->count, 1);
  if (run->thread == 0) *at(run, a->out) = (float)__builtin_sqrt(total);
}

static void blend(const Blend *a, const Run *run) {
  const float *weights = at(run, a->weights);
  const Share own = share_of(run, a->rows, 1);
  for (int32_t row = own.from; row < own.to; row++) {
    const ptrdiff_t place = (ptrdiff_t)row * a->width;
    const float *x = at(run, a->x) + place, *y = at(run, a->y) + place;
    float *out = at(run, a->out) + place;
    if (out != x) copy_words(out, x, a->from);
    EACH_VECTOR_FROM(c, a->from, a->to)
      store_some(out + c, weights[0] * load_some(x + c, lanes, 0) + weights[1] * load_some(y + c, lanes, 0), lanes);
    if (out != x) copy_words(out + a->to, x + a->to, a->width - a->to);
  }
}

/* The sums of gradient * x and gradient * y over the blended columns of all rows, in fixed parts of rows. */
static void blend_weight_grad(const BlendGrad *a, const Run *run, float *dweights) {
  const int32_t parts = a->rows < PARTS / 2 ? a->rows : PARTS / 2;
  const float *gradient = at(run, a->gradient), *x = at(run, a->x), *y = at(run, a->y);
  double *partial = run->team->partial;
  const Share own = share_of(run, parts, 1);
  for (int32_t part = own.from; part < own.to; part++) {
    const int32_t end = (int32_t)((int64_t)a->rows * (part + 1) / parts);
    double total_x = 0, total_y = 0;
    for (int32_t row = (int32_t)((int64_t)a->rows * part / parts); row < end; row++) {
      const ptrdiff_t place = (ptrdiff_t)row * a->width;
      Vector sum_x = {0}, sum_y = {0};
      EACH_VECTOR_FROM(c, a->from, a->to) {
        const Vector g = load_some(gradient + place + c, lanes, 0);
        sum_x = multiply_add(g, load_some(x + place + c, lanes, 0), sum_x);
        sum_y = multiply_add(g, load_some(y + place + c, lanes, 0), sum_y);
      }
      total_x += sum_lanes(sum_x), total_y += sum_lanes(sum_y);
    }
    partial[2 * part] = total_x, partial[2 * part + 1] = total_y;
  }
  meet(run);
  if (run->thread == 0) {
    double total_x = 0, total_y = 0;
    for (int32_t part = 0; part < parts; part++) total_x += partial[2 * part], total_y += partial[2 * part + 1];
    dweights[0] = (float)total_x, dweights[1] = (float)total_y;
  }
}

static void blend_grad(const BlendGrad *a, const Run *run) {
  const float *weights = at(run, a->weights), *addends = at(run, a->addend);
  const int32_t after = a->width - a->to;
  if (a->dweights >= 0) blend_weight_grad(a, run, at(run, a->dweights)); /* all have met: dx may take the gradient's memory */
  const Share own = share_of(run, a->rows, 1);
  for (int32_t row = own.from; row < own.to; row++) {
    const ptrdiff_t place = (ptrdiff_t)row * a->width;
    const float *gradient = at(run, a->gradient) + place;
    if (a->dy >= 0) {
      float *dy = at(run, a->dy) + place;
      const float *addend = addends ? addends + place : 0;
      if (!addend) fill_words(dy, a->from, 0), fill_words(dy + a->to, after, 0);
      else if (addend != dy) copy_words(dy, addend, a->from), copy_words(dy + a->to, addend + a->to, after);
      EACH_VECTOR_FROM(c, a->from, a->to) {
        const Vector other = addend ? load_some(addend + c, lanes, 0) : (Vector){0};
        store_some(dy + c, other + weights[1] * load_some(gradient + c, lanes, 0), lanes);
      }
    }
    if (a->dx < 0) continue;
    float *dx = at(run, a->dx) + place;
    if (dx != gradient) copy_words(dx, gradient, a->from), copy_words(dx + a->to, gradient + a->to, after);
    EACH_VECTOR_FROM(c, a->from, a->to) store_some(dx + c, weights[0] * load_some(gradient + c, lanes, 0), lanes);
  }
}

/* Adds up rows, each `columns` long; a thread some of their columns, in grains of so many. */
static void add_up_rows(const Run *run, const float *x, int32_t rows, int32_t columns, int32_t grain, float *out) {
  const Share own = share_of(run, columns, grain);
  EACH_VECTOR_FROM(c, own.from, own.to) {
    Vector total = {0};
    for (int32_t row = 0; row < rows; row++) total += load_some(x + (ptrdiff_t)row * columns + c, lanes, 0);
    store_some(out + c, total, lanes);
  }
}

static void sum_rows(const SumRows *a, const Run *run) {
  add_up_rows(run, at(run, a->x), a->rows, a->columns, 16, at(run, a->out));
}

/* Threefry-2x32 with 20 rounds, a counter a lane: the second word of the block. See base/rng.ts. */
INLINE Words threefry(uint32_t key0, uint32_t key1, uint32_t counter0, Words counter1) {
  static const int rotations[8] = {13, 15, 26, 6, 17, 29, 16, 24};
  const uint32_t keys[3] = {key0, key1, key0 ^ key1 ^ 0x1bd11bda};
  Words x0 = (Words){0} + (counter0 + key0), x1 = counter1 + key1;
  UNROLL for (int round = 0; round < 20; round++) {
    const int by = rotations[round % 8];
    x0 += x1;
    x1 = ((x1 << by) | (x1 >> (32 - by))) ^ x0;
    if (round % 4 == 3) {
      const int injection = (round + 1) / 4;
      x0 += keys[injection % 3];
      x1 += keys[(injection + 1) % 3] + injection;
    }
  }
  return x1;
}

static void dropout(const Dropout *a, const Run *run) {
  const float *x = at(run, a->x);
  float *out = at(run, a->out);
  const uint32_t step = (uint32_t)*integers_at(run, a->step);
  const uint32_t threshold = (uint32_t)(a->keep * 4294967296.0);
  Words counter;
  for (int i = 0; i < LANES; i++) counter[i] = i;
  EACH_OWN_VECTOR_ONCE(i, a->count) {
    Words word = threefry(a->seed, a->site, step, counter + (uint32_t)i);
    Vector kept = load_some(x + i, lanes, 0) / a->keep;
    store_some(out + i, word < threshold ? kept : (Vector){0}, lanes);
  }
}
