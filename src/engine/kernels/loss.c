#include "run.h"

static int32_t count_targets(const int32_t *targets, int32_t rows) {
  int32_t counted = 0;
  for (int32_t row = 0; row < rows; row++) counted += targets[row] >= 0;
  return counted;
}

static double mean_logit(const float *logits, int32_t vocabulary) {
  Vector total = {0};
  EACH_VECTOR(v, vocabulary) total += load_some(logits + v, lanes, 0);
  return sum_lanes(total) / vocabulary;
}

/* The loss of one row, and e^logit / sum over it in `out`, if any. */
static double row_loss(const float *logits, int32_t target, int32_t vocabulary, float smoothing, float *out) {
  Vector highest = splat(-1e30f), total = {0};
  EACH_VECTOR(v, vocabulary) highest = larger(highest, load_some(logits + v, lanes, -1e30f));
  const float most = largest_lane(highest);
  double wanted = target < 0 ? 0 : logits[target]; /* out may be the logits' memory */
  if (smoothing > 0) wanted += smoothing * (mean_logit(logits, vocabulary) - wanted);
  EACH_VECTOR_ONCE(v, 0, vocabulary) {
    Vector e = exponential(load_some(logits + v, lanes, -1e30f) - most);
    if (lanes < LANES) e = keep_lanes(e, lanes, 0);
    if (out) store_some(out + v, e, lanes);
    total += e;
  }
  const float sum = sum_lanes(total);
  if (out) EACH_VECTOR(v, vocabulary) store_some(out + v, load_some(out + v, lanes, 0) * (1 / sum), lanes);
  return target < 0 ? 0 : natural_log(sum) + most - wanted;
}

static void cross_entropy(const CrossEntropy *a, const Run *run) {
  const int32_t *targets = integers_at(run, a->targets), vocabulary = a->vocabulary;
  float *losses = at(run, a->losses), *probabilities = at(run, a->probabilities);
  const int32_t parts = a->rows < PARTS ? a->rows : PARTS;
  const Share own = share_of(run, parts, 1);
  for (int32_t part = own.from; part < own.to; part++) {
    double total = 0;
    const int32_t end = (int32_t)((int64_t)a->rows * (part + 1) / parts);
    for (int32_t row = (int32_t)((int64_t)a->rows * part / parts); row < end; row++) {
      const ptrdiff_t place = (ptrdiff_t)row * vocabulary;
      const double loss =
        row_loss(at(run, a->logits) + place, targets[row], vocabulary, a->smoothing, probabilities ? probabilities + place : 0);
      if (losses) losses[row] = (float)loss;
      total += loss;
    }
    run->team->partial[part] = total;
  }
  meet(run);
  if (run->thread > 0) return;
  double total = 0;
  for (int32_t part = 0; part < parts; part++) total += run->team->partial[part];
  const int32_t counted = count_targets(targets, a->rows);
  *at(run, a->loss) = counted ? (float)(total / counted) : 0;
}

static void cross_entropy_grad(const CrossEntropyGrad *a, const Run *run) {
  const int32_t *targets = integers_at(run, a->targets), vocabulary = a->vocabulary;
  const int32_t counted = count_targets(targets, a->rows);
  const float share = *at(run, a->gradient) / (counted ? counted : 1);
  const float even = a->smoothing / vocabulary; /* what every token is given of the target */
  const Share own = share_of(run, a->rows, 1);
  for (int32_t row = own.from; row < own.to; row++) {
    const float *probabilities = at(run, a->probabilities) + (ptrdiff_t)row * vocabulary;
    float *out = at(run, a->out) + (ptrdiff_t)row * vocabulary;
    const float factor = targets[row] < 0 ? 0 : share;
    EACH_VECTOR(v, vocabulary) store_some(out + v, (load_some(probabilities + v, lanes, 0) - even) * factor, lanes);
    if (targets[row] >= 0) out[targets[row]] -= share * (1 - a->smoothing);
  }
}
