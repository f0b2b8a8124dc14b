#include "run.h"

static void copy_words(float *to, const float *from, int32_t count) {
  EACH_VECTOR(i, count) store_some(to + i, load_some(from + i, lanes, 0), lanes);
}

static void fill_words(float *to, int32_t count, float value) {
  EACH_VECTOR(i, count) store_some(to + i, splat(value), lanes);
}

static void fetch(const Fetch *a, const Run *run) {
  copy_words(at(run, a->out), at(run, a->queue) + (ptrdiff_t)run->step * a->count, a->count);
}

static void store_step(const Store *a, const Run *run) {
  copy_words(at(run, a->queue) + (ptrdiff_t)run->step * a->count, at(run, a->x), a->count);
}

static void copy(const Copy *a, const Run *run) { copy_words(at(run, a->out), at(run, a->x), a->count); }

static void fill(const Fill *a, const Run *run) { fill_words(at(run, a->out), a->count, a->value); }

static void expand(const Expand *a, const Run *run) { fill_words(at(run, a->out), a->count, *at(run, a->x)); }

static void add(const Add *a, const Run *run) {
  const float *x = at(run, a->x), *y = at(run, a->y);
  float *out = at(run, a->out);
  EACH_VECTOR(i, a->count)
    store_some(out + i, load_some(x + i, lanes, 0) + load_some(y + i, lanes, 0), lanes);
}

static void multiply(const Multiply *a, const Run *run) {
  const float *x = at(run, a->x), *y = at(run, a->y);
  float *out = at(run, a->out);
  EACH_VECTOR(i, a->count)
    store_some(out + i, load_some(x + i, lanes, 0) * load_some(y + i, lanes, 0), lanes);
}

static void scale(const Scale *a, const Run *run) {
  const float *x = at(run, a->x);
  float *out = at(run, a->out);
  EACH_VECTOR(i, a->count) store_some(out + i, load_some(x + i, lanes, 0) * a->factor, lanes);
}

/*
 * Long sums: four vectors side by side within blocks, doubles over them. The blocks do not depend on the number of
 * threads.
 */
enum { SUM_BLOCK = 4096 };

INLINE double sum_blocks(const float *x, int32_t count, const int squared) {
  double total = 0;
  for (int32_t from = 0; from < count; from += SUM_BLOCK) {
    const int32_t block = count - from < SUM_BLOCK ? count - from : SUM_BLOCK;
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

static void sum(const Sum *a, const Run *run) { *at(run, a->out) = (float)sum_blocks(at(run, a->x), a->count, 0); }

static void norm(const Norm *a, const Run *run) {
  *at(run, a->out) = (float)__builtin_sqrt(sum_blocks(at(run, a->x), a->count, 1));
}

static void sum_rows(const SumRows *a, const Run *run) {
  const float *x = at(run, a->x);
  float *out = at(run, a->out);
  EACH_VECTOR(c, a->columns) {
    Vector total = {0};
    for (int32_t row = 0; row < a->rows; row++)
      total += load_some(x + (ptrdiff_t)row * a->columns + c, lanes, 0);
    store_some(out + c, total, lanes);
  }
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
  EACH_VECTOR(i, a->count) {
    Words word = threefry(a->seed, a->site, step, counter + (uint32_t)i);
    Vector kept = load_some(x + i, lanes, 0) / a->keep;
    store_some(out + i, word < threshold ? kept : (Vector){0}, lanes);
  }
}
