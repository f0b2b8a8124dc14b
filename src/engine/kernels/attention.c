#include "run.h"

/* Queries are taken in blocks: what lies ahead of a block is never computed, and its scores stay in cache. */
enum { QUERY_BLOCK = 32 };
/* Columns of cached keys are whole panels, so that products with them have no edge. */
enum { KEYS_PADDING = 32 };

/* What turns a raw score s into a weight: e^((s - most) scale) inverse. */
typedef struct { float most, inverse; } Normalizer;

/*
 * Turns a row of raw scores into weights over its first `count` columns; the others become 0. Rows are padded, so that
 * whole vectors are read and written.
 */
static Normalizer softmax_row(float *row, int32_t count, int32_t padded, float scale) {
  const int32_t last = (count - 1) & -LANES;
  Vector highest = keep_lanes(load(row + last), count - last, -1e30f), total = {0};
  for (int32_t j = 0; j < last; j += LANES) highest = larger(highest, load(row + j));
  const float most = largest_lane(highest);
  for (int32_t j = 0; j < last; j += LANES) {
    Vector weight = exponential((load(row + j) - most) * scale);
    store(row + j, weight);
    total += weight;
  }
  Vector weight = keep_lanes(exponential((load(row + last) - most) * scale), count - last, 0);
  const float inverse = 1 / sum_lanes(total + weight);
  for (int32_t j = 0; j < last; j += LANES) store(row + j, load(row + j) * inverse);
  store(row + last, weight * inverse);
  for (int32_t j = last + LANES; j < padded; j += LANES) store(row + j, (Vector){0});
  return (Normalizer){most, inverse};
}

/* Columns `first`, where a vector begins, to `from` become 0. */
static void clear_columns(float *row, int32_t first, int32_t from) {
  const int32_t begin = from & -LANES;
  for (int32_t j = first; j < begin; j += LANES) store(row + j, (Vector){0});
  store(row + begin, drop_lanes(load(row + begin), from - begin, 0));
}

/* softmax_row over columns `from` to `count`, a segment: those from `first` to it become 0 too. */
static Normalizer softmax_segment(float *row, int32_t first, int32_t from, int32_t count, int32_t padded, float scale) {
  const int32_t begin = from & -LANES;
  store(row + begin, drop_lanes(load(row + begin), from - begin, -1e30f));
  const Normalizer found = softmax_row(row + begin, count - begin, padded - begin, scale);
  clear_columns(row, first, from);
  return found;
}

/* The same weights again, to the bit. */
static void softmax_row_again(float *row, int32_t count, int32_t columns, Normalizer normalizer, float scale) {
  const int32_t last = (count - 1) & -LANES;
  for (int32_t j = 0; j < count; j += LANES)
    store(row + j, exponential((load(row + j) - normalizer.most) * scale) * normalizer.inverse);
  store(row + last, keep_lanes(load(row + last), count - last, 0));
  for (int32_t j = last + LANES; j < columns; j += LANES) store(row + j, (Vector){0});
}

/*
 * The column from which a block of queries is computed, where a vector begins: what lies before the segment of its first
 * query, no query of the block reads. `segments` are those of the block's queries, or absent.
 */
INLINE int32_t first_column(const int32_t *segments) { return segments ? *segments & -LANES : 0; }

/* Raw scores of a block of queries: products of its rows with some keys up to its last. */
static void score_block(const float *query, const float *key, int32_t rows, int32_t columns, int32_t width, int32_t row,
                        int32_t padded, const Run *run, float *scores) {
  multiply_matrices(&(Product){
    .rows = rows, .columns = columns, .depth = width,
    .a = query, .a_stride = row,
    .b = key, .b_stride = row, .b_transposed = 1,
    .out = scores, .out_stride = padded,
  }, run->scratch);
}

static void attention(const Attention *a, const Run *run) {
  const int32_t time = a->time, width = a->head_width, group = a->heads / a->kv_heads;
  const int32_t row = (a->heads + 2 * a->kv_heads) * width, out_row = a->heads * width;
  const int32_t padded = a->padded;
  const float scale = 1 / __builtin_sqrtf(width);
  Normalizer *normalizers = (Normalizer *)at(run, a->normalizers);
  const int32_t *all_segments = integers_at(run, a->segments);
  const Share own = share_of(run, a->batch * a->heads, 1);
  for (int32_t item = own.from; item < own.to; item++) {
    const int32_t b = item / a->heads, h = item % a->heads;
    const float *query = at(run, a->qkv) + (ptrdiff_t)b * time * row + h * width;
    const float *key = at(run, a->qkv) + (ptrdiff_t)b * time * row + (a->heads + h / group) * width;
    const float *value = key + a->kv_heads * width;
    float *out = at(run, a->out) + (ptrdiff_t)b * time * out_row + h * width;
    float *weights = a->weights < 0 ? 0 : at(run, a->weights) + (ptrdiff_t)item * time * padded;
    for (int32_t t = 0; t < time; t += QUERY_BLOCK) {
      const int32_t rows = time - t < QUERY_BLOCK ? time - t : QUERY_BLOCK;
      const int32_t *segments = all_segments ? all_segments + (ptrdiff_t)b * time + t : 0;
      const int32_t first = first_column(segments), columns = t + rows - first;
      float *scores = weights ? weights + (ptrdiff_t)t * padded : run->room;
      score_block(query + (ptrdiff_t)t * row, key + (ptrdiff_t)first * row, rows, columns, width, row, padded, run,
                  scores + first);
      /* Only weights that are kept are wanted beyond the columns of this block. */
      const int32_t from = weights ? 0 : first, to = weights ? padded : t + rows;
      for (int32_t i = 0; i < rows; i++) {
        float *line = scores + (ptrdiff_t)i * padded;
        const Normalizer found = segments ? softmax_segment(line, from, segments[i], t + i + 1, to, scale)
                                          : softmax_row(line, t + i + 1, to, scale);
        if (normalizers) normalizers[(ptrdiff_t)item * time + t + i] = found;
      }
      multiply_matrices(&(Product){
        .rows = rows, .columns = width, .depth = columns,
        .a = scores + first, .a_stride = padded,
        .b = value + (ptrdiff_t)first * row, .b_stride = row,
        .out = out + (ptrdiff_t)t * out_row, .out_stride = out_row,
      }, run->scratch);
    }
  }
}

/*
 * For one row of weights w and of gradients g = d loss / d w: w (g - sum(w g)) scale, the gradient of the raw scores, in
 * place of g. Columns from `count` on, where w is 0, become 0.
 */
static void softmax_row_grad(const float *weights, float *gradient, int32_t count, int32_t columns, float scale) {
  const int32_t last = (count - 1) & -LANES;
  store(gradient + last, keep_lanes(load(gradient + last), count - last, 0));
  Vector product = {0};
  for (int32_t j = 0; j < count; j += LANES) product = multiply_add(load(gradient + j), load(weights + j), product);
  const float mean = sum_lanes(product);
  for (int32_t j = 0; j < count; j += LANES) store(gradient + j, load(weights + j) * (load(gradient + j) - mean) * scale);
  for (int32_t j = last + LANES; j < columns; j += LANES) store(gradient + j, (Vector){0});
}

static void attention_grad(const AttentionGrad *a, const Run *run) {
  const int32_t time = a->time, width = a->head_width, group = a->heads / a->kv_heads;
  const int32_t row = (a->heads + 2 * a->kv_heads) * width, out_row = a->heads * width;
  const int32_t padded = a->padded;
  const float scale = 1 / __builtin_sqrtf(width);
  const Normalizer *normalizers = (const Normalizer *)at(run, a->normalizers);
  const int32_t *all_segments = integers_at(run, a->segments);
  float *gradients = run->room, *weights_again = gradients + QUERY_BLOCK * padded;
  /* A thread takes all query heads that share a key: they add to its gradient, one after another. */
  const Share own = share_of(run, a->batch * a->kv_heads, 1);
  for (int32_t item = own.from; item < own.to; item++) {
    const int32_t b = item / a->kv_heads, kv = item % a->kv_heads;
    const int32_t to_key = (a->heads + kv) * width, to_value = to_key + a->kv_heads * width;
    const float *qkv = at(run, a->qkv) + (ptrdiff_t)b * time * row;
    float *out = at(run, a->out) + (ptrdiff_t)b * time * row;
    for (int32_t t = 0; t < time; t++) {
      fill_words(out + (ptrdiff_t)t * row + to_key, width, 0);
      fill_words(out + (ptrdiff_t)t * row + to_value, width, 0);
    }
    for (int32_t h = kv * group; h < (kv + 1) * group; h++) {
      const int32_t to_query = h * width;
      const float *incoming = at(run, a->gradient) + (ptrdiff_t)b * time * out_row + h * width;
      const ptrdiff_t first_row = (ptrdiff_t)(b * a->heads + h) * time;
      for (int32_t t = 0; t < time; t += QUERY_BLOCK) {
        const int32_t rows = time - t < QUERY_BLOCK ? time - t : QUERY_BLOCK;
        const int32_t *segments = all_segments ? all_segments + (ptrdiff_t)b * time + t : 0;
        const int32_t first = first_column(segments), columns = t + rows - first;
        const ptrdiff_t to_first = (ptrdiff_t)first * row;
        const float *block_weights = normalizers ? weights_again : at(run, a->weights) + (first_row + t) * padded + first;
        const float *block_incoming = incoming + (ptrdiff_t)t * out_row;
        if (normalizers) {
          score_block(qkv + (ptrdiff_t)t * row + to_query, qkv + to_first + to_key, rows, columns, width, row, padded, run,
                      weights_again);
          for (int32_t i = 0; i < rows; i++) {
            float *line = weights_again + (ptrdiff_t)i * padded;
            softmax_row_again(line, t + i + 1 - first, columns, normalizers[first_row + t + i], scale);
            if (segments) clear_columns(line, 0, segments[i] - first);
          }
        }
        multiply_matrices(&(Product){
          .rows = rows, .columns = columns, .depth = width,
          .a = block_incoming, .a_stride = out_row,
          .b = qkv + to_first + to_value, .b_stride = row, .b_transposed = 1,
          .out = gradients, .out_stride = padded,
        }, run->scratch);
        for (int32_t i = 0; i < rows; i++)
          softmax_row_grad(block_weights + (ptrdiff_t)i * padded, gradients + (ptrdiff_t)i * padded, t + i + 1 - first,
                           columns, scale);
        multiply_matrices(&(Product){
          .rows = rows, .columns = width, .depth = columns,
          .a = gradients, .a_stride = padded,
          .b = qkv + to_first + to_key, .b_stride = row,
          .out = out + (ptrdiff_t)t * row + to_query, .out_stride = row,
        }, run->scratch);
        multiply_matrices(&(Product){
          .rows = columns, .columns = width, .depth = rows,
          .a = gradients, .a_stride = padded, .a_transposed = 1,
          .b = qkv + (ptrdiff_t)t * row + to_query, .b_stride = row,
          .addend = out + to_first + to_key, .addend_stride = row,
          .out = out + to_first + to_key, .out_stride = row,
        }, run->scratch);
        multiply_matrices(&(Product){
          .rows = columns, .columns = width, .depth = rows,
          .a = block_weights, .a_stride = padded, .a_transposed = 1,
          .b = block_incoming, .b_stride = out_row,
          .addend = out + to_first + to_value, .addend_stride = row,
          .out = out + to_first + to_value, .out_stride = row,
        }, run->scratch);
      }
    }
  }
}

static void cached_attention(const CachedAttention *a, const Run *run) {
  const int32_t time = a->time, width = a->head_width, group = a->heads / a->kv_heads;
  const int32_t row = (a->heads + 2 * a->kv_heads) * width, kv_row = a->kv_heads * width;
  const int32_t out_row = a->heads * width, padded = (a->capacity + KEYS_PADDING - 1) & -KEYS_PADDING;
  const float scale = 1 / __builtin_sqrtf(width);
  const int32_t *start = integers_at(run, a->start);
  float *scores = run->room;
  const Share own = share_of(run, a->batch * a->kv_heads, 1);
  for (int32_t item = own.from; item < own.to; item++) {
    const int32_t b = item / a->kv_heads, kv = item % a->kv_heads;
    const float *qkv = at(run, a->qkv) + (ptrdiff_t)b * time * row;
    float *keys = at(run, a->keys) + (ptrdiff_t)item * width * padded;
    float *values = at(run, a->values) + (ptrdiff_t)b * a->capacity * kv_row + kv * width;
    for (int32_t t = 0; t < time; t++) {
      const float *key = qkv + (ptrdiff_t)t * row + (a->heads + kv) * width;
      for (int32_t d = 0; d < width; d++) keys[(ptrdiff_t)d * padded + start[b] + t] = key[d];
      copy_words(values + (ptrdiff_t)(start[b] + t) * kv_row, key + kv_row, width);
    }
    /* Rows of one product are the new positions of a head; of one new position, the heads that share these keys. */
    const int32_t heads = time == 1 ? 1 : group, rows = time == 1 ? group : time;
    const int32_t seen = start[b] + time, columns = (seen + KEYS_PADDING - 1) & -KEYS_PADDING;
    for (int32_t h = 0; h < heads; h++) {
      const ptrdiff_t head = (kv * group + h) * width;
      multiply_matrices(&(Product){
        .rows = rows, .columns = columns, .depth = width,
        .a = qkv + head, .a_stride = time == 1 ? width : row,
        .b = keys, .b_stride = padded,
        .out = scores, .out_stride = padded,
      }, run->scratch);
      for (int32_t i = 0; i < rows; i++)
        softmax_row(scores + (ptrdiff_t)i * padded, time == 1 ? seen : start[b] + i + 1, columns, scale);
      multiply_matrices(&(Product){
        .rows = rows, .columns = width, .depth = seen,
        .a = scores, .a_stride = padded,
        .b = values, .b_stride = kv_row,
        .out = at(run, a->out) + (ptrdiff_t)b * time * out_row + head, .out_stride = time == 1 ? width : out_row,
      }, run->scratch);
    }
  }
}

/* The cosines and sines of one position's angles, D/2 each; `angles` are those of position 1. */
static void position_angles(int32_t position, int32_t half, const double *angles, int inverse, float *cosines, float *sines) {
  for (int32_t i = 0; i < half; i++) {
    double sine, cosine;
    sine_and_cosine(position * angles[i], &sine, &cosine);
    cosines[i] = (float)cosine;
    sines[i] = (float)(inverse ? -sine : sine);
  }
}

static void rope(const Rope *a, const Run *run) {
  const int32_t half = a->head_width / 2, *start = integers_at(run, a->start);
  const double log_theta = natural_log(a->theta);
  double *angles = (double *)run->room;
  float *cosines = (float *)(angles + half), *sines = cosines + half;
  for (int32_t i = 0; i < half; i++) angles[i] = exponential_of(-log_theta * i / half);
  const Share own = share_of(run, a->time, 1);
  for (int32_t t = own.from; t < own.to; t++) {
    for (int32_t b = 0; b < a->batch; b++) {
      if (start || b == 0) position_angles(t + (start ? start[b] : 0), half, angles, a->inverse, cosines, sines);
      const float *x = at(run, a->x) + (ptrdiff_t)(b * a->time + t) * a->width;
      float *out = at(run, a->out) + (ptrdiff_t)(b * a->time + t) * a->width;
      for (int32_t h = 0; h < a->heads; h++, x += a->head_width, out += a->head_width) {
        EACH_VECTOR(i, half) {
          Vector first = load_some(x + i, lanes, 0), second = load_some(x + half + i, lanes, 0);
          Vector cosine = load_some(cosines + i, lanes, 0), sine = load_some(sines + i, lanes, 0);
          store_some(out + i, first * cosine - second * sine, lanes);
          store_some(out + half + i, second * cosine + first * sine, lanes);
        }
      }
      if (x != out) copy_words(out, x, a->width - a->heads * a->head_width);
    }
  }
}
