#include "run.h"

static void layer_norm(const LayerNorm *a, const Run *run) {
  const float *weight = at(run, a->weight), *bias = at(run, a->bias);
  float *means = at(run, a->mean), *rstds = at(run, a->rstd);
  const Share own = share_of(run, a->rows, 1);
  for (int32_t row = own.from; row < own.to; row++) {
    const float *x = at(run, a->x) + (ptrdiff_t)row * a->width;
    float *out = at(run, a->out) + (ptrdiff_t)row * a->width;
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

static void rms_norm(const RmsNorm *a, const Run *run) {
  const float *weight = at(run, a->weight);
  float *rstds = at(run, a->rstd);
  const Share own = share_of(run, a->rows, 1);
  for (int32_t row = own.from; row < own.to; row++) {
    const float *x = at(run, a->x) + (ptrdiff_t)row * a->width;
    float *out = at(run, a->out) + (ptrdiff_t)row * a->width;
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

/* What the gradients of both norms take; `means` and `dbias` are absent in rmsNorm's. */
typedef struct {
  int32_t rows, width;
  const float *gradient, *x, *weight, *means, *rstds, *addend;
  float *dx, *dweight, *dbias;
} NormGrad;

/* The sums over rows of one strip of columns: `vectors` whole ones, or fewer than a vector's `lanes`. */
INLINE void norm_weight_strip(const NormGrad *n, int32_t column, const int vectors, int32_t lanes) {
  Vector weights[4], biases[4];
  UNROLL for (int j = 0; j < vectors; j++) weights[j] = biases[j] = (Vector){0};
  for (int32_t row = 0; row < n->rows; row++) {
    const ptrdiff_t place = (ptrdiff_t)row * n->width + column;
    const float mean = n->means ? n->means[row] : 0, rstd = n->rstds[row];
    UNROLL for (int j = 0; j < vectors; j++) {
      Vector g = load_some(n->gradient + place + j * LANES, lanes, 0);
      Vector x = load_some(n->x + place + j * LANES, lanes, mean);
      weights[j] = multiply_add(g, (x - mean) * rstd, weights[j]);
      biases[j] += g;
    }
  }
  UNROLL for (int j = 0; j < vectors; j++) {
    if (n->dweight) store_some(n->dweight + column + j * LANES, weights[j], lanes);
    if (n->dbias) store_some(n->dbias + column + j * LANES, biases[j], lanes);
  }
}

/* Sums over rows, a thread for some of the columns. */
static void norm_weight_grad(const NormGrad *n, const Run *run) {
  const Share own = share_of(run, n->width, 16);
  int32_t column = own.from;
  for (; column + 4 * LANES <= own.to; column += 4 * LANES) norm_weight_strip(n, column, 4, LANES);
  for (; column + LANES <= own.to; column += LANES) norm_weight_strip(n, column, 1, LANES);
  if (column < own.to) norm_weight_strip(n, column, 1, own.to - column);
}

static void norm_input_grad(const NormGrad *n, const Run *run) {
  const Share own = share_of(run, n->rows, 1);
  for (int32_t row = own.from; row < own.to; row++) {
    const ptrdiff_t place = (ptrdiff_t)row * n->width;
    const float *gradient = n->gradient + place, *x = n->x + place;
    const float mean = n->means ? n->means[row] : 0, rstd = n->rstds[row];
    Vector sum = {0}, product = {0};
    EACH_VECTOR(c, n->width) {
      Vector h = load_some(gradient + c, lanes, 0) * load_some(n->weight + c, lanes, 0);
      sum += h;
      product = multiply_add(h, (load_some(x + c, lanes, mean) - mean) * rstd, product);
    }
    const float mean_h = n->means ? sum_lanes(sum) / n->width : 0, mean_product = sum_lanes(product) / n->width;
    EACH_VECTOR(c, n->width) {
      Vector normal = (load_some(x + c, lanes, mean) - mean) * rstd;
      Vector h = load_some(gradient + c, lanes, 0) * load_some(n->weight + c, lanes, 0);
      Vector d = (h - mean_h - normal * mean_product) * rstd;
      if (n->addend) d += load_some(n->addend + place + c, lanes, 0);
      store_some(n->dx + place + c, d, lanes);
    }
  }
}

static void norm_grad(const NormGrad *n, const Run *run) {
  const int weights = n->dweight || n->dbias;
  if (weights) norm_weight_grad(n, run);
  if (weights && n->dx) meet(run); /* dx may take the gradient's memory */
  if (n->dx) norm_input_grad(n, run);
}

static void layer_norm_grad(const LayerNormGrad *a, const Run *run) {
  norm_grad(&(NormGrad){
    .rows = a->rows, .width = a->width,
    .gradient = at(run, a->gradient), .x = at(run, a->x), .weight = at(run, a->weight),
    .means = at(run, a->mean), .rstds = at(run, a->rstd), .addend = at(run, a->addend),
    .dx = at(run, a->dx), .dweight = at(run, a->dweight), .dbias = at(run, a->dbias),
  }, run);
}

static void rms_norm_grad(const RmsNormGrad *a, const Run *run) {
  norm_grad(&(NormGrad){
    .rows = a->rows, .width = a->width,
    .gradient = at(run, a->gradient), .x = at(run, a->x), .weight = at(run, a->weight),
    .rstds = at(run, a->rstd), .addend = at(run, a->addend), .dx = at(run, a->dx), .dweight = at(run, a->dweight),
  }, run);
}

static void head_norm(const HeadNorm *a, const Run *run) {
  float *rstds = at(run, a->rstd);
  const int32_t normal = a->heads * a->head_width;
  const Share own = share_of(run, a->rows, 1);
  for (int32_t row = own.from; row < own.to; row++) {
    const float *x = at(run, a->x) + (ptrdiff_t)row * a->width;
    float *out = at(run, a->out) + (ptrdiff_t)row * a->width;
    for (int32_t head = 0; head < a->heads; head++) {
      const float *from = x + head * a->head_width;
      Vector squares = {0};
      EACH_VECTOR(c, a->head_width) {
        Vector v = load_some(from + c, lanes, 0);
        squares = multiply_add(v, v, squares);
      }
      const float rstd = 1 / __builtin_sqrtf(sum_lanes(squares) / a->head_width + a->epsilon);
      if (rstds) rstds[(ptrdiff_t)row * a->heads + head] = rstd;
      EACH_VECTOR(c, a->head_width)
        store_some(out + head * a->head_width + c, load_some(from + c, lanes, 0) * rstd, lanes);
    }
    if (out != x) copy_words(out + normal, x + normal, a->width - normal);
  }
}

static void head_norm_grad(const HeadNormGrad *a, const Run *run) {
  const int32_t normal = a->heads * a->head_width;
  const Share own = share_of(run, a->rows, 1);
  for (int32_t row = own.from; row < own.to; row++) {
    const ptrdiff_t place = (ptrdiff_t)row * a->width;
    const float *gradient = at(run, a->gradient) + place, *x = at(run, a->x) + place;
    const float *rstds = at(run, a->rstd) + (ptrdiff_t)row * a->heads;
    float *out = at(run, a->out) + place;
    for (int32_t head = 0; head < a->heads; head++) {
      const int32_t from = head * a->head_width;
      const float rstd = rstds[head];
      Vector product = {0};
      EACH_VECTOR(c, a->head_width)
        product = multiply_add(load_some(gradient + from + c, lanes, 0), load_some(x + from + c, lanes, 0) * rstd, product);
      const float mean = sum_lanes(product) / a->head_width;
      EACH_VECTOR(c, a->head_width) {
        Vector d = load_some(gradient + from + c, lanes, 0) - load_some(x + from + c, lanes, 0) * rstd * mean;
        store_some(out + from + c, d * rstd, lanes);
      }
    }
    if (out != gradient) copy_words(out + normal, gradient + normal, a->width - normal);
  }
}
