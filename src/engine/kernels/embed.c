#include "run.h"

static void embed(const Embed *a, const Run *run) {
  const float *table = at(run, a->table), *positions = at(run, a->positions);
  const int32_t *ids = integers_at(run, a->ids), *start = integers_at(run, a->start);
  const int32_t *segments = integers_at(run, a->segments);
  const Share own = share_of(run, a->batch * a->time, 1);
  for (int32_t row = own.from; row < own.to; row++) {
    const int32_t b = row / a->time, t = row % a->time;
    const float *token = table + (ptrdiff_t)ids[row] * a->width;
    const int32_t place = (start ? start[b] : 0) + t - (segments ? segments[row] : 0);
    const float *position = positions ? positions + (ptrdiff_t)place * a->width : 0;
    float *out = at(run, a->out) + (ptrdiff_t)row * a->width;
    EACH_VECTOR(c, a->width) {
      Vector x = load_some(token + c, lanes, 0);
      if (positions) x += load_some(position + c, lanes, 0);
      store_some(out + c, x, lanes);
    }
  }
}

/*
 * Adds each row to the row of `out` that its index names; or, where `time` is not 0 and indices are the starts of segments,
 * to that of its distance from the start. A thread takes some of the columns: many rows may be added to one.
 */
static void add_rows_at(const Run *run, const float *rows, int32_t count, int32_t width, const int32_t *indices, int32_t time,
                        float *out) {
  const Share own = share_of(run, width, 16);
  for (int32_t row = 0; row < count; row++, rows += width) {
    float *to = out + (ptrdiff_t)(time ? row % time - indices[row] : indices[row]) * width;
    EACH_VECTOR_FROM(c, own.from, own.to)
      store_some(to + c, load_some(to + c, lanes, 0) + load_some(rows + c, lanes, 0), lanes);
  }
}

static void embed_grad(const EmbedGrad *a, const Run *run) {
  const float *addend = at(run, a->addend);
  float *out = at(run, a->out);
  const int32_t words = a->vocabulary * a->width;
  if (!addend) fill_share(run, out, words, 0);
  else if (addend != out) copy_share(run, out, addend, words);
  meet(run);
  add_rows_at(run, at(run, a->gradient), a->rows, a->width, integers_at(run, a->ids), 0, out);
}

static void positions_grad(const PositionsGrad *a, const Run *run) {
  const float *gradient = at(run, a->gradient);
  const int32_t *segments = integers_at(run, a->segments);
  const int32_t sequence = a->time * a->width, filled = segments ? 0 : sequence;
  float *out = at(run, a->out);
  fill_share(run, out + filled, a->positions * a->width - filled, 0);
  if (!segments) return add_up_rows(run, gradient, a->batch, sequence, GRAIN, out);
  meet(run);
  add_rows_at(run, gradient, a->batch * a->time, a->width, segments, a->time, out);
}

/* The number of a pair of tokens. Where pairs share buckets, odd multipliers spread them. */
INLINE int32_t bucket_of(const Bigram *a, int32_t before, int32_t token) {
  if ((int64_t)a->vocabulary * a->vocabulary <= a->buckets) return before * a->vocabulary + token;
  uint32_t mixed = (uint32_t)before * 0x9e3779b1u ^ (uint32_t)token * 0x85ebca77u;
  mixed ^= mixed >> 15;
  return (int32_t)(mixed * 0xc2b2ae3du % (uint32_t)a->buckets);
}

static void bigram(const Bigram *a, const Run *run) {
  const int32_t *ids = integers_at(run, a->ids), *start = integers_at(run, a->start);
  const int32_t *segments = integers_at(run, a->segments);
  int32_t *out = integers_at(run, a->out), *history = integers_at(run, a->history);
  const Share own = share_of(run, a->batch, 1);
  for (int32_t b = own.from; b < own.to; b++) {
    const int32_t first = start ? start[b] : 0;
    int32_t *kept = history ? history + (ptrdiff_t)b * a->capacity + first : 0;
    int32_t before = kept && first > 0 ? kept[-1] : 0;
    for (int32_t t = 0; t < a->time; t++) {
      const int32_t token = ids[b * a->time + t];
      if (segments && segments[b * a->time + t] == t) before = 0;
      out[b * a->time + t] = bucket_of(a, before, token);
      if (kept) kept[t] = token;
      before = token;
    }
  }
}
