#include "run.h"

static void layer_norm(const LayerNorm *a, const Run *run) {
  const float *x = at(run, a->x), *weight = at(run, a->weight), *bias = at(run, a->bias);
  float *out = at(run, a->out), *means = at(run, a->mean), *rstds = at(run, a->rstd);
  for (int32_t row = 0; row < a->rows; row++, x += a->width, out += a->width) {
    Vector sum = {0}, squares = {0};
    EACH_VECTOR(c, a->width) sum += load_some(x + c, lanes, 0);
    const float mean = sum_lanes(sum) / a->width;
    EACH_VECTOR(c, a->width) {
      Vector d = load_some(x + c, lanes, mean) - mean;
      squares = multiply_add(d, d, squares);
    }
    const float rstd = 1 / __builtin_sqrtf(sum_lanes(squares) / a->width + a->epsilon);
    if (means) means[row] = mean;
    if (rstds) rstds[row] = rstd;
    EACH_VECTOR(c, a->width) {
      Vector y = (load_some(x + c, lanes, 0) - mean) * rstd * load_some(weight + c, lanes, 0);
      if (bias) y += load_some(bias + c, lanes, 0);
      store_some(out + c, y, lanes);
    }
  }
}

static void layer_norm_grad(const LayerNormGrad *a, const Run *run) {
  const float *gradient = at(run, a->gradient), *x = at(run, a->x), *weight = at(run, a->weight);
  const float *means = at(run, a->mean), *rstds = at(run, a->rstd), *addend = at(run, a->addend);
  float *dx = at(run, a->dx), *dweight = at(run, a->dweight), *dbias = at(run, a->dbias);
  const int32_t width = a->width;
  if (dweight) fill_words(dweight, width, 0);
  if (dbias) fill_words(dbias, width, 0);
  for (int32_t row = 0; row < a->rows; row++, gradient += width, x += width) {
    const float mean = means[row], rstd = rstds[row];
    Vector sum = {0}, product = {0};
    EACH_VECTOR(c, width) {
      Vector g = load_some(gradient + c, lanes, 0), normal = (load_some(x + c, lanes, mean) - mean) * rstd;
      if (dweight) store_some(dweight + c, multiply_add(g, normal, load_some(dweight + c, lanes, 0)), lanes);
      if (dbias) store_some(dbias + c, load_some(dbias + c, lanes, 0) + g, lanes);
      Vector h = g * load_some(weight + c, lanes, 0);
      sum += h;
      product = multiply_add(h, normal, product);
    }
    if (!dx) continue;
    const float mean_h = sum_lanes(sum) / width, mean_product = sum_lanes(product) / width;
    EACH_VECTOR(c, width) {
      Vector normal = (load_some(x + c, lanes, mean) - mean) * rstd;
      Vector h = load_some(gradient + c, lanes, 0) * load_some(weight + c, lanes, 0);
      Vector d = (h - mean_h - normal * mean_product) * rstd;
      if (addend) d += load_some(addend + (ptrdiff_t)row * width + c, lanes, 0);
      store_some(dx + (ptrdiff_t)row * width + c, d, lanes);
    }
  }
}

static void rms_norm(const RmsNorm *a, const Run *run) {
  const float *x = at(run, a->x), *weight = at(run, a->weight);
  float *out = at(run, a->out), *rstds = at(run, a->rstd);
  for (int32_t row = 0; row < a->rows; row++, x += a->width, out += a->width) {
    Vector squares = {0};
    EACH_VECTOR(c, a->width) {
      Vector v = load_some(x + c, lanes, 0);
      squares = multiply_add(v, v, squares);
    }
    const float rstd = 1 / __builtin_sqrtf(sum_lanes(squares) / a->width + a->epsilon);
    if (rstds) rstds[row] = rstd;
    EACH_VECTOR(c, a->width)
      store_some(out + c, load_some(x + c, lanes, 0) * rstd * load_some(weight + c, lanes, 0), lanes);
  }
}

static void rms_norm_grad(const RmsNormGrad *a, const Run *run) {
  const float *gradient = at(run, a->gradient), *x = at(run, a->x), *weight = at(run, a->weight);
  const float *rstds = at(run, a->rstd), *addend = at(run, a->addend);
  float *dx = at(run, a->dx), *dweight = at(run, a->dweight);
  const int32_t width = a->width;
  if (dweight) fill_words(dweight, width, 0);
  for (int32_t row = 0; row < a->rows; row++, gradient += width, x += width) {
    const float rstd = rstds[row];
    Vector product = {0};
    EACH_VECTOR(c, width) {
      Vector g = load_some(gradient + c, lanes, 0), normal = load_some(x + c, lanes, 0) * rstd;
      if (dweight) store_some(dweight + c, multiply_add(g, normal, load_some(dweight + c, lanes, 0)), lanes);
      product = multiply_add(g * load_some(weight + c, lanes, 0), normal, product);
    }
    if (!dx) continue;
    const float mean_product = sum_lanes(product) / width;
    EACH_VECTOR(c, width) {
      Vector h = load_some(gradient + c, lanes, 0) * load_some(weight + c, lanes, 0);
      Vector d = (h - load_some(x + c, lanes, 0) * rstd * mean_product) * rstd;
      if (addend) d += load_some(addend + (ptrdiff_t)row * width + c, lanes, 0);
      store_some(dx + (ptrdiff_t)row * width + c, d, lanes);
    }
  }
}
