/* Elementary functions in double precision, for the few places where a kernel needs one number: there is no libm. */
#pragma once
#include "vector.h"

static double power_of(double base, int32_t exponent) {
  double result = 1;
  for (; exponent > 0; exponent >>= 1, base *= base)
    if (exponent & 1) result *= base;
  return result;
}

/*
 * ln x to about 1e-12, for x > 0; infinity and NaN of themselves. x = 2^e m with m in [sqrt(1/2), sqrt 2), and
 * ln m = 2 artanh((m - 1) / (m + 1)).
 */
static double natural_log(double x) {
  if (!(x <= 1.7976931348623157e308)) return x;
  union { double number; int64_t bits; } u = {x};
  int32_t exponent = (int32_t)(u.bits >> 52) - 1023;
  u.bits = (u.bits & 0xfffffffffffff) | 0x3ff0000000000000;
  double mantissa = u.number;
  if (mantissa > 1.4142135623730951) mantissa *= 0.5, exponent++;
  double y = (mantissa - 1) / (mantissa + 1), square = y * y, sum = 1.0 / 15;
  sum = sum * square + 1.0 / 13;
  sum = sum * square + 1.0 / 11;
  sum = sum * square + 1.0 / 9;
  sum = sum * square + 1.0 / 7;
  sum = sum * square + 1.0 / 5;
  sum = sum * square + 1.0 / 3;
  return exponent * 0.6931471805599453 + 2 * y * (sum * square + 1);
}

/* e^x for moderate x: halved eight times, summed as its series, squared eight times. */
static double exponential_of(double x) {
  double small = x / 256, term = 1, sum = 1;
  for (int n = 1; n < 16; n++) sum += term *= small / n;
  for (int i = 0; i < 8; i++) sum *= sum;
  return sum;
}

/* Sine and cosine for 0 <= x < 1e6: x is brought to [-pi/4, pi/4] by multiples of pi/2 in two parts. */
static void sine_and_cosine(double x, double *sine, double *cosine) {
  int32_t quarter = (int32_t)(x * 0.6366197723675814 + 0.5);
  double r = (x - quarter * 1.5707963267341256) - quarter * 6.077100506506192e-11;
  double square = r * r, s = 0, c = 0;
  UNROLL for (int n = 17; n > 1; n -= 2) s = (s + 1) * -square * (1.0 / (n * (n - 1)));
  UNROLL for (int n = 18; n > 0; n -= 2) c = (c + 1) * -square * (1.0 / (n * (n - 1)));
  s = (s + 1) * r, c = c + 1;
  double sines[4] = {s, c, -s, -c}, cosines[4] = {c, -s, -c, s};
  *sine = sines[quarter & 3], *cosine = cosines[quarter & 3];
}
