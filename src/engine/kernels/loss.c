#include "run.h"

static int32_t count_targets(const int32_t *targets, int32_t rows) {
  int32_t counted = 0;
  for (int32_t row = 0; row < rows; row++) counted += targets[row] >= 0;
  return counted;
}

static void cross_entropy(const CrossEntropy *a, const Run *run) {
  const float *logits = at(run, a->logits);
  const int32_t *targets = integers_at(run, a->targets), vocabulary = a->vocabulary;
  float *losses = at(run, a->losses), *probabilities = at(run, a->probabilities);
  double total_loss = 0;
  for (int32_t row = 0; row < a->rows; row++, logits += vocabulary) {
    Vector highest = splat(-1e30f), total = {0};
    EACH_VECTOR(v, vocabulary) highest = larger(highest, load_some(logits + v, lanes, -1e30f));
    const float most = largest_lane(highest);
    const float wanted = targets[row] < 0 ? 0 : logits[targets[row]];
    float *out = probabilities ? probabilities + (ptrdiff_t)row * vocabulary : 0;
    EACH_VECTOR(v, vocabulary) {
      Vector e = exponential(load_some(logits + v, lanes, -1e30f) - most);
      if (lanes < LANES) e = keep_lanes(e, lanes, 0);
      if (out) store_some(out + v, e, lanes);
      total += e;
    }
    const float sum = sum_lanes(total);
    if (out) EACH_VECTOR(v, vocabulary) store_some(out + v, load_some(out + v, lanes, 0) * (1 / sum), lanes);
    const double loss = targets[row] < 0 ? 0 : natural_log(sum) + most - wanted;
    if (losses) losses[row] = (float)loss;
    total_loss += loss;
  }
  const int32_t counted = count_targets(targets, a->rows);
  *at(run, a->loss) = counted ? (float)(total_loss / counted) : 0;
}

static void cross_entropy_grad(const CrossEntropyGrad *a, const Run *run) {
  const float *probabilities = at(run, a->probabilities);
  const int32_t *targets = integers_at(run, a->targets), vocabulary = a->vocabulary;
  float *out = at(run, a->out);
  const int32_t counted = count_targets(targets, a->rows);
  const float share = *at(run, a->gradient) / (counted ? counted : 1);
  for (int32_t row = 0; row < a->rows; row++, probabilities += vocabulary, out += vocabulary) {
    const float factor = targets[row] < 0 ? 0 : share;
    EACH_VECTOR(v, vocabulary) store_some(out + v, load_some(probabilities + v, lanes, 0) * factor, lanes);
    if (targets[row] >= 0) out[targets[row]] -= share;
  }
}
